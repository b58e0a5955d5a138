"""Phone numbers in a text: written in the ways of all countries, or said digit by digit. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from copilot_desktop.calls.spoken_digits import UNITS, Token, digits_at, tokens

LEAST_DIGITS, MOST_DIGITS = 7, 15
"""As long as numbers of one town are, and as the longest with their country are."""

_GLUE = frozenset(
    [
        *"-–—,./()+…",
        "uh",
        "um",
        "uhm",
        "er",
        "erm",
        "ah",
        "then",
        "dash",
        "hyphen",
        "space",
        "dot",
        "area",
        "code",
    ]
)
_SOUNDS_LIKE = frozenset(["for", "to", "too", "ate"])
"""Recognisers hear them for four, two and eight; between single digits only."""
_NOT_ONE = re.compile(
    r"(?P<date>\b\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\b|\b\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}\b)"
    r"|(?P<address>\b\d{1,3}(?:\.\d{1,3}){3}\b)"
    r"|(?P<thousands>\b\d{1,3}(?:,\d{3})+(?:\.\d+)?\b(?![,-]?\s?\d))"
    r"|(?P<zip>\b\d{5}-\d{4}\b(?!-?\d))"
    r"|(?P<price>[$€£]\s?\d[\d,.]*)"
    r"|(?P<years>\b(?:19|20)\d\d\s?[-–—/,]\s?(?:19|20)\d\d\b)"
)
_UNITS_AFTER = re.compile(
    r"\s*(?:dollars?|euros?|pounds?|cents?|percent|%|units?|pieces?|kilo|meters?|metres?|miles?|years?|pm\b|am\b)",
    re.IGNORECASE,
)
_OTHER_NUMBER = re.compile(
    r"\b(?:order(?:ed)?|invoice|reference|ref|ticket|case|tracking|parcel|shipment|customer|item|article|part|"
    r"model|serial|product|sku|policy|booking|confirmation|receipt|quote|contract|zip|postcode|postal|account|"
    r"batch|lot|claim|member(?:ship)?|licen[cs]e|version|bar ?code|meter)\b",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"\b(?:phone|telephone|cell|mobile|call(?:ed|ing|s)?|ring|dial|text|reach|fax|landline|whatsapp|voicemail|"
    r"area code|extension|contact|callback)\b",
    re.IGNORECASE,
)
_NEAR_SIGNS = 70
_AROUND = 16
_MOST_SOUGHT, _MOST_TRIES = 40, 200
"""Digits in a run and looks at it; a page of figures must not hold the journal for seconds."""
_NATIONAL = re.compile(r"\(?\b[2-9]\d\d\)?[\s.-]{1,2}[2-9]\d\d[\s.-]{1,2}\d{4}\b")


@dataclass(frozen=True, slots=True)
class _Run:
    """Digits one after the other, and where they stand."""

    digits: str
    start: int
    end: int


def find(text: str, region: str) -> list[tuple[int, int]]:
    """Return where phone numbers stand in `text`, as (start, end), in order; they may overlap.

    `region`: where a number without a country code belongs.
    """
    runs = [run for run in digit_runs(text) if len(run.digits) >= LEAST_DIGITS]
    if not runs:
        return []
    others = [match.span() for match in _NOT_ONE.finditer(text)]
    places = [
        (run.start, _with_extension(text, run.end))
        for run in runs
        if not _is_within(run, others) and not is_called_otherwise(text, run.start, run.end)
    ]
    return sorted([*places, *(place for run in runs for place in _written(text, run, region, others))])


def digit_runs(text: str) -> list[_Run]:
    """Return all digits in `text` that may belong to one phone number, of any length, in order."""
    found = tokens(text)
    runs: list[_Run] = []
    i, is_open = 0, False
    while i < len(found):
        digits, used = _digits_at(found, i, is_open)
        if digits:
            start, end = _first(found, i).start, found[i + used - 1].end
            if is_open:
                last = runs.pop()
                digits, start = last.digits + digits, last.start
            runs.append(_Run(digits, start, end))
            is_open = True
        else:
            is_open = is_open and _is_glue(found, i)
        i += used
    return runs


def is_called_otherwise(text: str, start: int, end: int) -> bool:
    """Return whether the words before a number call it an order's, an item's, or a sum of money."""
    if _UNITS_AFTER.match(text, end) or (start > 0 and text[start - 1] in "$€£#"):
        return True
    if re.search(r"[A-Za-z][-_/]?$", text[:start]):
        return True
    before = text[max(0, start - _NEAR_SIGNS) : start]
    if text[start] == "+" or before.rstrip().lower().endswith("plus"):
        return False
    other = [match.end() for match in _OTHER_NUMBER.finditer(before)]
    phone = [match.end() for match in _PHONE.finditer(before)]
    return bool(other) and max(other) > max(phone, default=0)


def _written(
    text: str, run: _Run, region: str, others: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Yield what in and around `run` has a form that is a phone number's alone, whatever it is called."""
    if len(run.digits) > _MOST_SOUGHT:
        return
    import phonenumbers

    first = max(0, run.start - _AROUND)
    around = text[first : run.end + _AROUND]
    for match in phonenumbers.PhoneNumberMatcher(around, region, max_tries=_MOST_TRIES):
        start, end = first + match.start, first + match.end
        is_sure = match.raw_string.startswith("+") or _NATIONAL.fullmatch(match.raw_string) is not None
        is_other = _is_within(_Run("", start, end), others) or is_called_otherwise(text, start, end)
        if is_sure or not is_other:
            yield start, end


def _digits_at(found: Sequence[Token], i: int, is_open: bool) -> tuple[str, int]:
    if is_open and found[i].text == "hundred":
        return "00", 1
    return digits_at(found, i)


def _first(found: Sequence[Token], i: int) -> Token:
    """Return the token with which a number begins that goes on at `i`: a plus, or a bracket."""
    while i > 0 and (
        found[i - 1].text in ("+", "plus")
        or (found[i - 1].text == "(" and found[i].start == found[i - 1].end)
    ):
        i -= 1
    return found[i]


def _is_glue(found: Sequence[Token], i: int) -> bool:
    word = found[i].text
    if word in _GLUE:
        return True
    if word == "and":
        return i + 1 < len(found) and found[i + 1].text in ("then", "double", "triple")
    if word in _SOUNDS_LIKE:
        neighbours = [found[j].text for j in (i - 1, i + 1) if 0 <= j < len(found)]
        return len(neighbours) == 2 and all(
            each in UNITS or (each.isdigit() and len(each) == 1) for each in neighbours
        )
    return False


def _is_within(run: _Run, others: Sequence[tuple[int, int]]) -> bool:
    """Whether all that is said in `run` is a date, a sum or the like."""
    return any(start <= run.start and run.end <= end for start, end in others)


def _with_extension(text: str, end: int) -> int:
    match = re.match(r"[\s,;]*(?:ext(?:ension)?\.?|x)\s*", text[end:], re.IGNORECASE)
    if match is None:
        return end
    rest = digit_runs(text[end + match.end() :])
    return end + match.end() + rest[0].end if rest and rest[0].start == 0 else end
