"""The phone rings while somebody types elsewhere: each key goes where it should, nothing is answered."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from copilot_desktop.calls.states import Mode
from tests.support.typing_program import LETTER
from tests.ui.conftest import Stage

ROOT = Path(__file__).parents[3]


@pytest.fixture
def letter(stage: Stage) -> QLineEdit:
    """Another window, in which the agent is writing."""
    field = QLineEdit()
    stage.qtbot.addWidget(field)
    with stage.qtbot.waitExposed(field):
        field.show()
    field.activateWindow()
    stage.qtbot.waitUntil(field.isActiveWindow)
    field.setFocus()
    return field


@pytest.mark.skipif(shutil.which("xvfb-run") is None, reason="needs a real display: xvfb-run")
def test_every_key_reaches_the_other_window(tmp_path: Path) -> None:
    """On a display of its own, for the offscreen platform gives every new window the focus."""
    program = (sys.executable, "-m", "tests.support.typing_program", str(tmp_path))
    done = subprocess.run(
        ("xvfb-run", "-a", *program),
        env={**os.environ, "QT_QPA_PLATFORM": "xcb"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found == {"letter": LETTER, "lost_at": [], "is_ringing_shown": True, "orders": []}


@pytest.mark.parametrize("mine", [False, True])
def test_for_700_ms_nothing_answers(stage: Stage, letter: QLineEdit, mine: bool) -> None:
    """By key, by another key, by click; then the next press does, once."""
    ringing = stage.window.ringing
    button = ringing.myself_button if mine else ringing.answer_button
    held = Qt.KeyboardModifier.ControlModifier if mine else Qt.KeyboardModifier.NoModifier
    stage.ring()
    for _ in range(7):
        QTest.keyClick(letter, Qt.Key.Key_F2, held)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        QTest.keyClick(ringing, Qt.Key.Key_F2, Qt.KeyboardModifier.ShiftModifier)
        QTest.mouseClick(ringing.decline_button, Qt.MouseButton.LeftButton)
        assert stage.desk.orders == []
        stage.clock.wait(0.099)
    stage.clock.wait(0.1)
    for _ in range(3):
        QTest.keyClick(letter, Qt.Key.Key_F2, held)
    assert [(order.name, order.detail) for order in stage.desk.orders] == [
        ("accept", (Mode.AGENT_SPEAKS if mine else Mode.AI_SPEAKS,))
    ]


def test_a_second_call_takes_no_key_either(stage: Stage) -> None:
    stage.call(Mode.AI_SPEAKS)
    stage.key(Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    field = stage.window.call_page.say_box.field
    QTest.keyClicks(field, "One ")
    stage.ring("+12025550177")
    stage.look()
    assert stage.window.second_strip.isVisible()
    assert not stage.window.ringing.isVisible(), "in a call only the quiet strip"
    assert QApplication.focusWidget() is field
    QTest.keyClicks(field, "moment")
    assert field.text() == "One moment"
    assert stage.desk.names() == ["accept"]
