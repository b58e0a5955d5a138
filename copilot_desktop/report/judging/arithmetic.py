"""The arithmetic of a form: points and weights → shares and scores. What does not apply never counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LEAST_APPLICABLE = 0.5
"""Of the form's weight; with less answered there is no number."""


@dataclass(frozen=True, slots=True)
class Marked:
    """One criterion: its weight in the section, and its points from 0 to 1; None: does not apply."""

    weight: int
    points: float | None


@dataclass(frozen=True, slots=True)
class MarkedSection:
    """One section: its weight in the form, and what is in it."""

    weight: int
    marks: tuple[Marked, ...]


def section_share(marks: Iterable[Marked]) -> float | None:
    """Return the weighted mean of the points, 0 to 1; None where nothing applies."""
    applicable = [(mark.weight, mark.points) for mark in marks if mark.points is not None]
    total = sum(weight for weight, _ in applicable)
    if total <= 0:
        return None
    return sum(weight * points for weight, points in applicable) / total


def score(sections: Sequence[MarkedSection]) -> float | None:
    """Return 0 to 100 over the sections in which something applies; None where nothing does."""
    shares = [(section.weight, section_share(section.marks)) for section in sections]
    applicable = [(weight, share) for weight, share in shares if share is not None]
    total = sum(weight for weight, _ in applicable)
    if total <= 0:
        return None
    return 100 * sum(weight * share for weight, share in applicable) / total


def applicable_share(sections: Sequence[MarkedSection]) -> float:
    """Return how much of the form's weight was answered, 0 to 1."""
    whole = sum(section.weight for section in sections)
    if whole <= 0:
        return 0.0
    return sum(section.weight * _answered(section.marks) for section in sections) / whole


def is_enough(sections: Sequence[MarkedSection]) -> bool:
    """Return whether enough was answered for a number."""
    # Weights are whole numbers, their quotients are not: half must stay half.
    return applicable_share(sections) >= LEAST_APPLICABLE - 1e-9


def _answered(marks: Sequence[Marked]) -> float:
    whole = sum(mark.weight for mark in marks)
    if whole <= 0:
        return 0.0
    return sum(mark.weight for mark in marks if mark.points is not None) / whole
