"""Digits in speech, as recognisers write them: "4729-3318", "4 4 7 1", "four seven, double two"."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(r"[A-Za-z]+|[0-9]+|[^\sA-Za-z0-9]")


def _numbered(words: Iterable[str], first: int = 0) -> dict[str, str]:
    return {word: str(number) for number, word in enumerate(words, start=first)}


UNITS = _numbered(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
UNITS |= dict.fromkeys(["oh", "o", "nought", "naught"], "0")
TEENS = _numbered(["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"], 10)
TEENS |= _numbered(["seventeen", "eighteen", "nineteen"], 17)
TENS = _numbered(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)
TIMES = {"double": 2, "triple": 3, "treble": 3, "quadruple": 4}


@dataclass(frozen=True, slots=True)
class DigitRun:
    """One number that was read out: its bare digits, and where it stands in the text."""

    digits: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Token:
    """A word, figures or a sign, in small letters, and where it stands in the text."""

    text: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """Cut `text` into words, figures and single signs."""
    return [Token(found[0].lower(), found.start(), found.end()) for found in _TOKEN.finditer(text)]


def digits_at(found: Sequence[Token], i: int) -> tuple[str, int]:
    """Return the digits that begin at token `i` and how many tokens they take; ("", 1) if there are none.

    "double four" is 44, "twenty-nine" is 29, "seventeen" is 17; figures are themselves.
    """
    word = found[i].text
    following = [token.text for token in found[i + 1 : i + 3]] + ["", ""]
    if word in TIMES:
        unit = following[0] if following[0].isdigit() else UNITS.get(following[0], "")
        return (unit * TIMES[word], 2) if len(unit) == 1 else ("", 1)
    if word in TENS:
        unit = following[1] if following[0] == "-" else following[0]
        if UNITS.get(unit, "0") != "0":
            return TENS[word] + UNITS[unit], 3 if following[0] == "-" else 2
        return TENS[word] + "0", 1
    if word.isdigit():
        return word, 1
    return UNITS.get(word) or TEENS.get(word) or "", 1


def joined_runs(
    text: str, read_at: Callable[[Sequence[Token], int, bool], tuple[str, int]], glue: Collection[str]
) -> list[DigitRun]:
    """Return the numbers in `text`, in order; what `glue` holds apart belongs together.

    `read_at` reads as `digits_at` does; its third argument: whether a number goes on at that token.
    """
    found = tokens(text)
    read: list[DigitRun] = []
    i = 0
    is_joined = False
    while i < len(found):
        digits, used = read_at(found, i, is_joined)
        if not digits:
            # Glue behind a number may be followed by the rest of it; any other word ends it.
            is_joined = is_joined and found[i].text in glue
            i += 1
            continue
        start, end = found[i].start, found[i + used - 1].end
        if is_joined:
            digits, start = read[-1].digits + digits, read.pop().start
        read.append(DigitRun(digits, start, end))
        is_joined = True
        i += used
    return read
