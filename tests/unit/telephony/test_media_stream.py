"""One stream between a socket and a session that a test plays by hand, with a clock of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, cast

import pytest

from copilot_desktop.audio.frame import SILENCE
from copilot_desktop.calls.events import CallId
from copilot_desktop.calls.session import CallSession
from copilot_desktop.telephony import wire
from copilot_desktop.telephony.admission import Counters
from copilot_desktop.telephony.media_stream import START_WITHIN_MS, STUCK_MS, MediaStream
from tests.support.fake_desk import FakeSession

CALL = CallId("CA" + "1" * 32)
TONE = bytes(range(160))
START = {
    "event": "start",
    "streamSid": "MZ1",
    "start": {
        "callSid": CALL,
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
    },
}


class Bench:
    """The stream's surroundings."""

    def __init__(self) -> None:
        self.now_ms = 1000.0
        self.counters = Counters()
        self.session = FakeSession(CALL)
        self.inbox: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()
        self.sent: list[Mapping[str, Any]] = []
        self.takes = asyncio.Event()
        self.takes.set()
        self.aborts = 0
        self.stream = MediaStream(self.send, self.admit, self.abort, self.counters, lambda: self.now_ms)

    async def send(self, message: Mapping[str, Any]) -> None:
        await self.takes.wait()
        self.sent.append(message)

    def admit(self, stream: MediaStream, message: wire.Start) -> CallSession:
        self.session.link = stream
        return cast(CallSession, self.session)

    def abort(self) -> None:
        self.aborts += 1
        self.inbox.put_nowait({"type": "websocket.disconnect", "code": 1006})

    async def give(self, message: Any) -> None:
        self.inbox.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})
        await settle()

    async def passes(self, ms: float) -> None:
        self.now_ms += ms
        self.stream.tick()
        await settle()

    def closes(self) -> list[int]:
        return [message["code"] for message in self.sent if message["type"] == "websocket.close"]


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def play(act: Callable[[Bench], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        bench = Bench()
        running = asyncio.create_task(bench.stream.run(bench.inbox.get))
        await settle()
        await act(bench)
        bench.inbox.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await running
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


@pytest.mark.allow_warnings
def test_a_socket_without_a_start_is_closed_in_time() -> None:
    async def act(bench: Bench) -> None:
        await bench.give({"event": "connected"})
        await bench.passes(START_WITHIN_MS)
        assert bench.closes() == []
        await bench.passes(1)
        assert bench.closes() == [1008]
        assert bench.counters.refused_streams == 1
        await bench.give(START)
        assert bench.session.link is None

    play(act)


def test_a_peer_that_does_not_answer_the_close_is_dropped() -> None:
    async def act(bench: Bench) -> None:
        await bench.give(START)
        await bench.stream.close()
        assert bench.closes() == [1000]
        await bench.passes(900)
        assert bench.aborts == 0
        await bench.passes(200)
        assert bench.aborts == 1

    play(act)


@pytest.mark.allow_warnings
def test_a_socket_stuck_for_two_seconds_closes_the_link() -> None:
    async def act(bench: Bench) -> None:
        await bench.give(START)
        bench.takes.clear()
        bench.stream.send(TONE)
        await settle()
        await bench.passes(STUCK_MS)
        assert bench.session.closed_links == []
        await bench.passes(1)
        assert bench.session.closed_links == [bench.stream]
        assert bench.aborts == 1

    play(act)


def test_a_socket_that_breaks_while_writing_is_a_lost_link() -> None:
    async def act(bench: Bench) -> None:
        await bench.give(START)

        async def broken(message: Mapping[str, Any]) -> None:
            raise TimeoutError("the network is gone")

        bench.stream._asgi_send = broken
        bench.stream.send(TONE)
        await settle()
        assert bench.session.closed_links == [bench.stream]
        assert bench.aborts == 1

    play(act)


def test_silence_goes_on_at_the_pace_of_the_clock_only_while_the_stream_is_live() -> None:
    async def act(bench: Bench) -> None:
        await bench.passes(400)
        await bench.give(START)
        media = {"timestamp": "0", "payload": "AAAA" * 53 + "AA=="}
        await bench.give({"event": "media", "streamSid": "MZ1", "media": media})
        assert len(bench.session.frames) == 1
        await bench.passes(190)
        assert len(bench.session.frames) == 1
        await bench.passes(110)
        assert [frame.data for frame in bench.session.frames[1:]] == [SILENCE] * 14
        await bench.stream.close()
        await bench.passes(500)
        assert len(bench.session.frames) == 15

    play(act)


def test_outbound_track_is_not_the_callers_sound() -> None:
    async def act(bench: Bench) -> None:
        await bench.give(START)
        media = {"timestamp": "0", "payload": "AAAA", "track": "outbound"}
        await bench.give({"event": "media", "streamSid": "MZ1", "media": media})
        assert bench.session.frames == []
        assert bench.counters.bad_messages == 0

    play(act)


def test_a_session_that_closes_at_once_is_told_once() -> None:
    async def act(bench: Bench) -> None:
        def admit(stream: MediaStream, message: wire.Start) -> CallSession:
            stream.begin_close(1000)
            return cast(CallSession, bench.session)

        bench.stream._admit = admit
        await bench.give(START)
        await settle()
        assert bench.session.closed_links == [bench.stream]
        assert bench.closes() == [1000]

    play(act)
