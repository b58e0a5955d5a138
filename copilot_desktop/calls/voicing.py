"""Voicing: sentences become sound in their order, the next ones asked for while one is still being made."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from copilot_desktop.calls.events import CallId
from copilot_desktop.calls.ports import Voice
from copilot_desktop.calls.speech import Speech

_AHEAD = 2
"""Sentences asked for besides the one whose sound is taken: no gap between them, little to throw away."""
_PIECES_AHEAD = 64
"""Of one sentence; a voice that is faster waits."""


async def speak_into(
    speech: Speech, voice: Voice, sentences: asyncio.Queue[str | None], call: CallId | None = None
) -> None:
    """Voice each sentence of the queue into `speech`, until None.

    Cancelled or failed, every sentence under way is given up before this returns. Raises EngineError, after
    the sound of the sentences before the one that failed.
    """
    ahead = _Ahead(voice, call)
    asking = asyncio.create_task(ahead.ask(sentences))
    try:
        while (voiced := await ahead.next()) is not None:
            sentence = speech.begin(voiced.text)
            while (audio := await voiced.piece()) is not None:
                await speech.add(sentence, audio)
            sentence.is_complete = True
            speech.on_change()
            ahead.taken()
        speech.finish()
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await ahead.close()


class _Voiced:
    """One sentence in the making."""

    def __init__(self, text: str, voice: Voice, call: CallId | None) -> None:
        self.text = text
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(_PIECES_AHEAD)
        self.task = asyncio.create_task(self._make(voice, call))

    async def piece(self) -> bytes | None:
        """Return the next of its sound, None at its end. Raises EngineError where that ends too soon."""
        piece = await self._pieces.get()
        self._room.release()
        if piece is None:
            await self.task
        return piece

    async def _make(self, voice: Voice, call: CallId | None) -> None:
        stream = voice.speak(self.text, call)
        try:
            async for audio in stream:
                await self._room.acquire()
                self._pieces.put_nowait(audio)
        finally:
            self._pieces.put_nowait(None)
            if isinstance(stream, AsyncGenerator):
                # Cancelled between two pieces, it would otherwise hold its connection until collected.
                await stream.aclose()


class _Ahead:
    """The sentences under way, first to last."""

    def __init__(self, voice: Voice, call: CallId | None) -> None:
        self._voice, self._call = voice, call
        self._room = asyncio.Semaphore(1 + _AHEAD)
        self._ready: asyncio.Queue[_Voiced | None] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, sentences: asyncio.Queue[str | None]) -> None:
        """Ask for the sound of every sentence, as far ahead as is allowed."""
        while (text := await sentences.get()) is not None:
            await self._room.acquire()
            voiced = _Voiced(text, self._voice, self._call)
            self._tasks.add(voiced.task)
            voiced.task.add_done_callback(self._done)
            self._ready.put_nowait(voiced)
        self._ready.put_nowait(None)

    async def next(self) -> _Voiced | None:
        """Return the next sentence, None after the last."""
        return await self._ready.get()

    def taken(self) -> None:
        """All sound of a sentence is taken: another may be asked for."""
        self._room.release()

    async def close(self) -> None:
        """Give up what is under way."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            # A failure nobody waits for any more: the sentence before it was given up.
            task.exception()
