"""LiveCall: one call as the window knows it, folded from its facts; LiveCalls: all of them."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, Signal

from copilot_desktop.calls.desk import CallView
from copilot_desktop.calls.events import (
    CallEnded,
    CallEvent,
    CallId,
    CallRinging,
    HoldChanged,
    ModeChanged,
    Outcome,
    Party,
    Problem,
    ProblemRaised,
    RecordingChanged,
    ResponseTimed,
    SpeechMeasured,
    StateChanged,
    UtteranceChanged,
    UtteranceFinished,
)
from copilot_desktop.calls.states import CallState, Mode
from copilot_desktop.calls.world import Levels
from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.suggestions import Suggestions
from copilot_desktop.ui.transcript_model import TranscriptModel

SILENCE = Levels(-90.0, -90.0)
_AUDIBLE_DBFS = -40.0
_JUST_SPOKE_S = 1.5


class LiveCall:
    """State, words and suggestions of one call. Times ending in `_s` are on the window's clock."""

    def __init__(self, rang: CallRinging, now_s: float) -> None:
        self.call_id, self.caller, self.line = rang.call_id, rang.caller, rang.line
        self.is_practice = rang.is_practice
        self.began_s = now_s - rang.at_ms / 1000
        self.shown_s = now_s
        """When it came to the window: clicks just after it are not meant for it."""
        self.state, self.mode = CallState.RINGING, Mode.AI_SPEAKS
        self.mode_since_s = self.hold_since_s = now_s
        self.is_on_hold = self.is_muted = self.is_speaking = self.is_recording = False
        self.is_caller_in_turn = False
        self.has_microphone = True
        self.was_connected = False
        self.levels = SILENCE
        self.response: ResponseTimed | None = None
        self.problem: Problem | None = None
        self.outcome: Outcome | None = None
        self.transcript = TranscriptModel()
        self.suggestions = Suggestions()
        self._caller_spoke_s = float("-inf")
        self._caller_stopped_s: float | None = None

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

    def apply(self, fact: CallEvent, now_s: float) -> None:
        """Fold one fact in."""
        self.transcript.apply(fact)
        if self.suggestions.apply(fact, now_s):
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
        self.levels = levels
        if levels.caller_dbfs > _AUDIBLE_DBFS:
            self._caller_spoke_s = now_s

    def _apply_state(self, fact: CallEvent, now_s: float) -> None:
        if isinstance(fact, StateChanged):
            self.state = fact.new
            self.was_connected = self.was_connected or fact.new is CallState.LIVE
        elif isinstance(fact, ModeChanged):
            self.mode, self.mode_since_s = fact.new, now_s
        elif isinstance(fact, HoldChanged):
            self.is_on_hold, self.hold_since_s = fact.is_on_hold, now_s
        elif isinstance(fact, RecordingChanged):
            self.is_recording = fact.is_recording
        elif isinstance(fact, ResponseTimed):
            self.response = fact
        elif isinstance(fact, ProblemRaised):
            self._note_problem(fact)
        elif isinstance(fact, CallEnded):
            self.state, self.outcome = CallState.ENDED, fact.outcome
            self.levels = SILENCE

    def _note_problem(self, fact: ProblemRaised) -> None:
        if fact.problem is Problem.MICROPHONE_MISSING:
            self.has_microphone = fact.is_recovered
        if not fact.is_recovered:
            self.problem = fact.problem
        elif self.problem is fact.problem:
            self.problem = None

    def _note_words(self, fact: UtteranceChanged | UtteranceFinished, now_s: float) -> None:
        if fact.party is not Party.CALLER:
            self._caller_stopped_s = None
        elif isinstance(fact, UtteranceChanged):
            self._caller_spoke_s = now_s
            self._caller_stopped_s = None
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

    def __iter__(self) -> Iterator[LiveCall]:
        return iter(tuple(self._calls.values()))

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
        if known.is_connected and (self.current is None or not self.current.is_connected):
            self.choose(known)
        self.changed.emit(known)
        if isinstance(fact, CallEnded):
            self._end(known)

    def _end(self, call: LiveCall) -> None:
        del self._calls[call.call_id]
        if self.current is call:
            self.current = next(iter(self.connected()), None)
            self.current_changed.emit()
        self.ended.emit(call)

    def _look(self, view: CallView, levels: Levels) -> None:
        call = self._calls.get(view.call_id)
        if call is not None and call.state is not CallState.ENDED:
            call.look(view, levels, self._bridge.now_s())
            self.changed.emit(call)
