"""RealtimeVoice against a peer: how it asks, what it stops, how many speak at once, and how it fails."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from copilot_desktop.calls.engine_status import EnginePart
from copilot_desktop.calls.errors import EngineError, EngineFault, EngineRejected
from copilot_desktop.engines.trials import closed_after
from copilot_desktop.engines.voice.realtime_voice import RealtimeVoice
from tests.support.openai_peer import KEY, Delays, Fault, OpenAIPeer, Where
from tests.support.spoken import (
    CALL,
    SENTENCE,
    SENTENCE_S,
    Told,
    a_reader,
    connected,
    failure_of,
    run_alone,
    seconds,
    sound_of,
)

WHERE = Where.REALTIME_VOICE
MODEL = "gpt-realtime-2.1-mini"


@asynccontextmanager
async def a_voice(
    told: Told | None = None, *, delays: Delays | None = None, **options: Any
) -> AsyncIterator[tuple[OpenAIPeer, RealtimeVoice]]:
    async with (
        OpenAIPeer(delays=delays) as peer,
        connected(peer) as connections,
        a_reader(connections, peer.base_url, told, **options) as voice,
    ):
        yield peer, voice


def events(peer: OpenAIPeer, kind: str) -> list[dict[str, Any]]:
    return [seen.body for seen in peer.of(WHERE) if seen.body["type"] == kind]


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_so():
            await asyncio.sleep(0.005)


# How it asks.


def test_it_asks_for_the_phones_own_sound_beside_any_conversation() -> None:
    async def main() -> None:
        async with a_voice() as (peer, voice):
            assert seconds(await sound_of(voice)) == pytest.approx(SENTENCE_S, abs=0.05)
            session = events(peer, "session.update")[0]["session"]
            assert session["audio"]["output"] == {"format": {"type": "audio/pcmu"}, "voice": "marin"}
            assert session["audio"]["input"]["turn_detection"] is None
            assert session["output_modalities"] == ["audio"]
            asked = events(peer, "response.create")[0]["response"]
            assert asked["conversation"] == "none"
            text = json.loads(asked["input"][0]["content"][0]["text"])
            assert text == {"response_text": SENTENCE, "require_repeat_verbatim": True}
            assert voice.name == f"{peer.base_url.split('/')[2]} {MODEL}"

    run_alone(main())


def test_what_is_read_is_paid_for_once_by_the_servers_own_count() -> None:
    async def main() -> None:
        told = Told()
        async with a_voice(told) as (_, voice):
            sound = await sound_of(voice)
            ((usage, call),) = told.usages
            assert (usage.part, usage.model, call) == (EnginePart.VOICE, MODEL, CALL)
            assert usage.audio_output_tokens == pytest.approx(len(sound) // 400, abs=1)
            assert usage.input_tokens == len(SENTENCE.split()) + 40
            assert usage.output_tokens == len(SENTENCE.split())
            assert not usage.is_estimate

    run_alone(main())


@pytest.mark.parametrize("nothing", ["", " \n", "…"])
def test_nothing_to_say_is_not_asked_for(nothing: str) -> None:
    async def main() -> None:
        async with a_voice() as (peer, voice):
            assert await sound_of(voice, nothing) == b""
            assert peer.sockets == set()

    run_alone(main())


def test_a_server_that_sends_other_sound_is_believed() -> None:
    async def main() -> None:
        async with a_voice() as (peer, voice):
            peer.fail(WHERE, Fault.WRONG_FORMAT)
            assert seconds(await sound_of(voice)) == pytest.approx(SENTENCE_S, abs=0.05)

    run_alone(main())


def test_a_server_that_refuses_the_phones_sound_is_asked_for_samples() -> None:
    async def main() -> None:
        async with a_voice() as (peer, voice):
            peer.fail(WHERE, Fault.REFUSED_SESSION)
            assert seconds(await sound_of(voice)) == pytest.approx(SENTENCE_S, abs=0.05)
            formats = [
                event["session"]["audio"]["output"]["format"]["type"]
                for event in events(peer, "session.update")
            ]
            assert formats == ["audio/pcmu", "audio/pcm"]

    run_alone(main())


# Sessions.


def test_one_session_reads_one_sentence_after_the_other_and_waits_open() -> None:
    async def main() -> None:
        async with a_voice() as (peer, voice):
            await voice.prepare()
            await voice.prepare()
            assert len(peer.sockets) == 1
            for _ in range(5):
                await sound_of(voice)
            assert len(events(peer, "session.update")) == 1
            assert len(events(peer, "response.create")) == 5

    run_alone(main())


def test_25_calls_at_once_wait_for_nobody_and_do_not_mix() -> None:
    async def main() -> None:
        delays = Delays(first_byte_s=0.2, speech_rate=2.0)
        async with a_voice(delays=delays) as (peer, voice):
            await voice.prepare()
            firsts: list[float] = []

            async def one(count: int) -> float:
                begun_s, sound = time.monotonic(), b""
                async for piece in voice.speak("word " * count, CALL):
                    if not sound:
                        firsts.append(time.monotonic() - begun_s)
                    sound += piece
                return seconds(sound)

            counts = [1 + number % 6 for number in range(25)]
            lengths = await asyncio.gather(*(one(count) for count in counts))
            assert lengths == pytest.approx([count * 0.3 for count in counts], abs=0.05)
            # Behind one another, on four sessions, the last would have waited four seconds.
            assert max(firsts) < 2.5
            assert 1 <= len(events(peer, "session.update")) <= 4

    run_alone(main())


def test_many_calls_at_once_open_no_more_than_four_sessions() -> None:
    async def main() -> None:
        async with a_voice() as (peer, voice):
            sounds = await asyncio.gather(*(sound_of(voice, "word") for _ in range(25)))
            assert [seconds(sound) for sound in sounds] == pytest.approx([0.3] * 25, abs=0.05)
            assert len(events(peer, "session.update")) <= 4

    run_alone(main())


def test_whoever_gives_up_waiting_for_a_session_leaves_it_to_the_next() -> None:
    async def main() -> None:
        async with a_voice() as (peer, voice):
            taking = asyncio.create_task(sound_of(voice))
            await asyncio.sleep(0)
            taking.cancel()
            await asyncio.wait({taking})
            assert await sound_of(voice)
            assert len(events(peer, "session.update")) == 1

    run_alone(main())


def test_a_session_that_ended_while_nobody_spoke_is_replaced() -> None:
    async def main() -> None:
        async with a_voice() as (peer, voice):
            await sound_of(voice)
            await peer.drop()
            assert seconds(await sound_of(voice)) == pytest.approx(SENTENCE_S, abs=0.05)
            assert len(events(peer, "session.update")) == 2

    run_alone(main())


def test_another_voice_needs_another_session() -> None:
    async def main() -> None:
        names = ["marin"]
        async with a_voice(voice=lambda: names[-1]) as (peer, voice):
            await sound_of(voice)
            names.append("cedar")
            await sound_of(voice)
            asked = [event["session"]["audio"]["output"]["voice"] for event in events(peer, "session.update")]
            assert asked == ["marin", "cedar"]
            await until(lambda: len(peer.sockets) == 1)

    run_alone(main())


@pytest.mark.allow_warnings
def test_a_model_that_is_gone_is_not_asked_for_again() -> None:
    async def main() -> None:
        async with a_voice(models=("gpt-realtime-0", MODEL)) as (peer, voice):
            assert await sound_of(voice)
            assert voice.name.endswith(MODEL)
            peer.models = {}
            await peer.drop()
            error, _ = await failure_of(voice)
            assert error.fault is EngineFault.MODEL_MISSING
            assert isinstance(error, EngineRejected)

    run_alone(main())


def test_closed_it_speaks_no_more_and_leaves_nothing_open() -> None:
    async def main() -> None:
        async with a_voice(delays=Delays(speech_rate=1.0)) as (peer, voice):
            stream = voice.speak(SENTENCE)
            assert await anext(stream)
            await voice.close()
            with pytest.raises(EngineError) as caught:
                await _end_of(stream)
            assert caught.value.fault is EngineFault.BROKEN_OFF
            await until(lambda: not peer.sockets)
            error, _ = await failure_of(voice)
            assert error.fault is EngineFault.NOT_LOADED
            assert not peer.sockets

    run_alone(main())


# Stopping.


@pytest.mark.parametrize("way", ["cancelled", "closed"])
def test_what_nobody_wants_to_hear_any_more_is_stopped_by_its_id(way: str) -> None:
    async def main() -> None:
        told = Told()
        async with a_voice(told, delays=Delays(speech_rate=1.0)) as (peer, voice):
            others = asyncio.create_task(sound_of(voice, "Another call goes on."))
            async with closed_after(voice.speak(SENTENCE, CALL)) as stream:
                assert await anext(stream)
                begun_s = time.monotonic()
                if way == "cancelled":
                    waiting = asyncio.create_task(_end_of(stream))
                    await asyncio.sleep(0)
                    waiting.cancel()
                    await asyncio.wait({waiting})
                    assert waiting.cancelled()
            await until(lambda: bool(events(peer, "response.cancel")))
            assert time.monotonic() - begun_s < 0.5
            (cancel,) = events(peer, "response.cancel")
            assert cancel["response_id"].startswith("resp_")
            assert seconds(await others) == pytest.approx(4 * 0.3, abs=0.05)
            # What was read until then is paid for, too.
            assert len(told.usages) == 2
            assert len(events(peer, "session.update")) == 1

    run_alone(main())


async def _end_of(stream: AsyncIterator[bytes]) -> None:
    async for _ in stream:
        pass


def test_stopped_before_the_server_has_begun_it_is_stopped_as_soon_as_it_has() -> None:
    async def main() -> None:
        async with a_voice(delays=Delays(first_byte_s=0.3)) as (peer, voice):
            await voice.prepare()
            taking = asyncio.create_task(sound_of(voice))
            await asyncio.sleep(0)
            taking.cancel()
            await asyncio.wait({taking})
            await until(lambda: bool(events(peer, "response.cancel")))
            assert events(peer, "response.cancel")[0]["response_id"]
            # And the session is none the worse.
            assert seconds(await sound_of(voice)) == pytest.approx(SENTENCE_S, abs=0.05)
            assert len(events(peer, "session.update")) == 1

    run_alone(main())


def test_what_comes_late_of_a_stopped_sentence_is_not_heard_in_the_next() -> None:
    async def main() -> None:
        async with a_voice() as (peer, voice):
            for _ in range(20):
                async with closed_after(voice.speak("word " * 20)) as stream:
                    await anext(stream)
                assert seconds(await sound_of(voice, "one two")) == pytest.approx(0.6, abs=0.05)
            assert len(events(peer, "session.update")) == 1

    run_alone(main())


# Faults.


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault.KEY_REFUSED, EngineFault.KEY_REFUSED),
        (Fault.NO_CREDIT, EngineFault.NO_CREDIT),
        (Fault.MODEL_MISSING, EngineFault.MODEL_MISSING),
        (Fault.EMPTY, EngineFault.BAD_ANSWER),
        (Fault.OTHER_WORDS, EngineFault.BAD_ANSWER),
    ],
)
@pytest.mark.allow_warnings
def test_what_goes_wrong_says_why(fault: Fault, told: EngineFault) -> None:
    async def main() -> None:
        async with a_voice() as (peer, voice):
            peer.fail(WHERE, fault, None)
            error, _ = await failure_of(voice)
            assert error.fault is told
            assert isinstance(error, EngineRejected) == told.is_lasting
            assert KEY not in str(error)
            assert "warehouse" not in str(error)
            assert "else entirely" not in str(error)

    run_alone(main())


def test_other_words_are_stopped_while_they_are_said() -> None:
    async def main() -> None:
        async with a_voice(delays=Delays(speech_rate=2.0)) as (peer, voice):
            peer.fail(WHERE, Fault.OTHER_WORDS, None)
            _, heard = await failure_of(voice)
            assert seconds(heard) <= 0.9
            await until(lambda: bool(events(peer, "response.cancel")))

    run_alone(main())


@pytest.mark.parametrize(
    "fault", [Fault.CUT_MIDWAY, Fault.CLOSE_1000, Fault.CLOSE_1006, Fault.CLOSE_1011, Fault.CLOSE_4000]
)
def test_a_session_that_breaks_in_mid_sentence_says_so_after_what_came(fault: Fault) -> None:
    async def main() -> None:
        told = Told()
        async with a_voice(told) as (peer, voice):
            peer.fail(WHERE, fault)
            error, heard = await failure_of(voice)
            assert error.fault is EngineFault.BROKEN_OFF
            assert seconds(heard) == pytest.approx(SENTENCE_S / 2, abs=0.15)
            assert [usage.is_estimate for usage, _ in told.usages] == [True]
            assert told.usages[0][0].audio_output_tokens > 20
            assert seconds(await sound_of(voice)) == pytest.approx(SENTENCE_S, abs=0.05)

    run_alone(main())


def test_a_session_that_falls_silent_is_left() -> None:
    async def main() -> None:
        async with a_voice(stall_s=0.3) as (peer, voice):
            peer.fail(WHERE, Fault.STALL_MIDWAY)
            error, heard = await failure_of(voice)
            assert error.fault is EngineFault.BROKEN_OFF
            assert seconds(heard) == pytest.approx(SENTENCE_S / 2, abs=0.15)

    run_alone(main())


def test_a_server_that_never_agrees_can_be_given_up() -> None:
    async def main() -> None:
        async with a_voice() as (peer, voice):
            peer.fail(WHERE, Fault.STALL_BEFORE)
            taking = asyncio.create_task(sound_of(voice))
            await until(lambda: bool(peer.sockets))
            taking.cancel()
            await asyncio.wait({taking})
            assert taking.cancelled()

    run_alone(main())


def test_a_wrong_key_is_told_as_such() -> None:
    async def main() -> None:
        async with a_voice(key="sk-wrong") as (_, voice):
            error, _ = await failure_of(voice)
            assert error.fault is EngineFault.KEY_REFUSED
            assert "sk-wrong" not in str(error)

    run_alone(main())


def test_nobody_there_is_unreachable() -> None:
    async def main() -> None:
        async with OpenAIPeer() as peer:
            gone = peer.base_url
        async with connected() as connections, a_reader(connections, gone) as voice:
            error, _ = await failure_of(voice)
            assert error.fault is EngineFault.UNREACHABLE

    run_alone(main())


def test_the_server_comes_back() -> None:
    async def main() -> None:
        async with a_voice() as (peer, voice):
            peer.fail(WHERE, Fault.NO_CREDIT, 2)
            for _ in range(2):
                error, _ = await failure_of(voice)
                assert error.fault is EngineFault.NO_CREDIT
            assert await sound_of(voice)

    run_alone(main())
