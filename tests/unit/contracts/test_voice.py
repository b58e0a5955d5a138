"""What every Voice promises."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import FRAME_BYTES
from copilot_desktop.audio.level import is_audible
from copilot_desktop.calls.engine_status import EnginePart
from copilot_desktop.calls.errors import EngineUnavailable
from copilot_desktop.calls.events import CallId
from copilot_desktop.calls.ports import Voice
from copilot_desktop.engines.engine_health import EngineHealth
from copilot_desktop.engines.scripted import ScriptedVoice
from copilot_desktop.engines.voice.fallback_voice import FallbackVoice
from copilot_desktop.engines.voice.kept_voice import KeptVoice
from tests.support.local_engines import local_engines
from tests.support.spoken import VoiceAtPeer

SENTENCE = "Good morning, how can I help you?"
LONG = "Your order has left our warehouse this morning, and it should reach you on Friday, before noon."


class Mute:
    """Cannot speak."""

    async def speak(self, sentence: str, call: CallId | None = None) -> AsyncIterator[bytes]:
        raise EngineUnavailable("mute")
        yield b""


def fallback(*voices: Voice) -> Voice:
    health = EngineHealth(EnginePart.VOICE, [type(engine).__name__ for engine in voices])
    return FallbackVoice(voices, health, first_sound_limit_s=lambda: 1.5)


@pytest.fixture(
    params=[
        "local",
        "local caller",
        "scripted",
        "fallback",
        "speech service",
        "realtime reader",
        "kept",
        pytest.param("stand-in", marks=pytest.mark.allow_warnings),
    ]
)
def voice(request: pytest.FixtureRequest) -> Voice:
    if request.param == "fallback":
        return fallback(local_engines().voice, ScriptedVoice())
    if request.param in ("speech service", "realtime reader"):
        return VoiceAtPeer(request.param.split()[0])
    if request.param == "kept":
        return KeptVoice(ScriptedVoice(), kept=lambda: (SENTENCE,), persona=lambda: "tone")
    if request.param == "stand-in":
        return fallback(Mute(), local_engines().voice)
    if request.param == "scripted":
        return ScriptedVoice()
    if request.param == "local caller":
        return local_engines().caller_voice("caller-man")
    return local_engines().voice


def said(voice: Voice, sentence: str) -> list[bytes]:
    async def main() -> list[bytes]:
        return [audio async for audio in voice.speak(sentence)]

    return asyncio.run(main())


def frames(pieces: list[bytes]) -> list[bytes]:
    sound = b"".join(pieces)
    return [sound[at : at + FRAME_BYTES] for at in range(0, len(sound), FRAME_BYTES)]


def test_pieces_are_whole_frames(voice: Voice) -> None:
    pieces = said(voice, SENTENCE)
    assert pieces
    assert all(piece and len(piece) % FRAME_BYTES == 0 for piece in pieces)


def test_it_can_be_heard_at_once_and_for_a_fitting_time(voice: Voice) -> None:
    sound = frames(said(voice, SENTENCE))
    assert any(is_audible(frame) for frame in sound[:5])
    assert 0.6 < len(sound) * 0.02 < 4.0


def test_speech_is_loud_enough_and_not_too_loud(voice: Voice) -> None:
    pcm = g711.decode(b"".join(said(voice, SENTENCE))).astype(float) / 32768
    active = pcm[np.abs(pcm) > 0.01]
    assert -24 < 10 * np.log10(np.mean(active**2)) < -16
    assert np.abs(pcm).max() < 1.0


def test_the_same_sentence_sounds_the_same(voice: Voice) -> None:
    assert said(voice, SENTENCE) == said(voice, SENTENCE)


def test_a_long_sentence_comes_in_pieces(voice: Voice) -> None:
    pieces = said(voice, LONG)
    assert len(pieces) > 1
    assert len(pieces[0]) < 0.6 * len(b"".join(pieces))


@pytest.mark.parametrize("nothing", ["", "  ", "\n"])
def test_nothing_to_say_is_no_sound(voice: Voice, nothing: str) -> None:
    assert said(voice, nothing) == []


def test_two_sentences_can_be_spoken_at_once(voice: Voice) -> None:
    async def main() -> list[bytes]:
        async def one(text: str) -> bytes:
            return b"".join([audio async for audio in voice.speak(text)])

        return list(await asyncio.gather(one(SENTENCE), one(LONG)))

    assert asyncio.run(main()) == [b"".join(said(voice, SENTENCE)), b"".join(said(voice, LONG))]


def test_cancelling_ends_the_sound(voice: Voice) -> None:
    async def main() -> None:
        heard: list[bytes] = []

        async def listen() -> None:
            async for audio in voice.speak(LONG):
                heard.append(audio)
                first.set()

        first = asyncio.Event()
        task = asyncio.create_task(listen())
        async with asyncio.timeout(5):
            await first.wait()
        count = len(heard)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()
        assert len(heard) == count < len(said_pieces)

    said_pieces = said(voice, LONG)
    asyncio.run(main())
