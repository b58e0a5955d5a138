"""Details a caller gives (order number, day, name …): how each kind is found in what was said. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from copilot_desktop.knowledge import courtesy, digits, sentences


class Kind(Enum):
    """What a detail looks like. The values are what a playbook's author writes as `Pattern:`."""

    DIGITS = "digits"
    DATE = "date"
    TIME = "time"
    AMOUNT = "amount"
    NAME = "name"
    PHONE = "phone number"
    EMAIL = "e-mail address"
    ANYTHING = "anything"
    REGEX = "regex"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One kind with its bounds: digits have `fewest` to `most`; a regex has `regex`."""

    kind: Kind
    fewest: int = 0
    most: int = 0
    regex: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing a topic may need. `heard_in`: phrases with * that surround a value nobody asked for."""

    name: str
    pattern: Pattern
    asks: tuple[str, ...]
    heard_in: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The name as it stands in braces: "order_number"."""
        return self.name.replace(" ", "_").replace("-", "_")

    @property
    def is_loose(self) -> bool:
        """Whether the value is so common that it means something only in a topic that needs it."""
        return self.pattern.kind in {Kind.DATE, Kind.TIME, Kind.AMOUNT, Kind.ANYTHING}

    def read_back(self, value: str) -> str:
        """Return `value` as it is said to the caller: digits in groups."""
        return digits.grouped(value) if self.pattern.kind in {Kind.DIGITS, Kind.PHONE} else value


_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_PART = r"(?:[ ,]+(?:in the )?(?:morning|afternoon|evening))?"
_WEEKDAY = (
    rf"(?:(?:this|next|coming) )?(?:{_DAYS})(?:[ ,]+(?:the )?\d{{1,2}}(?:st|nd|rd|th)(?: of (?:{_MONTHS}))?)?"
)
_DATE = re.compile(
    rf"\b(?:{_WEEKDAY}{_PART}"
    rf"|(?:the )?\d{{1,2}}(?:st|nd|rd|th)(?: of)? (?:{_MONTHS}){_PART}"
    rf"|(?:{_MONTHS}) (?:the )?\d{{1,2}}(?:st|nd|rd|th)?\b{_PART}"
    rf"|the day after tomorrow{_PART}|tomorrow{_PART}|today{_PART}|next week|the week after"
    r"|in (?:a|one|two|three|four|\d+) (?:days|weeks?)|\d{1,2}/\d{1,2}(?:/\d{2,4})?)(?![\w/])",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b(?:\d{1,2}[:.]\d{2}(?: ?[ap]\.?m\b\.?)?|\d{1,2} ?[ap]\.?m\b\.?|(?:\d{1,2}|[a-z]+) o'clock"
    r"|(?:half past|quarter past|quarter to) (?:\d{1,2}|[a-z]+)|noon"
    r"|(?:early |late )?(?:morning|afternoon|evening))",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"\$ ?\d[\d,]*(?:\.\d{2})?(?: and \d{1,2} cents)?"
    r"|\b\d[\d,]*(?:\.\d{2})? (?:dollars|bucks)(?: and \d{1,2}(?: cents)?)?",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_SPOKEN_EMAIL = re.compile(r"\b((?:[\w+-]+ dot )*[\w.+-]+) at ([\w-]+(?: dot [\w-]+)+)\b", re.IGNORECASE)
_NAME = re.compile(r"[A-Z][a-z]+(?:[-' ][A-Z][a-z]+){0,2}")
_NOT_NAMES = re.compile(
    rf"(?:{_DAYS}|{_MONTHS}|yes|yeah|no|sure|okay|ok|hi|hello|well|it|its|the|my|this|thank|thanks|and|of|i"
    r"|please|sorry|so|that|you|can|we|name|number|calling|order|just|right|um|uh)\b",
    re.IGNORECASE,
)


def pattern_of(text: str) -> Pattern:
    """Return the Pattern that an author wrote as `text`: "8 digits", "7 to 9 digits", "date", "/regex/".

    Raises:
        ValueError: it is none of them.
    """
    text = text.strip()
    if len(text) > 2 and text[0] == text[-1] == "/":
        try:
            return Pattern(Kind.REGEX, regex=re.compile(text[1:-1], re.IGNORECASE))
        except re.error as error:
            raise ValueError(f"the expression {text} is broken: {error.msg}") from None
    counted = re.fullmatch(r"(\d+)(?: (?:to|-) (\d+))? digits?", text)
    if counted:
        return Pattern(Kind.DIGITS, int(counted[1]), int(counted[2] or counted[1]))
    if text == Kind.PHONE.value:
        return Pattern(Kind.PHONE, 7, 15)
    try:
        kind = Kind(text)
    except ValueError:
        kind = Kind.DIGITS
    if kind in {Kind.DIGITS, Kind.REGEX}:
        raise ValueError(
            f'"{text}" is no pattern; write "6 to 8 digits", a date, time, amount, name or the like'
        )
    return Pattern(kind)


def find(detail: Detail, said: str, *, is_asked: bool) -> str | None:
    """Return the value of `detail` in what the caller `said`, or None.

    `is_asked`: the caller was just asked for it, so the bare value will do. Where several fit the last one is
    taken: people correct themselves.
    """
    candidates = list(_candidates(detail.pattern, said))
    if detail.heard_in and not is_asked:
        candidates = [c for c in candidates if _stands_in(detail.heard_in, said, c)]
    elif not is_asked and detail.pattern.kind in {Kind.NAME, Kind.ANYTHING}:
        return None
    if candidates:
        return candidates[-1][0]
    return _bare(detail.pattern.kind, said) if is_asked else None


_Candidate = tuple[str, int, int]


def _candidates(pattern: Pattern, said: str) -> Iterator[_Candidate]:
    """Yield each value that looks right, with where it stands."""
    match pattern.kind:
        case Kind.DIGITS | Kind.PHONE:
            for run in digits.runs(said):
                if pattern.fewest <= len(run.digits) <= pattern.most:
                    yield run.digits, run.start, run.end
        case Kind.DATE:
            yield from ((_tidy_date(m[0]), m.start(), m.end()) for m in _DATE.finditer(said))
        case Kind.TIME:
            yield from ((m[0].rstrip("."), m.start(), m.end()) for m in _TIME.finditer(said))
        case Kind.AMOUNT:
            yield from ((m[0], m.start(), m.end()) for m in _AMOUNT.finditer(said))
        case Kind.EMAIL:
            yield from ((m[0], m.start(), m.end()) for m in _EMAIL.finditer(said))
            for m in _SPOKEN_EMAIL.finditer(said):
                yield f"{m[1]}@{m[2]}".lower().replace(" dot ", "."), m.start(), m.end()
        case Kind.NAME:
            yield from _names(said)
        case Kind.REGEX if pattern.regex is not None:
            yield from ((m[0], m.start(), m.end()) for m in pattern.regex.finditer(said))


def _names(said: str) -> Iterator[_Candidate]:
    for match in _NAME.finditer(said):
        start = match.start()
        while start < match.end() and (odd := _NOT_NAMES.match(said, start)):
            start = odd.end() + 1
        if start < match.end():
            yield said[start : match.end()], start, match.end()


def _stands_in(phrases: tuple[str, ...], said: str, candidate: _Candidate) -> bool:
    """Return whether the words around `candidate` are those of one of `phrases`."""
    before = " ".join(sentences.words(said[: candidate[1]]))
    after = " ".join(sentences.words(said[candidate[2] :]))
    for phrase in phrases:
        left, _, right = (" ".join(sentences.words(side)) for side in phrase.partition("*"))
        if f" {before}".endswith(f" {left}" if left else "") and f"{after} ".startswith(
            f"{right} " if right else ""
        ):
            return True
    return False


def _bare(kind: Kind, said: str) -> str | None:
    """Return an asked-for value that has no form of its own: a name in lower case, or any words at all."""
    meant = courtesy.without(said)
    if kind is Kind.ANYTHING and len(sentences.words(meant)) >= 2:
        return meant
    if kind is Kind.NAME:
        found = re.findall(r"[A-Za-z'-]+", meant)
        if 1 <= len(found) <= 3 and not any(_NOT_NAMES.match(word) for word in found):
            return " ".join(map(sentences.capitalised, found))
    return None


def _tidy_date(text: str) -> str:
    """Return a date as it is written: days and months with a capital."""
    names = re.compile(rf"\b(?:{_DAYS}|{_MONTHS})\b", re.IGNORECASE)
    return names.sub(lambda m: m[0].capitalize(), text[0].lower() + text[1:])
