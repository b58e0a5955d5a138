"""µ-law by table is G.711 to the bit."""

from __future__ import annotations

import sys
import warnings

import numpy as np
import pytest

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import SILENCE, SILENCE_BYTE

ALL_BYTES = bytes(range(256))
ALL_SAMPLES = np.arange(-32768, 32768).astype(np.int16)


def test_silence_is_zero_and_back() -> None:
    assert not g711.decode(SILENCE).any()
    assert g711.encode(np.zeros(160, dtype=np.int16)) == SILENCE
    assert g711.encode_float(np.zeros(1, dtype=np.float32)) == bytes([SILENCE_BYTE])


@pytest.mark.parametrize(
    ("byte", "sample"),
    [
        (0x00, -32124),
        (0x80, 32124),
        (0x7F, 0),
        (0xFF, 0),
        (0xFE, 8),
        (0x7E, -8),
        (0x8F, 16764),
        (0x90, 15996),
    ],
)
def test_known_bytes(byte: int, sample: int) -> None:
    assert g711.decode(bytes([byte]))[0] == sample


def test_every_byte_comes_back() -> None:
    again = g711.encode(g711.decode(ALL_BYTES))
    # The two zeros are one sample.
    assert again == ALL_BYTES.replace(b"\x7f", b"\xff")


def test_encoding_is_monotonic_and_close() -> None:
    heard = g711.decode(g711.encode(ALL_SAMPLES)).astype(int)
    assert (np.diff(heard) >= 0).all()
    error = np.abs(heard - ALL_SAMPLES)
    assert (error <= np.abs(ALL_SAMPLES.astype(int)) / 16 + 8).all()


def test_floats_are_clipped() -> None:
    loud = g711.encode_float(np.array([2.0, -2.0], dtype=np.float32))
    assert list(g711.decode(loud)) == [32124, -32124]


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="audioop is gone from Python 3.13")
def test_agrees_with_the_standard_library_in_every_bit() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import audioop

    assert g711.encode(ALL_SAMPLES) == audioop.lin2ulaw(ALL_SAMPLES.tobytes(), 2)
    assert g711.decode(ALL_BYTES).tobytes() == audioop.ulaw2lin(ALL_BYTES, 2)
