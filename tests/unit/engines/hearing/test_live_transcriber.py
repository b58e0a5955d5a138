"""The transcriber that writes along, against a realtime server on real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from copilot_desktop.audio.frame import SILENCE
from copilot_desktop.audio.tones import hold_melody
from copilot_desktop.calls.engine_status import EnginePart, Usage
from copilot_desktop.calls.errors import EngineFault, EngineRejected
from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.calls.ports import HeardStage
from copilot_desktop.engines.hearing.live_transcriber import LiveTranscriber
from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from tests.support.heard_line import CALL, FollowingBrain, HeardLine, a_line
from tests.support.local_engines import speech
from tests.support.openai_peer import KEY, Delays, Fault, OpenAIPeer, ScriptedBrain, Where

SHOES, THANKS, YES = "I would like to return my shoes.", "Thank you for your help.", "Yes."
ALONG, BY_TURNS = "gpt-live-transcribe", "gpt-transcribe"
WHERE = Where.REALTIME_TRANSCRIPTION


class AsOpenAI(Endpoint):
    """The server here, spoken to as OpenAI itself is."""

    @property
    def is_openai(self) -> bool:
        return True


@dataclass
class Desk:
    peer: OpenAIPeer
    brain: FollowingBrain
    transcriber: LiveTranscriber
    usages: list[tuple[Usage, CallId | None]] = field(default_factory=list)

    def orders(self) -> list[str]:
        """What the server was sent, runs of sound told once."""
        kinds = [
            str(seen.body.get("type")).removeprefix("input_audio_buffer.") for seen in self.peer.of(WHERE)
        ]
        return [kind for at, kind in enumerate(kinds) if at == 0 or kind != kinds[at - 1]]

    def asked(self) -> dict[str, Any]:
        """What the newest session was to be."""
        updates = [s.body for s in self.peer.of(WHERE) if s.body.get("type") == "session.update"]
        heard: dict[str, Any] = updates[-1]["session"]["audio"]["input"]
        return heard

    def sent_ms(self) -> int:
        """How much µ-law was sent."""
        letters = [len_ for seen in self.peer.of(WHERE) if isinstance(len_ := seen.body.get("audio"), int)]
        return sum(length * 3 // 4 for length in letters) // 8


@asynccontextmanager
async def a_desk(
    models: Sequence[str] = (ALONG,),
    *,
    delays: Delays | None = None,
    kind: type[Endpoint] = AsOpenAI,
    vocabulary: Sequence[str] = ("Marlow",),
    key: str = KEY,
) -> AsyncIterator[Desk]:
    brain = FollowingBrain((SHOES, THANKS, YES))
    connections = OpenAIConnections()
    async with OpenAIPeer(brain=brain, delays=delays) as peer:
        usages: list[tuple[Usage, CallId | None]] = []
        transcriber = LiveTranscriber(
            connections,
            kind(peer.base_url, tuple(models), key),
            language="en",
            vocabulary=lambda: vocabulary,
            on_usage=lambda usage, call: usages.append((usage, call)),
        )
        yield Desk(peer, brain, transcriber, usages)
    await connections.close()


@pytest.fixture(autouse=True)
def _speech_is_made() -> None:
    for text in (SHOES, THANKS, YES):
        speech(text)


async def a_turn(line: HeardLine, text: str, count: int = 1) -> str:
    await line.say(text)
    line.hearing.pause()
    line.hearing.commit()
    return (await line.wait_for(HeardStage.FINAL, count)).text


def test_words_come_while_somebody_speaks_and_a_pause_is_no_end() -> None:
    async def main() -> None:
        async with a_desk() as desk, a_line(desk.transcriber) as line:
            await line.say(SHOES)
            line.hearing.pause()
            assert (await line.wait_for(HeardStage.PAUSED)).text == SHOES
            moving = [heard.text for heard in line.of(HeardStage.PARTIAL)]
            assert len(set(moving)) > 2
            assert all(SHOES.startswith(text) for text in moving)
            assert "commit" not in desk.orders()
            line.hearing.commit()
            assert (await line.wait_for(HeardStage.FINAL)).text == SHOES
            assert desk.orders() == ["session.update", "append", "commit"]

    asyncio.run(main())


def test_a_resumed_turn_goes_on() -> None:
    async def main() -> None:
        async with a_desk() as desk, a_line(desk.transcriber) as line:
            await line.say(SHOES)
            line.hearing.pause()
            await line.wait_for(HeardStage.PAUSED)
            await line.feed(speech(THANKS) + SILENCE * 8)
            line.hearing.pause()
            assert (await line.wait_for(HeardStage.PAUSED, 2)).text == f"{SHOES} {THANKS}"
            line.hearing.commit()
            assert (await line.wait_for(HeardStage.FINAL)).text == f"{SHOES} {THANKS}"
            assert desk.orders() == ["session.update", "append", "commit"]

    asyncio.run(main())


def test_a_model_that_does_not_write_along_is_given_each_pause() -> None:
    async def main() -> None:
        async with a_desk((BY_TURNS,)) as desk, a_line(desk.transcriber) as line:
            await line.say(SHOES)
            line.hearing.pause()
            assert (await line.wait_for(HeardStage.PAUSED)).text == SHOES
            await line.feed(speech(THANKS) + SILENCE * 8)
            line.hearing.pause()
            assert (await line.wait_for(HeardStage.PAUSED, 2)).text == f"{SHOES} {THANKS}"
            await line.feed(SILENCE * 6)
            line.hearing.commit()
            assert (await line.wait_for(HeardStage.FINAL)).text == f"{SHOES} {THANKS}"
            # What came after the last pause was silence: there is nothing to wait for.
            await desk_has(desk, "clear")
            assert desk.orders().count("commit") == 2
            assert desk.brain.count == 2

    asyncio.run(main())


async def desk_has(desk: Desk, order: str) -> None:
    async with asyncio.timeout(4):
        while order not in desk.orders():
            await asyncio.sleep(0.01)


def test_a_short_word_that_the_server_thinks_about_is_waited_for() -> None:
    async def main() -> None:
        # Words come long after the pause unless the server is told that it was all.
        async with a_desk(delays=Delays(delta_s=5.0)) as desk, a_line(desk.transcriber) as line:
            await line.say(YES)
            line.hearing.pause()
            assert (await line.wait_for(HeardStage.PAUSED)).text == YES
            line.hearing.commit()
            assert (await line.wait_for(HeardStage.FINAL)).text == YES

    asyncio.run(main())


def test_a_cough_in_which_the_server_finds_no_words_answers_the_pause() -> None:
    async def main() -> None:
        async with a_desk(delays=Delays(transcription_s=0.2)) as desk:
            desk.peer.fail(WHERE, Fault.EMPTY)
            async with a_line(desk.transcriber, frame_s=0.01) as line:
                await line.say(YES)
                line.hearing.pause()
                # The line goes on, and so there is sound that was not finished.
                await line.feed(SILENCE * 150)
                assert [heard.text for heard in line.of(HeardStage.PAUSED)] == [""]

    asyncio.run(main())


def test_only_turns_are_sent_and_paid() -> None:
    async def main() -> None:
        async with a_desk() as desk, a_line(desk.transcriber) as line:
            await line.feed(SILENCE * 200)
            assert await a_turn(line, SHOES) == SHOES
            await line.feed(SILENCE * 200)
            sound_ms = len(speech(SHOES)) // 8
            assert sound_ms <= desk.sent_ms() <= sound_ms + 700
            ((usage, call),) = desk.usages
            assert call == CALL
            assert usage.part is EnginePart.HEARING
            assert usage.model == ALONG
            assert sound_ms / 1000 <= usage.seconds <= sound_ms / 1000 + 2
            assert not usage.is_estimate

    asyncio.run(main())


def test_noise_taken_for_speech_is_neither_finished_nor_paid() -> None:
    async def main() -> None:
        async with a_desk() as desk, a_line(desk.transcriber) as line:
            await line.feed(SILENCE * 30)
            line.hearing.speech_started(line.at_ms - 100)
            await line.feed(SILENCE * 20)
            line.hearing.commit()
            assert (await line.wait_for(HeardStage.FINAL)).text == ""
            assert await a_turn(line, SHOES, 2) == SHOES
            assert desk.orders().count("commit") == 1
            assert len(desk.usages) == 1

    asyncio.run(main())


def test_names_are_given_without_what_servers_refuse() -> None:
    async def main() -> None:
        words = ("Marlow <lamp>", "line\r\nbreak", "  ", "Marlow <lamp>", "x" * 500)
        async with a_desk(vocabulary=words) as desk, a_line(desk.transcriber):
            assert desk.asked()["transcription"] == {
                "model": ALONG,
                "languages": ["en"],
                "keywords": ["Marlow lamp", "line break"],
                "delay": "low",
            }
            assert desk.asked()["format"] == {"type": "audio/pcmu"}
            assert desk.asked()["turn_detection"] is None

    asyncio.run(main())


def test_other_servers_are_asked_for_the_words_only() -> None:
    async def main() -> None:
        async with a_desk(kind=Endpoint) as desk, a_line(desk.transcriber) as line:
            assert desk.asked()["transcription"] == {"model": ALONG, "language": "en"}
            assert await a_turn(line, SHOES) == SHOES

    asyncio.run(main())


@pytest.mark.parametrize("fault", [Fault.WRONG_FORMAT, Fault.REFUSED_SESSION])
def test_a_server_that_takes_no_ulaw_gets_pcm(fault: Fault) -> None:
    async def main() -> None:
        async with a_desk() as desk:
            desk.peer.fail(WHERE, fault)
            async with a_line(desk.transcriber) as line:
                assert await a_turn(line, SHOES) == SHOES
                # Six bytes for one.
                assert desk.sent_ms() > 5 * len(speech(SHOES)) // 8
            async with a_line(desk.transcriber):
                assert desk.asked()["format"] == {"type": "audio/pcm", "rate": 24000}

    asyncio.run(main())


def test_a_server_that_understands_nothing_gets_the_other_format() -> None:
    async def main() -> None:
        async with a_desk() as desk:
            desk.peer.fail(WHERE, Fault.EMPTY)
            async with a_line(desk.transcriber) as line:
                assert await a_turn(line, SHOES) == ""
                assert await a_turn(line, SHOES, 2) == ""
                assert await a_turn(line, SHOES, 3) == SHOES
                assert desk.asked()["format"]["type"] == "audio/pcm"

    asyncio.run(main())


@pytest.mark.allow_warnings
def test_a_model_that_is_gone_is_asked_for_once() -> None:
    async def main() -> None:
        async with a_desk(("gpt-dead-transcribe", ALONG)) as desk:
            for _ in range(2):
                async with a_line(desk.transcriber) as line:
                    assert await a_turn(line, SHOES) == SHOES
            models = [
                seen.body["session"]["audio"]["input"]["transcription"]["model"]
                for seen in desk.peer.of(WHERE)
                if seen.body.get("type") == "session.update"
            ]
            assert models == ["gpt-dead-transcribe", ALONG, ALONG]

    asyncio.run(main())


def test_two_parties_do_not_mix() -> None:
    async def main() -> None:
        async with a_desk() as desk, a_line(desk.transcriber) as one, a_line(desk.transcriber) as other:
            texts = await asyncio.gather(a_turn(one, SHOES), a_turn(other, THANKS))
            assert list(texts) == [SHOES, THANKS]

    asyncio.run(main())


def test_a_long_turn_is_sent_in_parts_and_read_as_one() -> None:
    async def main() -> None:
        async with a_desk() as desk, a_line(desk.transcriber, frame_s=0.007) as line:
            await line.say(SHOES)
            # This brain tells the same sentence in one item once.
            for _ in range(14):
                await line.feed(SILENCE * 10 + speech(SHOES))
            await line.feed(SILENCE * 8)
            line.hearing.commit()
            final = await line.wait_for(HeardStage.FINAL)
            assert desk.orders().count("commit") == 2
            assert final.text == f"{SHOES} {SHOES}"

    asyncio.run(main())


def test_a_refused_key_is_told_when_it_is_opened() -> None:
    async def main() -> None:
        async with a_desk(key="sk-wrong") as desk:
            with pytest.raises(EngineRejected) as caught:
                async with desk.transcriber.open(CALL, Party.CALLER):
                    pass
            assert caught.value.fault is EngineFault.KEY_REFUSED
            assert "sk-wrong" not in repr(caught.value)

    asyncio.run(main())


@pytest.mark.parametrize("invented", ["Thank you for watching!", "you", "[Music]"])
def test_what_models_invent_in_music_is_not_said(invented: str) -> None:
    async def main() -> None:
        async with a_desk((BY_TURNS,)) as desk, a_line(desk.transcriber) as line:
            desk.peer.brain = ScriptedBrain((invented,))
            await line.feed(SILENCE * 30)
            await line.say_sound(hold_melody()[:16000])
            line.hearing.pause()
            assert (await line.wait_for(HeardStage.PAUSED)).text == ""
            line.hearing.commit()
            assert (await line.wait_for(HeardStage.FINAL)).text == ""
            assert not line.of(HeardStage.PARTIAL)
            assert "commit" in desk.orders()

    asyncio.run(main())
