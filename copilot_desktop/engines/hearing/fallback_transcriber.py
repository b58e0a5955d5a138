"""FallbackTranscriber: several transcribers behind one port; the next goes on in the middle of a turn."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from copilot_desktop.audio.frame import AudioFrame
from copilot_desktop.calls.errors import EngineError, EngineFault, EngineUnavailable
from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.calls.ports import Heard, HeardStage, Hearing, Transcriber
from copilot_desktop.engines.engine_health import EngineHealth, fault_in
from copilot_desktop.engines.hearing.hearing_session import HearingSession
from copilot_desktop.engines.hearing.unfinished_turns import Order, Started, Step, UnfinishedTurns

_ENTERING_S = 0.3
"""So long, entering waits for an engine: if all fail at once, that is told there."""
_AGAIN_S = 1.0
_OUT_LIMIT = 64


class FallbackTranscriber:
    """Implements `calls.ports.Transcriber` over `transcribers`, best first; `health` has one name for each.

    `words_limit_s`, asked anew each time: how long a pause or a commit may wait for its words; long turns
    get a little more, and so does the last engine. Raises EngineError when nobody is left.
    """

    def __init__(
        self, transcribers: Sequence[Transcriber], health: EngineHealth, *, words_limit_s: Callable[[], float]
    ) -> None:
        if len(transcribers) != len(health):
            raise ValueError("each transcriber needs a name")
        self._transcribers, self._health, self._limit_s = tuple(transcribers), health, words_limit_s

    @asynccontextmanager
    async def open(self, call: CallId, party: Party) -> AsyncIterator[Hearing]:
        """Begin to hear one party."""
        hearing = FallbackHearing(self._transcribers, self._health, call, party, self._limit_s)
        try:
            await hearing.begin()
            yield hearing
        finally:
            await hearing.close()


class FallbackHearing:
    """Implements `calls.ports.Hearing`: one engine serves; while it is not the best, a better one is tried.

    The better one hears the same turns unseen. Once it has understood one in time, it serves from the next
    turn on. Every commit is answered by one FINAL, in order, whoever answers.
    """

    def __init__(
        self,
        transcribers: Sequence[Transcriber],
        health: EngineHealth,
        call: CallId,
        party: Party,
        limit_s: Callable[[], float],
    ) -> None:
        self._transcribers, self._health = transcribers, health
        self._call, self._party, self._limit_s = call, party, limit_s
        self._turns = UnfinishedTurns()
        self._serving: HearingSession | None = None
        self._spare: HearingSession | None = None
        self._tried: set[int] = set()
        """Who has failed since words last came."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._deadline: asyncio.TimerHandle | None = None
        self._comeback: asyncio.TimerHandle | None = None
        self._out: deque[Heard] = deque()
        self._wake = asyncio.Event()
        self._settled = asyncio.Event()
        self._failure: EngineError | None = None
        self._is_closed = False

    def feed(self, frame: AudioFrame) -> None:
        """Take 20 ms; some 10 µs."""
        self._take(frame)

    def speech_started(self, at_ms: int) -> None:
        """Begin a turn; without effect while one runs."""
        self._take(Started(at_ms))

    def pause(self) -> None:
        """Ask for the words so far."""
        self._take(Order.PAUSE)

    def commit(self) -> None:
        """Ask for the words of the turn, and end it."""
        self._take(Order.COMMIT)

    def __aiter__(self) -> AsyncIterator[Heard]:
        return self._listen()

    async def begin(self) -> None:
        """Begin with the best engine. Raises EngineError if all fail at once."""
        self._begin_next(self._health.refusal)
        try:
            async with asyncio.timeout(_ENTERING_S):
                await self._settled.wait()
        except TimeoutError:
            return
        if self._failure is not None:
            raise self._failure

    async def close(self) -> None:
        """End the iteration and every engine's hearing."""
        self._is_closed = True
        for timer in (self._deadline, self._comeback):
            if timer is not None:
                timer.cancel()
        self._drop_spare()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        self._wake.set()
        self._health.leave(self._call, self._party.value)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self) -> AsyncIterator[Heard]:
        while not self._is_closed:
            if self._out:
                yield self._out.popleft()
            elif self._failure is not None:
                raise self._failure
            else:
                self._wake.clear()
                await self._wake.wait()

    def _take(self, step: Step) -> None:
        if self._is_closed:
            return
        self._turns.take(step)
        for session in (self._serving, self._spare):
            if session is not None:
                session.take(step)
        if isinstance(step, Order):
            self._watch()

    # ── who serves ──────────────────────────────────────────────────────────────────────────────

    def _begin_next(self, error: Callable[[], EngineError]) -> None:
        """Let the best engine serve that has not been tried; without one the hearing ends with `error`."""
        self._serving = None
        self._drop_spare()
        for index, is_patient in self._health.attempts():
            if index not in self._tried:
                self._serving = self._new_session(index, is_patient=is_patient)
                self._watch()
                self._plan_comeback()
                return
        self._failure = error()
        self._settled.set()
        self._wake.set()

    def _new_session(self, index: int, *, is_patient: bool) -> HearingSession:
        session = HearingSession(
            index,
            self._health.name(index),
            is_patient=is_patient,
            steps=self._turns.steps(),
            on_open=self._opened,
            on_heard=self._heard,
            on_failed=self._failed,
        )
        task = asyncio.create_task(session.run(self._transcribers[index].open(self._call, self._party)))
        session.task = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return session

    def _opened(self, session: HearingSession) -> None:
        if session is self._serving:
            self._settled.set()
        elif session is self._spare:
            # The way there is open again: other calls may try, too.
            self._health.give_up_trial(session.index)
        self._watch()

    def _failed(self, session: HearingSession, error: Exception) -> None:
        if self._is_closed or session not in (self._serving, self._spare):
            return
        self._health.failed(session.index, fault_in(error))
        session.stop()
        if session is self._spare:
            self._spare = None
            self._plan_comeback()
            return
        self._tried.add(session.index)
        known = error if isinstance(error, EngineError) else EngineError(session.name)
        self._begin_next(lambda: known)
        if self._serving is not None:
            self._health.stands_in(self._serving.index, self._call, self._party.value)

    # ── words ───────────────────────────────────────────────────────────────────────────────────

    def _heard(self, session: HearingSession, heard: Heard) -> None:
        latency_ms = session.answered_ms(heard.stage)
        if session is self._spare:
            if heard.stage is HeardStage.FINAL and heard.text and latency_ms is not None:
                session.proved_ms = latency_ms
                self._health.works(session.index, latency_ms)
        elif session is self._serving:
            self._pass_on(session, heard, latency_ms)
        self._come_back()
        self._watch()

    def _pass_on(self, session: HearingSession, heard: Heard, latency_ms: int | None) -> None:
        if heard.stage is HeardStage.FINAL:
            if not self._turns.owed_count or latency_ms is None:
                return  # Nobody asked for it.
            self._turns.answered()
            self._tried.clear()
            self._health.served(session.index, latency_ms, self._call, self._party.value)
        elif heard.stage is HeardStage.PAUSED:
            self._turns.pause_answered()
        if self._out and self._out[-1].stage is HeardStage.PARTIAL:
            self._out.pop()
        self._out.append(heard)
        if len(self._out) > _OUT_LIMIT:
            moving = next((old for old in self._out if old.stage is not HeardStage.FINAL), self._out[0])
            self._out.remove(moving)
        self._wake.set()

    # ── time ────────────────────────────────────────────────────────────────────────────────────

    def _watch(self) -> None:
        """Wait for the next moment at which an engine is too slow."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        due = [self._due_s(session) for session in (self._serving, self._spare) if session is not None]
        if (first := min((at_s for at_s in due if at_s is not None), default=None)) is not None:
            self._deadline = asyncio.get_running_loop().call_at(first, self._look)

    def _look(self) -> None:
        now_s = asyncio.get_running_loop().time()
        for session in (self._serving, self._spare):
            due_s = None if session is None else self._due_s(session)
            if session is not None and due_s is not None and due_s <= now_s:
                slow = EngineUnavailable(session.name, "too slow", fault=EngineFault.TOO_SLOW)
                self._failed(session, slow)
        self._watch()

    def _due_s(self, session: HearingSession) -> float | None:
        return session.due_s(self._limit_s(), self._turns.length_s, is_pause_owed=self._turns.is_pause_owed)

    # ── the way back ────────────────────────────────────────────────────────────────────────────

    def _plan_comeback(self) -> None:
        """Try a better engine as soon as there is use in it."""
        if self._serving is None or self._spare is not None or self._comeback is not None:
            return
        waits = [
            (wait_s, index)
            for index in range(self._serving.index)
            if (wait_s := self._wait_s(index)) is not None
        ]
        if waits:
            wait_s, index = min(waits)
            self._comeback = asyncio.get_running_loop().call_later(wait_s, self._try_better, index)

    def _wait_s(self, index: int) -> float | None:
        wait_s = self._health.wait_s(index)
        return None if wait_s is None else max(wait_s, _AGAIN_S)

    def _try_better(self, index: int) -> None:
        self._comeback = None
        if self._serving is None or self._serving.index <= index:
            return
        wait_s = self._health.wait_s(index)
        if wait_s == 0 and (self._health.works_now(index) or self._health.begin_trial(index)):
            self._spare = self._new_session(index, is_patient=False)
            self._watch()
        else:
            self._plan_comeback()

    def _come_back(self) -> None:
        """Between two turns, let the better engine serve that has understood one."""
        spare, turns = self._spare, self._turns
        if spare is None or spare.proved_ms is None or turns.is_open or turns.owed_count or spare.is_asked:
            self._plan_comeback()
            return
        before, self._serving, self._spare = self._serving, spare, None
        if before is not None:
            before.stop()
        self._health.served(spare.index, spare.proved_ms, self._call, self._party.value)
        self._plan_comeback()

    def _drop_spare(self) -> None:
        if self._spare is not None:
            self._health.give_up_trial(self._spare.index)
            self._spare.stop()
            self._spare = None
