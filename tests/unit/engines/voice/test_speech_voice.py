"""SpeechVoice against a peer: what it asks, what it makes of the answer, and everything that goes wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from copilot_desktop.calls.engine_status import EnginePart, Usage
from copilot_desktop.calls.errors import EngineError, EngineFault, EngineRejected
from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from copilot_desktop.engines.trials import closed_after
from copilot_desktop.engines.voice.speech_voice import SpeechVoice
from tests.support.openai_peer import KEY, Delays, Fault, OpenAIPeer, ScriptedBrain, Where
from tests.support.openai_peer.sound_routes import wav_of
from tests.support.raw_server import raw_server
from tests.support.spoken import (
    CALL,
    SENTENCE,
    SENTENCE_S,
    Told,
    connected,
    failure_of,
    run_alone,
    seconds,
    sound_of,
)

MODELS = ("gpt-4o-mini-tts",)


def spoken(
    connections: OpenAIConnections,
    base_url: str,
    told: Told | None = None,
    *,
    models: tuple[str, ...] = MODELS,
    voice: str = "marin",
    key: str = KEY,
) -> SpeechVoice:
    endpoint = Endpoint(base_url, models, key)
    return SpeechVoice(connections, endpoint, voice=lambda: voice, on_usage=told or Told())


@asynccontextmanager
async def a_voice(
    told: Told | None = None, models: tuple[str, ...] = MODELS, delays: Delays | None = None
) -> AsyncIterator[tuple[OpenAIPeer, SpeechVoice]]:
    async with OpenAIPeer(delays=delays) as peer, connected(peer) as connections:
        yield peer, spoken(connections, peer.base_url, told, models=models)


def test_it_asks_for_samples_and_tells_what_they_cost() -> None:
    async def main() -> None:
        told = Told()
        async with a_voice(told) as (peer, voice):
            assert seconds(await sound_of(voice)) == pytest.approx(SENTENCE_S, abs=0.05)
            assert peer.of(Where.SPEECH)[0].body == {
                "model": "gpt-4o-mini-tts",
                "voice": "marin",
                "input": SENTENCE,
                "response_format": "pcm",
            }
            assert peer.violations == []
            host = peer.base_url.split("/")[2]
            usage = Usage(part=EnginePart.VOICE, model=MODELS[0], host=host, characters=len(SENTENCE))
            assert told.usages == [(usage, CALL)]
            assert voice.name == f"{host} gpt-4o-mini-tts"

    run_alone(main())


@pytest.mark.parametrize("nothing", ["", " \n", "…", "?!"])
def test_nothing_to_say_is_not_asked_for(nothing: str) -> None:
    async def main() -> None:
        async with a_voice() as (peer, voice):
            assert await sound_of(voice, nothing) == b""
            assert peer.of(Where.SPEECH) == []

    run_alone(main())


def test_the_first_sound_does_not_wait_for_the_rest() -> None:
    async def main() -> None:
        async with a_voice(delays=Delays(speech_rate=2.0)) as (peer, voice):
            begun_s = time.monotonic()
            async with closed_after(voice.speak(SENTENCE)) as stream:
                first = await anext(stream)
                # The peer takes half of the sound's own time for all of it.
                assert time.monotonic() - begun_s < SENTENCE_S / 4
                assert 0 < seconds(first) < 1

    run_alone(main())


def test_a_very_long_text_is_asked_for_in_parts() -> None:
    async def main() -> None:
        async with a_voice() as (peer, voice):
            text = "never " * 1000
            sound = await sound_of(voice, text)
            asked = [seen.body["input"] for seen in peer.of(Where.SPEECH)]
            assert [len(part) <= 4096 for part in asked] == [True, True]
            assert " ".join(asked).split() == text.split()
            assert seconds(sound) == pytest.approx(300, abs=1)

    run_alone(main())


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault.KEY_REFUSED, EngineFault.KEY_REFUSED),
        (Fault.NO_CREDIT, EngineFault.NO_CREDIT),
        (Fault.RATE_LIMITED, EngineFault.RATE_LIMITED),
        (Fault.SERVER_ERROR, EngineFault.SERVER_FAILED),
        (Fault.GARBAGE, EngineFault.BAD_ANSWER),
        (Fault.EMPTY, EngineFault.BAD_ANSWER),
    ],
)
def test_what_fails_before_the_first_sound_says_why(fault: Fault, told: EngineFault) -> None:
    async def main() -> None:
        async with a_voice() as (peer, voice):
            peer.fail(Where.SPEECH, fault)
            error, heard = await failure_of(voice)
            assert (error.fault, heard) == (told, b"")
            assert isinstance(error, EngineRejected) == told.is_lasting
            assert KEY not in str(error)
            assert "warehouse" not in str(error)
            # And the next one goes well.
            assert await sound_of(voice)

    run_alone(main())


def test_what_breaks_in_the_middle_says_so() -> None:
    async def main() -> None:
        async with a_voice() as (peer, voice):
            peer.fail(Where.SPEECH, Fault.CUT_MIDWAY)
            error, heard = await failure_of(voice)
            assert error.fault is EngineFault.BROKEN_OFF
            assert 0 < seconds(heard) < SENTENCE_S / 2

    run_alone(main())


@pytest.mark.realtime
@pytest.mark.parametrize(
    ("fault", "told"),
    [(Fault.STALL_BEFORE, EngineFault.TOO_SLOW), (Fault.STALL_MIDWAY, EngineFault.BROKEN_OFF)],
)
def test_a_server_that_falls_silent_is_given_up(fault: Fault, told: EngineFault) -> None:
    async def main() -> None:
        async with a_voice() as (peer, voice):
            peer.fail(Where.SPEECH, fault)
            async with asyncio.timeout(20):
                with pytest.raises(EngineError) as caught:
                    await sound_of(voice)
            assert caught.value.fault is told

    run_alone(main())


@pytest.mark.parametrize("fault", [Fault.STALL_BEFORE, Fault.STALL_MIDWAY])
def test_cancelling_while_it_waits_leaves_nothing(fault: Fault) -> None:
    async def main() -> None:
        async with a_voice() as (peer, voice):
            peer.fail(Where.SPEECH, fault)
            taking = asyncio.create_task(sound_of(voice))
            async with asyncio.timeout(5):
                while not peer.of(Where.SPEECH):
                    await asyncio.sleep(0.01)
            begun_s = time.monotonic()
            taking.cancel()
            await asyncio.wait({taking})
            assert taking.cancelled()
            assert time.monotonic() - begun_s < 0.5

    run_alone(main())


def test_closed_between_two_pieces_the_request_is_given_up() -> None:
    async def main() -> None:
        async with a_voice(delays=Delays(speech_rate=2.0)) as (peer, voice):
            async with closed_after(voice.speak(SENTENCE)) as stream:
                await anext(stream)
            async with asyncio.timeout(5):
                while not peer.of(Where.SPEECH)[0].is_cancelled:
                    await asyncio.sleep(0.01)

    run_alone(main())


def test_a_wrong_key_is_told_as_such() -> None:
    async def main() -> None:
        async with OpenAIPeer() as peer, connected() as connections:
            with pytest.raises(EngineRejected) as caught:
                await sound_of(spoken(connections, peer.base_url, key="sk-wrong"))
            assert caught.value.fault is EngineFault.KEY_REFUSED
            assert "sk-wrong" not in str(caught.value)

    run_alone(main())


def test_nobody_there_is_unreachable() -> None:
    async def main() -> None:
        async with OpenAIPeer() as peer:
            gone = peer.base_url
        async with connected() as connections:
            with pytest.raises(EngineError) as caught:
                await sound_of(spoken(connections, gone))
            assert caught.value.fault is EngineFault.UNREACHABLE

    run_alone(main())


@pytest.mark.allow_warnings
def test_a_model_that_is_gone_is_asked_for_once() -> None:
    async def main() -> None:
        async with a_voice(models=("tts-0", "gpt-4o-mini-tts")) as (peer, voice):
            assert await sound_of(voice)
            assert await sound_of(voice)
            assert [seen.body["model"] for seen in peer.of(Where.SPEECH)] == [
                "tts-0",
                "gpt-4o-mini-tts",
                "gpt-4o-mini-tts",
            ]
            assert voice.name.endswith("gpt-4o-mini-tts")

    run_alone(main())


@pytest.mark.allow_warnings
def test_no_model_left_is_told_as_such() -> None:
    async def main() -> None:
        async with a_voice(models=("tts-0", "tts-00")) as (_, voice):
            with pytest.raises(EngineRejected) as caught:
                await sound_of(voice)
            assert caught.value.fault is EngineFault.MODEL_MISSING

    run_alone(main())


def test_an_old_model_is_asked_for_a_voice_that_it_has() -> None:
    async def main() -> None:
        async with a_voice(models=("tts-1",)) as (peer, voice):
            assert await sound_of(voice)
            assert peer.of(Where.SPEECH)[0].body["voice"] == "nova"

    run_alone(main())


def test_many_speak_at_once_without_mixing() -> None:
    async def main() -> None:
        async with a_voice() as (_, voice):
            texts = ["word " * count for count in range(1, 26)]
            sounds = await asyncio.gather(*(sound_of(voice, text) for text in texts))
            for count, sound in enumerate(sounds, 1):
                assert seconds(sound) == pytest.approx(count * 0.3, abs=0.05)

    run_alone(main())


PCM = ScriptedBrain().speak(SENTENCE)
PCM_8K = b"".join(PCM[at : at + 2] for at in range(0, len(PCM), 6))


def heard_from(body: bytes, content_type: str) -> bytes:
    """Return what is spoken if a server answers with `body`, the connection closed behind it."""

    async def answer(writer: asyncio.StreamWriter, connection: int, number: int) -> bool:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        return False

    async def main() -> bytes:
        async with raw_server(answer) as server, connected() as connections:
            return await sound_of(spoken(connections, server.base_url))

    return run_alone(main())


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (PCM, "audio/pcm"),
        (PCM, "application/octet-stream"),
        (wav_of(PCM), "audio/wav"),
        (wav_of(PCM), "audio/pcm"),
        (PCM_8K, "audio/pcm; rate=8000"),
    ],
)
def test_servers_may_answer_in_their_own_way(body: bytes, content_type: str) -> None:
    assert seconds(heard_from(body, content_type)) == pytest.approx(SENTENCE_S, abs=0.05)


@pytest.mark.parametrize(
    ("body", "content_type", "fault"),
    [
        (b'{"error": "no"}' * 1000, "application/json", EngineFault.BAD_ANSWER),
        (b"<html>" * 1000, "text/html", EngineFault.BAD_ANSWER),
        (b"\xff\xfb" + PCM, "audio/mpeg", EngineFault.BAD_ANSWER),
        (b"ID3" + PCM, "application/octet-stream", EngineFault.BAD_ANSWER),
        (b"OggS" + PCM, "audio/pcm", EngineFault.BAD_ANSWER),
        (b"RIFF\0\0\0\0AVI " + PCM, "audio/wav", EngineFault.BAD_ANSWER),
        (bytes(len(PCM)), "audio/pcm", EngineFault.BAD_ANSWER),
        (PCM * 20, "audio/pcm", EngineFault.BAD_ANSWER),
        (PCM[:30_000], "audio/pcm", EngineFault.BROKEN_OFF),
    ],
)
def test_what_is_no_speech_is_not_played_to_a_caller(
    body: bytes, content_type: str, fault: EngineFault
) -> None:
    with pytest.raises(EngineError) as caught:
        heard_from(body, content_type)
    assert caught.value.fault is fault
