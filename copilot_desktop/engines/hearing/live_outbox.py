"""LiveOutbox: sound on its way into a realtime session, in order, in the agreed format, never too fast."""

from __future__ import annotations

import base64
from collections import deque
from collections.abc import Callable
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import FRAME_BYTES, FRAME_MS

_BATCH_FRAMES = 2
"""Sent together: half the work, for 10 ms on average."""
_BURST_MS = 700
"""The sound before a turn goes at once; after that no faster than …"""
_TIMES_REAL = 3.0
"""… this: services lose sound that comes much faster."""
_APPEND = '{"type":"input_audio_buffer.append","audio":"%s"}'
_TAPS = 32


class SoundForm(StrEnum):
    """How sound is written for a session."""

    ULAW = "audio/pcmu"
    PCM_24K = "audio/pcm"


class LiveOutbox:
    """One connection's. Sound and orders go in and leave in the same order; call `pump` until it is empty."""

    def __init__(self, send: Callable[[str], None], form: SoundForm, now_s: float) -> None:
        self._send = send
        self._tripler = _Tripler() if form is SoundForm.PCM_24K else None
        self._queue: deque[bytes | str] = deque()
        self._ahead_ms = 0.0
        """How much more sound was sent than time has passed, at the fastest pace allowed."""
        self._pumped_s = now_s
        self._frames: list[bytes] = []
        self.sent_ms = 0
        """All sound that was sent."""

    @property
    def is_empty(self) -> bool:
        """Whether all was sent, but for a last frame."""
        return not self._queue

    def push(self, sound: bytes) -> None:
        """Queue a frame of µ-law. The bound is the caller's: it gives only what it keeps itself."""
        self._queue.append(sound)

    def order(self, text: str) -> None:
        """Queue an event, which goes after all sound before it."""
        self._queue.append(text)

    def pump(self, now_s: float, *, is_urgent: bool = False) -> float | None:
        """Send what may go; return after how many seconds more may, None: nothing waits.

        A last single frame waits for the next one unless it `is_urgent`.
        """
        passed_ms = (now_s - self._pumped_s) * 1000
        self._pumped_s = now_s
        self._ahead_ms = max(0.0, self._ahead_ms - passed_ms * _TIMES_REAL)
        while self._queue:
            item = self._queue[0]
            if isinstance(item, bytes):
                if self._ahead_ms >= _BURST_MS:
                    break
                self._take(item)
            else:
                self._flush()
                self._send(item)
            self._queue.popleft()
        if is_urgent or len(self._frames) >= _BATCH_FRAMES:
            self._flush()
        if not self._queue:
            return FRAME_MS / 1000 if self._frames else None
        return max(0.005, (self._ahead_ms - _BURST_MS + FRAME_MS) / 1000 / _TIMES_REAL)

    def _take(self, frame: bytes) -> None:
        self._frames.append(frame)
        self._ahead_ms += FRAME_MS
        if len(self._frames) >= _BATCH_FRAMES * 4:
            self._flush()

    def _flush(self) -> None:
        if not self._frames:
            return
        sound = b"".join(self._frames)
        self._frames = []
        self.sent_ms += len(sound) // FRAME_BYTES * FRAME_MS
        data = sound if self._tripler is None else self._tripler.push(g711.decode(sound))
        self._send(_APPEND % base64.b64encode(data).decode())


class _Tripler:
    """8 → 24 kHz, s16le: a low-pass filter on the stream with two zeros after each sample. Delay: 2 ms."""

    def __init__(self) -> None:
        count = 3 * _TAPS
        place = np.arange(count) - (count - 1) / 2
        taps = np.sinc(place / 3) * np.kaiser(count, 6.0)
        # One filter for each of the three outputs of an input.
        self._phases = [
            (part / part.sum()).astype(np.float32) for part in (taps[0::3], taps[1::3], taps[2::3])
        ]
        self._history = np.zeros(_TAPS - 1, np.float32)

    def push(self, pcm: NDArray[np.int16]) -> bytes:
        """Return three times as many samples as `pcm` has."""
        line = np.concatenate((self._history, pcm.astype(np.float32)))
        self._history = line[len(line) - len(self._history) :]
        out = np.empty((len(pcm), 3), np.float32)
        for index, phase in enumerate(self._phases):
            out[:, index] = np.convolve(line, phase, mode="valid")
        return np.clip(np.rint(out), -32768, 32767).astype("<i2").tobytes()
