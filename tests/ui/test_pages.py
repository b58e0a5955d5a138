"""First page, history, reports, menu."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from copilot_desktop.calls.events import LineChanged
from copilot_desktop.calls.states import Mode
from copilot_desktop.ui.report.report_view import ReportView
from copilot_desktop.ui.shortcut_sheet import ShortcutSheet
from tests.support.lines import an_open_line
from tests.ui.conftest import Stage

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def test_one_press_starts_a_practice_call(stage: Stage) -> None:
    page = stage.window.first_page
    assert page.practice_button.hasFocus()
    QTest.keyClick(page.practice_button, Qt.Key.Key_Space)
    assert stage.shell.practices == [("late-order", Mode.AI_SPEAKS)]


def test_practice_starts_as_chosen_and_answers_so(stage: Stage) -> None:
    page = stage.window.first_page
    page.scenario_box.setCurrentIndex(2)
    page.mode_box.setCurrentIndex(1)
    stage.key(Qt.Key.Key_T, CTRL, SHIFT)
    assert stage.shell.practices == [("billing", Mode.AGENT_APPROVES)]
    stage.ring(is_practice=True)
    stage.clock.wait(1)
    stage.key(Qt.Key.Key_F2)
    assert stage.desk.orders[-1].detail == (Mode.AGENT_APPROVES,)


def test_no_practice_call_into_a_real_one(stage: Stage) -> None:
    stage.ring()
    stage.look()
    assert not stage.window.first_page.practice_button.isEnabled()
    stage.key(Qt.Key.Key_T, CTRL, SHIFT)
    assert stage.shell.practices == []


def test_practice_is_marked_everywhere(stage: Stage) -> None:
    stage.call(is_practice=True)
    assert stage.window.practice_band.isVisible()
    assert stage.window.windowTitle().startswith("PRACTICE")


def test_the_line_is_said(stage: Stage) -> None:
    assert "nothing is sent anywhere" in stage.window.first_page._line.text()
    stage.desk.feed.publish(LineChanged(status=an_open_line()))
    assert "Ready" in stage.window.first_page._line.text()


def test_history_searches_and_opens_by_enter(stage: Stage) -> None:
    stage.shell.remember(30)
    stage.key(Qt.Key.Key_Y, CTRL, SHIFT)
    history = stage.window.history
    history.filters.practice.setChecked(True)
    assert history.search_field.hasFocus()
    assert history.model.rowCount() == 30
    history.search_field.setText("Friday")
    stage.qtbot.waitUntil(lambda: history.model.rowCount() == 18)
    history.search_field.setText("nothing like it")
    stage.qtbot.waitUntil(lambda: history.model.rowCount() == 0)
    assert history._empty.text() == "No call has these words."
    history.search_field.clear()
    stage.qtbot.waitUntil(lambda: history.model.rowCount() == 30)
    history.table.setFocus()
    QTest.keyClick(history.table, Qt.Key.Key_Return)
    assert isinstance(stage.window.pages.currentWidget(), ReportView)


def test_a_report_opens_once_and_closes(stage: Stage) -> None:
    call = stage.call()
    stage.clock.wait(4)
    stage.key(Qt.Key.Key_F12, CTRL)
    tabs = stage.window.header.tabs
    stage.window.open_report(call)
    assert tabs.count() == 3
    for name in ("old-1", "old-2", "old-3"):
        stage.window.open_report(name)
    assert tabs.count() == 5, "the oldest gives way"
    close = tabs.tabButton(2, tabs.ButtonPosition.RightSide)
    assert isinstance(close, QPushButton) or close is not None
    QTest.mouseClick(close, Qt.MouseButton.LeftButton)
    assert tabs.count() == 4
    assert stage.window.pages.count() == 4


def test_an_unknown_call_says_so(stage: Stage) -> None:
    stage.window.open_report("nobody")
    page = stage.window.pages.currentWidget()
    assert isinstance(page, ReportView)
    assert "could not be read" in page._waiting.text()


def test_f1_shows_every_key(stage: Stage) -> None:
    stage.key(Qt.Key.Key_F1)
    sheet = stage.window.findChild(ShortcutSheet)
    assert isinstance(sheet, ShortcutSheet)
    assert sheet.isVisible()
    assert not sheet.isModal()
    sheet.close()


def test_the_call_stays_in_sight_on_every_page(stage: Stage) -> None:
    stage.call()
    for page in (1, 0):
        stage.window.header.tabs.setCurrentIndex(page)
        QApplication.processEvents()
        assert stage.window.call_bar.who_speaks.isVisible()
        assert stage.window.control_bar.take_over_button.isVisible()
    stage.window.header.tabs.setCurrentIndex(1)
    stage.key(Qt.Key.Key_F8)
    assert stage.desk.names()[-1] == "take_over"


def test_text_size_is_remembered(stage: Stage) -> None:
    stage.key(Qt.Key.Key_Plus, CTRL)
    assert stage.window.theme.scale == 1.1
    assert stage.shell.preferences.value("window/text_scale") == "1.1"
    stage.key(Qt.Key.Key_0, CTRL)
    assert stage.window.theme.scale == 1.0


def test_f6_walks_the_panes(stage: Stage) -> None:
    stage.call()
    seen = []
    for _ in range(5):
        stage.key(Qt.Key.Key_F6)
        focused = QApplication.focusWidget()
        assert focused is not None
        seen.append(focused.objectName())
    panes = {"whoSpeaks", "transcriptView", "guideBoxField", "take_overButton", "light_phone_line"}
    assert set(seen) == panes
