"""The live filters keep speech, lose what would fold back, and are no later than they say."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from copilot_desktop.audio.resample import Downsampler, Upsampler, whole


def wave(pitch_hz: float, rate_hz: int, seconds: float = 0.5) -> NDArray[np.int16]:
    at = np.arange(int(rate_hz * seconds)) / rate_hz
    return (8000 * np.sin(2 * np.pi * pitch_hz * at)).astype(np.int16)


def loudness(pcm: NDArray[np.int16]) -> float:
    """Without the first and last 20 %, where filters swing in."""
    middle = pcm[len(pcm) // 5 : -len(pcm) // 5].astype(float)
    return float(10 * np.log10(np.mean(middle**2) + 1e-9) - 10 * np.log10(8000**2 / 2))


@pytest.mark.parametrize("pitch_hz", [200, 1000, 2500, 3200])
def test_up_keeps_speech(pitch_hz: int) -> None:
    assert loudness(Upsampler().push(wave(pitch_hz, 8000))) == pytest.approx(0, abs=0.3)


def test_up_adds_no_mirror() -> None:
    spectrum = np.abs(np.fft.rfft(Upsampler().push(wave(1000, 8000)) * np.hanning(8000)))
    mirror, voice = spectrum[3400:3600].max(), spectrum[400:600].max()
    assert mirror < voice / 1000


@pytest.mark.parametrize("from_hz", [16000, 48000])
@pytest.mark.parametrize("pitch_hz", [200, 1000, 2500])
def test_down_keeps_speech(from_hz: int, pitch_hz: int) -> None:
    assert loudness(Downsampler(from_hz).push(wave(pitch_hz, from_hz))) == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize(
    ("from_hz", "pitch_hz"), [(16000, 5500), (16000, 7000), (48000, 5500), (48000, 12000)]
)
def test_down_loses_what_would_fold_back(from_hz: int, pitch_hz: int) -> None:
    assert loudness(Downsampler(from_hz).push(wave(pitch_hz, from_hz))) < -40


def test_up_is_late_by_what_it_says() -> None:
    click = np.zeros(160, dtype=np.int16)
    click[80] = 10000
    out = Upsampler().push(click)
    assert int(np.argmax(np.abs(out))) - 2 * 80 == Upsampler.DELAY_SAMPLES
    assert Upsampler.DELAY_SAMPLES / 16 < 1.0


@pytest.mark.parametrize("from_hz", [16000, 48000])
def test_down_is_late_by_what_it_says(from_hz: int) -> None:
    sampler = Downsampler(from_hz)
    slow = wave(500, from_hz)
    out = sampler.push(slow).astype(float)
    at = np.arange(len(out)) / 8000
    expected = 8000 * np.sin(2 * np.pi * 500 * (at - sampler.delay_ms / 1000))
    assert sampler.delay_ms <= 1.0
    assert np.abs(out[200:] - expected[200:]).max() < 100


@pytest.mark.parametrize("from_hz", [16000, 48000])
def test_pieces_of_any_length_give_the_same_stream(from_hz: int) -> None:
    sound = np.random.default_rng(1).integers(-9000, 9000, from_hz // 10).astype(np.int16)
    at_once = Downsampler(from_hz).push(sound)
    sampler = Downsampler(from_hz)
    cuts = np.cumsum(np.random.default_rng(2).integers(0, 300, 200))
    in_pieces = np.concatenate([sampler.push(piece) for piece in np.split(sound, cuts)])
    assert np.array_equal(at_once, in_pieces)
    assert len(at_once) == len(sound) * 8000 // from_hz


def test_up_in_frames_gives_the_same_stream() -> None:
    sound = wave(700, 8000)
    sampler = Upsampler()
    in_frames = np.concatenate([sampler.push(frame) for frame in np.split(sound, 25)])
    assert np.array_equal(in_frames, Upsampler().push(sound))
    assert len(in_frames) == 2 * len(sound)


def test_other_rates_are_refused() -> None:
    with pytest.raises(ValueError, match="44100"):
        Downsampler(44100)


def test_whole_sentences_change_their_rate() -> None:
    sound = (wave(1000, 24000) / 32768).astype(np.float32)
    out = whole(sound, 24000, 8000)
    assert len(out) == len(sound) // 3
    assert float(np.std(out[500:-500])) == pytest.approx(float(np.std(sound)), rel=0.02)
    assert whole(sound, 8000, 8000) is sound
