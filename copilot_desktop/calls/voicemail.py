"""Voicemail: when a caller's message begins and ends. Pure; its clock is the caller's own sound."""

from __future__ import annotations

_NOTHING_SAID_MS = 10_000


class Voicemail:
    """Begins with the tone. Feed every frame; the first that returns True is the message's end."""

    def __init__(self, *, pause_ms: int, limit_ms: int) -> None:
        self._pause_ms, self._limit_ms = pause_ms, limit_ms
        self._began_ms: int | None = None
        self._last_speech_ms = 0
        self.has_words = False
        """The caller said something."""
        self.is_over = False

    def hear(self, is_speaking: bool, at_ms: int) -> bool:
        """Take whether the caller is heard in the frame at `at_ms`; return whether it ends the message."""
        if self.is_over:
            return False
        if self._began_ms is None:
            self._began_ms = at_ms
        if is_speaking:
            self.has_words, self._last_speech_ms = True, at_ms
        if self.has_words:
            silence_ms, needed_ms = at_ms - self._last_speech_ms, self._pause_ms
        else:
            silence_ms, needed_ms = at_ms - self._began_ms, max(self._pause_ms, _NOTHING_SAID_MS)
        self.is_over = silence_ms >= needed_ms or at_ms - self._began_ms >= self._limit_ms
        return self.is_over
