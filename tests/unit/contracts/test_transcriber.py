"""What every Transcriber promises: local, scripted and remote ones, and one behind which several stand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from copilot_desktop.audio.frame import FRAME_BYTES, FRAME_MS, SILENCE, AudioFrame
from copilot_desktop.calls.engine_status import EnginePart
from copilot_desktop.calls.errors import EngineUnavailable
from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.calls.ports import Heard, HeardStage, Hearing, Transcriber
from copilot_desktop.engines.engine_health import EngineHealth
from copilot_desktop.engines.hearing.fallback_transcriber import FallbackTranscriber
from copilot_desktop.engines.scripted import ScriptedTranscriber
from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from tests.support.heard_line import AtPeer, by_file, live
from tests.support.local_engines import local_engines, speech

SAID = ("I would like to return my shoes.", "Thank you for your help.")


REMOTE: dict[str, tuple[Callable[[OpenAIConnections, Endpoint], Transcriber], str]] = {
    "live": (live, "gpt-live-transcribe"),
    "live, by turns": (live, "gpt-transcribe"),
    "file": (by_file, "gpt-transcribe"),
}


@pytest.fixture(
    params=[
        "local",
        "scripted",
        *REMOTE,
        "fallback",
        pytest.param("stand-in", marks=pytest.mark.allow_warnings),
    ]
)
def transcriber(request: pytest.FixtureRequest) -> Transcriber:
    if request.param in REMOTE:
        make, model = REMOTE[request.param]
        return AtPeer(make, (model,), SAID)
    if request.param == "local":
        return local_engines().transcriber
    if request.param == "fallback":
        return fallback(ScriptedTranscriber(SAID), local_engines().transcriber)
    if request.param == "stand-in":
        return fallback(Deaf(), local_engines().transcriber)
    return ScriptedTranscriber(SAID)


class Deaf:
    """Cannot be opened."""

    @asynccontextmanager
    async def open(self, call: CallId, party: Party) -> AsyncIterator[Hearing]:
        raise EngineUnavailable("deaf")
        yield


def fallback(*transcribers: Transcriber) -> Transcriber:
    health = EngineHealth(EnginePart.HEARING, [type(engine).__name__ for engine in transcribers])
    return FallbackTranscriber(transcribers, health, words_limit_s=lambda: 1.5)


class Line:
    """A caller's line into a hearing, and all that was heard, in order."""

    def __init__(self, hearing: Hearing) -> None:
        self.hearing = hearing
        self.heard: list[Heard] = []
        self.at_ms = 0
        self._news = asyncio.Event()

    async def listen(self) -> None:
        async for heard in self.hearing:
            self.heard.append(heard)
            self._news.set()

    async def feed(self, sound: bytes) -> None:
        """At the pace of 20 ms a millisecond or slower: time for partial words."""
        for at in range(0, len(sound), FRAME_BYTES):
            self.hearing.feed(AudioFrame(sound[at : at + FRAME_BYTES], self.at_ms))
            self.at_ms += FRAME_MS
            await asyncio.sleep(0.001)

    async def say(self, text: str) -> None:
        await self.feed(SILENCE * 20)
        begins_ms = self.at_ms
        sound = speech(text)
        await self.feed(sound[: 10 * FRAME_BYTES])
        self.hearing.speech_started(begins_ms)
        await self.feed(sound[10 * FRAME_BYTES :] + SILENCE * 8)

    async def wait_for(self, stage: HeardStage, count: int = 1) -> Heard:
        async with asyncio.timeout(8):
            while sum(heard.stage is stage for heard in self.heard) < count:
                self._news.clear()
                await self._news.wait()
        return [heard for heard in self.heard if heard.stage is stage][count - 1]

    def stages(self) -> list[HeardStage]:
        return [heard.stage for heard in self.heard]


@asynccontextmanager
async def a_line(transcriber: Transcriber) -> AsyncIterator[Line]:
    async with transcriber.open(CallId("call-1"), Party.CALLER) as hearing:
        line = Line(hearing)
        task = asyncio.create_task(line.listen())
        yield line
    # Closed: the iteration ends by itself within a second.
    async with asyncio.timeout(1):
        await task


@pytest.fixture(autouse=True)
def _speech_is_made() -> None:
    """Outside of any loop, once."""
    for text in SAID:
        speech(text)


def test_words_move_then_pause_then_stand(transcriber: Transcriber) -> None:
    async def main() -> None:
        async with a_line(transcriber) as line:
            await line.say(SAID[0])
            line.hearing.pause()
            paused = await line.wait_for(HeardStage.PAUSED)
            await line.feed(SILENCE * 5)
            line.hearing.commit()
            final = await line.wait_for(HeardStage.FINAL)
            assert paused.text == final.text == SAID[0]
            assert final.confidence is not None
            assert 0.3 < final.confidence <= 1.0
            *partial, last, very_last = line.stages()
            assert partial
            assert set(partial) == {HeardStage.PARTIAL}
            assert [last, very_last] == [HeardStage.PAUSED, HeardStage.FINAL]
            assert all(heard.text for heard in line.heard)

    asyncio.run(main())


def test_times_are_on_the_frames_clock(transcriber: Transcriber) -> None:
    async def main() -> None:
        async with a_line(transcriber) as line:
            await line.say(SAID[0])
            line.hearing.commit()
            final = await line.wait_for(HeardStage.FINAL)
            assert final.start_ms == 20 * FRAME_MS
            assert final.end_ms == line.at_ms

    asyncio.run(main())


def test_each_turn_has_its_own_words(transcriber: Transcriber) -> None:
    async def main() -> None:
        async with a_line(transcriber) as line:
            for count, text in enumerate(SAID, start=1):
                await line.say(text)
                line.hearing.commit()
                assert (await line.wait_for(HeardStage.FINAL, count)).text == text

    asyncio.run(main())


def test_nothing_said_is_an_empty_final(transcriber: Transcriber) -> None:
    async def main() -> None:
        async with a_line(transcriber) as line:
            await line.feed(SILENCE * 30)
            line.hearing.pause()
            line.hearing.commit()
            line.hearing.commit()
            assert (await line.wait_for(HeardStage.PAUSED)).text == ""
            final = await line.wait_for(HeardStage.FINAL, 2)
            assert final.text == ""
            assert final.confidence is None

    asyncio.run(main())


def test_silence_taken_for_speech_is_an_empty_final(transcriber: Transcriber) -> None:
    async def main() -> None:
        async with a_line(transcriber) as line:
            await line.feed(SILENCE * 30)
            line.hearing.speech_started(line.at_ms - 100)
            await line.feed(SILENCE * 30)
            line.hearing.commit()
            assert (await line.wait_for(HeardStage.FINAL)).text == ""

    asyncio.run(main())


def test_finals_come_in_order_and_none_is_lost(transcriber: Transcriber) -> None:
    async def main() -> None:
        async with a_line(transcriber) as line:
            for text in SAID:
                await line.say(text)
                line.hearing.pause()
                line.hearing.commit()
            await line.wait_for(HeardStage.FINAL, 2)
            finals = [heard.text for heard in line.heard if heard.stage is HeardStage.FINAL]
            assert finals == list(SAID)

    asyncio.run(main())


def test_orders_after_closing_do_nothing(transcriber: Transcriber) -> None:
    async def main() -> None:
        async with transcriber.open(CallId("call-1"), Party.CALLER) as hearing:
            pass
        hearing.feed(AudioFrame(SILENCE, 0))
        hearing.speech_started(0)
        hearing.pause()
        hearing.commit()
        assert [heard async for heard in hearing] == []

    asyncio.run(main())


def test_a_listener_can_be_cancelled(transcriber: Transcriber) -> None:
    async def main() -> None:
        async with transcriber.open(CallId("call-1"), Party.CALLER) as hearing:
            line = Line(hearing)
            task = asyncio.create_task(line.listen())
            await line.say(SAID[0])
            hearing.pause()
            await asyncio.sleep(0.01)
            task.cancel()
            async with asyncio.timeout(1):
                await asyncio.wait({task})
            assert task.cancelled()

    asyncio.run(main())
