"""The phone line in the window: ready switch, lights, strip, first page."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from copilot_desktop.calls.events import HistoryChanged, LineChanged, Problem, Readiness
from copilot_desktop.calls.line import LineProblem, LineStatus, Step
from copilot_desktop.ui import line_desk, ready_switch
from copilot_desktop.ui.health_strip import Part
from copilot_desktop.ui.line_state import Light, LightState
from copilot_desktop.ui.shell import WhenClosed
from tests.support.lines import a_failed_line, a_line_at, a_lost_line, an_open_line
from tests.ui.conftest import Stage

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def become(stage: Stage, status: LineStatus) -> None:
    """Let the line be so."""
    stage.desk.feed.publish(LineChanged(status=status))


def readiness(stage: Stage) -> Readiness:
    return stage.desk.readiness


def switch_words(stage: Stage) -> str:
    return stage.window.header.ready_switch.accessibleName()


def press(button: QAbstractButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def strip_buttons(stage: Stage) -> list[str]:
    return [button.text() for button in stage.window.line_strip._buttons]


def test_without_a_number_the_switch_offers_to_set_up(stage: Stage) -> None:
    switch = stage.window.header.ready_switch
    assert switch_words(stage) == "Not set up – real calls do not ring here"
    assert not switch.toggle.isEnabled()
    stage.key(Qt.Key.Key_R, CTRL, SHIFT)
    assert stage.desk.orders == []
    with stage.qtbot.waitSignal(stage.window.settings_asked) as asked:
        press(switch.button)
    assert asked.args == ["connect"]


def test_while_the_line_opens_the_switch_says_how_far_it_is(stage: Stage) -> None:
    become(stage, a_line_at(Step.REACHABLE))
    assert switch_words(stage) == "Getting ready… (public address)"
    become(stage, a_line_at(Step.NUMBER))
    assert switch_words(stage) == "Getting ready… (phone number)"
    assert not stage.window.line_strip.is_wanted


def test_the_switch_turns_calls_off_and_on_by_key_and_click(stage: Stage) -> None:
    become(stage, an_open_line())
    switch = stage.window.header.ready_switch
    assert switch_words(stage) == "Ready – calls will ring"
    assert switch.toggle.isChecked()
    stage.key(Qt.Key.Key_R, CTRL, SHIFT)
    assert readiness(stage) is Readiness.NOT_READY
    assert switch_words(stage).startswith("Not ready – callers hear: “Thank you for calling")
    assert not switch.toggle.isChecked()
    press(switch.toggle)
    assert readiness(stage) is Readiness.READY
    assert "Ctrl+Shift+R" in switch.toggle.accessibleName()


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("voicemail", "callers can leave a message"),
        ("ai", "the AI answers callers"),
        ("never", "callers hear that the line is busy"),
    ],
)
def test_not_ready_says_what_callers_get(stage: Stage, way: str, words: str) -> None:
    stage.shell.closed = WhenClosed(way)
    become(stage, an_open_line())
    stage.desk.set_ready(False)
    assert switch_words(stage) == f"Not ready – {words}"


def test_outside_the_opening_hours_the_switch_leads_to_them(stage: Stage) -> None:
    stage.shell.closed = WhenClosed("voicemail")
    become(stage, an_open_line())
    stage.desk.become(Readiness.CLOSED)
    assert switch_words(stage) == "Closed now – callers can leave a message"
    with stage.qtbot.waitSignal(stage.window.settings_asked) as asked:
        press(stage.window.header.ready_switch.button)
    assert asked.args == ["number"]


def test_a_lost_line_turns_the_switch_off_and_says_so_aloud(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[tuple[str, bool]] = []
    for module in (ready_switch, line_desk):
        monkeypatch.setattr(
            module, "announce", lambda _, text, *, is_urgent=False: said.append((text, is_urgent))
        )
    become(stage, an_open_line())
    said.clear()
    become(stage, a_lost_line())
    assert switch_words(stage) == "Not ready – because: New calls cannot reach you"
    assert not stage.window.header.ready_switch.toggle.isEnabled()
    assert ("Not ready – because: New calls cannot reach you", True) in said
    assert readiness(stage) is Readiness.READY, "what the agent wants stays as it was"
    count = len(said)
    become(stage, a_lost_line(tries=4))
    assert len(said) == count, "each try is not told anew"
    become(stage, an_open_line())
    assert switch_words(stage) == "Ready – calls will ring"
    assert ("Ready – calls will ring", False) in said


def test_the_strip_of_a_lost_line_comes_follows_and_goes(stage: Stage) -> None:
    become(stage, an_open_line())
    become(stage, a_lost_line())
    strip = stage.window.line_strip
    assert strip.isVisible()
    words = strip.accessibleName()
    assert words.startswith("New calls cannot reach you. The public address stopped working at 14:02.")
    assert "3rd try" in words
    assert "Callers hear your message." in words
    assert strip_buttons(stage) == ["Set up again", "Details"]
    become(stage, a_lost_line(tries=4))
    assert "4th try" in strip.accessibleName()
    become(stage, an_open_line())
    assert not strip.isVisible()


def test_a_closed_strip_stays_closed_while_nothing_new_happens(stage: Stage) -> None:
    become(stage, a_lost_line())
    stage.window.line_strip.dismiss()
    become(stage, a_lost_line(tries=4))
    assert not stage.window.line_strip.isVisible()


def test_of_one_loss_every_reason_is_shown_and_only_the_first_is_said_aloud(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(line_desk, "announce", lambda _, text, *, is_urgent=False: said.append(text))
    lost = a_lost_line()
    become(stage, lost)
    other = a_failed_line(LineProblem.ADDRESS_NOT_REACHABLE, Step.REACHABLE, tries=4, lost_at=lost.lost_at)
    become(stage, other)
    assert stage.window.line_strip.accessibleName().startswith("The internet cannot see this computer yet")
    assert len(said) == 1
    stage.window.line_strip.dismiss()
    become(stage, lost)
    assert not stage.window.line_strip.isVisible(), "closed is closed, as long as it is the same loss"


def test_a_history_that_cannot_be_written_is_said(stage: Stage) -> None:
    stage.desk.feed.publish(HistoryChanged(is_failing=True))
    assert stage.window.store_strip.isVisible()
    stage.desk.feed.publish(HistoryChanged(is_failing=False))
    assert not stage.window.store_strip.isVisible()


def test_the_remedies_of_the_strip(stage: Stage) -> None:
    become(stage, a_lost_line())
    with stage.qtbot.waitSignal(stage.window.set_up_asked):
        press(stage.window.line_strip._buttons[0])
    become(stage, an_open_line())
    become(stage, a_lost_line())
    with stage.qtbot.waitSignal(stage.window.settings_asked) as asked:
        press(stage.window.line_strip._buttons[1])
    assert asked.args == ["address"]
    become(stage, a_failed_line(LineProblem.ACCOUNT_REFUSED, Step.NUMBER))
    with stage.qtbot.waitSignal(stage.window.settings_asked) as asked:
        press(stage.window.line_strip._buttons[0])
    assert asked.args == ["accounts"]


def test_every_problem_of_the_line_has_words_and_a_way_out(stage: Stage) -> None:
    for problem in LineProblem:
        become(stage, a_failed_line(problem, Step.NUMBER))
        button = stage.window.header.ready_switch.button
        assert button.isVisible()
        with stage.qtbot.waitSignal(stage.window.settings_asked):
            press(button)
        if problem is not LineProblem.NOT_SET_UP:
            assert stage.window.line_strip.isVisible(), problem


def test_in_a_call_a_lost_line_says_that_the_call_goes_on(stage: Stage) -> None:
    become(stage, an_open_line())
    call = stage.call()
    become(stage, a_lost_line())
    assert "This call goes on." in stage.window.line_strip.accessibleName()
    assert stage.window.line_strip.isVisible()
    stage.desk.hang_up(call)
    assert "This call goes on." not in stage.window.line_strip.accessibleName()


def test_in_a_call_an_old_fault_of_the_line_is_no_news(stage: Stage) -> None:
    become(stage, a_failed_line(LineProblem.ACCOUNT_REFUSED, Step.NUMBER))
    assert stage.window.line_strip.isVisible()
    stage.call()
    assert not stage.window.line_strip.is_wanted


def test_the_lights_have_words(stage: Stage) -> None:
    health = stage.window.health
    phone, address = health.light(Part.PHONE_LINE), health.light(Part.ADDRESS)
    assert phone.accessibleName() == "Phone line: Not set up"
    become(stage, a_line_at(Step.CONNECTED))
    assert address.accessibleName() == "Public address: checking"
    become(stage, an_open_line())
    assert (phone.accessibleName(), address.accessibleName()) == ("Phone line: OK", "Public address: OK")
    become(stage, a_lost_line())
    assert address.accessibleName() == "Public address: lost at 14:02, 3rd try"
    assert "New calls cannot reach you" in address.toolTip()
    assert phone.accessibleName() == "Phone line: OK"


@pytest.mark.parametrize(
    ("part", "page"),
    [(Part.PHONE_LINE, "number"), (Part.ADDRESS, "address"), (Part.SPEECH, "ai"), (Part.AI, "ai")],
)
def test_a_press_on_a_light_leads_to_its_page(stage: Stage, part: Part, page: str) -> None:
    become(stage, an_open_line())
    with stage.qtbot.waitSignal(stage.window.settings_asked) as asked:
        press(stage.window.health.light(part))
    assert asked.args == [page]


def test_a_call_shows_how_hearing_and_answering_are(stage: Stage) -> None:
    usual = Light(LightState.OK, "0.4 s", "", "ai")
    for part in (Part.SPEECH, Part.AI):
        stage.window.show_light(part, usual)
    call = stage.call()
    stage.desk.problem(call, Problem.TRANSCRIBER_FAILED)
    stage.desk.problem(call, Problem.WRITER_SLOW)
    health = stage.window.health
    assert health.light(Part.SPEECH).accessibleName() == "Speech-to-text: Not working"
    assert health.light(Part.AI).accessibleName() == "AI: slow"
    stage.desk.said(call, "u1", "Hello.")
    stage.desk.answered_in(call, 900)
    assert health.light(Part.SPEECH).light == usual
    assert health.light(Part.AI).light == usual


def test_the_first_page_follows_the_line(stage: Stage) -> None:
    page = stage.window.first_page
    with stage.qtbot.waitSignal(stage.window.settings_asked) as asked:
        press(page.connect_button)
    assert asked.args == ["connect"]
    become(stage, an_open_line())
    assert page._line.text() == "Ready – calls to +1 202 555 0140 ring here."
    with stage.qtbot.waitSignal(stage.window.settings_asked) as asked:
        press(page.connect_button)
    assert asked.args == ["number"]
    become(stage, a_lost_line())
    assert page._line.text() == "Not ready – because: New calls cannot reach you"


def test_settings_by_key_and_button(stage: Stage) -> None:
    with stage.qtbot.waitSignal(stage.window.settings_asked) as asked:
        stage.key(Qt.Key.Key_Comma, CTRL)
    assert asked.args == [""]
    with stage.qtbot.waitSignal(stage.window.settings_asked):
        press(stage.window.header._settings)


def test_quitting_asks_what_becomes_of_the_number(stage: Stage) -> None:
    stage.shell.is_pointed_here = True
    become(stage, an_open_line())
    with stage.qtbot.assertNotEmitted(stage.window.close_asked):
        stage.window.close()
    strip = stage.window.quit_strip
    assert strip.accessibleName() == ("Calls to +1 202 555 0140 still come here. Put the old address back?")
    put_back, quit_now, stay = strip._buttons
    assert stay.hasFocus()
    press(stay)
    assert not strip.isVisible()
    for number, signal in ((0, stage.window.put_back_asked), (1, stage.window.close_asked)):
        stage.window.close()
        with stage.qtbot.waitSignal(signal):
            press(strip._buttons[number])
    assert (put_back.text(), quit_now.text()) == (
        "Put back and quit",
        "Quit, callers hear the outage message",
    )


def test_quitting_in_a_call_asks_for_the_call_first_and_then_for_the_number(stage: Stage) -> None:
    stage.shell.is_pointed_here = True
    become(stage, an_open_line())
    stage.call()
    stage.window.close()
    strip = stage.window.quit_strip
    with stage.qtbot.assertNotEmitted(stage.window.close_asked):
        press(strip._buttons[1])
    assert strip.isVisible()
    assert "still come here" in strip.accessibleName()
