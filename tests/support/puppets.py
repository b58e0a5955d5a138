"""Engines that a test plays by hand: what was said, what is answered, and how long it takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from copilot_desktop.audio.frame import FRAME_BYTES, FRAME_MS, AudioFrame
from copilot_desktop.audio.level import is_audible
from copilot_desktop.calls.errors import EngineUnavailable
from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.calls.ports import Conversation, Draft, Engines, Heard, HeardStage, ToolCall

TONE = bytes([0x90, 0x10]) * (FRAME_BYTES // 2)
"""Loud enough to count as speech."""
MS_PER_WORD = 300


class PuppetHearing:
    """Answers every pause and commit with `words`, after `delay_s`."""

    def __init__(self, owner: PuppetTranscriber) -> None:
        self._owner = owner
        self._out: asyncio.Queue[Heard | None] = asyncio.Queue()
        self._at_ms = 0

    def feed(self, frame: AudioFrame) -> None:
        self._at_ms = frame.at_ms + FRAME_MS

    def speech_started(self, at_ms: int) -> None: ...

    def partial(self) -> None:
        self._put(HeardStage.PARTIAL)

    def pause(self) -> None:
        self._put(HeardStage.PAUSED)

    def commit(self) -> None:
        self._put(HeardStage.FINAL)
        self._owner.words = ""

    def break_off(self) -> None:
        self._out.put_nowait(None)

    def _put(self, stage: HeardStage) -> None:
        words = self._owner.final_words if stage is HeardStage.FINAL else None
        heard = Heard(self._owner.words if words is None else words, stage, 0, self._at_ms, 0.9)
        asyncio.get_running_loop().call_later(self._owner.delay_s, self._out.put_nowait, heard)

    async def __aiter__(self) -> AsyncIterator[Heard]:
        while (heard := await self._out.get()) is not None:
            yield heard
        raise EngineUnavailable("puppet ears")


class PuppetTranscriber:
    def __init__(self) -> None:
        self.words = ""
        self.final_words: str | None = None
        self.delay_s = 0.0
        self.is_down = False
        """It cannot be opened."""
        self.hearings: dict[Party, PuppetHearing] = {}
        self.opened = 0

    @asynccontextmanager
    async def open(self, call: CallId, party: Party) -> AsyncIterator[PuppetHearing]:
        if self.is_down:
            raise EngineUnavailable("puppet ears")
        self.opened += 1
        self.hearings[party] = PuppetHearing(self)
        yield self.hearings[party]


class PuppetDetector:
    def __init__(self) -> None:
        self.certainty = 1.0

    def hear(self, frame: AudioFrame) -> float:
        return 0.95 if is_audible(frame.data) else 0.02

    async def turn_is_over(self, text: str) -> float:
        return self.certainty


class PuppetWriter:
    origin = "puppet"

    def __init__(self) -> None:
        self.talks: list[Conversation] = []
        self.answer: Callable[[Conversation], str] = lambda talk: f"You said {talk.last_caller_text}"
        self.delay_s = 0.0
        self.ends_call = False
        self.is_broken = False
        self.tools: tuple[ToolCall, ...] = ()
        self.beside: tuple[str, ...] = ()
        self.beside_delay_s = 0.0
        self.cancelled = 0

    async def alternatives(self, talk: Conversation, answer: str) -> Sequence[Draft]:
        """Return what the test wishes."""
        await asyncio.sleep(self.beside_delay_s)
        return [Draft(text, is_complete=True) for text in self.beside]

    async def reply(self, talk: Conversation) -> AsyncIterator[Draft]:
        self.talks.append(talk)
        try:
            await asyncio.sleep(self.delay_s)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.is_broken:
            raise EngineUnavailable("puppet writer")
        text = self.answer(talk)
        yield Draft(text.split(". ")[0])
        yield Draft(text, is_complete=True, ends_call=self.ends_call, tools=self.tools)


class PuppetVoice:
    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.delay_s = 0.0
        self.is_broken = False
        self.breaks_after_words: int | None = None
        self.calls: list[CallId | None] = []

    async def speak(self, sentence: str, call: CallId | None = None) -> AsyncIterator[bytes]:
        self.sentences.append(sentence)
        self.calls.append(call)
        await asyncio.sleep(self.delay_s)
        if self.is_broken:
            raise EngineUnavailable("puppet voice")
        for index, _ in enumerate(sentence.split()):
            if index == self.breaks_after_words:
                raise EngineUnavailable("puppet voice")
            yield TONE * (MS_PER_WORD // 20)


class Puppets:
    """All four, and the `Engines` made of them."""

    def __init__(self) -> None:
        self.transcriber = PuppetTranscriber()
        self.detector = PuppetDetector()
        self.writer = PuppetWriter()
        self.voice = PuppetVoice()

    def engines(self) -> Engines:
        return Engines(self.transcriber, lambda: self.detector, self.writer, self.voice)
