"""The judgement in the report: score, answers with quotes and times, what is open, and "I disagree"."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QPushButton, QWidget

from copilot_desktop.calls.errors import StoreError
from copilot_desktop.calls.events import JudgementChanged, JudgementStage
from copilot_desktop.report.judgement import AnswerState, Claim, Evidence
from copilot_desktop.report.judging.verdict import JudgedAnswer, KeptVerdict, Objection
from copilot_desktop.ui.report.report_view import ReportView
from copilot_desktop.ui.widgets.theme import ThemeChoice
from tests.ui.conftest import Stage
from tests.unit.report.calls import CALL
from tests.unit.report.judging.planted import planted_events
from tests.unit.report.judging.test_marking import checked, objection, verdict


def judge(stage: Stage, *objections: Objection, **answers: JudgedAnswer) -> None:
    made = verdict(answers, summary=(Claim(text="<b>Anna</b> calls.", evidence=checked("yes").evidence),))
    stage.shell.judgements[CALL] = KeptVerdict(version=1, verdict=made, objections=objections)


def opened(stage: Stage) -> ReportView:
    stage.shell.facts[CALL] = planted_events()
    stage.window.open_report(CALL)
    QApplication.processEvents()
    view = stage.window.pages.currentWidget()
    assert isinstance(view, ReportView)
    return view


def tell(stage: Stage, stage_of_it: JudgementStage) -> None:
    stage.desk.feed.publish(JudgementChanged(call_id=CALL, stage=stage_of_it))
    QApplication.processEvents()


def texts(widget: QWidget) -> Iterator[str]:
    return (found.text() for found in widget.findChildren(QLabel) if found.isVisibleTo(widget))


def child(view: ReportView, name: str) -> QWidget:
    found = view.judgement.findChild(QWidget, name)
    assert found is not None, name
    return found


def score(view: ReportView) -> str:
    note = child(view, "scoreNote")
    assert isinstance(note, QLabel)
    return note.text()


def press(view: ReportView, name: str) -> None:
    button = child(view, name)
    assert isinstance(button, QPushButton)
    button.click()
    QApplication.processEvents()


def test_a_judged_call_shows_score_sections_and_checked_quotes(stage: Stage) -> None:
    judge(stage, greeting=checked("yes", "Good morning, Harbor"))
    view = opened(stage)
    assert score(view) == "100 – very good"
    shown = list(texts(view.judgement))
    assert any("Compliance 100 %" in text for text in shown)
    assert "Opening   10 of 10" in shown
    greeting = list(texts(child(view, "answer_greeting")))
    assert greeting[0] == "✓  Greeted, and said the company's name: yes · checked ✓"
    assert "“Good morning, Harbor” AI, 0:02, checked ✓" in greeting
    # Words of an AI are never read as markup.
    (claim,) = [found for found in view.judgement.findChildren(QLabel) if "<b>Anna</b>" in found.text()]
    assert claim.textFormat() is Qt.TextFormat.PlainText


def test_a_quote_leads_to_its_place_in_the_transcript(stage: Stage) -> None:
    judge(stage, resolved=checked("yes", "calls you tomorrow", 24_000))
    view = opened(stage)
    asked: list[int] = []
    view.judgement.moment_asked.connect(asked.append)
    press(view, "show_resolved")
    assert asked == [24_000]


def test_what_is_not_checked_says_so_and_leads_nowhere(stage: Stage) -> None:
    place = Evidence(at_ms=0, end_ms=0, text="never said")
    fell = JudgedAnswer(state=AnswerState.UNVERIFIED, raw_answer="yes", evidence=(place,), note="Not found.")
    judge(stage, feeling=fell)
    feeling = child(opened(stage), "answer_feeling")
    shown = list(texts(feeling))
    assert shown[0] == "?  Acknowledged the caller's feeling: not checked"
    assert "“never said” not checked" in shown
    assert feeling.findChild(QPushButton, "show_feeling") is None


def test_a_failed_call_is_said_in_words(stage: Stage) -> None:
    judge(stage, identity=checked("no"))
    said = score(opened(stage))
    assert said == "Failed: Identity checked before personal data. By the numbers alone, 90 of 100."


def test_without_an_ai_there_is_no_number_and_no_button(stage: Stage) -> None:
    view = opened(stage)
    assert score(view).startswith("No score: no AI was connected to judge the call.")
    assert view.judgement.judge_button is None


def test_a_call_can_be_judged_now_and_shows_what_comes(stage: Stage) -> None:
    stage.shell.has_judge = True
    view = opened(stage)
    press(view, "judgeButton")
    assert stage.shell.judge_orders == [CALL]
    stage.shell.being_judged.add(CALL)
    tell(stage, JudgementStage.BEGAN)
    assert any("is judging this call" in text for text in texts(view.judgement))
    assert view.judgement.judge_button is None
    stage.shell.being_judged.clear()
    judge(stage)
    tell(stage, JudgementStage.DONE)
    assert score(view) == "100 – very good"
    assert view.report is not None
    assert view.report.judgement is not None
    assert view.judgement.judge_button is not None
    assert view.judgement.judge_button.text() == "Judge again"


def test_another_calls_judgement_changes_nothing(stage: Stage) -> None:
    view = opened(stage)
    before = score(view)
    judge(stage)
    stage.desk.feed.publish(JudgementChanged(call_id=stage.ring(), stage=JudgementStage.DONE))
    QApplication.processEvents()
    assert score(view) == before


def test_i_disagree_by_keyboard(stage: Stage) -> None:
    judge(stage)
    view = opened(stage)
    button = child(view, "disagree_resolved")
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    choice, reason = child(view, "newAnswer_resolved"), child(view, "reason_resolved")
    assert isinstance(choice, QComboBox)
    assert isinstance(reason, QLineEdit)
    assert choice.hasFocus()
    assert [choice.itemText(row) for row in range(choice.count())] == ["partly", "no"], "not the same again"
    QTest.keyClick(choice, Qt.Key.Key_Down)
    reason.setFocus()
    QTest.keyClicks(reason, "Anna was not asked.")
    QTest.keyClick(reason, Qt.Key.Key_Return)
    assert stage.shell.objections == [(CALL, "resolved", "no", "Anna was not asked.")]
    judge(stage, objection("resolved", "no", "Anna was not asked."))
    tell(stage, JudgementStage.DONE)
    shown = list(texts(child(view, "answer_resolved")))
    assert shown[0] == "✗  Answered, or a next step with who and when: no · changed by agent, was: yes"
    assert "It is there. Reason of the change: Anna was not asked." in shown
    assert child(view, "disagree_resolved").hasFocus(), "the keyboard goes on where it was"


def test_an_objection_that_cannot_be_kept_is_said_and_stays_to_be_tried_again(stage: Stage) -> None:
    judge(stage)
    view = opened(stage)
    stage.shell.disk_trouble = StoreError("The judgement could not be written: disk full")
    press(view, "disagree_resolved")
    press(view, "saveAnswer_resolved")
    assert view._state.text() == "The judgement could not be written: disk full"
    assert child(view, "newAnswer_resolved").isVisible()
    press(view, "cancelAnswer_resolved")
    assert child(view, "disagree_resolved").isVisible()


@pytest.mark.parametrize("choice", [ThemeChoice.LIGHT, ThemeChoice.DARK])
@pytest.mark.parametrize("steps", [0, 5])
def test_everything_has_a_name_and_room(stage: Stage, choice: ThemeChoice, steps: int) -> None:
    stage.shell.has_judge = True
    stage.window.theme.choose(choice)
    stage.window.theme.resize_text(steps)
    judge(stage)
    stage.window.resize(1024, 640)
    view = opened(stage)
    press(view, "disagree_resolved")
    controls = [
        control
        for kind in (QPushButton, QComboBox, QLineEdit)
        for control in view.judgement.findChildren(kind)
        if control.isVisible()
    ]
    assert len(controls) > 20
    for control in controls:
        assert control.accessibleName(), control.objectName()
        assert control.objectName()

    assert view.judgement.minimumSizeHint().width() <= 380


def test_a_section_that_could_not_be_judged_can_be_tried_again(stage: Stage) -> None:
    stage.shell.has_judge = True
    open_answer = JudgedAnswer(state=AnswerState.CANNOT_TELL, raw_answer="", note="The AI gave no answer.")
    judge(stage, greeting=open_answer, need=open_answer, clarifying=open_answer)
    view = opened(stage)
    assert any(text == "This section could not be judged." for text in texts(view.judgement))
    press(view, "retry_understanding")
    assert stage.shell.judge_orders == [CALL]
    assert view.judgement.findChild(QPushButton, "retry_resolution") is None
    stage.shell.being_judged.add(CALL)
    tell(stage, JudgementStage.BEGAN)
    assert view.judgement.findChild(QPushButton, "retry_understanding") is None
