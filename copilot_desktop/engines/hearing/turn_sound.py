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
_BELOW_SOFT_DB = 20.0
"""A voice drops by some 15 dB at the end of a sentence."""
_NOISE_DBFS = -50.0
_IDLE_LINE_DBFS = -60.0
_ABOVE_NOISE_DB = 5.0
_MEASURE_EVERY_FRAMES = 10
_LOUD_RANK = 10
"""The loudness that one frame in ten exceeds stands for the voice's own."""


class TurnSound:
    """Collects frames. Outside a turn only the last second and a half."""

    def __init__(self) -> None:
        self._frames: deque[AudioFrame] = deque()
        self._levels: deque[float] = deque()
        self._voice_dbfs = SILENCE_DBFS
        """How loud the voice of this turn is."""
        self._noise_dbfs = _IDLE_LINE_DBFS
        """How loud the line was before it."""
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
        if len(self._frames) % _MEASURE_EVERY_FRAMES == 0:
            self._measure_voice()
        if not self.is_open:
            while len(self._frames) > _IDLE_FRAMES:
                self._drop_first()

    def start(self, at_ms: int) -> None:
        """A turn began at `at_ms`; forget what lies well before."""
        if self.is_open:
            return
        self.is_open, self.start_ms = True, at_ms
        before = sorted(
            level for frame, level in zip(self._frames, self._levels, strict=True) if frame.at_ms < at_ms
        )
        self._noise_dbfs = max(_IDLE_LINE_DBFS, before[len(before) // 2]) if before else _IDLE_LINE_DBFS
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

    def has_spoken_since(self, at_ms: int) -> bool:
        """Whether 60 ms after `at_ms`, which a detector took for the end, are about as loud as the voice."""
        return self._is_louder(at_ms, _BELOW_LOUD_DB, _NOISE_DBFS, 3)

    def has_sounded_since(self, at_ms: int) -> bool:
        """Whether there may be speech, be it soft, in 40 ms after `at_ms`. In great noise: always."""
        return self._is_louder(at_ms, _BELOW_SOFT_DB, self._noise_dbfs + _ABOVE_NOISE_DB, 2)

    def is_loud_now(self) -> bool:
        """Whether the last 100 ms hold speech, as far as loudness can tell."""
        return self._is_louder(self.end_ms - 100, _BELOW_LOUD_DB, _NOISE_DBFS, 2)

    def has_fallen_now(self) -> bool:
        """Whether the last 40 ms lie far below the voice: its end, or a stop within a word."""
        return not self._is_louder(self.end_ms - 40, _BELOW_LOUD_DB, _NOISE_DBFS, 1)

    @property
    def last_loud_ms(self) -> int:
        """End of the last frame that is about as loud as the voice; the turn's start if there is none."""
        limit_dbfs = max(self._voice_dbfs - _BELOW_LOUD_DB, _NOISE_DBFS)
        for frame, level in zip(reversed(self._frames), reversed(self._levels), strict=True):
            if level > limit_dbfs:
                return frame.at_ms + FRAME_MS
        return self.start_ms

    def is_quiet_now(self) -> bool:
        """Whether the last 120 ms hold nothing, be it soft. In great noise: never."""
        return not self._is_louder(self.end_ms - 120, _BELOW_SOFT_DB, self._noise_dbfs + _ABOVE_NOISE_DB, 1)

    def _is_louder(self, at_ms: int, below_db: float, floor_dbfs: float, needed_frames: int) -> bool:
        limit_dbfs = max(self._voice_dbfs - below_db, floor_dbfs)
        count = 0
        for frame, level in zip(reversed(self._frames), reversed(self._levels), strict=True):
            if frame.at_ms < at_ms or count >= needed_frames:
                break
            count += level > limit_dbfs
        return count >= needed_frames

    def _measure_voice(self) -> None:
        ranked = sorted(self._levels, reverse=True)
        self._voice_dbfs = ranked[len(ranked) // _LOUD_RANK]

    def _drop_first(self) -> AudioFrame:
        self._levels.popleft()
        return self._frames.popleft()
