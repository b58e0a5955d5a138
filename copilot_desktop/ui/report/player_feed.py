"""PlayerFeed: a recording made into sound to be played, a little ahead of time, in a thread of its own.

Why not Qt's own player: it knows no channels, so one voice alone could only be had from a second file.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from copilot_desktop.audio.frame import SAMPLE_RATE_HZ
from copilot_desktop.audio.stretch import STEP, Sound, Stretcher
from copilot_desktop.audio.upsample import FromPhone

log = logging.getLogger("copilot.ui")

RATE_HZ = 48000
SPEEDS = (0.75, 1.0, 1.25, 1.5, 2.0)
_HEADER_BYTES, _ROW_BYTES = 44, 4
_AHEAD = 25
"""Steps of 20 ms: half a second."""
_JOIN_S = 1.0


class Voices(StrEnum):
    """Who is to be heard."""

    BOTH = "both"
    CALLER = "caller"
    STAFF = "staff"


_MIX = {
    # Both, a little apart from each other: one ear alone is tiring.
    Voices.BOTH: np.array([[0.85, 0.4], [0.4, 0.85]], dtype=np.float32),
    Voices.CALLER: np.array([[1.0, 1.0], [0.0, 0.0]], dtype=np.float32),
    Voices.STAFF: np.array([[0.0, 0.0], [1.0, 1.0]], dtype=np.float32),
}
"""One row a side of the recording, one column an ear."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to play: from `at_ms` of the recording on."""

    at_ms: int
    speed: float = 1.0
    voices: Voices = Voices.BOTH


class Chunk(NamedTuple):
    """20 ms of 48 kHz, 16-bit, two ears. `at_ms`: where in the recording it begins."""

    at_ms: int
    pcm: bytes
    is_last: bool


class RecordedSound:
    """A recording's samples, by place. Methods block and raise OSError."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("rb")
        self.length = max(0, path.stat().st_size - _HEADER_BYTES) // _ROW_BYTES
        """Samples a side."""

    def read(self, at: int, count: int) -> Sound:
        """Return `count` rows of (caller, ours), full scale ±1, from `at`; beyond the ends it is silent."""
        made: Sound = np.zeros((count, 2), dtype=np.float32)
        first, last = max(at, 0), min(at + count, self.length)
        if first < last:
            self._file.seek(_HEADER_BYTES + first * _ROW_BYTES)
            data = self._file.read((last - first) * _ROW_BYTES)
            rows = np.frombuffer(data[: len(data) - len(data) % _ROW_BYTES], dtype="<i2").reshape(-1, 2)
            made[first - at : first - at + len(rows)] = rows / np.float32(32768)
        return made

    def close(self) -> None:
        """Safe twice."""
        self._file.close()


class Rendering:
    """One order being carried out, step by step. Blocks for the disk."""

    def __init__(self, sound: RecordedSound, order: Order) -> None:
        self._length, self._mix = sound.length, _MIX[order.voices]
        place = min(max(order.at_ms, 0) * SAMPLE_RATE_HZ // 1000, sound.length)
        self._stretcher = Stretcher(sound.read, place, order.speed)
        self._ears = (FromPhone(RATE_HZ), FromPhone(RATE_HZ))

    def next(self) -> Chunk:
        """Return the next 20 ms."""
        place = self._stretcher.place
        heard = self._stretcher.next() @ self._mix
        pcm = np.clip(np.rint(heard * 32767), -32768, 32767).astype(np.int16)
        ears = [ear.push(pcm[:, side]) for side, ear in enumerate(self._ears)]
        is_last = self._stretcher.place >= self._length
        at_ms = min(place, self._length) * 1000 // SAMPLE_RATE_HZ
        return Chunk(at_ms, np.stack(ears, axis=1).astype("<i2").tobytes(), is_last)


CHUNK_BYTES = STEP * RATE_HZ // SAMPLE_RATE_HZ * 4


class PlayerFeed:
    """`order` begins anew, `take` never waits; `close` ends the thread. All from one thread, Qt's."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._wake = threading.Condition()
        self._order: Order | None = None
        self._ready: deque[Chunk] = deque()
        self._is_closed = self._is_done = False
        self.has_failed = False
        """The recording cannot be read."""
        self._thread: threading.Thread | None = None

    def order(self, order: Order) -> None:
        """Throw away what is ready and play this."""
        with self._wake:
            self._order, self._is_done = order, False
            self._ready.clear()
            self._wake.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="player", daemon=True)
            self._thread.start()

    def take(self) -> Chunk | None:
        """Return the next piece if it is ready."""
        with self._wake:
            chunk = self._ready.popleft() if self._ready else None
            self._wake.notify()
            return chunk

    def close(self) -> None:
        """Make no more. Safe twice."""
        with self._wake:
            self._is_closed = True
            self._ready.clear()
            self._wake.notify()
        if self._thread is not None:
            self._thread.join(_JOIN_S)

    def _run(self) -> None:
        try:
            sound = RecordedSound(self._path)
        except OSError as error:
            self._fail(error)
            return
        try:
            self._make(sound)
        except OSError as error:
            self._fail(error)
        finally:
            sound.close()

    def _make(self, sound: RecordedSound) -> None:
        order: Order | None = None
        rendering: Rendering | None = None
        while True:
            with self._wake:
                self._wake.wait_for(self._has_work)
                if self._is_closed:
                    return
                if self._order is not None:
                    order, self._order = self._order, None
                    rendering = Rendering(sound, order)
            assert rendering is not None
            chunk = rendering.next()
            with self._wake:
                # A newer order has come meanwhile: this piece belongs to the old one.
                if self._order is None:
                    self._ready.append(chunk)
                    self._is_done = chunk.is_last

    def _has_work(self) -> bool:
        is_behind = not self._is_done and len(self._ready) < _AHEAD
        return self._is_closed or self._order is not None or is_behind

    def _fail(self, error: OSError) -> None:
        log.warning("a recording cannot be played: %s", error.strerror)
        self.has_failed = True
