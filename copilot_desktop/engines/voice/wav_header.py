"""WavHeader: finds the samples in a WAV file that comes in pieces, as some servers answer instead of PCM."""

from __future__ import annotations

import struct

_MOST_BYTES = 4096
_UNKNOWN_BYTES = 0x7FFFF000
"""Who writes a file while it is being made puts the largest number there is, or 0, for its length."""
_RATES_HZ = range(8000, 96001)
_PCM, _EXTENSIBLE = 1, 0xFFFE


class WavHeader:
    """Feed it the file; what it returns are samples, of `rate_hz` once there are any."""

    def __init__(self) -> None:
        self.rate_hz = 0
        self._held = b""
        self._left: int | None = None
        """Bytes of samples still to come; what follows them is no sound."""

    def push(self, data: bytes) -> bytes:
        """Return the samples in `data`; empty until the header is whole.

        Raises:
            ValueError: it is no WAV file of one channel and 16 bits.
        """
        if self._left is None:
            self._held += data
            data = self._find_samples()
        if self._left is None:
            return b""
        data = data[: self._left]
        self._left -= len(data)
        return data

    def _find_samples(self) -> bytes:
        held = self._held
        if not b"RIFF".startswith(held[:4]) or not b"WAVE".startswith(held[8:12]):
            raise ValueError("not a WAV file")
        at = 12
        while at + 8 <= len(held):
            name, size = held[at : at + 4], struct.unpack_from("<I", held, at + 4)[0]
            if name == b"data":
                if not self.rate_hz:
                    raise ValueError("samples before their format")
                self._left = size if 0 < size < _UNKNOWN_BYTES else 1 << 62
                self._held = b""
                return held[at + 8 :]
            if name == b"fmt " and at + 24 <= len(held):
                self._read_format(at + 8)
            at += 8 + size + size % 2
        if len(held) > _MOST_BYTES:
            raise ValueError("no samples in the first 4 kB")
        return b""

    def _read_format(self, at: int) -> None:
        kind, channels, rate_hz = struct.unpack_from("<HHI", self._held, at)
        bits = struct.unpack_from("<H", self._held, at + 14)[0]
        if kind not in (_PCM, _EXTENSIBLE) or channels != 1 or bits != 16 or rate_hz not in _RATES_HZ:
            raise ValueError("not 16-bit PCM of one channel")
        self.rate_hz = rate_hz
