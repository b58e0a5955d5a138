"""Text of a settings file that a person may have broken: its good lines, and none of its secrets. Pure."""

from __future__ import annotations

import codecs
import re
import tomllib
from typing import Any

from copilot_desktop.config.settings import SECRETS, variable_of

_OPENING = re.compile(r"""[^#\n]*?=\s*(\[|\{|\"\"\"|''')""")
_CLOSING = {"[": "]", "{": "}", '"""': '"""', "'''": "'''"}
_NEW_STATEMENT = re.compile(r"""\s*(\[\w|[\w"'.-]+\s*=)""")
_MASK = '"***"'


def _secret_pattern() -> re.Pattern[str]:
    """Return what finds a secret's name, and after it a value in any notation, closed or not."""
    names = "|".join(sorted({*SECRETS, *map(variable_of, SECRETS)}))
    quoted = [
        r'"""(?:.*?)(?:"""|\Z)',
        r"'''(?:.*?)(?:'''|\Z)",
        r'"(?:\\.|[^"\\\n])*"?',
        r"'[^'\n]*'?",
        r"[^\s,}#]+",
    ]
    flags = re.IGNORECASE | re.DOTALL
    return re.compile(rf"(?<!\w)((?:{names})[\"']?[ \t]*=[ \t]*)({'|'.join(quoted)})", flags)


def mask_secrets(text: str) -> str:
    """Return settings as text with the values of secrets replaced, in comments too."""
    return _secret_pattern().sub(rf"\1{_MASK}", text)


def decode(raw: bytes) -> str:
    """Return a file's text with plain line ends. Bytes that are no text become surrogates."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = raw.decode("utf-16", "replace")
    else:
        text = raw.decode("utf-8-sig", "surrogateescape")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def readable(text: str) -> tuple[str, list[int]]:
    """Return the lines that can be read, as valid TOML, and the numbers of the others, from 1."""
    if not _has_undecodable(text):
        try:
            tomllib.loads(text)
        except tomllib.TOMLDecodeError:
            pass
        else:
            return text, []
    kept, bad = _sorted_out(text.split("\n"))
    good = "\n".join(kept)
    try:
        tomllib.loads(good)
    except tomllib.TOMLDecodeError:
        # Each statement is right by itself and together they are not: too odd to guess at.
        return "", list(range(1, text.count("\n") + 2))
    return good, bad


class _Sorter:
    """Takes statements one by one; says which fit to those it has taken."""

    def __init__(self) -> None:
        self._root: dict[str, Any] = {}
        self._table = self._root
        self._headers = set[tuple[str, ...]]()

    def takes(self, statement: str) -> bool:
        """Take one assignment, table header, comment or empty line; False if it is none or a repetition."""
        try:
            data = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            return False
        if statement.lstrip().startswith("["):
            return self._enters(data)
        return _joins(self._table, data)

    def _enters(self, data: Any) -> bool:
        """Go to the table that a header names. A list of tables is no setting of ours and is not taken."""
        table, path = self._root, tuple[str, ...]()
        while isinstance(data, dict) and data:
            ((name, data),) = data.items()
            path += (name,)
            inner = table.setdefault(name, {})
            if not isinstance(inner, dict):
                return False
            table = inner
        if not isinstance(data, dict) or path in self._headers:
            return False
        self._headers.add(path)
        self._table = table
        return True


def _joins(table: dict[str, Any], data: dict[str, Any]) -> bool:
    """Put `data` into the table; False, and as it was, if a value is there already."""
    for name, value in data.items():
        there = table.get(name)
        if name in table and not (isinstance(there, dict) and isinstance(value, dict)):
            return False
        if isinstance(there, dict) and isinstance(value, dict):
            return _joins(there, value)
        table[name] = value
    return True


def _sorted_out(lines: list[str]) -> tuple[list[str], list[int]]:
    sorter, kept, bad, at = _Sorter(), list[str](), list[int](), 0
    while at < len(lines):
        statement = _statement(lines, at)
        if _has_undecodable(statement) or not sorter.takes(statement):
            statement = lines[at]
            bad.append(at + 1)
        else:
            kept.append(statement)
        at += statement.count("\n") + 1
    return kept, bad


def _statement(lines: list[str], start: int) -> str:
    """Return the statement that begins in a line: more lines if it opens something and closes it later."""
    opening = _OPENING.match(lines[start])
    if opening is None or lines[start].lstrip().startswith("#"):
        return lines[start]
    closing, is_text = _CLOSING[opening[1]], opening[1] in {'"""', "'''"}
    for end in range(start, len(lines)):
        if end > start and not is_text and _NEW_STATEMENT.match(lines[end]):
            break
        is_closing = closing in (lines[end][opening.end() :] if end == start else lines[end])
        if is_closing and _parses(statement := "\n".join(lines[start : end + 1])):
            return statement
        if is_closing and is_text:
            break
    return lines[start]


def _parses(statement: str) -> bool:
    try:
        tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _has_undecodable(text: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in text)
