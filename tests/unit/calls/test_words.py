"""Listening noises and words that claim the turn, whole and in the making."""

from __future__ import annotations

import pytest

from copilot_desktop.calls.words import begins_with, is_real_words, same_words, words_missing


@pytest.mark.parametrize(
    "text", ["", "Uh-huh.", "Mm-hmm.", "Yes, okay.", "I see.", "Got it!", "Of course.", "…"]
)
def test_listening_noises_claim_nothing_and_nor_do_their_beginnings(text: str) -> None:
    words = text.split()
    for count in range(len(words) + 1):
        assert not is_real_words(" ".join(words[:count]))


@pytest.mark.parametrize("text", ["Stop.", "I want", "Yes, but", "All of it", "No.", "Got a question"])
def test_other_words_do(text: str) -> None:
    assert is_real_words(text)


def test_words_are_compared_without_capitals_and_punctuation() -> None:
    assert same_words("My order, please.", "my order please")
    assert begins_with("My order is late", "my ORDER")
    assert not begins_with("My order", "My order is")
    assert words_missing("Okay, and what now?", "okay") == 3
    assert words_missing("late order my", "My order is late.") == 0
