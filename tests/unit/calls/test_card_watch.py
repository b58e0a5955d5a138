"""CardWatch sees numbers across partials, pauses, utterances and keys; and leaves other numbers alone."""

from __future__ import annotations

import pytest

from copilot_desktop.calls.card_numbers import HIDDEN
from copilot_desktop.calls.card_watch import AFTER_MS, CardWatch
from copilot_desktop.calls.events import (
    CallId,
    Party,
    SuggestionId,
    SuggestionReady,
    UtteranceChanged,
    UtteranceFinished,
    UtteranceId,
)

CALL = CallId("CA0142")
CALLER, AI, AGENT = Party.CALLER, Party.ASSISTANT, Party.AGENT


class Watched:
    """A watch, what it told, and a clock that moves with what is said."""

    def __init__(self, *, is_on: bool = True) -> None:
        self.now_ms = 0
        self.found: list[tuple[int, int]] = []
        self.corrected: list[UtteranceFinished] = []
        self.watch = CardWatch(
            is_on=is_on,
            now_ms=lambda: self.now_ms,
            found=lambda start_ms, until_ms: self.found.append((start_ms, until_ms)),
            correct=self.corrected.append,
        )
        self._count = 0

    def says(self, text: str, party: Party = CALLER, *, after_ms: int = 500, unheard: str = "") -> str:
        """One utterance of a second, with a partial of half its words before."""
        self._count += 1
        self.now_ms += after_ms
        start_ms = self.now_ms
        words = text.split()
        self.now_ms += 500
        self.partly(" ".join(words[: len(words) // 2]), party, start_ms)
        self.now_ms += 500
        shown = self.watch.read(
            UtteranceFinished(
                call_id=CALL,
                at_ms=self.now_ms,
                utterance_id=UtteranceId(f"u{self._count}"),
                party=party,
                text=text,
                start_ms=start_ms,
                end_ms=self.now_ms,
                unheard=unheard,
            )
        )
        return shown.text + (f" / {shown.unheard}" if unheard else "")

    def partly(self, text: str, party: Party, start_ms: int) -> str:
        moving = UtteranceChanged(
            call_id=CALL,
            at_ms=self.now_ms,
            utterance_id=UtteranceId(f"u{self._count}"),
            party=party,
            text=text,
            start_ms=start_ms,
        )
        return self.watch.read(moving).text


def test_a_number_in_one_utterance_is_hidden_and_nothing_is_kept_for_five_seconds_after() -> None:
    call = Watched()
    assert call.says("It is 4111 1111 1111 1111, okay?") == f"It is {HIDDEN}, okay?"
    assert call.found[-1] == (500, 1500 + AFTER_MS)


def test_it_is_hidden_as_soon_as_the_thirteenth_digit_is_known() -> None:
    call = Watched()
    assert call.partly("four one double one double one double one", CALLER, 100) == (
        "four one double one double one double one"
    )
    assert call.found == []
    assert (
        call.partly("four one double one double one double one double one triple one", CALLER, 100) == HIDDEN
    )
    assert [start_ms for start_ms, _ in call.found] == [100]


def test_final_words_with_fewer_digits_stay_hidden() -> None:
    call = Watched()
    call.partly("My card is 4111 1111 1111 1111", CALLER, 0)
    finished = UtteranceFinished(
        call_id=CALL,
        at_ms=900,
        utterance_id=UtteranceId("u0"),
        party=CALLER,
        text="My card is 4111 1111 11",
        start_ms=0,
        end_ms=900,
    )
    assert call.watch.read(finished).text == f"My card is {HIDDEN}"


@pytest.mark.parametrize(
    "pieces",
    [
        ["4111 1111", "1111 1111"],
        ["4111", "1111", "and 1111", "1111."],
        ["Sure, it is four one double one", "uh, double one double one", "then 1111 1111, thanks"],
    ],
)
def test_a_number_in_pieces_is_hidden_and_what_stood_is_corrected(pieces: list[str]) -> None:
    call = Watched()
    shown = [call.says(piece) for piece in pieces]
    assert HIDDEN in shown[-1]
    assert "1" not in shown[-1]
    assert len(call.corrected) == len(pieces) - 1
    for fact in call.corrected:
        assert fact.is_correction
        assert HIDDEN in fact.text
        assert "1" not in fact.text
        assert "double" not in fact.text
    assert call.found[-1][0] == 500


def test_a_number_that_goes_on_after_its_thirteenth_digit_is_hidden_to_its_end() -> None:
    call = Watched()
    call.says("4111 1111 1111 1")
    assert call.says("11") == HIDDEN
    assert call.corrected == []


def test_the_date_and_the_code_behind_it_are_hidden_for_whoever_gave_it() -> None:
    call = Watched()
    call.says("4111 1111 1111 1111")
    assert (
        call.says("The code is 123, and it is for order 47.")
        == f"The code is {HIDDEN}, and it is for order 47."
    )
    assert call.says("Thank you, order 47293318 is paid.", AI) == "Thank you, order 47293318 is paid."
    assert call.says("And my order is 47293318.", after_ms=AFTER_MS) == "And my order is 47293318."


def test_a_long_pause_or_other_words_end_a_number() -> None:
    call = Watched()
    call.says("47293318")
    assert call.says("47293319", after_ms=9000) == "47293319"
    assert call.says("No, it is 47293310", after_ms=100) == "No, it is 47293310"
    assert call.found == []


def test_answers_between_the_pieces_do_not_help_a_card_through() -> None:
    call = Watched()
    call.says("4111 1111")
    call.says("Go on, please.", AI)
    assert call.says("1111") == "1111"
    call.says("And the rest?", AGENT)
    assert call.says("1111") == HIDDEN
    assert [fact.text for fact in call.corrected] == [HIDDEN, HIDDEN]


def test_an_order_and_a_phone_number_with_a_question_between_are_left_alone() -> None:
    call = Watched()
    assert call.says("47293318") == "47293318"
    call.says("Thank you. And your phone number?", AI)
    assert call.says("202 555 0142") == "202 555 0142"
    call.says("I have 202-555-0142.", AI)
    assert call.found == []
    assert call.corrected == []


def test_listening_noises_interrupt_nothing() -> None:
    call = Watched()
    call.says("4711 1111")
    call.says("Uh-huh.", AI)
    assert call.says("1111 2222") == HIDDEN


def test_words_that_were_cut_off_are_hidden_too() -> None:
    call = Watched()
    assert call.says("I heard 4111 1111 1111 1", AI, unheard="111 of yours") == (
        f"I heard {HIDDEN} / {HIDDEN} of yours"
    )
    assert call.says("Is it", AI, unheard="4111 1111 1111 1111?") == f"Is it / {HIDDEN}?"


def test_other_facts_are_masked_without_memory() -> None:
    call = Watched()
    ready = SuggestionReady(
        call_id=CALL,
        at_ms=0,
        suggestion_id=SuggestionId("s"),
        answers=None,
        text="Pay to 12345678901234, please.",
    )
    assert call.watch.masked(ready).text == f"Pay to {HIDDEN}, please."
    assert call.found == []


def test_keys_are_hidden_from_the_ninth_and_from_the_thirteenth_nothing_is_kept() -> None:
    call = Watched()
    shown = ""
    for digit in "4111111111111111":
        call.now_ms += 300
        shown += call.watch.pressed(digit)
    assert shown == "41111111" + "•" * 8
    assert call.found[0] == (300, 13 * 300 + AFTER_MS)
    assert call.watch.pressed("#") == "#"
    call.now_ms += 100
    assert call.watch.pressed("7") == "7"


def test_switched_off_it_hides_nothing() -> None:
    call = Watched(is_on=False)
    assert call.says("4111 1111 1111 1111") == "4111 1111 1111 1111"
    assert call.watch.mask("4111 1111 1111 1111") == "4111 1111 1111 1111"
    assert [call.watch.pressed("1") for _ in range(16)] == ["1"] * 16
    assert call.found == []
