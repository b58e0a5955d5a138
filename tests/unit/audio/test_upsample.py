"""Up from the phone's rate: what was there stays, nothing is added, and pieces make no seams."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from copilot_desktop.audio.upsample import FromPhone

RATES = (8000, 16_000, 24_000, 48_000)


def tone(hz: float, rate_hz: int = 8000, seconds: float = 1.0, peak: float = 12_000) -> NDArray[np.int16]:
    time = np.arange(int(rate_hz * seconds)) / rate_hz
    return np.rint(peak * np.sin(2 * np.pi * hz * time)).astype(np.int16)


def level_db(sound: NDArray[np.int16], rate_hz: int, low_hz: float, high_hz: float) -> float:
    """Return how much of a sound lies between two frequencies."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    hertz = np.fft.rfftfreq(len(sound), 1 / rate_hz)
    return float(10 * np.log10(spectrum[(hertz >= low_hz) & (hertz < high_hz)].sum() + 1e-9))


@pytest.mark.parametrize("rate_hz", RATES)
def test_there_are_so_many_times_as_many_samples(rate_hz: int) -> None:
    assert len(FromPhone(rate_hz).push(tone(440))) == rate_hz


@pytest.mark.parametrize(("hz", "most_db"), [(300, 0.3), (1000, 0.3), (2500, 0.3), (3200, 3)])
def test_the_voices_band_keeps_its_loudness(hz: float, most_db: float) -> None:
    raised = FromPhone(48_000).push(tone(hz))[4800:]
    peak = np.sqrt(2) * raised.astype(np.float64).std()
    assert abs(20 * np.log10(peak / 12_000)) <= most_db


@pytest.mark.parametrize("rate_hz", RATES[1:])
def test_no_mirror_of_it_is_to_be_heard(rate_hz: int) -> None:
    raised = FromPhone(rate_hz).push(tone(2000))[rate_hz // 10 :]
    wanted = level_db(raised, rate_hz, 1900, 2100)
    assert level_db(raised, rate_hz, 4600, rate_hz / 2) < wanted - 45


def test_it_comes_a_millisecond_later() -> None:
    click = np.zeros(800, dtype=np.int16)
    click[400] = 20_000
    raised = FromPhone(48_000).push(click)
    late_ms = (int(np.argmax(np.abs(raised))) / 48_000 - 400 / 8000) * 1000
    assert 0.5 <= late_ms <= 1.5


@given(st.lists(st.integers(0, 200), min_size=1, max_size=20))
def test_pieces_make_the_same_sound_as_the_whole(lengths: list[int]) -> None:
    sound = tone(700, seconds=sum(lengths) / 8000 + 0.01)
    whole = FromPhone(24_000).push(sound)
    live = FromPhone(24_000)
    parts, at = [], 0
    for length in [*lengths, len(sound)]:
        parts.append(live.push(sound[at : at + length]))
        at += length
    assert np.array_equal(np.concatenate(parts), whole)


def test_what_is_too_loud_is_held_at_the_top() -> None:
    square = np.where(np.arange(800) % 8 < 4, 32_767, -32_768).astype(np.int16)
    raised = FromPhone(16_000).push(square)
    assert raised.max() == 32_767
    assert raised.min() == -32_768


def test_a_rate_that_is_no_multiple_is_refused() -> None:
    with pytest.raises(ValueError, match="44100 Hz is no multiple of 8000 Hz"):
        FromPhone(44_100)
