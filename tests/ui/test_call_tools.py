"""In a call: keypad, recording and its notice, passing on, hold; and one message at a time."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu

from copilot_desktop.calls.events import Party, Problem
from copilot_desktop.calls.states import Mode
from copilot_desktop.ui.call.transfer_strip import dialable
from copilot_desktop.ui.live import bands
from tests.ui.conftest import Stage

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def press(button: QAbstractButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def sign(stage: Stage) -> str:
    return stage.window.call_bar.recording_sign.accessibleName()


def wait(stage: Stage, seconds: float) -> None:
    stage.clock.wait(seconds)
    stage.look()


# Keypad.


def test_digits_go_out_only_while_the_keypad_has_the_focus(stage: Stage) -> None:
    stage.call()
    stage.key(Qt.Key.Key_4)
    stage.key(Qt.Key.Key_K, CTRL)
    keypad = stage.window.keypad
    assert keypad.isVisible()
    assert keypad.hasFocus()
    QTest.keyClicks(keypad, "47x1#*")
    assert [order.detail for order in stage.desk.orders[1:]] == [(d, False) for d in "471#*"]
    stage.look()
    assert keypad._sent.whole == "471#*"
    keypad.hidden_box.setFocus()
    stage.key(Qt.Key.Key_9)
    assert stage.desk.orders[-1].detail == ("9", False), "the panel's own switch is part of it"
    stage.key(Qt.Key.Key_T, CTRL)
    QTest.keyClicks(stage.window.call_page.say_box.field, "12")
    assert len(stage.desk.orders) == 7


def test_hidden_digits_show_as_dots(stage: Stage) -> None:
    stage.call()
    stage.key(Qt.Key.Key_K, CTRL)
    keypad = stage.window.keypad
    keypad.hidden_box.setChecked(True)
    for digit in "42":
        press(keypad.keys[digit])
    stage.look()
    assert [order.detail for order in stage.desk.orders[1:]] == [("4", True), ("2", True)]
    assert keypad._sent.whole == "••"
    stage.key(Qt.Key.Key_K, CTRL)
    stage.key(Qt.Key.Key_K, CTRL)
    assert not keypad.hidden_box.isChecked(), "each opening begins in the open"


def test_escape_closes_the_keypad_and_gives_the_focus_back(stage: Stage) -> None:
    stage.call()
    stage.window.call_page.say_box.focus()
    stage.key(Qt.Key.Key_K, CTRL)
    stage.key(Qt.Key.Key_Escape)
    assert not stage.window.keypad.isVisible()
    assert stage.window.call_page.say_box.field.hasFocus()
    assert stage.desk.names() == ["accept"]


def test_tones_that_the_line_refuses_are_said(stage: Stage) -> None:
    stage.call()
    stage.key(Qt.Key.Key_K, CTRL)
    stage.desk.refuses_digits = True
    QTest.keyClicks(stage.window.keypad, "1")
    assert stage.window.keypad._sent.whole == "Tones not accepted"


def test_the_callers_keys_are_shown_and_the_keypad_goes_with_the_call(stage: Stage) -> None:
    call = stage.call()
    stage.key(Qt.Key.Key_K, CTRL)
    stage.desk.caller_presses(call, "3")
    stage.look()
    assert stage.window.keypad._caller.whole == "The caller pressed 3"
    stage.desk.caller_left(call)
    assert not stage.window.keypad.isVisible()


# Recording.


def test_the_sign_says_when_the_caller_was_told(stage: Stage) -> None:
    call = stage.ring()
    stage.clock.wait(1)
    stage.window.ringing.answer(Mode.AI_SPEAKS, stage.clock())
    stage.desk.connect(call, is_notice_heard=False)
    stage.look()
    assert sign(stage) == "Recording starts after the notice"
    assert not stage.window.control_bar.pause_button.isEnabled()
    stage.clock.wait(3)
    stage.desk.notice_heard(call, Party.ASSISTANT)
    stage.look()
    assert sign(stage) == "Recording – notice given 00:04 ✓"


def fail_notice(stage: Stage) -> None:
    call = stage.ring()
    stage.clock.wait(1)
    stage.window.ringing.answer(Mode.AI_SPEAKS, stage.clock())
    stage.desk.connect(call, is_notice_heard=False)
    stage.desk.notice_failed(call)
    stage.look()


def test_a_notice_that_failed_is_played_again_or_confirmed(stage: Stage) -> None:
    fail_notice(stage)
    strip = stage.window.recording_strip
    assert sign(stage) == "Not recorded – notice not given yet"
    assert stage.window.call_bar.recording_sign.property("tone") == "warning"
    assert [button.text() for button in strip._buttons] == ["Play the notice", "I said it myself"]
    press(strip._buttons[0])
    assert stage.desk.names()[-1] == "play_notice"
    assert not strip.isVisible()
    menu = open_menu(stage)
    next(action for action in menu.actions() if action.text() == "I said it myself").trigger()
    assert stage.desk.names()[-1] == "confirm_notice"
    stage.look()
    assert sign(stage).startswith("Recording – notice given")


def open_menu(stage: Stage) -> QMenu:
    press(stage.window.call_bar.recording_sign)
    menu = stage.window.call_bar.recording_sign.findChild(QMenu, "recordingMenu")
    assert isinstance(menu, QMenu)
    return menu


def test_the_strip_of_the_notice_goes_when_the_notice_was_given(stage: Stage) -> None:
    fail_notice(stage)
    press(stage.window.recording_strip._buttons[1])
    stage.look()
    assert not stage.window.recording_strip.is_wanted


def test_a_pause_by_key_is_shown_and_reminded_of(stage: Stage) -> None:
    stage.call()
    stage.key(Qt.Key.Key_P, CTRL, SHIFT)
    wait(stage, 31)
    assert sign(stage) == "Recording paused 00:31"
    assert stage.window.control_bar.pause_button.isChecked()
    assert not stage.window.recording_strip.isVisible()
    wait(stage, 30)
    strip = stage.window.recording_strip
    assert strip.accessibleName() == "Recording still paused. For 1 minute this call has not been recorded."
    press(strip._buttons[0])
    wait(stage, 1)
    assert stage.desk.names()[-2:] == ["pause_recording", "resume_recording"]
    assert sign(stage).startswith("Recording –")
    assert not strip.isVisible()


def test_a_card_number_pauses_by_itself_and_reminds_of_nothing(stage: Stage) -> None:
    call = stage.call()
    stage.desk.card_number(call, is_over=False)
    wait(stage, 65)
    assert sign(stage) == "Recording paused 01:05 (card number)"
    assert not stage.window.recording_strip.isVisible()
    stage.desk.card_number(call, is_over=True)
    stage.look()
    assert sign(stage).startswith("Recording –")


def test_a_stray_key_does_not_pause_the_recording(stage: Stage) -> None:
    stage.call()
    for button in (stage.window.control_bar.pause_button, stage.window.control_bar.transfer_button):
        for key in (Qt.Key.Key_Space, Qt.Key.Key_Return):
            QTest.keyClick(button, key)
    assert stage.desk.names() == ["accept"]
    assert not stage.window.transfer_strip.isVisible()


# Passing on.


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("+1 (202) 555-0133", "+12025550133"),
        ("sip:anna@example.com", "sip:anna@example.com"),
        ("202 555 0133", ""),
        ("Anna", ""),
        ("+1", ""),
        ("", ""),
    ],
)
def test_what_can_be_dialled(typed: str, number: str) -> None:
    assert dialable(typed) == number


def ask_transfer(stage: Stage) -> None:
    stage.call()
    stage.key(Qt.Key.Key_F, CTRL, SHIFT)


def test_passing_on_takes_two_steps_and_names_the_person(stage: Stage) -> None:
    ask_transfer(stage)
    strip = stage.window.transfer_strip
    assert strip.isVisible()
    assert strip.confirm_button.accessibleName() == "Pass on to Anna, Ctrl+Enter"
    assert strip.announcement.text() == "I am passing you on to Anna. One moment, please."
    stage.key(Qt.Key.Key_Return)
    QTest.keyClick(strip.confirm_button, Qt.Key.Key_Space)
    assert "transfer" not in stage.desk.names()
    stage.key(Qt.Key.Key_Escape)
    assert not strip.isVisible()
    stage.key(Qt.Key.Key_F, CTRL, SHIFT)
    strip.target_box.setCurrentIndex(1)
    stage.key(Qt.Key.Key_Return, CTRL)
    order = stage.desk.orders[-1]
    assert order.name == "transfer"
    assert order.detail == ("+12025550134", "I am passing you on to Workshop. One moment, please.")


def test_a_typed_number_and_own_words(stage: Stage) -> None:
    ask_transfer(stage)
    strip = stage.window.transfer_strip
    field = strip.target_box.lineEdit()
    assert field is not None
    field.setText("202 555")
    assert not strip.confirm_button.isEnabled()
    assert "country code" in strip._hint.text()
    field.setText("+1 202 555 0199")
    assert "+1 202 555 0199" in strip.confirm_button.text()
    strip.announcement.clear()
    QTest.keyClicks(strip.announcement, "Anna will help you.")
    field.setText("+1 202 555 0198")
    strip.confirm()
    assert stage.desk.orders[-1].detail == ("+12025550198", "Anna will help you.")


def test_while_passing_on_the_desk_says_so_and_leaves_the_caller_alone(stage: Stage) -> None:
    ask_transfer(stage)
    stage.key(Qt.Key.Key_Return, CTRL)
    stage.look()
    window = stage.window
    assert window.state_band._title.text() == "PASSING ON to Anna…"
    assert window.call_bar.who_speaks._title.text() == "Passing the call on…"
    assert not window.control_bar.hold_button.isEnabled()
    assert window.control_bar.hang_up_button.isEnabled()
    call = stage.desk.live_calls()[0].call_id
    stage.desk.announced(call)
    stage.look()
    assert not window.control_bar.take_over_button.isEnabled()
    assert window.control_bar.take_over_button.toolTip() == "The call is being passed on"
    stage.desk.transfer_over(call, is_taken=True)
    assert window.header.tabs.count() == 3, "the report"


def test_the_announcement_can_be_stopped(stage: Stage) -> None:
    ask_transfer(stage)
    stage.key(Qt.Key.Key_Return, CTRL)
    stage.key(Qt.Key.Key_Period, CTRL)
    stage.look()
    assert not stage.window.state_band.isVisible()
    assert "The call was not passed on" in stage.window.problem_strip.accessibleName()


def test_a_refused_transfer_is_told_and_the_call_goes_on(stage: Stage) -> None:
    ask_transfer(stage)
    stage.key(Qt.Key.Key_Return, CTRL)
    call = stage.desk.live_calls()[0].call_id
    stage.desk.announced(call)
    stage.desk.transfer_over(call, is_taken=False)
    stage.desk.line_back(call)
    stage.desk.answered_in(call, 900)
    stage.look()
    assert stage.window.problem_strip.isVisible()
    assert "The caller is still here" in stage.window.problem_strip.accessibleName()
    assert stage.window.control_bar.transfer_button.isEnabled()


def test_a_practice_call_is_not_passed_on(stage: Stage) -> None:
    stage.call(is_practice=True)
    stage.key(Qt.Key.Key_F, CTRL, SHIFT)
    assert not stage.window.transfer_strip.isVisible()
    assert "practice call" in stage.window.control_bar.transfer_button.toolTip()


# Hold.


def test_hold_says_how_long_and_what_the_caller_hears(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(bands, "announce", lambda _, text, *, is_urgent=False: said.append(text))
    stage.call()
    stage.key(Qt.Key.Key_F9)
    wait(stage, 42)
    band = stage.window.state_band
    assert band._title.text() == "ON HOLD 00:42"
    assert band._detail.whole == "The caller hears music. Nobody is heard until you resume."
    assert band.property("band") == "hold"
    wait(stage, 20)
    wait(stage, 1)
    assert band._detail.whole == "The caller has waited 1 minute."
    wait(stage, 60)
    assert band.property("band") == "longHold"
    assert said == ["The caller has waited 1 minute.", "The caller has waited 2 minutes."]
    stage.shell.hold_sound = "silence"
    stage.key(Qt.Key.Key_F9)
    stage.key(Qt.Key.Key_F9)
    wait(stage, 1)
    assert "silence" in band._detail.whole


# Messages.


def test_one_message_at_a_time_the_gravest_first(stage: Stage) -> None:
    call = stage.call()
    stage.ring("+12025550177")
    stage.desk.problem(call, Problem.WRITER_FAILED)
    window = stage.window
    assert window.problem_strip.isVisible()
    assert not window.second_strip.isVisible()
    assert window.problem_strip._others.text() == "1 more"
    press(window.problem_strip._others)
    assert window.second_strip.isVisible()
    assert not window.problem_strip.isVisible()
    press(window.second_strip._others)
    window.problem_strip.dismiss()
    assert window.second_strip.isVisible()
    assert not window.second_strip._others.isVisible()


def test_the_controls_keep_their_places_whatever_their_words(stage: Stage) -> None:
    stage.call()
    bar = stage.window.control_bar

    def places() -> dict[str, int]:
        QApplication.processEvents()
        return {button.objectName(): button.geometry().left() for button in bar._tools}

    before = places()
    stage.key(Qt.Key.Key_F9)
    stage.key(Qt.Key.Key_P, CTRL, SHIFT)
    stage.look()
    assert places() == before
