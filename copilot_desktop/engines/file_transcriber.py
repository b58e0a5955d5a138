"""FileTranscriber: speech recognition by requests, one for each thing said, begun before it is surely over.

A request takes a quarter of a second and more, so it starts as soon as the voice falls, not when silence has
shown that a turn may be over. Mostly the voice had reached its end, and the words come that much sooner; else
the request was in vain, and what such requests cost is bounded.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from copilot_desktop.audio.frame import AudioFrame
from copilot_desktop.calls.engine_status import Usage
from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.calls.ports import Heard, HeardStage, Hearing
from copilot_desktop.engines.endpoint import Endpoint
from copilot_desktop.engines.file_requests import FileRequests
from copilot_desktop.engines.openai_connection import OpenAIConnections
from copilot_desktop.engines.turn_sound import TurnSound

_APART_MS = 300
"""Between two beginnings in one turn."""
_SHORTEST_MS = 300
_AT_ONCE = 2
_FREE_SOUND_MS = 6000
_SHARE = 3
"""All sound sent ahead of time is at most so many times the turn's own, and a little for short turns."""


class FileTranscriber:
    """Implements `calls.ports.Transcriber` over a service that takes whole files."""

    def __init__(
        self,
        connections: OpenAIConnections,
        endpoint: Endpoint,
        *,
        language: Callable[[], str],
        vocabulary: Callable[[], Sequence[str]],
        on_usage: Callable[[Usage, CallId | None], None],
    ) -> None:
        self._requests = FileRequests(
            connections, endpoint, language=language, vocabulary=vocabulary, on_usage=on_usage
        )

    @property
    def name(self) -> str:
        """Server and model, in words for the screen."""
        return self._requests.name

    @asynccontextmanager
    async def open(self, call: CallId, party: Party) -> AsyncIterator[Hearing]:
        """Begin to hear one party. Raises EngineError, also from the iteration."""
        await self._requests.prepare()
        hearing = FileHearing(self._requests, call)
        try:
            yield hearing
        finally:
            await hearing.close()


@dataclass(slots=True, eq=False)
class _Run:
    """One request."""

    start_ms: int
    end_ms: int
    turn: int
    is_ahead: bool
    """Begun before anybody asked."""
    task: asyncio.Task[str] | None = None
    text: str = ""
    is_told: bool = False


@dataclass(slots=True)
class _Owed:
    """Words that somebody waits for: those of the parts cut off, then of the newest run."""

    stage: HeardStage
    runs: list[_Run] = field(default_factory=list)
    asked_ms: int = 0

    @property
    def is_ready(self) -> bool:
        return all(run.task is None or run.task.done() for run in self.runs)


class FileHearing:
    """Implements `calls.ports.Hearing`. Requests run while it is open; `close` gives them up."""

    def __init__(self, requests: FileRequests, call: CallId) -> None:
        self._requests, self._call = requests, call
        self._sound = TurnSound()
        self._turn = 0
        self._parts: list[_Run] = []
        """Of the running turn, cut off because it is so long."""
        self._runs: list[_Run] = []
        """Of the running turn's newest part."""
        self._ahead_ms = 0
        self._owed: deque[_Owed] = deque()
        self._grown: tuple[_Run, str] | None = None
        self._wake = asyncio.Event()
        self._is_closed = False
        self._tasks: set[asyncio.Task[str]] = set()

    def feed(self, frame: AudioFrame) -> None:
        """Keep 20 ms; never waits."""
        if self._is_closed:
            return
        self._sound.add(frame)
        if self._sound.is_too_long():
            start_ms, sound = self._sound.start_ms, self._sound.cut()
            self._give_up(self._runs)
            self._runs = []
            self._parts.append(self._begin(sound, start_ms, self._sound.end_ms, is_ahead=False))
        elif self._is_worth_it():
            self._ahead_ms += self._length_ms
            self._runs.append(self._begin_all(is_ahead=True))
            self._give_up(self._running()[:-_AT_ONCE])

    def speech_started(self, at_ms: int) -> None:
        """Begin a turn; without effect while one runs."""
        if not self._sound.is_open:
            self._sound.start(at_ms)
            self._turn += 1
            self._parts, self._runs, self._ahead_ms = [], [], 0

    def pause(self) -> None:
        """Ask for the words so far."""
        self._ask(HeardStage.PAUSED)

    def commit(self) -> None:
        """Ask for the words of the turn, and end it."""
        self._ask(HeardStage.FINAL)
        asked = self._owed[-1].runs if self._owed else []
        self._give_up([run for run in self._runs if run not in asked and not self._is_owed(run)])
        self._parts, self._runs = [], []
        self._sound.finish()

    async def close(self) -> None:
        """End the iteration; requests under way are given up."""
        self._is_closed = True
        self._wake.set()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def __aiter__(self) -> AsyncIterator[Heard]:
        return self._listen()

    async def _listen(self) -> AsyncIterator[Heard]:
        while not self._is_closed:
            if self._owed and self._owed[0].is_ready:
                yield self._pay(self._owed.popleft())
            elif (moving := self._moving()) is not None:
                yield moving
            else:
                self._wake.clear()
                await self._wake.wait()

    # What is asked, and what comes.

    @property
    def _length_ms(self) -> int:
        return self._sound.end_ms - self._sound.start_ms

    def _is_worth_it(self) -> bool:
        """Whether to ask ahead: the voice has fallen, behind something new, and it is not too dear."""
        sound = self._sound
        if not sound.is_open or self._length_ms < _SHORTEST_MS or not sound.has_fallen_now():
            return False
        newest_ms = self._runs[-1].end_ms if self._runs else sound.start_ms
        if sound.end_ms - newest_ms < _APART_MS or not sound.has_sounded_since(newest_ms):
            return False
        return self._ahead_ms + self._length_ms <= _SHARE * self._length_ms + _FREE_SOUND_MS

    def _ask(self, stage: HeardStage) -> None:
        if self._is_closed:
            return
        if not self._sound.is_open:
            self._owed.append(_Owed(stage))
            self._wake.set()
            return
        newest = self._runs[-1] if self._runs else None
        if newest is None or self._failed(newest) or self._has_more_since(newest):
            newest = self._begin_all(is_ahead=False)
            self._runs.append(newest)
        self._owed.append(_Owed(stage, [*self._parts, newest], self._sound.end_ms))
        self._wake.set()

    def _has_more_since(self, run: _Run) -> bool:
        # At a pause a detector held the voice for silent; a run ahead had only loudness to go by.
        sound = self._sound
        return sound.has_sounded_since(run.end_ms) if run.is_ahead else sound.has_spoken_since(run.end_ms)

    def _begin_all(self, *, is_ahead: bool) -> _Run:
        sound = self._sound
        return self._begin(sound.sound(), sound.start_ms, sound.end_ms, is_ahead=is_ahead)

    def _begin(self, sound: bytes, start_ms: int, end_ms: int, *, is_ahead: bool) -> _Run:
        run = _Run(start_ms, end_ms, self._turn, is_ahead)

        def grown(text: str) -> None:
            self._grown = (run, text)
            self._wake.set()

        run.task = asyncio.create_task(self._requests.words(sound, self._call, grown))
        self._tasks.add(run.task)
        run.task.add_done_callback(self._done)
        return run

    def _done(self, task: asyncio.Task[str]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # Seen: one that was begun ahead and failed troubles nobody.
        self._wake.set()

    def _pay(self, owed: _Owed) -> Heard:
        texts = [run.task.result() for run in owed.runs if run.task is not None and not run.task.cancelled()]
        text = " ".join(text for text in texts if text)
        stage = owed.stage
        if not owed.runs:
            return Heard("", stage, self._sound.start_ms, self._sound.end_ms)
        last = owed.runs[-1]
        last.is_told = True
        is_running = last.turn == self._turn and self._sound.is_open
        if stage is HeardStage.PAUSED and (not is_running or self._sound.has_spoken_since(owed.asked_ms)):
            stage = HeardStage.PARTIAL
        return Heard(text, stage, owed.runs[0].start_ms, last.end_ms)

    def _moving(self) -> Heard | None:
        """Return words of the running turn that nobody asked for, if there are new ones."""
        if self._owed or not self._sound.is_open:
            return None
        for run in reversed(self._runs):
            if run.task is not None and run.task.done() and not self._failed(run):
                if run.is_told:
                    break
                run.is_told = True
                return self._partial(run, run.task.result())
        grown, self._grown = self._grown, None
        if grown is not None and grown[0] in self._runs[-1:] and not grown[0].is_told:
            return self._partial(*grown)
        return None

    def _partial(self, run: _Run, text: str) -> Heard | None:
        before = [part.task.result() for part in self._parts if part.task is not None and self._is_good(part)]
        whole = " ".join(piece for piece in (*before, text) if piece)
        return Heard(whole, HeardStage.PARTIAL, run.start_ms, run.end_ms) if whole else None

    # Runs.

    def _running(self) -> list[_Run]:
        return [run for run in self._runs if run.task is not None and not run.task.done()]

    def _is_owed(self, run: _Run) -> bool:
        return any(run in owed.runs for owed in self._owed)

    def _is_good(self, run: _Run) -> bool:
        return run.task is not None and run.task.done() and not self._failed(run)

    @staticmethod
    def _failed(run: _Run) -> bool:
        task = run.task
        return task is not None and task.done() and (task.cancelled() or task.exception() is not None)

    def _give_up(self, runs: Sequence[_Run]) -> None:
        for run in runs:
            if run.task is not None and not run.task.done() and not self._is_owed(run):
                run.task.cancel()
