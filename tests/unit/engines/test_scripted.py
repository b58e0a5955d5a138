"""The scripted engines keep to their script, in virtual time."""

from __future__ import annotations

import asyncio

import pytest

from copilot_desktop.audio.frame import FRAME_BYTES, FRAME_MS, SILENCE, AudioFrame
from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.calls.ports import Conversation, Heard, HeardStage, Hearing, Line
from copilot_desktop.engines.scripted import ScriptedTranscriber, ScriptedVoice, ScriptedWriter, tone
from tests.support.virtual_time import run_virtual

CALL = CallId("call-1")


def feed(hearing: Hearing, sound: bytes, from_ms: int = 0) -> None:
    hearing.speech_started(from_ms)
    for at in range(0, len(sound), FRAME_BYTES):
        hearing.feed(AudioFrame(sound[at : at + FRAME_BYTES], from_ms + at // FRAME_BYTES * FRAME_MS))


async def take(hearing: Hearing, count: int) -> list[Heard]:
    heard = []
    async for piece in hearing:
        heard.append(piece)
        if len(heard) == count:
            break
    return heard


def test_partials_grow_word_by_word() -> None:
    async def main() -> None:
        async with ScriptedTranscriber(["one two three"]).open(CALL, Party.CALLER) as hearing:
            feed(hearing, tone(1000))
            assert [heard.text for heard in await take(hearing, 3)] == ["one", "one two", "one two three"]

    run_virtual(main())


def test_the_script_goes_on_after_opening_again_and_is_each_partys_own() -> None:
    async def final(transcriber: ScriptedTranscriber, party: Party, sound: bytes) -> str:
        async with transcriber.open(CALL, party) as hearing:
            feed(hearing, sound)
            hearing.commit()
            return (await take(hearing, 1))[0].text

    async def main() -> None:
        transcriber = ScriptedTranscriber(["first", "second"])
        assert await final(transcriber, Party.CALLER, tone(300)) == "first"
        assert await final(transcriber, Party.AGENT, tone(300)) == "first"
        assert await final(transcriber, Party.CALLER, SILENCE * 20) == ""
        assert await final(transcriber, Party.CALLER, tone(300)) == "second"
        assert await final(transcriber, Party.CALLER, tone(300)) == ""

    run_virtual(main())


def test_delays_are_as_given() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with ScriptedTranscriber(["yes"], delay_s=0.3).open(CALL, Party.CALLER) as hearing:
            feed(hearing, tone(100))
            hearing.pause()
            begun = loop.time()
            assert (await take(hearing, 1))[0].stage is HeardStage.PAUSED
            assert loop.time() - begun == pytest.approx(0.3)
        begun = loop.time()
        async for _ in ScriptedVoice(delay_s=0.2).speak("a few words"):
            break
        assert loop.time() - begun == pytest.approx(0.2)
        talk = Conversation(CALL, ())
        begun = loop.time()
        assert len([draft async for draft in ScriptedWriter(["a few words"], delay_s=0.1).reply(talk)]) == 4
        assert loop.time() - begun == pytest.approx(0.3)

    run_virtual(main())


def test_replies_follow_the_callers_turns() -> None:
    writer = ScriptedWriter(["first", "second"])

    async def last(*parties: Party) -> str:
        talk = Conversation(CALL, tuple(Line(party, "words") for party in parties))
        return [draft async for draft in writer.reply(talk)][-1].text

    async def main() -> None:
        assert await last() == "first"
        assert await last(Party.CALLER, Party.CALLER) == "first"
        assert await last(Party.CALLER, Party.ASSISTANT, Party.CALLER) == "second"
        assert await last(*[Party.CALLER, Party.ASSISTANT] * 2, Party.CALLER) == "first"

    run_virtual(main())


def test_a_writer_needs_something_to_say() -> None:
    with pytest.raises(ValueError, match="reply"):
        ScriptedWriter([])


def test_a_tone_is_whole_frames() -> None:
    assert len(tone(30)) == 2 * FRAME_BYTES
