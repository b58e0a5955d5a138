"""The first front end's life: Qt, its loop under asyncio, the main window, and the stop in order."""

from __future__ import annotations

import asyncio
import logging
import shutil
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

from copilot_desktop import crashes, diagnostics
from copilot_desktop.app import MODES, Program
from copilot_desktop.calls.archive import Archive
from copilot_desktop.calls.engine_status import EnginePart, EngineStatus
from copilot_desktop.calls.errors import CopilotError, RecordingElsewhere, StoreError
from copilot_desktop.calls.events import (
    CallEnded,
    CallEvent,
    CallId,
    CallRinging,
    EnginesChanged,
    Fact,
    Source,
    WrapUpChanged,
)
from copilot_desktop.calls.ports import CallSummary
from copilot_desktop.calls.states import Mode
from copilot_desktop.config import SecretKeeper, Settings, resources
from copilot_desktop.engine_set import THIS_COMPUTER
from copilot_desktop.exporting import Exportable, export_calls, hidden_in_exports
from copilot_desktop.headset.devices import DeviceKind, DeviceMove
from copilot_desktop.phone import LineUse
from copilot_desktop.sound_desk import SoundDesk
from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.health_strip import Part
from copilot_desktop.ui.line_state import Light, LightState
from copilot_desktop.ui.main_window import MainWindow
from copilot_desktop.ui.presence.single_instance import Claim, SingleInstance
from copilot_desktop.ui.shell import ScenarioCard, TrendSource, WhenClosed

if TYPE_CHECKING:
    from copilot_desktop.report import CallReport
    from copilot_desktop.report.choice import ExportChoice
    from copilot_desktop.settings_door import ProgramDoor
    from copilot_desktop.store import Store
    from copilot_desktop.ui.settings.dialog import SettingsDialog

log = logging.getLogger("copilot.app")

_LISTED, _EARLIER = 500, 3
_PATIENCE_S = 1.5
_ENGINE_PAGE = "ai"
_DISK_LOOK_S = 60.0
ALREADY_OPEN = "AI Call CoPilot is already open. We brought its window to the front."
PRACTISE_THERE = "The practice call can be started there."
NO_ANSWER = (
    "AI Call CoPilot is already open, but it does not answer. If its window is not to be seen, end the "
    "program and start it again."
)


def run_window(
    settings: Settings,
    keeper: SecretKeeper,
    *,
    starts_practice: bool = False,
    scenario: str | None = None,
    mode: str | None = None,
) -> int:
    """Show the window until it is closed; with `starts_practice` a practice call rings at once.

    If the window of this data folder is open already, bring it to the front instead, and say so.

    Raises:
        CopilotError: the history or the port cannot be had, or the open window does not answer.
    """
    instance = SingleInstance(settings.data_dir)
    match instance.claim():
        case Claim.SHOWN:
            print(ALREADY_OPEN)
            if starts_practice:
                print(PRACTISE_THERE)
            return 0
        case Claim.SILENT:
            raise CopilotError(NO_ANSWER)
    try:
        app = make_application()
        with asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
            runner.get_loop().set_exception_handler(crashes.report_loop_trouble)
            desktop = runner.run(_make(settings, keeper))
            desktop.follow(instance)
            return runner.run(desktop.live(scenario if starts_practice else None, mode, starts_practice))
    finally:
        instance.release()


def make_application() -> QApplication:
    """Return the one QApplication of this process."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("AI Call CoPilot")
    app.setDesktopFileName("ai-call-copilot")
    # The window's closing starts the stop in order; Qt must not quit before that.
    app.setQuitOnLastWindowClosed(False)
    return app


async def _make(settings: Settings, keeper: SecretKeeper) -> Desktop:
    return Desktop(settings, keeper)


def _load_settings_pages() -> None:
    """So that settings and reports open at once when somebody asks for them."""
    import phonenumbers  # noqa: F401

    import copilot_desktop.settings_door  # noqa: F401
    import copilot_desktop.ui.settings.dialog  # noqa: F401


class Desktop:
    """The window and the program behind it."""

    def __init__(self, settings: Settings, keeper: SecretKeeper | None = None) -> None:
        self.program = Program(settings, keeper=keeper, line=LineUse.OPEN)
        self.shell = ProgramShell(self.program)
        self.sound = SoundDesk(self.shell.preferences, self.shell.resources / "sounds")
        self.shell.sound = self.sound
        self.bridge = Bridge(self.program.desk)
        self.window = MainWindow(self.bridge, self.shell, tone=self.sound.tone)
        self.dialog: SettingsDialog | None = None
        self._engine_line = ""
        self._closing = asyncio.Event()
        self._puts_back = False
        self._instance: SingleInstance | None = None
        self.window.close_asked.connect(self.close)
        self.window.put_back_asked.connect(self._put_back_and_close)
        self.program.feed.subscribe(self._hear)
        self.window.settings_asked.connect(self.open_settings)
        self.window.set_up_asked.connect(self._set_up_line)

    def close(self) -> None:
        """Begin the stop in order; `live` returns when it is done."""
        self._closing.set()

    def follow(self, instance: SingleInstance) -> None:
        """Show the window when another start asks for it; in the stop no longer."""
        self._instance = instance
        instance.show_asked.connect(self.window.presence.bring_back)

    def open_settings(self, page: str) -> None:
        """Show the settings at a page of `ui.settings.dialog.NAMES`."""
        if self.dialog is None:
            from copilot_desktop.ui.settings.dialog import SettingsDialog

            window = self.window
            self.dialog = SettingsDialog(self._door(), window.theme, window.actions_, window)
            self.dialog.saved.connect(self._settings_saved)
        self.dialog.show_page(page)

    def _door(self) -> ProgramDoor:
        from copilot_desktop.settings_door import ProgramDoor

        return ProgramDoor(
            self.program,
            self.shell.preferences,
            engine_line=lambda: self._engine_line,
            practise=self.window.first_page.start_practice,
            sound=self.sound,
        )

    def _settings_saved(self, settings: Settings) -> None:
        self.window.line.show()

    def _put_back_and_close(self) -> None:
        self._puts_back = True
        self.close()

    def _set_up_line(self) -> None:
        if self.program.phone is not None and self.program.line_status.is_wanted:
            self.program.phone.set_up_again()
        else:
            self.open_settings("accounts")

    async def live(self, scenario: str | None, mode: str | None, starts_practice: bool) -> int:
        """Show the window, start what is behind it, and stop all in order when it is closed."""
        with crashes.a_run_in(self.program.settings.data_dir / "logs") as self.program.last_end:
            return await self._live(scenario, mode, starts_practice)

    async def _live(self, scenario: str | None, mode: str | None, starts_practice: bool) -> int:
        watch = asyncio.create_task(diagnostics.LoopWatch().run())
        self._say_engines("Loading speech and language…")
        self.window.show()
        log.info("window shown")
        try:
            await asyncio.sleep(0.01)  # The window paints itself first.
            self.window.presence.put_up()
            if self._instance is not None:
                self._instance.listen()
            # Qt's sound holds the loop up once, so before anybody can call.
            self.window.tone.prepare()
            await asyncio.to_thread(self.sound.load)
            self._open_sound()
            self.window.theme.motion.begin()
            port = await self.program.start(self.program.settings.port)
            log.info("listening on port %d", port)
            self.program.spawn(self._tell_engines())
            self.window.refresh_history()
            self.window.wrap_ups.restore()
            self.program.spawn(self._tell_interrupted())
            self.program.spawn(asyncio.to_thread(_load_settings_pages))
            self.program.spawn(self._watch_disk())
            if starts_practice:
                self.window.start_practice(scenario or "", MODES[mode or "ai"])
            await self._closing.wait()
        finally:
            if self._instance is not None:
                self._instance.close_door()
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
            await self.window.history.deleting.finish()
            await self.program.leave_number(puts_back=self._puts_back)
            await self.program.stop()
            self.sound.close()
            self.window.finish()
        return 0

    def _open_sound(self) -> None:
        """Let calls have the headset, and the window follow what comes and goes."""
        sound, window = self.sound, self.window
        sound.prepare()
        self.program.use_headset(sound.headset)
        window.calls.set_microphone(sound.has_microphone)
        sound.changed.connect(lambda: window.calls.set_microphone(sound.has_microphone))
        sound.changed.connect(self._listen_in)
        sound.lost.connect(self._device_lost)
        sound.moved.connect(self._device_moved)
        window.ear_notes.sounded.connect(sound.sound)
        window.calls.current_changed.connect(self._listen_in)

    def _listen_in(self) -> None:
        call = self.window.calls.current
        if self.sound.choices.listens_in and call is not None:
            self.bridge.listen_in(call.call_id)
        else:
            self.bridge.listen_in(None)

    def _device_moved(self, move: DeviceMove) -> None:
        now, is_mine = self.sound.name_in_use(move.kind), move.kind is DeviceKind.MICROPHONE
        if move.has_come:
            self.window.sound_notes.came(move.name, is_in_use=now == move.name)
        else:
            is_in_call = self.window.calls.current is not None
            self.window.sound_notes.gone(move.name, now, is_microphone=is_mine, is_in_call=is_in_call)

    def _device_lost(self, kind: DeviceKind, is_replaced: bool) -> None:
        if not is_replaced and self.sound.choices.if_device_gone == "hold":
            now, is_mine = self.sound.name_in_use(DeviceKind.MICROPHONE), kind is DeviceKind.MICROPHONE
            self.window.sound_notes.hold_for_device(now, is_microphone=is_mine)

    async def _tell_engines(self) -> None:
        try:
            await self.program.wait_for_engines()
        except CopilotError as error:
            self._say_engines(f"Speech and answers do not work: {error}")
            self._show_lights(LightState.FAILED, "not working", "not working")
            return
        log.info("engines ready")

    def _hear(self, fact: Fact) -> None:
        if isinstance(fact, EnginesChanged):
            self._say_engines(engine_words(fact.parts))
        elif isinstance(fact, CallEnded) and self.program.settings.monthly_budget_usd:
            self.program.spawn(self._look_at_costs())

    async def _tell_interrupted(self) -> None:
        if self.program.interrupted and (store := self.program.store) is not None:
            call = CallId(self.program.interrupted[-1])
            facts = await store.read(call)
            if isinstance(facts[0], CallRinging):
                ended_at = facts[0].started_at + timedelta(milliseconds=facts[-1].at_ms)
                self.window.after_notes.interrupted(call, ended_at.astimezone())
        elif self.program.last_end:
            self.window.after_notes.stopped_badly()

    async def _watch_disk(self) -> None:
        folder = self.program.settings.data_dir
        while True:
            usage = await asyncio.to_thread(shutil.disk_usage, folder)
            self.window.after_notes.look_at_disk(usage.free)
            await asyncio.sleep(_DISK_LOOK_S)

    async def _look_at_costs(self) -> None:
        spent = await self.program.spent()
        budget_usd = self.program.settings.monthly_budget_usd
        self.window.after_notes.look_at_costs(spent.this_month_usd, budget_usd, datetime.now())

    def _show_lights(self, state: LightState, speech: str, answers: str) -> None:
        for part, word in ((Part.SPEECH, speech), (Part.AI, answers)):
            self.window.show_light(part, Light(state, word, self._engine_line, _ENGINE_PAGE))

    def _say_engines(self, words: str) -> None:
        self._engine_line = words
        self.window.show_engine_line(words)


def engine_words(parts: Sequence[EngineStatus]) -> str:
    """Return in one sentence what listens, answers and speaks."""
    names = {part.part: part.name for part in parts}
    if all(THIS_COMPUTER in name for name in names.values()):
        return "On this computer: speech recognition, voice, playbook answers. No AI connected."
    return (
        f"Listens: {names.get(EnginePart.HEARING, '–')}. Answers: {names.get(EnginePart.WRITER, '–')}. "
        f"Speaks: {names.get(EnginePart.VOICE, '–')}."
    )


class ProgramShell:
    """What the window may ask of the program. Implements `ui.shell.Shell`."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self.resources: Path = resources()
        window_file = program.settings.data_dir / "window.ini"
        self.preferences = QSettings(str(window_file), QSettings.Format.IniFormat)
        self.sound: SoundDesk | None = None

    @property
    def ring_s(self) -> float:
        return self._program.settings.ring_s

    @property
    def start_mode(self) -> Mode:
        return MODES[self._program.settings.start_mode]

    @property
    def outage(self) -> str:
        settings = self._program.settings
        return "" if settings.outage == "nothing" else settings.outage

    @property
    def wraps_up(self) -> bool:
        return self._program.settings.wraps_up

    @property
    def outcomes(self) -> Sequence[str]:
        return [word for part in self._program.settings.outcomes.split(",") if (word := part.strip())]

    @property
    def wrap_up_pause_s(self) -> int:
        return self._program.settings.wrap_up_pause_s

    @property
    def hold_sound(self) -> str:
        return self._program.settings.hold_sound

    @property
    def waiting_sentence(self) -> str:
        return self._program.settings.waiting_sentence

    @property
    def transfer_targets(self) -> Mapping[str, str]:
        return self._program.settings.transfer_numbers

    @property
    def opens_report(self) -> bool:
        return self._program.settings.opens_report

    def when_closed(self) -> WhenClosed:
        settings = self._program.settings
        return WhenClosed(settings.closed, settings.message)

    def asks_put_back(self) -> bool:
        phone, settings = self._program.phone, self._program.settings
        return settings.put_back_at_exit == "ask" and phone is not None and phone.kept() is not None

    def has_microphone(self) -> bool:
        return self.sound is not None and self.sound.has_microphone

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._program.spawn(work)

    async def pause(self) -> None:
        # Not 0: that would be turned to before timers that are due, and before painting.
        await asyncio.sleep(0.002)

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

    def archive(self) -> Archive:
        return self._store()

    async def calls_from(self, number: str) -> list[CallSummary]:
        return await self._store().calls_from(number, _EARLIER)

    def trends(self) -> TrendSource:
        return self._store()

    async def load(self, module: str) -> None:
        await asyncio.to_thread(__import__, module)

    async def ask_documents(self, question: str) -> list[Source]:
        return [passage.source for passage in await self._program.engines.search(question)]

    def keep_wrap_up(self, fact: WrapUpChanged) -> None:
        self._program.feed.publish(fact)

    async def open_wrap_ups(self) -> list[WrapUpChanged]:
        return await self._store().open_wrap_ups()

    async def flush(self) -> None:
        await self._store().flush_facts()

    async def read_call(self, call_id: CallId) -> list[CallEvent]:
        return await self._store().read(call_id)

    async def build_report(self, events: Sequence[CallEvent]) -> CallReport:
        return await self._program.judging.report(events)

    async def recording(self, call_id: CallId) -> Path | None:
        path = await self._program.listening.recording(call_id)
        if path is None and await self._store().is_of_other_desk(call_id):
            raise RecordingElsewhere
        return path

    async def listen(self, report: CallReport) -> CallReport:
        return await self._program.listening.sound(report)

    async def read_mood(self, report: CallReport) -> CallReport:
        return await self._program.listening.mood(report)

    def export_name(self, report: CallReport, extension: str) -> str:
        from copilot_desktop.report import exports

        return exports.file_name(report, extension)

    def can_judge(self) -> bool:
        return self._program.judging.can_judge

    def is_judging(self, call_id: CallId) -> bool:
        return self._program.judging.is_running(call_id)

    async def judge_call(self, call_id: CallId) -> None:
        await self._program.judging.judge_call(call_id)

    async def object_to(self, call_id: CallId, criterion: str, answer: str, reason: str) -> None:
        await self._program.judging.object_to(call_id, criterion, answer, reason)

    async def export(
        self,
        calls: Sequence[CallId],
        choice: ExportChoice,
        target: Path,
        told: Callable[[int, int], None],
    ) -> list[Path]:
        listening = self._program.listening
        choice = replace(choice, hides=hidden_in_exports(self._program.settings))

        async def read(call: CallId) -> Exportable:
            report = await self.build_report(await self.read_call(call))
            # One call is on screen, where this has long begun; who exports many can wait.
            report = await listening.complete(report, within_s=_PATIENCE_S if len(calls) == 1 else None)
            return Exportable(report, await listening.recording(call))

        return await export_calls(calls, choice, target, read, told)

    def _store(self) -> Store:
        if self._program.store is None:
            raise StoreError("The history is not open yet.")
        return self._program.store
