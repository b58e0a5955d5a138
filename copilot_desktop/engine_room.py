"""EngineRoom: loads engines, documents and playbook, hands them to the calls, and tries them out."""

from __future__ import annotations

import asyncio
import gc
import logging
import tempfile
import wave
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from copilot_desktop import engine_plan, engine_trial
from copilot_desktop.calls.engine_status import EnginePart, EngineStatus, Usage
from copilot_desktop.calls.errors import EngineError, EngineFault, EngineUnavailable
from copilot_desktop.calls.events import CallId
from copilot_desktop.calls.ports import Engines, Judge, Passage
from copilot_desktop.config import Settings, plain, resources
from copilot_desktop.engine_set import EngineSet, House, Tellers
from copilot_desktop.engines.late import LateEngines
from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from copilot_desktop.engines.server.traffic import Traffic

if TYPE_CHECKING:
    from copilot_desktop.engines.local import LocalEngines
    from copilot_desktop.engines.server.openai_models import ModelInfo
    from copilot_desktop.knowledge.checklist import Checklist
    from copilot_desktop.knowledge.library import DocumentState, Library, Told
    from copilot_desktop.knowledge.meaning import RememberingEmbedder
    from copilot_desktop.knowledge.playbook import Playbook
    from copilot_desktop.knowledge.playbook_writer import PlaybookWriter
    from copilot_desktop.knowledge.shelf import Shelf

log = logging.getLogger("copilot.app")

_FIELDS = (
    "openai_base_url",
    "openai_api_key",
    "language",
    "voice_name",
    *(f"{part.value}_{what}" for part in EnginePart for what in ("engine", "base_url", "api_key", "model")),
)
"""A change in one of these puts the engines together anew."""
_PASSAGES = 3


class EngineRoom:
    """One program's engines. `late` stands in for them in calls until `load` is done.

    `settings` say which engines there are, and where the business's own documents lie. `tell` gets how the
    parts stand whenever one of them changes.
    """

    def __init__(
        self,
        late: LateEngines,
        settings: Settings,
        *,
        on_usage: Callable[[Usage, CallId | None], None],
        on_switch: Callable[[CallId | None, EnginePart, EngineFault, bool], None],
        tell: Callable[[tuple[EngineStatus, ...]], None],
    ) -> None:
        self._late, self._settings, self._tell = late, settings, tell
        self._tellers = Tellers(on_usage, on_switch, lambda status: self._tell(self.statuses()))
        self._connections = OpenAIConnections()
        self.local: LocalEngines | None = None
        self.playbook: Playbook | None = None
        self._library: Library | None = None
        self._shelf: Shelf | None = None
        self._embedder: RememberingEmbedder | None = None
        self._writer: PlaybookWriter | None = None
        self._house: House | None = None
        self._set: EngineSet | None = None
        self._old_sets: list[EngineSet] = []

    @property
    def traffic(self) -> Traffic:
        """What was sent to engines elsewhere."""
        return self._connections.traffic

    async def load(self) -> None:
        """Load all of it off the loop. What fails is logged, and told to every call that needs it."""
        try:
            self.local = await asyncio.to_thread(_make_local)
            with collecting_no_garbage():
                await self.local.load()
                house = await asyncio.to_thread(self._furnish, self.local)
                self._house, engines = house, self._new_set(house)
                if self._set is not None:
                    await self._set.load()
        except EngineError as error:
            log.error("the embedded engines cannot be used: %s", error)
            self._late.fail(error)
        except Exception:
            log.exception("the embedded engines cannot be loaded")
            self._late.fail(EngineUnavailable("embedded engines", "they could not be loaded"))
        else:
            self._late.arrive(engines)
            self._tell(self.statuses())
            # A caller who asks before they are read waits for it; most will still hear the greeting.
            assert self._writer is not None
            await asyncio.to_thread(self._writer.load)
            await self.read_documents()

    async def wait(self) -> LocalEngines:
        """Return the engines once they are loaded.

        Raises:
            EngineError: they never will be.
        """
        await self._late.wait()
        assert self.local is not None
        return self.local

    async def close(self) -> None:
        """Close connections, and let the engines' threads end. No call may be running."""
        for each in (*self._old_sets, *([self._set] if self._set is not None else [])):
            await each.close()
        await self._connections.close()
        if self._library is not None:
            await asyncio.to_thread(self._library.close)
        if self.local is not None:
            await asyncio.to_thread(self.local.close)

    async def apply(self, settings: Settings) -> None:
        """Go on with other settings: calls to come, and the next answers of those under way."""
        old, self._settings = self._settings, settings
        has_other_folder = self._shelf is not None and settings.documents_dir != old.documents_dir
        if self._shelf is not None:
            self._shelf.use_folder(settings.documents_dir)
        if self._house is not None and settings.playbook != old.playbook:
            self._house = await asyncio.to_thread(self._with_playbook, self._house.local)
            self._late.arrive(self._new_set(self._house))
            self._tell(self.statuses())
        if self._house is not None and any(getattr(old, name) != getattr(settings, name) for name in _FIELDS):
            self._late.arrive(self._new_set(self._house))
            self._tell(self.statuses())
        elif self._set is not None:
            self._set.settings = settings
            self._set.reconsider()
        if has_other_folder:
            await self.read_documents()

    def statuses(self) -> tuple[EngineStatus, ...]:
        """Return how each part stands; nothing before they are loaded."""
        return self._set.statuses() if self._set is not None else ()

    async def warm_up(self) -> None:
        """A call rings: have connections and the first sounds ready when it is answered."""
        if self._set is not None:
            await self._set.warm_up()

    def forget(self, call: CallId) -> None:
        """A call is over."""
        for each in (*self._old_sets, *([self._set] if self._set is not None else [])):
            each.forget(call)

    @property
    def judge(self) -> Judge | None:
        """Who judges calls for the report; None: nobody."""
        return self._set.judge if self._set is not None else None

    def trial(self, settings: Settings) -> EngineSet:
        """Return the first choices of `settings`, without stand-ins, to be tried out and closed.

        Raises:
            EngineUnavailable: the engines of this computer are not loaded.
        """
        if self._house is None:
            raise EngineUnavailable("the engines", "still loading", fault=EngineFault.NOT_LOADED)
        tellers = Tellers(self._tellers.on_usage, lambda *_: None, lambda _: None)
        return EngineSet(settings, self._house, self._connections, tellers, only_first=True)

    async def models(self, part: EnginePart | None, settings: Settings) -> tuple[ModelInfo, ...]:
        """Return what the server of a part offers for it; None: all that OpenAI's address has.

        Raises:
            EngineError: it cannot be asked.
        """
        from copilot_desktop.engines.server.openai_models import fitting, models_of

        endpoint = _server_of(settings, part)
        found = await models_of(await self._connections.client(endpoint))
        if part is None:
            return found
        first = engine_plan.choices(settings, part)[:1]
        return fitting(found, part, *(choice.kind.value for choice in first))

    def _new_set(self, house: House) -> Engines:
        if self._set is not None:
            self._old_sets.append(self._set)
        self._set = EngineSet(self._settings, house, self._connections, self._tellers)
        return self._set.engines

    # Trying them out.

    async def documents(self) -> Sequence[DocumentState]:
        """Return how every document stands that was read so far."""
        await self.wait()
        assert self._library is not None
        return self._library.contents()

    async def read_documents(self, told: Told | None = None, *, again: bool = False) -> None:
        """Read what is new or changed, `again` also what failed; `told` is told on the loop how far it is.

        Cancelled, it stops soon; what was read is kept.
        """
        loop = asyncio.get_running_loop()

        def tell(done: int, of: int) -> None:
            if told is not None:
                loop.call_soon_threadsafe(told, done, of)

        await self.wait()
        assert self._library is not None
        await self._library.refresh(tell, again=again)

    async def add_documents(self, paths: Sequence[Path]) -> None:
        """Let the assistant answer from these files and folders, once they are read. Raises ShelfError."""
        await self.wait()
        assert self._shelf is not None
        await asyncio.to_thread(self._shelf.add, paths)

    async def remove_document(self, path: Path) -> None:
        """Answer from this file no more, once documents are read again. Raises ShelfError."""
        await self.wait()
        assert self._shelf is not None
        await asyncio.to_thread(self._shelf.remove, path)

    @property
    def has_only_examples(self) -> bool:
        """Whether the documents are those that came with the program."""
        return self._shelf is None or self._shelf.has_only_examples

    async def search(self, question: str) -> list[Passage]:
        """Return what the documents say about `question`, best first."""
        await self.wait()
        assert self._library is not None
        return await self._library.search(question, _PASSAGES)

    def new_checklist(self) -> Checklist | None:
        """Return the playbook's steps for one call; None: it has none, or nothing is loaded yet."""
        from copilot_desktop.knowledge.checklist import Checklist

        if self.playbook is None or self._embedder is None or not self.playbook.steps:
            return None
        return Checklist(self.playbook, self._embedder)

    async def speak(self, text: str, folder: Path) -> Path:
        """Write `text` in the assistant's voice as a WAV file below `folder`; return its path.

        Raises:
            EngineError: the voice does not work.
            OSError: the file cannot be written.
        """
        engines = await self._late.wait()
        sound = await engine_trial.sound_of(engines.voice, text)
        return await asyncio.to_thread(_write_wav, sound, folder)

    async def try_out(self) -> str:
        """Try the engines at work, one after another, and return in words how that went.

        Raises:
            EngineError: something of it does not work.
        """
        await self.wait()
        parts = (EnginePart.VOICE, EnginePart.HEARING, EnginePart.WRITER)
        return "\n".join([await self.try_part(part, self._settings) for part in parts])

    async def try_part(self, part: EnginePart, settings: Settings) -> str:
        """Try the first choice of `settings` for a part, and return in words how that went.

        Raises:
            EngineError: it does not work.
        """
        local = await self.wait()
        tried = self.trial(settings)
        try:
            return await engine_trial.try_part(tried, part, local.voice)
        finally:
            await tried.close()

    # What there is to know.

    def _furnish(self, local: LocalEngines) -> House:
        """Return what engines need here; nothing is read or embedded yet. Blocks."""
        from copilot_desktop.engines.local_embedder import MODEL_SHA256
        from copilot_desktop.knowledge.library import Library
        from copilot_desktop.knowledge.meaning import RememberingEmbedder
        from copilot_desktop.knowledge.shelf import Shelf

        folder, examples = self._settings.data_dir / "knowledge", resources() / "knowledge"
        embedder = self._embedder = RememberingEmbedder(local.embedder)
        index = folder / "index.sqlite"
        library = Library(embedder, [], index=index, embedder_name=MODEL_SHA256, trusted=examples)
        self._library = library
        self._shelf = Shelf(library, examples, folder / "documents.json", self._settings.documents_dir)
        return self._with_playbook(local)

    def _with_playbook(self, local: LocalEngines) -> House:
        """Return the same with the playbook that the settings name. Blocks."""
        from copilot_desktop.knowledge import playbook_files
        from copilot_desktop.knowledge.playbook_writer import PlaybookWriter

        assert self._library is not None
        assert self._embedder is not None
        path, book, problem = playbook_files.chosen(self._settings.playbook, self.playbook_folders)
        if problem:
            log.warning("another playbook is used than was chosen: %s", problem)
        self.playbook = book
        # What it says nobody looks through before: only what fits surely.
        writer = self._writer = PlaybookWriter(self._library.sure(), book, self._embedder)
        vocabulary = (self._settings.business_name, *book.vocabulary)
        return House(local, self._library, writer, path.read_text(encoding="utf-8-sig"), vocabulary)

    @property
    def playbook_folders(self) -> list[Path]:
        """Where playbooks are: the program's own, then the owner's."""
        return [resources() / "playbooks", self._settings.data_dir / "playbooks"]


@contextmanager
def collecting_no_garbage() -> Iterator[None]:
    """For loading much that stays: looking through it again and again would hold the loop up."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _make_local() -> LocalEngines:
    from copilot_desktop.engines.local import LocalEngines

    return LocalEngines(resources() / "models" / "minilm" / "tokenizer.json")


def _write_wav(sound: bytes, folder: Path) -> Path:
    from copilot_desktop.audio.frame import SAMPLE_RATE_HZ
    from copilot_desktop.audio.g711 import decode

    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix="sample-", suffix=".wav", delete=False) as file:
        with wave.open(file, "wb") as samples:
            samples.setnchannels(1)
            samples.setsampwidth(2)
            samples.setframerate(SAMPLE_RATE_HZ)
            samples.writeframes(decode(sound).astype("<i2").tobytes())
        return Path(file.name)


def _server_of(settings: Settings, part: EnginePart | None) -> Endpoint:
    """Return where to ask for models."""
    if part is not None:
        for choice in engine_plan.choices(settings, part):
            if choice.endpoint is not None:
                return choice.endpoint
    return Endpoint(settings.openai_base_url, (), plain(settings.openai_api_key))
