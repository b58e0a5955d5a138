"""A caller's line into a hearing, and a brain for the peer that understands what has been said so far."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import numpy as np

from copilot_desktop.audio.frame import FRAME_BYTES, FRAME_MS, SILENCE, AudioFrame
from copilot_desktop.audio.level import dbfs
from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.calls.ports import Heard, HeardStage, Hearing, Transcriber
from copilot_desktop.engines.hearing.file_transcriber import FileTranscriber
from copilot_desktop.engines.hearing.live_transcriber import LiveTranscriber
from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from tests.support.local_engines import speech
from tests.support.openai_peer import KEY, AnswerRequest, BrainAnswer, OpenAIPeer

CALL = CallId("call-1")


class FollowingBrain:
    """Hears known sentences, as many words of each as the sound is long: like a model that writes along."""

    def __init__(self, sentences: Sequence[str]) -> None:
        self._loud = {text: _loud_frames(speech(text)) for text in sentences}
        self._prints = {text: _print(speech(text)) for text in sentences}
        self.count = 0
        """How often it was asked."""

    def transcribe(self, ulaw: bytes) -> str:
        """Return the words in `ulaw`; several sentences, one after the other, are understood too."""
        self.count += 1
        heard = _loud_frames(ulaw)
        said: list[str] = []
        while heard >= 3:
            text = self._known(ulaw, said)
            if text is None:
                break
            words = text.split()
            # The last frames are hardly louder than a pause.
            share = min(1.0, heard / (self._loud[text] - 4))
            said.append(" ".join(words[: int(share * len(words))]))
            heard -= self._loud[text]
        return " ".join(part for part in said if part)

    def hear_so_far(self, ulaw: bytes) -> str:
        """Return the words so far."""
        return self.transcribe(ulaw)

    def answer(self, request: AnswerRequest) -> BrainAnswer:
        """Nobody asks."""
        raise NotImplementedError

    def speak(self, text: str) -> bytes:
        """Nobody asks."""
        raise NotImplementedError

    def _known(self, ulaw: bytes, said: list[str]) -> str | None:
        """By its beginning; if it was given in another format, the first that was not said."""
        exact = [text for text, print_ in self._prints.items() if print_ in ulaw]
        exact.sort(key=lambda text: ulaw.find(self._prints[text]))
        if exact:
            return exact[len(said)] if len(said) < len(exact) else None
        return next(iter(self._loud)) if not said else None


class HeardLine:
    """Feeds a hearing and keeps all that was heard, in order, with the line's time."""

    def __init__(self, hearing: Hearing, frame_s: float = 0.002) -> None:
        self.hearing = hearing
        self.frame_s = frame_s
        self.heard: list[Heard] = []
        self.error: Exception | None = None
        self.at_ms = 0
        self._news = asyncio.Event()

    async def listen(self) -> None:
        """Run beside the test until the hearing is closed or fails."""
        try:
            async for heard in self.hearing:
                self.heard.append(heard)
                self._news.set()
        except Exception as error:
            self.error = error
            self._news.set()

    async def feed(self, sound: bytes) -> None:
        """Feed `sound`, a frame each `frame_s`."""
        clock = asyncio.get_running_loop().time
        due_s = clock()
        for at in range(0, len(sound), FRAME_BYTES):
            self.hearing.feed(AudioFrame(sound[at : at + FRAME_BYTES], self.at_ms))
            self.at_ms += FRAME_MS
            due_s += self.frame_s
            await asyncio.sleep(max(0.0, due_s - clock()))

    async def say(self, text: str, *, silence_frames: int = 8) -> None:
        """Say `text` as a turn that is not ended yet."""
        await self.feed(SILENCE * 20)
        await self.say_sound(speech(text), silence_frames=silence_frames)

    async def say_sound(self, sound: bytes, *, silence_frames: int = 8) -> None:
        """The same with any sound, without the silence before."""
        begins_ms = self.at_ms
        await self.feed(sound[: 10 * FRAME_BYTES])
        self.hearing.speech_started(begins_ms)
        await self.feed(sound[10 * FRAME_BYTES :] + SILENCE * silence_frames)

    async def until(self, is_so: Callable[[], bool], limit_s: float = 8.0) -> None:
        """Wait until something heard, or an error, makes `is_so` true."""
        async with asyncio.timeout(limit_s):
            while not is_so():
                self._news.clear()
                await self._news.wait()

    async def wait_for(self, stage: HeardStage, count: int = 1) -> Heard:
        """Return the `count`th of a stage, or raise what the hearing raised."""
        await self.until(lambda: self.error is not None or len(self.of(stage)) >= count)
        if self.error is not None and len(self.of(stage)) < count:
            raise self.error
        return self.of(stage)[count - 1]

    async def wait_for_error(self) -> Exception:
        """Return what the hearing raises."""
        await self.until(lambda: self.error is not None)
        assert self.error is not None
        return self.error

    def of(self, stage: HeardStage) -> list[Heard]:
        """Return all that was heard of one stage."""
        return [heard for heard in self.heard if heard.stage is stage]


@asynccontextmanager
async def a_line(transcriber: Transcriber, frame_s: float = 0.002) -> AsyncIterator[HeardLine]:
    """Open a hearing; when it is closed, its iteration must end within a second."""
    async with transcriber.open(CALL, Party.CALLER) as hearing:
        line = HeardLine(hearing, frame_s)
        task = asyncio.create_task(line.listen())
        try:
            yield line
        except BaseException:
            task.cancel()
            raise
    async with asyncio.timeout(1):
        await task


class AtPeer:
    """A Transcriber whose peer lives as long as a hearing is open. `make` builds the real one on it."""

    def __init__(
        self,
        make: Callable[[OpenAIConnections, Endpoint], Transcriber],
        models: Sequence[str],
        sentences: Sequence[str],
    ) -> None:
        self._make, self._models, self._sentences = make, tuple(models), sentences

    @asynccontextmanager
    async def open(self, call: CallId, party: Party) -> AsyncIterator[Hearing]:
        """Begin to hear one party."""
        connections = OpenAIConnections()
        try:
            async with OpenAIPeer(brain=FollowingBrain(self._sentences)) as peer:
                endpoint = Endpoint(peer.base_url, self._models, KEY)
                async with self._make(connections, endpoint).open(call, party) as hearing:
                    yield hearing
        finally:
            await connections.close()


def live(connections: OpenAIConnections, endpoint: Endpoint) -> LiveTranscriber:
    """Return the one that writes along."""
    return LiveTranscriber(
        connections,
        endpoint,
        language="en",
        vocabulary=lambda: ["Marlow"],
        on_usage=lambda usage, call: None,
    )


def by_file(connections: OpenAIConnections, endpoint: Endpoint) -> FileTranscriber:
    """Return the one that uploads."""
    return FileTranscriber(
        connections,
        endpoint,
        language="en",
        vocabulary=lambda: ["Marlow"],
        on_usage=lambda usage, call: None,
    )


def _frames(ulaw: bytes) -> list[bytes]:
    return [ulaw[at : at + FRAME_BYTES] for at in range(0, len(ulaw) - FRAME_BYTES + 1, FRAME_BYTES)]


def _loud_frames(ulaw: bytes) -> int:
    return sum(dbfs(frame) > -40 for frame in _frames(ulaw))


def _print(ulaw: bytes) -> bytes:
    """Its loudest frames so far in: no two sentences share them."""
    levels = np.array([dbfs(frame) for frame in _frames(ulaw)[:15]])
    at = int(levels.argmax()) * FRAME_BYTES
    return ulaw[at : at + FRAME_BYTES]
