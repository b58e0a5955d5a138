"""A practice call says so in every window, export and file name, and a real one never does."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from copilot_desktop import report as report_room
from copilot_desktop.calls.states import Mode
from copilot_desktop.report import exports
from copilot_desktop.report.choice import ExportChoice, ExportFormat
from copilot_desktop.ui.report.report_view import ReportView
from tests.support.window_on_desk import CTRL, WindowOnDesk
from tests.ui.conftest import Stage

Run = Callable[[Coroutine[Any, Any, None]], None]


@pytest.mark.parametrize("is_practice", [True, False])
def test_every_export(qapp: QApplication, run: Run, tmp_path: Path, is_practice: bool) -> None:
    async def main() -> None:
        async with WindowOnDesk(tmp_path, greeting="") as call:
            await call.answered(Mode.AI_SPEAKS, is_practice=is_practice)
            await call.speak("Where is my order")
            await call.listen_to_end()
            await call.listen(2500)
            call.key(Qt.Key.Key_F12, CTRL)
            await call.settle()
            report = report_room.build(call.by_call[call.call_id])
            assert report.is_practice is is_practice
            for format in ExportFormat:
                path = tmp_path / exports.file_name(report, format)
                choice = ExportChoice(format=format)
                await call.shell.export([call.call_id], choice, path, lambda done, all: None)
                assert path.name.startswith("PRACTICE_") is is_practice
                assert _says_practice(path) is is_practice, path.name

    run(main())


def _says_practice(path: Path) -> bool:
    if path.suffix == ".pdf":
        return all("PRACTICE" in page.extract_text() for page in PdfReader(path).pages)
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".json":
        return bool(json.loads(text)["report"]["is_practice"])
    if path.suffix == ".csv":
        (row,) = csv.DictReader(io.StringIO(text))
        return row["practice"] == "yes"
    return "PRACTICE" in text


@pytest.mark.parametrize("is_practice", [True, False])
def test_every_window(stage: Stage, is_practice: bool) -> None:
    window = stage.window
    if not is_practice:
        stage.desk.set_ready(True)
    call = stage.ring(is_practice=is_practice)
    assert _is_marked(window.ringing) is is_practice
    stage.clock.wait(1)
    window.ringing.answer(Mode.AI_SPEAKS, stage.clock())
    stage.desk.connect(call)
    for page in range(2):
        window.header.tabs.setCurrentIndex(page)
        stage.look()
        assert _is_marked(window) is is_practice, f"page {page}"
        assert window.windowTitle().startswith("PRACTICE") is is_practice
    stage.clock.wait(3)
    stage.key(Qt.Key.Key_F12, Qt.KeyboardModifier.ControlModifier)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    report = window.pages.currentWidget()
    assert isinstance(report, ReportView)
    assert _is_marked(report) is is_practice


def _is_marked(widget: QWidget) -> bool:
    labels = [label for label in widget.findChildren(QLabel) if label.isVisible()]
    return any("PRACTICE" in label.text() for label in labels)
