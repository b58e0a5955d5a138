"""Notifications: the four things worth telling while nobody looks, and silence about all others."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from copilot_desktop.calls.events import LineChanged, Problem, Readiness, Treatment
from copilot_desktop.calls.states import Mode
from copilot_desktop.ui.presence.notifications import Note, NoteKind
from copilot_desktop.ui.report.report_view import ReportView
from tests.support.lines import a_lost_line, an_open_line
from tests.ui.conftest import Stage


@pytest.fixture
def told(stage: Stage) -> list[Note]:
    """All notes of the stage's window."""
    notes: list[Note] = []
    stage.window.presence.notifications.told.connect(notes.append)
    return notes


def away(stage: Stage) -> None:
    """The agent works elsewhere, the window is an entry of the task bar."""
    stage.window.showMinimized()
    QApplication.processEvents()


def kinds(told: list[Note]) -> list[NoteKind]:
    return [note.kind for note in told]


def ring(stage: Stage, **about: object) -> str:
    call = stage.ring(**about)  # type: ignore[arg-type]
    QApplication.processEvents()
    return call


def test_an_incoming_call_says_who_calls(stage: Stage, told: list[Note]) -> None:
    away(stage)
    ring(stage, name="Maria Keller", place="Boston, US")
    (note,) = told
    assert note.title == "Incoming call: Maria Keller"
    assert note.text == "+1 202 555 0142   ·   Boston, US   ·   to +1 202 555 0140"


def test_practice_is_called_so(stage: Stage, told: list[Note]) -> None:
    away(stage)
    call = ring(stage, caller="Ms. Miller", is_practice=True)
    stage.desk.caller_left(call)  # type: ignore[arg-type]
    assert [note.title for note in told] == [
        "PRACTICE – Incoming call: Ms. Miller",
        "PRACTICE – Missed call: Ms. Miller",
    ]


def test_a_missed_call_is_told(stage: Stage, told: list[Note]) -> None:
    away(stage)
    call = ring(stage)
    stage.desk.caller_left(call)  # type: ignore[arg-type]
    assert kinds(told) == [NoteKind.INCOMING, NoteKind.MISSED]
    assert told[1].title == "Missed call: +1 202 555 0142"


def test_a_declined_or_answered_call_is_not_missed(stage: Stage, told: list[Note]) -> None:
    away(stage)
    stage.desk.decline(ring(stage))  # type: ignore[arg-type]
    call = ring(stage)
    stage.clock.wait(1)
    stage.window.ringing.answer(Mode.AI_SPEAKS, stage.clock())
    stage.desk.connect(call)  # type: ignore[arg-type]
    stage.desk.hang_up(call)  # type: ignore[arg-type]
    assert NoteKind.MISSED not in kinds(told)


def test_while_not_ready_nobody_is_disturbed(stage: Stage, told: list[Note]) -> None:
    away(stage)
    stage.desk.become(Readiness.NOT_READY)
    call = ring(stage)
    stage.desk.caller_left(call)  # type: ignore[arg-type]
    assert told == []


def test_a_call_that_is_answered_by_itself_does_not_ring(stage: Stage, told: list[Note]) -> None:
    away(stage)
    call = stage.desk.ring()
    stage.desk.treat(call, Treatment.VOICEMAIL)
    QApplication.processEvents()
    assert told == []


def test_a_lost_address_is_told_once(stage: Stage, told: list[Note]) -> None:
    stage.desk.feed.publish(LineChanged(status=an_open_line()))
    away(stage)
    for tries in range(1, 4):
        stage.desk.feed.publish(LineChanged(status=a_lost_line(tries=tries)))
    (note,) = told
    assert note.kind is NoteKind.ADDRESS_LOST
    assert note.title == "New calls cannot reach you"


def test_a_lost_address_while_not_ready_can_wait(stage: Stage, told: list[Note]) -> None:
    stage.desk.feed.publish(LineChanged(status=an_open_line()))
    stage.desk.become(Readiness.NOT_READY)
    away(stage)
    stage.desk.feed.publish(LineChanged(status=a_lost_line()))
    assert told == []


def test_nothing_is_told_that_the_window_shows(stage: Stage, told: list[Note]) -> None:
    stage.qtbot.waitUntil(stage.window.isActiveWindow)
    stage.desk.feed.publish(LineChanged(status=an_open_line()))
    call = ring(stage)
    stage.desk.caller_left(call)  # type: ignore[arg-type]
    stage.desk.feed.publish(LineChanged(status=a_lost_line()))
    assert told == []


def test_suggestions_words_and_troubles_of_a_call_are_never_told(stage: Stage, told: list[Note]) -> None:
    call = stage.call(Mode.AGENT_APPROVES)
    away(stage)
    stage.desk.caller_speaks(call, is_in_turn=True)
    stage.desk.said(call, "u1", "Where is my order?")
    stage.desk.draft(call, "s1", "It left yesterday.")
    stage.desk.other_draft(call, "s2", "Let me look.", 1)
    stage.desk.problem(call, Problem.WRITER_SLOW)
    stage.look()
    assert told == []


def test_a_report_is_told_while_the_window_is_hidden_and_opens_by_a_click(
    stage: Stage, told: list[Note]
) -> None:
    call = stage.call(name="Maria Keller")
    stage.window.hide()
    stage.desk.hang_up(call)
    assert kinds(told) == [NoteKind.REPORT]
    assert (told[0].title, told[0].text) == ("The report is ready", "Call with Maria Keller")
    stage.window.tabs.go_to_desk()
    stage.window.presence.tray.message_clicked.emit()
    assert stage.window.isVisible()
    page = stage.window.pages.currentWidget()
    assert isinstance(page, ReportView)
    assert page.call_id == call


def test_a_report_on_screen_is_not_told(stage: Stage, told: list[Note]) -> None:
    call = stage.call()
    stage.desk.hang_up(call)
    assert isinstance(stage.window.pages.currentWidget(), ReportView)
    assert told == []


def test_a_click_on_any_other_shows_the_window(stage: Stage, told: list[Note]) -> None:
    away(stage)
    ring(stage)
    stage.window.presence.tray.message_clicked.emit()
    assert not stage.window.isMinimized()
    assert stage.window.tabs.is_at_desk
