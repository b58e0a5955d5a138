"""KeptVoice: what every call says is made once, and is there when the voice is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from copilot_desktop.audio.frame import FRAME_BYTES
from copilot_desktop.calls.engine_status import EnginePart
from copilot_desktop.calls.errors import EngineError, EngineFault
from copilot_desktop.engines.engine_health import EngineHealth
from copilot_desktop.engines.scripted import ScriptedVoice
from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.trials import closed_after
from copilot_desktop.engines.voice.fallback_voice import FallbackVoice
from copilot_desktop.engines.voice.kept_voice import KeptVoice
from copilot_desktop.engines.voice.speech_voice import SpeechVoice
from tests.support.openai_peer import KEY, Delays, Fault, OpenAIPeer, Where
from tests.support.spoken import SENTENCE, Told, connected, run_alone, sound_of

GREETING = "Good morning, how can I help you?"
WAITING = "One moment, please."


class Kept:
    """A remote voice on a peer, and what is kept of it."""

    def __init__(self, peer: OpenAIPeer, remote: SpeechVoice, most_bytes: int) -> None:
        self.peer = peer
        self.sentences = [GREETING, WAITING]
        self.persona = "marin"
        self.remote = remote
        self.voice = KeptVoice(
            remote, kept=lambda: self.sentences, persona=lambda: self.persona, most_bytes=most_bytes
        )

    @property
    def asked(self) -> list[str]:
        """The sentences that the remote voice was asked for."""
        return [seen.body.get("input", "refused") for seen in self.peer.of(Where.SPEECH)]


@asynccontextmanager
async def kept_voice(*, most_bytes: int = 1_000_000, delays: Delays | None = None) -> AsyncIterator[Kept]:
    async with OpenAIPeer(delays=delays) as peer, connected(peer) as connections:
        endpoint = Endpoint(peer.base_url, ("gpt-4o-mini-tts",), KEY)
        remote = SpeechVoice(connections, endpoint, voice=lambda: "marin", on_usage=Told())
        yield Kept(peer, remote, most_bytes)


def test_a_kept_sentence_is_asked_for_once_and_sounds_the_same() -> None:
    async def main() -> None:
        async with kept_voice() as kept:
            first = await sound_of(kept.voice, GREETING)
            assert first == await sound_of(kept.voice, GREETING)
            assert kept.asked == [GREETING]
            pieces = [piece async for piece in kept.voice.speak(GREETING)]
            assert all(len(piece) % FRAME_BYTES == 0 for piece in pieces)
            assert len(pieces) > 1

    run_alone(main())


def test_other_sentences_are_not_kept() -> None:
    async def main() -> None:
        async with kept_voice() as kept:
            await sound_of(kept.voice, SENTENCE)
            await sound_of(kept.voice, SENTENCE)
            assert kept.asked == [SENTENCE, SENTENCE]

    run_alone(main())


def test_prepared_nothing_is_left_to_ask_for() -> None:
    async def main() -> None:
        async with kept_voice() as kept:
            await asyncio.gather(kept.voice.prepare(), kept.voice.prepare())
            assert sorted(kept.asked) == sorted(kept.sentences)
            await sound_of(kept.voice, WAITING)
            assert len(kept.asked) == 2

    run_alone(main())


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.EMPTY, Fault.CUT_MIDWAY])
def test_what_could_not_be_prepared_is_made_in_the_call(fault: Fault) -> None:
    async def main() -> None:
        async with kept_voice() as kept:
            kept.peer.fail(Where.SPEECH, fault)
            await kept.voice.prepare()
            assert await sound_of(kept.voice, GREETING)
            assert await sound_of(kept.voice, GREETING)
            assert len(kept.asked) == 2

    run_alone(main())


def test_sound_cut_off_is_not_kept() -> None:
    async def main() -> None:
        async with kept_voice(delays=Delays(speech_rate=4.0)) as kept:
            async with closed_after(kept.voice.speak(GREETING)) as stream:
                part = await anext(stream)
            whole = await sound_of(kept.voice, GREETING)
            assert len(whole) > len(part)
            assert await sound_of(kept.voice, GREETING) == whole
            assert len(kept.asked) == 2

    run_alone(main())


@pytest.mark.allow_warnings
def test_with_another_persona_it_is_made_anew_but_the_old_one_stands_in() -> None:
    async def main() -> None:
        async with kept_voice() as kept:
            old = await sound_of(kept.voice, GREETING)
            kept.persona = "cedar"
            kept.peer.fail(Where.SPEECH, Fault.SERVER_ERROR)
            assert await sound_of(kept.voice, GREETING) == old
            await sound_of(kept.voice, GREETING)
            await sound_of(kept.voice, GREETING)
            # The first, the one that failed, the one in the new voice.
            assert len(kept.asked) == 3

    run_alone(main())


def test_a_failure_with_nothing_kept_is_told() -> None:
    async def main() -> None:
        async with kept_voice() as kept:
            kept.peer.fail(Where.SPEECH, Fault.SERVER_ERROR)
            with pytest.raises(EngineError) as caught:
                await sound_of(kept.voice, GREETING)
            assert caught.value.fault is EngineFault.SERVER_FAILED

    run_alone(main())


@pytest.mark.allow_warnings
@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.CUT_MIDWAY])
def test_what_another_voice_said_or_helped_with_is_not_kept_as_this_ones(fault: Fault) -> None:
    async def main() -> None:
        async with kept_voice() as kept:
            health = EngineHealth(EnginePart.VOICE, ("remote", "tone"))
            both = FallbackVoice((kept.remote, ScriptedVoice()), health, first_sound_limit_s=lambda: 8.0)
            voice = KeptVoice(both, kept=lambda: kept.sentences, persona=lambda: health.name(health.likely()))
            kept.peer.fail(Where.SPEECH, fault)
            stood_in = await sound_of(voice, GREETING)
            health.reconsider()
            remote = await sound_of(voice, GREETING)
            assert remote == await sound_of(kept.remote, GREETING) != stood_in
            await both.close()

    run_alone(main())


def test_no_more_is_kept_than_there_is_room_for_and_the_least_used_goes_first() -> None:
    async def main() -> None:
        async with kept_voice(most_bytes=30_000) as kept:
            kept.sentences = ["one two three four five", "six seven eight nine ten", "a b c d e f"]
            first, second, third = kept.sentences
            for sentence in (first, second, first, third, first, third):
                await sound_of(kept.voice, sentence)
            assert kept.asked == [first, second, third]
            await sound_of(kept.voice, second)
            assert kept.asked[3:] == [second]

    run_alone(main())


def test_one_that_is_too_long_is_spoken_all_the_same() -> None:
    async def main() -> None:
        async with kept_voice(most_bytes=1000) as kept:
            assert await sound_of(kept.voice, GREETING) == await sound_of(kept.voice, GREETING)
            assert len(kept.asked) == 2

    run_alone(main())
