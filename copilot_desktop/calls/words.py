"""What words mean to a talk: whether they claim the turn, and whether they are the same."""

from __future__ import annotations

import re

_BACK_CHANNEL = re.compile(
    r"(?:\s|[.,!?…-]|\b(?:uh|huh|uhhuh|mhm|mm+|mmhm|hmm*|um|ah|oh|yeah|yes|yep|ok|okay|right|sure"
    r"|all ?right|i see|got it)\b)*",
    re.IGNORECASE,
)


def is_real_words(text: str) -> bool:
    """Tell words that claim the turn from listening noises such as "uh-huh" or "yes, okay"."""
    return _BACK_CHANNEL.fullmatch(text) is None


def same_words(one: str, other: str) -> bool:
    """Compare without punctuation and capitals."""
    return re.findall(r"\w+", one.lower()) == re.findall(r"\w+", other.lower())
