"""The facts of a call, and EventFeed that tells them. Orders go in by direct call; facts come out here.

Every call fact has `call_id` and `at_ms`, milliseconds since the call's own `CallRinging`, monotonic.
Sound is never an event.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from copilot_desktop.calls.states import CallState, Cause, Mode

log = logging.getLogger("copilot.calls")

CallId = NewType("CallId", str)
UtteranceId = NewType("UtteranceId", str)
SuggestionId = NewType("SuggestionId", str)


class Party(StrEnum):
    """Who said something."""

    CALLER = "caller"
    ASSISTANT = "assistant"
    AGENT = "agent"


class Outcome(StrEnum):
    """How a call ended."""

    COMPLETED = "completed"
    MISSED = "missed"
    DECLINED = "declined"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """The program stopped in mid-call; written at its next start."""


class Decision(StrEnum):
    """What became of a suggestion."""

    SAID = "said"
    EDITED = "edited"
    SKIPPED = "skipped"
    EXPIRED = "expired"


class Problem(StrEnum):
    """Reasons; the front ends own the sentences."""

    TRANSCRIBER_FAILED = "transcriber_failed"
    TRANSCRIBER_BEHIND = "transcriber_behind"
    WRITER_FAILED = "writer_failed"
    WRITER_SLOW = "writer_slow"
    VOICE_FAILED = "voice_failed"
    LINK_LOST = "link_lost"
    LINK_BAD_MESSAGES = "link_bad_messages"
    MICROPHONE_MISSING = "microphone_missing"
    RECORDING_FAILED = "recording_failed"
    STORE_FAILED = "store_failed"
    HANG_UP_FAILED = "hang_up_failed"
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a suggestion's words come from, as the agent reads it."""

    title: str
    heading: str = ""
    page: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """What every call fact has."""

    call_id: CallId
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRinging(CallEvent):
    """`caller` and `line` as the carrier wrote them: E.164, a SIP address, or a word for "withheld"."""

    caller: str
    line: str
    started_at: datetime
    is_practice: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChanged(CallEvent):
    old: CallState
    new: CallState
    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class UtteranceChanged(CallEvent):
    """Words still moving. Live only."""

    utterance_id: UtteranceId
    party: Party
    text: str
    start_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UtteranceFinished(CallEvent):
    """Words that stand. `unheard` is what was meant to be said but cut off before the caller heard it."""

    utterance_id: UtteranceId
    party: Party
    text: str
    start_ms: int
    end_ms: int
    confidence: float | None = None
    cut_short: bool = False
    unheard: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechMeasured(CallEvent):
    """One interval in which `party` was audible, from speech detection and not from text times."""

    party: Party
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionChanged(CallEvent):
    """Text still growing. Live only. `answers` is None where no utterance asked for it."""

    suggestion_id: SuggestionId
    answers: UtteranceId | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionReady(CallEvent):
    """`latency_ms`: end of the caller's speech to the full text. `origin` is said plainly on screen."""

    suggestion_id: SuggestionId
    answers: UtteranceId | None
    text: str
    sources: tuple[Source, ...] = ()
    latency_ms: int = 0
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionDecided(CallEvent):
    suggestion_id: SuggestionId
    decision: Decision
    text: str
    by: Party


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitPressed(CallEvent):
    digit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeChanged(CallEvent):
    """`latency_ms`: from the order to our sound being stopped on our side."""

    old: Mode
    new: Mode
    by: Party
    latency_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldChanged(CallEvent):
    is_on_hold: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingChanged(CallEvent):
    is_recording: bool
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseTimed(CallEvent):
    """One answer's way. All from the caller's last audible sound.

    `decision_ms`: turn held to be over; `text_ms`: first words of the answer; `voice_ms`: first sound
    ready; `total_ms`: first audible sound sent to the line.
    """

    utterance_id: UtteranceId
    decision_ms: int
    text_ms: int
    voice_ms: int
    total_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMeasured(CallEvent):
    """How the caller's sound arrived, written when a stream ends."""

    frames: int
    gap_count: int
    gap_ms: int
    jitter_ms: float
    bad_messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemRaised(CallEvent):
    problem: Problem
    is_recovered: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(CallEvent):
    outcome: Outcome
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryWritten(CallEvent):
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChanged:
    """The phone line as a whole. Belongs to no call and is not kept."""

    is_open: bool
    public_url: str | None = None
    problem: Problem | None = None


Fact = CallEvent | LineChanged
LIVE_ONLY: tuple[type[CallEvent], ...] = (UtteranceChanged, SuggestionChanged)
"""Shown while they move, never kept."""

Listener = Callable[[Fact], None]


class EventFeed:
    """Tells facts, in order, on the loop. A listener that raises is logged and the others still hear."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Add `listener` and return the function that removes it again."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def publish(self, fact: Fact) -> None:
        """Call every listener with `fact` before returning."""
        for listener in tuple(self._listeners):
            try:
                listener(fact)
            except Exception:
                log.exception("a listener failed on %s", type(fact).__name__)
