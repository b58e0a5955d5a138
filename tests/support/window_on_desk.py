"""One call on the real desk and in the real window, under virtual time: a caller speaks, keys are pressed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from copilot_desktop import exporting
from copilot_desktop import report as report_room
from copilot_desktop.audio.frame import SILENCE
from copilot_desktop.calls.desk import Answer
from copilot_desktop.calls.events import CallEvent, CallId
from copilot_desktop.calls.states import Mode
from copilot_desktop.report import CallReport, exports
from copilot_desktop.report.choice import ExportChoice
from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.main_window import MainWindow
from copilot_desktop.ui.report.report_view import ReportView
from copilot_desktop.ui.ringing.ring_tone import RingTone
from copilot_desktop.ui.widgets.theme import Theme
from tests.support.fake_headset import FakeHeadset
from tests.support.fake_shell import RESOURCES, FakeShell
from tests.support.puppets import TONE
from tests.support.virtual_call import VirtualCall

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class LoopShell(FakeShell):
    """Its work are tasks of the running loop, and its exports real files."""

    def __init__(
        self, folder: Path, facts: dict[CallId, list[CallEvent]], *, has_microphone: bool = False
    ) -> None:
        super().__init__(folder, facts, has_microphone=has_microphone)
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def export_name(self, report: CallReport, extension: str) -> str:
        return exports.file_name(report, extension)

    async def export(
        self,
        calls: Sequence[CallId],
        choice: ExportChoice,
        target: Path,
        told: Callable[[int, int], None],
    ) -> list[Path]:
        async def read(call: CallId) -> exporting.Exportable:
            return exporting.Exportable(report_room.build(self.facts[call]))

        return await exporting.export_calls(calls, choice, target, read, told)


class _NoTone(RingTone):
    """Tests make no noise."""

    def prepare(self) -> None:
        return

    def start(self) -> None:
        return


class WindowOnDesk(VirtualCall):
    """A `VirtualCall` that is answered, and afterwards seen and ordered, in the window.

    Everything the caller says or waits passes time; the window looks on every 0.4 s.
    """

    def __init__(
        self,
        folder: Path,
        *,
        has_microphone: bool = False,
        headset: FakeHeadset | None = None,
        greeting: str | None = None,
    ) -> None:
        self.headset = headset or (FakeHeadset() if has_microphone else None)
        super().__init__(headset=self.headset, greeting=greeting)
        self.by_call: dict[CallId, list[CallEvent]] = {}
        self.feed.subscribe(self._keep)
        self.shell = LoopShell(folder, self.by_call, has_microphone=self.headset is not None)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self.theme = Theme(app, RESOURCES, self.shell.preferences)
        bridge = Bridge(self.desk, asyncio.get_running_loop().time)
        tone = _NoTone(RESOURCES / "sounds" / "ring.wav")
        self.window = MainWindow(bridge, self.shell, theme=self.theme, tone=tone)
        self.look_every = 20
        """Frames of the line between two looks of the window; more of them for long waits."""
        self._frames = 0
        self._before = _dialogs()

    async def __aenter__(self) -> WindowOnDesk:
        self.window.show()
        self.window.activateWindow()
        await self.settle()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.desk.close()
        await self.settle()
        self.window.finish()
        self.window.deleteLater()
        self.theme.deleteLater()
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.setStyleSheet("")
        app.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def _keep(self, fact: object) -> None:
        if isinstance(fact, CallEvent):
            self.by_call.setdefault(fact.call_id, []).append(fact)

    # The world.

    async def answered(self, mode: Mode = Mode.AI_SPEAKS, *, is_practice: bool = False) -> None:
        """Ring, be answered in the window by key, and open the stream."""
        self.shell.start_mode = mode
        ringing = asyncio.create_task(self.ring(is_practice=is_practice))
        await asyncio.sleep(0.2)
        self.look()
        await asyncio.sleep(0.8)
        self.key(Qt.Key.Key_F2)
        assert await ringing is Answer.CONNECT
        self.open_link()
        self.look()

    async def pass_frame(self, data: bytes) -> None:
        await super().pass_frame(data)
        self._frames += 1
        if self._frames % self.look_every == 0:
            self.look()

    async def agent_speaks(self, duration_ms: int = 1000, sound: bytes = TONE) -> None:
        """The agent makes sound, or their microphone hears none; the caller is silent."""
        assert self.headset is not None
        for _ in range(duration_ms // 20):
            self.headset.speak(sound)
            await self.pass_frame(SILENCE)

    # The agent.

    def look(self) -> None:
        """Let the window poll, tick and paint."""
        self.window._bridge.poll()
        self.window._tick()
        QApplication.processEvents()

    async def settle(self) -> None:
        """Let what was begun in a thread, or between two widgets, come to its end."""
        for _ in range(10):
            await asyncio.sleep(0.02)
            QApplication.processEvents()

    def key(self, key: Qt.Key, *modifiers: Qt.KeyboardModifier) -> None:
        """Press a key where the focus is."""
        held = Qt.KeyboardModifier.NoModifier
        for modifier in modifiers:
            held |= modifier
        QTest.keyClick(QApplication.focusWidget() or self.window, key, held)
        QApplication.processEvents()

    def type(self, words: str) -> None:
        """Type where the focus is."""
        focused = QApplication.focusWidget()
        assert focused is not None
        QTest.keyClicks(focused, words)

    @property
    def report(self) -> ReportView:
        """The report on screen."""
        page = self.window.pages.currentWidget()
        assert isinstance(page, ReportView)
        return page

    def dialogs(self) -> list[QWidget]:
        """Every dialog, and whatever else keeps the window from being used, since the start."""
        modal = QApplication.activeModalWidget()
        return [widget for widget in _dialogs() if widget not in self._before or widget is modal]

    def strip(self) -> str:
        """The words of the message over the page; empty without one."""
        strips = [strip for strip in self.window.strips._strips if strip.isVisible()]
        return strips[0].accessibleName() if strips else ""

    def band(self) -> str:
        """The words of the band over the call; empty without one."""
        band = self.window.state_band
        return band.accessibleName() if band.isVisible() else ""


def _dialogs() -> list[QWidget]:
    shown = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    return [widget for widget in shown if isinstance(widget, QDialog) or widget.isModal()]
