"""The reception of calls: whether one rings, is answered without a person, or is not taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto

from copilot_desktop.calls.events import CallId, CallRinging, Outcome, Readiness, Treatment
from copilot_desktop.calls.states import CallState, Cause, Mode
from copilot_desktop.calls.world import Action, CallSettings

WITHHELD = "anonymous"
"""Stands for a number that the caller does not show, in whatever words the carrier said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What is known of a call when it comes in."""

    caller: str
    """E.164, a SIP address, any other word of the carrier's, or `WITHHELD`."""
    line: str
    is_practice: bool = False
    caller_name: str = ""
    place: str = ""
    transferred_url: str = ""
    """Where the carrier is to tell what became of a transfer."""

    def rings(self, call_id: CallId) -> CallRinging:
        """Return the call's first fact."""
        return CallRinging(
            call_id=call_id,
            at_ms=0,
            caller=self.caller,
            line=self.line,
            started_at=datetime.now(UTC),
            is_practice=self.is_practice,
            caller_name=self.caller_name,
            place=self.place,
        )

    @property
    def is_withheld(self) -> bool:
        """The caller does not show a number."""
        return self.caller in ("", WITHHELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """How things stand at the desk at that moment. `call_count`: the calls there are, without this one."""

    readiness: Readiness = Readiness.READY
    call_count: int = 0
    is_agent_busy: bool = False
    """The agent speaks in another call, or has its answers to approve."""


class Way(Enum):
    """What is done with a call."""

    RING = auto()
    ANSWER = auto()
    REFUSE = auto()


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done with a call, and how."""

    way: Way
    treatment: Treatment = Treatment.TALK
    mode: Mode = Mode.AI_SPEAKS
    cause: Cause = Cause.RING_TIMEOUT
    """Of a refusal: RING_TIMEOUT makes it a missed call, DECLINE one that was not wanted."""


RING = Plan(Way.RING)
MISS = Plan(Way.REFUSE)
DECLINE = Plan(Way.REFUSE, cause=Cause.DECLINE)
_MESSAGE = Plan(Way.ANSWER, Treatment.MESSAGE)


def plan(arrival: Arrival, around: Surroundings, settings: CallSettings) -> Plan:
    """Return what to do with a call that comes in. A practice call rings whoever is ready."""
    if around.call_count >= settings.max_calls:
        return MISS
    if arrival.is_practice:
        return RING
    if arrival.caller in settings.blocked:
        return DECLINE
    if arrival.is_withheld and settings.anonymous == "never":
        return DECLINE
    if around.readiness is not Readiness.READY:
        return _plan_of(settings.closed, around)
    if arrival.is_withheld and settings.anonymous == "message":
        return _MESSAGE
    return RING


def plan_unanswered(around: Surroundings, settings: CallSettings) -> Plan:
    """Return what to do with a call that has rung in vain."""
    return _plan_of(settings.unanswered, around)


def _plan_of(action: Action, around: Surroundings) -> Plan:
    if action is None:
        return MISS
    if isinstance(action, Treatment):
        return Plan(Way.ANSWER, action)
    if action is Mode.AGENT_APPROVES and around.is_agent_busy:
        # Nobody could approve: the caller would wait in silence.
        return _MESSAGE
    return Plan(Way.ANSWER, mode=action)


def outcome(
    old: CallState,
    cause: Cause,
    *,
    had_sound: bool,
    treatment: Treatment,
    was_declined: bool,
    has_message: bool,
) -> Outcome:
    """Return how a call ended that was in state `old` before `cause`.

    `was_declined`: the agent sent the caller the message; `has_message`: the caller left one.
    """
    if cause is Cause.TRANSFERRED:
        return Outcome.TRANSFERRED
    if treatment is Treatment.VOICEMAIL and has_message:
        return Outcome.VOICEMAIL
    if cause is Cause.DECLINE or was_declined:
        return Outcome.DECLINED
    if cause in (Cause.CRASHED, Cause.CONNECT_FAILED):
        return Outcome.FAILED
    is_missed = old is CallState.RINGING or not had_sound or treatment is not Treatment.TALK
    return Outcome.MISSED if is_missed else Outcome.COMPLETED
