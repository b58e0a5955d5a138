"""LocalTranscriber: Whisper on this machine, for any number of calls, one piece of sound at a time.

Everything that is owed (long turns' segments, pauses, ends of turns) is done in order. Partial words are a
courtesy: only when nothing is owed to anybody, and only while the voice goes on. Where it stops, on a line
without noise, the words so far are sought at once, before anyone asks: mostly that is the pause, known early.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from copilot_desktop.audio.frame import FRAME_BYTES, SILENCE, AudioFrame
from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.calls.ports import Heard, HeardStage, Hearing
from copilot_desktop.engines.hearing.turn_sound import TurnSound
from copilot_desktop.engines.hearing.whisper_model import WhisperModel, Words

log = logging.getLogger("copilot.engines")

T = TypeVar("T")

_PARTIAL_EVERY_MS = 700
_PARTIAL_REST = 4
"""Between two partials, at least this many times what one took."""
_SHORTEST_BYTES = 5 * FRAME_BYTES
"""Less than 100 ms holds no word."""
_OWED_LIMIT = 16
"""More waits only if the machine is far too slow; then the oldest segment is given up."""


class LocalTranscriber:
    """Implements `calls.ports.Transcriber`.

    `folder`: another Whisper model in CTranslate2's form. `prompt`: names and product words to expect.
    All calls share one model and one worker thread; `close` ends it.
    """

    def __init__(self, folder: Path | None = None, *, prompt: str = "", threads: int = 1) -> None:
        self.prompt = prompt
        self._model = WhisperModel(folder, threads=threads)
        self._worker = _Worker()

    def load(self) -> None:
        """Read the model; blocks for about 0.3 s, safe to call twice. Raises EngineUnavailable."""
        self._model.load()

    def warm_up(self) -> None:
        """Run once, over half a second of silence. Blocks. Raises EngineUnavailable."""
        self._model.transcribe(SILENCE * 25, prompt=self.prompt)

    def close(self) -> None:
        """Let the worker thread end. No hearing may be open."""
        self._worker.close()

    @asynccontextmanager
    async def open(self, call: CallId, party: Party) -> AsyncIterator[Hearing]:
        """Begin to hear one party. Raises EngineUnavailable if the model cannot be loaded."""
        await self._worker.run(self._model.load)
        hearing = LocalHearing(self._transcribe, self._worker)
        try:
            yield hearing
        finally:
            hearing.close()

    def _transcribe(self, sound: bytes, is_final: bool) -> Words:
        return self._model.transcribe(sound, prompt=self.prompt, is_final=is_final)


class LocalHearing:
    """Implements `calls.ports.Hearing`. The work is done while somebody iterates."""

    def __init__(self, transcribe: Callable[[bytes, bool], Words], worker: _Worker) -> None:
        self._transcribe, self._worker = transcribe, worker
        self._turn = TurnSound()
        self._turn_number = 0
        self._owed: deque[_Owed] = deque()
        self._wake = asyncio.Event()
        self._is_closed = False
        self._segments: list[Words] = []
        """What was understood of the running turn's parts that are cut off already."""
        self._known: tuple[int, Words] | None = None
        """The end and the words of the newest careful run."""
        self._asked_ms: int | None = None
        """Where the newest careful run of this turn ends, done or not."""
        self._was_asked_early = False
        self._next_partial_ms = 0

    def feed(self, frame: AudioFrame) -> None:
        """Keep 20 ms; never waits."""
        if self._is_closed:
            return
        self._turn.add(frame)
        if self._turn.is_too_long():
            start_ms, sound = self._turn.start_ms, self._turn.cut()
            self._owe(_Owed(_Kind.SEGMENT, sound, start_ms, self._turn.end_ms))
        elif self._is_early_due() or self._is_partial_due():
            self._wake.set()

    def speech_started(self, at_ms: int) -> None:
        """Begin a turn; without effect while one runs."""
        if not self._turn.is_open:
            self._turn.start(at_ms)
            self._turn_number += 1
            self._asked_ms = None
            self._next_partial_ms = at_ms + _PARTIAL_EVERY_MS

    def pause(self) -> None:
        """Ask for the words so far."""
        same_as_ms = self._overtake_pauses()
        self._asked_ms = self._turn.end_ms if same_as_ms is None else same_as_ms
        self._was_asked_early = False
        self._owe(self._all_so_far(_Kind.PAUSE, same_as_ms))

    def commit(self) -> None:
        """Ask for the words of the turn, and end it."""
        self._owe(self._all_so_far(_Kind.FINAL, self._overtake_pauses()))
        self._turn.finish()
        self._asked_ms = None

    def close(self) -> None:
        """End the iteration. What is still owed is given up."""
        self._is_closed = True
        self._owed.clear()
        self._turn.finish()
        self._wake.set()

    def __aiter__(self) -> AsyncIterator[Heard]:
        return self._listen()

    async def _listen(self) -> AsyncIterator[Heard]:
        while not self._is_closed:
            if self._owed:
                heard = await self._pay(self._owed.popleft())
            elif self._is_early_due():
                heard = await self._early()
            elif self._is_partial_due():
                heard = await self._partial()
            else:
                self._wake.clear()
                await self._wake.wait()
                continue
            if heard is not None:
                yield heard

    def _overtake_pauses(self) -> int | None:
        """Return where the newest careful run ends if nobody spoke since; else drop unanswered pauses."""
        if self._asked_ms is None or not self._has_more_since(self._asked_ms):
            return self._asked_ms
        turn = self._turn_number
        self._owed = deque(owed for owed in self._owed if owed.kind is not _Kind.PAUSE or owed.turn != turn)
        return None

    def _all_so_far(self, kind: _Kind, same_as_ms: int | None) -> _Owed:
        turn = self._turn
        sound = turn.sound() if turn.is_open else b""
        return _Owed(kind, sound, turn.start_ms, turn.end_ms, self._turn_number, same_as_ms)

    def _owe(self, owed: _Owed) -> None:
        if self._is_closed:
            return
        self._owed.append(owed)
        if len(self._owed) > _OWED_LIMIT:
            log.warning("speech recognition is too slow here: a part of a turn stays without words")
            next(late for late in self._owed if late.sound or late is owed).sound = b""
        self._wake.set()

    async def _pay(self, owed: _Owed) -> Heard | None:
        if owed.kind is _Kind.SEGMENT:
            self._segments.append(await self._words(owed.sound, is_final=True))
            return None
        if owed.same_as_ms is not None and self._known is not None and self._known[0] == owed.same_as_ms:
            words = self._known[1]
        else:
            words = _joined([*self._segments, await self._words(owed.sound, is_final=True)])
        if owed.kind is _Kind.FINAL:
            self._segments, self._known = [], None
            return _heard(words, HeardStage.FINAL, owed)
        self._known = (owed.same_as_ms or owed.end_ms, words)
        is_overtaken = owed.turn == self._turn_number and self._turn.has_spoken_since(owed.end_ms)
        return _heard(words, HeardStage.PARTIAL if is_overtaken else HeardStage.PAUSED, owed)

    def _has_more_since(self, asked_ms: int) -> bool:
        # At a pause a detector held the voice for silent; an early run had only loudness to go by.
        turn = self._turn
        return turn.has_sounded_since(asked_ms) if self._was_asked_early else turn.has_spoken_since(asked_ms)

    def _is_early_due(self) -> bool:
        turn = self._turn
        return (
            turn.is_open
            and self._worker.is_free
            and turn.is_quiet_now()
            and turn.has_sounded_since(turn.start_ms if self._asked_ms is None else self._asked_ms)
        )

    async def _early(self) -> Heard | None:
        asked = self._all_so_far(_Kind.PAUSE, None)
        self._asked_ms, self._was_asked_early = asked.end_ms, True
        words = _joined([*self._segments, await self._words(asked.sound, is_final=True)])
        self._known = (asked.end_ms, words)
        self._next_partial_ms = asked.end_ms + _PARTIAL_EVERY_MS
        return self._as_partial(words, asked)

    def _is_partial_due(self) -> bool:
        turn = self._turn
        return (
            turn.is_open
            and turn.end_ms >= self._next_partial_ms
            and self._worker.is_free
            and turn.is_loud_now()
        )

    async def _partial(self) -> Heard | None:
        asked = self._all_so_far(_Kind.PAUSE, None)
        begun = time.perf_counter()
        words = _joined([*self._segments, await self._words(asked.sound, is_final=False)])
        took_ms = int((time.perf_counter() - begun) * 1000)
        self._next_partial_ms = asked.end_ms + max(_PARTIAL_EVERY_MS, took_ms * _PARTIAL_REST)
        return self._as_partial(words, asked)

    def _as_partial(self, words: Words, asked: _Owed) -> Heard | None:
        is_stale = not self._turn.is_open or asked.turn != self._turn_number
        return None if is_stale or not words.text else _heard(words, HeardStage.PARTIAL, asked)

    async def _words(self, sound: bytes, *, is_final: bool) -> Words:
        if len(sound) < _SHORTEST_BYTES:
            return Words("", 0.0)
        return await self._worker.run(partial(self._transcribe, sound, is_final))


class _Kind(Enum):
    SEGMENT = auto()
    PAUSE = auto()
    FINAL = auto()


@dataclass(slots=True)
class _Owed:
    """Sound somebody waits for the words of."""

    kind: _Kind
    sound: bytes
    start_ms: int
    end_ms: int
    turn: int = 0
    same_as_ms: int | None = None
    """The pause whose words are these words too."""


class _Worker:
    """One thread for all hearings, first come first served."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="transcriber")
        self._newest: asyncio.Future[Any] | None = None

    @property
    def is_free(self) -> bool:
        return self._newest is None or self._newest.done()

    async def run(self, work: Callable[[], T]) -> T:
        """Run `work` on the thread. Cancelled: what has begun ends unheard, within half a second."""
        job = asyncio.get_running_loop().run_in_executor(self._executor, work)
        self._newest = job
        # Shielded: a job that is cancelled would count as done while the one before it still runs.
        return await asyncio.shield(job)

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)


def _joined(parts: list[Words]) -> Words:
    said = [part for part in parts if part.text]
    if not said:
        return Words("", 0.0)
    return Words(" ".join(part.text for part in said), min(part.confidence for part in said))


def _heard(words: Words, stage: HeardStage, owed: _Owed) -> Heard:
    return Heard(words.text, stage, owed.start_ms, owed.end_ms, words.confidence if words.text else None)
