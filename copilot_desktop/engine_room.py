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

from copilot_desktop.calls.errors import EngineError, EngineUnavailable
from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.calls.ports import Engines, HeardStage, Passage
from copilot_desktop.config import resources
from copilot_desktop.engines.late import LateEngines

if TYPE_CHECKING:
    from copilot_desktop.engines.local import LocalEngines
    from copilot_desktop.knowledge.library import Library
    from copilot_desktop.knowledge.playbook import Playbook

log = logging.getLogger("copilot.app")

_TRIAL_SENTENCE = "Your order leaves our warehouse tomorrow morning."
_TRIAL_LIMIT_S = 20.0
_PASSAGES = 3


class EngineRoom:
    """One program's engines. `late` stands in for them in calls until `load` is done.

    `documents_dir`: the business's own documents beside those that came with the program; None: none.
    """

    def __init__(self, late: LateEngines, documents_dir: Path | None) -> None:
        self._late = late
        self._documents_dir = documents_dir
        self.local: LocalEngines | None = None
        self.playbook: Playbook | None = None
        self._library: Library | None = None

    async def load(self) -> None:
        """Load all of it off the loop. What fails is logged, and told to every call that needs it."""
        try:
            self.local = await asyncio.to_thread(_make_local)
            with collecting_no_garbage():
                await self.local.load()
            engines, read_documents = await asyncio.to_thread(self._wire, self.local)
        except EngineError as error:
            log.error("the embedded engines cannot be used: %s", error)
            self._late.fail(error)
        except Exception:
            log.exception("the embedded engines cannot be loaded")
            self._late.fail(EngineUnavailable("embedded engines", "they could not be loaded"))
        else:
            self._late.arrive(engines)
            # A caller who asks before they are read waits for it; most will still hear the greeting.
            await asyncio.to_thread(read_documents)

    async def wait(self) -> LocalEngines:
        """Return the engines once they are loaded.

        Raises:
            EngineError: they never will be.
        """
        await self._late.wait()
        assert self.local is not None
        return self.local

    def close(self) -> None:
        """Let the engines' threads end. Blocks for a moment; no call may be running."""
        if self.local is not None:
            self.local.close()

    async def read_from(self, documents_dir: Path | None) -> None:
        """Answer from another folder from now on."""
        if documents_dir == self._documents_dir:
            return
        self._documents_dir = documents_dir
        if self._library is not None:
            self._library.look_in(_folders(documents_dir))
            await self._library.refresh()

    # Trying them out.

    async def documents(self) -> Sequence[tuple[str, int, str]]:
        """Return every document: its name, how many passages it has, and why it could not be read."""
        await self.wait()
        assert self._library is not None
        await self._library.refresh()
        return self._library.contents()

    async def search(self, question: str) -> list[Passage]:
        """Return what the documents say about `question`, best first."""
        await self.wait()
        assert self._library is not None
        return await self._library.search(question, _PASSAGES)

    async def speak(self, text: str, folder: Path) -> Path:
        """Write `text` in the assistant's voice as a WAV file below `folder`; return its path.

        Raises:
            EngineError: the voice does not work.
            OSError: the file cannot be written.
        """
        sound = await self._sound_of(text)
        return await asyncio.to_thread(_write_wav, sound, folder)

    async def try_out(self) -> str:
        """Speak a sentence, write it down again, and return in words how that went.

        Raises:
            EngineError: something of it does not work.
        """
        sound = await self._sound_of(_TRIAL_SENTENCE)
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        try:
            async with asyncio.timeout(_TRIAL_LIMIT_S):
                heard = await self._words_of(sound)
        except TimeoutError:
            raise EngineUnavailable("speech recognition", "no words in time") from None
        took_s = loop.time() - began_s
        return f"Said and understood on this computer: “{heard}” – written down in {took_s:.1f} s."

    async def _sound_of(self, text: str) -> bytes:
        local = await self.wait()
        return b"".join([piece async for piece in local.voice.speak(text)])

    async def _words_of(self, sound: bytes) -> str:
        from copilot_desktop.audio.frame import FRAME_BYTES, FRAME_MS, AudioFrame

        local = await self.wait()
        async with local.transcriber.open(CallId("trial"), Party.CALLER) as hearing:
            hearing.speech_started(0)
            for number, start in enumerate(range(0, len(sound), FRAME_BYTES)):
                hearing.feed(AudioFrame(sound[start : start + FRAME_BYTES], number * FRAME_MS))
            hearing.commit()
            async for heard in hearing:
                if heard.stage is HeardStage.FINAL:
                    return heard.text
        return ""

    def _wire(self, local: LocalEngines) -> tuple[Engines, Callable[[], None]]:
        """Return the engines, and what reads the documents and the playbook for them. Both block."""
        from copilot_desktop.knowledge.library import Library
        from copilot_desktop.knowledge.meaning import RememberingEmbedder
        from copilot_desktop.knowledge.playbook import load_playbook
        from copilot_desktop.knowledge.playbook_writer import PlaybookWriter

        embedder = RememberingEmbedder(local.embedder)
        library = self._library = Library(embedder, _folders(self._documents_dir))
        self.playbook = load_playbook(resources() / "playbooks" / "customer-service.md")
        writer = PlaybookWriter(library, self.playbook, embedder)

        def read_documents() -> None:
            writer.load()
            library.load()

        return Engines(local.transcriber, local.new_detector, writer, local.voice), read_documents


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


def _folders(own: Path | None) -> list[Path]:
    return [resources() / "knowledge", *([own] if own else [])]


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
