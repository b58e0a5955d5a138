"""The practice caller talks to servers over real sockets, one of a few lines and our own, in virtual time."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection

from copilot_desktop.calls.desk import CallDesk
from copilot_desktop.calls.errors import EngineUnavailable
from copilot_desktop.calls.events import CallEnded, CallId, CallRinging, EventFeed, Fact, Outcome
from copilot_desktop.calls.states import Mode
from copilot_desktop.calls.world import AnsweringSettings, CallSettings, World
from copilot_desktop.practice.caller import PracticeCaller
from copilot_desktop.practice.result import PracticeOutcome, PracticeResult
from copilot_desktop.practice.scenario import Scenario, ScriptLine
from copilot_desktop.practice.turns import Patience
from copilot_desktop.telephony.server import PhoneServer
from copilot_desktop.telephony.webhooks import Signer
from tests.support.practice_server import (
    REJECT,
    SECRET,
    Answering,
    PracticeServer,
    ToneAssistant,
    practice_server,
)
from tests.support.puppets import PuppetDetector, Puppets, PuppetVoice

Run = Callable[..., Any]
SCENARIO = Scenario(
    name="test",
    title="Test",
    goal="Be tested.",
    persona="caller-man",
    lines=(
        ScriptLine("Hello there, this is a call."),
        ScriptLine("No, wait a moment.", interrupts=True),
        ScriptLine("That was all."),
    ),
)


def caller(server: PracticeServer, scenario: Scenario = SCENARIO, **more: Any) -> PracticeCaller:
    return PracticeCaller(
        scenario,
        voice=more.pop("voice", None) or PuppetVoice(),
        detector=PuppetDetector(),
        base_url=server.base_url,
        secret=SECRET,
        **more,
    )


async def call(answering: Answering, scenario: Scenario = SCENARIO, **more: Any) -> PracticeResult:
    async with practice_server(answering) as server:
        result = await caller(server, scenario, **more).call()
        assert server.is_signed_rightly
    return result


def test_a_whole_call(run: Run) -> None:
    assistant = ToneAssistant()

    async def main() -> tuple[PracticeResult, PracticeServer]:
        async with practice_server(assistant) as server:
            return await caller(server, keep_audio=True).call(), server

    result, server = run(main())
    assert result.outcome is PracticeOutcome.COMPLETED
    assert result.faults == ()
    assert [said.text for said in result.said] == [*(line.say for line in SCENARIO.lines), SCENARIO.farewell]
    assert [said.is_interruption for said in result.said] == [False, True, False, False]

    greeting, *_ = result.heard
    assert 0 <= greeting.start_ms <= 60
    assert 800 <= result.said[0].start_ms - greeting.end_ms <= 900
    assert len(result.gaps_ms) == 4
    assert all(400 <= gap_ms <= 480 for gap_ms in result.gaps_ms)
    (stop_ms,) = result.stops_ms
    assert 100 <= stop_ms <= 200
    assert len(result.caller_audio) == len(result.heard_audio) == result.duration_ms * 8

    assert server.is_signed_rightly
    ringing, completed = server.statuses
    assert (ringing["CallStatus"], completed["CallStatus"]) == ("ringing", "completed")
    assert ringing["CallSid"] == completed["CallSid"]
    assert int(completed["CallDuration"]) == -(-result.duration_ms // 1000)
    assert assistant.has_stopped


def test_what_goes_over_the_wire_is_the_carriers_way(run: Run) -> None:
    assistant = ToneAssistant()
    result = run(call(assistant))
    start: Any = assistant.start
    assert start["sequenceNumber"] == "1"
    assert start["start"]["customParameters"] == {"token": "t0ken"}
    assert start["start"]["mediaFormat"] == {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
    assert [media["chunk"] for media in assistant.media[:3]] == ["1", "2", "3"]
    assert [media["timestamp"] for media in assistant.media[:3]] == ["0", "20", "40"]
    assert len(assistant.media) * 20 == result.duration_ms
    assert {len(media["payload"]) for media in assistant.media} == {216}

    # A mark comes back when its sound has played, but at once when the sound is cleared.
    late_ms = [at_ms - int(name.partition("-")[2]) for at_ms, name in assistant.marks]
    cleared = [at_ms for at_ms, _ in assistant.marks if any(abs(at_ms - c) <= 60 for c in assistant.clears)]
    assert len(cleared) == len(assistant.clears) == 1
    assert sorted(late_ms)[0] < -500
    assert all(abs(late) <= 60 for late in sorted(late_ms)[1:])


def test_without_a_greeting_the_caller_begins(run: Run) -> None:
    result = run(call(ToneAssistant(greeting_ms=0)))
    assert result.outcome is PracticeOutcome.COMPLETED
    assert 4000 <= result.said[0].start_ms <= 4100


def test_silence_makes_the_caller_give_up_politely(run: Run) -> None:
    result = run(call(ToneAssistant(answers=1)))
    assert result.outcome is PracticeOutcome.GAVE_UP
    assert [said.text for said in result.said[-2:]] == [SCENARIO.still_there, SCENARIO.giving_up]
    assert 19_950 <= result.said[-2].start_ms - result.said[-3].end_ms <= 20_100


def test_an_assistant_that_never_stops_is_got_through(run: Run) -> None:
    result = run(call(ToneAssistant(greeting_ms=590_000, answers=0, yields=False)))
    assert result.outcome is PracticeOutcome.COMPLETED
    assert len(result.said) == len(SCENARIO.lines) + 1
    assert result.duration_ms <= 120_000
    assert result.stops_ms[0] > 60_000


def test_declined(run: Run) -> None:
    async def main() -> tuple[PracticeResult, list[str]]:
        async with practice_server(ToneAssistant(), twiml=REJECT) as server:
            result = await caller(server).call()
            return result, [form["CallStatus"] for form in server.statuses]

    result, statuses = run(main())
    assert (result.outcome, result.detail) == (PracticeOutcome.DECLINED, "busy")
    assert statuses == ["ringing", "busy"]


@pytest.mark.parametrize(
    ("twiml", "status", "detail"),
    [
        ("<Response><Say>No.</Say><Hangup/></Response>", 200, "no stream in the answer: Say, Hangup"),
        ("<Response/>", 200, "no stream in the answer: nothing"),
        ("{}", 200, "the answer is no TwiML"),
        ("", 403, "HTTP 403"),
    ],
)
def test_not_connected(run: Run, twiml: str, status: int, detail: str) -> None:
    async def main() -> PracticeResult:
        async with practice_server(ToneAssistant(), twiml=twiml, status=status) as server:
            return await caller(server).call()

    result = run(main())
    assert (result.outcome, result.detail) == (PracticeOutcome.NOT_CONNECTED, detail)


@pytest.mark.parametrize(("code", "outcome"), [(1000, PracticeOutcome.HUNG_UP), (1011, PracticeOutcome.LOST)])
def test_the_server_closes_the_stream(run: Run, code: int, outcome: PracticeOutcome) -> None:
    async def leave(socket: ServerConnection) -> None:
        for _ in range(100):
            await socket.recv()
        await socket.close(code)

    result = run(call(leave))
    assert result.outcome is outcome
    assert 1900 <= result.duration_ms <= 2100


def test_no_server_at_all(run: Run) -> None:
    async def main() -> PracticeResult:
        async with practice_server(ToneAssistant()) as server:
            gone = server
        return await caller(gone).call()

    assert run(main()).outcome is PracticeOutcome.LOST


def test_what_the_carrier_would_refuse_has_no_effect_and_is_noted(run: Run) -> None:
    async def rude(socket: ServerConnection) -> None:
        await socket.recv()
        sid = json.loads(await socket.recv())["streamSid"]
        await socket.send(b"\x00")
        for fields in (
            {"event": "media", "streamSid": sid, "media": {"payload": "*"}},
            {"event": "media", "streamSid": sid, "media": {"payload": "", "track": "outbound"}},
            {"event": "media", "streamSid": "MZ0", "media": {"payload": ""}},
            {"event": "hangup", "streamSid": sid},
            {"event": "mark", "streamSid": sid, "mark": {"name": 1}},
        ):
            await socket.send(json.dumps(fields))
        await socket.send("{")
        await socket.close()

    result = run(call(rude))
    assert [fault.split()[0] for fault in result.faults] == ["31950", *["31951"] * 6]
    assert result.heard == ()


@pytest.mark.allow_warnings
def test_a_caller_without_a_voice_hangs_up(run: Run) -> None:
    class Mute:
        async def speak(self, sentence: str, call: CallId | None = None) -> AsyncIterator[bytes]:
            raise EngineUnavailable("test voice")
            yield b""

    result = run(call(ToneAssistant(), voice=Mute()))
    assert result.outcome is PracticeOutcome.NO_VOICE
    assert result.said == ()


def test_cancelling_closes_the_stream_and_tells_nothing_more(run: Run) -> None:
    async def main() -> tuple[bool, list[str]]:
        closed = asyncio.Event()

        async def listen(socket: ServerConnection) -> None:
            async for _ in socket:
                pass
            closed.set()

        async with practice_server(listen) as server:
            calling = asyncio.create_task(caller(server).call())
            await asyncio.sleep(3)
            calling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await calling
            await asyncio.wait_for(closed.wait(), 2)
            return calling.cancelled(), [form["CallStatus"] for form in server.statuses]

    assert run(main()) == (True, ["ringing"])


def test_on_the_windows_loop(qasync_run: Run) -> None:
    short = Scenario(
        name="x", title="x", goal="x", persona="x", lines=(ScriptLine("Hello."),), farewell="Bye."
    )
    hasty = Patience(greeting_ms=200, parting_ms=300)
    result = qasync_run(call(ToneAssistant(greeting_ms=0, answer_ms=200, answers=1), short, patience=hasty))
    assert result.outcome is PracticeOutcome.COMPLETED
    assert len(result.gaps_ms) == 1
    assert 300 <= result.gaps_ms[0] <= 700


def test_our_own_server_and_desk(run: Run) -> None:
    """The real thing but for the engines: two readings of the protocol meet."""
    puppets = Puppets()
    feed = EventFeed()
    facts: list[Fact] = []
    feed.subscribe(facts.append)
    settings = CallSettings(
        AnsweringSettings(greeting="Hello there, how can I help?", waiting_sentence="One moment."),
        unanswered=Mode.AI_SPEAKS,
        ring_s=1.0,
    )
    desk = CallDesk(World(feed, puppets.engines(), None, None, None), settings)
    puppets.transcriber.final_words = "words of the caller"
    puppets.writer.answer = lambda talk: " ".join(["talk"] * 10)

    async def main() -> PracticeResult:
        server = PhoneServer(desk, lost_stream_sentence="Sorry.")
        base_url = f"http://127.0.0.1:{await server.start()}"
        server.signers.append(Signer(base_url, SECRET, is_practice=True))
        try:
            return await PracticeCaller(
                SCENARIO, voice=PuppetVoice(), detector=PuppetDetector(), base_url=base_url, secret=SECRET
            ).call()
        finally:
            await desk.close()
            await server.stop()

    result = run(main())
    assert result.outcome is PracticeOutcome.COMPLETED
    assert result.faults == ()
    assert len(result.said) == len(SCENARIO.lines) + 1
    assert result.stops_ms[0] <= 500
    assert len(result.gaps_ms) >= len(SCENARIO.lines)
    (ringing,) = [fact for fact in facts if isinstance(fact, CallRinging)]
    (ended,) = [fact for fact in facts if isinstance(fact, CallEnded)]
    assert ringing.is_practice
    assert ended.outcome is Outcome.COMPLETED
