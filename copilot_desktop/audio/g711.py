"""G.711 µ-law ⇄ 16-bit PCM, by table, for whole arrays at once."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

_BIAS = 33
_CLIP = 8159
_SEGMENT_ENDS = (0x3F, 0x7F, 0xFF, 0x1FF, 0x3FF, 0x7FF, 0xFFF, 0x1FFF)


def decode(ulaw: bytes | bytearray | memoryview) -> NDArray[np.int16]:
    """Return the samples of `ulaw`, one a byte, −32124 to 32124."""
    return _decode_table()[np.frombuffer(ulaw, dtype=np.uint8)]


def encode(pcm: NDArray[np.int16]) -> bytes:
    """Return one µ-law byte a sample. Silence (0) is 0xFF."""
    samples = np.ascontiguousarray(pcm, dtype=np.int16)
    return _encode_table()[samples.view(np.uint16)].tobytes()


def encode_float(sound: NDArray[np.float32]) -> bytes:
    """Return one µ-law byte a sample of `sound`, whose full scale is ±1; louder is clipped."""
    return encode((np.clip(sound, -1.0, 1.0) * 32767.0).astype(np.int16))


@cache
def _decode_table() -> NDArray[np.int16]:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    size = (((code & 0x0F) << 3) + 0x84 << ((code & 0x70) >> 4)) - 0x84
    return np.where(code & 0x80, -size, size).astype(np.int16)


@cache
def _encode_table() -> NDArray[np.uint8]:
    """The byte of each sample, in the order of the sample's bits read as an unsigned number."""
    linear = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32) >> 2
    size = np.minimum(np.abs(linear), _CLIP) + _BIAS
    segment = np.searchsorted(_SEGMENT_ENDS, size)
    code = (segment << 4) | ((size >> (segment + 1)) & 0x0F)
    # The largest sizes lie past the last segment and share its last step.
    code = np.where(segment >= 8, 0x7F, code)
    return (code ^ np.where(linear < 0, 0x7F, 0xFF)).astype(np.uint8)
