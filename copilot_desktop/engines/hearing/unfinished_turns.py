"""UnfinishedTurns: what was fed and ordered since the last final words, so that another hearing can go on."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from copilot_desktop.audio.frame import FRAME_MS, AudioFrame
from copilot_desktop.audio.level import is_audible
from copilot_desktop.calls.ports import Hearing

_BEFORE_MS = 400
"""Sound before a turn's beginning that belongs to it."""
_IDLE_FRAMES = 60
"""1.2 s kept between turns: one is noticed only after it began."""
_LIMIT_FRAMES = 3000
"""A minute. Of longer turns the beginning is given up: its words have been told already."""
_OVERTAKING_FRAMES = 3


class Order(Enum):
    """What a hearing is told besides sound and a turn's beginning."""

    PAUSE = auto()
    COMMIT = auto()


@dataclass(frozen=True, slots=True)
class Started:
    """A turn began."""

    at_ms: int


Step = AudioFrame | Started | Order


def give(step: Step, hearing: Hearing) -> None:
    """Do with `hearing` what `step` says."""
    if isinstance(step, AudioFrame):
        hearing.feed(step)
    elif isinstance(step, Started):
        hearing.speech_started(step.at_ms)
    elif step is Order.PAUSE:
        hearing.pause()
    else:
        hearing.commit()


class UnfinishedTurns:
    """Takes every step of one party; `answered` lets go of the oldest turn that is committed."""

    def __init__(self) -> None:
        self._committed: deque[deque[Step]] = deque()
        self._now: deque[Step] = deque()
        self._frame_count = 0
        self._audible_count = 0
        self.is_open = False
        """True from a turn's beginning to its commit."""
        self.is_pause_owed = False
        """True while a pause waits for its words and nobody has spoken since."""

    @property
    def owed_count(self) -> int:
        """How many commits wait for their words."""
        return len(self._committed)

    @property
    def length_s(self) -> float:
        """How much sound waits for its final words."""
        return self._frame_count * FRAME_MS / 1000

    def take(self, step: Step) -> None:
        """Keep `step`."""
        if isinstance(step, AudioFrame):
            self._feed(step)
        elif isinstance(step, Started):
            self._start(step)
        elif step is Order.PAUSE:
            self.is_pause_owed, self._audible_count = True, 0
        else:
            self._commit()

    def answered(self) -> None:
        """The oldest commit has its words."""
        turn = self._committed.popleft()
        self._frame_count -= sum(isinstance(step, AudioFrame) for step in turn)

    def pause_answered(self) -> None:
        """The pause has its words."""
        self.is_pause_owed = False

    def steps(self) -> Iterator[Step]:
        """Yield what a hearing that knows nothing yet must be given. Not while steps are taken."""
        newest_ms = -1
        for step in itertools.chain.from_iterable([*self._committed, self._now]):
            if isinstance(step, AudioFrame):
                if step.at_ms <= newest_ms:
                    continue  # The sound before a turn was the end of the one before, too.
                newest_ms = step.at_ms
            yield step
        if self.is_pause_owed:
            yield Order.PAUSE

    def _start(self, step: Started) -> None:
        if self.is_open:
            return
        self.is_open = True
        begin_ms = step.at_ms - _BEFORE_MS
        while self._now and isinstance(first := self._now[0], AudioFrame) and first.at_ms < begin_ms:
            self._now.popleft()
            self._frame_count -= 1
        self._now.append(step)

    def _feed(self, frame: AudioFrame) -> None:
        self._now.append(frame)
        self._frame_count += 1
        if self.is_pause_owed and is_audible(frame.data):
            self._audible_count += 1
            self.is_pause_owed = self._audible_count < _OVERTAKING_FRAMES
        if not self.is_open and len(self._now) > _IDLE_FRAMES:
            self._now.popleft()
            self._frame_count -= 1
        elif self._frame_count > _LIMIT_FRAMES:
            self._drop_oldest()

    def _commit(self) -> None:
        before = [step for step in self._now if isinstance(step, AudioFrame)][-_IDLE_FRAMES:]
        self._now.append(Order.COMMIT)
        self._committed.append(self._now)
        self._now = deque(before)
        self._frame_count += len(before)
        self.is_open = self.is_pause_owed = False

    def _drop_oldest(self) -> None:
        for turn in (*self._committed, self._now):
            # At most the turn's beginning stands before its first frame.
            for place, step in enumerate(itertools.islice(turn, 2)):
                if isinstance(step, AudioFrame):
                    del turn[place]
                    self._frame_count -= 1
                    return
