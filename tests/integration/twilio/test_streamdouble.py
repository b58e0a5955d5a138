"""The media stream against a caller of another maker: `streamdouble`.

What it does not do is done here or elsewhere: it signs no handshake (a relay of ours does), drops marks on
`clear` instead of sending them back, and does not look for needless fields (`TwilioStream` does both).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from copilot_desktop.audio.frame import AudioFrame
from copilot_desktop.calls.events import CallId
from tests.support.fake_desk import FakeDesk, FakeSession
from tests.support.serving import Serving, serving
from tests.support.signing_relay import signing_relay
from tests.support.twilio_line import TwilioLine

streamdouble = pytest.importorskip("streamdouble.session", reason="streamdouble is not installed")

FRAME_COUNT = 40
FRAMES = [bytes((7 * number + index) % 251 for index in range(160)) for number in range(FRAME_COUNT)]
ANSWER = [bytes((11 * number + index) % 241 for index in range(160)) for number in range(25)]


def call(desk: FakeDesk, check: Callable[[Serving, TwilioLine], None], *, digits: bool = False) -> Any:
    """Let it call our server with `FRAMES`; returns its SessionResult."""

    async def main() -> Any:
        async with serving(desk) as served:
            line = served.line()
            token = await line.answered_token()
            result = await place(served, line, token, digits=digits)
            await served.desk.sessions[CallId(line.call_sid)].until(lambda each: bool(each.closed_links))
            check(served, line)
            return result

    return asyncio.run(main())


async def place(served: Serving, line: TwilioLine, token: str, *, digits: bool = False) -> Any:
    from streamdouble.protocol import StreamIdentity
    from streamdouble.scenario import Dtmf, Say, Scenario

    config = streamdouble.SessionConfig(
        response_timeout_s=5, quiet_period_s=0.3, max_drain_s=5, custom_parameters={"token": token}
    )
    steps = [Say(Path("-"), FRAMES), *([Dtmf("12#")] if digits else [])]
    async with signing_relay(served.local_url, line.handshake_signature()) as url:
        session = streamdouble.Session(
            url + "/twilio/media",
            scenario=Scenario("a call", steps),
            config=config,
            identity=StreamIdentity(call_sid=line.call_sid),
        )
        return await session.run()


def test_sound_goes_both_ways() -> None:
    def echo(session: FakeSession, frame: AudioFrame) -> None:
        assert session.link is not None
        # After its words it sends nothing, which is silence to our side.
        if len(session.frames) <= FRAME_COUNT:
            session.link.send(frame.data)
        if len(session.frames) == FRAME_COUNT:
            session.link.mark("g1-1")

    desk = FakeDesk()
    desk.on_frame = echo

    def check(served: Serving, line: TwilioLine) -> None:
        session = desk.sessions[CallId(line.call_sid)]
        assert [frame.data for frame in session.frames[:FRAME_COUNT]] == FRAMES
        assert set(session.sound[160 * FRAME_COUNT :]) <= {0xFF}
        assert session.marks == ["g1-1"]
        assert session.measures[0]["frames"] == FRAME_COUNT
        assert session.measures[0]["bad_messages"] == 0
        assert served.server.counters.unknown_messages == 0

    result = call(desk, check)
    assert result.audio_received == b"".join(FRAMES)
    assert (result.violations, result.unknown_events) == ([], [])
    assert result.marks_received == result.marks_echoed == ["g1-1"]
    assert not result.timed_out
    assert result.closed_by is None


def test_clear_and_keys() -> None:
    def interrupt(session: FakeSession, frame: AudioFrame) -> None:
        assert session.link is not None
        if len(session.frames) == 5:
            session.link.send(b"".join(ANSWER))
        if len(session.frames) == 15:
            session.link.clear()

    desk = FakeDesk()
    desk.on_frame = interrupt

    def check(served: Serving, line: TwilioLine) -> None:
        session = desk.sessions[CallId(line.call_sid)]
        assert session.digits == ["1", "2", "#"]
        assert session.sound.startswith(b"".join(FRAMES))
        assert session.measures[0]["bad_messages"] == 0

    result = call(desk, check, digits=True)
    assert result.clears_received == 1
    assert result.violations == []
    assert result.audio_received
    assert b"".join(ANSWER).startswith(result.audio_received)


@pytest.mark.allow_warnings
def test_a_stolen_handshake_without_the_token_hears_nothing() -> None:
    async def main() -> None:
        async with serving() as served:
            line = served.line()
            await line.answered_token()
            result = await place(served, line, "guessed")
            assert result.closed_by == "agent"
            assert result.audio_received == b""
            assert served.desk.sessions[CallId(line.call_sid)].frames == []
            assert served.server.counters.refused_streams == 1

    asyncio.run(main())
