"""Played: a whole window before a played desk: facts through the real feed and bridge, a hand-set clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.calls.states import Mode
from copilot_desktop.ui.bridge import PAINT_INTERVAL_MS, Bridge
from copilot_desktop.ui.main_window import MainWindow
from copilot_desktop.ui.ringing.ring_tone import RingTone
from copilot_desktop.ui.widgets.theme import Theme
from tests.shots.looks import Look
from tests.support.fake_bridge_desk import FakeBridgeDesk, HandClock
from tests.support.fake_shell import RESOURCES, FakeShell


class _NoTone(RingTone):
    """Pictures make no noise."""

    def prepare(self) -> None:
        return

    def start(self) -> None:
        return


class Played:
    """What a moment needs: the desk to tell facts, the window to press in, the clock to wait with."""

    def __init__(self, app: QApplication, folder: Path, look: Look, *, has_microphone: bool) -> None:
        self.clock = HandClock()
        self.desk = FakeBridgeDesk(self.clock, has_microphone=has_microphone)
        self.shell = FakeShell(folder, self.desk.facts, has_microphone=has_microphone)
        self.shell.remember(9)
        self.theme = Theme(app, self.shell.resources, self.shell.preferences)
        look.put_on(self.theme)
        tone = _NoTone(RESOURCES / "sounds")
        self.window = MainWindow(Bridge(self.desk, self.clock), self.shell, theme=self.theme, tone=tone)
        self.window.resize(look.width, look.height)
        self.window.show()
        self.window.activateWindow()
        settle()

    def close(self) -> None:
        self.window.finish()
        delete_now(self.window)
        delete_now(self.theme)

    def look(self, *, after_s: float = 0.0) -> None:
        """Let time pass, and the window poll and draw."""
        self.clock.wait(after_s)
        self.window._bridge.poll()
        self.window._tick()
        if self.window._bridge._moving:
            QTest.qWait(2 * PAINT_INTERVAL_MS)
        settle()

    def press(self, name: str) -> None:
        """Trigger one of the window's actions."""
        self.window.actions_[name].trigger()
        self.look()

    def ring(self, caller: str = "+12025550142", **about: Any) -> CallId:
        """Ring, and let a second pass, so that clicks count."""
        call_id = self.desk.ring(caller, **about)
        self.look()
        self.look(after_s=1.2)
        return call_id

    def answer(self, call_id: CallId, mode: Mode) -> None:
        """Answer what rings, and open its stream."""
        self.window.ringing.answer(mode, self.clock())
        self.look(after_s=1)
        self.desk.connect(call_id)
        self.look(after_s=2)

    def say(
        self, call_id: CallId, name: str, text: str, party: Party = Party.CALLER, *, unheard: str = ""
    ) -> None:
        """Have something said, and heard or cut."""
        self.desk.words(call_id, name, text, party)
        self.clock.wait(1 + len(text) / 20)
        self.desk.said(call_id, name, text, party, unheard=unheard)
        self.look(after_s=1)


@contextmanager
def played(app: QApplication, folder: Path, look: Look, *, has_microphone: bool = True) -> Iterator[Played]:
    """Open a window, and close it again."""
    made = Played(app, folder, look, has_microphone=has_microphone)
    try:
        yield made
    finally:
        made.close()
        app.setStyleSheet("")


def settle() -> None:
    """Let what grows ask its parent for room, and that its own."""
    for _ in range(4):
        QApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def delete_now(made: QObject) -> None:
    """Delete at once: outside of an event loop `deleteLater` alone never does."""
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
