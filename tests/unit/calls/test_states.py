"""The tables of calls/states.py, checked as tables."""

from __future__ import annotations

import itertools

import pytest

from copilot_desktop.calls.errors import IllegalTransition
from copilot_desktop.calls.states import (
    ENDINGS,
    CallState,
    Cause,
    Mode,
    ModeOrder,
    advance,
    allowed,
    allowed_modes,
    change_mode,
)

S, C = CallState, Cause
LEGAL = {
    (S.RINGING, C.ACCEPT): S.CONNECTING,
    (S.RINGING, C.DECLINE): S.ENDED,
    (S.RINGING, C.RING_TIMEOUT): S.ENDED,
    (S.RINGING, C.CALLER_LEFT): S.ENDED,
    (S.RINGING, C.CRASHED): S.ENDED,
    (S.CONNECTING, C.LINK_OPENED): S.LIVE,
    (S.CONNECTING, C.CONNECT_FAILED): S.ENDED,
    (S.CONNECTING, C.HANG_UP): S.ENDED,
    (S.CONNECTING, C.CALLER_LEFT): S.ENDED,
    (S.CONNECTING, C.CRASHED): S.ENDED,
    (S.LIVE, C.LINK_LOST): S.CONNECTING,
    (S.LIVE, C.TRANSFER): S.TRANSFERRING,
    (S.LIVE, C.HANG_UP): S.ENDED,
    (S.LIVE, C.CALLER_LEFT): S.ENDED,
    (S.LIVE, C.CRASHED): S.ENDED,
    (S.TRANSFERRING, C.TRANSFER_REFUSED): S.CONNECTING,
    (S.TRANSFERRING, C.TRANSFERRED): S.ENDED,
    (S.TRANSFERRING, C.HANG_UP): S.ENDED,
    (S.TRANSFERRING, C.CALLER_LEFT): S.ENDED,
    (S.TRANSFERRING, C.CRASHED): S.ENDED,
}


@pytest.mark.parametrize(("state", "cause"), list(itertools.product(CallState, Cause)))
def test_every_step_is_in_the_table_or_refused(state: CallState, cause: Cause) -> None:
    if (state, cause) in LEGAL:
        assert advance(state, cause) is LEGAL[state, cause]
        assert cause in allowed(state)
    elif state is S.ENDED and cause in ENDINGS:
        assert advance(state, cause) is S.ENDED
    else:
        with pytest.raises(IllegalTransition):
            advance(state, cause)
        assert cause not in allowed(state)


def test_take_over_works_in_any_mode() -> None:
    for mode in Mode:
        assert change_mode(mode, ModeOrder.TAKE_OVER) is Mode.AGENT_SPEAKS


def test_only_the_agents_hand_back_leaves_takeover() -> None:
    assert allowed_modes(Mode.AGENT_SPEAKS) == {ModeOrder.TAKE_OVER, ModeOrder.HAND_BACK}
    with pytest.raises(IllegalTransition):
        change_mode(Mode.AGENT_SPEAKS, ModeOrder.LET_AI_SPEAK)
    back = change_mode(Mode.AGENT_SPEAKS, ModeOrder.HAND_BACK, hand_back_to=Mode.AGENT_APPROVES)
    assert back is Mode.AGENT_APPROVES
