"""Calls with known facts, for the tests of the report."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from copilot_desktop.calls.events import (
    CallEnded,
    CallEvent,
    CallId,
    CallRinging,
    Decision,
    HoldChanged,
    LineMeasured,
    ModeChanged,
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

CALL = CallId("CA0142")
CALLER, AI, AGENT = Party.CALLER, Party.ASSISTANT, Party.AGENT


def ringing(*, is_practice: bool = False, caller: str = "+12025550142") -> CallRinging:
    return CallRinging(
        call_id=CALL,
        at_ms=0,
        caller=caller,
        line="+12025550100",
        started_at=datetime(2026, 3, 12, 14, 28, 10, tzinfo=UTC),
        is_practice=is_practice,
    )


def live(at_ms: int) -> StateChanged:
    return StateChanged(
        call_id=CALL, at_ms=at_ms, old=CallState.CONNECTING, new=CallState.LIVE, cause=Cause.LINK_OPENED
    )


def lost(at_ms: int) -> StateChanged:
    return StateChanged(
        call_id=CALL, at_ms=at_ms, old=CallState.LIVE, new=CallState.CONNECTING, cause=Cause.LINK_LOST
    )


def over(at_ms: int, outcome: Outcome = Outcome.COMPLETED) -> list[CallEvent]:
    return [
        StateChanged(
            call_id=CALL, at_ms=at_ms, old=CallState.LIVE, new=CallState.ENDED, cause=Cause.CALLER_LEFT
        ),
        # The last words take a while to come; the conversation was over before.
        CallEnded(call_id=CALL, at_ms=at_ms + 700, outcome=outcome, duration_ms=at_ms + 700),
    ]


def sound(party: Party, *spans: tuple[int, int]) -> list[CallEvent]:
    return [
        SpeechMeasured(call_id=CALL, at_ms=end_ms, party=party, start_ms=start_ms, end_ms=end_ms)
        for start_ms, end_ms in spans
    ]


def words(party: Party, start_ms: int, end_ms: int, text: str, unheard: str = "") -> UtteranceFinished:
    return UtteranceFinished(
        call_id=CALL,
        at_ms=end_ms,
        utterance_id=UtteranceId(f"{party}-{start_ms}"),
        party=party,
        text=text,
        start_ms=start_ms,
        end_ms=end_ms,
        cut_short=bool(unheard),
        unheard=unheard,
    )


def hold(at_ms: int, end_ms: int) -> list[CallEvent]:
    return [
        HoldChanged(call_id=CALL, at_ms=at_ms, is_on_hold=True),
        HoldChanged(call_id=CALL, at_ms=end_ms, is_on_hold=False),
    ]


def recorded(at_ms: int, *, is_on: bool, cause: RecordingCause) -> RecordingChanged:
    return RecordingChanged(call_id=CALL, at_ms=at_ms, is_recording=is_on, cause=cause)


def mode(at_ms: int, old: Mode, new: Mode, latency_ms: int = 0) -> ModeChanged:
    return ModeChanged(call_id=CALL, at_ms=at_ms, old=old, new=new, by=AGENT, latency_ms=latency_ms)


def answered(at_ms: int, total_ms: int) -> ResponseTimed:
    return ResponseTimed(
        call_id=CALL,
        at_ms=at_ms,
        utterance_id=UtteranceId("u"),
        decision_ms=300,
        text_ms=350,
        voice_ms=total_ms,
        total_ms=total_ms,
    )


def suggested(
    number: int, decision: Decision, by: Party, *, text: str = "as it was", before: str = "as it was"
) -> list[CallEvent]:
    id = SuggestionId(f"s{number}")
    return [
        SuggestionReady(call_id=CALL, at_ms=10_000 * number, suggestion_id=id, answers=None, text=before),
        SuggestionDecided(
            call_id=CALL, at_ms=10_000 * number + 500, suggestion_id=id, decision=decision, text=text, by=by
        ),
    ]


def line(frames: int, gap_count: int, gap_ms: int, jitter_ms: float) -> LineMeasured:
    return LineMeasured(
        call_id=CALL,
        at_ms=62_000,
        frames=frames,
        gap_count=gap_count,
        gap_ms=gap_ms,
        jitter_ms=jitter_ms,
        bad_messages=0,
        late_frames=0,
        jitter_p95_ms=2 * jitter_ms,
        jitter_worst_ms=3 * jitter_ms,
    )


def in_order(*parts: CallEvent | Iterable[CallEvent]) -> list[CallEvent]:
    flat = [event for part in parts for event in ([part] if isinstance(part, CallEvent) else part)]
    return sorted(flat, key=lambda event: event.at_ms)


def known_call(*, is_practice: bool = False) -> list[CallEvent]:
    """60 s from 2.0 to 62.0 s, of them 10 s on hold; every measure of it was worked out by hand."""
    return in_order(
        ringing(is_practice=is_practice),
        live(2000),
        sound(CALLER, (4000, 7000), (7150, 9000), (9300, 9400), (16000, 20000), (28000, 32000)),
        sound(CALLER, (45000, 46000), (48000, 53000), (55500, 56000)),
        sound(AI, (2500, 3500), (10000, 12000), (12500, 14500), (42000, 45600)),
        sound(AGENT, (49000, 49500), (52000, 55000), (56800, 58000)),
        words(CALLER, 4000, 9000, "Hello, um, my order is late and I need it, you know."),
        words(CALLER, 16000, 20000, "The number is four seven one one two."),
        words(CALLER, 28000, 32000, "Where is it now? Can you see it?"),
        words(CALLER, 45000, 46000, "Wait, please."),
        words(CALLER, 48000, 53000, "I want to speak to a person about this now."),
        words(CALLER, 55500, 56000, "Yes."),
        words(AI, 2500, 3500, "Good day. How can I help?"),
        words(AI, 10000, 14500, "I am sorry. What is the number?"),
        words(AI, 42000, 45600, "Your order will arrive", unheard="on Friday before noon."),
        words(AGENT, 49000, 49500, "Mhm."),
        words(AGENT, 52000, 55000, "I will look into this for you right away."),
        words(AGENT, 56800, 58000, "Is that all right?"),
        hold(30000, 40000),
        recorded(2000, is_on=False, cause=RecordingCause.CALL_BEGAN),
        NoticeGiven(call_id=CALL, at_ms=3600, text="This call is recorded.", by=AI),
        recorded(3600, is_on=True, cause=RecordingCause.NOTICE_GIVEN),
        recorded(31000, is_on=False, cause=RecordingCause.CARD_NUMBER),
        recorded(36500, is_on=True, cause=RecordingCause.CARD_NUMBER_OVER),
        mode(47000, Mode.AI_SPEAKS, Mode.AGENT_SPEAKS, latency_ms=80),
        mode(59000, Mode.AGENT_SPEAKS, Mode.AI_SPEAKS, latency_ms=3),
        (answered(10000, 1000), answered(42000, 2000), answered(2500, 900)),
        suggested(1, Decision.SAID, AI),
        suggested(2, Decision.EDITED, AGENT, before="one two three four", text="one two five four six"),
        suggested(3, Decision.SKIPPED, AGENT),
        suggested(4, Decision.EXPIRED, AI),
        suggested(5, Decision.SAID, AGENT),
        (line(1000, 1, 400, 10.0), line(1000, 0, 0, 20.0)),
        over(62000),
    )
