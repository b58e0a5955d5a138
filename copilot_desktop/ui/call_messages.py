"""CallMessages: what goes wrong or is overdue in the call on screen, as strips with their remedies."""

from __future__ import annotations

from PySide6.QtCore import QObject

from copilot_desktop.calls.events import (
    CallEvent,
    CallId,
    ModeChanged,
    NoticeGiven,
    Problem,
    ProblemRaised,
    RecordingState,
    ResponseTimed,
    TransferChanged,
    TransferResult,
)
from copilot_desktop.calls.states import Mode
from copilot_desktop.ui import wording
from copilot_desktop.ui.actions import Actions
from copilot_desktop.ui.announce import announce
from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.live_call import LiveCall, LiveCalls
from copilot_desktop.ui.strip import Strip

PAUSED_LONG_S = 60.0
_SAID_BY_THE_BAND = (Problem.MICROPHONE_MISSING, Problem.LINK_LOST)


class CallMessages(QObject):
    """`problems` tells what broke, `recording` what the recording waits for."""

    def __init__(
        self, bridge: Bridge, calls: LiveCalls, actions: Actions, problems: Strip, recording: Strip
    ) -> None:
        super().__init__()
        self._bridge, self._calls, self._actions = bridge, calls, actions
        self._problems, self._recording = problems, recording
        self._reminded: tuple[CallId, float] | None = None
        self._is_about_ai = False
        """What `problems` tells is void once the AI answers, or the agent does."""
        bridge.fact_told.connect(self._take)
        calls.current_changed.connect(self._clear)

    def refuse(self, order: str, reason: str) -> None:
        """The desk did not take an order; `reason` is its own sentence, if it has one."""
        if self._calls.current is not None:
            self._is_about_ai = True
            self._problems.tell(self.tr("Not now"), reason or wording.order_name(order), "info")

    def show_call(self, call: LiveCall | None, now_s: float) -> None:
        """Remind of a recording that has been paused for long."""
        if call is None or call.recording is not RecordingState.PAUSED or call.is_card_number:
            if self._reminded is not None:
                self._reminded = None
                self._recording.dismiss()
            return
        pause = (call.call_id, call.paused_since_s)
        if now_s - call.paused_since_s >= PAUSED_LONG_S and self._reminded != pause:
            self._reminded = pause
            title = self.tr("Recording still paused")
            paused = wording.spoken_time(now_s - call.paused_since_s)
            text = self.tr("For {0} this call has not been recorded.").format(paused)
            resume = self.tr("Resume recording   {0}").format(self._actions.keys("pause_recording"))
            deed = self._actions["pause_recording"].trigger
            self._recording.tell(title, text, "warning", ((resume, deed),))
            announce(self._recording, f"{title}. {text}")

    def _clear(self) -> None:
        self._reminded = None
        self._problems.dismiss()
        self._recording.dismiss()

    def _take(self, fact: CallEvent) -> None:
        call = self._calls.current
        if call is None or fact.call_id != call.call_id:
            return
        if isinstance(fact, ResponseTimed | ModeChanged) and self._is_about_ai:
            # An answer came, or a person took over: the old message is no longer true.
            self._problems.dismiss()
        if isinstance(fact, NoticeGiven):
            self._recording.dismiss()
        elif isinstance(fact, TransferChanged) and fact.result is TransferResult.REFUSED:
            self._tell(call, Problem.TRANSFER_FAILED)
        elif isinstance(fact, ProblemRaised):
            self._take_problem(call, fact)

    def _take_problem(self, call: LiveCall, fact: ProblemRaised) -> None:
        if fact.is_recovered:
            strip = self._recording if fact.problem is Problem.NOTICE_FAILED else self._problems
            strip.dismiss()
        elif fact.problem is Problem.NOTICE_FAILED:
            self._ask_notice(call)
        elif fact.problem not in _SAID_BY_THE_BAND:
            self._tell(call, fact.problem)

    def _tell(self, call: LiveCall, problem: Problem) -> None:
        message = wording.problem_message(problem)
        offers = message.offers_take_over and call.mode is not Mode.AGENT_SPEAKS
        words = self.tr("Take over   {0}").format(self._actions.keys("take_over"))
        take_over = ((words, self._actions["take_over"].trigger),) if offers else ()
        self._is_about_ai = problem is not Problem.TRANSFER_FAILED
        self._problems.tell(message.title, message.text, "warning", take_over)
        announce(self._problems, f"{message.title}. {message.text}", is_urgent=True)

    def _ask_notice(self, call: LiveCall) -> None:
        message = wording.problem_message(Problem.NOTICE_FAILED)
        call_id = call.call_id
        self._recording.tell(
            message.title,
            message.text,
            "warning",
            (
                (self.tr("Play the notice"), lambda: self._bridge.play_notice(call_id)),
                (self.tr("I said it myself"), lambda: self._bridge.confirm_notice(call_id)),
            ),
        )
        announce(self._recording, message.title, is_urgent=True)
