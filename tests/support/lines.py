"""Phone lines in states that tests need."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from copilot_desktop.calls.line import LineProblem, LineStatus, Step, StepState, StepView

NUMBER = "+12025550140"


def an_open_line(*, public_url: str = "https://calls.example.com") -> LineStatus:
    """Return the status of a line that calls can reach."""
    steps = tuple(
        StepView(step=step, state=StepState.WAITING if step is Step.TEST_CALL else StepState.DONE)
        for step in Step
    )
    return LineStatus(steps=steps, is_wanted=True, public_url=public_url, tunnel="own", number=NUMBER)


def a_line_at(step: Step) -> LineStatus:
    """Return the status of a line that is being opened and has come to `step`."""
    states = [StepState.DONE, StepState.WORKING, StepState.WAITING]
    order = list(Step)
    steps = tuple(
        StepView(
            step=each,
            state=states[(order.index(each) >= order.index(step)) + (order.index(each) > order.index(step))],
        )
        for each in order
    )
    return replace(an_open_line(), steps=steps)


def a_failed_line(
    problem: LineProblem, step: Step, *, tries: int = 0, lost_at: datetime | None = None
) -> LineStatus:
    """Return the status of a line that `problem` keeps closed at `step`."""
    line = an_open_line()
    failed = StepView(step=step, state=StepState.FAILED, problem=problem)
    steps = tuple(failed if view.step is step else view for view in line.steps)
    return replace(line, steps=steps, tries=tries, lost_at=lost_at)


def a_lost_line(*, tries: int = 3) -> LineStatus:
    """Return the status of a line whose public address stopped working at 14:02."""
    lost_at = datetime(2026, 3, 12, 14, 2).astimezone()
    return a_failed_line(LineProblem.ADDRESS_LOST, Step.REACHABLE, tries=tries, lost_at=lost_at)
