"""Which calls ring, which are answered without a person, and which are not taken: every row of the policy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from copilot_desktop.calls.events import Outcome, Readiness, Treatment
from copilot_desktop.calls.reception import (
    DECLINE,
    MISS,
    RING,
    WITHHELD,
    Arrival,
    Plan,
    Surroundings,
    Way,
    outcome,
    plan,
    plan_unanswered,
)
from copilot_desktop.calls.states import CallState, Cause, Mode
from copilot_desktop.calls.world import Action, AnsweringSettings, CallSettings

CALLER, PEST = "+12025550100", "+12025550111"
SETTINGS = CallSettings(
    AnsweringSettings(greeting="", waiting_sentence=""), blocked=frozenset({PEST}), max_calls=3
)
MESSAGE, VOICEMAIL = Plan(Way.ANSWER, Treatment.MESSAGE), Plan(Way.ANSWER, Treatment.VOICEMAIL)
READY, NOT_READY, CLOSED = (
    Surroundings(),
    *(Surroundings(readiness=readiness) for readiness in (Readiness.NOT_READY, Readiness.CLOSED)),
)


def arrival(caller: str = CALLER, *, is_practice: bool = False) -> Arrival:
    return Arrival(caller=caller, line="+12025550199", is_practice=is_practice)


@pytest.mark.parametrize(
    ("caller", "around", "changes", "expected"),
    [
        (CALLER, READY, {}, RING),
        ("sip:bob@example.com", READY, {}, RING),
        (CALLER, replace(READY, call_count=2, is_agent_busy=True), {}, RING),
        (CALLER, replace(READY, call_count=3), {}, MISS),
        (PEST, READY, {}, DECLINE),
        (PEST, CLOSED, {"closed": Mode.AI_SPEAKS}, DECLINE),
        (WITHHELD, READY, {}, RING),
        ("", READY, {"anonymous": "message"}, MESSAGE),
        (WITHHELD, READY, {"anonymous": "message"}, MESSAGE),
        (WITHHELD, READY, {"anonymous": "never"}, DECLINE),
        (WITHHELD, CLOSED, {"anonymous": "never"}, DECLINE),
        (WITHHELD, CLOSED, {"anonymous": "message", "closed": Treatment.VOICEMAIL}, VOICEMAIL),
        (CALLER, READY, {"anonymous": "never"}, RING),
        (CALLER, NOT_READY, {}, MESSAGE),
        (CALLER, CLOSED, {}, MESSAGE),
        (CALLER, CLOSED, {"closed": Treatment.VOICEMAIL}, VOICEMAIL),
        (CALLER, NOT_READY, {"closed": Mode.AI_SPEAKS}, Plan(Way.ANSWER, mode=Mode.AI_SPEAKS)),
        (CALLER, CLOSED, {"closed": None}, MISS),
    ],
)
def test_what_is_done_with_a_call_that_comes_in(
    caller: str, around: Surroundings, changes: dict[str, object], expected: Plan
) -> None:
    assert plan(arrival(caller), around, replace(SETTINGS, **changes)) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("around", [READY, NOT_READY, CLOSED])
def test_a_practice_call_rings_whoever_is_ready(around: Surroundings) -> None:
    strict = replace(SETTINGS, blocked=frozenset({CALLER}), anonymous="never", closed=None)
    assert plan(arrival(is_practice=True), around, strict) is RING
    assert plan(arrival(WITHHELD, is_practice=True), around, strict) is RING
    assert plan(arrival(is_practice=True), replace(around, call_count=3), strict) is MISS


@pytest.mark.parametrize(
    ("action", "is_agent_busy", "expected"),
    [
        (None, False, MISS),
        (Treatment.MESSAGE, False, MESSAGE),
        (Treatment.VOICEMAIL, True, VOICEMAIL),
        (Mode.AI_SPEAKS, False, Plan(Way.ANSWER, mode=Mode.AI_SPEAKS)),
        (Mode.AI_SPEAKS, True, Plan(Way.ANSWER, mode=Mode.AI_SPEAKS)),
        (Mode.AGENT_APPROVES, False, Plan(Way.ANSWER, mode=Mode.AGENT_APPROVES)),
        (Mode.AGENT_APPROVES, True, MESSAGE),
    ],
)
def test_what_becomes_of_a_call_that_rang_in_vain(
    action: Action, is_agent_busy: bool, expected: Plan
) -> None:
    around = Surroundings(is_agent_busy=is_agent_busy)
    assert plan_unanswered(around, replace(SETTINGS, unanswered=action)) == expected


@pytest.mark.parametrize(
    ("old", "cause", "changes", "expected"),
    [
        (CallState.RINGING, Cause.RING_TIMEOUT, {"had_sound": False}, Outcome.MISSED),
        (CallState.RINGING, Cause.CALLER_LEFT, {"had_sound": False}, Outcome.MISSED),
        (CallState.RINGING, Cause.DECLINE, {"had_sound": False}, Outcome.DECLINED),
        (CallState.CONNECTING, Cause.CONNECT_FAILED, {"had_sound": False}, Outcome.FAILED),
        (CallState.CONNECTING, Cause.CALLER_LEFT, {"had_sound": False}, Outcome.MISSED),
        (CallState.CONNECTING, Cause.CALLER_LEFT, {}, Outcome.COMPLETED),
        (CallState.LIVE, Cause.HANG_UP, {}, Outcome.COMPLETED),
        (CallState.LIVE, Cause.CALLER_LEFT, {}, Outcome.COMPLETED),
        (CallState.LIVE, Cause.CRASHED, {}, Outcome.FAILED),
        (CallState.TRANSFERRING, Cause.TRANSFERRED, {}, Outcome.TRANSFERRED),
        (CallState.TRANSFERRING, Cause.CALLER_LEFT, {}, Outcome.COMPLETED),
        (CallState.LIVE, Cause.HANG_UP, {"treatment": Treatment.MESSAGE}, Outcome.MISSED),
        (
            CallState.LIVE,
            Cause.HANG_UP,
            {"treatment": Treatment.MESSAGE, "was_declined": True},
            Outcome.DECLINED,
        ),
        (CallState.LIVE, Cause.CALLER_LEFT, {"treatment": Treatment.VOICEMAIL}, Outcome.MISSED),
        (
            CallState.LIVE,
            Cause.CALLER_LEFT,
            {"treatment": Treatment.VOICEMAIL, "has_message": True},
            Outcome.VOICEMAIL,
        ),
        (
            CallState.CONNECTING,
            Cause.CRASHED,
            {"treatment": Treatment.VOICEMAIL, "has_message": True},
            Outcome.VOICEMAIL,
        ),
    ],
)
def test_how_a_call_ended(
    old: CallState, cause: Cause, changes: dict[str, object], expected: Outcome
) -> None:
    facts: dict[str, object] = {
        "had_sound": True,
        "treatment": Treatment.TALK,
        "was_declined": False,
        "has_message": False,
    }
    assert outcome(old, cause, **(facts | changes)) is expected  # type: ignore[arg-type]
