"""TurnSound: the frames of one party's running turn, and what was loud in them."""

from __future__ import annotations

from collections import deque

from copilot_desktop.audio.frame import FRAME_MS, AudioFrame
from copilot_desktop.audio.level import SILENCE_DBFS, dbfs

_IDLE_FRAMES = 75
"""1.5 s kept between turns: speech is noticed only after it began."""
_BEFORE_FRAMES = 10
"""200 ms kept before the given beginning, so that no consonant is cut."""
_SEGMENT_FRAMES = 1250
"""25 s: a turn as long as this is cut."""
_LATEST_CUT_FRAMES = 350
"""The cut is looked for in the last 7 s …"""
_CUT_FRAMES = 10
"""… in the middle of the quietest 200 ms."""
_BELOW_LOUD_DB = 12.0
_NEVER_SPEECH_DBFS = -50.0
_LOUD_RANK = 10
"""The loudness that one frame in ten exceeds stands for the voice's own."""


class TurnSound:
    """Collects frames. Outside a turn only the last second and a half."""

    def __init__(self) -> None:
        self._frames: deque[AudioFrame] = deque()
        self._levels: deque[float] = deque()
        self.is_open = False
        """True from `start` to `finish`."""
        self.start_ms = 0
        """Where the turn began."""

    @property
    def end_ms(self) -> int:
        """End of the newest frame."""
        return self._frames[-1].at_ms + FRAME_MS if self._frames else self.start_ms

    @property
    def frame_count(self) -> int:
        """How many frames wait."""
        return len(self._frames)

    def add(self, frame: AudioFrame) -> None:
        """Keep `frame`. Some 10 µs."""
        self._frames.append(frame)
        self._levels.append(dbfs(frame.data))
        if not self.is_open:
            while len(self._frames) > _IDLE_FRAMES:
                self._drop_first()

    def start(self, at_ms: int) -> None:
        """A turn began at `at_ms`; forget what lies well before."""
        if self.is_open:
            return
        self.is_open, self.start_ms = True, at_ms
        while self._frames and self._frames[0].at_ms < at_ms - _BEFORE_FRAMES * FRAME_MS:
            self._drop_first()

    def finish(self) -> None:
        """The turn is over; nothing of it is needed any more."""
        self.is_open = False
        self._frames.clear()
        self._levels.clear()

    def sound(self) -> bytes:
        """Return the µ-law of all frames."""
        return b"".join(frame.data for frame in self._frames)

    def is_too_long(self) -> bool:
        """Whether it is time for `cut`."""
        return self.is_open and len(self._frames) >= _SEGMENT_FRAMES

    def cut(self) -> bytes:
        """Take the turn's sound up to a quiet place out, and return it."""
        levels = list(self._levels)
        first = len(levels) - _LATEST_CUT_FRAMES
        places = range(max(0, first), len(levels) - _CUT_FRAMES)
        quietest = min(places, key=lambda place: sum(levels[place : place + _CUT_FRAMES]))
        taken = [self._drop_first() for _ in range(quietest + _CUT_FRAMES // 2)]
        return b"".join(frame.data for frame in taken)

    def has_spoken_since(self, at_ms: int, needed_frames: int = 3) -> bool:
        """Whether at least that many frames after `at_ms` are about as loud as the voice of this turn."""
        limit_dbfs = max(self._voice_dbfs() - _BELOW_LOUD_DB, _NEVER_SPEECH_DBFS)
        count = 0
        for frame, level in zip(reversed(self._frames), reversed(self._levels), strict=True):
            if frame.at_ms < at_ms or count >= needed_frames:
                break
            count += level > limit_dbfs
        return count >= needed_frames

    def is_loud_now(self) -> bool:
        """Whether the last 100 ms hold speech, as far as loudness can tell."""
        return self.has_spoken_since(self.end_ms - 5 * FRAME_MS, 2)

    def _voice_dbfs(self) -> float:
        ranked = sorted(self._levels, reverse=True)
        return ranked[len(ranked) // _LOUD_RANK] if ranked else SILENCE_DBFS

    def _drop_first(self) -> AudioFrame:
        self._levels.popleft()
        return self._frames.popleft()
