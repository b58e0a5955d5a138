"""E-mail addresses in a text: written, spoken ("anna dot keller at example dot com"), or half of each."""

from __future__ import annotations

import re

_AT = r"(?:\s*@\s*|\s*[(\[]at[)\]]\s*|\s+at\s+(?:the\s+)?)"
_DOT = r"(?:\s*\.(?=\w)|\s*[(\[]dot[)\]]\s*|\s*,?\s+(?:dot|period|punkt|punto)\s+)"
_HYPHEN = r"(?:(?<!\b\w)-|(?<=\b\w)-(?!\w\b))"
"""Not one between single letters: each sign has one reading only, or long texts would take for ever."""
_JOIN = rf"(?:\s+(?:dot|period|punkt|punto|underscore|dash|hyphen|minus|plus)\s+|[.+]|'(?!s\b)|{_HYPHEN})"
_LETTERS = r"(?:\b\w\b[\s,-]+(?=\w\b))*+"
_LABEL = rf"{_LETTERS}\w++(?:(?:{_HYPHEN}|\s+(?:dash|hyphen)\s+)\w++)*"
_ADDRESS = re.compile(
    rf"(?<![\w'’])(?P<local>{_LETTERS}\w++(?:{_JOIN}{_LETTERS}\w++)*)(?P<at>{_AT})"
    rf"(?P<domain>{_LABEL}(?:{_DOT}\w+)+)",
    re.IGNORECASE,
)
_JOINED = re.compile(
    rf"{_JOIN}|[\d_]|^{_LETTERS.replace('*+', '+')}",
    re.IGNORECASE,
)
_KNOWN = re.compile(
    r"^(?:gmail|googlemail|outlook|hotmail|yahoo|icloud|proton(?:mail)?|gmx|aol|live|web|msn|me|mail)\b",
    re.IGNORECASE,
)
_CALLED = re.compile(
    r"\b(?:e-?\s?mail(?:ed|s)?|mail|write to|send (?:it|that|them) to|address|reach)\b", re.IGNORECASE
)
_NEAR_SIGNS = 60
_OTHER_WORDS = (
    "is it's its it to at my our your the a an and or so address email mail e under me us that's that this "
    "look looked looking shop order ordered bought buy go went there here online website site find found see"
)
_NOT_A_NAME = frozenset(_OTHER_WORDS.split())
_MOST_WORDS = 3


def find(text: str) -> list[tuple[int, int]]:
    """Return where addresses stand in `text`, as (start, end), in order."""
    places = []
    at = 0
    while (match := _ADDRESS.search(text, at)) is not None:
        start = _start(text, match)
        if start is None:
            # "Reach me at anna at …": what looked like the place may be the name.
            at = match.start("domain")
        else:
            places.append((start, match.end()))
            at = match.end()
    return places


def _start(text: str, match: re.Match[str]) -> int | None:
    """Return where the address begins that `match` may be; None: it is none."""
    local, at = match["local"], match["at"]
    if "@" in at or "(" in at or "[" in at:
        return match.start()
    is_called = bool(_CALLED.search(text, max(0, match.start() - _NEAR_SIGNS), match.start("at")))
    is_likely = local.lower() not in _NOT_A_NAME and (is_called or _KNOWN.match(match["domain"]))
    if _JOINED.search(local) is None and not is_likely:
        return None
    return _with_names(text, match.start()) if is_called or local.isdigit() else match.start()


def _with_names(text: str, start: int) -> int:
    """Let a spoken address begin with the words before it that look like names: "anna keller at …"."""
    for _ in range(_MOST_WORDS - 1):
        before = re.search(r"(?:^|[\s,.:;?!])([\w'-]+)\s+$", text[:start])
        if before is None or before[1].lower() in _NOT_A_NAME:
            break
        start = before.start(1)
    return start
