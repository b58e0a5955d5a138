"""CallLife: a call's clock, state, tasks and end: what all of its parts stand on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from copilot_desktop.calls.errors import CallControlError, IllegalTransition
from copilot_desktop.calls.events import CallEvent, CallId, Outcome, Problem, ProblemRaised, StateChanged
from copilot_desktop.calls.ports import CallControl
from copilot_desktop.calls.states import CallState, Cause, advance

log = logging.getLogger("copilot.calls")

HANG_UP_LIMIT_S = 5.0


class CallLife:
    """One call's, from the ring on. Make it on the loop.

    `publish` tells a fact; `outcome` says how the call ended, from the state before and the cause.
    """

    def __init__(
        self,
        call_id: CallId,
        *,
        publish: Callable[[CallEvent], None],
        outcome: Callable[[CallState, Cause], Outcome],
    ) -> None:
        self.call_id, self.publish, self._outcome_of = call_id, publish, outcome
        self._loop = asyncio.get_running_loop()
        self._rang_at_s = self._loop.time()
        self.state = CallState.RINGING
        self.cause = Cause.CALLER_LEFT
        """What ended it."""
        self.outcome = Outcome.MISSED
        self.over = asyncio.Event()
        self.answered: asyncio.Future[bool] = self._loop.create_future()
        """True once accepted, False once it cannot be any more."""
        self.tasks: asyncio.TaskGroup | None = None
        """Where its tasks run; None: nothing new may begin."""
        self._spawned: set[asyncio.Task[None]] = set()

    def now_s(self) -> float:
        """Return the loop's clock, for measuring."""
        return self._loop.time()

    def now_ms(self) -> int:
        """Milliseconds since the call rang."""
        return round((self._loop.time() - self._rang_at_s) * 1000)

    def advance(self, cause: Cause) -> None:
        """Change the state and tell it. Raises IllegalTransition."""
        old, self.state = self.state, advance(self.state, cause)
        if old is self.state:
            return
        if self.state is CallState.ENDED:
            self.cause, self.outcome = cause, self._outcome_of(old, cause)
            self.over.set()
        if old is CallState.RINGING and not self.answered.done():
            self.answered.set_result(self.state is CallState.CONNECTING)
        log.info("%s: %s → %s (%s)", self.call_id, old, self.state, cause)
        self.publish(
            StateChanged(call_id=self.call_id, at_ms=self.now_ms(), old=old, new=self.state, cause=cause)
        )

    def end(self, cause: Cause) -> None:
        """All endings meet here; the first one counts."""
        if self.state is not CallState.ENDED:
            self.advance(cause)

    async def hang_up(self, control: CallControl) -> None:
        """Have the carrier end the call; that it did not confirm is told."""
        try:
            async with asyncio.timeout(HANG_UP_LIMIT_S):
                await control.hang_up(self.call_id)
        except (TimeoutError, CallControlError):
            log.warning("%s: the carrier did not confirm the hang-up", self.call_id)
            self.problem(Problem.HANG_UP_FAILED)

    def problem(self, problem: Problem, is_recovered: bool = False, detail: str = "") -> None:
        """Tell of a trouble, or of its end."""
        self.publish(
            ProblemRaised(
                call_id=self.call_id,
                at_ms=self.now_ms(),
                problem=problem,
                is_recovered=is_recovered,
                detail=detail,
            )
        )

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `coroutine` as a task of the call. Raises IllegalTransition while there can be none."""
        if self.tasks is None:
            coroutine.close()
            raise IllegalTransition("the call is not live")
        task = self.tasks.create_task(coroutine)
        self._spawned.add(task)
        task.add_done_callback(self._spawned.discard)
        return task

    def close(self) -> None:
        """Let nothing new begin, and end what runs."""
        self.tasks = None
        for task in tuple(self._spawned):
            task.cancel()
