"""The agent's notes: kept while they are typed, each call its own, and honest about the disk."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QWidget

from copilot_desktop.calls.agent_notes import MOST_NOTES
from copilot_desktop.calls.errors import StoreError
from copilot_desktop.calls.events import CallEnded, CallId, HistoryChanged, NotesChanged
from copilot_desktop.ui.call.notes_box import NotesBox
from copilot_desktop.ui.report.report_view import ReportView
from copilot_desktop.ui.widgets.columns import Fold, fold_for
from tests.ui.conftest import Stage

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
FULL = StoreError("The call history could not be written: database or disk is full")


def box(stage: Stage) -> NotesBox:
    return stage.window.call_page.context.notes


def write(stage: Stage, words: str) -> None:
    stage.window.actions_["notes"].trigger()
    assert box(stage).edit.hasFocus()
    QTest.keyClicks(box(stage).edit, words)


def kept(stage: Stage, call: CallId) -> list[str]:
    return [fact.text for fact in stage.desk.facts[call] if isinstance(fact, NotesChanged)]


def line(stage: Stage, name: str) -> str:
    found = stage.window.call_page.context.findChild(QLabel, name)
    assert isinstance(found, QLabel)
    return found.text() if found.isVisible() else ""


def test_typing_is_told_in_pieces_and_says_that_it_is_saved(stage: Stage) -> None:
    call = stage.call()
    write(stage, "wants a refund")
    assert kept(stage, call) == [], "not a fact for each letter"
    assert box(stage).sign.text() == "Saving…"
    stage.qtbot.waitUntil(lambda: kept(stage, call) == ["wants a refund"])
    assert box(stage).sign.text() == "✓ Saved"
    write(stage, ", by Friday")
    stage.qtbot.waitUntil(lambda: kept(stage, call) == ["wants a refund", "wants a refund, by Friday"])
    assert stage.desk.names().count("take_notes") == 2


def test_typing_without_a_pause_is_told_all_the_same(stage: Stage) -> None:
    call = stage.call()
    stage.window.actions_["notes"].trigger()

    def one_more() -> bool:
        QTest.keyClick(box(stage).edit, Qt.Key.Key_X)
        return len(kept(stage, call)) == 2

    stage.qtbot.waitUntil(one_more)
    first, second = kept(stage, call)
    assert second.startswith(first)
    assert first


def test_leaving_the_box_saves_at_once(stage: Stage) -> None:
    call = stage.call()
    write(stage, "call back")
    stage.window.call_page.say_box.field.setFocus()
    assert kept(stage, call) == ["call back"]


def test_nothing_is_told_when_nothing_was_typed(stage: Stage) -> None:
    call = stage.call()
    stage.window.actions_["notes"].trigger()
    stage.window.call_page.say_box.field.setFocus()
    stage.desk.caller_left(call)
    assert kept(stage, call) == []


def test_the_end_of_the_call_takes_the_last_words_along(stage: Stage) -> None:
    call = stage.call()
    write(stage, "typed in the last second")
    stage.desk.caller_left(call)
    assert kept(stage, call) == ["typed in the last second"]
    assert isinstance(stage.desk.facts[call][-1], CallEnded)
    report = stage.window.pages.currentWidget()
    assert isinstance(report, ReportView)
    notes = report.findChild(QWidget, "reportNotes")
    assert isinstance(notes, QWidget)
    assert "typed in the last second" in [label.text() for label in notes.findChildren(QLabel)]
    assert box(stage).edit.toPlainText() == ""
    assert not box(stage).edit.isEnabled()


def test_each_call_has_its_own(stage: Stage) -> None:
    first = stage.call()
    write(stage, "first")
    stage.ring("+12025550177", name="Maria Keller")
    stage.clock.wait(1)
    stage.window.actions_["answer_second"].trigger()
    second = stage.desk.live_calls()[-1].call_id
    stage.desk.connect(second)
    assert kept(stage, first) == ["first"]
    assert box(stage).edit.toPlainText() == ""
    assert line(stage, "callerName") == "Maria Keller"
    write(stage, "second")
    stage.window.actions_["next_call"].trigger()
    assert (kept(stage, first), kept(stage, second)) == (["first"], ["second"])
    assert box(stage).edit.toPlainText() == "first"
    write(stage, " again")
    stage.desk.caller_left(first)
    assert kept(stage, first) == ["first", "first again"]
    assert box(stage).edit.toPlainText() == "second"
    assert box(stage).sign.text() == "✓ Saved"


def test_a_full_disk_is_said_and_so_is_that_it_is_over(stage: Stage) -> None:
    stage.call()
    stage.shell.disk_trouble = FULL
    write(stage, "important")
    box(stage).send()
    assert box(stage).sign.text() == "✗ Not saved – disk full"
    assert "Your words stay here" in box(stage).sign.toolTip()
    QTest.keyClicks(box(stage).edit, "!")
    assert "disk full" in box(stage).sign.text(), "typing on does not make it look well"
    stage.shell.disk_trouble = None
    stage.desk.feed.publish(HistoryChanged(is_failing=False))
    assert box(stage).sign.text() == "✓ Saved"
    box(stage).send()
    assert box(stage).sign.text() == "✓ Saved"
    assert box(stage).edit.toPlainText() == "important!"


def test_a_disk_that_fails_later_is_said_where_there_are_notes(stage: Stage) -> None:
    stage.call()
    stage.desk.feed.publish(HistoryChanged(is_failing=True))
    assert box(stage).sign.text() == ""
    write(stage, "important")
    box(stage).send()
    stage.desk.feed.publish(HistoryChanged(is_failing=True))
    assert box(stage).sign.text() == "✗ Not saved – the disk takes nothing"


def test_a_card_number_is_said_to_be_hidden_and_too_much_to_be_cut(stage: Stage) -> None:
    call = stage.call()
    write(stage, "pays with 4111 1111 1111 1111")
    box(stage).send()
    assert kept(stage, call) == ["pays with [card number hidden]"]
    assert box(stage).sign.text() == "✓ Saved, card number hidden"
    box(stage).edit.setPlainText("x" * (MOST_NOTES + 1))
    box(stage).send()
    assert box(stage).sign.text() == f"Only the first {MOST_NOTES} characters are saved"


def test_the_column_tells_who_calls_and_when_they_called_last(stage: Stage) -> None:
    stage.shell.remember(2)
    earlier = replace(stage.shell.calls[0], caller="+12025550142")
    stage.shell.calls[:] = [replace(stage.shell.calls[1], caller="+12025550142", is_practice=True), earlier]
    stage.call(name="Maria Keller", place="Berlin, Germany")
    assert line(stage, "callerName") == "Maria Keller"
    assert line(stage, "callerNumber") == "+1 202 555 0142"
    assert line(stage, "callerPlace") == "Berlin, Germany"
    assert line(stage, "lastContact").startswith("Last call: 12 Mar 2026")
    stage.window.call_page.context.caller.report_button.click()
    report = stage.window.pages.currentWidget()
    assert isinstance(report, ReportView)
    assert report.call_id == earlier.call_id


@pytest.mark.parametrize(
    ("caller", "is_practice", "words"),
    [
        ("+12025550199", False, "First call from this number"),
        ("anonymous", False, ""),
        ("+12025550142", True, "Practice: nobody real is calling"),
    ],
)
def test_who_is_not_known_is_not_made_up(stage: Stage, caller: str, is_practice: bool, words: str) -> None:
    stage.call(caller=caller, is_practice=is_practice)
    assert line(stage, "lastContact") == words
    assert not stage.window.call_page.context.caller.report_button.isVisible()


@pytest.mark.parametrize(
    ("width", "scale", "fold"),
    [
        (1280, 1.0, Fold.WIDE),
        (1180, 1.0, Fold.WIDE),
        (1179, 1.0, Fold.TWO),
        (1024, 1.0, Fold.TWO),
        (1024, 1.25, Fold.TWO),
        (1024, 1.5, Fold.TABS),
        (1024, 2.0, Fold.TABS),
        (1920, 2.0, Fold.WIDE),
        (1280, 0.8, Fold.WIDE),
    ],
)
def test_columns_fold_where_there_is_little_room(width: int, scale: float, fold: Fold) -> None:
    assert fold_for(width, scale) is fold


def test_folding_keeps_words_and_cursor(stage: Stage) -> None:
    call = stage.call()
    window, columns = stage.window, stage.window.call_page.columns
    edit = box(stage).edit
    write(stage, "half a wo")
    for width, steps, fold in ((1024, 0, Fold.TWO), (1024, 5, Fold.TABS), (1280, 0, Fold.WIDE)):
        window.theme.resize_text(0)
        window.theme.resize_text(steps)
        window.resize(width, 640)
        QApplication.processEvents()
        assert columns.fold is fold
        assert (edit.isVisible(), edit.hasFocus()) == (True, True)
    QTest.keyClicks(edit, "rd")
    box(stage).send()
    assert kept(stage, call)[-1] == "half a word"


def test_in_tabs_every_key_brings_its_part_to_the_top(stage: Stage) -> None:
    stage.call()
    window, page = stage.window, stage.window.call_page
    window.theme.resize_text(5)
    window.resize(1024, 640)
    QApplication.processEvents()
    shown = page.columns.side.stack.currentWidget
    assert page.transcript.isVisible(), "the words come first"
    for name, field, column in (
        ("guide", page.suggestions.guide_box.field, page.suggestions),
        ("notes", page.context.notes.edit, page.context),
        ("knowledge", page.suggestions.knowledge.field, page.suggestions),
        ("type", page.say_box.field, page.say_box.parentWidget()),
    ):
        window.actions_[name].trigger()
        assert field.hasFocus(), name
        assert shown() is column, name
    stage.key(Qt.Key.Key_F6)
    assert window.control_bar.isVisible()
    assert window.call_bar.isVisible()


def test_the_widths_are_remembered(stage: Stage) -> None:
    stage.call()
    columns = stage.window.call_page.columns
    columns.split.setSizes([300, 600, 380])
    columns.split.splitterMoved.emit(300, 1)
    stage.window.resize(1024, 640)
    QApplication.processEvents()
    stage.window.resize(1280, 800)
    QApplication.processEvents()
    assert columns.split.sizes()[0] == 300
    assert stage.shell.preferences.value("window/call_columns/three") is not None


def test_keys_of_the_call_work_while_notes_are_typed(stage: Stage) -> None:
    stage.call()
    write(stage, "abc")
    stage.key(Qt.Key.Key_F8)
    assert "take_over" in stage.desk.names()
    stage.key(Qt.Key.Key_Delete)
    stage.key(Qt.Key.Key_Return)
    stage.key(Qt.Key.Key_Tab)
    edit = box(stage).edit
    assert isinstance(edit, QPlainTextEdit)
    assert edit.toPlainText() == "abc\n"
    assert not edit.hasFocus(), "Tab goes on, so that nobody is caught in the box"
