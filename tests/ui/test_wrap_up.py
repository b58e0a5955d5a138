"""The form after a call: usable at once, kept while typed, put aside by a ring, never written over."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from copilot_desktop.calls.errors import StoreError
from copilot_desktop.calls.events import (
    CallId,
    HistoryChanged,
    JudgementChanged,
    JudgementStage,
    Readiness,
    WrapUpChanged,
)
from copilot_desktop.report.judgement import Claim
from copilot_desktop.report.judging.verdict import KeptVerdict
from copilot_desktop.ui.report.report_view import ReportView
from copilot_desktop.ui.wrap_up.wrap_ups import KEEP_AFTER_MS
from tests.ui.conftest import Stage
from tests.unit.report.judging.test_marking import checked, verdict

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def desk(stage: Stage) -> Stage:
    """A window that asks for a form after each call."""
    stage.shell.wraps_up = True
    return stage


def ended_call(desk: Stage) -> CallId:
    call = desk.call()
    desk.clock.wait(60)
    desk.desk.hang_up(call)
    desk.look()
    return call


def typed(desk: Stage, words: str) -> None:
    field = QApplication.focusWidget()
    assert field is not None
    QTest.keyClicks(field, words)


def has_form(desk: Stage) -> bool:
    return desk.window.wrap_ups.page.isVisible()


def kept(desk: Stage) -> list[WrapUpChanged]:
    return desk.shell.wrap_ups


def judge(desk: Stage, call: CallId) -> None:
    """An AI has read the call."""
    made = verdict(
        {},
        summary=(Claim(text="The parcel is late.", evidence=checked("yes", "late").evidence),),
        outcome=Claim(text="Follow-up needed", evidence=checked("yes", "late").evidence),
        follow_ups=(Claim(text="Call on Friday", evidence=checked("yes", "late").evidence),),
    )
    desk.shell.judgements[call] = KeptVerdict(version=1, verdict=made, objections=())
    desk.desk.feed.publish(JudgementChanged(call_id=call, stage=JudgementStage.DONE))
    QApplication.processEvents()


def test_the_form_is_there_at_once_and_ctrl_enter_opens_the_report(desk: Stage) -> None:
    call = ended_call(desk)
    assert has_form(desk)
    assert desk.window.wrap_ups.page.form.outcome.currentText() == "Not chosen", "suggested, never preset"
    typed(desk, "Parcel is late.")
    desk.key(Qt.Key.Key_Return, CTRL)
    assert not has_form(desk)
    view = desk.window.pages.currentWidget()
    assert isinstance(view, ReportView)
    assert view.call_id == call
    assert (kept(desk)[-1].summary, kept(desk)[-1].is_saved) == ("Parcel is late.", True)


def test_save_and_ready_opens_no_report(desk: Stage) -> None:
    ended_call(desk)
    desk.window._bridge.set_ready(False)
    desk.key(Qt.Key.Key_N, CTRL, SHIFT)
    assert not has_form(desk)
    assert not isinstance(desk.window.pages.currentWidget(), ReportView)
    assert desk.desk.readiness is Readiness.READY
    assert kept(desk)[-1].is_saved


def test_what_is_typed_is_kept_within_a_second(desk: Stage) -> None:
    ended_call(desk)
    before = len(kept(desk))
    typed(desk, "Par")
    assert KEEP_AFTER_MS <= 750
    assert "Saving" in desk.window.wrap_ups.page.sign.text()
    desk.qtbot.waitUntil(lambda: len(kept(desk)) > before)
    assert (kept(desk)[-1].summary, kept(desk)[-1].is_saved) == ("Par", False)
    assert "Saved" in desk.window.wrap_ups.page.sign.text()


def test_a_disk_that_takes_nothing_is_told_and_the_words_stay(desk: Stage) -> None:
    ended_call(desk)
    desk.shell.disk_trouble = StoreError("disk full")
    typed(desk, "Parcel")
    desk.window.wrap_ups.keep()
    assert "Not saved" in desk.window.wrap_ups.page.sign.text()
    desk.desk.feed.publish(HistoryChanged(is_failing=True))
    QApplication.processEvents()
    assert "Not saved" in desk.window.wrap_ups.page.sign.text()
    assert desk.window.wrap_ups.page.form.summary.toPlainText() == "Parcel"


def test_a_call_puts_the_form_aside_and_it_comes_back_with_its_words(desk: Stage) -> None:
    ended_call(desk)
    typed(desk, "Parcel")
    second = desk.call(caller="+12025550143")
    assert not has_form(desk)
    button = desk.window.header.wrap_up_button
    assert button.isVisible()
    assert "1" in button.text()
    assert kept(desk)[-1].summary == "Parcel"
    desk.desk.hang_up(second)
    desk.look()
    assert has_form(desk), "the new call's form"
    assert desk.window.wrap_ups.page.form.summary.toPlainText() == ""
    desk.key(Qt.Key.Key_N, CTRL, SHIFT)
    button.click()
    assert has_form(desk)
    assert desk.window.wrap_ups.page.form.summary.toPlainText() == "Parcel"
    assert not button.isVisible()


def test_a_late_proposal_fills_an_empty_summary_and_sets_no_outcome(desk: Stage) -> None:
    call = ended_call(desk)
    judge(desk, call)
    form = desk.window.wrap_ups.page.form
    assert form.summary.toPlainText() == "The parcel is late."
    assert form.outcome.currentText() == "Not chosen"
    assert "Follow-up needed" in form.suggested.text()
    assert not form.values(is_saved=False).is_summary_own
    form.accept_button.click()
    form.suggested.click()
    form.suggested_follow_up.click()
    values = form.values(is_saved=False)
    assert values.is_summary_own
    assert (values.outcome, values.follow_up) == ("Follow-up needed", "Call on Friday")


def test_a_late_proposal_never_writes_over_the_agents_words(desk: Stage) -> None:
    call = ended_call(desk)
    typed(desk, "My own words")
    judge(desk, call)
    form = desk.window.wrap_ups.page.form
    assert form.summary.toPlainText() == "My own words"
    assert form.use_button.isVisible()
    form.use_button.click()
    assert form.summary.toPlainText() == "The parcel is late."
    form.summary.undo()
    assert form.summary.toPlainText() == "My own words", "and the agent's come back by undo"


def test_a_judge_that_fails_is_told(desk: Stage) -> None:
    call = ended_call(desk)
    desk.desk.feed.publish(JudgementChanged(call_id=call, stage=JudgementStage.FAILED))
    QApplication.processEvents()
    assert "write your own" in desk.window.wrap_ups.page.form.summary_sign.text()


def test_forms_of_an_earlier_run_wait_in_the_header(desk: Stage) -> None:
    call = desk.call()
    desk.desk.hang_up(call)
    desk.shell.wraps_up = False
    desk.look()
    desk.shell.wrap_ups[:] = [
        WrapUpChanged(call_id=CallId("left"), at_ms=9000, notes="ring back", tags=("late",))
    ]
    desk.window.wrap_ups.put_aside()
    desk.window.wrap_ups.restore()
    QApplication.processEvents()
    button = desk.window.header.wrap_up_button
    assert button.isVisible()
    assert not has_form(desk), "it waits until it is wanted"


def test_the_notes_and_marks_of_the_call_stand_in_the_form(desk: Stage) -> None:
    call = desk.call()
    desk.desk.bookmark(call, "price agreed")
    desk.look()
    desk.desk.hang_up(call)
    desk.look()
    assert "price agreed" in desk.window.wrap_ups.page.form.notes.toPlainText()


def test_a_call_that_nobody_answered_gets_no_form(desk: Stage) -> None:
    call = desk.ring()
    desk.desk.decline(call)
    desk.look()
    assert not has_form(desk)


def test_a_pause_after_the_call_ends_by_itself(desk: Stage) -> None:
    desk.shell.wrap_up_pause_s = 1
    assert desk.desk.readiness is Readiness.READY
    ended_call(desk)
    assert desk.desk.readiness is not Readiness.READY
    desk.qtbot.waitUntil(lambda: desk.desk.readiness is Readiness.READY, timeout=3000)
    assert has_form(desk), "the form stays"
