"""AudioFrame: the unit in which sound walks through the program."""

from __future__ import annotations

from dataclasses import dataclass

FRAME_MS = 20
SAMPLE_RATE_HZ = 8000
FRAME_BYTES = SAMPLE_RATE_HZ * FRAME_MS // 1000
"""160: one byte a sample in G.711 µ-law."""

SILENCE_BYTE = 0xFF
"""Decodes to 0. The byte 0x00 would decode to −32124, a loud buzz."""

SILENCE = bytes([SILENCE_BYTE]) * FRAME_BYTES


@dataclass(frozen=True, slots=True)
class AudioFrame:
    """20 ms of G.711 µ-law, 8 kHz, mono: exactly `FRAME_BYTES` bytes.

    `at_ms` is the time of its first sample on the caller's own clock: milliseconds since the call
    rang, advancing by `FRAME_MS` a frame without holes.
    """

    data: bytes
    at_ms: int


def pad(data: bytes) -> bytes:
    """Return `data` filled up with silence to a whole number of frames."""
    missing = -len(data) % FRAME_BYTES
    return data + bytes([SILENCE_BYTE]) * missing if missing else data
