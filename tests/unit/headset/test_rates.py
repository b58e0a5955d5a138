"""Between a device's rate and the phone's: what is in the band stays, and little time is lost."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from copilot_desktop.audio.upsample import FromPhone
from copilot_desktop.headset.rates import ToPhone


def _tone(hz: float, rate_hz: int, seconds: float = 1.0) -> NDArray[np.int16]:
    time_s = np.arange(int(rate_hz * seconds)) / rate_hz
    return (np.sin(2 * np.pi * hz * time_s) * 10000).astype(np.int16)


def _streamed(stage: FromPhone | ToPhone, pcm: NDArray[np.int16], block: int) -> NDArray[np.int16]:
    return np.concatenate([stage.push(pcm[start : start + block]) for start in range(0, len(pcm), block)])


def _level_db(pcm: NDArray[np.int16]) -> float:
    middle = pcm[len(pcm) // 10 : -len(pcm) // 10].astype(float)
    return float(20 * np.log10(middle.std() + 1e-9))


@pytest.mark.parametrize("hz", [300, 1000, 2500])
@pytest.mark.parametrize("rate_hz", [16000, 48000])
def test_a_voice_keeps_its_loudness_on_the_way_up(hz: int, rate_hz: int) -> None:
    sent = _tone(hz, 8000)
    heard = _streamed(FromPhone(rate_hz), sent, 160)
    assert len(heard) == len(sent) * rate_hz // 8000
    assert _level_db(heard) == pytest.approx(_level_db(sent), abs=0.5)


def test_the_way_up_adds_no_tones_of_its_own() -> None:
    heard = _streamed(FromPhone(48000), _tone(3000, 8000), 160)[4800:43200].astype(float)
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
    at, loudest = int(spectrum.argmax()), float(spectrum.max())
    spectrum[at - 20 : at + 20] = 0
    assert 20 * np.log10(spectrum.max() / loudest) < -55


@pytest.mark.parametrize("rate_hz", [16000, 22050, 44100, 48000, 96000])
def test_a_voice_keeps_its_loudness_on_the_way_down(rate_hz: int) -> None:
    heard = _streamed(ToPhone(rate_hz), _tone(1000, rate_hz), rate_hz // 47)
    assert _level_db(heard) == pytest.approx(_level_db(_tone(1000, 8000)), abs=0.5)


def test_what_a_phone_cannot_carry_is_gone() -> None:
    heard = _streamed(ToPhone(48000), _tone(6000, 48000), 1024)
    assert _level_db(heard) < _level_db(_tone(6000, 48000)) - 40


def test_blocks_of_any_length_make_the_same_sound() -> None:
    sent = _tone(700, 48000, 0.4)
    # The filter keeps its own length back, so the streamed one ends a little earlier.
    whole, streamed = ToPhone(48000).push(sent), _streamed(ToPhone(48000), sent, 1023)
    assert np.array_equal(streamed, whole)


def test_the_delay_from_48_khz_is_about_a_millisecond() -> None:
    click = np.zeros(4800, dtype=np.int16)
    click[2400] = 30000
    heard = ToPhone(48000).push(click).astype(int)
    assert abs(int(np.abs(heard).argmax()) / 8 - 50) <= 1.5


def test_a_rate_that_is_no_multiple_is_refused() -> None:
    with pytest.raises(ValueError, match="44100"):
        FromPhone(44100)
