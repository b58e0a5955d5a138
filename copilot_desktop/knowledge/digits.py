"""Numbers that a caller means: the digits they read out, without prices, times and counts."""

from __future__ import annotations

from collections.abc import Sequence

from copilot_desktop.calls.spoken_digits import TENS, TIMES, DigitRun, Token, digits_at, joined_runs

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


def runs(text: str) -> list[DigitRun]:
    """Return the numbers read out in `text`, in order. Prices, times, counts and ordinals are left out."""
    return joined_runs(text, _digits_at, _GLUE)


def _digits_at(found: Sequence[Token], i: int, is_joined: bool) -> tuple[str, int]:
    return ("", 1) if _is_measure(found, i) else digits_at(found, i)


def _is_measure(found: Sequence[Token], i: int) -> bool:
    """Return whether the number at `i` belongs to a price, a time, a count or an ordinal."""
    word = found[i].text
    if word in TENS or word in TIMES:
        return False
    if i + 1 < len(found) and found[i + 1].text in _COUNTED:
        return True
    if not word.isdigit():
        return False
    is_price_or_time = i > 0 and found[i - 1].text in {"$", ":", "£", "€"}
    return is_price_or_time or _is_decimal(found, i) or (i >= 2 and _is_decimal(found, i - 2))


def _is_decimal(found: Sequence[Token], i: int) -> bool:
    """Return whether "149.90" begins at `i`: a point without space, and one or two figures behind it."""
    if i + 2 >= len(found):
        return False
    whole, point, part = found[i : i + 3]
    return (
        point.text == "."
        and whole.text.isdigit()
        and part.text.isdigit()
        and whole.end == point.start
        and point.end == part.start
        and len(part.text) <= 2
        and len(whole.text) <= 4
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
