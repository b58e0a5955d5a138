"""The first front end's life: Qt, its loop under asyncio, the main window, and the stop in order."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

from copilot_desktop import diagnostics
from copilot_desktop.app import MODES, Program
from copilot_desktop.calls.errors import CopilotError, StoreError
from copilot_desktop.calls.events import CallEvent, CallId
from copilot_desktop.calls.ports import CallSummary
from copilot_desktop.calls.states import Mode
from copilot_desktop.config import Settings, resources
from copilot_desktop.exporting import export_report
from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.main_window import MainWindow
from copilot_desktop.ui.shell import ScenarioCard

if TYPE_CHECKING:
    from copilot_desktop.report import CallReport
    from copilot_desktop.store import Store

log = logging.getLogger("copilot.app")

NUMBER_STEPS = (
    "Get a phone number and its account's SID and token from Twilio.",
    "Give this computer a public address: a tunnel, or your own https address.",
    "Put both into the file .env, as .env.example shows.",
    "Set the number's voice address to https://YOUR-ADDRESS/twilio/voice.",
    "Start again, and call your number.",
)
_LISTED = 500


def run_window(
    settings: Settings, *, starts_practice: bool = False, scenario: str | None = None, mode: str | None = None
) -> int:
    """Show the window until it is closed; with `starts_practice` a practice call rings at once.

    Raises:
        CopilotError: the history or the port cannot be had.
    """
    app = make_application()
    with asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
        runner.get_loop().set_exception_handler(diagnostics.report_loop_trouble)
        desktop = runner.run(_make(settings))
        return runner.run(desktop.live(scenario if starts_practice else None, mode, starts_practice))


def make_application() -> QApplication:
    """Return the one QApplication of this process."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("AI Call CoPilot")
    app.setDesktopFileName("ai-call-copilot")
    # The window's closing starts the stop in order; Qt must not quit before that.
    app.setQuitOnLastWindowClosed(False)
    return app


async def _make(settings: Settings) -> Desktop:
    return Desktop(settings)


class Desktop:
    """The window and the program behind it."""

    def __init__(self, settings: Settings) -> None:
        self.program = Program(settings)
        self.shell = ProgramShell(self.program, settings)
        self.bridge = Bridge(self.program.desk)
        self.window = MainWindow(self.bridge, self.shell)
        self._closing = asyncio.Event()
        self.window.close_asked.connect(self.close)

    def close(self) -> None:
        """Begin the stop in order; `live` returns when it is done."""
        self._closing.set()

    async def live(self, scenario: str | None, mode: str | None, starts_practice: bool) -> int:
        """Show the window, start what is behind it, and stop all in order when it is closed."""
        watch = asyncio.create_task(diagnostics.LoopWatch().run())
        self.window.show_engine_line("Loading speech and language…")
        self.window.show()
        log.info("window shown")
        try:
            await asyncio.sleep(0.01)  # The window paints itself first.
            self.window.tone.prepare()  # Qt's sound holds the loop up once, so before anybody can call.
            port = await self.program.start(self.program.settings.port)
            log.info("listening on port %d", port)
            self.program.spawn(self._tell_engines())
            self.window.refresh_history()
            if starts_practice:
                self.window.start_practice(scenario or "", MODES[mode or "ai"])
            await self._closing.wait()
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
            await self.program.stop()
            self.window.finish()
        return 0

    async def _tell_engines(self) -> None:
        try:
            await self.program.wait_for_engines()
        except CopilotError as error:
            self.window.show_engine_line(f"Speech and answers do not work: {error}")
            return
        self.window.show_engine_line(
            "On this computer: speech recognition, voice, playbook answers. No AI connected."
        )
        log.info("engines ready")


class ProgramShell:
    """What the window may ask of the program. Implements `ui.shell.Shell`."""

    def __init__(self, program: Program, settings: Settings) -> None:
        self._program = program
        self.resources: Path = resources()
        self.preferences = QSettings(str(settings.data_dir / "window.ini"), QSettings.Format.IniFormat)
        self.ring_s = settings.ring_s
        self.start_mode: Mode = MODES[settings.start_mode]
        self.number_steps: Sequence[str] = NUMBER_STEPS

    def has_microphone(self) -> bool:
        return self._program.has_headset

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._program.spawn(work)

    def scenarios(self) -> Sequence[ScenarioCard]:
        return [
            ScenarioCard(scenario.name, scenario.title, scenario.goal)
            for scenario in self._program.scenarios().values()
        ]

    def start_practice(self, name: str, mode: Mode) -> None:
        scenarios = self._program.scenarios()
        self._program.spawn(self._program.practise(scenarios.get(name) or next(iter(scenarios.values()))))

    async def recent_calls(self) -> list[CallSummary]:
        return await self._store().recent(_LISTED)

    async def search_calls(self, words: str) -> list[CallSummary]:
        return await self._store().search(words, _LISTED)

    async def read_call(self, call_id: CallId) -> list[CallEvent]:
        return await self._store().read(call_id)

    async def build_report(self, events: Sequence[CallEvent]) -> CallReport:
        from copilot_desktop.report import build

        return await asyncio.to_thread(build, events)

    def export_name(self, report: CallReport, extension: str) -> str:
        from copilot_desktop.report import exports

        return exports.file_name(report, extension)

    async def export(self, call_id: CallId, extension: str, path: Path) -> None:
        await export_report(await self.build_report(await self.read_call(call_id)), extension, path)

    def _store(self) -> Store:
        if self._program.store is None:
            raise StoreError("The history is not open yet.")
        return self._program.store
