"""LineBoard: the checklist of the phone line, told to the front ends no oftener than they can show it."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any

from copilot_desktop.calls.line import LineError, LineProblem, LineStatus, Step, StepState, StepView

log = logging.getLogger("copilot.telephony")

_MAX_NOTES = 80
_NEEDED: tuple[Step, ...] = tuple(step for step in Step if step is not Step.TEST_CALL)
_STEP_OF_PROBLEM = {
    LineProblem.HELPER_MISSING: Step.HELPER,
    LineProblem.HELPER_REFUSED: Step.CONNECTED,
    LineProblem.HELPER_STOPPED: Step.CONNECTED,
    LineProblem.ADDRESS_LOST: Step.CONNECTED,
    LineProblem.ADDRESS_INVALID: Step.CONNECTED,
    LineProblem.NOT_SET_UP: Step.CONNECTED,
    LineProblem.ADDRESS_NOT_REACHABLE: Step.REACHABLE,
    LineProblem.ADDRESS_ELSEWHERE: Step.REACHABLE,
}
"""Where a problem stands that no step under way explains; all others are the number's."""


class LineBoard:
    """Where each step stands. `publish` gets the newest status, at most once in `gap_s`. On the loop."""

    def __init__(self, publish: Callable[[LineStatus], None], *, gap_s: float) -> None:
        self.status = LineStatus()
        self._publish, self._gap_s = publish, gap_s
        self._loop = asyncio.get_running_loop()
        self._free_at_s = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False
        self._notes: deque[str] = deque(maxlen=_MAX_NOTES)

    @property
    def notes(self) -> str:
        """What happened, a line each with its time; no secrets and no numbers."""
        return "\n".join(self._notes)

    def note(self, words: str) -> None:
        """Add a line to the notes."""
        self._notes.append(f"{datetime.now():%H:%M:%S} {words}")
        log.info("phone line: %s", words)

    def change(self, **fields: Any) -> None:
        """Replace fields of the status."""
        self._become(dataclasses.replace(self.status, **fields))

    def begin(self) -> None:
        """A new try begins: nothing is known, but whether a signed call has ever come."""
        self._become(dataclasses.replace(self.status, tries=self.status.tries + 1, public_url="", tunnel=""))
        self.reset()

    def reset(self) -> None:
        """All steps wait."""
        self._set_steps({step: StepView(step=step) for step in _NEEDED})

    def work(self, step: Step) -> None:
        """`step` is under way; those after it wait."""
        later = _NEEDED[_NEEDED.index(step) + 1 :]
        views = {each: StepView(step=each) for each in later}
        views[step] = StepView(step=step, state=StepState.WORKING)
        self._set_steps(views)

    def done(self, step: Step, detail: str = "") -> None:
        """`step` is done."""
        self._set_steps({step: StepView(step=step, state=StepState.DONE, detail=detail)})

    def fail(self, error: LineError) -> None:
        """The step under way has failed or, if none is, the one that `error` is about; later ones wait."""
        under_way = (view.step for view in self.status.steps if view.state is StepState.WORKING)
        step = next(under_way, _STEP_OF_PROBLEM.get(error.problem, Step.NUMBER))
        self.note(f"{step} failed: {error}")
        later = _NEEDED[_NEEDED.index(step) + 1 :]
        views = {each: StepView(step=each) for each in later}
        views[step] = StepView(step=step, state=StepState.FAILED, problem=error.problem)
        self._set_steps(views)

    def show(self, steps: tuple[StepView, ...]) -> None:
        """Show these steps again."""
        self._set_steps({view.step: view for view in steps if view.step is not Step.TEST_CALL})

    def close(self) -> None:
        """Tell nothing more."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()

    def _set_steps(self, views: dict[Step, StepView]) -> None:
        steps = tuple(views.get(view.step, view) for view in self.status.steps)
        self._become(dataclasses.replace(self.status, steps=steps))

    def _become(self, status: LineStatus) -> None:
        if status.is_open:
            status = dataclasses.replace(status, tries=0, lost_at=None)
        elif self.status.is_open:
            status = dataclasses.replace(status, lost_at=datetime.now().astimezone())
        if status == self.status:
            return
        self.status = status
        if self._timer is None and not self._is_closed:
            self._timer = self._loop.call_at(self._free_at_s, self._tell)

    def _tell(self) -> None:
        self._timer = None
        self._free_at_s = self._loop.time() + self._gap_s
        self._publish(self.status)
