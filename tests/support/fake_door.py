"""FakeDoor: the program behind the settings dialog: real settings in a folder, the phone company in memory.

It has a loop of its own that runs while the test lets it: what was asked for comes to its end at once, or,
after `hold()`, when the test says `release()`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSettings

from copilot_desktop import config
from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.calls.events import Source
from copilot_desktop.calls.line import (
    LineError,
    LineProblem,
    LineStatus,
    PhoneAccount,
    PhoneNumber,
    Step,
    StepState,
    StepView,
)
from copilot_desktop.calls.ports import Passage
from copilot_desktop.config import BadSettings, EnvImport, SecretPlace, Settings
from copilot_desktop.diagnostics import Check
from copilot_desktop.ui.settings.door import (
    CostLine,
    Document,
    DocumentFault,
    ModelChoice,
    PlaybookPart,
    PlaybookSheet,
    PlaybookStep,
)
from tests.support.fake_privacy import FakePrivacy
from tests.support.fake_shell import RESOURCES
from tests.support.fake_sound import FakeSound

GOOD_SID = "AC" + "0123456789abcdef" * 2
GOOD_TOKEN = "fedcba9876543210" * 2
OURS = "https://quiet-river-1234.example.net"
READ_AT = datetime(2026, 11, 20, 12, 10, tzinfo=UTC)
OLD = "https://old-address.example/voice"


class FakeDoor:
    """`asked` is what was asked for, in order. `trouble` is raised by the next order of that name."""

    def __init__(self, folder: Path, **given: object) -> None:
        self.folder = folder
        self.preferences = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
        self._settings = config.load(data_dir=folder)
        if given:
            self._settings = config.save(self._settings, given)
        self.sound = FakeSound()
        self.privacy = FakePrivacy()
        self.locked: dict[str, str] = {}
        self.keeps_secrets, self.is_in_call = True, False
        self.line_status, self.line_details = LineStatus(), ""
        self.engine_line = "On this computer: speech recognition, voice, playbook answers. No AI connected."
        self.data_folder, self.version = folder, "0.3.0"
        self.kept_secrets: dict[str, str] = {}
        self.account = PhoneAccount(
            name="Harbor Plumbing", is_trial=False, status="active", balance="23.40 USD"
        )
        self.phones = [
            PhoneNumber(sid="PN1", number="+12025550144", label="Support line", voice_url=OLD),
            PhoneNumber(sid="PN2", number="+12025550145", label="+12025550145"),
        ]
        self.checks = [
            Check("Python", True, "3.11.9"),
            Check("Public address", False, "the answer took 9 s", "Open the page Public address."),
        ]
        self.models = [
            ModelChoice("gpt-6-luna"),
            ModelChoice("gpt-6.1-terra"),
            ModelChoice("gpt-4o-mini", "it will be shut down on 14 January 2027; then gpt-6-luna"),
        ]
        self.cost_line = CostLine(3.2, 0.041, is_estimate=True, as_of=date(2026, 11, 22))
        self.shelf = [
            Document(folder / "Delivery policy.pdf", 14, pictures=2, read_at=READ_AT),
            Document(folder / "Returns and refunds.md", 22, read_at=READ_AT),
            Document(folder / "Prices 2026.xlsx", 0, DocumentFault.PASSWORD, read_at=READ_AT),
        ]
        self.read_told: Callable[[int, int], None] = lambda done, of: None
        """Who is told how far the reading is."""
        self.drafts: list[tuple[str, dict[str, object], dict[str, str]]] = []
        """What engines were tried with: part, fields, secrets."""
        self.asked: list[str] = []
        self.trouble: dict[str, Exception] = {}
        self._kept: PhoneNumber | None = None
        self._told: list[Callable[[], None]] = []
        self._loop = asyncio.new_event_loop()
        self._open = asyncio.Event()
        self._open.set()

    # For the test.

    def close(self) -> None:
        """End what still runs."""
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self.run()
        self._loop.close()

    def hold(self) -> None:
        """From now on nothing that is asked for comes to its end."""
        self._open.clear()

    def release(self) -> None:
        """Let everything come to its end."""
        self._open.set()
        self.run()

    def run(self) -> None:
        """Go on with what is under way, as far as it goes."""
        if self._loop.is_running():
            return
        for _ in range(20):
            self._loop.call_soon(self._loop.stop)
            self._loop.run_forever()

    def tell(self, **changes: Any) -> None:
        """Change something of the program and tell whoever follows it."""
        for name, value in changes.items():
            setattr(self, name, value)
        for told in list(self._told):
            told()

    def show_steps(self, *states: StepState, problem: LineProblem | None = None, url: str = OURS) -> None:
        """Put the line's steps into these states; the failed one has `problem`."""
        views = tuple(
            StepView(step=step, state=state, problem=problem if state is StepState.FAILED else None)
            for step, state in zip(Step, states, strict=True)
        )
        is_connected = states[1] is StepState.DONE
        status = LineStatus(
            steps=views,
            is_wanted=True,
            public_url=url if is_connected else "",
            number="+12025550144",
            tries=1,
        )
        self.tell(line_status=status)

    @property
    def followers(self) -> int:
        """How many follow."""
        return len(self._told)

    # SettingsDoor.

    @property
    def settings(self) -> Settings:
        return self._settings

    def secret_place(self, name: str) -> SecretPlace:
        if name in self.locked:
            return SecretPlace.ENVIRONMENT
        if name not in self.kept_secrets:
            return SecretPlace.ABSENT
        return SecretPlace.KEY_STORE if self.keeps_secrets else SecretPlace.THIS_RUN

    def follow(self, told: Callable[[], None]) -> Callable[[], None]:
        self._told.append(told)
        return lambda: self._told.remove(told)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self.run()
        return task

    def validate(self, changes: Mapping[str, object]) -> dict[str, str]:
        return config.validate(changes, self._settings)

    async def save(self, changes: Mapping[str, object], secrets: Mapping[str, str]) -> Settings:
        await self._ask("save")
        for name, secret in secrets.items():
            if " " in secret:
                raise BadSettings({name: "Must be one word, without spaces."})
        self._settings = config.save(self._settings, changes)
        self.kept_secrets.update(secrets)
        self.kept_secrets = {name: secret for name, secret in self.kept_secrets.items() if secret}
        return self._settings

    async def import_env(self, path: Path) -> EnvImport:
        await self._ask("import_env")
        return config.import_env(path)

    async def test_account(self, sid: str, token: str) -> PhoneAccount:
        await self._ask("test_account")
        self._sign_in(sid, token)
        return self.account

    async def numbers(self, sid: str, token: str) -> list[PhoneNumber]:
        await self._ask("numbers")
        self._sign_in(sid, token)
        return list(self.phones)

    async def look_at_number(self, number: str) -> PhoneNumber:
        await self._ask("look_at_number")
        return self._find(number)

    async def point_here(self, number: str, clears_override: bool) -> PhoneNumber:
        await self._ask("point_here")
        found = self._find(number)
        if found.is_overridden and not clears_override:
            raise LineError(LineProblem.NUMBER_OVERRIDDEN)
        self._kept = self._kept or found
        return self._put(replace(found, voice_url=f"{OURS}/twilio/voice", application_sid="", trunk_sid=""))

    def kept_number(self) -> PhoneNumber | None:
        return self._kept

    async def put_back(self) -> PhoneNumber:
        await self._ask("put_back")
        assert self._kept is not None
        kept, self._kept = self._kept, None
        return self._put(kept)

    async def set_up_line(self) -> None:
        await self._ask("set_up_line")
        states = (StepState.WORKING,) + (StepState.WAITING,) * 4
        self.show_steps(*states)

    async def speak(self, text: str) -> Path:
        await self._ask(f"speak: {text}")
        return RESOURCES / "sounds" / "ring.wav"

    async def test_shared(self, address: str) -> str:
        await self._ask(f"test_shared: {address}")
        return "The server answers. It holds 3 calls of 2 desks."

    async def test_engines(self) -> str:
        await self._ask("test_engines")
        return "Spoken and understood in 0.8 s"

    async def engine_models(
        self, part: str, draft: Mapping[str, object], secrets: Mapping[str, str]
    ) -> Sequence[ModelChoice]:
        self.drafts.append((part, dict(draft), dict(secrets)))
        await self._ask("engine_models")
        return self.models

    async def test_engine(self, part: str, draft: Mapping[str, object], secrets: Mapping[str, str]) -> str:
        self.drafts.append((part, dict(draft), dict(secrets)))
        await self._ask("test_engine")
        return f"{part}: works, after 0.4 s, about $0.01 a minute"

    async def costs(self) -> CostLine:
        await self._ask("costs")
        return self.cost_line

    @property
    def price_file(self) -> Path:
        return self.folder / "prices.toml"

    async def run_checks(self) -> Sequence[Check]:
        await self._ask("run_checks")
        return self.checks

    async def documents(self) -> Sequence[Document]:
        await self._ask("documents")
        return list(self.shelf)

    async def read_documents(self, told: Callable[[int, int], None], again: bool) -> None:
        self.read_told = told
        await self._ask("read_documents: again" if again else "read_documents")

    async def add_documents(self, paths: Sequence[Path]) -> None:
        await self._ask("add_documents")
        self.shelf = [each for each in self.shelf if not each.is_example]
        self.shelf += [Document(path, 3, read_at=READ_AT) for path in paths]

    async def remove_document(self, path: Path) -> None:
        await self._ask("remove_document")
        self.shelf = [each for each in self.shelf if each.path != path]

    async def playbook(self, name: str) -> PlaybookSheet:
        await self._ask(f"playbook: {name}")
        choices = {"customer-service": "Customer service", "appointments": "Appointments"}
        if name not in choices:
            choices[name] = "My own"
        parts = (
            PlaybookPart("Greeting", "Thank you for calling Harbor Home Supply."),
            PlaybookPart("Late order", "I am sorry about that. Could you tell me the order number?"),
        )
        steps = (
            PlaybookStep("greeting", ("Welcome to Harbor.", "This is Harbor."), "Say who you are.", True),
            PlaybookStep("number noted", (), "Ask for the order number."),
        )
        is_bad = name == "broken"
        return PlaybookSheet(
            choices[name],
            parts,
            () if name == "appointments" else steps,
            ("Harbor", "Marlow"),
            choices,
            "broken.md, line 3: there is no topic" if is_bad else "",
        )

    async def own_playbook(self, name: str) -> Path:
        await self._ask("own_playbook")
        return self.folder / "playbooks" / f"my-{name}.md"

    async def search(self, question: str) -> Sequence[Passage]:
        await self._ask("search")
        if "return" not in question.lower():
            return []
        source = Source(title="Returns and refunds", heading="Opened goods")
        return [Passage("Opened goods can be returned within 14 days, with the receipt.", source, 0.71)]

    async def problem_report(self) -> str:
        await self._ask("problem_report")
        return "AI Call CoPilot 0.3.0\nPython 3.11.9\ntwilio_auth_token: kept, not shown\n\nlast of the log\n"

    async def save_text(self, path: Path, text: str) -> None:
        await self._ask("save_text")
        await asyncio.sleep(0)
        _write(path, text)

    def licences(self) -> str:
        return "MIT License\n\nQt for Python: LGPL 3"

    def open_outside(self, url: str) -> None:
        self.asked.append(f"open {url}")

    def start_practice(self) -> None:
        self.asked.append("practice")

    # Inside.

    async def _ask(self, what: str) -> None:
        self.asked.append(what)
        await self._open.wait()
        if error := self.trouble.pop(what.split(":")[0], None):
            raise error

    def _sign_in(self, sid: str, token: str) -> None:
        if sid != GOOD_SID or (token or self.kept_secrets.get("twilio_auth_token")) != GOOD_TOKEN:
            raise LineError(LineProblem.ACCOUNT_REFUSED, code=20003)

    def _find(self, number: str) -> PhoneNumber:
        for phone in self.phones:
            if phone.number == number:
                return phone
        raise LineError(LineProblem.NUMBER_NOT_FOUND)

    def _put(self, number: PhoneNumber) -> PhoneNumber:
        self.phones = [number if phone.sid == number.sid else phone for phone in self.phones]
        return number


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


class VoiceSilent(CopilotError):
    """What a voice says that is not loaded yet."""
