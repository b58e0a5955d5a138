"""Notice: the caller is told that the call is recorded before anything else is said."""

from __future__ import annotations

from collections.abc import Callable

from copilot_desktop.calls.answering import Answering
from copilot_desktop.calls.errors import IllegalTransition
from copilot_desktop.calls.events import Party, Problem, RecordingState
from copilot_desktop.calls.recording_control import RecordingControl


class Notice:
    """Says `text` and tells `recording` whether it was heard to its end.

    `problem` is told of a notice that was not, and with True when a later one was.
    """

    def __init__(
        self,
        text: str,
        answering: Answering,
        recording: RecordingControl,
        *,
        problem: Callable[[Problem, bool], None],
        is_on_hold: Callable[[], bool],
    ) -> None:
        self._text, self._answering, self._recording = text.strip(), answering, recording
        self._problem, self._is_on_hold = problem, is_on_hold
        self._has_begun = False
        self.is_running = False
        """The caller's words wait for nobody's answer meanwhile."""
        self._has_failed = False
        self._then: Callable[[bool], None] = _nothing

    def begin(self, then: Callable[[bool], None]) -> None:
        """Say it, and call `then` when it is over; True: somebody cut it off. Without a text, at once."""
        self._has_begun = True
        if not self._text:
            then(False)
            return
        self._then = then
        self._say()

    def leave_to_agent(self) -> None:
        """The agent has the word at once, and says it or lets it be said when it suits."""
        self._has_begun = True

    def play(self) -> None:
        """Say it again, or at last.

        Raises:
            IllegalTransition: there is no notice to say, or nobody to hear it.
        """
        if not self._text or not self._has_begun or self._is_on_hold():
            raise IllegalTransition("no notice can be said now")
        if not self.is_running:
            self._say()

    def confirm(self) -> None:
        """The agent said it in their own words. Raises IllegalTransition before the call is live."""
        if not self._has_begun:
            raise IllegalTransition("nobody has heard anything yet")
        self._recording.notice_given("", Party.AGENT)
        self._recovered()

    def _say(self) -> None:
        self.is_running = True
        self._recording.notice_begins()
        self._answering.say_notice(self._text, self._is_over)

    def _is_over(self, was_heard: bool, was_cut: bool) -> None:
        self.is_running = False
        if was_heard:
            self._recording.notice_given(self._text, Party.ASSISTANT)
            self._recovered()
        elif self._recording.state is RecordingState.OFF or self._recording.notice_given_ms is not None:
            self._recording.notice_ended()
        else:
            self._has_failed = True
            self._recording.notice_failed()
            self._problem(Problem.NOTICE_FAILED, False)
        then, self._then = self._then, _nothing
        then(was_cut)

    def _recovered(self) -> None:
        if self._has_failed:
            self._has_failed = False
            self._problem(Problem.NOTICE_FAILED, True)


def _nothing(was_cut: bool) -> None: ...
