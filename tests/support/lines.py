"""Phone lines in states that tests need."""

from __future__ import annotations

from copilot_desktop.calls.line import LineStatus, Step, StepState, StepView

NUMBER = "+12025550140"


def an_open_line(*, public_url: str = "https://calls.example.com") -> LineStatus:
    """Return the status of a line that calls can reach."""
    steps = tuple(
        StepView(step=step, state=StepState.WAITING if step is Step.TEST_CALL else StepState.DONE)
        for step in Step
    )
    return LineStatus(steps=steps, is_wanted=True, public_url=public_url, tunnel="own", number=NUMBER)
