"""The media stream over a real socket: who gets in, what is heard, what is skipped, how it ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from copilot_desktop.audio.frame import SILENCE
from copilot_desktop.calls.events import CallId
from copilot_desktop.telephony.webhooks import Signer
from tests.conftest import Run
from tests.support.fake_desk import FakeDesk, FakeSession
from tests.support.serving import Serving, serving
from tests.support.twilio_line import TwilioLine, connect_verb

TONE = bytes(range(160))
SHOUT = bytes(range(95, 255))


def run(act: Callable[[Serving], Coroutine[Any, Any, None]], desk: Callable[[], FakeDesk] = FakeDesk) -> None:
    async def main() -> None:
        async with serving(desk()) as served:
            await act(served)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


async def session_of(served: Serving, line: TwilioLine) -> FakeSession:
    """Return the call's session once its stream is open."""
    session = served.desk.sessions[CallId(line.call_sid)]
    await session.until(lambda each: each.link is not None)
    return session


def test_sound_keys_and_marks_go_both_ways() -> None:
    async def act(served: Serving) -> None:
        line = served.line()
        async with line.stream(await line.answered_token()) as stream:
            session = await session_of(served, line)
            assert session.link is not None
            await stream.send_audio(TONE)
            await stream.send_audio(SHOUT)
            await stream.press("#")
            await session.until(lambda each: bool(each.digits))
            assert [(frame.data, frame.at_ms) for frame in session.frames] == [(TONE, 0), (SHOUT, 20)]
            assert session.digits == ["#"]
            session.link.send(TONE + SHOUT)
            session.link.mark("g0-1")
            await session.until(lambda each: bool(each.marks))
            assert session.marks == ["g0-1"]
            assert bytes(stream.heard) == TONE + SHOUT
            assert stream.violations == []
            assert stream.extensions == ""
            await stream.stop()
            assert await stream.closed() == 1000
            assert session.closed_links == [session.link]
            assert session.measures == [
                {"frames": 2, "gap_count": 0, "gap_ms": 0, "bad_messages": 0}
                | {"jitter_ms": session.measures[0]["jitter_ms"]}
            ]

    run(act)


def test_clear_overtakes_what_is_queued_and_brings_outstanding_marks_back() -> None:
    async def act(served: Serving) -> None:
        line = served.line()
        async with line.stream(await line.answered_token()) as stream:
            session = await session_of(served, line)
            link = session.link
            assert link is not None
            link.send(TONE * 50)
            link.mark("at the carrier")
            await stream.until(1, "mark")
            link.send(SHOUT * 50)
            link.mark("never sent")
            link.clear()
            link.mark("after")
            await session.until(lambda each: "after" in each.marks)
            assert session.marks == ["at the carrier", "after"]
            assert [message["event"] for message in stream.received] == ["media", "mark", "clear", "mark"]
            assert stream.violations == []

    run(act)


@pytest.mark.allow_warnings
@pytest.mark.parametrize("signature", ["", "wrong", "L/OH5YylLD5NRKLltdqwSvS0BnU="])
def test_an_unsigned_handshake_is_refused(signature: str) -> None:
    async def act(served: Serving) -> None:
        with pytest.raises(InvalidStatus) as refused:
            await served.line().dial(signature=signature)
        assert refused.value.response.status_code == 403
        assert served.server.counters.refused == 1

    run(act)


def test_a_handshake_may_be_signed_with_a_slash_at_the_end() -> None:
    async def act(served: Serving) -> None:
        line = served.line()
        async with await line.dial(signature=line.handshake_signature("/twilio/media/")) as stream:
            await stream.start(await line.answered_token())
            await session_of(served, line)

    run(act)


def test_practice_streams_are_signed_for_loopback() -> None:
    async def act(served: Serving) -> None:
        served.server.signers.append(Signer(served.local_url, "practice secret", is_practice=True))
        line = TwilioLine(served.local_url, "practice secret")
        async with line.stream(await line.answered_token()):
            await session_of(served, line)

    run(act)


@pytest.mark.parametrize("path", ["/twilio/media/", "/twilio", "/", "/health"])
def test_other_sockets_are_not_found(path: str) -> None:
    async def act(served: Serving) -> None:
        with pytest.raises(InvalidStatus) as refused:
            await served.line().dial(path=path)
        assert refused.value.response.status_code in (404, 400)

    run(act)


@pytest.mark.allow_warnings
def test_only_the_token_of_the_same_live_call_opens_a_stream() -> None:
    async def act(served: Serving) -> None:
        line, other = served.line(), served.line()
        token, other_token = await line.answered_token(), await other.answered_token()
        pcm = {"encoding": "audio/x-l16", "sampleRate": 8000, "channels": 1}
        attempts: list[tuple[str, dict[str, Any]]] = [
            ("", {}),
            (token[:-1], {}),
            ("é", {}),
            (other_token, {}),
            (token, {"customParameters": {}}),
            (token, {"call_sid": "CA" + "0" * 32}),
            (token, {"call_sid": "nonsense"}),
            (token, {"mediaFormat": pcm}),
        ]
        for wrong, changes in attempts:
            async with await line.dial() as stream:
                await stream.start(wrong, **changes)
                assert await stream.closed() == 1008
        await line.tell_status("completed")
        async with await line.dial() as stream:
            await stream.start(token)
            assert await stream.closed() == 1008
        assert served.server.counters.refused_streams == len(attempts) + 1
        assert served.desk.sessions[CallId(line.call_sid)].link is None
        async with other.stream(other_token):
            await session_of(served, other)

    run(act)


def test_a_newer_stream_replaces_the_older() -> None:
    async def act(served: Serving) -> None:
        line = served.line()
        token = await line.answered_token()
        async with line.stream(token) as older:
            session = await session_of(served, line)
            first = session.link
            # The carrier asks twice for one call, and connects with both answers.
            async with line.stream(await line.answered_token()) as newer:
                assert await older.closed() == 1000
                await session.until(lambda each: each.link is not first)
                assert session.closed_links == [first]
                await newer.send_audio(TONE)
                await session.until(lambda each: bool(each.frames))
                assert session.link is not None
                session.link.send(SHOUT)
                await newer.until(1, "media")
        await session.until(lambda each: len(each.closed_links) == 2)
        assert session.closed_links[1] is session.link

    run(act)


def bad_messages(stream_sid: str) -> list[Any]:
    def media(**changes: Any) -> dict[str, Any]:
        sound = {"track": "inbound", "chunk": "1", "timestamp": "0", "payload": "AAAA"} | changes
        return {"event": "media", "sequenceNumber": "9", "streamSid": stream_sid, "media": sound}

    return [
        [],
        None,
        {},
        {"event": "media"},
        media(payload="?!"),
        media(payload="data:audio/x-mulaw;base64,AAAA"),
        media(payload=5),
        media(timestamp="soon"),
        media(timestamp=-20),
        media(payload="A" * 70_000),
        media() | {"streamSid": "MZ" + "0" * 32},
        {"event": "mark", "streamSid": stream_sid, "mark": {}},
        {"event": "start", "streamSid": stream_sid, "start": {}},
    ]


def test_bad_messages_are_skipped_and_the_call_goes_on() -> None:
    async def act(served: Serving) -> None:
        line = served.line()
        token = await line.answered_token()
        async with await line.dial() as stream:
            await stream.send_audio(SHOUT)
            await stream.stop()
            await stream.start(token)
            session = await session_of(served, line)
            count = 2
            for message in bad_messages(stream.stream_sid):
                await stream.send_json(message)
                count += 1
            for text in ("{", "", "hello", '{"event":"stop"' + "[" * 5000, "\x00"):
                await stream.socket.send(text)
                count += 1
            await stream.socket.send(b"binary")
            await stream.start(token)
            count += 2
            await stream.send_json({"event": "weather", "streamSid": stream.stream_sid})
            await stream.send_audio(TONE, stamp_ms=0)
            await session.until(lambda each: bool(each.frames))
            assert session.frames[0].data == TONE
            assert served.server.counters.bad_messages == count
            assert served.server.counters.unknown_messages == 1
        await session.until(lambda each: bool(each.closed_links))
        assert session.measures[0]["bad_messages"] == count

    run(act)


@pytest.mark.allow_warnings
def test_a_hundred_bad_messages_in_a_row_close_the_stream() -> None:
    async def act(served: Serving) -> None:
        line = served.line()
        async with line.stream(await line.answered_token()) as stream:
            session = await session_of(served, line)
            for _ in range(2):
                for _ in range(99):
                    await stream.socket.send("nonsense")
                await stream.send_audio(TONE)
            await session.until(lambda each: len(each.frames) >= 2)
            assert not session.closed_links
            for _ in range(100):
                await stream.socket.send("nonsense")
            assert await stream.closed() == 1008
            assert session.closed_links == [session.link]

    run(act)


def test_a_message_beyond_all_measure_closes_the_socket() -> None:
    async def act(served: Serving) -> None:
        line = served.line()
        async with line.stream(await line.answered_token()) as stream:
            session = await session_of(served, line)
            await stream.socket.send("x" * 1_200_000)
            assert await stream.closed() == 1009
            await session.until(lambda each: bool(each.closed_links))

    run(act)


def test_silence_is_heard_when_nothing_comes() -> None:
    async def act(served: Serving) -> None:
        line = served.line()
        async with line.stream(await line.answered_token()) as stream:
            session = await session_of(served, line)
            await stream.send_audio(TONE)
            began = time.monotonic()
            await session.until(lambda each: len(each.frames) >= 30)
            waited_ms = (time.monotonic() - began) * 1000
            assert 450 < waited_ms < 900
            assert {frame.data for frame in session.frames[1:]} == {SILENCE}
            await stream.send_audio(SHOUT)
            await session.until(lambda each: each.frames[-1].data == SHOUT)
            assert [frame.at_ms for frame in session.frames] == [20 * i for i in range(len(session.frames))]

    run(act)


def test_a_dropped_socket_is_told_and_the_session_closes_its_link_safely() -> None:
    async def act(served: Serving) -> None:
        line = served.line()
        answer = await line.ring()
        async with line.stream(connect_verb(answer)[1]) as stream:
            session = await session_of(served, line)
            link = session.link
            assert link is not None
            stream.socket.transport.abort()
            await session.until(lambda each: bool(each.closed_links))
            link.send(TONE)
            link.mark("lost")
            link.clear()
            await link.close()
            await link.close()
            assert session.closed_links == [link]
        again = await line.after_stream(answer)
        assert again is not None
        async with line.stream(connect_verb(again)[1]):
            await session.until(lambda each: each.link is not link)
            assert session.link is not None
            await session.link.close()
            assert len(session.closed_links) == 2

    run(act)


@pytest.mark.allow_warnings
def test_a_peer_that_takes_nothing_loses_its_link() -> None:
    async def act(served: Serving) -> None:
        line = served.line()
        async with line.stream(await line.answered_token()) as stream:
            session = await session_of(served, line)
            link = session.link
            assert link is not None
            stream.socket.transport.pause_reading()
            began = time.monotonic()
            sender = asyncio.create_task(flood(session))
            await session.until(lambda each: bool(each.closed_links), within_s=8)
            sender.cancel()
            assert time.monotonic() - began > 2.0
            stream.socket.transport.resume_reading()
            assert await stream.closed() == 1006
            assert served.server.counters.dropped_messages > 0

    async def flood(session: FakeSession) -> None:
        while True:
            assert session.link is not None
            session.link.send(TONE * 500)
            await asyncio.sleep(0.002)

    run(act)


def test_the_server_stops_in_time_with_open_streams() -> None:
    async def main() -> None:
        async with serving() as served:
            lines = [served.line() for _ in range(3)]
            streams = []
            for line in lines:
                stream = await line.dial()
                await stream.start(await line.answered_token())
                await session_of(served, line)
                streams.append(stream)
            deaf = streams[0]
            deaf.socket.transport.pause_reading()
            began = time.monotonic()
            await served.server.stop()
            assert time.monotonic() - began < 3
            assert [await stream.closed() for stream in streams[1:]] == [1001, 1001]
            for line in lines:
                assert len(served.desk.sessions[CallId(line.call_sid)].closed_links) == 1
            deaf.socket.transport.resume_reading()
            for stream in streams:
                await stream.hang_up()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


def test_a_call_on_the_windows_own_loop(qasync_run: Run[None]) -> None:
    """The same server on qasync: webhooks, sound both ways, and the stop with a stream open."""

    async def main() -> None:
        async with serving() as served:
            line = served.line()
            async with line.stream(await line.answered_token()) as stream:
                session = await session_of(served, line)
                await stream.say(TONE * 10)
                await session.until(lambda each: len(each.frames) >= 10)
                assert session.sound[:1600] == TONE * 10
                assert session.link is not None
                session.link.send(SHOUT * 5)
                session.link.mark("played")
                await session.until(lambda each: each.marks == ["played"])
                assert bytes(stream.heard) == SHOUT * 5
                await served.server.stop()
                assert await stream.closed() == 1001

    qasync_run(main())


def test_take_over_is_on_the_wire_soon_with_ten_calls() -> None:
    """`clear` follows at once, whatever the other calls are sending."""

    async def act(served: Serving) -> None:
        lines = [served.line() for _ in range(10)]
        tokens = [await line.answered_token() for line in lines]
        async with asyncio.timeout(10):
            streams = [await line.dial() for line in lines]
            for stream, token in zip(streams, tokens, strict=True):
                await stream.start(token)
            sessions = [await session_of(served, line) for line in lines]
            talkers = [asyncio.create_task(stream.say(TONE * 100)) for stream in streams]
            delays_ms = []
            for _ in range(10):
                await asyncio.sleep(0.02)
                for session in sessions:
                    assert session.link is not None
                    session.link.send(TONE * 10)
                cleared = sessions[3].link
                assert cleared is not None
                count, began = streams[3].clears, time.perf_counter()
                cleared.clear()
                await streams[3].until(count + 1, "clear")
                delays_ms.append((time.perf_counter() - began) * 1000)
            for task in talkers:
                task.cancel()
            await asyncio.gather(*talkers, return_exceptions=True)
            for stream in streams:
                await stream.hang_up()
        assert sorted(delays_ms)[-2] < 20

    run(act, echoing_desk)


def echoing_desk() -> FakeDesk:
    def echo(session: FakeSession, frame: Any) -> None:
        if session.link is not None:
            session.link.send(frame.data)

    desk = FakeDesk()
    desk.on_frame = echo
    return desk
