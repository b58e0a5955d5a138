"""The history: filtered, read page by page, looked into, played, exported, and deleted with a way back."""

from __future__ import annotations

import asyncio

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from copilot_desktop.calls.archive import Handler, ScoreRange
from copilot_desktop.calls.errors import StoreError
from copilot_desktop.calls.events import CallId, Outcome
from copilot_desktop.report.choice import ExportFormat
from copilot_desktop.ui.history.history_deleting import UNDO_S
from copilot_desktop.ui.history.history_view import PAGE, HistoryView
from copilot_desktop.ui.report.report_view import ReportView
from tests.ui.conftest import Stage

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def opened(stage: Stage, count: int = 12) -> HistoryView:
    stage.shell.remember(count)
    stage.key(Qt.Key.Key_Y, CTRL, SHIFT)
    return stage.window.history


def press(stage: Stage, *words: str) -> None:
    """Press the button of the strip with one of these words."""
    for button in stage.window.history.strip.findChildren(QPushButton):
        if button.isVisible() and button.text() in words:
            button.click()
            QApplication.processEvents()
            return
    raise AssertionError(f"no button says {words}")


def ids(history: HistoryView) -> list[str]:
    return [history.model.call(row).call_id for row in range(history.model.rowCount())]


def test_practice_stays_away_until_it_is_wanted(stage: Stage) -> None:
    history = opened(stage)
    assert not any(history.model.call(row).is_practice for row in range(history.model.rowCount()))
    assert history._count.text() == "9 calls"
    history.filters.practice.setChecked(True)
    assert history.model.rowCount() == 12


def test_only_practice_calls_are_offered_with_a_button(stage: Stage) -> None:
    stage.shell.remember(2)
    del stage.shell.calls[0]
    stage.key(Qt.Key.Key_Y, CTRL, SHIFT)
    history = stage.window.history
    assert history._empty.text() == "No real calls yet."
    history.show_practice.click()
    assert history.model.rowCount() == 1


def test_filters_ask_for_what_they_say_and_are_remembered(stage: Stage) -> None:
    history = opened(stage)
    filters = history.filters
    for box, value in (
        (filters.time, "week"),
        (filters.outcome, "missed"),
        (filters.handler, Handler.NOBODY.value),
        (filters.score, ScoreRange.NONE.value),
    ):
        box.setCurrentIndex(box.findData(value))
    query = stage.shell.kept_calls.asked[-1][0]
    assert query.since is not None
    assert query.outcomes == {Outcome.MISSED}
    assert (query.handler, query.score) == (Handler.NOBODY, ScoreRange.NONE)
    again = HistoryView(stage.window.theme, stage.shell)
    assert again.filters.query("") == query
    again.deleteLater()
    assert history._empty.text() == "No call is like this."
    history.show_all.click()
    assert history.model.rowCount() == 9


def test_desks_can_be_chosen_only_where_there_are_several(stage: Stage) -> None:
    history = opened(stage)
    assert not history.filters.desk.isVisible()
    stage.shell.kept_calls.names = ["Front", "Workshop"]
    history.refresh()
    assert history.filters.desk.isVisible()
    history.filters.desk.setCurrentIndex(2)
    assert stage.shell.kept_calls.asked[-1][0].desk == "Workshop"


def test_the_list_is_read_page_by_page(stage: Stage) -> None:
    history = opened(stage, 400)
    assert history.model.rowCount() == PAGE
    assert history._count.text() == "300 calls"
    for _ in range(3):
        history.table.scrollToBottom()
        QApplication.processEvents()
    assert len(set(ids(history))) == history.model.rowCount() == 300
    assert [after is None for _, after in stage.shell.kept_calls.asked].count(False) == 2


def test_a_page_that_fails_can_be_asked_for_again(stage: Stage) -> None:
    history = opened(stage, 400)
    stage.shell.kept_calls.trouble = StoreError("gone")
    history.table.scrollToBottom()
    QApplication.processEvents()
    assert history.model.rowCount() == PAGE
    stage.shell.kept_calls.trouble = None
    history.table.scrollToTop()
    history.table.scrollToBottom()
    QApplication.processEvents()
    assert history.model.rowCount() > PAGE


def test_a_refresh_keeps_place_and_choice(stage: Stage) -> None:
    history = opened(stage, 400)
    history.table.scrollToBottom()
    QApplication.processEvents()
    history.table.selectRow(120)
    chosen, at = history.chosen(), history.table.verticalScrollBar().value()
    history.refresh()
    assert history.chosen() == chosen
    assert history.table.verticalScrollBar().value() == at


def test_a_history_that_cannot_be_read_says_so(stage: Stage) -> None:
    stage.shell.kept_calls.trouble = StoreError("gone")
    history = opened(stage)
    assert history._count.text() == "The history could not be read."


def test_the_preview_shows_the_chosen_call(stage: Stage) -> None:
    history = opened(stage)
    assert history.preview.isVisible()
    history.table.setFocus()
    stage.key(Qt.Key.Key_Down)
    assert "Missed" in history.preview._about.whole or history.preview._about.whole
    assert history.preview.copy_button.isEnabled()
    history.preview.copy_button.click()
    assert QApplication.clipboard().text() == history.chosen()[0].caller
    stage.key(Qt.Key.Key_Down, SHIFT)
    assert history.preview._title.whole == "2 calls chosen"
    assert not history.preview.report_button.isEnabled()


def test_enter_opens_and_space_plays(stage: Stage) -> None:
    history = opened(stage)
    asked: list[tuple[str, bool]] = []
    history.report_asked.connect(lambda call, plays: asked.append((call, plays)))
    history.table.setFocus()
    QTest.keyClick(history.table, Qt.Key.Key_Space)
    view = stage.window.pages.currentWidget()
    assert isinstance(view, ReportView)
    assert view._is_play_wanted
    stage.key(Qt.Key.Key_Y, CTRL, SHIFT)
    history.table.setFocus()
    QTest.keyClick(history.table, Qt.Key.Key_Return)
    assert asked == [("old-0", True), ("old-0", False)]


def test_the_selection_is_exported(stage: Stage) -> None:
    history = opened(stage)
    history.table.setFocus()
    stage.key(Qt.Key.Key_A, CTRL)
    history.preview.export_button.click()
    panel = history.exporter.panel
    assert panel is not None
    assert panel.windowTitle() == "Export 9 calls"
    choice = panel.choice
    assert choice.format in ExportFormat
    panel.close()


def test_delete_asks_hides_and_can_be_taken_back(stage: Stage) -> None:
    history = opened(stage)
    before = ids(history)
    history.table.setFocus()
    stage.key(Qt.Key.Key_Down, SHIFT)
    stage.key(Qt.Key.Key_Delete)
    assert "Delete 2 calls?" in history.strip.accessibleName()
    assert ids(history) == before
    press(stage, "Delete")
    assert ids(history) == before[2:]
    assert stage.shell.kept_calls.deleted == [], "there is time to take it back"
    press(stage, "Undo")
    assert ids(history) == before
    history.deleting._timer.timeout.emit()
    assert stage.shell.kept_calls.deleted in ([], [[]])


def test_keep_keeps(stage: Stage) -> None:
    history = opened(stage)
    before = ids(history)
    history.table.setFocus()
    stage.key(Qt.Key.Key_Delete)
    press(stage, "Keep")
    assert ids(history) == before


def test_when_the_time_is_over_the_calls_go_for_good(stage: Stage) -> None:
    history = opened(stage)
    (first,) = history.chosen()
    history.table.setFocus()
    stage.key(Qt.Key.Key_Delete)
    press(stage, "Delete")
    assert history.deleting._timer.interval() == UNDO_S * 1000
    history.deleting._timer.timeout.emit()
    assert stage.shell.kept_calls.deleted == [[first.call_id]]
    assert not history.strip.isVisible()
    assert history.deleting.hidden == frozenset()
    assert first.call_id not in ids(history)


def test_what_cannot_be_deleted_is_said_and_comes_back(stage: Stage) -> None:
    history = opened(stage)
    before = ids(history)
    history.table.setFocus()
    stage.key(Qt.Key.Key_Delete)
    press(stage, "Delete")
    stage.shell.kept_calls.trouble = StoreError("locked")
    history.deleting._timer.timeout.emit()
    assert "could not be deleted" in history.strip.accessibleName()
    stage.shell.kept_calls.trouble = None
    history.refresh()
    assert ids(history) == before


def test_the_end_of_the_program_deletes_what_was_to_go(stage: Stage) -> None:
    history = opened(stage)
    history.table.setFocus()
    stage.key(Qt.Key.Key_Delete)
    press(stage, "Delete")
    asyncio.run(history.deleting.finish())
    assert stage.shell.kept_calls.deleted == [[CallId("old-0")]]


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Delete, Qt.Key.Key_Escape])
def test_a_stray_key_deletes_nothing(stage: Stage, key: Qt.Key) -> None:
    history = opened(stage)
    history.table.setFocus()
    stage.key(Qt.Key.Key_Delete)
    stage.key(key)
    stage.key(key)
    assert stage.shell.kept_calls.deleted == []
    assert history.deleting.hidden == frozenset()
