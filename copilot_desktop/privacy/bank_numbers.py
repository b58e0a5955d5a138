"""Bank accounts in a text: international numbers (IBAN), written or spelled out, and others called so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from copilot_desktop.calls import card_numbers
from copilot_desktop.calls.spoken_digits import Token, digits_at, tokens

_LEAST_SIGNS, _MOST_SIGNS = 15, 34
"""How long the numbers of all countries are: Norway's and Malta's ends."""
_ALPHABET = (
    "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa "
    "quebec romeo sierra tango uniform victor whiskey xray yankee zulu"
)
_SPELLED = {word: word[0] for word in _ALPHABET.split()}
_GLUE = frozenset([*"-–—,./:'", "uh", "um", "uhm", "er", "erm", "then", "space", "dash", "hyphen"])
_LOOKS_LIKE = re.compile(r"[a-z]{2}[0-9]{2}")
_CALLED = re.compile(
    r"\b(?:sort code|routing (?:number|code)|(?:bank|checking|savings|current) account(?: number)?"
    r"|account and routing numbers?|iban)\b",
    re.IGNORECASE,
)
_NEAR_SIGNS = 40
_LEAST_DIGITS = 6


@dataclass(frozen=True, slots=True)
class _Sign:
    """One letter or digit of a number that may be one, and where it stands in the text."""

    text: str
    start: int
    end: int


def find(text: str) -> list[tuple[int, int]]:
    """Return where bank accounts stand in `text`, as (start, end), in order."""
    places = [place for stretch in _stretches(text) for place in _ibans(stretch)]
    return sorted(set(places + _called_so(text)))


def _called_so(text: str) -> list[tuple[int, int]]:
    """Numbers that stand just behind words such as "routing number"."""
    called = [match.end() for match in _CALLED.finditer(text)]
    if not called:
        return []
    return [
        (run.start, run.end)
        for run in card_numbers.runs(text)
        if len(run.digits) >= _LEAST_DIGITS and any(0 <= run.start - end <= _NEAR_SIGNS for end in called)
    ]


def _stretches(text: str) -> list[list[_Sign]]:
    """Cut `text` into stretches of signs that could be read as one number."""
    found = tokens(text)
    stretches: list[list[_Sign]] = [[]]
    i = 0
    while i < len(found):
        signs, used = _signs_at(text, found, i, len(stretches[-1]))
        if signs:
            start, end = found[i].start, found[i + used - 1].end
            stretches[-1] += [_Sign(sign, start, end) for sign in signs]
        elif found[i].text not in _GLUE and stretches[-1]:
            stretches.append([])
        i += used
    return [stretch for stretch in stretches if len(stretch) >= _LEAST_SIGNS]


def _signs_at(text: str, found: Sequence[Token], i: int, count: int) -> tuple[str, int]:
    """Return the letters or digits that token `i` begins, the first or behind `count` others of one number,
    and how many tokens they take.
    """
    token = found[i]
    # "O" alone is nought among digits and a letter among letters; as a digit it fits the check sum.
    digits, used = digits_at(found, i)
    if digits:
        return digits, used
    if token.text in _SPELLED:
        return _SPELLED[token.text], 1
    if token.text == "double" and i + 1 < len(found) and len(found[i + 1].text) == 1:
        return found[i + 1].text * 2, 2
    written = text[token.start : token.end]
    is_country = len(written) == 2 and i + 1 < len(found) and digits_at(found, i + 1)[0] != ""
    is_bank = len(written) == 4 and count == 4
    if written.isalpha() and (len(written) == 1 or written.isupper() or is_country or is_bank):
        return token.text, 1
    return "", 1


def _ibans(stretch: Sequence[_Sign]) -> list[tuple[int, int]]:
    plain = "".join(sign.text for sign in stretch)
    places: list[tuple[int, int]] = []
    at = 0
    while (match := _LOOKS_LIKE.search(plain, at)) is not None:
        start = match.start()
        length = _length(plain[start : start + 2])
        number = plain[start : start + length]
        at = start + 1
        # A misheard sign breaks the check sum: what has the right country and length alone is hidden too,
        # where nothing follows that would make it another number.
        if length and len(number) == length and (_is_right(number) or start + length == len(plain)):
            places.append((stretch[start].start, stretch[start + length - 1].end))
            at = start + length
    return places


@cache
def _length(country: str) -> int:
    """Return how long the numbers of `country` are; 0 where there are none."""
    from schwifty.exceptions import SchwiftyException
    from schwifty.iban import IBAN

    try:
        length = IBAN(country.upper() + "00", allow_invalid=True).spec.iban_length
    except SchwiftyException:
        return 0
    return length if _LEAST_SIGNS <= length <= _MOST_SIGNS else 0


def _is_right(number: str) -> bool:
    from schwifty.iban import IBAN

    return bool(IBAN(number, allow_invalid=True).is_valid)
