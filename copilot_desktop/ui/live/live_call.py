"""LiveCall: one call as the window knows it, folded from its facts; LiveCalls: all of them."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, Signal

from copilot_desktop.calls.desk import CallView
from copilot_desktop.calls.events import (
    Bookmarked,
    CallEnded,
    CallEvent,
    CallId,
    CallRinging,
    ChecklistChanged,
    DigitPressed,
    DigitsSent,
    HandBackPrepared,
    HoldChanged,
    ModeChanged,
    NotesChanged,
    NoticeGiven,
    Outcome,
    Party,
    Problem,
    ProblemRaised,
    RecordingCause,
    RecordingChanged,
    RecordingState,
    ResponseTimed,
    SpeechMeasured,
    SpokeMuted,
    StateChanged,
    TransferChanged,
    TransferResult,
    Treatment,
    TreatmentChanged,
    UtteranceChanged,
    UtteranceFinished,
)
from copilot_desktop.calls.states import CallState, Cause, Mode
from copilot_desktop.calls.world import Levels
from copilot_desktop.messages import BACKUPS
from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.live.suggestions import Suggestions
from copilot_desktop.ui.live.tool_notes import ToolNotes
from copilot_desktop.ui.transcript.transcript_model import TranscriptModel
from copilot_desktop.ui.widgets.wording import phone_number

SILENCE = Levels(-90.0, -90.0)
_AUDIBLE_DBFS = -40.0
_JUST_SPOKE_S = 1.5


class LiveCall:
    """State, words and suggestions of one call. Times ending in `_s` are on the window's clock."""

    def __init__(self, rang: CallRinging, now_s: float) -> None:
        self.call_id, self.caller, self.line = rang.call_id, rang.caller, rang.line
        self.caller_name, self.place = rang.caller_name.strip(), rang.place.strip()
        self.is_practice = rang.is_practice
        self.began_s = now_s - rang.at_ms / 1000
        self.shown_s = now_s
        """When it came to the window: clicks just after it are not meant for it."""
        self.state, self.mode = CallState.RINGING, Mode.AI_SPEAKS
        self.mode_since_s = self.hold_since_s = self.lost_since_s = self.paused_since_s = now_s
        self.is_on_hold = self.is_muted = self.is_speaking = False
        self.treatment = Treatment.TALK
        self.recording = RecordingState.OFF
        self.is_card_number = False
        """The recording is paused because the caller says a card number."""
        self.is_notice_failed = False
        self.notice_given_ms: int | None = None
        self.digits_sent = self.digits_pressed = ""
        self.is_transfer_asked = False
        self.transfer_name = ""
        """Whom it is being passed on to, as the agent knows them."""
        self.is_caller_in_turn = False
        self.has_microphone = True
        self.is_microphone_silent = False
        """It is open and gives nothing at all."""
        self.is_speaking_muted = False
        """The agent speaks, and the caller cannot hear it."""
        self.hand_back: HandBackPrepared | None = None
        """What the AI would say first if it got the call back now."""
        self.was_connected = False
        self.bookmarks: dict[int, str] = {}
        """Marked moments, in milliseconds of the call, with their words."""
        self.notes = ""
        """What the agent has typed."""
        self.kept_notes = ""
        """What of it the call has taken: without card numbers."""
        self.checklist: ChecklistChanged | None = None
        self.levels = SILENCE
        self.response: ResponseTimed | None = None
        self.problem: Problem | None = None
        self.outcome: Outcome | None = None
        self.transcript = TranscriptModel()
        self.suggestions, self.tools = Suggestions(), ToolNotes()
        self.backups: dict[Problem, str] = {}
        """The parts that another engine does just now, each with the first one's fault."""
        self._ai_waited_s: float | None = None
        self._caller_spoke_s = float("-inf")
        self._caller_stopped_s: float | None = None

    @property
    def who(self) -> str:
        """The caller's name, or their number as people read it."""
        return self.caller_name or phone_number(self.caller)

    @property
    def is_talk(self) -> bool:
        """Connected for a talk, and not to leave or hear a message."""
        return self.is_connected and self.treatment is Treatment.TALK

    @property
    def is_passing_on(self) -> bool:
        """The caller hears that they are passed on, or is on the way."""
        return self.state is CallState.TRANSFERRING or (self.is_connected and self.is_transfer_asked)

    @property
    def is_lost(self) -> bool:
        """The sound was there and is gone, but the call is kept."""
        return self.state is CallState.CONNECTING and self.was_connected

    @property
    def is_connected(self) -> bool:
        """Answered and not over: orders about the talk make sense."""
        return self.state in (CallState.CONNECTING, CallState.LIVE, CallState.TRANSFERRING)

    def elapsed_s(self, now_s: float) -> float:
        """Seconds since it began to ring: the clock of transcript and report."""
        return max(0.0, now_s - self.began_s)

    def is_caller_speaking(self, now_s: float) -> bool:
        """True while the caller speaks, and for a moment after."""
        return self.is_caller_in_turn or now_s - self._caller_spoke_s < _JUST_SPOKE_S

    def caller_waits_s(self, now_s: float) -> float:
        """How long the caller has been waiting for an answer; 0 while they speak or we do."""
        if self._caller_stopped_s is None or self.is_speaking or self.is_caller_in_turn:
            return 0.0
        return max(0.0, now_s - self._caller_stopped_s)

    def ai_waits_s(self, now_s: float) -> float:
        """How long the AI has left the caller without an answer; 0 while it is not known to be slow."""
        return 0.0 if self._ai_waited_s is None else max(0.0, now_s - self._ai_waited_s)

    def apply(self, fact: CallEvent, now_s: float) -> None:
        """Fold one fact in."""
        self.transcript.apply(fact)
        if self.suggestions.apply(fact, now_s) or self.tools.apply(fact):
            return
        if isinstance(fact, UtteranceChanged | UtteranceFinished):
            self._note_words(fact, now_s)
        elif isinstance(fact, SpeechMeasured):
            if fact.party is Party.CALLER:
                self._caller_spoke_s = max(self._caller_spoke_s, self.began_s + fact.end_ms / 1000)
        else:
            self._apply_state(fact, now_s)

    def look(self, view: CallView, levels: Levels, now_s: float) -> None:
        """Take in what was polled."""
        self.is_muted, self.is_speaking = view.is_muted, view.is_speaking
        if self.is_caller_in_turn and not view.is_caller_in_turn:
            self._caller_stopped_s = now_s
        self.is_caller_in_turn = view.is_caller_in_turn
        self.recording, self.notice_given_ms = view.recording, view.notice_given_ms
        self.levels = levels
        if levels.caller_dbfs > _AUDIBLE_DBFS:
            self._caller_spoke_s = now_s

    def _apply_state(self, fact: CallEvent, now_s: float) -> None:
        if isinstance(fact, StateChanged):
            self.state = fact.new
            self.was_connected = self.was_connected or fact.new is CallState.LIVE
            if fact.cause is Cause.LINK_LOST:
                self.lost_since_s = now_s
        elif isinstance(fact, ModeChanged):
            self.mode, self.mode_since_s, self.hand_back = fact.new, now_s, None
            self._ai_waited_s = None
        elif isinstance(fact, SpokeMuted):
            self.is_speaking_muted = fact.is_speaking
        elif isinstance(fact, HoldChanged):
            self.is_on_hold, self.hold_since_s = fact.is_on_hold, now_s
        elif isinstance(fact, TreatmentChanged):
            self.treatment = fact.treatment
        elif isinstance(fact, ResponseTimed):
            self.response, self._ai_waited_s = fact, None
        elif isinstance(fact, ProblemRaised):
            self._note_problem(fact, now_s)
        elif isinstance(fact, CallEnded):
            self.state, self.outcome = CallState.ENDED, fact.outcome
            self.levels, self._ai_waited_s = SILENCE, None
        else:
            self._apply_keeping(fact, now_s)

    def _apply_keeping(self, fact: CallEvent, now_s: float) -> None:
        """Recording, keypad, passing on, and what the agent writes down."""
        if isinstance(fact, RecordingChanged):
            self._note_recording(fact, now_s)
        elif isinstance(fact, NoticeGiven):
            self.notice_given_ms, self.is_notice_failed = fact.at_ms, False
        elif isinstance(fact, DigitsSent):
            self.digits_sent += fact.digits
        elif isinstance(fact, HandBackPrepared):
            self.hand_back = fact
        elif isinstance(fact, DigitPressed):
            self.digits_pressed += fact.digit
        elif isinstance(fact, TransferChanged):
            self._note_transfer(fact)
        elif isinstance(fact, Bookmarked):
            self.bookmarks[fact.moment_ms] = fact.text
        elif isinstance(fact, ChecklistChanged):
            self.checklist = fact
        elif isinstance(fact, NotesChanged):
            self.kept_notes = fact.text

    def _note_transfer(self, fact: TransferChanged) -> None:
        self.is_transfer_asked = fact.result is TransferResult.ASKED
        if fact.result is TransferResult.REFUSED:
            self.transfer_name = ""
        elif not self.transfer_name:
            self.transfer_name = phone_number(fact.to)

    def _note_recording(self, fact: RecordingChanged, now_s: float) -> None:
        self.is_card_number = not fact.is_recording and fact.cause == RecordingCause.CARD_NUMBER
        if fact.is_recording:
            self.recording = RecordingState.ON
        elif fact.cause in (RecordingCause.AGENT, RecordingCause.CARD_NUMBER):
            self.recording, self.paused_since_s = RecordingState.PAUSED, now_s
        elif fact.cause in (RecordingCause.NOTICE_FAILED, RecordingCause.CALL_BEGAN):
            self.recording = RecordingState.WAITING_FOR_NOTICE
        else:
            self.recording = RecordingState.OFF

    def _note_problem(self, fact: ProblemRaised, now_s: float) -> None:
        if fact.problem in BACKUPS:
            # Nothing is wrong with the call: another engine has stepped in.
            self.backups.pop(fact.problem, None)
            if not fact.is_recovered:
                self.backups[fact.problem] = fact.detail
            return
        if fact.problem is Problem.WRITER_SLOW:
            stopped_s = self._caller_stopped_s if self._caller_stopped_s is not None else now_s
            self._ai_waited_s = None if fact.is_recovered else stopped_s
        if fact.problem is Problem.MICROPHONE_MISSING:
            self.has_microphone = fact.is_recovered
        elif fact.problem is Problem.MICROPHONE_SILENT:
            self.is_microphone_silent = not fact.is_recovered
            return
        elif fact.problem is Problem.NOTICE_FAILED:
            self.is_notice_failed = not fact.is_recovered
        if not fact.is_recovered:
            self.problem = fact.problem
        elif self.problem is fact.problem:
            self.problem = None

    def _note_words(self, fact: UtteranceChanged | UtteranceFinished, now_s: float) -> None:
        if fact.party is not Party.CALLER:
            self._caller_stopped_s = None
        elif isinstance(fact, UtteranceChanged):
            self._caller_spoke_s = now_s
            self._caller_stopped_s = self._ai_waited_s = None
        else:
            self._caller_stopped_s = self.began_s + fact.end_ms / 1000


class LiveCalls(QObject):
    """All calls that ring or run, and the one the window is about."""

    rang = Signal(LiveCall)
    changed = Signal(LiveCall)
    """State, mode, words or levels of a call moved."""
    ended = Signal(LiveCall)
    current_changed = Signal()

    def __init__(self, bridge: Bridge, *, has_microphone: bool) -> None:
        super().__init__()
        self._bridge, self._has_microphone = bridge, has_microphone
        self._calls: dict[CallId, LiveCall] = {}
        self.current: LiveCall | None = None
        """The answered call on screen; None while there is none."""
        bridge.fact_told.connect(self._take)
        bridge.view_polled.connect(self._look)

    def set_microphone(self, has_microphone: bool) -> None:
        """There is one now, or none any more."""
        self._has_microphone = has_microphone
        for call in self._calls.values():
            call.has_microphone = has_microphone
            self.changed.emit(call)

    def __iter__(self) -> Iterator[LiveCall]:
        return iter(tuple(self._calls.values()))

    def talking(self) -> bool:
        """Whether the agent has a call that is a talk: the next one must be quiet."""
        return any(call.is_talk for call in self._calls.values())

    def next(self) -> None:
        """Put the answered call after the current one on screen."""
        calls = self.connected()
        if len(calls) > 1:
            at = calls.index(self.current) if self.current in calls else -1
            self.choose(calls[(at + 1) % len(calls)])

    def ringing(self) -> LiveCall | None:
        """The call that has been ringing longest."""
        return next((call for call in self._calls.values() if call.state is CallState.RINGING), None)

    def connected(self) -> list[LiveCall]:
        """All answered calls, oldest first."""
        return [call for call in self._calls.values() if call.is_connected]

    def choose(self, call: LiveCall) -> None:
        """Put an answered call on screen."""
        if call is not self.current:
            self.current = call
            self.current_changed.emit()

    def _take(self, fact: CallEvent) -> None:
        now_s = self._bridge.now_s()
        if isinstance(fact, CallRinging):
            call = LiveCall(fact, now_s)
            call.has_microphone = self._has_microphone
            self._calls[fact.call_id] = call
            self.rang.emit(call)
            return
        known = self._calls.get(fact.call_id)
        if known is None:
            return
        known.apply(fact, now_s)
        if self._is_better(known):
            self.choose(known)
        self.changed.emit(known)
        if isinstance(fact, CallEnded):
            self._end(known)

    def _is_better(self, call: LiveCall) -> bool:
        """Whether `call` belongs on screen by itself: nothing is there, or only a message being left."""
        shown = self.current
        if not call.is_connected or call is shown:
            return False
        return shown is None or not shown.is_connected or (call.is_talk and not shown.is_talk)

    def _end(self, call: LiveCall) -> None:
        del self._calls[call.call_id]
        if self.current is call:
            # A talk before one who only leaves a message.
            self.current = max(self.connected(), key=lambda other: other.is_talk, default=None)
            self.current_changed.emit()
        self.ended.emit(call)

    def _look(self, view: CallView, levels: Levels) -> None:
        call = self._calls.get(view.call_id)
        if call is not None and call.state is not CallState.ENDED:
            call.look(view, levels, self._bridge.now_s())
            self.changed.emit(call)
