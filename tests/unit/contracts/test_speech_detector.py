"""What every SpeechDetector promises."""

from __future__ import annotations

import asyncio

import pytest

from copilot_desktop.audio.frame import FRAME_BYTES, FRAME_MS, SILENCE, AudioFrame
from copilot_desktop.calls.ports import SpeechDetector
from copilot_desktop.engines.scripted import ScriptedDetector
from tests.support.local_engines import local_engines, speech


@pytest.fixture(params=["local", "scripted"])
def detector(request: pytest.FixtureRequest) -> SpeechDetector:
    return local_engines().new_detector() if request.param == "local" else ScriptedDetector()


def heard(detector: SpeechDetector, sound: bytes) -> list[float]:
    return [
        detector.hear(AudioFrame(sound[at : at + FRAME_BYTES], at // FRAME_BYTES * FRAME_MS))
        for at in range(0, len(sound), FRAME_BYTES)
    ]


def test_silence_is_no_speech(detector: SpeechDetector) -> None:
    assert max(heard(detector, SILENCE * 100)) < 0.2


def test_speech_is_found_soon_and_let_go_soon(detector: SpeechDetector) -> None:
    words = speech("I would like to return my shoes.", "caller-low")
    probabilities = heard(detector, SILENCE * 25 + words + SILENCE * 25)
    assert all(0 <= probability <= 1 for probability in probabilities)
    before, during = probabilities[:25], probabilities[25 : 25 + len(words) // FRAME_BYTES]
    assert max(before) < 0.35
    first = next(index for index, probability in enumerate(during) if probability > 0.5)
    assert first * FRAME_MS <= 160
    assert sum(probability > 0.35 for probability in during) > 0.7 * len(during)
    assert max(probabilities[-12:]) < 0.35


def test_whether_a_turn_is_over_is_a_probability(detector: SpeechDetector) -> None:
    async def main() -> list[float]:
        return [await detector.turn_is_over(text) for text in ("I'd like a refund.", "I'd like a", "")]

    assert all(0 <= certainty <= 1 for certainty in asyncio.run(main()))
    assert asyncio.run(main())[0] >= 0.9


def test_detectors_share_no_memory() -> None:
    engines = local_engines()
    one, other = engines.new_detector(), engines.new_detector()
    heard(one, speech("I would like to return my shoes."))
    assert heard(other, SILENCE * 5) == heard(engines.new_detector(), SILENCE * 5)
