"""What a FileHearing keeps of a turn: its requests, made early or asked for, and whose words are whose."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from copilot_desktop.calls.errors import EngineError
from copilot_desktop.calls.ports import HeardStage
from copilot_desktop.engines.hearing.loudness import Evidence

_RUNS_A_TURN = 4
_MORE_A_SECOND = 1.0
_LEAST_APART_MS = 200
_APART_SHARE = 0.8
_SLOW_S = 0.6
"""A server this slow has enough to do with what is asked for …"""
_SLOW_APART_MS = 400
"""… and gets early requests only so far apart."""


@dataclass(eq=False, slots=True)
class Run:
    """One request, for all sound of a turn up to `end_ms` that is not cut off already."""

    end_ms: int
    before: tuple[Run, ...] = ()
    """What was cut off the turn by then; its words come first."""
    begin_ms: int = 0
    """Where its sound begins."""
    is_at_pause: bool = False
    """It ends where a detector heard nobody."""
    task: asyncio.Task[str] | None = None
    words: str | None = None
    error: EngineError | None = None

    @property
    def is_done(self) -> bool:
        """Whether nothing more comes of it, nor of what was before."""
        return (self.words is not None or self.error is not None) and all(run.is_done for run in self.before)

    @property
    def failure(self) -> EngineError | None:
        """What went wrong with it, or with what was before."""
        return next((run.error for run in (*self.before, self) if run.error is not None), None)

    @property
    def all_words(self) -> str:
        """Its words, behind those of what was before."""
        return " ".join(words for run in (*self.before, self) if (words := (run.words or "").strip()))


@dataclass(eq=False, slots=True)
class FileTurn:
    """One turn."""

    start_ms: int
    segments: list[Run] = field(default_factory=list)
    """The requests for what is cut off a long turn."""
    newest: Run | None = None
    """The newest request for the rest, or for the newest segment if nothing was said since."""
    told: str = ""
    """The words that moved last."""
    early_count: int = 0
    early_ms: int = 0
    """When the newest early one began, on the line's clock."""

    def may_guess(self, now_ms: int, pace: Pace) -> bool:
        """Whether one more early request is worth its price."""
        length_s = (now_ms - self.start_ms) / 1000
        most = _RUNS_A_TURN if pace.is_slow else _RUNS_A_TURN + _MORE_A_SECOND * length_s
        return self.early_count < most and (self.early_count == 0 or now_ms - self.early_ms >= pace.apart_ms)


@dataclass(eq=False, slots=True)
class Owed:
    """A pause's or a commit's words."""

    stage: HeardStage
    turn: FileTurn
    run: Run | None
    """None: there is nothing to hear."""
    end_ms: int
    evidence: Evidence


class Pace:
    """How long a server takes, learned."""

    def __init__(self) -> None:
        self._took_s = 0.25

    @property
    def is_slow(self) -> bool:
        """Whether it takes longer than a guess is good for."""
        return self._took_s > _SLOW_S

    @property
    def apart_ms(self) -> float:
        """How far apart early requests should be."""
        least_ms = _SLOW_APART_MS if self.is_slow else _LEAST_APART_MS
        return max(least_ms, self._took_s * 1000 * _APART_SHARE)

    def took(self, seconds: float) -> None:
        """A request was answered."""
        self._took_s += 0.3 * (seconds - self._took_s)
