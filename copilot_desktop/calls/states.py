"""CallState, Mode, and the tables of transitions. Pure: front ends draw their buttons from here."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from copilot_desktop.calls.errors import IllegalTransition


class CallState(StrEnum):
    """Where a call is in its life."""

    RINGING = "ringing"
    CONNECTING = "connecting"
    LIVE = "live"
    TRANSFERRING = "transferring"
    ENDED = "ended"


class Mode(StrEnum):
    """Who speaks to the caller while the call is live."""

    AI_SPEAKS = "ai"
    AGENT_APPROVES = "approve"
    AGENT_SPEAKS = "agent"


class HandBackStage(StrEnum):
    """How far the AI is with what it says first once the agent gives the call back."""

    LISTENING = "listening"
    """Somebody is speaking; it begins when they have finished."""
    PREPARING = "preparing"
    READY = "ready"
    NOTHING = "nothing"
    """It waits for the caller."""
    FAILED = "failed"


class Cause(StrEnum):
    """Why a call changes its state."""

    ACCEPT = "accept"
    DECLINE = "decline"
    RING_TIMEOUT = "ring_timeout"
    CALLER_LEFT = "caller_left"
    LINK_OPENED = "link_opened"
    CONNECT_FAILED = "connect_failed"
    LINK_LOST = "link_lost"
    TRANSFER = "transfer"
    TRANSFER_REFUSED = "transfer_refused"
    TRANSFERRED = "transferred"
    HANG_UP = "hang_up"
    CRASHED = "crashed"


class ModeOrder(StrEnum):
    """What the agent may ask about the mode."""

    TAKE_OVER = "take_over"
    APPROVE_EACH = "approve_each"
    LET_AI_SPEAK = "let_ai_speak"
    HAND_BACK = "hand_back"


ENDINGS = frozenset(
    {
        Cause.CALLER_LEFT,
        Cause.CRASHED,
        Cause.HANG_UP,
        Cause.CONNECT_FAILED,
        Cause.TRANSFERRED,
        Cause.DECLINE,
    }
)

_S, _C = CallState, Cause
_TRANSITIONS: Mapping[CallState, Mapping[Cause, CallState]] = {
    _S.RINGING: {
        _C.ACCEPT: _S.CONNECTING,
        _C.DECLINE: _S.ENDED,
        # The desk says ACCEPT instead when the settings let the AI answer.
        _C.RING_TIMEOUT: _S.ENDED,
        _C.CALLER_LEFT: _S.ENDED,
        _C.CRASHED: _S.ENDED,
    },
    _S.CONNECTING: {
        _C.LINK_OPENED: _S.LIVE,
        _C.CONNECT_FAILED: _S.ENDED,
        _C.HANG_UP: _S.ENDED,
        _C.CALLER_LEFT: _S.ENDED,
        _C.CRASHED: _S.ENDED,
    },
    _S.LIVE: {
        _C.LINK_LOST: _S.CONNECTING,
        _C.TRANSFER: _S.TRANSFERRING,
        _C.HANG_UP: _S.ENDED,
        _C.CALLER_LEFT: _S.ENDED,
        _C.CRASHED: _S.ENDED,
    },
    _S.TRANSFERRING: {
        _C.TRANSFER_REFUSED: _S.CONNECTING,
        _C.TRANSFERRED: _S.ENDED,
        _C.HANG_UP: _S.ENDED,
        _C.CALLER_LEFT: _S.ENDED,
        _C.CRASHED: _S.ENDED,
    },
    _S.ENDED: {},
}

_M, _O = Mode, ModeOrder
_MODES: Mapping[Mode, Mapping[ModeOrder, Mode]] = {
    _M.AI_SPEAKS: {_O.TAKE_OVER: _M.AGENT_SPEAKS, _O.APPROVE_EACH: _M.AGENT_APPROVES},
    _M.AGENT_APPROVES: {_O.TAKE_OVER: _M.AGENT_SPEAKS, _O.LET_AI_SPEAK: _M.AI_SPEAKS},
    _M.AGENT_SPEAKS: {_O.TAKE_OVER: _M.AGENT_SPEAKS, _O.HAND_BACK: _M.AI_SPEAKS},
}


def advance(state: CallState, cause: Cause) -> CallState:
    """Return the state after `cause`. An ending in ENDED does nothing.

    Raises:
        IllegalTransition: the table has no such step.
    """
    if state is CallState.ENDED and cause in ENDINGS:
        return state
    try:
        return _TRANSITIONS[state][cause]
    except KeyError:
        raise IllegalTransition(f"{cause} while {state}") from None


def allowed(state: CallState) -> frozenset[Cause]:
    """Return the causes that the table knows for `state`."""
    return frozenset(_TRANSITIONS[state])


def change_mode(mode: Mode, order: ModeOrder, *, hand_back_to: Mode = Mode.AI_SPEAKS) -> Mode:
    """Return the mode after `order`; a second take-over changes nothing.

    Raises:
        IllegalTransition: the table has no such step.
    """
    try:
        after = _MODES[mode][order]
    except KeyError:
        raise IllegalTransition(f"{order} while {mode}") from None
    return hand_back_to if order is ModeOrder.HAND_BACK else after


def allowed_modes(mode: Mode) -> frozenset[ModeOrder]:
    """Return the orders about the mode that the table knows."""
    return frozenset(_MODES[mode])
