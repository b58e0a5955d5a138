"""HearingSession: one engine's hearing, in a task of its own, that may begin in the middle of a turn."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager

from copilot_desktop.calls.errors import EngineError, EngineFault
from copilot_desktop.calls.ports import Heard, HeardStage, Hearing
from copilot_desktop.engines.engine_health import PATIENCE_S
from copilot_desktop.engines.hearing.unfinished_turns import Order, Step, give

_OPENING_S = 4.0
_LAST_WORDS_S = 6.5
"""Somewhat less than a call waits for the words of a turn."""
_MORE_A_SECOND_S = 0.03
"""Long sound takes longer."""
_STEPS_AT_ONCE = 50


class HearingSession:
    """Gives an engine `steps` first and then all it `take`s, and tells what comes of it.

    `on_open` once, `on_heard` for all words, `on_failed` at most once, also when the engine ends by itself;
    after `stop` nothing. `is_patient`: nobody else can stand in for this engine.
    """

    def __init__(
        self,
        index: int,
        name: str,
        *,
        is_patient: bool,
        steps: Iterable[Step],
        on_open: Callable[[HearingSession], None],
        on_heard: Callable[[HearingSession, Heard], None],
        on_failed: Callable[[HearingSession, Exception], None],
    ) -> None:
        self.index, self.name = index, name
        self.task: asyncio.Task[None] | None = None
        self.proved_ms: int | None = None
        """How long it took for words, if it had to prove itself and did."""
        self._is_patient = is_patient
        self._on_open, self._on_heard, self._on_failed = on_open, on_heard, on_failed
        self._waiting: deque[Step] = deque()
        """Bounded by who is asked to stop it if it does not open in time."""
        self._hearing: Hearing | None = None
        self._is_stopped = False
        self._begun_s = _now_s()
        self._asked_s: deque[float] = deque()
        self._paused_s: float | None = None
        for step in steps:
            self.take(step)

    @property
    def is_asked(self) -> bool:
        """True while a commit waits for its words."""
        return bool(self._asked_s)

    async def run(self, opening: AbstractAsyncContextManager[Hearing]) -> None:
        """Open the engine and listen until it fails or the task is cancelled."""
        error: Exception
        try:
            async with opening as hearing:
                await self._catch_up(hearing)
                self._on_open(self)
                async for heard in hearing:
                    self._on_heard(self, heard)
                    if self._is_stopped:
                        return
            error = EngineError(self.name, "ended", fault=EngineFault.BROKEN_OFF)
        except Exception as failure:
            error = failure
        self._fail(error)

    def take(self, step: Step) -> None:
        """Pass `step` on, in order, at once or when the engine is open."""
        if step is Order.COMMIT:
            self._asked_s.append(_now_s())
            self._paused_s = None
        elif step is Order.PAUSE:
            self._paused_s = _now_s()
        if self._hearing is None:
            self._waiting.append(step)
            return
        try:
            give(step, self._hearing)
        except Exception as error:
            self._fail(error)

    def stop(self) -> None:
        """End it; nothing is told any more."""
        self._is_stopped = True
        if self.task is not None and self.task is not asyncio.current_task():
            self.task.cancel()

    def answered_ms(self, stage: HeardStage) -> int | None:
        """Note words that came; return how long a commit had waited for them, None if none had."""
        # Any words will do: if somebody has spoken on, they are no answer to the pause.
        self._paused_s = None
        if stage is not HeardStage.FINAL or not self._asked_s:
            return None
        return round((_now_s() - self._asked_s.popleft()) * 1000)

    def due_s(self, limit_s: float, length_s: float, *, is_pause_owed: bool) -> float | None:
        """Return when, on the loop's clock, the engine is too slow; None if nobody waits for it."""
        limit_s += length_s * _MORE_A_SECOND_S
        if self._is_patient:
            limit_s = max(limit_s, _LAST_WORDS_S)
        due = [self._asked_s[0] + limit_s] if self._asked_s else []
        if is_pause_owed and self._paused_s is not None:
            due.append(self._paused_s + limit_s)
        if self._hearing is None:
            due.append(self._begun_s + (PATIENCE_S if self._is_patient else _OPENING_S))
        return min(due, default=None)

    async def _catch_up(self, hearing: Hearing) -> None:
        while self._waiting:
            for _ in range(min(_STEPS_AT_ONCE, len(self._waiting))):
                give(self._waiting.popleft(), hearing)
            # A minute of sound must not stop the loop.
            await asyncio.sleep(0)
        self._hearing = hearing

    def _fail(self, error: Exception) -> None:
        if not self._is_stopped:
            self._is_stopped = True
            self._on_failed(self, error)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
