"""Sounds made of numbers: keypad tones, a beep, and the melody that a caller on hold hears. All µ-law, 8 kHz.

Nothing is recorded and nothing is borrowed: every sound is a sum of sines.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import FRAME_MS, SAMPLE_RATE_HZ, SILENCE

KEYS = "123A456B789C*0#D"
"""The keypad, row by row."""

_ROWS_HZ, _COLUMNS_HZ = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
_ROW_PEAK, _COLUMN_PEAK = 0.25, 0.315
"""−9 and −7 dBm0: the higher tone is sent 2 dB louder, for lines lose more of it."""
_RAMP_MS = 4

_BEEP_HZ, _BEEP_PEAK = 1000, 0.2

_BAR_S = 2.0
_HOLD_DBFS = -24.0
_BAND_HZ = (310.0, 3390.0)
_CHORDS_HZ = (
    (440.00, 523.25, 659.26),
    (349.23, 440.00, 523.25),
    (329.63, 392.00, 523.25),
    (392.00, 493.88, 587.33),
)
_TUNE_HZ = (
    *(880.00, 0, 659.26, 0, 783.99, 0, 659.26, 523.25),
    *(698.46, 0, 523.25, 0, 587.33, 0, 523.25, 440.00),
    *(783.99, 0, 659.26, 0, 523.25, 659.26, 783.99, 0),
    *(587.33, 0, 783.99, 0, 987.77, 0, 783.99, 0),
    *(659.26, 0, 880.00, 0, 1046.50, 0, 880.00, 783.99),
    *(698.46, 0, 880.00, 0, 783.99, 0, 698.46, 523.25),
    *(659.26, 783.99, 1046.50, 0, 783.99, 0, 659.26, 0),
    *(587.33, 0, 493.88, 587.33, 783.99, 0, 0, 0),
)
"""Eighth notes, eight a bar; 0 is a rest. Eight bars, the four chords twice."""


def dtmf(digits: str, *, on_ms: int = 100, off_ms: int = 100) -> bytes:
    """Return the keypad tones of `digits`, each followed by silence, in whole frames.

    Raises:
        ValueError: a sign that no keypad has, or times that are no whole frames of at least 40 ms.
    """
    if min(on_ms, off_ms) < 2 * FRAME_MS or on_ms % FRAME_MS or off_ms % FRAME_MS:
        raise ValueError("tones and pauses are whole frames, at least 40 ms")
    pause = SILENCE * (off_ms // FRAME_MS)
    return b"".join(_key(digit, on_ms) + pause for digit in digits)


def beep(duration_ms: int = 400) -> bytes:
    """Return the tone after which a message is spoken, in whole frames."""
    length_ms = -(-duration_ms // FRAME_MS) * FRAME_MS
    return _encoded(_BEEP_PEAK * _sine(_BEEP_HZ, length_ms) * _ramps(length_ms))


@cache
def hold_melody() -> bytes:
    """Return 16 s of quiet music that may be played round and round: its end runs into its beginning.

    Whole frames, −24 dBFS, within the band of a phone line. The first call takes some 20 ms.
    """
    count = round(len(_TUNE_HZ) / 8 * _BAR_S * SAMPLE_RATE_HZ)
    music = _pad(count) + _tune(count)
    # The loop is periodic, so cutting bins of its spectrum is an exact filter without ends.
    spectrum = np.fft.rfft(music)
    pitch_hz = np.fft.rfftfreq(count, 1 / SAMPLE_RATE_HZ)
    spectrum[(pitch_hz < _BAND_HZ[0]) | (pitch_hz > _BAND_HZ[1])] = 0
    music = np.fft.irfft(spectrum, count)
    return _encoded(music * (10 ** (_HOLD_DBFS / 20) / float(np.sqrt(np.mean(music**2)))))


def _key(digit: str, duration_ms: int) -> bytes:
    place = KEYS.find(digit.upper()) if len(digit) == 1 else -1
    if place < 0:
        raise ValueError("no keypad has this key")
    row_hz, column_hz = _ROWS_HZ[place // 4], _COLUMNS_HZ[place % 4]
    both = _ROW_PEAK * _sine(row_hz, duration_ms) + _COLUMN_PEAK * _sine(column_hz, duration_ms)
    return _encoded(both * _ramps(duration_ms))


def _pad(count: int) -> NDArray[np.float64]:
    """Return soft chords that swell and fade into one another, the last into the first."""
    bar = round(_BAR_S * SAMPLE_RATE_HZ)
    time_s = np.arange(2 * bar) / SAMPLE_RATE_HZ
    swell = np.hanning(2 * bar + 1)[:-1]
    music = np.zeros(count)
    for index in range(count // bar):
        chord = sum(np.sin(2 * np.pi * pitch * time_s) for pitch in _CHORDS_HZ[index % len(_CHORDS_HZ)])
        _add_round(music, 0.16 * swell * chord, index * bar)
    return music


def _tune(count: int) -> NDArray[np.float64]:
    """Return the melody: struck tones that ring on past the next and, at the end, into the beginning."""
    step = round(_BAR_S / 8 * SAMPLE_RATE_HZ)
    time_s = np.arange(6 * step) / SAMPLE_RATE_HZ
    # Soft hammer: up within 15 ms, then away slowly; at its end it is cut at a thousandth.
    shape = np.minimum(time_s / 0.015, 1.0) * np.exp(-time_s / 0.22)
    music = np.zeros(count)
    for index, pitch in enumerate(_TUNE_HZ):
        if pitch:
            tone = sum(
                level * np.sin(2 * np.pi * pitch * harmonic * time_s)
                for harmonic, level in ((1, 1.0), (2, 0.22), (3, 0.06))
            )
            _add_round(music, 0.5 * shape * tone, index * step)
    return music


def _add_round(music: NDArray[np.float64], part: NDArray[np.float64], start: int) -> None:
    """Add `part` at `start`; what reaches beyond the end goes on at the beginning."""
    places = np.arange(start, start + len(part)) % len(music)
    music[places] += part


def _sine(pitch_hz: float, duration_ms: int) -> NDArray[np.float64]:
    wave: NDArray[np.float64] = np.sin(2 * np.pi * pitch_hz * _times_s(duration_ms))
    return wave


def _ramps(duration_ms: int) -> NDArray[np.float64]:
    """Return a window without clicks: up and down in a few milliseconds."""
    from_start_ms = _times_s(duration_ms) * 1000
    nearest_end: NDArray[np.float64] = np.minimum(from_start_ms, from_start_ms[::-1]) / _RAMP_MS
    return np.minimum(nearest_end, 1.0)


def _times_s(duration_ms: int) -> NDArray[np.float64]:
    return np.arange(duration_ms * SAMPLE_RATE_HZ // 1000) / SAMPLE_RATE_HZ


def _encoded(sound: NDArray[np.float64]) -> bytes:
    return g711.encode_float(sound.astype(np.float32))
