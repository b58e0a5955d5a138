"""Whose turn it is, frame by frame."""

from __future__ import annotations

from copilot_desktop.audio.frame import FRAME_MS
from copilot_desktop.calls.turns import IntervalMeter, TurnSignal, TurnTaker, TurnTiming

S = TurnSignal


class Line:
    """Feeds stretches of speech and silence to a TurnTaker and keeps (at_ms, signal)."""

    def __init__(self) -> None:
        self.taker = TurnTaker()
        self.at_ms = 0
        self.signals: list[tuple[int, TurnSignal]] = []

    def hear(self, probability: float, duration_ms: int) -> list[TurnSignal]:
        new: list[TurnSignal] = []
        for _ in range(duration_ms // FRAME_MS):
            signals = self.taker.hear(probability, self.at_ms)
            new += signals
            self.signals += [(self.at_ms, signal) for signal in signals]
            self.at_ms += FRAME_MS
        return new

    def time_of(self, signal: TurnSignal) -> int:
        return next(at_ms for at_ms, seen in self.signals if seen is signal)


def test_a_click_is_no_turn() -> None:
    line = Line()
    assert line.hear(0.9, 20) == []
    assert line.hear(0.1, 1000) == []
    assert not line.taker.is_open


def test_a_finished_sentence_ends_soon_after_its_words_are_known() -> None:
    line = Line()
    assert line.hear(0.9, 1000) == [S.SPEECH_STARTED]
    assert line.hear(0.1, 160) == [S.PAUSED]
    assert line.taker.words(1.0) == []
    assert line.hear(0.1, 200) == [S.TURN_ENDED]
    assert line.time_of(S.TURN_ENDED) + FRAME_MS - 1000 == TurnTiming().end_ms


def test_words_that_come_late_end_the_turn_at_once() -> None:
    line = Line()
    line.hear(0.9, 1000)
    assert line.hear(0.1, 700) == [S.PAUSED]
    assert line.taker.words(1.0) == [S.TURN_ENDED]


def test_unfinished_words_hold_the_turn_open() -> None:
    line = Line()
    line.hear(0.9, 1000)
    line.hear(0.1, 200)
    assert line.taker.words(0.1) == []
    assert line.hear(0.1, 900) == []
    assert line.hear(0.1, 600) == [S.TURN_ENDED]


def test_silence_without_words_ends_at_the_limit() -> None:
    line = Line()
    line.hear(0.9, 1000)
    line.hear(0.1, 3000)
    assert line.time_of(S.TURN_ENDED) + FRAME_MS - 1000 == TurnTiming().limit_ms


def test_going_on_after_a_pause_forgets_what_the_words_promised() -> None:
    line = Line()
    line.hear(0.9, 1000)
    line.hear(0.1, 160)
    line.taker.words(1.0)
    assert line.hear(0.9, 400) == [S.SPEECH_RESUMED]
    assert line.taker.words(1.0) == []
    assert line.hear(0.1, 400) == [S.PAUSED]


def test_breath_in_a_pause_does_not_resume() -> None:
    line = Line()
    line.hear(0.9, 1000)
    line.hear(0.1, 160)
    assert S.SPEECH_RESUMED not in line.hear(0.45, 60)
    assert S.SPEECH_RESUMED not in line.hear(0.9, 20)


def test_stale_words_between_turns_do_nothing() -> None:
    taker = TurnTaker()
    assert taker.words(1.0) == []


def ends_after_ms(line: Line, certainty: float = 1.0) -> int:
    """Speak, fall silent, know the words; return how much silence ended the turn."""
    line.hear(0.9, 600)
    begun_ms = line.at_ms
    line.hear(0.1, 160)
    line.taker.words(certainty)
    while line.taker.is_open:
        line.hear(0.1, FRAME_MS)
    return line.at_ms - begun_ms


def test_who_went_on_after_the_end_is_waited_for_the_next_time() -> None:
    line = Line()
    usual_ms = ends_after_ms(line)
    line.hear(0.1, 600 - usual_ms)
    line.hear(0.9, 100)
    assert line.taker.gap_ms == 600
    line.taker.went_on(600)
    line.hear(0.1, 3000)
    assert 600 < ends_after_ms(line) <= 720
    # It fades, and has its bounds.
    for _ in range(40):
        line.hear(0.1, 3000)
        ends_after_ms(line)
    assert ends_after_ms(line) == usual_ms
    for _ in range(10):
        line.taker.went_on(5000)
    assert ends_after_ms(line) <= usual_ms + 480


def test_pauses_that_were_waited_out_teach_patience_step_by_step() -> None:
    line = Line()
    usual_ms = ends_after_ms(line)
    line.hear(0.1, 2000)
    learned = []
    for _ in range(3):
        line.hear(0.9, 400)
        line.hear(0.1, 800)
        line.hear(0.9, 400)
        learned.append(line.taker.pace.extra_ms)
        line.hear(0.1, 3000)
    assert 0 < learned[0] < learned[1] < learned[2]
    assert ends_after_ms(line) > usual_ms


def test_a_later_turn_is_a_turn_of_its_own() -> None:
    line = Line()
    ends_after_ms(line)
    line.hear(0.1, 1300)
    line.hear(0.9, 100)
    assert line.taker.gap_ms is None


def test_intervals_close_short_gaps() -> None:
    meter = IntervalMeter(gap_ms=200)
    seen = []
    pattern = [True] * 10 + [False] * 5 + [True] * 10 + [False] * 20
    for index, is_speech in enumerate(pattern):
        if interval := meter.hear(is_speech, index * FRAME_MS):
            seen.append(interval)
    assert seen == [(0, 500)]
    assert meter.finish() is None
