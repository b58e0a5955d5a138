"""The local voice: personas, quick starts, errors."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from copilot_desktop.audio import g711
from copilot_desktop.calls.errors import EngineUnavailable
from copilot_desktop.engines.voice.local_voice import PERSONAS, LocalVoice, bundled_model, pieces
from copilot_desktop.engines.voice.pronunciation import load_pronunciation, read_flat, read_nested
from tests.support.local_engines import local_engines, speech

TEXT = "Good morning, how can I help you?"


def pitch_hz(sound: bytes) -> float:
    """The usual repetition within 50 ms of voice, found by its likeness to itself."""
    pcm = g711.decode(sound).astype(float)
    low, high = 8000 // 350, 8000 // 75
    found = []
    for start in range(0, len(pcm) - 400, 200):
        part = pcm[start : start + 400] - np.mean(pcm[start : start + 400])
        alike = np.correlate(part, part, mode="full")[399:] / np.arange(400, 0, -1)
        best = low + int(np.argmax(alike[low:high]))
        if np.std(part) > 1500 and alike[best] > 0.6 * alike[0]:
            found.append(8000 / best)
    return float(np.median(found))


def test_personas_differ_in_pitch() -> None:
    pitches = {name: pitch_hz(speech(TEXT, name)) for name in PERSONAS}
    assert 80 < pitches["caller-man"] < 140
    assert pitches["caller-man"] < pitches["caller-low"] < pitches["assistant"] < pitches["caller-woman"]


def test_unknown_personas_are_refused() -> None:
    with pytest.raises(ValueError, match="caller-man"):
        LocalVoice("nobody")
    with pytest.raises(ValueError, match="nobody"):
        local_engines().caller_voice("nobody")


def test_leading_silence_is_short() -> None:
    async def main() -> bytes:
        return b"".join([audio async for audio in local_engines().voice.speak(TEXT)])

    pcm = np.abs(g711.decode(asyncio.run(main())).astype(int))
    assert int(np.argmax(pcm > 0.02 * pcm.max())) <= 8000 * 0.05
    assert int(np.argmax(pcm[::-1] > 0.02 * pcm.max())) <= 8000 * 0.16


def test_short_sentences_stay_whole_and_long_ones_begin_with_a_clause() -> None:
    assert pieces("Yes, of course, I can.") == ["Yes, of course, I can."]
    long = (
        "I am sorry to hear that your parcel is late, let me see what I can do, and where it was seen last."
    )
    assert pieces(long)[0] == "I am sorry to hear that your parcel is late,"
    assert " ".join(pieces(long)) == long
    assert pieces("") == []
    endless = "word " * 60
    assert pieces(endless.strip()) == [endless.strip()]


def test_a_missing_model_is_an_engine_error(tmp_path: Path) -> None:
    voice = LocalVoice(model=tmp_path / "missing.onnx")
    with pytest.raises(EngineUnavailable) as caught:
        voice.load()
    assert "missing.onnx" not in str(caught.value)
    voice.close()


def test_the_model_may_lie_elsewhere(tmp_path: Path) -> None:
    elsewhere = tmp_path / "voice.onnx"
    elsewhere.write_bytes(bundled_model().read_bytes())
    voice = LocalVoice(model=elsewhere)
    voice.warm_up()
    voice.close()


def test_pronunciation_read_in_bites_is_the_packages_own() -> None:
    from hibari.g2p import G2P

    ours, theirs = load_pronunciation(), G2P()
    assert ours.__dict__.keys() == theirs.__dict__.keys()
    assert ours.lexicon.golds.d == theirs.lexicon.golds.d
    assert ours.lexicon.silvers.d == theirs.lexicon.silvers.d
    assert ours.tagger.__dict__ == theirs.tagger.__dict__
    assert ours(TEXT) == theirs(TEXT)


def test_bites_do_not_cut_values() -> None:
    entries = ",".join(f'"w{n}":{{"A":"x","B":"y"}},"v{n}":"z"' for n in range(20_000))
    read = read_flat("{" + entries + "}")
    assert len(read) == 40_000
    assert read["w19999"] == {"A": "x", "B": "y"}
    assert read_flat("{}") == {}
    assert read_nested('{"a":{"b":[1]}}') == {"a": {"b": [1]}}
