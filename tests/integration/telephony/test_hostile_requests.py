"""Strangers at the door while a call runs: nothing enters, and the call does not notice."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from copilot_desktop.calls.events import CallId, CallRinging
from copilot_desktop.calls.states import CallState
from copilot_desktop.telephony.connections import REQUEST_WITHIN_S
from tests.support.flood import Flood
from tests.support.real_desk import SETTINGS, RealDesk, run_with_desk, until
from tests.support.twilio_line import TwilioLine, TwilioStream, connect_verb

pytestmark = pytest.mark.allow_warnings

TONE = bytes([0x90, 0x10]) * 80
SILENCE = bytes([0xFF]) * 160
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"


@contextlib.asynccontextmanager
async def running_call(real: RealDesk) -> AsyncIterator[tuple[TwilioLine, TwilioStream]]:
    """A call that is live all the while, and still is at the end."""
    line = real.line()
    async with line.stream(await line.answered_token()) as stream:
        await stream.until(1, "media")
        yield line, stream
        (view,) = [view for view in real.desk.live_calls() if view.call_id == line.call_sid]
        assert view.state is CallState.LIVE
        assert stream.violations == []
    assert [fact.call_id for fact in real.facts if isinstance(fact, CallRinging)] == [line.call_sid]


def with_a_call(act: Callable[[RealDesk, TwilioLine, TwilioStream], Any]) -> None:
    async def main(real: RealDesk) -> None:
        async with running_call(real) as (line, stream):
            await act(real, line, stream)

    run_with_desk(main)


async def raw(real: RealDesk, request: bytes, *, within_s: float = 10.0) -> bytes:
    """Send bytes as they are and return all that comes back until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", real.server.port)
    writer.write(request)
    try:
        async with asyncio.timeout(within_s):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


def test_requests_that_nobody_signed() -> None:
    async def act(real: RealDesk, line: TwilioLine, stream: TwilioStream) -> None:
        stranger = real.line()
        other_secret = TwilioLine(real.local_url, "another secret", base_url=stranger.base_url)
        for path in ("/twilio/voice", "/twilio/status", "/twilio/continue", "/twilio/transferred"):
            for fields in (
                stranger.fields(),
                line.fields(CallStatus="completed", DialCallStatus="completed"),
            ):
                for signature in ("", "x", "L/OH5YylLD5NRKLltdqwSvS0BnU="):
                    answer = await stranger.request(path, fields, signature=signature)
                    assert (answer.status_code, answer.headers["connection"]) == (403, "close")
                assert (await other_secret.request(path, fields)).status_code == 403
        assert real.server.counters.refused == 32

    with_a_call(act)


def test_a_signed_request_sent_again() -> None:
    async def act(real: RealDesk, line: TwilioLine, stream: TwilioStream) -> None:
        fields = line.fields()
        signature = line._validator.compute_signature(line.base_url + "/twilio/voice", fields)
        # The same call, while it lives: the same answer, and nothing rings.
        again = await line.request("/twilio/voice", fields, signature=signature)
        assert "<Connect" in again.text

        old = real.line()
        real.desk.set_ready(True)
        fields = old.fields()
        signature = old._validator.compute_signature(old.base_url + "/twilio/voice", fields)
        token = connect_verb(await old.request("/twilio/voice", fields, signature=signature))[1]
        await old.tell_status("completed")
        await until(lambda: len(real.desk.live_calls()) == 1)
        facts = len(real.facts)
        for _ in range(3):
            answer = await old.request("/twilio/voice", fields, signature=signature)
            assert "<Hangup" in answer.text
            assert "<Connect" not in answer.text
        async with await old.dial() as late:
            await late.start(token)
            assert await late.closed() == 1008
        assert not [fact for fact in real.facts[facts:] if isinstance(fact, CallRinging)]
        real.facts[:] = [fact for fact in real.facts if getattr(fact, "call_id", "") != old.call_sid]

    with_a_call(act)


def test_streams_that_are_nobodys() -> None:
    async def act(real: RealDesk, line: TwilioLine, stream: TwilioStream) -> None:
        link_count = len(real.desk.live_calls())
        token = str(stream.sent_token)
        thief = real.line()
        for signature in ("", "x", "L/OH5YylLD5NRKLltdqwSvS0BnU="):
            with pytest.raises(InvalidStatus) as refused:
                await line.dial(signature=signature)
            assert refused.value.response.status_code == 403
        attempts: list[tuple[TwilioLine, str, dict[str, Any]]] = [
            (thief, token, {}),
            (thief, token, {"call_sid": line.call_sid[:-1] + "x"}),
            (line, "", {}),
            # A good token a second time, with a good handshake.
            (line, token, {}),
        ]
        for caller, word, changes in attempts:
            async with await caller.dial() as other:
                await other.start(word, **changes)
                assert await other.closed() == 1008
        assert real.server.counters.refused_streams == len(attempts)
        assert len(real.desk.live_calls()) == link_count
        assert stream.socket.close_code is None
        heard = len(stream.heard)
        await stream.say(SILENCE * 10)
        assert len(stream.heard) >= heard

    with_a_call(act)


def test_garbage_and_giants() -> None:
    requests = [
        b"\x00\x01\x02\x03" * 100,
        b"GET\r\n\r\n",
        b"\r\n" * 2000,
        b"POST /twilio/voice HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /twilio/voice HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\nabcde",
        b"POST /twilio/voice HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /twilio/voice?" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
        b"GET /twilio/media HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 500,
        b"GET /health HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n"
        b"HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /twilio/../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        f"POST /twilio/voice HTTP/1.1\r\nHost: x\r\n{FORM}Content-Length: 8\r\n\r\n%ff=%00&&".encode(),
    ]

    async def act(real: RealDesk, line: TwilioLine, stream: TwilioStream) -> None:
        answers = await asyncio.gather(*(raw(real, request) for request in requests))
        for request, answer in zip(requests, answers, strict=True):
            assert answer[:10] not in (b"HTTP/1.1 2", b"HTTP/1.1 3"), (request[:60], answer[:60])
        assert real.server.counters.refused <= 2
        big = await real.line().ring(Big="x" * 3_000_000)
        assert big.status_code == 413

    with_a_call(act)


def test_clients_that_never_come_to_an_end() -> None:
    async def act(real: RealDesk, line: TwilioLine, stream: TwilioStream) -> None:
        head = b"POST /twilio/voice HTTP/1.1\r\nHost: x\r\n"
        body = FORM.encode() + b"Content-Length: 50000\r\nX-Twilio-Signature: x\r\n\r\na="
        began_s = time.monotonic()
        slow = [
            drip(real, b"", b"X"),
            drip(real, head, b"X"),
            drip(real, head + body, b"a"),
            # A first answer earns nobody a connection to keep.
            drip(real, b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n" + head, b"X"),
        ]
        await asyncio.gather(*slow)
        assert time.monotonic() - began_s < REQUEST_WITHIN_S + 5

    with_a_call(act)


async def drip(real: RealDesk, beginning: bytes, drop: bytes) -> None:
    """Send `beginning` and then a little now and again, until the server has had enough."""
    reader, writer = await asyncio.open_connection("127.0.0.1", real.server.port)
    writer.write(beginning)
    try:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.3):
                    if not await reader.read(1000):
                        return
            writer.write(drop)
            await writer.drain()
    except ConnectionError:
        return
    finally:
        writer.close()


def test_a_flood_of_unsigned_requests_does_not_reach_the_call() -> None:
    """The times are measured by the benchmark "flood"; here the limits only tell life from death."""

    async def act(real: RealDesk, line: TwilioLine, stream: TwilioStream) -> None:
        flood = Flood(real.local_url, rate=200, seconds=10.0, burst=200)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.support.flood",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(asdict(flood)).encode() + b"\n")
        told = asyncio.create_task(process.stdout.readline())
        real.puppets.writer.answer = lambda talk: "one two three four five six seven eight nine ten"
        real.puppets.transcriber.final_words = "And then?"
        answered = 0
        while not told.done():
            before = len(stream.heard)
            await stream.say(TONE * 25 + SILENCE * 75)
            answered += len(stream.heard) > before
        counts = json.loads(await told)
        await process.wait()
        # Some may meet a full house and go away without an answer; none gets another one.
        assert set(counts) <= {"403", "0"}
        assert counts["403"] >= 1000
        assert real.server.counters.refused == counts["403"]
        assert answered >= 3

    with_a_call(act)


def test_a_flood_does_not_keep_a_signed_call_out() -> None:
    async def act(real: RealDesk) -> None:
        floods = [asyncio.create_task(strangers(real)) for _ in range(20)]
        line = real.line()
        async with asyncio.timeout(10):
            answer = await line.ring()
        async with line.stream(connect_verb(answer)[1]) as stream:
            with contextlib.suppress(ConnectionClosed):
                await stream.say(SILENCE * 50)
            assert real.desk.levels(CallId(line.call_sid)) is not None
            assert len(stream.heard) > 0
        for flood in floods:
            flood.cancel()
        await asyncio.gather(*floods, return_exceptions=True)

    run_with_desk(act, SETTINGS)


async def strangers(real: RealDesk) -> None:
    while True:
        await raw(real, b"POST /twilio/voice HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
