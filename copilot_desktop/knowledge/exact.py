"""Exact words where meaning is blind: product codes and rare names, as a recogniser writes them. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence

_CODE = re.compile(r"\b[A-Z]{1,4}-?[0-9]{2,6}[A-Z]?\b")
_TOKEN = re.compile(r"[a-z]+|[0-9]+")
_NAME = re.compile(r"(?<=[a-z0-9,;] )[A-Z][a-z]{3,}\b")
_LOWER = re.compile(r"\b[a-z]{4,}\b")
MIN_CODE_LENGTH = 4
"""Shorter ones ("E26") are found by chance in other words."""

MAX_NAME_SECTIONS = 3
"""A name that stands in more sections than this says little about any of them."""


def codes_in(text: str) -> frozenset[str]:
    """Return the product codes in a written text, bare: "HL-2210" is "hl2210"."""
    found = (re.sub(r"[^a-z0-9]", "", match.lower()) for match in _CODE.findall(text))
    return frozenset(code for code in found if len(code) >= MIN_CODE_LENGTH)


def mentioned(spoken: str, codes: Collection[str]) -> frozenset[str]:
    """Return those of `codes` that `spoken` names, however it is cut: "H L 22 10", "hl-2210", "HL2210"."""
    tokens = _TOKEN.findall(spoken.lower())
    longest = max(map(len, codes), default=0)
    runs: set[str] = set()
    for start in range(len(tokens)):
        run = ""
        for token in tokens[start:]:
            run += token
            if len(run) > longest:
                break
            runs.add(run)
    return frozenset(run for run in runs if run in codes)


def rare_names(texts: Sequence[str]) -> dict[str, frozenset[int]]:
    """Return each rare proper name in lower case, and the numbers of the texts that have it.

    A proper name is a word that stands capitalised within a sentence and never in lower case.
    """
    lower: set[str] = set()
    capital: set[str] = set()
    for text in texts:
        lower.update(_LOWER.findall(text))
        capital.update(name.lower() for name in _NAME.findall(text))
    names = capital - lower
    places: dict[str, set[int]] = {}
    for number, text in enumerate(texts):
        for name in names.intersection(_TOKEN.findall(text.lower())):
            places.setdefault(name, set()).add(number)
    return {name: frozenset(where) for name, where in places.items() if len(where) <= MAX_NAME_SECTIONS}


def vocabulary(texts: Sequence[str], limit: int) -> tuple[str, ...]:
    """Return the names and codes of `texts` as they are written, the most frequent first."""
    counts = Counter(word for text in texts for word in _NAME.findall(text) + _CODE.findall(text))
    return tuple(word for word, _ in counts.most_common(limit))
