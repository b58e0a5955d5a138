"""SettingsDoor: everything the settings dialog asks of the program; `window.py` stands behind it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QSettings

from copilot_desktop.calls.line import LineStatus, PhoneAccount, PhoneNumber
from copilot_desktop.calls.ports import Passage
from copilot_desktop.config import EnvImport, SecretPlace, Settings
from copilot_desktop.diagnostics import Check
from copilot_desktop.ui.settings.privacy_door import PrivacyDoor
from copilot_desktop.ui.settings.sound_door import SoundDoor


class DocumentFault(StrEnum):
    """Why a document could not be read."""

    PASSWORD = "password"
    PICTURES = "pictures"
    """A scan: pages of pictures without text."""
    DAMAGED = "damaged"
    TOO_BIG = "too_big"
    TOO_SLOW = "too_slow"
    UNKNOWN_KIND = "unknown_kind"
    ENCODING = "encoding"
    EMPTY = "empty"
    GONE = "gone"
    REFUSED = "refused"
    """The system does not let us."""


@dataclass(frozen=True, slots=True)
class Document:
    """One file of the knowledge. `fault` says why it could not be read; None: it was."""

    path: Path
    passages: int
    fault: DocumentFault | None = None
    pictures: int = 0
    """Pages that had no text, only pictures."""
    read_at: datetime | None = None
    is_example: bool = False
    """It came with the program, and is used as long as there is nothing of the owner's."""

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name


@dataclass(frozen=True, slots=True)
class PlaybookPart:
    """One part of the playbook: its heading, and what is said there (the first way of saying it)."""

    name: str
    says: str


@dataclass(frozen=True, slots=True)
class PlaybookStep:
    """One thing that belongs in every call; `examples` are sentences by which it counts as done."""

    name: str
    examples: tuple[str, ...] = ()
    hint: str = ""
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class PlaybookSheet:
    """One playbook, and those that can be chosen, title by name.

    `problem` says in words why it is another one than was asked for; empty: it is that one.
    """

    title: str
    parts: tuple[PlaybookPart, ...] = ()
    steps: tuple[PlaybookStep, ...] = ()
    words: tuple[str, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model that a server offers. `note` warns in words: when it is shut down; empty: nothing is known."""

    id: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class CostLine:
    """What the engines elsewhere cost, in US dollars."""

    this_month_usd: float
    last_call_usd: float | None = None
    """None: there was no call yet."""
    is_estimate: bool = False
    """Something was counted by us, or has no known price."""
    as_of: date | None = None
    """Of which day the prices are."""


class Job(Protocol):
    """Work under way."""

    def cancel(self) -> object:
        """Give it up. Safe at any time."""
        ...


class SettingsDoor(Protocol):
    """The program, as the dialog sees it. No plain method waits for anything.

    Coroutines may raise `LineError` (account, number, line), another `CopilotError`, or what they name.
    They may be cancelled at any await; what was asked for has then happened or not.
    """

    preferences: QSettings
    """Sizes, theme, keys, volume: for the window alone. Never secrets."""

    # How things stand.

    @property
    def sound(self) -> SoundDoor:
        """Microphones, speakers, and trying them out."""
        ...

    @property
    def privacy(self) -> PrivacyDoor:
        """What is kept, deleted, and sent to whom."""
        ...

    @property
    def settings(self) -> Settings:
        """The settings in force. After `save` the new ones."""
        ...

    @property
    def locked(self) -> Mapping[str, str]:
        """Fields that the environment or `.env` sets, each with its variable's name there."""
        ...

    @property
    def keeps_secrets(self) -> bool:
        """Whether this system has a key store that works."""
        ...

    def secret_place(self, name: str) -> SecretPlace:
        """Where a secret of `config.SECRETS` is kept just now. From memory, never from the store itself."""
        ...

    @property
    def is_in_call(self) -> bool:
        """Whether a call, practice included, rings or runs."""
        ...

    @property
    def line_status(self) -> LineStatus:
        """How the phone line stands."""
        ...

    @property
    def line_details(self) -> str:
        """The last lines of what the line and its helper program did, for people who support; no secrets."""
        ...

    @property
    def engine_line(self) -> str:
        """What listens, answers and speaks, in one sentence."""
        ...

    @property
    def data_folder(self) -> Path:
        """Where calls, recordings and logs are."""
        ...

    @property
    def version(self) -> str:
        """The program's version."""
        ...

    def follow(self, told: Callable[[], None]) -> Callable[[], None]:
        """Call `told` on the window's thread whenever `line_status` or `is_in_call` changed.

        Returns what ends that.
        """
        ...

    # Doing.

    def spawn(self, work: Coroutine[Any, Any, None]) -> Job:
        """Run `work` as a task that the program owns and cancels at its end."""
        ...

    def validate(self, changes: Mapping[str, object]) -> dict[str, str]:
        """Return, for each field that is not good, why in words; empty: all are. Fast, without I/O."""
        ...

    async def save(self, changes: Mapping[str, object], secrets: Mapping[str, str]) -> Settings:
        """Keep and apply; an empty secret is forgotten. Returns the new settings, also as `settings`.

        Raises:
            BadSettings: nothing was kept; `fields` says why.
            ConfigError: the file or the key store refused, in words.
        """
        ...

    async def import_env(self, path: Path) -> EnvImport:
        """Read a `.env`; nothing is kept by that. Raises ConfigError."""
        ...

    async def test_account(self, sid: str, token: str) -> PhoneAccount:
        """Sign in at the phone company. `token` empty: the kept one."""
        ...

    async def numbers(self, sid: str, token: str) -> list[PhoneNumber]:
        """The account's numbers that can take calls. `token` empty: the kept one."""
        ...

    async def look_at_number(self, number: str) -> PhoneNumber:
        """What `number` (E.164) of the kept account does today."""
        ...

    async def point_here(self, number: str, clears_override: bool) -> PhoneNumber:
        """Send the calls of `number` (E.164) to this program; what was there is kept for `put_back`.

        `clears_override`: also take the application or trunk off it that would get its calls first;
        without, that raises LineError(NUMBER_OVERRIDDEN).
        """
        ...

    def kept_number(self) -> PhoneNumber | None:
        """What the number did before it was pointed here; None: nothing is kept."""
        ...

    async def put_back(self) -> PhoneNumber:
        """Give the number what it had before."""
        ...

    async def set_up_line(self) -> None:
        """Begin the checklist anew; returns once begun. How it goes is told by `follow`."""
        ...

    async def speak(self, text: str) -> Path:
        """Return `text` as a WAV in the assistant's voice. May wait for the voice to load."""
        ...

    async def test_shared(self, address: str) -> str:
        """Try the shared history at `address`, or at the one that is kept; return in words what is there.

        Raises StoreError, which says what is wrong.
        """
        ...

    async def test_engines(self) -> str:
        """Speak a sentence and write it down again on this computer; return in words how that went."""
        ...

    async def engine_models(
        self, part: str, draft: Mapping[str, object], secrets: Mapping[str, str]
    ) -> Sequence[ModelChoice]:
        """The models that fit `part` where it lives, best first. Raises EngineError.

        `part` is an `EnginePart`'s value; empty: all models of the common address, with the common key.
        `draft` and `secrets` stand in the dialog and are not saved: fields by name, secrets only if typed.
        What they do not hold is as it is kept.
        """
        ...

    async def test_engine(self, part: str, draft: Mapping[str, object], secrets: Mapping[str, str]) -> str:
        """Try the engine of `part` with `draft` and `secrets` as above, the first choice and no backup.

        Returns in words what it heard, wrote or said, how long that took and what it costs. Raises
        EngineError.
        """
        ...

    async def costs(self) -> CostLine:
        """What was spent so far. Raises StoreError."""
        ...

    @property
    def price_file(self) -> Path:
        """The table of prices that the owner may change; the file exists."""
        ...

    async def run_checks(self) -> Sequence[Check]:
        """Check everything that `copilot-desktop check` does."""
        ...

    async def documents(self) -> Sequence[Document]:
        """What the assistant may answer from, as far as it was read."""
        ...

    async def read_documents(self, told: Callable[[int, int], None], again: bool) -> None:
        """Read what is new or changed, `again` also what failed; cancelled, what was read is kept.

        `told` is told on the window's thread how many files are done, and of how many.
        """
        ...

    async def add_documents(self, paths: Sequence[Path]) -> None:
        """Let these files and folders be read from. Raises CopilotError, in words."""
        ...

    async def remove_document(self, path: Path) -> None:
        """Let a file be read from no more; the file itself stays. Raises CopilotError, in words."""
        ...

    async def playbook(self, name: str) -> PlaybookSheet:
        """The playbook of that name, or the one that is used in its place."""
        ...

    async def own_playbook(self, name: str) -> Path:
        """The owner's own file of that playbook, made as a copy if there is none. Raises OSError."""
        ...

    async def search(self, question: str) -> Sequence[Passage]:
        """What the documents say about a question, best first."""
        ...

    async def problem_report(self) -> str:
        """Versions, settings without secrets, the checks and the last of the log, as text."""
        ...

    async def save_text(self, path: Path, text: str) -> None:
        """Write a file. Raises OSError."""
        ...

    def licences(self) -> str:
        """Return the licences of the program and of what it is made of."""
        ...

    def open_outside(self, url: str) -> None:
        """Open a page in the browser or a folder in the file manager."""
        ...

    def start_practice(self) -> None:
        """Let the practice caller ring."""
        ...
