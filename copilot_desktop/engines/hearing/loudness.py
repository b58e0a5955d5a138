"""Loudness: what the level of a party's sound tells, without any words: voice, stops, evidence of speech."""

from __future__ import annotations

from collections import deque
from enum import IntEnum

from copilot_desktop.audio.frame import FRAME_MS
from copilot_desktop.audio.level import SILENCE_DBFS

_FORGETS_DB = 0.1
"""A frame: the voice's loudness is that of its last seconds."""
_BELOW_VOICE_DB = 14.0
"""Loud is what is less than this below the voice. Sentences end with a fall of some 15 dB."""
_ABOVE_NOISE_DB = 5.0
_FLOOR_DBFS = -50.0
_NOISE_FRAMES = 75
"""The noise of the line is judged by the second and a half before a turn."""
_JUDGED_FRAMES = 1500
"""Of a long turn, the last half minute tells enough."""
_LEAST_MS = 80
"""Less is a click."""
_CLEAR_MS = 120
_STEADY_MS = 400
"""Sound this long that never gets softer …"""
_SPOKEN_MS, _SOFT_MS = 60, 120
"""So much loud, or at least soft sound is more of a word than its last breath."""
_BELOW_SOFT_DB = 20.0
_SOFTER_DB = 8.0
_SOFTER_SHARE = 0.08
"""… for at least this share of it is music, or a machine: speech rests between its sounds."""


class Evidence(IntEnum):
    """How much a turn's loudness speaks for somebody having spoken."""

    NONE = 0
    WEAK = 1
    """Loud, but as steady as music or a fan."""
    CLEAR = 2


class Loudness:
    """One party's. Every frame's level to `hear`; `begin` with each turn."""

    def __init__(self) -> None:
        self._before: deque[float] = deque(maxlen=_NOISE_FRAMES)
        self._noise_dbfs = SILENCE_DBFS
        self._levels: deque[float] = deque(maxlen=_JUDGED_FRAMES)
        self.voice_dbfs = SILENCE_DBFS
        self.loud_ms = 0
        """How much loud sound the turn has had."""
        self.quiet_ms = 0
        """How long nothing was loud, up to now."""
        self.loud_since_ms = self.soft_since_ms = 0
        """How much loud sound there was since the last `mark`, and how much that was at least soft."""

    def begin(self, levels: list[float]) -> None:
        """A turn began, some frames ago: `levels` are theirs."""
        # What belongs to the turn already is no noise.
        before = sorted(list(self._before)[: max(0, len(self._before) - len(levels))])
        self._noise_dbfs = before[len(before) // 2] if before else SILENCE_DBFS
        self._levels.clear()
        self.voice_dbfs = SILENCE_DBFS
        self.loud_ms = self.quiet_ms = 0
        self.mark()
        for level in levels:
            self._take(level)

    def hear(self, level_dbfs: float, *, is_in_turn: bool) -> None:
        """Take 20 ms."""
        if is_in_turn:
            self._take(level_dbfs)
        else:
            self._before.append(level_dbfs)

    def mark(self) -> None:
        """Count from here."""
        self.loud_since_ms = self.soft_since_ms = 0

    def has_spoken_since_mark(self) -> bool:
        """Whether there was more of a voice since then than the end of a sound."""
        return self.loud_since_ms >= _SPOKEN_MS or self.soft_since_ms >= _SOFT_MS

    def is_dip(self, ms: int) -> bool:
        """Whether a voice that was there has just been down for `ms`."""
        return self.quiet_ms >= ms and self.loud_ms >= _LEAST_MS

    def evidence(self) -> Evidence:
        """Return what the turn so far speaks for. Some 100 µs."""
        if self.loud_ms < _LEAST_MS:
            return Evidence.NONE
        limit_dbfs = self.limit_dbfs
        loud = [index for index, level in enumerate(self._levels) if level >= limit_dbfs]
        if not loud:
            return Evidence.NONE
        span = list(self._levels)[loud[0] : loud[-1] + 1]
        if len(span) * FRAME_MS < _STEADY_MS:
            return Evidence.CLEAR if self.loud_ms >= _CLEAR_MS else Evidence.WEAK
        loudest_dbfs = sorted(span)[-1 - len(span) // 10]
        softer = sum(level < loudest_dbfs - _SOFTER_DB for level in span)
        return Evidence.CLEAR if softer >= len(span) * _SOFTER_SHARE else Evidence.WEAK

    @property
    def limit_dbfs(self) -> float:
        """From where on sound counts as loud."""
        return max(self.voice_dbfs - _BELOW_VOICE_DB, self._noise_dbfs + _ABOVE_NOISE_DB, _FLOOR_DBFS)

    def _take(self, level_dbfs: float) -> None:
        self._levels.append(level_dbfs)
        self.voice_dbfs = max(level_dbfs, self.voice_dbfs - _FORGETS_DB)
        if level_dbfs >= max(
            self.voice_dbfs - _BELOW_SOFT_DB, self._noise_dbfs + _ABOVE_NOISE_DB, _FLOOR_DBFS
        ):
            self.soft_since_ms += FRAME_MS
        if level_dbfs >= self.limit_dbfs:
            self.loud_ms += FRAME_MS
            self.loud_since_ms += FRAME_MS
            self.quiet_ms = 0
        else:
            self.quiet_ms += FRAME_MS
