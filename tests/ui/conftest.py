"""A window on a fake desk: real widgets, real bridge, real feed, a clock moved by hand, no sound."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest  # noqa: E402 - the platform must stand before Qt is imported
from PySide6.QtCore import Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402
from pytestqt.qtbot import QtBot  # noqa: E402

from copilot_desktop.calls.events import CallId  # noqa: E402
from copilot_desktop.calls.states import Mode  # noqa: E402
from copilot_desktop.ui.bridge import Bridge  # noqa: E402
from copilot_desktop.ui.main_window import MainWindow  # noqa: E402
from copilot_desktop.ui.ringing.ring_tone import RingTone  # noqa: E402
from copilot_desktop.ui.widgets.theme import Theme  # noqa: E402
from tests.support.fake_bridge_desk import FakeBridgeDesk, HandClock  # noqa: E402
from tests.support.fake_shell import RESOURCES, FakeShell  # noqa: E402


class QuietTone(RingTone):
    """Keeps count instead of making a sound."""

    is_ringing = False

    def prepare(self) -> None:
        return

    def start(self) -> None:
        self.is_ringing = True

    def stop(self) -> None:
        self.is_ringing = False


@dataclass
class Stage:
    """Everything a window test needs."""

    qtbot: QtBot
    clock: HandClock
    desk: FakeBridgeDesk
    shell: FakeShell
    window: MainWindow
    tone: QuietTone

    def key(self, key: Qt.Key, *modifiers: Qt.KeyboardModifier) -> None:
        """Press a key where the focus is."""
        wanted = Qt.KeyboardModifier.NoModifier
        for modifier in modifiers:
            wanted |= modifier
        QTest.keyClick(QApplication.focusWidget() or self.window, key, wanted)

    def ring(self, caller: str = "+12025550142", **about: Any) -> CallId:
        """Ring, and let the window see it."""
        call_id = self.desk.ring(caller, **about)
        QApplication.processEvents()
        return call_id

    def call(self, mode: Mode = Mode.AI_SPEAKS, **about: Any) -> CallId:
        """Ring, answer, connect."""
        call_id = self.ring(**about)
        self.clock.wait(1)
        self.window.ringing.answer(mode, self.clock())
        self.desk.connect(call_id)
        self.look()
        return call_id

    def look(self) -> None:
        """Let the window poll and draw."""
        self.window._bridge.poll()
        self.window._tick()
        QApplication.processEvents()


@pytest.fixture
def stage(qtbot: QtBot, tmp_path: Path) -> Iterator[Stage]:
    """A shown window with no microphone."""
    yield from _stage(qtbot, tmp_path, has_microphone=False)


@pytest.fixture
def stage_with_microphone(qtbot: QtBot, tmp_path: Path) -> Iterator[Stage]:
    """The same with a microphone."""
    yield from _stage(qtbot, tmp_path, has_microphone=True)


def _stage(qtbot: QtBot, folder: Path, *, has_microphone: bool) -> Iterator[Stage]:
    clock = HandClock()
    desk = FakeBridgeDesk(clock, has_microphone=has_microphone)
    shell = FakeShell(folder, desk.facts, has_microphone=has_microphone)
    tone = QuietTone(RESOURCES / "sounds")
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme = Theme(app, shell.resources, shell.preferences)
    window = MainWindow(Bridge(desk, clock), shell, theme=theme, tone=tone)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    yield Stage(qtbot, clock, desk, shell, window, tone)
    window.finish()
    theme.deleteLater()
    app.setStyleSheet("")
