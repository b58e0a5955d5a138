"""EarlyWords: when the words of a running turn may be taken for all of it, before a pause says so.

A detector lets go of a voice some 60 to 190 ms after its end; loudness tells at once. A voice that has just
fallen silent, behind words that have come to rest and look finished, is most likely done.
"""

from __future__ import annotations

from copilot_desktop.audio.frame import FRAME_MS
from copilot_desktop.audio.level import SILENCE_DBFS

QUIET_MS = 60
"""Mostly the end; a stop between two sounds of one word is longer now and then …"""
_MORE_QUIET_MS = 60
"""… so who went on after that must be silent for so much longer the next time."""
LIKELY_OVER = 0.6
"""Certainty from which an answer is worth its beginning."""
_BELOW_VOICE_DB = 15.0
_FORGETS_DB = 0.1
"""A frame: the voice's loudness is that of its last seconds."""
_STILL_MS = 20
"""Words that cover all sound rest when nothing has come for a frame …"""
_SETTLED_MS = 80
"""… others when nothing has come for so long."""
_SOUNDS_AGAIN_MS = 300


class EarlyWords:
    """One party's. `begin` with each turn, then every frame to `hear` and all moving words to `take`."""

    def __init__(self) -> None:
        self.begin(0)

    def begin(self, at_ms: int) -> None:
        """A turn began."""
        self._voice_dbfs = SILENCE_DBFS
        self._quiet_ms = self._loud_ms = 0
        self._last_loud_ms = at_ms
        self._text = ""
        self._certainty = 0.0
        self._covers_ms = self._came_ms = 0
        self._told = ""
        self._needed_quiet_ms = QUIET_MS

    @property
    def certainty(self) -> float:
        """How likely the newest words end the turn."""
        return self._certainty

    def hear(self, level_dbfs: float, at_ms: int, *, is_speech: bool) -> None:
        """Take one frame's loudness, and whether a detector holds it for speech."""
        self._voice_dbfs = max(level_dbfs, self._voice_dbfs - _FORGETS_DB)
        if is_speech and level_dbfs >= self._voice_dbfs - _BELOW_VOICE_DB:
            self._quiet_ms, self._loud_ms = 0, self._loud_ms + FRAME_MS
            self._last_loud_ms = at_ms + FRAME_MS
        else:
            self._quiet_ms += FRAME_MS
            if self._quiet_ms >= QUIET_MS:
                self._loud_ms = 0

    def is_new(self, text: str) -> bool:
        """Tell whether `text` differs from the newest words."""
        return text != self._text

    def take(self, text: str, certainty: float, *, covers_ms: int, now_ms: int) -> None:
        """Take the newest words, which were heard in the sound up to `covers_ms`."""
        if text != self._text:
            self._came_ms = now_ms
        self._text, self._certainty, self._covers_ms = text, certainty, covers_ms

    def are_all(self, now_ms: int) -> bool:
        """Tell, once for the same words, that they may be all."""
        if not self._text or self._text == self._told or self._certainty < LIKELY_OVER:
            return False
        needed_ms = _STILL_MS if self._covers_ms >= self._last_loud_ms else _SETTLED_MS
        if self._quiet_ms < self._needed_quiet_ms or now_ms - self._came_ms < needed_ms:
            return False
        self._told = self._text
        self._needed_quiet_ms += _MORE_QUIET_MS
        return True

    def sounds_again(self) -> bool:
        """Tell, once, that the voice goes on after its words were told."""
        if not self._told or self._loud_ms < _SOUNDS_AGAIN_MS:
            return False
        self._told = ""
        return True
