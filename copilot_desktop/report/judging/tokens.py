"""Words made comparable: case, punctuation, hidden digits, and numbers in words or figures do not matter."""

from __future__ import annotations

import re
import unicodedata

from copilot_desktop.calls.card_numbers import HIDDEN
from copilot_desktop.calls.spoken_digits import TEENS, TENS, UNITS

_HIDDEN = re.compile(r"\[[^\[\]]{0,40}hidden[^\[\]]{0,40}\]|[•█*]{2,}|•", re.IGNORECASE)
_APOSTROPHES = re.compile(r"(?<=\w)['’`´ʼ](?=\w)")
_ORDINAL_FIGURES = re.compile(r"\b(\d+)(?:st|nd|rd|th)\b")
_FULL_HOUR = re.compile(r"\b(\d{1,2})[:.]00\b")
_IN_NUMBER = re.compile(r"(?<=\d)[.,:](?=\d)")
_WORD = re.compile(r"\d+|[^\W\d_]+")
_ORDINALS = {
    "first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5", "sixth": "6", "seventh": "7",
    "eighth": "8", "ninth": "9", "tenth": "10", "eleventh": "11", "twelfth": "12", "thirteenth": "13",
    "fourteenth": "14", "fifteenth": "15", "sixteenth": "16", "seventeenth": "17", "eighteenth": "18",
    "nineteenth": "19", "twentieth": "20", "thirtieth": "30",
}  # fmt: skip
_ONES = {word: figure for word, figure in UNITS.items() if word not in ("o", "oh")} | {
    word: figure for word, figure in _ORDINALS.items() if len(figure) == 1
}
_LARGE = {"hundred": 100, "thousand": 1000}
_REFUSALS = frozenset(
    {"not", "never", "without", "cannot", "cant", "wont", "dont", "doesnt", "didnt", "isnt", "arent", "wasnt"}
    | {"werent", "couldnt", "wouldnt", "shouldnt", "havent", "hasnt", "hadnt", "aint", "mustnt"}
)
_NEGATIONS = _REFUSALS | {"no", "none", "nothing", "nobody", "neither", "nor", "unable"}


def tokens(text: str) -> list[str]:
    """Return the comparable words of `text`; every figure is a word of its own.

    "Forty-seven, 11" and "4711" are the same; "[card number hidden]" is nothing.
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    text = _HIDDEN.sub(" ", text.replace(HIDDEN, " "))
    text = _APOSTROPHES.sub("", text)
    text = _FULL_HOUR.sub(r"\1", _ORDINAL_FIGURES.sub(r"\1", text))
    found = _WORD.findall(_IN_NUMBER.sub(" ", text))
    return [sign for word in _in_figures(found) for sign in (word if word.isdigit() else [word])]


def is_decisive(token: str) -> bool:
    """Return whether another word in the place of `token` says something else: a figure, or a "not"."""
    return token.isdigit() or token in _NEGATIONS


def is_refusal(token: str) -> bool:
    """Return whether `token` turns what follows it into its opposite."""
    return token in _REFUSALS


def _in_figures(words: list[str]) -> list[str]:
    """Return `words` with numbers in words turned into figures: "two hundred and fifty" → "250"."""
    out: list[str] = []
    i = 0
    while i < len(words):
        number, used = _number_at(words, i)
        out.append(str(number) if used and number is not None else words[i])
        i += max(1, used)
    return out


def _number_at(words: list[str], i: int) -> tuple[str | None, int]:
    small, used = _below_hundred(words, i)
    if not used:
        return None, 0
    whole = int(small)
    is_round = False
    while i + used < len(words) and words[i + used] in _LARGE:
        whole *= _LARGE[words[i + used]]
        used += 1
        is_round = True
        joint = 1 if i + used + 1 < len(words) and words[i + used] == "and" else 0
        more, more_used = _below_hundred(words, i + used + joint)
        following = i + used + joint + more_used
        if more_used and not (following < len(words) and words[following] in _LARGE):
            whole += int(more)
            used += joint + more_used
            break
    return (str(whole) if is_round else small), used


def _below_hundred(words: list[str], i: int) -> tuple[str, int]:
    if i >= len(words):
        return "", 0
    word = words[i]
    if word in TENS:
        following = _ONES.get(words[i + 1], "0") if i + 1 < len(words) else "0"
        return (TENS[word] + following, 2) if following != "0" else (TENS[word] + "0", 1)
    figure = _ONES.get(word) or TEENS.get(word) or _ORDINALS.get(word, "")
    return (figure, 1) if figure else ("", 0)
