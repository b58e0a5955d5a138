"""The facts of a call, and EventFeed that tells them. Orders go in by direct call; facts come out here.

Every call fact has `call_id` and `at_ms`, milliseconds since the call's own `CallRinging`, monotonic.
Sound is never an event.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from copilot_desktop.calls.engine_status import EnginePart, EngineStatus
from copilot_desktop.calls.kinds import (
    Decision as Decision,
)
from copilot_desktop.calls.kinds import (
    JudgementStage as JudgementStage,
)
from copilot_desktop.calls.kinds import (
    Outcome as Outcome,
)
from copilot_desktop.calls.kinds import (
    Party as Party,
)
from copilot_desktop.calls.kinds import (
    Problem as Problem,
)
from copilot_desktop.calls.kinds import (
    Readiness as Readiness,
)
from copilot_desktop.calls.kinds import (
    RecordingCause as RecordingCause,
)
from copilot_desktop.calls.kinds import (
    RecordingState as RecordingState,
)
from copilot_desktop.calls.kinds import (
    Tool as Tool,
)
from copilot_desktop.calls.kinds import (
    ToolResult as ToolResult,
)
from copilot_desktop.calls.kinds import (
    TransferResult as TransferResult,
)
from copilot_desktop.calls.kinds import (
    Treatment as Treatment,
)
from copilot_desktop.calls.line import LineStatus
from copilot_desktop.calls.states import CallState, Cause, HandBackStage, Mode

log = logging.getLogger("copilot.calls")

CallId = NewType("CallId", str)
UtteranceId = NewType("UtteranceId", str)
SuggestionId = NewType("SuggestionId", str)


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
    caller_name: str = ""
    """As the carrier knows it; empty: not known."""
    place: str = ""
    """Town and country of the caller's number, as far as the carrier knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChanged(CallEvent):
    """The call has moved on; `cause` is why."""

    old: CallState
    new: CallState
    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class UtteranceChanged(CallEvent):
    """Words still moving. Live only.

    `heard_length`: so many letters of our voice's words the caller has heard by now; None: not known.
    """

    utterance_id: UtteranceId
    party: Party
    text: str
    start_ms: int
    heard_length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UtteranceFinished(CallEvent):
    """Words that stand. `unheard` is what was meant to be said but cut off before the caller heard it.

    With `is_correction` it takes the place of what stood under its id: later words showed that a part of a
    card number was in it.
    """

    utterance_id: UtteranceId
    party: Party
    text: str
    start_ms: int
    end_ms: int
    confidence: float | None = None
    cut_short: bool = False
    unheard: str = ""
    is_correction: bool = False


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
    rank: int = 0
    """0: the answer; 1 and 2: other things one could say, for the agent to choose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionDecided(CallEvent):
    """What became of a suggestion; `text` is what was said, `by` who decided."""

    suggestion_id: SuggestionId
    decision: Decision
    text: str
    by: Party


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentChanged(CallEvent):
    """What the call is for from now on, when it is not, or no longer, a talk."""

    treatment: Treatment


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeGiven(CallEvent):
    """The caller has heard that the call is recorded. `by` AGENT: the agent said it in their own words."""

    text: str
    by: Party


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitPressed(CallEvent):
    """The caller pressed a key. While the recording is paused `digit` is "•"."""

    digit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitsSent(CallEvent):
    """We sent keypad tones. Hidden ones are "•", one each."""

    digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferChanged(CallEvent):
    """`to` as the agent gave it."""

    to: str
    result: TransferResult


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeChanged(CallEvent):
    """`latency_ms`: from the order to our sound being stopped on our side."""

    old: Mode
    new: Mode
    by: Party
    latency_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokeMuted(CallEvent):
    """The agent speaks, or has stopped, while the caller cannot hear it. Live only."""

    is_speaking: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HandBackPrepared(CallEvent):
    """What the AI would say first if the agent gave the call back now. Live only."""

    stage: HandBackStage
    text: str = ""
    sources: tuple[Source, ...] = ()
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldChanged(CallEvent):
    """The caller went on hold, or is back."""

    is_on_hold: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingChanged(CallEvent):
    """The recording began, stopped, or paused."""

    is_recording: bool
    cause: str
    """One of RecordingCause; older calls hold free words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingPlaced(CallEvent):
    """From `call_ms` on the recording runs with the call, there at `recording_ms`. One for each stream."""

    call_ms: int
    recording_ms: int


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
    dropped_replies: int = 0
    """Answers begun early in this turn and thrown away: the caller went on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolUsed(CallEvent):
    """The AI did, or wished to do, something besides talking. `text`: what it looked for, asks or notes."""

    tool: Tool
    result: ToolResult
    text: str = ""
    to: str = ""
    """Whom it would transfer to, as the settings call them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineUsed(CallEvent):
    """What one request to an engine is charged for; see `engine_status.Usage`."""

    part: EnginePart
    model: str
    host: str
    seconds: float = 0.0
    characters: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    audio_input_tokens: int = 0
    audio_output_tokens: int = 0
    is_estimate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookmarked(CallEvent):
    """The agent marked `moment_ms`. Told again of the same moment: the mark has these words now."""

    moment_ms: int
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotesChanged(CallEvent):
    """The agent's own notes, all of them; they take the place of those before."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistItem:
    """One step that belongs in a talk. `is_by_agent`: set by hand; nothing that is said changes it."""

    step: str
    is_required: bool = False
    hint: str = ""
    """For the agent: what to do or say."""
    is_done: bool = False
    is_by_agent: bool = False
    done_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistChanged(CallEvent):
    """How the steps of the talk stand, all of them; they take the place of those before."""

    items: tuple[ChecklistItem, ...]
    is_listening: bool = True
    """What is said ticks steps; else only the agent does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSpan:
    """A stretch of the call in which sound was missing or late."""

    at_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpChanged(CallEvent):
    """What the agent writes down once the call is over: all of the form each time, the newest stands."""

    summary: str = ""
    is_summary_own: bool = False
    """The agent wrote or accepted it; else it is the AI's draft."""
    outcome: str = ""
    """One of the owner's words for how calls end; empty: not chosen."""
    follow_up: str = ""
    follow_up_by: str = ""
    follow_up_due: str = ""
    tags: tuple[str, ...] = ()
    notes: str = ""
    is_saved: bool = False
    """The agent is done with it; else the form comes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMeasured(CallEvent):
    """How the caller's sound arrived, written when a stream ends."""

    frames: int
    gap_count: int
    gap_ms: int
    jitter_ms: float
    bad_messages: int
    late_frames: int | None = None
    """None where an older program did not measure it; so with the next."""
    jitter_p95_ms: float | None = None
    jitter_worst_ms: float | None = None
    gaps: tuple[LineSpan, ...] = ()
    late: tuple[LineSpan, ...] = ()
    """When the first of them were, in the call's time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemRaised(CallEvent):
    """Something does not work, or works again. `detail` is never a caller's word."""

    problem: Problem
    is_recovered: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(CallEvent):
    """Always the last state of a call; few facts follow it."""

    outcome: Outcome
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryWritten(CallEvent):
    """A summary by an AI; None: there is none."""

    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChanged:
    """The phone line as a whole. Belongs to no call and is not kept."""

    status: LineStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyChanged:
    """Whether calls ring here. Belongs to no call and is not kept."""

    readiness: Readiness


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryChanged:
    """Whether calls can be written down. Belongs to no call and is not kept."""

    is_failing: bool
    is_waiting: bool = False
    """The server of a shared history is away; calls are kept on this computer until it is back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnginesChanged:
    """How the engines stand. Belongs to no call and is not kept."""

    parts: tuple[EngineStatus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgementChanged:
    """The judgement of an ended call. Not kept as a fact: what came of it lies beside them."""

    call_id: CallId
    stage: JudgementStage


Fact = CallEvent | LineChanged | ReadyChanged | HistoryChanged | EnginesChanged | JudgementChanged
LIVE_ONLY: tuple[type[CallEvent], ...] = (UtteranceChanged, SuggestionChanged, SpokeMuted, HandBackPrepared)
"""Shown while they last, never kept."""

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
