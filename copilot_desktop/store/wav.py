"""A two-channel WAV file that is valid at any moment: the caller left, our side right, 16-bit PCM, 8 kHz.

16-bit PCM takes twice the room of µ-law, 1.9 MB a minute, and every player opens it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import SAMPLE_RATE_HZ, SILENCE_BYTE

HEADER_BYTES = 44
_CHANNELS, _SAMPLE_BYTES = 2, 2
_FRAME_BYTES = _CHANNELS * _SAMPLE_BYTES
_MOST_BYTES = 0xFFFF_FFFF - HEADER_BYTES - _FRAME_BYTES
"""What the header's 32 bits can say: 37 hours. Sound beyond it is not kept."""


class WavFile:
    """Opens or makes `path` and continues after what is there. Methods block and raise OSError."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("r+b" if path.exists() else "x+b", buffering=0)
        try:
            self._data_bytes = _sound_bytes(path)
            self._file.truncate(HEADER_BYTES + self._data_bytes)
            self._write_at(0, _header(self._data_bytes))
        except OSError:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def append(self, caller: bytes, ours: bytes) -> None:
        """Add the same stretch of µ-law for both sides; the shorter is filled up with silence.

        The sound is written before the header tells of it, so that a file cut anywhere can be opened.
        """
        length = min(max(len(caller), len(ours)), (_MOST_BYTES - self._data_bytes) // _FRAME_BYTES)
        if length <= 0:
            return
        sides = [g711.decode(side[:length].ljust(length, bytes([SILENCE_BYTE]))) for side in (caller, ours)]
        sound = np.stack(sides, axis=1).astype("<i2").tobytes()
        self._write_at(HEADER_BYTES + self._data_bytes, sound)
        self._write_at(0, _header(self._data_bytes + len(sound)))
        self._data_bytes += len(sound)

    @property
    def length(self) -> int:
        """Samples a side."""
        return self._data_bytes // _FRAME_BYTES

    def blank(self, start: int, end: int) -> None:
        """Write silence over both sides from sample `start` to `end`; the length and the header stay."""
        start, end = max(0, start), min(end, self.length)
        if start < end:
            self._write_at(HEADER_BYTES + start * _FRAME_BYTES, bytes((end - start) * _FRAME_BYTES))

    def close(self) -> None:
        """Safe to call twice."""
        self._file.close()

    def _write_at(self, place: int, data: bytes) -> None:
        """Write all of `data`. What a full disk cuts off is written again from `place` next time."""
        self._file.seek(place)
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]


def pieces(path: Path, length: int = 10 * SAMPLE_RATE_HZ) -> Iterator[NDArray[np.int16]]:
    """Yield a recording's sound in order, at most `length` rows of (caller, ours) at a time. Blocks.

    Raises OSError.
    """
    with path.open("rb") as file:
        file.seek(HEADER_BYTES)
        while data := file.read(length * _FRAME_BYTES):
            whole = len(data) - len(data) % _FRAME_BYTES
            yield np.frombuffer(data[:whole], dtype="<i2").reshape(-1, _CHANNELS)


def _sound_bytes(path: Path) -> int:
    """Return how much whole sound is there; a file too short for a header starts anew."""
    size = path.stat().st_size - HEADER_BYTES
    return max(0, size - size % _FRAME_BYTES)


def _header(data_bytes: int) -> bytes:
    rate = SAMPLE_RATE_HZ
    start = struct.pack("<4sI4s", b"RIFF", HEADER_BYTES - 8 + data_bytes, b"WAVE")
    shape = (1, _CHANNELS, rate, rate * _FRAME_BYTES, _FRAME_BYTES, 8 * _SAMPLE_BYTES)
    return start + struct.pack("<4sIHHIIHH", b"fmt ", 16, *shape) + struct.pack("<4sI", b"data", data_bytes)
