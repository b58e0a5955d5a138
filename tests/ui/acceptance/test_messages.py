"""What goes wrong is told in the agent's words, in a strip, and the first button does what it says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog

from copilot_desktop.calls.errors import EngineFault
from copilot_desktop.calls.events import CallId, Problem
from copilot_desktop.calls.states import Mode
from copilot_desktop.messages import BACKUPS
from copilot_desktop.report.choice import ExportChoice, ExportFormat
from copilot_desktop.ui.report.report_view import ReportView
from copilot_desktop.ui.settings.engine_words import BILLING_URL
from tests.ui.conftest import Stage

PACKAGE = Path(__file__).parents[3] / "copilot_desktop"
FORBIDDEN = re.compile(
    r"oops|exception\b|invalid token|webhook|contact your administrator|\berror:|\b\d{3,} ms\b|traceback",
    re.IGNORECASE,
)
MARKS = ("tr", "_tr", "_mark", "translate")
NOT_IN_A_STRIP = {
    Problem.MICROPHONE_MISSING: "the band says it, and the strip of the sound devices",
    Problem.MICROPHONE_SILENT: "the same",
    Problem.LINK_LOST: "the band says it",
}


def _shown_texts() -> Iterator[tuple[str, str]]:
    """Every sentence that the window or the messages can show, with the file it is from."""
    for path in (*(PACKAGE / "ui").rglob("*.py"), *(PACKAGE / "messages").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        wanted: Iterator[ast.AST] = ast.walk(tree)
        if path.parent.name != "messages":
            calls = (node for node in wanted if isinstance(node, ast.Call) and _name(node) in MARKS)
            wanted = (inner for call in calls for each in call.args for inner in ast.walk(each))
        for node in wanted:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield path.name, node.value


def _name(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_no_text_of_the_window_uses_a_forbidden_word() -> None:
    texts = list(_shown_texts())
    assert len(texts) > 600
    assert [(name, text) for name, text in texts if FORBIDDEN.search(text)] == []


def _strip_words(stage: Stage) -> str:
    strips = [strip for strip in stage.window.strips._strips if strip.isVisible()]
    return strips[0].accessibleName() if strips else ""


def _buttons(stage: Stage) -> list[QAbstractButton]:
    strip = next(strip for strip in stage.window.strips._strips if strip.isVisible())
    return list(strip._buttons)


def _no_dialog() -> bool:
    shown = [each for each in QApplication.topLevelWidgets() if each.isVisible()]
    return not any(isinstance(each, QDialog) or each.isModal() for each in shown)


@pytest.mark.parametrize("problem", [each for each in Problem if each not in BACKUPS])
def test_every_problem_of_a_call(stage: Stage, problem: Problem) -> None:
    call = stage.call(Mode.AI_SPEAKS)
    stage.desk.caller_speaks(call, is_in_turn=True)
    stage.look()
    stage.desk.caller_speaks(call, is_in_turn=False)
    stage.look()
    stage.desk.problem(call, problem)
    stage.clock.wait(3)
    stage.look()
    assert _no_dialog()
    if problem in NOT_IN_A_STRIP:
        assert not stage.window.problem_strip.isVisible(), NOT_IN_A_STRIP[problem]
        return
    title, _, text = _strip_words(stage).partition(". ")
    assert title
    assert text.endswith("."), text
    assert not FORBIDDEN.search(f"{title} {text}")
    if buttons := _buttons(stage):
        _press_first(stage, call, buttons[0])


def _press_first(stage: Stage, call: CallId, button: QAbstractButton) -> None:
    deeds = {"Take over": "take_over", "Play the notice": "play_notice"}
    words = button.text().split("   ")[0]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert stage.desk.names()[-1] == deeds[words]
    assert stage.desk.orders[-1].call_id == call


TAKE_OVER = (
    Problem.TRANSCRIBER_FAILED,
    Problem.WRITER_FAILED,
    Problem.WRITER_SLOW,
    Problem.VOICE_FAILED,
)


@pytest.mark.parametrize("problem", TAKE_OVER)
def test_what_stops_the_ai_offers_to_take_over_first(stage: Stage, problem: Problem) -> None:
    call = stage.call(Mode.AI_SPEAKS)
    stage.desk.problem(call, problem)
    stage.look()
    assert _buttons(stage)[0].text().startswith("Take over")
    QTest.mouseClick(_buttons(stage)[0], Qt.MouseButton.LeftButton)
    stage.desk.problem(call, problem)
    stage.look()
    assert stage.desk.names()[-1] == "take_over"
    assert not any(b.text().startswith("Take over") for b in _buttons(stage)), "the agent has it by now"


@pytest.mark.parametrize(
    ("fault", "words", "leads_to"),
    [
        (EngineFault.KEY_REFUSED, "Enter the key again", "accounts"),
        (EngineFault.MODEL_MISSING, "Choose another model", "ai"),
        (EngineFault.NO_CREDIT, "Open the billing page", BILLING_URL),
        (EngineFault.UNREACHABLE, "", ""),
    ],
)
def test_a_backup_leads_to_what_only_a_person_can_mend(
    stage: Stage, fault: EngineFault, words: str, leads_to: str
) -> None:
    messages = stage.window.messages
    messages.outside_asked.disconnect()  # No test opens a browser.
    led: list[str] = []
    messages.page_asked.connect(led.append)
    messages.outside_asked.connect(led.append)
    stage.desk.backup(stage.call(), Problem.BACKUP_VOICE, fault.value)
    stage.look()
    assert [button.text() for button in _buttons(stage)[:1]] == ([words] if words else [])
    if words:
        QTest.mouseClick(_buttons(stage)[0], Qt.MouseButton.LeftButton)
    assert led == ([leads_to] if leads_to else [])


def test_the_notice_that_failed(stage: Stage) -> None:
    call = stage.call()
    stage.desk.notice_failed(call)
    stage.look()
    assert _strip_words(stage) == (
        "The recording notice was not played. "
        "Recording is paused until it is. Say it yourself or play it again."
    )
    assert [b.text() for b in _buttons(stage)] == ["Play the notice", "I said it myself"]
    QTest.mouseClick(_buttons(stage)[0], Qt.MouseButton.LeftButton)
    assert stage.desk.names()[-1] == "play_notice"


def test_quitting_in_a_call_stays_by_default(stage: Stage) -> None:
    stage.call()
    stage.window.quitting.ask()
    strip = stage.window.quit_strip
    assert strip.accessibleName().startswith("The call with +1 202 555 0142 is still running. If you quit")
    assert [b.text() for b in strip._buttons] == ["Stay in the call", "End call and quit"]
    assert _no_dialog()
    QTest.mouseClick(strip._buttons[0], Qt.MouseButton.LeftButton)
    assert "hang_up" not in stage.desk.names()
    assert not strip.isVisible()


def test_an_export_that_fails_says_so_and_leads_to_another_name(stage: Stage, tmp_path: Path) -> None:
    stage.call()
    stage.clock.wait(5)
    stage.key(Qt.Key.Key_F12, Qt.KeyboardModifier.ControlModifier)
    page = stage.window.pages.currentWidget()
    assert isinstance(page, ReportView)
    page.choose_export()
    choice = ExportChoice(format=ExportFormat.TXT)
    page.exporter.export_to(choice, tmp_path / "none" / "report.txt")
    strip = page.export_strip
    assert strip.accessibleName().startswith("The report was not saved. “report.txt” is open in another")
    assert not FORBIDDEN.search(strip.accessibleName())
    assert [button.text() for button in strip._buttons] == ["Choose another name", "Open folder"]
    QTest.mouseClick(strip._buttons[0], Qt.MouseButton.LeftButton)
    assert page.exporter.dialog is not None
    assert page.exporter.dialog.isVisible()
    assert not strip.isVisible()
    page.exporter.dialog.close()
