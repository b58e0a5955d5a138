"""LocalEngines: every engine of this machine, loaded together in the background."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path

from copilot_desktop.calls.errors import EngineError
from copilot_desktop.engines.hearing.local_transcriber import LocalTranscriber
from copilot_desktop.engines.hearing.silero import SileroWeights
from copilot_desktop.engines.hearing.speech_detector import LocalSpeechDetector
from copilot_desktop.engines.local_embedder import LocalEmbedder
from copilot_desktop.engines.voice.local_voice import LocalVoice

log = logging.getLogger("copilot.engines")


class LocalEngines:
    """Make it anywhere, `load` it once on the loop, and give its parts to whoever needs them.

    The parts exist at once and would load themselves at first use; after `load` nothing is slow any more.
    `prompt`: names and product words for the transcriber to expect.
    """

    def __init__(self, tokenizer_path: Path, *, prompt: str = "") -> None:
        self.transcriber = LocalTranscriber(prompt=prompt)
        self.voice = LocalVoice()
        self.embedder = LocalEmbedder(tokenizer_path)
        self._weights: SileroWeights | None = None
        self._ready = asyncio.Event()
        self._failure: EngineError | None = None

    @property
    def is_ready(self) -> bool:
        """True once all engines are loaded and have run once."""
        return self._ready.is_set() and self._failure is None

    async def load(self) -> None:
        """Load and warm up every engine in a thread, one after the other; about 2 s. Raises EngineError.

        Cancelled, the thread ends its work unheard.
        """
        try:
            await asyncio.to_thread(self._load)
        except EngineError as error:
            self._failure = error
            raise
        finally:
            self._ready.set()

    async def wait_ready(self) -> None:
        """Return when `load` is done. Raises the EngineError that ended it."""
        await self._ready.wait()
        if self._failure is not None:
            raise self._failure

    def new_detector(self) -> LocalSpeechDetector:
        """Return a detector for one party. Raises EngineUnavailable."""
        if self._weights is None:
            self._weights = SileroWeights()
        return LocalSpeechDetector(self._weights)

    def caller_voice(self, persona: str) -> LocalVoice:
        """Return the voice of a practice caller. Raises ValueError for an unknown persona."""
        return self.voice.as_persona(persona)

    def close(self) -> None:
        """Let the engines' threads end. No call may be running."""
        self.transcriber.close()
        self.voice.close()

    def _load(self) -> None:
        # What the first seconds of a call need first: ears, the greeting, then words.
        self._timed("speech detector", lambda: self.new_detector().warm_up())
        for name, load, warm_up in (
            ("voice", self.voice.load, self.voice.warm_up),
            ("transcriber", self.transcriber.load, self.transcriber.warm_up),
            ("embedder", self.embedder.load, self.embedder.warm_up),
        ):
            self._timed(name, load)
            self._timed(f"{name}, first run", warm_up)

    @staticmethod
    def _timed(name: str, step: Callable[[], None]) -> None:
        begun = time.perf_counter()
        step()
        log.debug("%s: %.0f ms", name, (time.perf_counter() - begun) * 1000)
