"""More than one call: the quiet strip, the switcher, messages that callers leave."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from copilot_desktop.calls.events import CallId, Outcome, Readiness, Treatment
from copilot_desktop.calls.states import Mode
from tests.ui.conftest import Stage

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
SECOND = "+12025550177"


def chip(stage: Stage, call: CallId) -> str:
    return stage.window.switcher.chip(call).accessibleName()


def two_calls(stage: Stage) -> tuple[CallId, CallId]:
    """One caller on hold, the second one answered."""
    first = stage.call(Mode.AGENT_SPEAKS)
    second = stage.ring(SECOND)
    stage.key(Qt.Key.Key_F2, CTRL, SHIFT)
    stage.desk.connect(second)
    stage.look()
    return first, second


def test_a_second_call_is_a_quiet_strip(stage: Stage) -> None:
    stage.call()
    stage.ring(SECOND, name="Maria Keller")
    strip = stage.window.second_strip
    assert not stage.window.ringing.isVisible()
    assert not stage.tone.is_ringing
    assert strip.isVisible()
    assert strip.accessibleName() == "Second call: Maria Keller. to +1 202 555 0140"
    assert [button.text() for button in strip._buttons] == [
        "Send “We call you back”   Shift+F2",
        "Hold and answer   Ctrl+Shift+F2",
    ]


def test_the_second_caller_hears_that_we_call_back(stage: Stage) -> None:
    first = stage.call()
    second = stage.ring(SECOND)
    stage.key(Qt.Key.Key_F2, SHIFT)
    stage.look()
    order = stage.desk.orders[-1]
    assert (order.name, order.call_id, order.detail) == ("decline", second, ("with message",))
    assert not stage.window.second_strip.isVisible()
    assert "Hears your message" in chip(stage, second)
    current = stage.window.calls.current
    assert current is not None
    assert current.call_id == first, "the talk stays on screen"


def test_hold_this_call_and_answer_the_other(stage: Stage) -> None:
    first, second = two_calls(stage)
    assert stage.desk.names() == ["accept", "hold", "accept"]
    current = stage.window.calls.current
    assert current is not None
    assert current.call_id == second
    assert stage.window.switcher.isVisible()
    stage.clock.wait(70)
    stage.look()
    assert "On hold 01:10" in chip(stage, first)
    assert "AI speaks, on screen" in chip(stage, second)


def test_calls_are_switched_by_chip_and_by_key(stage: Stage) -> None:
    first, second = two_calls(stage)
    QTest.mouseClick(stage.window.switcher.chip(first), Qt.MouseButton.LeftButton)
    assert stage.window.calls.current is not None
    assert stage.window.calls.current.call_id == first
    assert "on screen" in chip(stage, first)
    assert "press to show it" in chip(stage, second)
    stage.key(Qt.Key.Key_F6, CTRL)
    assert stage.window.calls.current.call_id == second
    stage.key(Qt.Key.Key_F6, CTRL)
    assert stage.window.calls.current.call_id == first
    stage.key(Qt.Key.Key_F9)
    assert stage.desk.orders[-1].call_id == first, "keys are about the call on screen"


def test_taking_over_one_call_shows_the_other_on_hold(stage_with_microphone: Stage) -> None:
    stage = stage_with_microphone
    first = stage.call(Mode.AI_SPEAKS)
    second = stage.ring(SECOND)
    stage.key(Qt.Key.Key_F2, CTRL, SHIFT)
    stage.desk.connect(second)
    stage.key(Qt.Key.Key_F8)
    stage.key(Qt.Key.Key_F6, CTRL)
    stage.key(Qt.Key.Key_F9)
    stage.key(Qt.Key.Key_F8)
    stage.look()
    assert "You are live, on screen" in chip(stage, first)
    assert "On hold" in chip(stage, second)


def test_the_switcher_goes_with_the_second_call(stage: Stage) -> None:
    first, second = two_calls(stage)
    stage.desk.hang_up(second)
    stage.look()
    assert not stage.window.switcher.isVisible()
    assert stage.window.calls.current is not None
    assert stage.window.calls.current.call_id == first


def test_a_second_call_rings_loud_once_the_first_is_over(stage: Stage) -> None:
    first = stage.call()
    stage.ring(SECOND)
    stage.desk.hang_up(first)
    stage.look()
    assert not stage.window.second_strip.isVisible()
    assert stage.window.ringing.isVisible()


def test_of_two_that_ring_the_other_follows(stage: Stage) -> None:
    stage.ring()
    second = stage.ring(SECOND)
    stage.clock.wait(1)
    stage.key(Qt.Key.Key_F2, SHIFT)
    assert stage.window.ringing.isVisible()
    assert stage.window.ringing.call is not None
    assert stage.window.ringing.call.call_id == second


def test_who_calls_and_from_where(stage: Stage) -> None:
    stage.ring(name="Maria Keller", place="Washington, US")
    ringing = stage.window.ringing
    assert ringing._caller.whole == "Maria Keller"
    assert ringing._known.whole == "+1 202 555 0142   ·   Washington, US"
    assert ringing._to.text() == "to +1 202 555 0140"


def test_an_unknown_and_a_withheld_number(stage: Stage) -> None:
    call = stage.ring()
    ringing = stage.window.ringing
    assert ringing._caller.whole == "+1 202 555 0142"
    assert ringing._known.whole == "Not in your contacts"
    stage.desk.caller_left(call)
    stage.ring("anonymous")
    assert ringing._caller.whole == "Number withheld"
    assert not ringing._known.isVisible()


def test_while_not_ready_nothing_rings_but_practice(stage: Stage) -> None:
    stage.desk.become(Readiness.NOT_READY)
    stage.ring()
    assert not stage.window.ringing.isVisible()
    stage.ring(is_practice=True)
    assert stage.window.ringing.isVisible()


def test_a_call_that_is_answered_as_it_rings_does_not_flash_up(stage: Stage) -> None:
    call = stage.desk.ring()
    stage.desk.treat(call, Treatment.MESSAGE)
    stage.desk.connect(call)
    stage.look()
    assert not stage.window.ringing.isVisible()
    assert stage.window.call_bar.who_speaks._title.text() == "Caller hears your message"


def leave_message(stage: Stage) -> CallId:
    call = stage.ring()
    stage.clock.wait(20)
    stage.desk.treat(call, Treatment.VOICEMAIL)
    stage.desk.connect(call)
    stage.desk.words(call, "v1", "Please call me")
    stage.look()
    return call


def test_a_caller_who_leaves_a_message_can_be_read_along(stage: Stage) -> None:
    leave_message(stage)
    window = stage.window
    assert not window.ringing.isVisible()
    assert window.state_band._title.text() == "The caller leaves a message"
    assert window.call_page.transcript.list.model().rowCount() == 1
    assert window.control_bar.take_over_button.text().strip().startswith("Pick up")
    assert window.control_bar.hold_button.toolTip() == "The caller leaves a message. Pick up first"


def test_picking_up_makes_a_talk_of_it(stage: Stage) -> None:
    leave_message(stage)
    stage.key(Qt.Key.Key_F8)
    stage.look()
    assert stage.desk.names() == ["take_over"]
    assert stage.window.control_bar.take_over_button.text().strip().startswith("Take over")
    assert stage.window.control_bar.hold_button.isEnabled()
    assert "live" in stage.window.call_bar.who_speaks._title.text()


def test_a_left_message_is_listed_and_opens_no_report(stage: Stage) -> None:
    call = leave_message(stage)
    stage.desk.message_left(call)
    assert stage.window.header.tabs.count() == 2
    assert any(getattr(fact, "outcome", None) is Outcome.VOICEMAIL for fact in stage.desk.facts[call])


def test_while_a_message_is_left_the_next_call_rings_loud(stage: Stage) -> None:
    leave_message(stage)
    second = stage.ring(SECOND)
    assert stage.window.ringing.isVisible()
    stage.clock.wait(1)
    stage.key(Qt.Key.Key_F2)
    stage.desk.connect(second)
    assert stage.window.calls.current is not None
    assert stage.window.calls.current.call_id == second
