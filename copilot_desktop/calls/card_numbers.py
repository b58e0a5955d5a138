"""Card numbers in a text: found however they are said or written, and hidden. Pure.

A run of 13 digits or more is taken for one. Nothing that people give on the phone besides is as long: phone
numbers have at most 12 with their country, orders and customers fewer. A longer run than 19 holds a card's
number with its date behind it, or two numbers; hiding too much does less harm than keeping one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from copilot_desktop.calls.spoken_digits import DigitRun, Token, digits_at, joined_runs, tokens

HIDDEN = "[card number hidden]"
LEAST_DIGITS = 13
_GLUE = frozenset(
    [*"-–—,./()…;'\"?!*_|", "uh", "um", "uhm", "er", "erm", "ah", "eh", "hm", "hmm", "mm", "mhm"]
    + ["then", "and", "so", "okay", "ok", "yes", "yeah", "right", "the", "next", "last"]
    + ["dash", "hyphen", "space", "comma", "point", "dot", "slash"]
    # Recognisers hear them for four, two and eight.
    + ["for", "to", "too", "ate"]
)
"""What people and recognisers put between the digits of one number."""
_ROUND = {"hundred": "00", "thousand": "000"}
_WITHIN = _GLUE | frozenset(_ROUND)
_GROUPINGS = {16: frozenset({4, 8, 12}), 15: frozenset({4, 10})}
"""Where a card's number is cut when it is read out piece by piece."""
_FIRST_DIGITS = "23456"


def runs(text: str) -> list[DigitRun]:
    """Return all runs of digits in `text`, of any length, in order."""
    return joined_runs(text, _digits_at, _WITHIN)


def head(text: str, read: Sequence[DigitRun]) -> DigitRun | None:
    """Return the run that `text` begins with; what glues digits together may stand before it."""
    if read and _is_glue(text[: read[0].start]):
        return read[0]
    return None


def tail(text: str, read: Sequence[DigitRun]) -> DigitRun | None:
    """Return the run that `text` ends with; what glues digits together may stand behind it."""
    if read and _is_glue(text[read[-1].end :]):
        return read[-1]
    return None


def mask(text: str) -> str:
    """Return `text` with every card number hidden."""
    return hide(text, (run for run in runs(text) if len(run.digits) >= LEAST_DIGITS))


def hide(text: str, read: Iterable[DigitRun]) -> str:
    """Return `text` with these runs hidden, whatever their length."""
    for run in sorted(read, key=lambda run: run.start, reverse=True):
        text = text[: run.start] + HIDDEN + text[run.end :]
    return text


def is_card_in_pieces(pieces: Sequence[str]) -> bool:
    """Return whether digits that were said apart, with others speaking between, make a card number.

    An order's number and a phone number, one after the other, are as long; so here the length, the grouping,
    the first digit and the check digit must all be right.
    """
    digits = "".join(pieces)
    groupings = _GROUPINGS.get(len(digits))
    if groupings is None or digits[0] not in _FIRST_DIGITS:
        return False
    cuts = {sum(len(piece) for piece in pieces[:count]) for count in range(1, len(pieces))}
    return cuts <= groupings and has_check_digit(digits)


def has_check_digit(digits: str) -> bool:
    """Return whether the last of `digits` is right by Luhn's rule, as on all bank cards."""
    doubled = [int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def _digits_at(found: Sequence[Token], i: int, is_joined: bool) -> tuple[str, int]:
    """As `digits_at`, but within a run: "forty-five hundred" is 4500, "four hundred twelve" is 412."""
    zeros = _ROUND.get(found[i].text) if is_joined else None
    if zeros is None:
        return digits_at(found, i)
    is_last = i + 1 == len(found) or not digits_at(found, i + 1)[0]
    return (zeros, 1) if is_last else ("", 1)


def _is_glue(text: str) -> bool:
    return all(token.text in _GLUE for token in tokens(text))
