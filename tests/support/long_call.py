"""A call of an hour with three parties and more than 900 turns, made of facts; the same each time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from copilot_desktop.calls.events import (
    Bookmarked,
    CallEnded,
    CallEvent,
    CallId,
    CallRinging,
    Decision,
    HoldChanged,
    LineMeasured,
    ModeChanged,
    NotesChanged,
    NoticeGiven,
    Outcome,
    Party,
    RecordingCause,
    RecordingChanged,
    ResponseTimed,
    SpeechMeasured,
    StateChanged,
    SuggestionDecided,
    SuggestionId,
    SuggestionReady,
    UtteranceFinished,
    UtteranceId,
)
from copilot_desktop.calls.states import CallState, Cause, Mode

LONG = CallId("CA-long")
_TURN_MS, _START_MS = 3900, 3000
_CALLER = (
    "My order has not come, and it was promised for Friday.",
    "Yes.",
    "It is forty-four seventy-one ninety-two, and it went to the Harbor Road; you have that under the old "
    "address, I think, because we moved last summer and nobody has ever changed it.",
    "That would be fine, but who pays for it?",
    "And what about the two taps that were missing from the box?",
    "Hmm, I see. Can you write that to me?",
)
_OURS = (
    "I am sorry about that. May I have the order number, please? It stands at the top of the letter.",
    "Thank you. I can send it by express today, and you would have it tomorrow before noon.",
    "It costs you nothing.",
    "I have written that down. The technician brings both taps along, with the seals that belong to them, "
    "and calls you half an hour before he comes.",
)


def long_call(turns: int = 920) -> list[CallEvent]:
    """Return its facts in order; with 920 turns it takes an hour."""
    end_ms = _START_MS + turns * _TURN_MS
    events = [*_frame(end_ms), *_beside(end_ms)]
    for number in range(turns):
        events += _turn(number, turns)
    return sorted(events, key=lambda event: event.at_ms)


def _frame(end_ms: int) -> Iterator[CallEvent]:
    began = datetime(2026, 3, 12, 14, 28, 10, tzinfo=UTC)
    yield CallRinging(call_id=LONG, at_ms=0, caller="+12025550142", line="+12025550100", started_at=began)
    yield StateChanged(
        call_id=LONG, at_ms=2000, old=CallState.CONNECTING, new=CallState.LIVE, cause=Cause.LINK_OPENED
    )
    yield RecordingChanged(call_id=LONG, at_ms=2000, is_recording=False, cause=RecordingCause.CALL_BEGAN)
    yield NoticeGiven(call_id=LONG, at_ms=3000, text="This call is recorded.", by=Party.ASSISTANT)
    yield RecordingChanged(call_id=LONG, at_ms=3000, is_recording=True, cause=RecordingCause.NOTICE_GIVEN)
    yield StateChanged(
        call_id=LONG, at_ms=end_ms, old=CallState.LIVE, new=CallState.ENDED, cause=Cause.CALLER_LEFT
    )
    yield CallEnded(call_id=LONG, at_ms=end_ms + 500, outcome=Outcome.COMPLETED, duration_ms=end_ms + 500)


def _beside(end_ms: int) -> Iterator[CallEvent]:
    third = end_ms // 3
    yield ModeChanged(
        call_id=LONG, at_ms=third, old=Mode.AI_SPEAKS, new=Mode.AGENT_SPEAKS, by=Party.AGENT, latency_ms=80
    )
    yield ModeChanged(
        call_id=LONG, at_ms=2 * third, old=Mode.AGENT_SPEAKS, new=Mode.AI_SPEAKS, by=Party.AGENT, latency_ms=4
    )
    yield HoldChanged(call_id=LONG, at_ms=third + 60_000, is_on_hold=True)
    yield HoldChanged(call_id=LONG, at_ms=third + 95_000, is_on_hold=False)
    pause = RecordingCause.CARD_NUMBER
    yield RecordingChanged(call_id=LONG, at_ms=third + 200_000, is_recording=False, cause=pause)
    over = RecordingCause.CARD_NUMBER_OVER
    yield RecordingChanged(call_id=LONG, at_ms=third + 230_000, is_recording=True, cause=over)
    for number in range(6):
        at_ms = (number + 1) * end_ms // 8
        yield Bookmarked(call_id=LONG, at_ms=at_ms, moment_ms=at_ms, text=f"order {number + 1}")
    yield NotesChanged(call_id=LONG, at_ms=third, text="Two taps missing.\nTechnician on Tuesday, 9:00.")
    yield LineMeasured(
        call_id=LONG,
        at_ms=end_ms,
        frames=end_ms // 20,
        gap_count=4,
        gap_ms=900,
        jitter_ms=9.0,
        bad_messages=0,
        late_frames=12,
        jitter_p95_ms=18.0,
        jitter_worst_ms=40.0,
    )


def _turn(number: int, turns: int) -> Iterator[CallEvent]:
    start_ms = _START_MS + number * _TURN_MS
    end_ms = start_ms + 1400 + 400 * (number % 5)
    is_callers = number % 2 == 0
    staff = Party.AGENT if turns // 3 < number < 2 * turns // 3 else Party.ASSISTANT
    party = Party.CALLER if is_callers else staff
    texts = _CALLER if is_callers else _OURS
    id = UtteranceId(f"u{number}")
    is_cut = number % 34 == 17
    yield SpeechMeasured(call_id=LONG, at_ms=end_ms, party=party, start_ms=start_ms, end_ms=end_ms)
    yield UtteranceFinished(
        call_id=LONG,
        at_ms=end_ms,
        utterance_id=id,
        party=party,
        text=texts[number // 2 % len(texts)],
        start_ms=start_ms,
        end_ms=end_ms,
        cut_short=is_cut,
        unheard="and the rest of it" if is_cut else "",
    )
    if party is Party.ASSISTANT:
        total_ms = 700 + 37 * (number % 20)
        answered = UtteranceId(f"u{number - 1}")
        yield ResponseTimed(
            call_id=LONG,
            at_ms=start_ms,
            utterance_id=answered,
            decision_ms=300,
            text_ms=450,
            voice_ms=total_ms - 10,
            total_ms=total_ms,
        )
    if number % 9 == 4:
        suggestion, text = SuggestionId(f"s{number}"), _OURS[number % len(_OURS)]
        yield SuggestionReady(
            call_id=LONG, at_ms=end_ms + 100, suggestion_id=suggestion, answers=id, text=text
        )
        yield SuggestionDecided(
            call_id=LONG,
            at_ms=end_ms + 900,
            suggestion_id=suggestion,
            decision=Decision.SAID,
            text=text,
            by=Party.AGENT,
        )
