"""What words mean to a talk: whether they claim the turn, and whether they are the same."""

from __future__ import annotations

import re
from collections import Counter

_BACK_CHANNEL = re.compile(
    r"(?:\s|[.,!?…-]|\b(?:uh|huh|uhhuh|mhm|mm+|mmhm|hmm*|um|ah|oh|yeah|yes|yep|ok|okay|right|sure"
    r"|all ?right|i see|got it|of course|exactly)\b)*"
    # Words come one by one: the first of two may still become a listening noise.
    r"(?:\b(?:all|i|got|of)\W*)?",
    re.IGNORECASE,
)


def is_real_words(text: str) -> bool:
    """Tell words that claim the turn from listening noises such as "uh-huh" or "yes, okay"."""
    return _BACK_CHANNEL.fullmatch(text) is None


def same_words(one: str, other: str) -> bool:
    """Compare without punctuation and capitals."""
    return _words(one) == _words(other)


def begins_with(text: str, beginning: str) -> bool:
    """Tell whether `text` begins with the words of `beginning`, the same way compared."""
    first = _words(beginning)
    return _words(text)[: len(first)] == first


def words_missing(text: str, heard: str) -> int:
    """Count the words of `text` that `heard` does not have, wherever they stand."""
    return (Counter(_words(text)) - Counter(_words(heard))).total()


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
