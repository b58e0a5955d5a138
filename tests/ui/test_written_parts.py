"""In a report: the form after the call, and the checklist, each step of which plays."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from copilot_desktop.ui.report.report_view import ReportView
from tests.ui.conftest import Stage
from tests.unit.report.calls import CALL
from tests.unit.report.test_steps import events


def part(view: ReportView, name: str) -> QWidget:
    assert view.facts is not None
    found = view.facts.findChild(QWidget, name)
    assert found is not None, name
    return found


def words(widget: QWidget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel)]


def test_form_and_steps_stand_in_the_report_and_steps_play(stage: Stage) -> None:
    stage.shell.facts[CALL] = events()
    stage.window.open_report(CALL)
    QApplication.processEvents()
    view = stage.window.pages.currentWidget()
    assert isinstance(view, ReportView)
    form = words(part(view, "reportWrapUp"))
    assert "Ring back · Sam" in form
    assert "Summary (the AI's draft)" in form
    assert not any("Not saved" in each for each in form)
    steps = part(view, "reportChecklist")
    assert "○ Order number (required)" in words(steps)
    asked: list[int] = []
    assert view.facts is not None
    view.facts.moment_asked.connect(asked.append)
    button = steps.findChild(QPushButton, "step_2")
    assert button is not None
    button.click()
    assert asked == [61_000]
