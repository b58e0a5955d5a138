"""Cutting growing text into sentences."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from copilot_desktop.calls.sentences import SentenceCutter


def test_a_sentence_stands_when_the_next_word_begins() -> None:
    cutter = SentenceCutter()
    assert cutter.feed("I can see", is_complete=False) == []
    assert cutter.feed("I can see it.", is_complete=False) == []
    assert cutter.feed("I can see it. Shall", is_complete=False) == ["I can see it."]
    assert cutter.feed("I can see it. Shall we?", is_complete=True) == ["Shall we?"]


def test_abbreviations_and_amounts_do_not_end_a_sentence() -> None:
    text = "Mr. Gray pays 4.90 dollars at 9 a.m. tomorrow. Fine."
    assert SentenceCutter().feed(text, is_complete=True) == [
        "Mr. Gray pays 4.90 dollars at 9 a.m. tomorrow.",
        "Fine.",
    ]


def grown(text: str) -> list[str]:
    """All pieces of `text`, which comes word by word."""
    cutter, pieces, so_far = SentenceCutter(), [], ""
    for word in text.split():
        so_far = f"{so_far} {word}".strip()
        pieces += cutter.feed(so_far, is_complete=False)
    return pieces + cutter.feed(text, is_complete=True)


def test_the_first_clause_goes_first_and_later_ones_stay_whole() -> None:
    text = "Yes, I can see your order, and it leaves us today. It is large, so take care."
    assert grown(text) == [
        "Yes, I can see your order,",
        "and it leaves us today.",
        "It is large, so take care.",
    ]
    assert grown("I have found the blue ones for you and they leave today.") == [
        "I have found the blue ones for you",
        "and they leave today.",
    ]
    assert grown("That costs 1,250 dollars – for all of it.")[0] == "That costs 1,250 dollars –"


def test_a_short_sentence_that_stands_is_not_torn() -> None:
    assert SentenceCutter().feed("I can see it, Sam. Shall we?", is_complete=True) == [
        "I can see it, Sam.",
        "Shall we?",
    ]
    assert grown("Salt and pepper.") == ["Salt and pepper."]


@given(st.text(alphabet="ab ,and.!?\n", max_size=60), st.integers(1, 7))
def test_no_word_is_lost_however_the_text_grows(text: str, step: int) -> None:
    cutter, out = SentenceCutter(), []
    for end in range(0, len(text), step):
        out += cutter.feed(text[:end], is_complete=False)
    out += cutter.feed(text, is_complete=True)
    assert " ".join(out).split() == text.split()
