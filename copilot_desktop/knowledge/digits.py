"""Digit strings in speech, as recognisers write them: "4729-3318", "4 4 7 1", "four seven, double two"."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(r"[A-Za-z]+|[0-9]+|[^\sA-Za-z0-9]")
_UNITS = {
    word: str(number)
    for number, word in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    )
} | {"oh": "0", "o": "0", "nought": "0"}
_TEENS = {
    word: str(number)
    for number, word in enumerate(
        [
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ],
        start=10,
    )
}
_TENS = {
    word: number
    for number, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
_TIMES = {"double": 2, "triple": 3}
_GLUE = frozenset({"-", "–", ",", ".", "/", "(", ")", "…", "dash", "hyphen", "uh", "um", "er", "then"})
_COUNTED = frozenset(
    [
        "dollar",
        "dollars",
        "cent",
        "cents",
        "percent",
        "day",
        "days",
        "week",
        "weeks",
        "month",
        "months",
        "year",
        "years",
        "hour",
        "hours",
        "minute",
        "minutes",
        "time",
        "times",
        "pound",
        "pounds",
        "inch",
        "inches",
        "piece",
        "pieces",
        "people",
        "a",
        "p",
        "am",
        "pm",
        "st",
        "nd",
        "rd",
        "th",
        "of",
        "%",
        ":",
    ]
)
"""What follows a count, an ordinal, a clock time or a price, not a piece of a number that is read out."""


@dataclass(frozen=True, slots=True)
class DigitRun:
    """One number that was read out: its bare digits, and where it stands in the text."""

    digits: str
    start: int
    end: int


def runs(text: str) -> list[DigitRun]:
    """Return the numbers read out in `text`, in order. Prices, times, counts and ordinals are left out."""
    tokens = list(_TOKEN.finditer(text))
    found: list[DigitRun] = []
    i = 0
    is_joined = False
    while i < len(tokens):
        digits, used = _digits_at(tokens, i)
        if not digits:
            # Glue after a number may be followed by the rest of it; any other word ends it.
            is_joined = is_joined and tokens[i][0].lower() in _GLUE
            i += 1
            continue
        start, end = tokens[i].start(), tokens[i + used - 1].end()
        if is_joined:
            digits, start = found[-1].digits + digits, found.pop().start
        found.append(DigitRun(digits, start, end))
        is_joined = True
        i += used
    return found


def _digits_at(tokens: list[re.Match[str]], i: int) -> tuple[str, int]:
    """Return the digits that begin at token `i` and how many tokens they take; "" if it is none of ours."""
    word = tokens[i][0].lower()
    following = [token[0].lower() for token in tokens[i + 1 : i + 4]] + ["", "", ""]
    if word in _TIMES and following[0] in _UNITS:
        return _UNITS[following[0]] * _TIMES[word], 2
    if word in _TIMES and following[0].isdigit() and len(following[0]) == 1:
        return following[0] * _TIMES[word], 2
    if word in _TENS:
        unit = following[1] if following[0] == "-" else following[0]
        if unit in _UNITS and unit not in {"zero", "oh", "o"}:
            return f"{_TENS[word]}{_UNITS[unit]}", 3 if following[0] == "-" else 2
        return f"{_TENS[word]}0", 1
    if word.isdigit() and not _is_measure(tokens, i):
        return word, 1
    if following[0] in _COUNTED:
        return "", 1
    return _UNITS.get(word) or _TEENS.get(word) or "", 1


def _is_measure(tokens: list[re.Match[str]], i: int) -> bool:
    """Return whether the figures at `i` belong to a price, a time, a count or an ordinal."""
    before = tokens[i - 1] if i else None
    after = tokens[i + 1] if i + 1 < len(tokens) else None
    if before is not None and before[0] in {"$", ":", "£", "€"}:
        return True
    if after is not None and after[0].lower() in _COUNTED:
        return True
    return _is_decimal(tokens, i) or (i >= 2 and _is_decimal(tokens, i - 2))


def _is_decimal(tokens: list[re.Match[str]], i: int) -> bool:
    """Return whether "149.90" begins at `i`: a point without space, and one or two figures behind it."""
    if i + 2 >= len(tokens):
        return False
    whole, point, part = tokens[i : i + 3]
    return (
        point[0] == "."
        and whole[0].isdigit()
        and part[0].isdigit()
        and whole.end() == point.start()
        and point.end() == part.start()
        and len(part[0]) <= 2
        and len(whole[0]) <= 4
    )


def grouped(digits: str) -> str:
    """Return `digits` in groups of three or four, good to read and to read out: "4729-3318"."""
    groups: list[str] = []
    rest = digits
    while rest:
        size = 4 if len(rest) % 4 == 0 else 3
        groups.append(rest[:size])
        rest = rest[size:]
    return "-".join(groups)
