"""Transcribers that a test plays by hand, several of them behind one, and a caller who talks into them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from copilot_desktop.audio.frame import FRAME_MS, SILENCE, AudioFrame
from copilot_desktop.calls.engine_status import EnginePart
from copilot_desktop.calls.errors import EngineError, EngineFault
from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.calls.ports import Heard, HeardStage, Hearing, Transcriber
from copilot_desktop.engines.engine_health import EngineHealth
from copilot_desktop.engines.hearing.fallback_transcriber import FallbackTranscriber
from copilot_desktop.engines.scripted import tone

CALL = CallId("call-1")
LOUD = tone(FRAME_MS)


class PlayedTranscriber:
    """Its words are what it heard: "3 loud" frames. Slow, silent or broken, as the test wishes."""

    has_partials = True
    is_deaf = False

    def __init__(self, *, delay_s: float | None = 0.2, opening_s: float = 0.0) -> None:
        self.delay_s, self.opening_s = delay_s, opening_s
        """None: no words ever."""
        self.refusal: Exception | None = None
        self.hearings: list[PlayedHearing] = []
        self.open_count = 0

    @asynccontextmanager
    async def open(self, call: CallId, party: Party) -> AsyncIterator[PlayedHearing]:
        await asyncio.sleep(self.opening_s)
        if self.refusal is not None:
            raise self.refusal
        hearing = PlayedHearing(self)
        self.hearings.append(hearing)
        self.open_count += 1
        try:
            yield hearing
        finally:
            self.open_count -= 1


class PlayedHearing:
    def __init__(self, owner: PlayedTranscriber) -> None:
        self._owner = owner
        self.frames: list[AudioFrame] = []
        self.started: list[int] = []
        self.pauses = 0
        self._loud, self._is_open = 0, False
        self._out: asyncio.Queue[Heard | Exception] = asyncio.Queue()

    def feed(self, frame: AudioFrame) -> None:
        self.frames.append(frame)
        if frame.data == LOUD:
            self._loud += 1
            if self._loud % 10 == 0 and self._owner.has_partials:
                self.partial()

    def speech_started(self, at_ms: int) -> None:
        self.started.append(at_ms)
        if self._is_open:
            return
        self._is_open = True
        self._loud = sum(frame.data == LOUD and frame.at_ms >= at_ms - 400 for frame in self.frames)

    def pause(self) -> None:
        self.pauses += 1
        self._later(self._heard(HeardStage.PAUSED))

    def commit(self) -> None:
        self._later(self._heard(HeardStage.FINAL))
        self._loud, self._is_open = 0, False

    def partial(self) -> None:
        self._put(self._heard(HeardStage.PARTIAL))

    def break_off(self, error: Exception) -> None:
        self._put(error)

    def _heard(self, stage: HeardStage) -> Heard:
        text = f"{self._loud} loud" if self._loud and not self._owner.is_deaf else ""
        return Heard(text, stage, 0, self.frames[-1].at_ms)

    def _later(self, heard: Heard) -> None:
        if self._owner.delay_s is not None:
            asyncio.get_running_loop().call_later(self._owner.delay_s, self._put, heard)

    def _put(self, heard: Heard | Exception) -> None:
        self._out.put_nowait(heard)

    async def __aiter__(self) -> AsyncIterator[Heard]:
        while not isinstance(heard := await self._out.get(), Exception):
            yield heard
        raise heard


class Caller:
    """Talks into a hearing in real (virtual) time and keeps all words, with the moment they came."""

    def __init__(self, hearing: Hearing) -> None:
        self.hearing = hearing
        self.heard: list[tuple[float, Heard]] = []
        self.error: EngineError | None = None
        self.at_ms = 0

    async def listen(self) -> None:
        try:
            async for heard in self.hearing:
                self.heard.append((asyncio.get_running_loop().time(), heard))
        except EngineError as error:
            self.error = error

    async def silence(self, duration_ms: int) -> None:
        await self._feed(SILENCE, duration_ms)

    async def speak(self, duration_ms: int = 500) -> None:
        """200 ms later the detector notices."""
        start_ms = self.at_ms
        await self._feed(LOUD, 200)
        self.hearing.speech_started(start_ms)
        await self._feed(LOUD, duration_ms - 200)

    async def turn(self, duration_ms: int = 500) -> float:
        """Say something and fall silent; return when the turn was committed."""
        await self.speak(duration_ms)
        await self.silence(140)
        self.hearing.pause()
        await self.silence(300)
        self.hearing.commit()
        return asyncio.get_running_loop().time()

    async def _feed(self, frame: bytes, duration_ms: int) -> None:
        for _ in range(duration_ms // FRAME_MS):
            self.hearing.feed(AudioFrame(frame, self.at_ms))
            self.at_ms += FRAME_MS
            await asyncio.sleep(FRAME_MS / 1000)

    def finals(self) -> list[str]:
        return [heard.text for _, heard in self.heard if heard.stage is HeardStage.FINAL]

    def stages(self) -> list[HeardStage]:
        return [heard.stage for _, heard in self.heard]


class PlayedEars:
    """A fallback with its health, and what was told."""

    def __init__(self, *transcribers: Transcriber, limit_s: float = 1.5) -> None:
        self.switches: list[tuple[EngineFault, bool]] = []
        self.health = EngineHealth(
            EnginePart.HEARING,
            [f"ears {number}" for number, _ in enumerate(transcribers)],
            on_switch=lambda call, part, fault, is_recovered: self.switches.append((fault, is_recovered)),
        )
        self.transcriber = FallbackTranscriber(transcribers, self.health, words_limit_s=lambda: limit_s)

    @asynccontextmanager
    async def caller(self, party: Party = Party.CALLER, call: CallId = CALL) -> AsyncIterator[Caller]:
        async with self.transcriber.open(call, party) as hearing:
            caller = Caller(hearing)
            listening = asyncio.create_task(caller.listen())
            await caller.silence(1000)
            yield caller
        async with asyncio.timeout(1):
            await listening
