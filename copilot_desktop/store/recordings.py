"""Two-channel recordings, written as the calls go by one thread. Implements the Recordings port."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path

from copilot_desktop.audio.frame import SAMPLE_RATE_HZ, SILENCE_BYTE
from copilot_desktop.calls.errors import StoreError
from copilot_desktop.calls.events import CallId
from copilot_desktop.store.wav import WavFile

log = logging.getLogger("copilot.store")

_ROUND_S = 0.25
"""Between two rounds of writing; a killed program loses no more than this."""
_CLOSE_S = 3.0
QUEUE_LIMIT_BYTES = 30 * SAMPLE_RATE_HZ
"""Half a minute of a call that the disk may be behind."""


class WavRecording:
    """One call's sound on its way to the disk. Made by `WavRecordings.open`."""

    def __init__(self, file: WavFile, on_problem: Callable[[StoreError], None], limit_bytes: int) -> None:
        self._file, self._on_problem, self._limit_bytes = file, on_problem, limit_bytes
        self._lock = threading.Lock()
        self._waiting: deque[tuple[bytes, bytes]] = deque()
        self._waiting_bytes = self._silent_bytes = 0
        self._length = file.length
        """Samples a side: on the disk, on the way there, and waiting."""
        self._blanks: list[tuple[int, int]] = []
        """Stretches to be silent, in samples. Only what was there when they were asked for."""
        self._is_closed = self._has_complained = False

    @property
    def length_ms(self) -> int:
        """How long the recording is with all that was written."""
        return self._length * 1000 // SAMPLE_RATE_HZ

    def write(self, caller: bytes, ours: bytes) -> None:
        """Queue the same stretch of µ-law for both sides; never waits.

        The shorter side is filled up with silence. When the disk is too far behind, silence is kept in place
        of the sound, so that times stay right.
        """
        length = max(len(caller), len(ours))
        with self._lock:
            if self._is_closed:
                return
            self._length += length
            if self._silent_bytes or self._waiting_bytes + length > self._limit_bytes:
                self._silent_bytes += length
            else:
                self._waiting.append((caller, ours))
                self._waiting_bytes += length
                return
        self._complain("The disk is too slow for the recording; a part of it is silent.")

    def blank(self, start_ms: int, end_ms: int) -> None:
        """Make a stretch of what was written silent on both sides, in this round; never waits.

        What still waits is silenced before it reaches the disk.
        """
        start, end = (max(0, time_ms) * SAMPLE_RATE_HZ // 1000 for time_ms in (start_ms, end_ms))
        with self._lock:
            if start < min(end, self._length):
                self._blanks.append((start, min(end, self._length)))

    def close(self) -> None:
        """No more sound comes; what waits is still written. Safe to call twice."""
        with self._lock:
            self._is_closed = True

    def reopen(self) -> None:
        """More sound comes after all."""
        with self._lock:
            self._is_closed = False

    def save(self) -> None:
        """Write what waits, and blank what is to be. Blocks; only the recordings' thread calls it."""
        with self._lock:
            waiting, self._waiting = self._waiting, deque()
            silent, self._silent_bytes = self._silent_bytes, 0
            self._waiting_bytes = 0
            blanks, self._blanks = self._blanks, []
        silence = bytes([SILENCE_BYTE]) * silent
        sides = [_without(_side(waiting, index) + silence, blanks, self._file.length) for index in (0, 1)]
        is_appended = False
        try:
            self._file.append(*sides)
            is_appended = True
            for start, end in blanks:
                self._file.blank(start, end)
        except OSError as error:
            if not is_appended:
                self._put_back(waiting, silent)
            with self._lock:
                self._blanks = blanks + self._blanks
            self._complain(f"The recording could not be written: {error.strerror}")

    def let_go(self, *, even_if_busy: bool = False) -> bool:
        """Close the file if nothing more is to be written, and return whether it is closed."""
        with self._lock:
            is_done = self._is_closed and not (self._waiting or self._silent_bytes or self._blanks)
            if is_done or even_if_busy:
                self._is_closed = True
                self._file.close()
            return is_done or even_if_busy

    def _put_back(self, waiting: deque[tuple[bytes, bytes]], silent: int) -> None:
        """Keep a failed round for the next one, before what came meanwhile."""
        with self._lock:
            if silent:
                # Lost sound lies between the two, so what came meanwhile is lost as well: times stay right.
                self._silent_bytes += silent + self._waiting_bytes
            else:
                waiting.extend(self._waiting)
            self._waiting = waiting
            self._waiting_bytes = sum(max(map(len, piece)) for piece in waiting)

    def _complain(self, sentence: str) -> None:
        if not self._has_complained:
            self._has_complained = True
            log.error("%s", sentence)
            self._on_problem(StoreError(sentence))


class WavRecordings:
    """The folder of recordings. A file is named by a hash of the call's id: no number, no name."""

    def __init__(
        self,
        folder: Path,
        *,
        on_problem: Callable[[StoreError], None] = lambda error: None,
        limit_bytes: int = QUEUE_LIMIT_BYTES,
    ) -> None:
        self._folder, self._on_problem, self._limit_bytes = folder, on_problem, limit_bytes
        self._open: dict[CallId, WavRecording] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._flushes: list[Future[None]] = []
        self._is_closing = False
        self._thread: threading.Thread | None = None

    def path(self, call: CallId) -> Path:
        """Return where the recording of `call` lies, or would lie."""
        return self._folder / (hashlib.sha256(call.encode()).hexdigest()[:32] + ".wav")

    def open(self, call: CallId) -> WavRecording:
        """Start the recording of `call`, or go on with it. Raises StoreError."""
        with self._lock:
            if self._is_closing:
                raise StoreError("The recordings are closed.")
            recording = self._open.get(call)
            if recording is not None:
                recording.reopen()
                return recording
            recording = self._open[call] = WavRecording(self._file(call), self._on_problem, self._limit_bytes)
            self._start()
            return recording

    def flush(self) -> Future[None]:
        """Return what is done once all sound given so far was written, or could not be."""
        done: Future[None] = Future()
        with self._lock:
            if self._thread is None or self._is_closing:
                done.set_result(None)
            else:
                self._flushes.append(done)
        self._wake.set()
        return done

    def blank(self, call: CallId, start_ms: int, end_ms: int) -> None:
        """Make a stretch of a recording silent; blocks where that is finished already. Raises StoreError."""
        with self._lock:
            recording = self._open.get(call)
            if recording is not None:
                recording.blank(start_ms, end_ms)
                self._wake.set()
                return
            if not self.path(call).exists():
                return
            start, end = (time_ms * SAMPLE_RATE_HZ // 1000 for time_ms in (start_ms, end_ms))
            try:
                with WavFile(self.path(call)) as file:
                    file.blank(start, end)
            except OSError as error:
                raise StoreError(f"The recording could not be changed: {error.strerror}") from None

    def has(self, call: CallId) -> bool:
        """Return whether there is a recording of `call`."""
        return self.path(call).exists()

    def delete(self, call: CallId) -> bool:
        """Delete the recording of `call`, if there is one; return False while it is written, or in use."""
        with self._lock:
            if call in self._open:
                return False
        try:
            self.path(call).unlink(missing_ok=True)
        except OSError as error:
            log.warning("a recording could not be deleted: %s", error.strerror)
            return False
        return True

    def mend(self, call: CallId) -> None:
        """Let the header of a recording that was cut off tell of all its sound. Raises StoreError."""
        if self.path(call).exists():
            self._file(call).close()

    def close(self) -> None:
        """Write what waits and stop. Blocks, for at most 3 s over a disk that hangs. Safe to call twice."""
        with self._lock:
            self._is_closing = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(_CLOSE_S)

    def _file(self, call: CallId) -> WavFile:
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            return WavFile(self.path(call))
        except OSError as error:
            raise StoreError(f"The recording could not be opened: {error.strerror}") from None

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="recordings", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        is_last = False
        while not is_last:
            self._wake.wait(_ROUND_S)
            self._wake.clear()
            with self._lock:
                is_last = self._is_closing
                flushes, self._flushes = self._flushes, []
            self._round(is_last=is_last)
            for done in flushes:
                # A cancelled one takes no answer.
                if done.set_running_or_notify_cancel():
                    done.set_result(None)

    def _round(self, *, is_last: bool) -> None:
        """Save every open recording; the lock is not held while the disk works, for `open` must not wait."""
        with self._lock:
            recordings = tuple(self._open.items())
        for call, recording in recordings:
            recording.save()
            with self._lock:
                if recording.let_go(even_if_busy=is_last):
                    del self._open[call]


def _side(waiting: deque[tuple[bytes, bytes]], index: int) -> bytes:
    """Join one side of what waits, each piece as long as the longer side."""
    return b"".join(piece[index].ljust(max(map(len, piece)), bytes([SILENCE_BYTE])) for piece in waiting)


def _without(sound: bytes, blanks: Sequence[tuple[int, int]], first: int) -> bytes:
    """Return `sound`, whose first sample has the number `first`, silent within `blanks`."""
    if not blanks:
        return sound
    cleaned = bytearray(sound)
    for start, end in blanks:
        start, end = max(0, start - first), min(end - first, len(cleaned))
        if start < end:
            cleaned[start:end] = bytes([SILENCE_BYTE]) * (end - start)
    return bytes(cleaned)
