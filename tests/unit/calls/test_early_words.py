"""When words may be taken for all of a turn: at rest, finished, the voice behind them just fallen silent."""

from __future__ import annotations

import pytest

from copilot_desktop.calls.early_words import LIKELY_OVER, QUIET_MS, EarlyWords

LOUD, SOFT, NOISE = -20.0, -30.0, -55.0


class Party:
    """Speaks into an EarlyWords, frame by frame, and notes when words were told."""

    def __init__(self) -> None:
        self.words = EarlyWords()
        self.words.begin(0)
        self.at_ms = 0
        self.told_ms: list[int] = []
        self.again_ms: list[int] = []

    def hear(self, level_dbfs: float, duration_ms: int, *, is_speech: bool = True) -> None:
        for _ in range(duration_ms // 20):
            self.words.hear(level_dbfs, self.at_ms, is_speech=is_speech)
            self.at_ms += 20
            if self.words.sounds_again():
                self.again_ms.append(self.at_ms)
            elif self.words.are_all(self.at_ms):
                self.told_ms.append(self.at_ms)

    def understand(self, text: str, certainty: float = 1.0, *, covers_ms: int | None = None) -> None:
        covers_ms = self.at_ms if covers_ms is None else covers_ms
        self.words.take(text, certainty, covers_ms=covers_ms, now_ms=self.at_ms)


def test_words_known_before_the_end_are_told_as_soon_as_it_is_quiet() -> None:
    party = Party()
    party.hear(LOUD, 980)
    party.understand("My order is late.")
    party.hear(LOUD, 20)
    party.hear(NOISE, 400)
    assert party.told_ms == [1000 + QUIET_MS]


def test_words_of_all_sound_that_come_in_the_silence_rest_for_a_frame_only() -> None:
    party = Party()
    party.hear(LOUD, 1000)
    party.hear(NOISE, 300)
    party.understand("My order is late.")
    party.hear(NOISE, 200)
    assert party.told_ms == [1320]


def test_words_of_less_than_all_sound_must_rest_longer() -> None:
    party = Party()
    party.hear(LOUD, 1000)
    party.hear(NOISE, 300)
    party.understand("My order", covers_ms=800)
    party.hear(NOISE, 40)
    party.understand("My order is", covers_ms=800)
    party.hear(NOISE, 200)
    assert party.told_ms == [1420]


@pytest.mark.parametrize("certainty", [0.0, LIKELY_OVER - 0.01])
def test_unfinished_words_are_not_told(certainty: float) -> None:
    party = Party()
    party.hear(LOUD, 1000)
    party.understand("I want to", certainty)
    party.hear(NOISE, 1000)
    assert party.told_ms == []


def test_a_stop_within_a_word_tells_nothing_and_a_softer_syllable_is_voice() -> None:
    party = Party()
    party.hear(LOUD, 400)
    party.understand("My order is late.")
    for _ in range(5):
        party.hear(NOISE, 40)
        party.hear(SOFT, 100)
    assert party.told_ms == []


def test_a_detector_that_lingers_does_not_keep_the_words_back() -> None:
    party = Party()
    party.hear(LOUD, 1000)
    party.understand("My order is late.")
    party.hear(NOISE, 100, is_speech=True)
    assert len(party.told_ms) == 1


def test_steady_noise_is_no_voice_once_the_detector_says_so() -> None:
    party = Party()
    party.hear(LOUD, 1000)
    party.understand("My order is late.")
    party.hear(LOUD, 100, is_speech=False)
    assert len(party.told_ms) == 1


def test_the_same_words_are_told_once_until_the_voice_goes_on() -> None:
    party = Party()
    party.hear(LOUD, 1000)
    party.understand("My order")
    party.hear(NOISE, 500)
    party.hear(LOUD, 200)
    party.hear(NOISE, 100)
    assert (len(party.told_ms), party.again_ms) == (1, [])
    party.hear(LOUD, 300)
    assert len(party.again_ms) == 1
    # Who went on once is given more time.
    party.hear(NOISE, QUIET_MS)
    assert len(party.told_ms) == 1
    party.hear(NOISE, 60)
    assert len(party.told_ms) == 2
    party.understand("My order is late.")
    party.hear(NOISE, 100)
    assert len(party.told_ms) == 3


def test_a_new_turn_knows_nothing_of_the_last() -> None:
    party = Party()
    party.hear(LOUD, 1000)
    party.understand("My order is late.")
    party.words.begin(party.at_ms)
    party.hear(LOUD, 300)
    party.hear(NOISE, 300)
    assert party.told_ms == []
