"""The engine ports from a script: no model, no network, the same every time. For tests, benchmarks and demos.

They hear by loudness, so a tone is speech to them. All waiting is by `asyncio.sleep`: virtual time works.
"""

from __future__ import annotations

import asyncio
import re
import zlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import numpy as np
from numpy.typing import NDArray

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import FRAME_MS, SAMPLE_RATE_HZ, AudioFrame, pad
from copilot_desktop.audio.level import is_audible
from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.calls.ports import Conversation, Draft, Heard, HeardStage, Hearing

_FRAMES_A_WORD = 10
"""A partial grows by one word each 200 ms of sound."""


class ScriptedTranscriber:
    """Hears the `utterances` one after the other, one a turn in which there was sound.

    Each party of each call hears them from the first; opened again, it goes on where it was. When they
    run out, and in turns without sound, it hears nothing. `delay_s` passes before each PAUSED and FINAL.
    """

    def __init__(self, utterances: Sequence[str], *, delay_s: float = 0.0) -> None:
        self._utterances, self._delay_s = tuple(utterances), delay_s
        self._scripts: dict[tuple[CallId, Party], deque[str]] = {}

    @asynccontextmanager
    async def open(self, call: CallId, party: Party) -> AsyncIterator[Hearing]:
        """Begin to hear one party."""
        script = self._scripts.setdefault((call, party), deque(self._utterances))
        hearing = ScriptedHearing(script, self._delay_s)
        try:
            yield hearing
        finally:
            hearing.close()


class ScriptedHearing:
    """Implements `calls.ports.Hearing` over what is left of a script."""

    def __init__(self, script: deque[str], delay_s: float) -> None:
        self._script, self._delay_s = script, delay_s
        self._told: deque[Heard] = deque()
        self._wake = asyncio.Event()
        self._is_closed = self._is_open = False
        self._loud_frames = self._start_ms = self._end_ms = 0

    def feed(self, frame: AudioFrame) -> None:
        """Take 20 ms; every tenth loud frame of a turn gives a PARTIAL of one more word."""
        self._end_ms = frame.at_ms + FRAME_MS
        if not self._is_open or not is_audible(frame.data):
            return
        self._loud_frames += 1
        words = self._words().split()
        count = self._loud_frames // _FRAMES_A_WORD
        if self._loud_frames % _FRAMES_A_WORD == 0 and count <= len(words):
            self._tell(" ".join(words[:count]), HeardStage.PARTIAL)

    def speech_started(self, at_ms: int) -> None:
        """Begin a turn; without effect while one runs."""
        if not self._is_open:
            self._is_open, self._start_ms, self._loud_frames = True, at_ms, 0

    def pause(self) -> None:
        """Owe a PAUSED with the whole utterance."""
        # Partials that nobody has taken yet come too late.
        self._told = deque(heard for heard in self._told if heard.stage is not HeardStage.PARTIAL)
        self._tell(self._words(), HeardStage.PAUSED)

    def commit(self) -> None:
        """Owe a FINAL with the whole utterance, and go on to the next."""
        self._told = deque(heard for heard in self._told if heard.stage is not HeardStage.PARTIAL)
        text = self._words()
        self._tell(text, HeardStage.FINAL)
        if text:
            self._script.popleft()
        self._is_open, self._loud_frames = False, 0

    def close(self) -> None:
        """End the iteration."""
        self._is_closed = True
        self._wake.set()

    def __aiter__(self) -> AsyncIterator[Heard]:
        return self._listen()

    async def _listen(self) -> AsyncIterator[Heard]:
        while not self._is_closed:
            if not self._told:
                self._wake.clear()
                await self._wake.wait()
                continue
            heard = self._told.popleft()
            if heard.stage is not HeardStage.PARTIAL and self._delay_s:
                await asyncio.sleep(self._delay_s)
            yield heard

    def _words(self) -> str:
        has_sound = self._is_open and self._loud_frames
        return self._script[0] if has_sound and self._script else ""

    def _tell(self, text: str, stage: HeardStage) -> None:
        start_ms = self._start_ms if self._is_open else self._end_ms
        self._told.append(Heard(text, stage, start_ms, self._end_ms, 1.0 if text else None))
        self._wake.set()


class ScriptedDetector:
    """Implements `calls.ports.SpeechDetector` by loudness; holds every turn for over with `certainty`."""

    def __init__(self, certainty: float = 1.0) -> None:
        self._certainty = certainty

    def hear(self, frame: AudioFrame) -> float:
        """Return 0.95 for sound, 0.02 for none."""
        return 0.95 if is_audible(frame.data) else 0.02

    async def turn_is_over(self, text: str) -> float:
        """Return the certainty given."""
        return self._certainty


class ScriptedWriter:
    """Implements `calls.ports.ReplyWriter`: given replies, or a function of the talk.

    Of given replies it takes the one for the caller's n-th turn, beginning again after the last: it
    remembers nothing. It writes word by word; `delay_s` passes before each word.
    """

    origin = "answers from a script"

    def __init__(
        self, replies: Sequence[str] | Callable[[Conversation], str], *, delay_s: float = 0.0
    ) -> None:
        if not callable(replies) and not replies:
            raise ValueError("a script needs at least one reply")
        self._replies, self._delay_s = replies, delay_s

    async def alternatives(self, talk: Conversation, answer: str) -> Sequence[Draft]:
        """Return none."""
        return ()

    async def reply(self, talk: Conversation) -> AsyncIterator[Draft]:
        """Yield one draft a word, each with all words so far."""
        words = re.findall(r"\S+\s*", self._text(talk))
        text = ""
        for word in words:
            await asyncio.sleep(self._delay_s)
            text += word
            yield Draft(text.rstrip())
        yield Draft(text.rstrip(), is_complete=True)

    def _text(self, talk: Conversation) -> str:
        if callable(self._replies):
            return self._replies(talk)
        parties = [line.party for line in talk.lines]
        turns = sum(
            party is Party.CALLER and (index == 0 or parties[index - 1] is not Party.CALLER)
            for index, party in enumerate(parties)
        )
        return self._replies[max(0, turns - 1) % len(self._replies)]


class ScriptedVoice:
    """Implements `calls.ports.Voice`: a tone of `word_ms` a word, loud enough to count as speech.

    `delay_s` passes before the first sound of each sentence.
    """

    def __init__(self, *, word_ms: int = 200, delay_s: float = 0.0) -> None:
        self._word_ms, self._delay_s = word_ms, delay_s

    async def speak(self, sentence: str, call: CallId | None = None) -> AsyncIterator[bytes]:
        """Yield the tone, a word a piece."""
        await asyncio.sleep(self._delay_s)
        word = tone(self._word_ms)
        for _ in sentence.split():
            yield word
            # So that a reader who cancels between two words is heard.
            await asyncio.sleep(0)


class ScriptedEmbedder:
    """Implements `calls.ports.Embedder`: texts that share words are alike."""

    width = 256

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one L2-normalised row a text."""
        rows = np.zeros((len(texts), self.width), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()) or [""]:
                row[zlib.crc32(word.encode()) % self.width] += 1
            row /= np.linalg.norm(row)
        return rows


def tone(duration_ms: int, pitch_hz: int = 400) -> bytes:
    """Return a tone at −20 dBFS in whole frames of µ-law."""
    seconds = np.arange(SAMPLE_RATE_HZ * duration_ms // 1000) / SAMPLE_RATE_HZ
    wave = 0.1 * np.sqrt(2) * np.sin(2 * np.pi * pitch_hz * seconds)
    return pad(g711.encode_float(wave.astype(np.float32)))
