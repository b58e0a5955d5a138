"""WavHeader: finds the samples in a WAV file that comes in pieces, as some servers answer instead of PCM."""

from __future__ import annotations

import struct

_MOST_BYTES = 4096


class WavHeader:
    """Feed pieces until `rate_hz` is known; what it returns then are samples."""

    def __init__(self) -> None:
        self.rate_hz = 0
        self._held = b""

    def push(self, data: bytes) -> bytes:
        """Return the samples so far; empty until the header is whole.

        Raises:
            ValueError: it is no WAV file of one channel and 16 bits.
        """
        self._held += data
        if len(self._held) < 12:
            return b""
        if self._held[:4] != b"RIFF" or self._held[8:12] != b"WAVE":
            raise ValueError("not a WAV file")
        at = 12
        while at + 8 <= len(self._held):
            name, size = self._held[at : at + 4], struct.unpack_from("<I", self._held, at + 4)[0]
            if name == b"data":
                if not self.rate_hz:
                    raise ValueError("samples before their format")
                samples, self._held = self._held[at + 8 :], b""
                return samples
            if name == b"fmt " and at + 24 <= len(self._held):
                self._read_format(at + 8)
            at += 8 + size + size % 2
        if len(self._held) > _MOST_BYTES:
            raise ValueError("no samples in the first 4 kB")
        return b""

    def _read_format(self, at: int) -> None:
        kind, channels, rate_hz = struct.unpack_from("<HHI", self._held, at)
        bits = struct.unpack_from("<H", self._held, at + 14)[0]
        if kind not in (1, 0xFFFE) or channels != 1 or bits != 16:
            raise ValueError("not 16-bit PCM of one channel")
        self.rate_hz = rate_hz
