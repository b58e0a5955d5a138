"""TurnTaker: whose turn it is. Pure; its clock is the caller's own sound, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from copilot_desktop.audio.frame import FRAME_MS
from copilot_desktop.calls.pace import Pace


class TurnSignal(Enum):
    """What a frame of the caller changed."""

    SPEECH_STARTED = auto()
    """The caller begins an utterance."""
    PAUSED = auto()
    """A first short pause: ask for the words, begin an answer in hand."""
    SPEECH_RESUMED = auto()
    """Not over after all: throw the answer in hand away."""
    TURN_ENDED = auto()
    """The utterance is over."""


@dataclass(frozen=True, slots=True)
class TurnTiming:
    """How long silences mean what. Measured from the last frame held to be speech."""

    onset: float = 0.5
    """Probability of speech that begins an utterance …"""
    stay: float = 0.35
    """… and that keeps it going."""
    onset_ms: int = 40
    """Shorter bursts are clicks."""
    pause_ms: int = 140
    """The detector itself lets go some 60–190 ms after the last sound."""
    end_ms: int = 260
    """Silence that ends a turn whose words look finished."""
    hold_ms: int = 1500
    """Silence that ends a turn whose words look unfinished."""
    limit_ms: int = 1900
    """Silence that ends any turn, words known or not."""


_WENT_ON_WITHIN_MS = 1200
"""Who speaks again this soon after a turn was ended may not have been done."""
_HOLD_SHARE = 2
"""Who pauses long between words that look finished pauses longer still where they do not."""


class TurnTaker:
    """Turns probabilities of speech into signals; words make it sure earlier.

    Feed every frame to `hear`, and each answer to PAUSED to `words`. How long it waits follows the
    party's own pace, which it learns.
    """

    def __init__(self, timing: TurnTiming | None = None) -> None:
        self._timing = timing or TurnTiming()
        self.pace = Pace()
        self._onset_at_ms: int | None = None
        self._last_speech_ms = 0
        self._silence_ms = 0
        self._is_open = False
        self._has_paused = False
        self._certainty: float | None = None
        self._ended_at_ms: int | None = None
        self.gap_ms: int | None = None
        """The silence before the newest turn, if the one before may have been ended too soon."""

    @property
    def timing(self) -> TurnTiming:
        """The silences before anything was learned."""
        return self._timing

    @property
    def silence_ms(self) -> int:
        """How long no speech was heard within the running turn."""
        return self._silence_ms if self._is_open else 0

    def went_on(self, gap_ms: int) -> None:
        """Two turns with `gap_ms` between them were one: the first was ended too soon."""
        self.pace.went_on_after(gap_ms, self._timing.end_ms, was_held_over=True)

    @property
    def is_open(self) -> bool:
        """True from SPEECH_STARTED to TURN_ENDED."""
        return self._is_open

    @property
    def is_speaking(self) -> bool:
        """True while the caller is heard, false in a pause."""
        return self._is_open and not self._has_paused

    @property
    def last_speech_ms(self) -> int:
        """End of the last frame held to be speech."""
        return self._last_speech_ms

    def hear(self, probability: float, at_ms: int) -> list[TurnSignal]:
        """Take the probability of speech in the frame that starts at `at_ms`."""
        if not self._is_open:
            return self._wait_for_onset(probability, at_ms)
        # Coming back from a pause takes as much as an onset: breath and noise must not cancel an answer.
        needed = self._timing.onset if self._has_paused else self._timing.stay
        if probability >= needed:
            return self._continue(at_ms)
        self._onset_at_ms = None
        self._silence_ms = at_ms + FRAME_MS - self._last_speech_ms
        return self._grow_silence()

    def words(self, certainty: float) -> list[TurnSignal]:
        """Take the probability that the words up to the last PAUSED end a turn."""
        if not self._has_paused:
            return []
        self._certainty = certainty
        return self._end_if_due()

    def close(self) -> None:
        """Forget an open turn, without a signal."""
        self._is_open = self._has_paused = False
        self._onset_at_ms = self._certainty = None

    def _wait_for_onset(self, probability: float, at_ms: int) -> list[TurnSignal]:
        if probability < self._timing.onset:
            self._onset_at_ms = None
            return []
        if self._onset_at_ms is None:
            self._onset_at_ms = at_ms
        if at_ms + FRAME_MS - self._onset_at_ms < self._timing.onset_ms:
            return []
        self._is_open, self._has_paused, self._certainty = True, False, None
        self._look_back(self._onset_at_ms)
        self._speech_at(at_ms)
        return [TurnSignal.SPEECH_STARTED]

    def _look_back(self, start_ms: int) -> None:
        """A turn begins: was the one before over?"""
        ended_ms, self._ended_at_ms, self.gap_ms = self._ended_at_ms, None, None
        if ended_ms is None:
            return
        if start_ms - ended_ms <= _WENT_ON_WITHIN_MS:
            self.gap_ms = start_ms - self._last_speech_ms
        else:
            self.pace.ended_well()

    def _continue(self, at_ms: int) -> list[TurnSignal]:
        if not self._has_paused:
            self._speech_at(at_ms)
            return []
        if self._onset_at_ms is None:
            self._onset_at_ms = at_ms
        if at_ms + FRAME_MS - self._onset_at_ms < self._timing.onset_ms:
            return []
        pause_ms = self._onset_at_ms - self._last_speech_ms
        self.pace.went_on_after(pause_ms, self._timing.end_ms, was_held_over=False)
        self._speech_at(at_ms)
        self._has_paused, self._certainty = False, None
        return [TurnSignal.SPEECH_RESUMED]

    def _speech_at(self, at_ms: int) -> None:
        self._last_speech_ms = at_ms + FRAME_MS
        self._silence_ms = 0
        self._onset_at_ms = None

    def _grow_silence(self) -> list[TurnSignal]:
        if not self._has_paused and self._silence_ms >= self._timing.pause_ms:
            self._has_paused = True
            return [TurnSignal.PAUSED, *self._end_if_due()]
        return self._end_if_due()

    def _end_if_due(self) -> list[TurnSignal]:
        if not self._has_paused or self._silence_ms < self._needed_silence_ms():
            return []
        self._ended_at_ms = self._last_speech_ms + self._silence_ms
        self.close()
        return [TurnSignal.TURN_ENDED]

    def _needed_silence_ms(self) -> float:
        timing, extra_ms = self._timing, self.pace.extra_ms
        if self._certainty is None:
            return timing.limit_ms + extra_ms * _HOLD_SHARE
        hold_ms = timing.hold_ms - timing.end_ms + extra_ms * (_HOLD_SHARE - 1)
        return timing.end_ms + extra_ms + hold_ms * (1 - self._certainty)


class IntervalMeter:
    """Turns "heard in this frame" into intervals of speech, closing gaps shorter than `gap_ms`."""

    def __init__(self, gap_ms: int = 200) -> None:
        self._gap_ms = gap_ms
        self._start_ms: int | None = None
        self._end_ms = 0

    def hear(self, is_speech: bool, at_ms: int) -> tuple[int, int] | None:
        """Take one frame; return the interval that it closes, if any."""
        if is_speech:
            if self._start_ms is None:
                self._start_ms = at_ms
            self._end_ms = at_ms + FRAME_MS
            return None
        if self._start_ms is not None and at_ms + FRAME_MS - self._end_ms >= self._gap_ms:
            return self.finish()
        return None

    def finish(self) -> tuple[int, int] | None:
        """Close and return the interval under way, if any."""
        if self._start_ms is None:
            return None
        interval = (self._start_ms, self._end_ms)
        self._start_ms = None
        return interval
