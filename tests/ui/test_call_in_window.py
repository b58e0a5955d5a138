"""One call through the window: ring, talk, take over, hang up, report."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from copilot_desktop.calls.events import Party, Problem
from copilot_desktop.calls.states import Mode
from copilot_desktop.report.choice import ExportChoice, ExportFormat
from copilot_desktop.ui.report.report_view import ReportView
from tests.ui.conftest import Stage

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
CTRL_ENTER = (Qt.Key.Key_Return, CTRL)


def test_ring_shows_at_once_and_takes_no_early_answer(stage: Stage) -> None:
    stage.ring()
    ringing = stage.window.ringing
    assert ringing.isVisible()
    assert ringing.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    stage.clock.wait(0.6)
    stage.key(Qt.Key.Key_F2)
    QTest.mouseClick(ringing.answer_button, Qt.MouseButton.LeftButton)
    assert stage.desk.orders == []
    stage.clock.wait(0.2)
    stage.key(Qt.Key.Key_F2)
    stage.key(Qt.Key.Key_F2)
    assert stage.desk.names() == ["accept"]
    assert stage.desk.orders[0].detail == (Mode.AI_SPEAKS,)
    assert not ringing.isVisible()


def test_typing_into_the_ringing_window_changes_nothing(stage: Stage) -> None:
    stage.ring()
    stage.clock.wait(1)
    ringing = stage.window.ringing
    stage.qtbot.waitUntil(lambda: stage.tone.is_ringing)
    for widget in (ringing, *ringing.findChildren(QAbstractButton)):
        if widget.objectName() == "silenceButton":
            continue
        for key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            QTest.keyClick(widget, key)
    assert stage.desk.orders == []
    assert ringing.isVisible()
    assert not stage.tone.is_ringing


def test_closing_the_ringing_window_only_silences(stage: Stage) -> None:
    stage.ring()
    stage.qtbot.waitUntil(lambda: stage.tone.is_ringing)
    stage.window.ringing.close()
    assert not stage.tone.is_ringing
    assert stage.desk.orders == []


def test_decline_by_key(stage: Stage) -> None:
    stage.ring()
    stage.clock.wait(1)
    stage.key(Qt.Key.Key_F2, SHIFT)
    assert stage.desk.names() == ["decline"]
    assert stage.window.header.tabs.count() == 2, "a declined call has no report"


def test_a_caller_who_gives_up_is_said(stage: Stage) -> None:
    call = stage.ring()
    stage.desk.caller_left(call)
    assert stage.window.ringing.isVisible()
    assert stage.window.ringing._title.text() == "The caller has hung up"
    assert not stage.window.ringing.answer_button.isEnabled()


def test_words_move_in_place_and_then_stand(stage: Stage) -> None:
    call = stage.call()
    model = stage.window.call_page.transcript.list.model()
    stage.desk.words(call, "u1", "my or")
    stage.desk.words(call, "u1", "my order has")
    assert model.rowCount() == 1
    assert model.data(model.index(0, 0)) == "my or", "the second text waits for its turn to be painted"
    stage.qtbot.waitUntil(lambda: model.data(model.index(0, 0)) == "my order has")
    stage.desk.said(call, "u1", "My order has not come.")
    assert model.data(model.index(0, 0)) == "My order has not come."
    stage.desk.said(call, "a1", "I can send", Party.ASSISTANT, unheard="it today")
    assert model.rowCount() == 2


def test_take_over_stops_the_ai_and_says_who_is_live(stage_with_microphone: Stage) -> None:
    stage = stage_with_microphone
    stage.call()
    for _ in range(10):
        stage.key(Qt.Key.Key_F8)
    assert stage.desk.names() == ["accept", "take_over"]
    assert stage.window.state_band.isVisible()
    assert stage.window.state_band._title.text() == "YOU ARE LIVE – the caller hears you"
    assert "YOU ARE LIVE" in stage.window.windowTitle()
    stage.key(Qt.Key.Key_F7)
    stage.look()
    assert stage.window.state_band._title.text() == "YOU ARE MUTED"


def test_take_over_without_a_microphone_lets_the_agent_type(stage: Stage) -> None:
    call = stage.call()
    stage.key(Qt.Key.Key_F8)
    stage.look()
    assert "the caller hears you" not in stage.window.state_band._title.text()
    box = stage.window.call_page.say_box
    assert box.property("prominent") == "yes"
    stage.key(Qt.Key.Key_T, CTRL)
    assert box.field.hasFocus()
    QTest.keyClicks(box.field, "This is Sam.")
    stage.key(Qt.Key.Key_Return)
    assert "say_text" not in stage.desk.names()
    stage.key(*CTRL_ENTER)
    assert stage.desk.orders[-1].name == "say_text"
    assert stage.desk.orders[-1].detail == ("This is Sam.",)
    assert stage.desk.orders[-1].call_id == call


def test_hand_back_takes_two_steps(stage: Stage) -> None:
    stage.call()
    stage.key(Qt.Key.Key_F8)
    stage.key(Qt.Key.Key_F8, SHIFT)
    assert stage.window.hand_back_strip.isVisible()
    stage.key(Qt.Key.Key_Return)
    stage.key(Qt.Key.Key_Escape)
    assert not stage.window.hand_back_strip.isVisible()
    assert "hand_back" not in stage.desk.names()
    stage.key(Qt.Key.Key_F8, SHIFT)
    QTest.keyClicks(stage.window.hand_back_strip.note, "Express is agreed")
    stage.key(*CTRL_ENTER)
    assert stage.desk.orders[-1].detail == ("Express is agreed",)
    assert stage.window.call_bar.who_speaks._title.text() != "You are live"


def test_a_private_note_goes_to_the_ai_only(stage: Stage) -> None:
    stage.call()
    stage.key(Qt.Key.Key_G, CTRL)
    QTest.keyClicks(stage.window.call_page.suggestions.guide_box.field, "regular customer")
    stage.key(*CTRL_ENTER)
    assert stage.desk.names()[-1] == "guide"
    assert "say_text" not in stage.desk.names()


def test_hang_up_asks_again_while_the_caller_speaks(stage: Stage) -> None:
    call = stage.call()
    stage.desk.caller_speaks(call, is_in_turn=True)
    stage.look()
    button = stage.window.control_bar.hang_up_button
    stage.key(Qt.Key.Key_F12, CTRL)
    assert "press again" in button.text()
    stage.clock.wait(0.2)
    stage.key(Qt.Key.Key_F12, CTRL)
    assert "hang_up" not in stage.desk.names(), "a double press is no second thought"
    stage.clock.wait(0.5)
    stage.key(Qt.Key.Key_F12, CTRL)
    assert stage.desk.names()[-1] == "hang_up"


def test_the_second_press_counts_for_three_seconds_only(stage: Stage) -> None:
    call = stage.call()
    stage.desk.caller_speaks(call, is_in_turn=True)
    stage.look()
    stage.key(Qt.Key.Key_F12, CTRL)
    stage.clock.wait(3.5)
    stage.key(Qt.Key.Key_F12, CTRL)
    assert "hang_up" not in stage.desk.names()


def test_hang_up_opens_the_report_as_a_tab(stage: Stage) -> None:
    call = stage.call(is_practice=True)
    stage.clock.wait(3)
    stage.desk.said(call, "u1", "My order has not come.")
    stage.clock.wait(3)
    stage.key(Qt.Key.Key_F12, CTRL)
    tabs = stage.window.header.tabs
    assert tabs.count() == 3
    assert tabs.tabText(tabs.currentIndex()).startswith("Report")
    page = stage.window.pages.currentWidget()
    assert isinstance(page, ReportView)
    assert page.transcript is not None
    assert page.transcript.list.model().rowCount() == 1
    assert not stage.window.control_bar.isVisible()


def test_the_report_stays_away_if_that_is_wished(stage: Stage) -> None:
    stage.shell.opens_report = False
    stage.call(is_practice=True)
    stage.clock.wait(3)
    stage.key(Qt.Key.Key_F12, CTRL)
    assert stage.window.header.tabs.count() == 2


def test_stray_keys_and_double_clicks_do_no_harm(stage: Stage) -> None:
    call = stage.call(Mode.AGENT_APPROVES)
    stage.desk.draft(call, "s1", "It will come tomorrow.")
    stage.clock.wait(1)
    stage.look()
    before = stage.desk.names()
    for widget in stage.window.findChildren(QWidget):
        if not widget.isVisible() or widget.focusPolicy() == Qt.FocusPolicy.NoFocus:
            continue
        if widget.objectName() in ("take_overButton", "holdButton", "stop_talkingButton", "ai_speaksButton"):
            continue  # These may be pressed: each is undone by one key.
        for key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            QTest.keyClick(widget, key)
    for name in ("hang_upButton", "sayItButton", "skipButton"):
        button = stage.window.findChild(QWidget, name)
        assert isinstance(button, QWidget)
        QTest.mouseDClick(button, Qt.MouseButton.LeftButton)
    assert stage.desk.names() == before


def test_a_lost_line_is_said_and_the_call_kept(stage: Stage) -> None:
    call = stage.call()
    stage.desk.link_lost(call)
    stage.desk.problem(call, Problem.LINK_LOST)
    stage.clock.wait(7)
    stage.look()
    band = stage.window.state_band
    assert stage.window.call_bar.who_speaks._title.text() == "The sound is lost"
    assert band._title.text() == "The sound is lost – 00:07"
    assert "Reconnecting…" in band._detail.whole
    assert "The sound is lost 00:07" in stage.window.windowTitle()
    assert not stage.window.problem_strip.isVisible(), "the band says it"
    assert stage.window.control_bar.take_over_button.isEnabled()
    stage.desk.line_back(call)
    stage.look()
    assert not band.isVisible(), "the line is back"


def test_quitting_in_a_call_asks(stage: Stage) -> None:
    stage.call()
    with stage.qtbot.assertNotEmitted(stage.window.close_asked):
        stage.window.close()
    assert stage.window.isVisible()
    assert stage.window.quit_strip.isVisible()
    focused = QApplication.focusWidget()
    assert isinstance(focused, QAbstractButton)
    assert focused.text() == "Stay in the call"
    quit_button = stage.window.quit_strip._buttons[1]
    with stage.qtbot.waitSignal(stage.window.close_asked):
        QTest.mouseClick(quit_button, Qt.MouseButton.LeftButton)


def test_quitting_between_calls_starts_the_orderly_stop(stage: Stage) -> None:
    with stage.qtbot.waitSignal(stage.window.close_asked):
        stage.window.close()
    assert stage.window.isVisible(), "it closes when the program is ready"


def test_an_order_that_comes_too_late_is_told(stage: Stage) -> None:
    call = stage.call()
    stage.desk.take_over(call)
    stage.window._bridge.say(call, "gone", "words")  # type: ignore[arg-type]
    assert stage.window.problem_strip.isVisible()


def test_export_writes_where_it_was_asked(stage: Stage, tmp_path: Path) -> None:
    call = stage.call()
    stage.clock.wait(5)
    stage.key(Qt.Key.Key_F12, CTRL)
    page = stage.window.pages.currentWidget()
    assert isinstance(page, ReportView)
    page.choose_export()
    choice = ExportChoice(format=ExportFormat.PDF)
    page.exporter.export_to(choice, tmp_path / "r.pdf")
    assert stage.shell.exports == [((call,), choice, tmp_path / "r.pdf")]
    page.choose_export()
    page.exporter.export_to(choice, tmp_path / "none" / "r.pdf")
    assert "not saved" in page.export_strip.accessibleName()
