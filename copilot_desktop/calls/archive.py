"""What can be asked of past calls: which, in which order, how many. Plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from copilot_desktop.calls.events import CallId, Outcome
from copilot_desktop.calls.ports import CallSummary


class Handler(StrEnum):
    """Who spoke for us."""

    AI = "ai"
    """The AI, and nobody else."""
    AGENT = "agent"
    """The agent, alone or after the AI."""
    NOBODY = "nobody"


class ScoreRange(StrEnum):
    """How good a call was, by its form."""

    GOOD = "good"
    """`GOOD_SCORE` and more."""
    FAIR = "fair"
    POOR = "poor"
    """Below `POOR_SCORE`."""
    FAILED = "failed"
    """A fatal criterion was not met, whatever the score."""
    NONE = "none"
    """There is no score."""


GOOD_SCORE, POOR_SCORE = 75.0, 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallQuery:
    """Which calls are wanted; what is empty or None excludes nothing.

    `words`: each begins a word that was said, or is in a number. `since` and `until` bound the start; `until`
    is not in. `desk` is a desk's name.
    """

    words: str = ""
    since: datetime | None = None
    until: datetime | None = None
    outcomes: frozenset[Outcome] = frozenset()
    handler: Handler | None = None
    score: ScoreRange | None = None
    desk: str = ""
    with_practice: bool = True


class Place(NamedTuple):
    """After which call the next page begins."""

    started_at: datetime
    call_id: CallId


@dataclass(frozen=True, slots=True)
class FoundCalls:
    """One page, newest first. `next` is None where there are no more."""

    calls: tuple[CallSummary, ...]
    next: Place | None = None


class Archive(Protocol):
    """The past calls. Every method raises StoreError."""

    async def find(self, query: CallQuery, after: Place | None, limit: int) -> FoundCalls:
        """Return the page behind a place; None: the first. Calls that come meanwhile move nothing."""
        ...

    async def count(self, query: CallQuery, most: int) -> int:
        """Return how many there are; counts no further than `most`."""
        ...

    async def desks(self) -> Sequence[str]:
        """Return the names of the desks that share this history; empty where one has it alone."""
        ...

    async def delete(self, calls: Sequence[CallId]) -> int:
        """Delete calls with all that is kept of them; return how many. Calls that run are left."""
        ...
