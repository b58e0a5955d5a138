"""The transcriber that uploads, against a server on real sockets: early requests, words, faults."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np
import pytest

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import FRAME_BYTES, SILENCE
from copilot_desktop.calls.engine_status import Usage
from copilot_desktop.calls.errors import EngineError, EngineFault, EngineRejected
from copilot_desktop.calls.events import CallId
from copilot_desktop.calls.ports import HeardStage
from copilot_desktop.engines.hearing.file_transcriber import FileTranscriber
from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from tests.support.heard_line import CALL, FollowingBrain, a_line
from tests.support.local_engines import speech
from tests.support.openai_peer import KEY, Delays, Fault, OpenAIPeer, ScriptedBrain, Where

SHOES, THANKS, YES = "I would like to return my shoes.", "Thank you for your help.", "Yes."
MODEL = "gpt-transcribe"
WHERE = Where.TRANSCRIPTIONS


class AsOpenAI(Endpoint):
    """The server here, spoken to as OpenAI itself is."""

    @property
    def is_openai(self) -> bool:
        return True


@dataclass
class Desk:
    peer: OpenAIPeer
    transcriber: FileTranscriber
    usages: list[tuple[Usage, CallId | None]] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many requests there were."""
        return len(self.peer.of(WHERE))


@asynccontextmanager
async def a_desk(
    models: Sequence[str] = (MODEL,),
    *,
    delays: Delays | None = None,
    kind: type[Endpoint] = AsOpenAI,
    key: str = KEY,
    says: str = "",
) -> AsyncIterator[Desk]:
    brain = ScriptedBrain((says,)) if says else FollowingBrain((SHOES, THANKS, YES))
    connections = OpenAIConnections()
    async with OpenAIPeer(brain=brain, delays=delays) as peer:
        usages: list[tuple[Usage, CallId | None]] = []
        transcriber = FileTranscriber(
            connections,
            kind(peer.base_url, tuple(models), key),
            language="en",
            vocabulary=lambda: ["Marlow <lamp>", "line\r\nbreak"],
            on_usage=lambda usage, call: usages.append((usage, call)),
        )
        yield Desk(peer, transcriber, usages)
        assert not peer.violations
    await connections.close()


@pytest.fixture(autouse=True)
def _speech_is_made() -> None:
    for text in (SHOES, THANKS, YES):
        speech(text)


def test_words_are_there_before_anybody_asks() -> None:
    async def main() -> None:
        async with a_desk() as desk, a_line(desk.transcriber, frame_s=0.005) as line:
            await line.say(SHOES)
            await line.until(lambda: any(heard.text == SHOES for heard in line.heard))
            count = desk.count
            line.hearing.pause()
            assert (await line.wait_for(HeardStage.PAUSED)).text == SHOES
            await line.feed(SILENCE * 10)
            line.hearing.commit()
            assert (await line.wait_for(HeardStage.FINAL)).text == SHOES
            # Nothing was said since the guess, so it was the answer.
            assert desk.count == count
            *partial, paused, final = line.heard
            assert {heard.stage for heard in partial} == {HeardStage.PARTIAL}
            assert (paused.stage, final.stage) == (HeardStage.PAUSED, HeardStage.FINAL)

    asyncio.run(main())


def test_partial_words_say_how_far_they_go() -> None:
    async def main() -> None:
        async with a_desk() as desk, a_line(desk.transcriber, frame_s=0.005) as line:
            await line.say(SHOES)
            await line.until(lambda: any(heard.text == SHOES and heard.end_ms > 400 for heard in line.heard))
            spoken_ms = 400 + len(speech(SHOES)) // 8
            whole = next(heard for heard in line.heard if heard.text == SHOES and heard.end_ms > 400)
            assert spoken_ms - 250 <= whole.end_ms <= spoken_ms + 100
            # Words that are still being written cover nothing for sure.
            assert all(SHOES.startswith(heard.text) for heard in line.heard)

    asyncio.run(main())


@pytest.mark.parametrize("model", [MODEL, "whisper-1"])
def test_words_come_in_pieces_where_the_model_writes_so(model: str) -> None:
    async def main() -> None:
        async with a_desk((model,)) as desk, a_line(desk.transcriber, frame_s=0.005) as line:
            await line.say(SHOES)
            await line.until(lambda: any(heard.text == SHOES and heard.end_ms > 400 for heard in line.heard))
            is_streamed = model == MODEL
            assert {seen.body.get("stream") for seen in desk.peer.of(WHERE)} == {
                "true" if is_streamed else None
            }
            covers = {heard.end_ms for heard in line.heard}
            assert (400 in covers) is is_streamed

    asyncio.run(main())


def test_guesses_are_few() -> None:
    async def main() -> None:
        async with a_desk() as desk, a_line(desk.transcriber) as line:
            await line.say(SHOES)
            for _ in range(4):
                await line.feed(speech(SHOES) + SILENCE * 5)
            line.hearing.commit()
            await line.wait_for(HeardStage.FINAL)
            # Five sentences in some nine seconds, a dip every quarter of a second.
            assert 4 <= desk.count <= 14

    asyncio.run(main())


@pytest.mark.realtime
def test_a_slow_server_gets_fewer() -> None:
    async def main() -> None:
        slow = Delays(transcription_s=1.6)
        async with a_desk(delays=slow) as desk, a_line(desk.transcriber) as line:
            for count in (1, 2, 3):
                await line.say(YES)
                line.hearing.commit()
                await line.wait_for(HeardStage.FINAL, count)
            before = desk.count
            await line.say(SHOES)
            await line.feed(speech(SHOES) + SILENCE * 8)
            line.hearing.commit()
            assert (await line.wait_for(HeardStage.FINAL, 4)).text
            assert desk.count - before <= 5

    asyncio.run(main())


def test_more_speech_makes_the_words_before_partial() -> None:
    async def main() -> None:
        async with a_desk(delays=Delays(transcription_s=0.3)) as desk, a_line(desk.transcriber) as line:
            await line.say(SHOES)
            line.hearing.pause()
            await line.feed(speech(THANKS) + SILENCE * 8)
            line.hearing.pause()
            paused = await line.wait_for(HeardStage.PAUSED)
            assert paused.text == f"{SHOES} {THANKS}"
            line.hearing.commit()
            assert (await line.wait_for(HeardStage.FINAL)).text == f"{SHOES} {THANKS}"
            assert len(line.of(HeardStage.PAUSED)) == 1

    asyncio.run(main())


def test_a_long_turn_is_uploaded_in_parts() -> None:
    async def main() -> None:
        async with a_desk() as desk, a_line(desk.transcriber, frame_s=0.001) as line:
            await line.say(SHOES)
            for _ in range(14):
                await line.feed(SILENCE * 10 + speech(SHOES))
            await line.feed(SILENCE * 8)
            line.hearing.pause()
            paused = await line.wait_for(HeardStage.PAUSED)
            line.hearing.commit()
            final = await line.wait_for(HeardStage.FINAL)
            # This brain tells the same sentence in one upload once.
            assert paused.text == final.text == f"{SHOES} {SHOES}"
            assert max(seen.body["seconds"] for seen in desk.peer.of(WHERE)) < 26

    asyncio.run(main())


def test_every_request_is_paid_and_put_down_to_the_call() -> None:
    async def main() -> None:
        async with a_desk() as desk:
            async with a_line(desk.transcriber) as line:
                await line.say(SHOES)
                line.hearing.commit()
                await line.wait_for(HeardStage.FINAL)
            assert len(desk.usages) == desk.count
            assert all(call == CALL and usage.seconds > 0.2 for usage, call in desk.usages)
            assert {usage.model for usage, _ in desk.usages} == {MODEL}

    asyncio.run(main())


def test_a_request_given_up_is_an_estimate() -> None:
    async def main() -> None:
        async with a_desk(delays=Delays(transcription_s=30)) as desk:
            async with a_line(desk.transcriber) as line:
                await line.say(SHOES)
                line.hearing.pause()
                async with asyncio.timeout(4):
                    while not desk.peer.of(WHERE):
                        await asyncio.sleep(0.01)
            assert desk.usages
            assert all(usage.is_estimate for usage, _ in desk.usages)

    asyncio.run(main())


def test_nothing_loud_is_not_uploaded() -> None:
    async def main() -> None:
        async with a_desk() as desk, a_line(desk.transcriber) as line:
            await line.feed(SILENCE * 30)
            line.hearing.speech_started(line.at_ms - 100)
            await line.feed(SILENCE * 20)
            line.hearing.pause()
            line.hearing.commit()
            assert (await line.wait_for(HeardStage.FINAL)).text == ""
            assert desk.count == 0

    asyncio.run(main())


@pytest.mark.parametrize(
    "invented", ["Thank you for watching!", "you", "[Music]", "Untertitel der Amara.org-Community"]
)
def test_what_models_invent_in_steady_noise_is_not_said(invented: str) -> None:
    noise = np.random.default_rng(4).standard_normal(16000) * 0.05
    sound = g711.encode_float(noise.astype(np.float32))

    async def main() -> None:
        async with a_desk(says=invented) as desk, a_line(desk.transcriber) as line:
            await line.feed(SILENCE * 30)
            await line.say_sound(sound)
            line.hearing.pause()
            line.hearing.commit()
            assert (await line.wait_for(HeardStage.FINAL)).text == ""
            assert not any(heard.text for heard in line.heard)
            assert desk.count

    asyncio.run(main())


def test_names_go_along_as_the_model_takes_them() -> None:
    async def main() -> None:
        for model, kind, expected in (
            (MODEL, AsOpenAI, {"languages": ["en"], "keywords": ["Marlow lamp", "line break"]}),
            ("whisper-1", AsOpenAI, {"language": "en", "prompt": "Marlow lamp, line break"}),
            (MODEL, Endpoint, {"language": "en", "prompt": "Marlow lamp, line break"}),
        ):
            async with a_desk((model,), kind=kind) as desk, a_line(desk.transcriber) as line:
                await line.say(YES)
                line.hearing.commit()
                assert (await line.wait_for(HeardStage.FINAL)).text == YES
                body = desk.peer.of(WHERE)[0].body
                given = {
                    name: body[name]
                    for name in body
                    if name in ("language", "languages", "prompt", "keywords")
                }
                assert given == expected
                assert body["model"] == model

    asyncio.run(main())


@pytest.mark.allow_warnings
def test_a_model_that_is_gone_is_asked_for_once() -> None:
    async def main() -> None:
        async with a_desk(("gpt-dead", MODEL)) as desk, a_line(desk.transcriber) as line:
            for count in (1, 2):
                await line.say(YES)
                line.hearing.commit()
                assert (await line.wait_for(HeardStage.FINAL, count)).text == YES
            assert [seen.body["model"] for seen in desk.peer.of(WHERE)].count("gpt-dead") == 1

    asyncio.run(main())


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault.KEY_REFUSED, EngineFault.KEY_REFUSED),
        (Fault.NO_CREDIT, EngineFault.NO_CREDIT),
        (Fault.MODEL_MISSING, EngineFault.MODEL_MISSING),
        (Fault.RATE_LIMITED, EngineFault.RATE_LIMITED),
        (Fault.SERVER_ERROR, EngineFault.SERVER_FAILED),
        (Fault.CUT_MIDWAY, EngineFault.BROKEN_OFF),
        (Fault.GARBAGE, EngineFault.BAD_ANSWER),
        (Fault.HUGE, EngineFault.BAD_ANSWER),
    ],
)
@pytest.mark.allow_warnings
def test_faults_are_told_as_what_they_are(fault: Fault, told: EngineFault) -> None:
    async def main() -> None:
        async with a_desk() as desk:
            desk.peer.fail(WHERE, fault, None)
            async with a_line(desk.transcriber) as line:
                await line.say(SHOES)
                line.hearing.commit()
                error = await line.wait_for_error()
                assert isinstance(error, EngineError)
                assert error.fault is told
                assert isinstance(error, EngineRejected) is told.is_lasting
                assert KEY not in repr(error)
                assert "never" not in repr(error)

    asyncio.run(main())


@pytest.mark.realtime
def test_a_stall_is_told_as_too_slow() -> None:
    async def main() -> None:
        async with a_desk() as desk:
            desk.peer.fail(WHERE, Fault.STALL_BEFORE, None)
            async with a_line(desk.transcriber) as line:
                await line.say(YES)
                line.hearing.commit()
                error = await line.wait_for_error()
                assert isinstance(error, EngineError)
                assert error.fault is EngineFault.TOO_SLOW

    asyncio.run(main())


@pytest.mark.parametrize("fault", [Fault.CUT_MIDWAY, Fault.SERVER_ERROR, Fault.GARBAGE])
def test_a_guess_that_fails_costs_nothing_but_itself(fault: Fault) -> None:
    async def main() -> None:
        async with a_desk() as desk:
            desk.peer.fail(WHERE, fault)
            async with a_line(desk.transcriber, frame_s=0.005) as line:
                await line.say(SHOES)
                async with asyncio.timeout(4):
                    while not desk.count:
                        await asyncio.sleep(0.01)
                line.hearing.commit()
                assert (await line.wait_for(HeardStage.FINAL)).text == SHOES

    asyncio.run(main())


def test_an_empty_transcript_is_an_empty_final() -> None:
    async def main() -> None:
        async with a_desk() as desk:
            desk.peer.fail(WHERE, Fault.EMPTY, None)
            async with a_line(desk.transcriber) as line:
                await line.say(SHOES)
                line.hearing.pause()
                assert (await line.wait_for(HeardStage.PAUSED)).text == ""
                line.hearing.commit()
                assert (await line.wait_for(HeardStage.FINAL)).text == ""

    asyncio.run(main())


def test_nobody_there_is_told_as_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

    async def main(url: str) -> None:
        connections = OpenAIConnections()
        transcriber = FileTranscriber(
            connections,
            Endpoint(url, (MODEL,), KEY),
            language="",
            vocabulary=lambda: (),
            on_usage=lambda usage, call: None,
        )
        async with a_line(transcriber) as line:
            await line.say(YES)
            line.hearing.commit()
            error = await line.wait_for_error()
            assert isinstance(error, EngineError)
            assert error.fault is EngineFault.UNREACHABLE
        await connections.close()

    asyncio.run(main(f"http://127.0.0.1:{port}/v1"))
    asyncio.run(main("http://nobody.invalid/v1"))


def test_a_wave_file_is_whole_frames_and_a_tail_of_silence() -> None:
    async def main() -> None:
        async with a_desk() as desk, a_line(desk.transcriber) as line:
            await line.say(YES)
            line.hearing.commit()
            await line.wait_for(HeardStage.FINAL)
            seconds = desk.peer.of(WHERE)[-1].body["seconds"]
            frame_s = FRAME_BYTES / 8000
            assert seconds / frame_s == pytest.approx(round(seconds / frame_s))
            assert seconds < len(speech(YES)) / 8000 + 0.8

    asyncio.run(main())
