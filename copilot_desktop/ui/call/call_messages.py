"""CallMessages: what goes wrong or is overdue in the call on screen, as strips with their remedies."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

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
from copilot_desktop.messages import (
    BACKUPS,
    SILENT_S,
    LineMessage,
    Remedy,
    backup_message,
    remedy_words,
    waiting_message,
)
from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.line_state import ACCOUNTS_PAGE, AI_PAGE, translated
from copilot_desktop.ui.live.live_call import LiveCall, LiveCalls
from copilot_desktop.ui.settings.engine_words import BILLING_URL
from copilot_desktop.ui.widgets import wording
from copilot_desktop.ui.widgets.actions import Actions
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.strip import Deeds, Strip

PAUSED_LONG_S = 60.0
_SAID_ELSEWHERE = (Problem.MICROPHONE_MISSING, Problem.MICROPHONE_SILENT, Problem.LINK_LOST)
"""By the band, and by `SoundNotes`."""


class CallMessages(QObject):
    """`problems` tells what broke, `recording` what the recording waits for.

    `page_asked` carries the page of the settings where something can be mended; `outside_asked` an address
    to open in the browser.
    """

    page_asked = Signal(str)
    outside_asked = Signal(str)

    def __init__(
        self, bridge: Bridge, calls: LiveCalls, actions: Actions, problems: Strip, recording: Strip
    ) -> None:
        super().__init__()
        self._bridge, self._calls, self._actions = bridge, calls, actions
        self._problems, self._recording = problems, recording
        self._reminded: tuple[CallId, float] | None = None
        self._is_about_ai = False
        """What `problems` tells is void once the AI answers, or the agent does."""
        self._told: Problem | None = None
        """What `problems` was last about."""
        self._silent_since: CallId | None = None
        """The call in which the AI has been found silent, and that was told."""
        bridge.fact_told.connect(self._take)
        calls.current_changed.connect(self._clear)

    def refuse(self, order: str, reason: str) -> None:
        """The desk did not take an order; `reason` is its own sentence, if it has one."""
        if self._calls.current is not None:
            self._is_about_ai, self._told = True, None
            self._problems.tell(self.tr("Not now"), reason or wording.order_name(order), "info")

    def show_call(self, call: LiveCall | None, now_s: float) -> None:
        """Remind of a recording that has been paused for long, and of an AI that does not answer."""
        self._show_waiting(call, now_s)
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
        self._reminded = self._told = self._silent_since = None
        self._problems.dismiss()
        self._recording.dismiss()

    def _take(self, fact: CallEvent) -> None:
        call = self._calls.current
        if call is None or fact.call_id != call.call_id:
            return
        if isinstance(fact, ResponseTimed | ModeChanged) and self._is_about_ai:
            # An answer came, or a person took over: the old message is no longer true.
            self._told = None
            self._problems.dismiss()
        if isinstance(fact, NoticeGiven):
            self._recording.dismiss()
        elif isinstance(fact, TransferChanged) and fact.result is TransferResult.REFUSED:
            self._tell(call, Problem.TRANSFER_FAILED)
        elif isinstance(fact, ProblemRaised):
            self._take_problem(call, fact)

    def _take_problem(self, call: LiveCall, fact: ProblemRaised) -> None:
        if fact.is_recovered:
            if fact.problem is Problem.NOTICE_FAILED:
                self._recording.dismiss()
            elif self._told in (None, fact.problem):
                self._told = None
                self._problems.dismiss()
        elif fact.problem in BACKUPS:
            self._tell_backup(fact)
        elif fact.problem is Problem.NOTICE_FAILED:
            self._ask_notice(call)
        elif fact.problem not in _SAID_ELSEWHERE and not self._is_known_worse(fact.problem):
            self._tell(call, fact.problem)

    def _is_known_worse(self, problem: Problem) -> bool:
        """An AI that has failed is slow as well; that is no news."""
        is_failed = self._problems.is_wanted and self._told is Problem.WRITER_FAILED
        return is_failed and problem is Problem.WRITER_SLOW

    def _tell(self, call: LiveCall, problem: Problem) -> None:
        message = wording.problem_message(problem)
        offers = message.offers_take_over and call.mode is not Mode.AGENT_SPEAKS
        self._is_about_ai, self._told = problem is not Problem.TRANSFER_FAILED, problem
        deeds = self._take_over() if offers else ()
        if problem is Problem.TRANSCRIBER_FAILED:
            again = (self.tr("Reconnect now"), lambda: self._bridge.transcribe_again(call.call_id))
            deeds = (*deeds, again)
        self._problems.tell(message.title, message.text, "warning", deeds)
        announce(self._problems, f"{message.title}. {message.text}", is_urgent=True)

    def _take_over(self) -> Deeds:
        words = self.tr("Take over   {0}").format(self._actions.keys("take_over"))
        return ((words, self._actions["take_over"].trigger),)

    def _show_waiting(self, call: LiveCall | None, now_s: float) -> None:
        """Count the seconds that the AI is slow; from `SILENT_S` on, it does not answer at all."""
        waited_s = int(call.ai_waits_s(now_s)) if call is not None else 0
        if call is None or waited_s == 0 or call.mode is Mode.AGENT_SPEAKS:
            self._silent_since = None
            return
        message = waiting_message(waited_s, translated)
        if waited_s >= SILENT_S and self._silent_since != call.call_id:
            self._silent_since = call.call_id
            self._is_about_ai, self._told = True, Problem.WRITER_SLOW
            self._problems.tell(message.title, message.text, "danger", self._take_over())
            announce(self._problems, f"{message.title}. {message.text}", is_urgent=True)
        elif self._told is Problem.WRITER_SLOW and self._problems.is_wanted:
            self._problems.reword(message.title, message.text)

    def _tell_backup(self, fact: ProblemRaised) -> None:
        """Another engine has stepped in: good to know, and less than what really is wrong."""
        if self._problems.is_wanted and self._told is not None and self._told not in BACKUPS:
            return
        message = backup_message(fact.problem, fact.detail, translated)
        self._is_about_ai, self._told = False, fact.problem
        tone = "warning" if message.remedies else "info"
        self._problems.tell(message.title, message.text, tone, self._offers(message))
        announce(self._problems, f"{message.title}. {message.text}")

    def _offers(self, message: LineMessage) -> Deeds:
        deeds: dict[Remedy, Callable[[], object]] = {
            Remedy.ENTER_KEY_AGAIN: lambda: self.page_asked.emit(ACCOUNTS_PAGE),
            Remedy.CHOOSE_MODEL: lambda: self.page_asked.emit(AI_PAGE),
            Remedy.OPEN_BILLING_PAGE: lambda: self.outside_asked.emit(BILLING_URL),
        }
        return tuple(
            (translated(remedy_words(each)), deeds[each]) for each in message.remedies if each in deeds
        )

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
