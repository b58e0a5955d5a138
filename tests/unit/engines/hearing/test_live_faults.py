"""What becomes of a hearing when its realtime session goes wrong, in every way it can."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from copilot_desktop.audio.frame import FRAME_BYTES, SILENCE
from copilot_desktop.calls.errors import EngineError, EngineFault, EngineRejected
from copilot_desktop.calls.events import Party
from copilot_desktop.calls.ports import HeardStage
from copilot_desktop.engines.hearing.live_transcriber import LiveTranscriber
from copilot_desktop.engines.server import realtime_link
from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from tests.support.heard_line import CALL, FollowingBrain, a_line, live
from tests.support.local_engines import speech
from tests.support.openai_peer import KEY, Fault, OpenAIPeer, Where

SHOES, THANKS = "I would like to return my shoes.", "Thank you for your help."
WHERE = Where.REALTIME_TRANSCRIPTION
BOTH = pytest.mark.parametrize("model", ["gpt-live-transcribe", "gpt-transcribe"])

pytestmark = pytest.mark.allow_warnings


@pytest.fixture(autouse=True)
def _speech_is_made() -> None:
    for text in (SHOES, THANKS):
        speech(text)


@asynccontextmanager
async def a_peer(model: str = "gpt-live-transcribe") -> AsyncIterator[tuple[OpenAIPeer, LiveTranscriber]]:
    connections = OpenAIConnections()
    async with OpenAIPeer(brain=FollowingBrain((SHOES, THANKS))) as peer:
        yield peer, live(connections, Endpoint(peer.base_url, (model,), KEY))
    await connections.close()


@BOTH
@pytest.mark.parametrize("fault", [Fault.CLOSE_1000, Fault.CLOSE_1006, Fault.CLOSE_1011, Fault.CUT_MIDWAY])
def test_a_session_that_breaks_in_mid_turn_is_replaced_and_nothing_is_lost(fault: Fault, model: str) -> None:
    async def main() -> None:
        async with a_peer(model) as (peer, transcriber):
            peer.fail(WHERE, fault)
            async with a_line(transcriber) as line:
                await line.say(SHOES)
                line.hearing.pause()
                assert (await line.wait_for(HeardStage.PAUSED)).text == SHOES
                line.hearing.commit()
                assert (await line.wait_for(HeardStage.FINAL)).text == SHOES
                await line.say(THANKS)
                line.hearing.commit()
                assert (await line.wait_for(HeardStage.FINAL, 2)).text == THANKS
            updates = [seen for seen in peer.of(WHERE) if seen.body.get("type") == "session.update"]
            assert len(updates) == 2

    asyncio.run(main())


def test_words_do_not_shrink_while_a_session_is_replaced() -> None:
    async def main() -> None:
        async with a_peer() as (peer, transcriber), a_line(transcriber, frame_s=0.005) as line:
            await line.say(SHOES)
            line.hearing.pause()
            await line.wait_for(HeardStage.PAUSED)
            await peer.drop()
            await line.feed(speech(THANKS) + SILENCE * 8)
            line.hearing.pause()
            assert (await line.wait_for(HeardStage.PAUSED, 2)).text == f"{SHOES} {THANKS}"
            lengths = [len(heard.text) for heard in line.heard]
            assert lengths == sorted(lengths)

    asyncio.run(main())


def test_a_session_that_breaks_behind_a_commit_still_gives_the_words() -> None:
    async def main() -> None:
        async with a_peer("gpt-transcribe") as (peer, transcriber):
            peer.fail(WHERE, Fault.GARBAGE)
            async with a_line(transcriber) as line:
                await line.say(SHOES)
                line.hearing.commit()
                assert (await line.wait_for(HeardStage.FINAL)).text == SHOES

    asyncio.run(main())


def test_a_session_closed_for_good_is_not_opened_again() -> None:
    async def main() -> None:
        async with a_peer() as (peer, transcriber):
            peer.fail(WHERE, Fault.CLOSE_4000)
            async with a_line(transcriber) as line:
                await line.say(SHOES)
                error = await line.wait_for_error()
                assert isinstance(error, EngineRejected)
            assert len([s for s in peer.of(WHERE) if s.body.get("type") == "session.update"]) == 1

    asyncio.run(main())


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault.KEY_REFUSED, EngineFault.KEY_REFUSED),
        (Fault.NO_CREDIT, EngineFault.NO_CREDIT),
        (Fault.MODEL_MISSING, EngineFault.MODEL_MISSING),
    ],
)
def test_what_is_refused_for_good_ends_a_running_hearing_too(fault: Fault, told: EngineFault) -> None:
    async def main() -> None:
        async with a_peer() as (peer, transcriber), a_line(transcriber) as line:
            peer.fail(WHERE, fault, None)
            await peer.drop()
            error = await line.wait_for_error()
            assert isinstance(error, EngineRejected)
            assert error.fault is told

    asyncio.run(main())


def test_a_server_that_only_sends_nonsense_is_given_up() -> None:
    async def main() -> None:
        async with a_peer("gpt-transcribe") as (peer, transcriber):
            peer.fail(WHERE, Fault.HUGE, None)
            async with a_line(transcriber) as line:
                await line.say(SHOES)
                line.hearing.commit()
                error = await line.wait_for_error()
                assert isinstance(error, EngineError)
                assert error.fault is EngineFault.BAD_ANSWER
                assert "never" not in repr(error)
            assert not line.of(HeardStage.FINAL)

    asyncio.run(main())


def test_an_empty_transcript_is_an_empty_final() -> None:
    async def main() -> None:
        async with a_peer() as (peer, transcriber):
            peer.fail(WHERE, Fault.EMPTY)
            async with a_line(transcriber) as line:
                await line.say(SHOES)
                line.hearing.commit()
                final = await line.wait_for(HeardStage.FINAL)
                assert final.text == ""
                assert final.confidence is None

    asyncio.run(main())


@pytest.mark.realtime
def test_a_server_that_falls_silent_is_told_as_too_slow() -> None:
    async def main() -> None:
        async with a_peer() as (peer, transcriber):
            peer.fail(WHERE, Fault.STALL_MIDWAY)
            async with a_line(transcriber) as line:
                await line.say(SHOES)
                line.hearing.commit()
                error = await line.wait_for_error()
                assert isinstance(error, EngineError)
                assert error.fault is EngineFault.TOO_SLOW

    asyncio.run(main())


def test_nobody_there_is_told_as_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

    async def main(url: str) -> None:
        connections = OpenAIConnections()
        transcriber = live(connections, Endpoint(url, ("gpt-live-transcribe",), KEY))
        with pytest.raises(EngineError) as caught:
            async with transcriber.open(CALL, Party.CALLER):
                pass
        assert caught.value.fault is EngineFault.UNREACHABLE
        await connections.close()

    asyncio.run(main(f"http://127.0.0.1:{port}/v1"))
    asyncio.run(main("http://nobody.invalid/v1"))


def test_opening_can_be_cancelled_and_leaves_nothing_open() -> None:
    async def main() -> None:
        async with a_peer() as (peer, transcriber):
            peer.fail(WHERE, Fault.STALL_BEFORE)

            async def hear() -> None:
                async with transcriber.open(CALL, Party.CALLER):
                    pass

            task = asyncio.create_task(hear())
            while not peer.sockets:
                await asyncio.sleep(0.01)
            task.cancel()
            async with asyncio.timeout(2):
                await asyncio.wait({task})
                assert task.cancelled()

    asyncio.run(main())


def test_sound_flows_on_while_there_is_no_session() -> None:
    async def main() -> None:
        async with a_peer() as (peer, transcriber), a_line(transcriber) as line:
            await peer.drop()
            sound = speech(SHOES)
            begins_ms = line.at_ms
            await line.feed(sound[: 10 * FRAME_BYTES])
            line.hearing.speech_started(begins_ms)
            await line.feed(sound[10 * FRAME_BYTES :] + SILENCE * 8)
            line.hearing.commit()
            assert (await line.wait_for(HeardStage.FINAL)).text == SHOES

    asyncio.run(main())


def test_an_old_session_is_replaced_between_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(realtime_link, "_OLD_S", 0.0)

    async def main() -> None:
        async with a_peer() as (peer, transcriber), a_line(transcriber) as line:
            for count, text in enumerate((SHOES, THANKS, SHOES), start=1):
                await line.say(text)
                line.hearing.pause()
                assert (await line.wait_for(HeardStage.PAUSED, count)).text == text
                line.hearing.commit()
                assert (await line.wait_for(HeardStage.FINAL, count)).text == text
            updates = [seen for seen in peer.of(WHERE) if seen.body.get("type") == "session.update"]
            assert len(updates) >= 3
            # Replaced, not broken off: nobody has to know.
            assert line.error is None

    asyncio.run(main())
