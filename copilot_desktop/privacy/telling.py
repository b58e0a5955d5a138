"""Says what is hidden in texts that are kept: how many passages, of which kinds. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from copilot_desktop.calls.card_numbers import HIDDEN as CARD_HIDDEN
from copilot_desktop.privacy.redaction import Hidden

_MARKS = {kind: {kind.mark} for kind in Hidden}
_MARKS[Hidden.CARD].add(CARD_HIDDEN)


def is_anything_hidden(text: str) -> bool:
    """Return whether `text` holds one of our marks."""
    return any(mark in text for marks in _MARKS.values() for mark in marks)


def count(texts: Iterable[str]) -> dict[Hidden, int]:
    """Return how many marks of each kind are in `texts`; kinds without any are absent."""
    whole = "\n".join(texts)
    counts = {kind: sum(map(whole.count, marks)) for kind, marks in _MARKS.items()}
    return {kind: number for kind, number in counts.items() if number}


def sentence(counts: dict[Hidden, int]) -> str:
    """Return such as "3 passages hidden (phone number, e-mail address)"; empty for none."""
    total = sum(counts.values())
    if not total:
        return ""
    kinds = ", ".join(kind.words for kind in counts)
    return f"{total} passage{'' if total == 1 else 's'} hidden ({kinds})"
