"""MoodLine: how the words of a call sounded over time, as data. Made by `mood`; a hint, never scored."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from copilot_desktop.calls.events import Party

HINT = "Hint from the words alone, not scored"
NO_MODEL = "no mood: model not loaded"


class Mood(IntEnum):
    """How a turn sounds; the number is its height on the line."""

    NEGATIVE = -1
    NEUTRAL = 0
    POSITIVE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MoodPoint:
    """One turn."""

    at_ms: int
    end_ms: int
    party: Party
    mood: Mood


@dataclass(frozen=True, slots=True, kw_only=True)
class MoodTrend:
    """One person's mean mood, −1 to +1, in the first and the last third of the conversation."""

    party: Party
    start: float
    end: float

    @property
    def change(self) -> float:
        """How it moved; more than zero is for the better."""
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class MoodLine:
    """The mood of a call over time. `trends` only of those who said enough in both thirds."""

    points: tuple[MoodPoint, ...] = ()
    trends: tuple[MoodTrend, ...] = ()
    missing_because: str = ""

    def of(self, party: Party) -> tuple[MoodPoint, ...]:
        """Return the points of one person."""
        return tuple(point for point in self.points if point.party is party)
