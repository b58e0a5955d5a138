"""ProgramDoor: what the settings dialog asks of the program. Implements `ui.settings.door.SettingsDoor`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSettings, QUrl
from PySide6.QtGui import QDesktopServices

from copilot_desktop import __version__, checking, config, problem_report, shared_history, spending
from copilot_desktop.app import Program
from copilot_desktop.calls.engine_status import EnginePart
from copilot_desktop.calls.events import CallEnded, CallRinging, Fact, LineChanged
from copilot_desktop.calls.line import LineError, LineProblem, LineStatus, PhoneAccount, PhoneNumber
from copilot_desktop.calls.ports import Passage
from copilot_desktop.config import EnvImport, SecretPlace, Settings
from copilot_desktop.diagnostics import Check
from copilot_desktop.phone import Phone
from copilot_desktop.privacy_desk import PrivacyDesk
from copilot_desktop.ui.settings.door import (
    CostLine,
    Document,
    DocumentFault,
    Job,
    ModelChoice,
    PlaybookPart,
    PlaybookSheet,
    PlaybookStep,
)
from copilot_desktop.ui.settings.sound_door import SoundDoor

_AFTER_CALL_S = 0.1


class ProgramDoor:
    """The dialog's way to `program`. Implements `SettingsDoor`.

    `start_practice` lets the practice caller ring.
    """

    def __init__(
        self,
        program: Program,
        preferences: QSettings,
        engine_line: Callable[[], str],
        practise: Callable[[], None],
        sound: SoundDoor,
    ) -> None:
        self._program, self.preferences, self.sound = program, preferences, sound
        self.privacy = PrivacyDesk(program)
        self._engine_line, self._practise = engine_line, practise

    # How things stand.

    @property
    def settings(self) -> Settings:
        return self._program.settings

    @property
    def locked(self) -> Mapping[str, str]:
        return {name: config.variable_of(name) for name in self.settings.locked}

    @property
    def keeps_secrets(self) -> bool:
        return self._program.keeper.is_lasting

    def secret_place(self, name: str) -> SecretPlace:
        return self._program.keeper.place(name)

    @property
    def is_in_call(self) -> bool:
        return bool(self._program.desk.live_calls())

    @property
    def line_status(self) -> LineStatus:
        return self._program.line_status

    @property
    def line_details(self) -> str:
        return self._program.phone.details if self._program.phone is not None else ""

    @property
    def engine_line(self) -> str:
        return self._engine_line()

    @property
    def data_folder(self) -> Path:
        return self.settings.data_dir

    @property
    def version(self) -> str:
        return __version__

    def follow(self, told: Callable[[], None]) -> Callable[[], None]:
        loop = asyncio.get_running_loop()

        def hear(fact: Fact) -> None:
            # An ended call leaves the desk only after it has told so.
            if isinstance(fact, LineChanged | CallRinging):
                told()
            elif isinstance(fact, CallEnded):
                loop.call_later(_AFTER_CALL_S, told)

        return self._program.feed.subscribe(hear)

    # Doing.

    def spawn(self, work: Coroutine[Any, Any, None]) -> Job:
        return self._program.spawn(work)

    def validate(self, changes: Mapping[str, object]) -> dict[str, str]:
        return config.validate(changes, self.settings)

    async def save(self, changes: Mapping[str, object], secrets: Mapping[str, str]) -> Settings:
        return await self._program.save(changes, secrets)

    async def import_env(self, path: Path) -> EnvImport:
        return await asyncio.to_thread(config.import_env, path)

    async def test_account(self, sid: str, token: str) -> PhoneAccount:
        return await self._phone().test_account(sid, token)

    async def numbers(self, sid: str, token: str) -> list[PhoneNumber]:
        return await self._phone().numbers(sid, token)

    async def look_at_number(self, number: str) -> PhoneNumber:
        return (await self._phone().look(number)).number

    async def point_here(self, number: str, clears_override: bool) -> PhoneNumber:
        return await self._program.point_here(number, clears_override=clears_override)

    def kept_number(self) -> PhoneNumber | None:
        return self._program.phone.kept() if self._program.phone is not None else None

    async def put_back(self) -> PhoneNumber:
        restored = await self._program.put_back()
        if restored is None:
            raise LineError(LineProblem.NUMBER_NOT_WRITTEN, "nothing is kept")
        return restored

    async def set_up_line(self) -> None:
        self._phone().set_up_again()

    async def speak(self, text: str) -> Path:
        return await self._program.engines.speak(text, self.data_folder / "samples")

    async def test_shared(self, address: str) -> str:
        return await shared_history.try_server(address, self.settings, self._program.keeper)

    async def test_engines(self) -> str:
        return await self._program.engines.try_out()

    async def engine_models(
        self, part: str, draft: Mapping[str, object], secrets: Mapping[str, str]
    ) -> Sequence[ModelChoice]:
        from copilot_desktop.engines.server.openai_models import warning

        settings = await asyncio.to_thread(config.drafted, self.settings, draft, secrets)
        found = await self._program.engines.models(EnginePart(part) if part else None, settings)
        warnings = ((model, warning(model, date.today())) for model in found)
        return [ModelChoice(model.id, str(told) if told else "") for model, told in warnings]

    async def test_engine(self, part: str, draft: Mapping[str, object], secrets: Mapping[str, str]) -> str:
        settings = await asyncio.to_thread(config.drafted, self.settings, draft, secrets)
        words = await self._program.engines.try_part(EnginePart(part), settings)
        cost = await asyncio.to_thread(spending.words_for, settings, EnginePart(part))
        return f"{words} {cost[:1].upper()}{cost[1:]}."

    async def costs(self) -> CostLine:
        spent = await self._program.spent()
        return CostLine(spent.this_month_usd, spent.last_call_usd, spent.is_estimate, spent.as_of)

    @property
    def price_file(self) -> Path:
        return spending.price_file(self.settings.config_file)

    async def run_checks(self) -> Sequence[Check]:
        return await checking.check_everything(self._program)

    async def documents(self) -> Sequence[Document]:
        states = await self._program.engines.documents()
        is_example = self._program.engines.has_only_examples
        return [
            Document(
                each.path,
                each.passages,
                DocumentFault(each.fault.value) if each.fault else None,
                each.pictures,
                datetime.fromtimestamp(each.read_at).astimezone(),
                is_example,
            )
            for each in states
        ]

    async def read_documents(self, told: Callable[[int, int], None], again: bool) -> None:
        await self._program.engines.read_documents(told, again=again)

    async def add_documents(self, paths: Sequence[Path]) -> None:
        await self._program.engines.add_documents(paths)

    async def remove_document(self, path: Path) -> None:
        await self._program.engines.remove_document(path)

    async def playbook(self, name: str) -> PlaybookSheet:
        return await asyncio.to_thread(_sheet_of, name, self._program.engines.playbook_folders)

    async def own_playbook(self, name: str) -> Path:
        return await asyncio.to_thread(_own_copy, name, self._program.engines.playbook_folders)

    async def search(self, question: str) -> Sequence[Passage]:
        return await self._program.engines.search(question)

    async def problem_report(self) -> str:
        checks = await self.run_checks()
        return await asyncio.to_thread(problem_report.write, self.settings, checks, self._program.last_end)

    async def save_text(self, path: Path, text: str) -> None:
        await asyncio.to_thread(path.write_text, text, encoding="utf-8")

    def licences(self) -> str:
        from copilot_desktop import licences

        return licences.overview()

    def open_outside(self, url: str) -> None:
        QDesktopServices.openUrl(QUrl(url))

    def start_practice(self) -> None:
        self._practise()

    def _phone(self) -> Phone:
        if self._program.phone is None:
            raise LineError(LineProblem.NOT_SET_UP, "the program is still starting")
        return self._program.phone


def _sheet_of(name: str, folders: Sequence[Path]) -> PlaybookSheet:
    from copilot_desktop.knowledge import playbook_files

    _, book, problem = playbook_files.chosen(name, folders)
    moments = [PlaybookPart(moment.value, says[0]) for moment, says in book.moments.items()]
    return PlaybookSheet(
        book.title,
        (*moments, *(PlaybookPart(topic.name, topic.says[0]) for topic in book.topics)),
        tuple(PlaybookStep(step.name, step.examples, step.hint, step.is_required) for step in book.steps),
        book.vocabulary,
        {each: playbook_files.title_of(path) for each, path in playbook_files.playbooks_in(folders).items()},
        problem,
    )


def _own_copy(name: str, folders: Sequence[Path]) -> Path:
    from copilot_desktop.knowledge import playbook_files

    return playbook_files.own_copy(name, folders)
