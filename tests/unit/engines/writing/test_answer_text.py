"""How a model's writing becomes what may be spoken, however it is cut into pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot_desktop.calls.events import Source
from copilot_desktop.calls.ports import Passage
from copilot_desktop.engines.writing.answer_text import MOST_WORDS, AnswerText
from copilot_desktop.engines.writing.fact_check import Evidence

BRIDGE = "Let me check that with a colleague."
FIRST = Passage("It takes 3 days.", Source(title="Delivery", heading="Times"), 0.9)
SECOND = Passage("It costs 5 dollars.", Source(title="Delivery", heading="Costs"), 0.8)


def made(*pieces: str, is_cut: bool = False) -> AnswerText:
    answer = AnswerText(Evidence([FIRST.text, SECOND.text]), [FIRST, SECOND], BRIDGE)
    for piece in pieces:
        answer.feed(piece)
    answer.finish(is_cut=is_cut)
    return answer


def said(*pieces: str, is_cut: bool = False) -> str:
    return made(*pieces, is_cut=is_cut).text.strip()


def test_the_first_word_shows_at_once() -> None:
    answer = AnswerText(Evidence(), [], BRIDGE)
    assert not answer.feed("Of")
    assert answer.feed(" course")
    assert answer.text == "Of"
    assert answer.feed(", I")
    assert answer.text == "Of course,"


def test_a_sentence_stands_with_a_blank_behind_it() -> None:
    answer = AnswerText(Evidence(), [], BRIDGE)
    answer.feed("Of course. Could")
    assert answer.text == "Of course. "


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("**Yes**, `of` course.", "Yes, of course."),
        ("# Answer\n- One thing.\n- Another thing.", "Answer One thing. Another thing."),
        ("1. Call us.\n2. Send it back.", "Call us. Send it back."),
        ("Assistant: Hello there!", "Hello there!"),
        ("Great 😀👍 news!", "Great news!"),
        ("See [our site](https://x.example) for more.", "See our site for more."),
        ("[smiles] Hello. [said by your human colleague] Bye.", "Hello. Bye."),
        ("It is   fine\tnow.", "It is fine now."),
        ("Dr. Lee, from 9 a.m. on, will call.", None),
        ("Write snake_case names.", "Write snake_case names."),
    ],
)
def test_marks_for_the_eye_are_not_spoken(written: str, spoken: str | None) -> None:
    answer = AnswerText(Evidence([written]), [], BRIDGE)
    answer.feed(written)
    answer.finish()
    assert answer.text.strip() == (spoken or written)


def test_citations_become_sources() -> None:
    answer = made("It takes 3 days [1]. It costs 5 dollars.[2] Anything else?")
    assert answer.text.strip() == "It takes 3 days. It costs 5 dollars. Anything else?"
    assert answer.sources == (FIRST.source, SECOND.source)


@pytest.mark.parametrize("mark", ["[1, 2]", "[1][2]", "【1】【2】", "[source 1] [2]"])
def test_citations_come_in_many_shapes(mark: str) -> None:
    answer = made(f"It takes 3 days {mark}.")
    assert answer.text.strip() == "It takes 3 days."
    assert answer.sources == (FIRST.source, SECOND.source)


def test_what_was_not_found_cannot_be_cited() -> None:
    answer = made("It takes 3 days [7]. Really [0].")
    assert answer.sources == ()
    assert "[" not in answer.text


def test_a_value_from_nowhere_is_not_said() -> None:
    answer = made("Gladly, I can tell you. It costs 45 dollars. Shall I note it?")
    assert answer.text.strip() == f"Gladly, I can tell you. {BRIDGE} Shall I note it?"
    assert answer.has_checked


def test_the_first_sentence_breaks_off_before_it() -> None:
    written = "The delivery of it costs 45 dollars. Is that fine?"
    assert (
        said(*(f"{word} " for word in written.split())) == f"The delivery of it costs… {BRIDGE} Is that fine?"
    )


def test_a_sentence_that_begins_with_it_is_left_out() -> None:
    assert said("45 ", "dollars ", "is ", "what ", "it ", "costs.") == BRIDGE


def test_the_colleague_is_named_once() -> None:
    assert said("Yes. It costs 45 dollars. It takes 9 days. Bye.") == f"Yes. {BRIDGE} Bye."


def test_what_is_known_is_said_as_it_stands() -> None:
    answer = made("It takes 3 days and costs $5.")
    assert answer.text.strip() == "It takes 3 days and costs $5."
    assert not answer.has_checked


def test_a_function_call_written_as_text_is_not_spoken() -> None:
    assert said('{"name": "end_call", "arguments": {}}') == ""
    assert said('Sure. {"name": "end_call"}') == "Sure."


def test_repetitions_are_left_out() -> None:
    assert said("I am sorry. I am sorry. What is it?") == "I am sorry. What is it?"


def test_a_long_answer_ends_with_a_sentence() -> None:
    long = " ".join(f"Sentence {'abcdefghij'[i % 10] * (i // 10 + 1)} goes on like this." for i in range(60))
    text = said(*(f"{word} " for word in long.split()))
    assert MOST_WORDS <= len(text.split()) <= MOST_WORDS + 10
    assert text.endswith(".")


def test_a_sentence_without_end_is_ended() -> None:
    text = said(*(f"word{'abcdefghij'[i % 10]} " for i in range(1000)))
    assert len(text.split()) <= 120
    assert text.endswith(".")


def test_a_megabyte_without_a_blank_is_no_answer() -> None:
    answer = AnswerText(Evidence(), [], BRIDGE)
    for _ in range(256):
        answer.feed("x" * 4096)
        if answer.is_full:
            break
    assert answer.is_full
    assert answer.text == ""


def test_cut_off_in_the_middle_it_keeps_whole_sentences() -> None:
    assert said("That is noted. And the next thing that", is_cut=True) == "That is noted."
    assert said("That is the only", is_cut=True) == "That is the only"


WORDS = st.lists(
    st.sampled_from(
        [
            "Yes,",
            "it",
            "takes",
            "3",
            "days",
            "[1].",
            "**now**",
            "45",
            "dollars.",
            "Hello!",
            "\n",
            "-",
            "[9]",
            "{",
            "1.",
            "😀",
        ]
        + ["4729", "3318", "a.m.", "Monday", "[", "]", "p.m.", "…", "#", "You:", "two", "weeks"]
    ),
    max_size=30,
)


@given(WORDS, st.integers(1, 9))
def test_text_only_grows_however_it_is_cut(words: list[str], size: int) -> None:
    raw = " ".join(words)
    answer = AnswerText(Evidence([FIRST.text, SECOND.text]), [FIRST, SECOND], BRIDGE)
    before = ""
    for start in range(0, len(raw), size):
        answer.feed(raw[start : start + size])
        assert answer.text.startswith(before)
        before = answer.text
    answer.finish()
    assert answer.text.startswith(before)
    assert not set("[]{}*😀") & set(answer.text)


@given(WORDS)
def test_no_unbacked_price_is_ever_spoken(words: list[str]) -> None:
    answer = made(*(f"{word} " for word in words))
    assert not answer.text or "45" not in answer.text
