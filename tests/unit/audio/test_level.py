"""Loudness, clipping, and what counts as audible."""

from __future__ import annotations

import numpy as np
import pytest

from copilot_desktop.audio import g711, level
from copilot_desktop.audio.frame import SILENCE


def tone(peak: float, count: int = 160) -> bytes:
    at = np.arange(count) / 8000
    return g711.encode_float((peak * np.sin(2 * np.pi * 500 * at)).astype(np.float32))


@pytest.mark.parametrize(("peak", "expected"), [(0.9, -3.9), (0.1, -23.0), (0.01, -43.0)])
def test_loudness_of_tones(peak: float, expected: float) -> None:
    assert level.dbfs(tone(peak)) == pytest.approx(expected, abs=0.4)


def test_silence_and_nothing_measure_the_same() -> None:
    assert level.dbfs(SILENCE) == level.dbfs(b"") == level.SILENCE_DBFS
    # The other zero of µ-law is silence too.
    assert level.dbfs(b"\x7f" * 160) == level.SILENCE_DBFS


def test_pcm_measures_as_its_bytes_do() -> None:
    assert level.pcm_dbfs(g711.decode(tone(0.3))) == level.dbfs(tone(0.3))


def test_only_the_top_of_the_range_clips() -> None:
    assert level.is_clipping(tone(1.0))
    assert not level.is_clipping(tone(0.8))
    assert not level.is_clipping(SILENCE)
    assert not level.is_clipping(b"")


def test_speech_is_audible_and_line_noise_is_not() -> None:
    assert level.is_audible(tone(0.05))
    assert not level.is_audible(tone(0.003))
    assert not level.is_audible(SILENCE)
