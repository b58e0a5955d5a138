"""A Markdown document cut into passages by heading. Pure, but for reading the file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from copilot_desktop.knowledge import sentences

MAX_WORDS = 110
"""The embedding model reads 256 tokens; longer sections are cut between paragraphs or sentences."""

_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_BULLET = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
_RULE = re.compile(r"^\s*(?:[-*_]\s*){3,}$|^\s*\|?\s*:?-{2,}[-|:\s]*$")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_EMPHASIS = re.compile(r"(\*{1,3}|`+)(\S(?:.*?\S)?)\1")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Section:
    """One passage: `title` of its document, nearest `heading`, plain `text` and its sentences."""

    title: str
    heading: str
    text: str
    sentences: tuple[str, ...]


def read(path: Path) -> list[Section]:
    """Return the sections of the Markdown file at `path`. Bytes that are no text are replaced.

    Raises:
        OSError: the file cannot be read.
    """
    return parse(
        path.read_text(encoding="utf-8-sig", errors="replace"), path.stem.replace("-", " ").capitalize()
    )


def parse(markdown: str, fallback_title: str) -> list[Section]:
    """Return the sections of `markdown`. Its first level-1 heading is the title, if it has one."""
    title, heading = fallback_title, ""
    paragraphs: list[str] = []
    sections: list[Section] = []
    for line in _COMMENT.sub("", markdown).splitlines():
        match = _HEADING.match(line)
        if match is None:
            _add_line(paragraphs, line)
            continue
        sections += _sections(title, heading, paragraphs)
        paragraphs = []
        if len(match[1]) == 1:
            title, heading = _plain(match[2]), ""
        else:
            heading = _plain(match[2])
    return sections + _sections(title, heading, paragraphs)


def _add_line(paragraphs: list[str], line: str) -> None:
    """Fold one line into the paragraphs: bullets and table rows stand alone, other lines continue."""
    text = line.strip()
    if not text or _RULE.match(line):
        paragraphs.append("")
    elif text.startswith("|"):
        cells = [_plain(cell) for cell in text.strip("|").split("|")]
        paragraphs.append(_sentence(": ".join(filter(None, [cells[0], ", ".join(filter(None, cells[1:]))]))))
    elif _BULLET.match(line):
        paragraphs.append(_plain(_BULLET.sub("", line)))
    elif paragraphs and paragraphs[-1]:
        paragraphs[-1] += " " + _plain(text)
    else:
        paragraphs.append(_plain(text))


def _plain(text: str) -> str:
    text = _LINK.sub(r"\1", text.strip().lstrip(">").strip())
    return _EMPHASIS.sub(r"\2", _EMPHASIS.sub(r"\2", text))


def _sentence(text: str) -> str:
    return text if not text or text[-1] in ".!?:;" else text + "."


def _sections(title: str, heading: str, paragraphs: list[str]) -> list[Section]:
    """Return the text under one heading as one section, or several where it is long."""
    found: list[Section] = []
    taken: list[str] = []
    for sentence in (s for paragraph in paragraphs for s in sentences.split(_sentence(paragraph))):
        if taken and sum(len(s.split()) for s in taken) + len(sentence.split()) > MAX_WORDS:
            found.append(Section(title, heading, " ".join(taken), tuple(taken)))
            taken = []
        taken.append(sentence)
    if taken:
        found.append(Section(title, heading, " ".join(taken), tuple(taken)))
    return found
