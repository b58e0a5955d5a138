"""Ear: what the practice caller makes of the sound that is played to it."""

from __future__ import annotations

from copilot_desktop.audio import level
from copilot_desktop.audio.frame import FRAME_MS, SILENCE, AudioFrame
from copilot_desktop.calls.ports import SpeechDetector

_BEGINS = 0.5
_GOES_ON = 0.35
_SETTLED = 0.1


class Ear:
    """Tells when somebody talks, and keeps for each frame whether it could be heard at all.

    A line without any sound costs nothing: once the detector has settled, it is not asked about it.
    """

    def __init__(self, detector: SpeechDetector) -> None:
        self._detector = detector
        self._probability = 0.0
        self._at_ms = 0
        self._hears = False
        self.audible = bytearray()

    def hear(self, frame: bytes | None) -> bool:
        """Return whether somebody talks, after the next 20 ms; None: there was nothing."""
        self.audible.append(frame is not None and level.is_audible(frame))
        if frame is not None or self._probability > _SETTLED:
            self._probability = self._detector.hear(AudioFrame(frame or SILENCE, self._at_ms))
            self._at_ms += FRAME_MS
        self._hears = self._probability > (_GOES_ON if self._hears else _BEGINS)
        return self._hears
