"""FileHearing: one party heard by requests, each with all the sound of a turn so far.

The first requests go before anyone asks: where the voice drops, for mostly that is a sentence's end, and a
detector knows it a fifth of a second later.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable

from copilot_desktop.audio.frame import FRAME_MS, AudioFrame
from copilot_desktop.audio.level import dbfs
from copilot_desktop.calls.errors import EngineError
from copilot_desktop.calls.ports import Heard, HeardStage
from copilot_desktop.engines.hearing.file_runs import FileTurn, Owed, Pace, Run
from copilot_desktop.engines.hearing.hallucinations import is_too_much, trusted
from copilot_desktop.engines.hearing.loudness import Evidence, Loudness
from copilot_desktop.engines.hearing.turn_sound import TurnSound

_DIP_MS = 40
_IN_FLIGHT = 2
_SHORTEST_FRAMES = 8
_OWED_LIMIT = 16
_TOLD_LIMIT = 64
_IDLE_MS = 1500
_SETTLED_MS = 5000
_OVERLAP_MS = 60
"""Less than the quiet before a pause is heard."""


class FileHearing:
    """Implements `calls.ports.Hearing`.

    `transcribe` returns the words of µ-law, tells those so far if it can, and raises EngineError.
    """

    def __init__(
        self,
        transcribe: Callable[[bytes, Callable[[str], None]], Awaitable[str]],
        *,
        hints: tuple[str, ...],
        pace: Pace,
    ) -> None:
        self._transcribe, self._hints, self._pace = transcribe, hints, pace
        self._sound = _Sound()
        self._loudness = Loudness()
        self._recent: deque[tuple[int, float]] = deque(maxlen=_IDLE_MS // FRAME_MS)
        self._turn: FileTurn | None = None
        self._owed: deque[Owed] = deque()
        self._tasks: set[asyncio.Task[str]] = set()
        self._told: deque[Heard] = deque()
        self._news = asyncio.Event()
        self._error: EngineError | None = None
        self._is_closed = False

    def feed(self, frame: AudioFrame) -> None:
        """Take 20 ms; never waits."""
        if self._is_closed:
            return
        level, turn = dbfs(frame.data), self._turn
        self._sound.add(frame)
        self._loudness.hear(level, is_in_turn=turn is not None)
        if turn is None:
            self._recent.append((frame.at_ms, level))
            return
        if self._sound.is_too_long():
            self._cut(turn)
        elif self._is_guess_due(turn):
            self._guess(turn)

    def speech_started(self, at_ms: int) -> None:
        """Begin a turn; without effect while one runs."""
        if self._turn is not None or self._is_closed:
            return
        self._turn = FileTurn(at_ms)
        self._sound.start(at_ms)
        self._loudness.begin([level for begin_ms, level in self._recent if begin_ms >= at_ms])
        self._recent.clear()

    def pause(self) -> None:
        """Ask for the words so far."""
        # A pause that somebody has spoken after is answered by the next one.
        self._drop_pauses()
        self._owe(HeardStage.PAUSED)

    def commit(self) -> None:
        """Ask for the words of the turn, and end it."""
        self._drop_pauses()
        self._owe(HeardStage.FINAL)
        self._sound.finish()
        self._turn = None

    def close(self) -> None:
        """End the iteration and all requests. What is still owed is given up."""
        self._is_closed = True
        self._turn = None
        self._owed.clear()
        for task in self._tasks:
            task.cancel()
        self._news.set()

    async def closed(self) -> None:
        """Wait until nothing runs any more."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def __aiter__(self) -> AsyncIterator[Heard]:
        return self._listen()

    async def _listen(self) -> AsyncIterator[Heard]:
        while not self._is_closed:
            if self._told:
                yield self._told.popleft()
            elif self._error is not None:
                raise self._error
            else:
                self._news.clear()
                await self._news.wait()

    # What is asked of the server.

    def _is_guess_due(self, turn: FileTurn) -> bool:
        return (
            self._loudness.is_dip(_DIP_MS)
            and turn.may_guess(self._sound.end_ms, self._pace)
            and self._has_more(turn.newest)
        )

    def _guess(self, turn: FileTurn) -> None:
        turn.early_count += 1
        turn.early_ms = self._sound.end_ms
        self._begin(turn)

    def _has_more(self, run: Run | None) -> bool:
        """Whether there was speech that `run` does not have."""
        return run is None or run.error is not None or self._loudness.has_spoken_since_mark()

    def _begin(self, turn: FileTurn) -> Run:
        """Send all sound so far; an older guess that nobody waits for is given up for it."""
        self._settle(turn)
        flying = [task for task in self._tasks if not task.done()]
        if len(flying) >= _IN_FLIGHT:
            self._drop_guess(turn)
        run = turn.newest = Run(self._sound.end_ms, tuple(turn.segments), self._sound.begin_ms)
        self._loudness.mark()
        self._send(turn, run, self._sound.sound())
        return run

    def _settle(self, turn: FileTurn) -> None:
        """In a long turn, what was understood up to a pause stands, and is not sent again."""
        run = turn.newest
        if run is None or run in turn.segments or not run.is_at_pause or not run.words or not run.is_done:
            return
        if run.failure is None and run.end_ms - run.begin_ms >= _SETTLED_MS:
            turn.segments.append(run)
            self._sound.drop_until(run.end_ms - _OVERLAP_MS)

    def _drop_guess(self, turn: FileTurn) -> None:
        run = turn.newest
        is_needed = run in turn.segments or any(owed.run is run for owed in self._owed)
        if run is not None and run.task is not None and not is_needed:
            run.task.cancel()

    def _cut(self, turn: FileTurn) -> None:
        """Of a long turn only the newest part is sent again and again."""
        self._drop_guess(turn)
        segment = turn.newest = Run(self._sound.end_ms, tuple(turn.segments))
        self._send(turn, segment, self._sound.cut())
        turn.segments.append(segment)

    def _send(self, turn: FileTurn, run: Run, sound: bytes) -> None:
        begun_s = asyncio.get_running_loop().time()

        async def transcribe() -> str:
            return await self._transcribe(sound, lambda words: self._tell_growing(turn, run, words))

        def done(task: asyncio.Task[str]) -> None:
            self._tasks.discard(task)
            if self._is_closed or task.cancelled():
                return
            error = task.exception()
            if error is None:
                self._pace.took(asyncio.get_running_loop().time() - begun_s)
                run.words = task.result()
                self._tell_partial(turn, run)
            elif isinstance(error, EngineError):
                run.error = error
            else:
                raise error
            self._pay()

        run.task = asyncio.create_task(transcribe())
        self._tasks.add(run.task)
        run.task.add_done_callback(done)

    # What is told.

    def _owe(self, stage: HeardStage) -> None:
        if self._is_closed:
            return
        turn, end_ms = self._turn, self._sound.end_ms
        if turn is None:
            self._owed.append(Owed(stage, FileTurn(end_ms), None, end_ms, Evidence.NONE))
            self._pay()
            return
        evidence = self._loudness.evidence()
        run = turn.newest
        if evidence is Evidence.NONE or self._sound.frame_count < _SHORTEST_FRAMES:
            run = None
        elif self._has_more(run):
            run = self._begin(turn)
        if run is not None:
            run.is_at_pause = True
        self._owed.append(Owed(stage, turn, run, end_ms, evidence))
        if len(self._owed) > _OWED_LIMIT:
            self._owed.popleft()
        self._pay()

    def _drop_pauses(self) -> None:
        turn = self._turn
        self._owed = deque(
            owed for owed in self._owed if owed.stage is not HeardStage.PAUSED or owed.turn is not turn
        )

    def _pay(self) -> None:
        """Tell all that is owed and known, in order."""
        while self._owed and (self._owed[0].run is None or self._owed[0].run.is_done):
            owed = self._owed.popleft()
            words = ""
            if owed.run is not None:
                if owed.run.failure is not None:
                    self._error = owed.run.failure
                    self._news.set()
                    return
                words = trusted(owed.run.all_words, owed.evidence, self._hints)
            self._tell(words, self._stage(owed), owed.turn.start_ms, owed.end_ms)

    def _stage(self, owed: Owed) -> HeardStage:
        is_overtaken = owed.turn is self._turn and self._loudness.has_spoken_since_mark()
        return HeardStage.PARTIAL if owed.stage is HeardStage.PAUSED and is_overtaken else owed.stage

    def _tell_partial(self, turn: FileTurn, run: Run) -> None:
        is_owed = any(owed.turn is turn for owed in self._owed)
        if turn is self._turn and run is turn.newest and not is_owed and run.is_done:
            words = trusted(run.all_words, self._loudness.evidence(), self._hints)
            if words:
                turn.told = words
                self._tell(words, HeardStage.PARTIAL, turn.start_ms, run.end_ms)

    def _tell_growing(self, turn: FileTurn, run: Run, text: str) -> None:
        """Tell words that are still being written, where they are more than was known."""
        if turn is not self._turn or run is not turn.newest or not all(part.is_done for part in run.before):
            return
        evidence = self._loudness.evidence()
        if evidence is not Evidence.CLEAR:
            # "Thank you for" may become what nobody says.
            return
        told = [part.all_words for part in run.before[-1:]] + [text.strip()]
        words = trusted(" ".join(told), evidence, self._hints)
        if len(words) > len(turn.told) and not is_too_much(text, (run.end_ms - turn.start_ms) / 1000):
            turn.told = words
            self._tell(words, HeardStage.PARTIAL, turn.start_ms, turn.start_ms)

    def _tell(self, words: str, stage: HeardStage, start_ms: int, end_ms: int) -> None:
        if len(self._told) >= _TOLD_LIMIT:
            # Nobody listens; what is newest counts.
            self._told.popleft()
        self._told.append(Heard(words, stage, start_ms, end_ms, 1.0 if words else None))
        self._news.set()


class _Sound(TurnSound):
    @property
    def begin_ms(self) -> int:
        """Begin of the oldest frame."""
        return self._frames[0].at_ms if self._frames else self.end_ms

    def drop_until(self, at_ms: int) -> None:
        """Forget what ended by then."""
        while self._frames and self._frames[0].at_ms + FRAME_MS <= at_ms:
            self._drop_first()
