"""CallReport and its parts: plain frozen data, the same for the screen, the page and every export."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from copilot_desktop.calls.events import CallId, ChecklistItem, Outcome, Party, Problem
from copilot_desktop.calls.states import Mode
from copilot_desktop.report.judgement import Judgement
from copilot_desktop.report.mood_line import MoodLine
from copilot_desktop.report.recorded import Recorded
from copilot_desktop.report.wrap_up import WrapUp


class Span(NamedTuple):
    """A stretch of a call, in milliseconds since it rang; the end lies outside."""

    at_ms: int
    end_ms: int

    @property
    def length_ms(self) -> int:
        """How long it is."""
        return self.end_ms - self.at_ms


class Unit(StrEnum):
    """What a measure's value counts."""

    SHARE = "share"
    """0 to 1."""
    MS = "ms"
    COUNT = "count"
    PER_MINUTE = "per_minute"
    PER_10_MINUTES = "per_10_minutes"
    WORDS_PER_MINUTE = "words_per_minute"
    PER_100_WORDS = "per_100_words"
    WORDS = "words"
    RATING = "rating"
    """Transmission rating R, 0 to 100."""
    DB = "db"
    DBFS = "dbfs"
    """Decibels below the loudest sound that the line can carry; 0 and less."""
    MOS = "mos"
    """Estimated opinion score, 1 to 4.5."""


class Grade(StrEnum):
    """A judgement, only where a threshold can be defended. Most measures have none."""

    GOOD = "good"
    WATCH = "watch"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One measured fact. `value` is None exactly when `missing_because` says why; 0 always means zero.

    `definition` is for a tool-tip. `moments` are the stretches of the call to open and listen to.
    """

    id: str
    name: str
    unit: Unit
    definition: str
    value: float | None = None
    moments: tuple[Span, ...] = ()
    missing_because: str = ""
    grade: Grade | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureGroup:
    """Measures that are read together, under one heading."""

    title: str
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLine:
    """One utterance that stands. `unheard` was meant to be said but cut off before the caller heard it."""

    at_ms: int
    end_ms: int
    party: Party
    text: str
    cut_short: bool = False
    unheard: str = ""
    answered_after_ms: int | None = None
    """Of the AI's answers: from the caller's last sound to its first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """How long the call was in `mode`, hold included."""

    mode: Mode
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PartySpeech:
    """When `party` was audible, cleaned."""

    party: Party
    spans: tuple[Span, ...]


class MarkKind(StrEnum):
    """What the timeline points out."""

    TAKE_OVER = "take_over"
    HAND_BACK = "hand_back"
    CUT_SHORT = "cut_short"
    PROBLEM = "problem"
    NOTICE = "notice"
    BOOKMARK = "bookmark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A point on the timeline. `text`: the agent's word for a bookmark, if any."""

    at_ms: int
    kind: MarkKind
    text: str = ""


class HappeningKind(StrEnum):
    """What happened besides the talk."""

    NOTICE = "notice"
    NOTICE_BY_AGENT = "notice_by_agent"
    WAITS_FOR_NOTICE = "waits_for_notice"
    PAUSED = "paused"
    PAUSED_FOR_CARD = "paused_for_card"
    RESUMED = "resumed"
    KEYS_PRESSED = "keys_pressed"
    KEYS_SENT = "keys_sent"
    TRANSFER_ASKED = "transfer_asked"
    TRANSFERRED = "transferred"
    TRANSFER_REFUSED = "transfer_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened besides the talk. `detail`: which keys, to whom, the notice's words."""

    at_ms: int
    kind: HappeningKind
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSlot:
    """One piece of the line's strip. `because`: what was wrong, in a few words; empty where it was good."""

    at_ms: int
    end_ms: int
    grade: Grade
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A technical problem that the call had."""

    at_ms: int
    problem: Problem
    is_recovered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReport:
    """One call on paper. All times but `started_at` are milliseconds since the call rang.

    `conversation` is None for a call that was never connected. `outcome` is None while the call runs.
    `score_note` says the score in words, or plainly why there is none. `unjudgeable_because` is set where
    the call itself is too short for one. `caution`: what a poor line did to the facts, if it did.
    """

    call_id: CallId
    caller: str
    line: str
    is_practice: bool
    started_at: datetime | None
    outcome: Outcome | None
    duration_ms: int
    conversation: Span | None
    handled_by: tuple[Handling, ...]
    groups: tuple[MeasureGroup, ...]
    speech: tuple[PartySpeech, ...]
    holds: tuple[Span, ...]
    marks: tuple[Mark, ...]
    troubles: tuple[Trouble, ...]
    lines: tuple[ReportLine, ...]
    score_note: str
    caution: str = ""
    summary: str | None = None
    happenings: tuple[Happening, ...] = ()
    notes: str = ""
    """The agent's own, as they wrote them in the call."""
    wrap_up: WrapUp | None = None
    """What they wrote down after it."""
    checklist: tuple[ChecklistItem, ...] = ()
    """The steps of the talk, as they stood at its end."""
    unjudgeable_because: str = ""
    judgement: Judgement | None = None
    """None until a form is laid over the facts: see `report.judging`."""
    recorded: Recorded | None = None
    """How the recording lies under the call; None: it was not recorded."""
    line_strip: tuple[LineSlot, ...] = ()
    """How good the caller's line was, piece by piece of the conversation; empty: not measured."""
    has_been_listened: bool = False
    """The recording's sound is among the measures of the line."""
    mood: MoodLine | None = None
    """None until it is read, which takes longer than the facts."""

    @property
    def measures(self) -> tuple[Measure, ...]:
        """All of them, in the order of the page."""
        return tuple(measure for group in self.groups for measure in group.measures)

    def measure(self, id: str) -> Measure:
        """Return the measure of that id. Raises KeyError."""
        for measure in self.measures:
            if measure.id == id:
                return measure
        raise KeyError(id)
