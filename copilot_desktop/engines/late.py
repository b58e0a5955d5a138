"""The engine ports before the engines are there: whoever needs one waits until it is loaded.

So the phone can ring a second after the start, while models are still being read.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from copilot_desktop.audio.frame import AudioFrame
from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.calls.ports import Conversation, Draft, Engines, Hearing, SpeechDetector
from copilot_desktop.engines.trials import closed_after


class LateEngines:
    """Give `engines()` to the desk at once, and the real ones to `arrive` when they are loaded.

    If loading fails, give the error to `fail`: everybody who waits, or comes later, gets it.
    """

    def __init__(self) -> None:
        self._real: asyncio.Future[Engines] = asyncio.get_running_loop().create_future()
        self._newest: Engines | None = None

    @property
    def are_here(self) -> bool:
        """True once the real engines are loaded."""
        return self._real.done() and self._real.exception() is None

    def arrive(self, engines: Engines) -> None:
        """These are the real ones, from now on; what is open stays with those before."""
        self._newest = engines
        if not self._real.done():
            self._real.set_result(engines)

    def fail(self, error: Exception) -> None:
        """There will be none. `error` is an EngineError."""
        self._real.set_exception(error)
        self._real.exception()  # Seen: a run in which nobody calls must not warn about it.

    async def wait(self) -> Engines:
        """Return the real ones when they are here. Raises what `fail` was given."""
        first = await asyncio.shield(self._real)
        return self._newest or first

    def engines(self) -> Engines:
        """Return stand-ins for all four ports."""
        return Engines(
            _LateTranscriber(self), lambda: _LateDetector(self), _LateWriter(self), _LateVoice(self)
        )

    def here(self) -> Engines | None:
        """Return the real ones if they are here, without waiting."""
        return self._newest if self.are_here else None


class _LateTranscriber:
    def __init__(self, late: LateEngines) -> None:
        self._late = late

    @asynccontextmanager
    async def open(self, call: CallId, party: Party) -> AsyncIterator[Hearing]:
        engines = await self._late.wait()
        async with engines.transcriber.open(call, party) as hearing:
            yield hearing


class _LateDetector:
    """Hears nothing until the real detector is here."""

    def __init__(self, late: LateEngines) -> None:
        self._late = late
        self._detector: SpeechDetector | None = None

    def _find(self) -> SpeechDetector | None:
        if self._detector is None and (engines := self._late.here()) is not None:
            self._detector = engines.detector()
        return self._detector

    def hear(self, frame: AudioFrame) -> float:
        detector = self._find()
        return detector.hear(frame) if detector is not None else 0.0

    async def turn_is_over(self, text: str) -> float:
        await self._late.wait()
        detector = self._find()
        assert detector is not None
        return await detector.turn_is_over(text)


class _LateWriter:
    def __init__(self, late: LateEngines) -> None:
        self._late = late

    @property
    def origin(self) -> str:
        engines = self._late.here()
        return engines.writer.origin if engines is not None else "loading"

    async def reply(self, talk: Conversation) -> AsyncIterator[Draft]:
        engines = await self._late.wait()
        async with closed_after(engines.writer.reply(talk)) as drafts:
            async for draft in drafts:
                yield draft

    async def alternatives(self, talk: Conversation, answer: str) -> Sequence[Draft]:
        engines = await self._late.wait()
        return await engines.writer.alternatives(talk, answer)


class _LateVoice:
    def __init__(self, late: LateEngines) -> None:
        self._late = late

    async def speak(self, sentence: str, call: CallId | None = None) -> AsyncIterator[bytes]:
        engines = await self._late.wait()
        async with closed_after(engines.voice.speak(sentence, call)) as pieces:
            async for audio in pieces:
                yield audio
