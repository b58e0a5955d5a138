"""Bridge: order kept, moving texts thinned, refusals told and never raised."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from copilot_desktop.calls.events import CallEvent, CallId, UtteranceChanged, UtteranceFinished
from copilot_desktop.calls.states import Mode
from copilot_desktop.ui.bridge import PAINT_INTERVAL_MS, Bridge
from tests.support.fake_bridge_desk import FakeBridgeDesk, HandClock


class Listening:
    """A bridge and what it told."""

    def __init__(self) -> None:
        self.desk = FakeBridgeDesk(HandClock())
        self.bridge = Bridge(self.desk, self.desk.clock)
        self.told: list[CallEvent] = []
        self.bridge.fact_told.connect(self.told.append)


@pytest.fixture
def listening(qtbot: QtBot) -> Iterator[Listening]:
    made = Listening()
    yield made
    made.bridge.close()


def test_moving_texts_are_told_at_most_twenty_times_a_second(listening: Listening, qtbot: QtBot) -> None:
    call = listening.desk.ring()
    for number in range(500):
        listening.desk.words(call, "u1", f"words {number}")
    assert len([fact for fact in listening.told if isinstance(fact, UtteranceChanged)]) == 1
    qtbot.wait(3 * PAINT_INTERVAL_MS)
    texts = [fact.text for fact in listening.told if isinstance(fact, UtteranceChanged)]
    assert texts == ["words 0", "words 499"]


def test_no_moving_text_after_what_came_later(listening: Listening, qtbot: QtBot) -> None:
    call = listening.desk.ring()
    listening.desk.words(call, "u1", "wor")
    listening.desk.words(call, "u1", "words")
    listening.desk.said(call, "u1", "Words.")
    qtbot.wait(3 * PAINT_INTERVAL_MS)
    kinds = [type(fact) for fact in listening.told if isinstance(fact, UtteranceChanged | UtteranceFinished)]
    assert kinds == [UtteranceChanged, UtteranceChanged, UtteranceFinished]


def test_a_refused_order_is_told_and_not_raised(listening: Listening, qtbot: QtBot) -> None:
    with qtbot.waitSignal(listening.bridge.order_refused) as refused:
        assert not listening.bridge.take_over(CallId("nobody"))
    assert refused.args == ["take over", ""]
    call = listening.desk.ring()
    assert not listening.bridge.hang_up(call)
    assert listening.bridge.accept(call, Mode.AI_SPEAKS)


def test_a_refusal_with_a_reason_is_told_with_it(listening: Listening, qtbot: QtBot) -> None:
    call = listening.desk.ring(is_practice=True)
    listening.desk.accept(call, Mode.AI_SPEAKS)
    listening.desk.connect(call)
    with qtbot.waitSignal(listening.bridge.order_refused) as refused:
        assert not listening.bridge.transfer(call, "+12025550133", "")
    assert refused.args == ["transfer", "A practice call cannot be transferred."]


def test_polling_rests_without_a_call(listening: Listening, qtbot: QtBot) -> None:
    call = listening.desk.ring()
    with qtbot.waitSignal(listening.bridge.view_polled, timeout=1000):
        pass
    listening.desk.caller_left(call)
    listening.bridge.poll()
    assert not listening.bridge._poll.isActive()


def test_closed_it_hears_nothing(listening: Listening) -> None:
    listening.bridge.close()
    listening.bridge.close()
    listening.desk.ring()
    assert listening.told == []
