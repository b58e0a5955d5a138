"""How many answers may be begun too early, whatever the caller does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from copilot_desktop.calls.early_replies import MOST_DROPPED, MOST_IN_A_TURN, EarlyReplies
from copilot_desktop.calls.events import UtteranceId


def test_after_four_in_a_turn_only_a_certain_pause_counts() -> None:
    early, turn = EarlyReplies(), UtteranceId("caller-1")
    assert early.may_begin_at_rest(turn)
    assert early.may_begin_in_pause(turn, 0.5)
    assert not early.may_begin_in_pause(turn, 0.4)
    for _ in range(MOST_IN_A_TURN):
        assert early.may_begin_at_rest(turn)
        early.was_dropped(turn)
    assert not early.may_begin_at_rest(turn)
    assert not early.may_begin_in_pause(turn, 0.8)
    assert early.may_begin_in_pause(turn, 0.95)
    early.was_dropped(turn)
    assert not early.may_begin_in_pause(turn, 1.0)
    assert early.dropped_in(turn) == MOST_IN_A_TURN + 1
    assert early.may_begin_at_rest(UtteranceId("caller-2"))
    assert early.dropped_in(turn) == 0


@given(st.lists(st.lists(st.sampled_from(["rest", "pause", "certain"]), max_size=12), max_size=20))
def test_on_average_no_more_than_two_a_turn_are_lost(turns: list[list[str]]) -> None:
    early = EarlyReplies()
    for number, signs in enumerate(turns):
        turn = UtteranceId(f"caller-{number}")
        for sign in signs:
            if sign == "rest":
                may_begin = early.may_begin_at_rest(turn)
            else:
                may_begin = early.may_begin_in_pause(turn, 1.0 if sign == "certain" else 0.6)
            if may_begin:
                # The worst caller goes on every time.
                early.was_dropped(turn)
        spoken = sum(bool(each) for each in turns[: number + 1])
        # Some in hand at the start; over twelve turns and more it is the average.
        assert early.dropped_in_call <= MOST_DROPPED * max(spoken, 12) + 1
        assert early.dropped_in_call <= MOST_DROPPED * spoken + 3
