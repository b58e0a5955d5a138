"""PracticeCaller: calls our own server as the carrier would, talks through a scenario, and measures."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from copilot_desktop.audio import level
from copilot_desktop.audio.frame import FRAME_BYTES, FRAME_MS, SILENCE
from copilot_desktop.calls.ports import SpeechDetector, Voice
from copilot_desktop.practice import result
from copilot_desktop.practice.carrier import Carrier, NotConnected, Offer
from copilot_desktop.practice.ear import Ear
from copilot_desktop.practice.playout import Playout
from copilot_desktop.practice.result import PracticeOutcome, PracticeResult, Said
from copilot_desktop.practice.scenario import Scenario
from copilot_desktop.practice.spoken_lines import SpokenLines
from copilot_desktop.practice.stream import CarrierStream
from copilot_desktop.practice.turns import CallerTurns, HangUp, Patience, Say

log = logging.getLogger("copilot.practice")

_CATCH_UP_FRAMES = 50
"""A loop that was held up longer lets the time go, as a phone network would."""

_FRAMES_A_SECOND = 1000 // FRAME_MS
_NORMAL_CLOSE = (1000, 1001)
_MARGIN_MS = 30_000
"""How much longer than the patience for a call a stream that no longer takes anything is kept."""


class Watcher(Protocol):
    """Who follows a call from beside it, and may end it."""

    @property
    def objection(self) -> str:
        """Why the caller should hang up; empty: no reason."""
        ...

    def line_said(self, count: int) -> None:
        """The caller has said `count` of its lines."""
        ...


class PracticeCaller:
    """One scenario, ready to be called as often as wanted; each call is a new one for the server.

    `voice` is the caller's own; `detector` listens to the assistant and serves one call. `base_url` is the
    server's address as its signer knows it, `secret` that signer's secret. `watcher` follows the call.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        voice: Voice,
        detector: SpeechDetector,
        base_url: str,
        secret: str,
        patience: Patience | None = None,
        keep_audio: bool = False,
        watcher: Watcher | None = None,
    ) -> None:
        self._scenario = scenario
        self._watcher = watcher
        self._voice = voice
        self._detector = detector
        self._base_url = base_url
        self._secret = secret
        self._patience = patience or Patience()
        self._keep_audio = keep_audio

    async def call(self) -> PracticeResult:
        """Call, talk, hang up, and return what it was like. Never raises for what the server does.

        Cancelling closes the stream within 1 s and tells the server nothing more.
        """
        carrier = await asyncio.to_thread(self._carrier)
        lines = SpokenLines(self._voice)
        preparing = asyncio.create_task(lines.prepare(self._scenario.sentences()), name="practice voice")
        try:
            heard = await self._call(carrier, lines)
        finally:
            preparing.cancel()
            await asyncio.wait([preparing])
        if not preparing.cancelled():
            preparing.result()  # Raises what went wrong with the voice, if that was no EngineError.
        return heard

    def _carrier(self) -> Carrier:
        import httpx  # noqa: F401  Imported here, off the loop: it takes longer than a frame.
        import websockets.asyncio.client  # noqa: F401

        return Carrier(self._base_url, self._secret, caller=self._scenario.number)

    async def _call(self, carrier: Carrier, lines: SpokenLines) -> PracticeResult:
        try:
            offer = await carrier.ring()
        except NotConnected as end:
            if end.outcome is PracticeOutcome.DECLINED:
                await carrier.tell_status("busy", 0)
            return PracticeResult(outcome=end.outcome, detail=end.detail)
        heard = await self._talk(carrier, offer, lines)
        await carrier.tell_status("completed", heard.duration_ms)
        log.info("practice call %s ended: %s", carrier.call_sid, heard.outcome)
        return heard

    async def _talk(self, carrier: Carrier, offer: Offer, lines: SpokenLines) -> PracticeResult:
        from websockets.exceptions import ConnectionClosed, WebSocketException

        try:
            async with carrier.stream(offer.url) as socket:
                playout = Playout()
                stream = CarrierStream(
                    socket, playout, call_sid=carrier.call_sid, account_sid=carrier.account_sid
                )
                talk = _Talk(
                    self._scenario,
                    self._patience,
                    Ear(self._detector),
                    lines,
                    stream,
                    playout,
                    keep_audio=self._keep_audio,
                    watcher=self._watcher,
                )
                receiving = asyncio.create_task(stream.receive(), name="practice stream")
                try:
                    await stream.open(offer.parameters)
                    async with asyncio.timeout((self._patience.call_ms + _MARGIN_MS) / 1000):
                        outcome = await talk.run(receiving)
                        await stream.stop()
                except ConnectionClosed:
                    outcome = _outcome_of(socket.close_code, has_said_all=talk.has_said_all)
                except TimeoutError:
                    outcome = PracticeOutcome.LOST
                finally:
                    receiving.cancel()
                    await asyncio.gather(receiving, return_exceptions=True)
                return talk.result(outcome)
        except (OSError, TimeoutError, WebSocketException) as error:
            detail = f"the stream could not be opened: {type(error).__name__}"
            return PracticeResult(outcome=PracticeOutcome.LOST, detail=detail)


def _outcome_of(close_code: int | None, *, has_said_all: bool) -> PracticeOutcome:
    """Return what it means that the server closed the stream."""
    if close_code not in _NORMAL_CLOSE:
        return PracticeOutcome.LOST
    return PracticeOutcome.COMPLETED if has_said_all else PracticeOutcome.HUNG_UP


class _Talk:
    """The stream's time: one tick every 20 ms, in which a frame goes out and a frame is played."""

    def __init__(
        self,
        scenario: Scenario,
        patience: Patience,
        ear: Ear,
        lines: SpokenLines,
        stream: CarrierStream,
        playout: Playout,
        *,
        keep_audio: bool,
        watcher: Watcher | None,
    ) -> None:
        self._watcher = watcher
        self._turns = CallerTurns(scenario, patience)
        self._ear = ear
        self._lines = lines
        self._stream = stream
        self._playout = playout
        self._keep_audio = keep_audio
        self._wanted: Say | None = None
        self._speaking: tuple[Say, int] | None = None
        """What is being said, and at which frame it began."""
        self._sound = b""
        self._said: list[Said] = []
        self._sent = bytearray()
        self._played = bytearray()
        self._own_audible = bytearray()

    @property
    def has_said_all(self) -> bool:
        """Whether the farewell was begun."""
        return self._turns.has_said_all

    async def run(self, receiving: asyncio.Task[None]) -> PracticeOutcome:
        """Keep time until the caller hangs up. Raises ConnectionClosed when the server closes the stream."""
        loop = asyncio.get_running_loop()
        started_at = loop.time()
        frames = 0
        while True:
            # Timers may fire a hair early: that is still the frame's time.
            due = int((loop.time() - started_at) * _FRAMES_A_SECOND + 0.05) + 1
            if due - frames > _CATCH_UP_FRAMES:
                started_at += (due - frames - 1) / _FRAMES_A_SECOND
                due = frames + 1
            while frames < due:
                outcome = await self._tick(frames)
                if outcome is not None:
                    return outcome
                frames += 1
            if receiving.done():
                receiving.result()
                await self._stream.stop()  # Raises: the stream is closed.
            await asyncio.sleep(started_at + frames / _FRAMES_A_SECOND - loop.time())

    async def _tick(self, frame: int) -> PracticeOutcome | None:
        out = self._next_frame(frame)
        await self._stream.send_frame(out)
        heard = self._playout.play()
        self._own_audible.append(out is not SILENCE and level.is_audible(out))
        if self._keep_audio:
            self._sent += out
            self._played += heard or SILENCE
        for mark in self._playout.passed():
            await self._stream.echo(mark)
        is_busy = self._speaking is not None or self._wanted is not None
        move = self._turns.tick((frame + 1) * FRAME_MS, hears=self._ear.hear(heard), is_speaking=is_busy)
        if isinstance(move, HangUp):
            return move.outcome
        if self._watcher is not None and self._watcher.objection:
            return PracticeOutcome.OBJECTED
        self._wanted = move or self._wanted
        return PracticeOutcome.NO_VOICE if self._wanted is not None and self._lines.has_failed else None

    def _next_frame(self, frame: int) -> bytes:
        """Return what the caller sends now: its words, or silence."""
        if self._wanted is not None and (sound := self._lines.get(self._wanted.text)) is not None:
            self._speaking, self._sound, self._wanted = (self._wanted, frame), sound, None
        if self._speaking is None:
            return SILENCE
        out, self._sound = self._sound[:FRAME_BYTES], self._sound[FRAME_BYTES:]
        if not self._sound:
            self._finish(frame + 1)
        return out or SILENCE

    def _finish(self, frame: int) -> None:
        if self._speaking is not None:
            say, start = self._speaking
            self._said.append(Said(start * FRAME_MS, frame * FRAME_MS, say.text, say.is_interruption))
            self._speaking = None
            if self._watcher is not None:
                self._watcher.line_said(self._turns.lines_begun)

    def result(self, outcome: PracticeOutcome) -> PracticeResult:
        """Return what it was like so far."""
        self._finish(len(self._own_audible))
        audible = self._ear.audible
        return PracticeResult(
            outcome=outcome,
            detail=self._watcher.objection if self._watcher is not None else "",
            duration_ms=len(self._own_audible) * FRAME_MS,
            said=tuple(self._said),
            heard=result.intervals(audible),
            gaps_ms=result.gaps_ms(self._said, self._own_audible, audible),
            stops_ms=result.stops_ms(self._said, audible),
            faults=tuple(self._stream.faults),
            caller_audio=bytes(self._sent),
            heard_audio=bytes(self._played),
        )
