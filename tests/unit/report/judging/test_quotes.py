"""Quotes: what was said is found however it is written, and what was not said is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot_desktop.calls.events import Party
from copilot_desktop.report.judging.numbered import NumberedLine, numbered
from copilot_desktop.report.judging.quotes import Found, Quotes, is_in
from copilot_desktop.report.judging.tokens import tokens
from copilot_desktop.report.model import ReportLine

STAFF, CALLER = (Party.ASSISTANT, Party.AGENT), (Party.CALLER,)
AI = Party.ASSISTANT


def lines(*said: tuple[Party, str]) -> tuple[NumberedLine, ...]:
    return numbered(
        [
            ReportLine(at_ms=1000 * i, end_ms=1000 * i + 900, party=party, text=text)
            for i, (party, text) in enumerate(said)
        ]
    )


CALL = lines(
    (AI, "Good morning, Harbor Plumbing, how can I help you today?"),
    (Party.CALLER, "Hello. My boiler has been dripping since the twenty-first and nobody came."),
    (AI, "I am sorry. I can not refund the whole amount today, but a technician"),
    (Party.CALLER, "mhm"),
    (AI, "comes to you on Tuesday at nine. It costs forty-nine dollars and 50 cents."),
    (Party.CALLER, "My card is [card number hidden] if you need it."),
    (Party.AGENT, "Don't worry, we won't need that."),
    (Party.CALLER, "Yes, exactly."),
)


@pytest.mark.parametrize(
    ("quote", "line", "parties"),
    [
        ("Good morning, Harbor Plumbing, how can I help you today?", 1, STAFF),
        ("good morning harbor plumbing", 1, STAFF),
        ("GOOD MORNING – Harbor Plumbing!", 1, STAFF),
        # A word was changed, left out, or put in.
        ("Good morning, Harbour Plumbing, how can I help", 1, STAFF),
        ("Good morning, Harbor Plumbing, how may I help you today?", 1, STAFF),
        ("Good morning Harbor Plumbing how I help you today", 1, STAFF),
        # The line beside, or another altogether.
        ("comes to you on Tuesday", 4, STAFF),
        ("comes to you on Tuesday", 1, STAFF),
        # A sentence in two lines.
        ("but a technician comes to you on Tuesday", 3, STAFF),
        # Figures and words.
        ("It costs 49 dollars and fifty cents", 5, STAFF),
        ("on Tuesday at 9:00", 5, STAFF),
        ("dripping since the 21st and nobody came", 2, CALLER),
        ("My card is •••• if you need it", 6, CALLER),
        ("My card is if you need it", 6, CALLER),
        ("Don’t worry, we won't need that", 7, STAFF),
        # Short, and all that was said.
        ("Yes, exactly", 8, CALLER),
        ("mhm", 4, CALLER),
    ],
)
def test_what_was_said_is_found(quote: str, line: int, parties: tuple[Party, ...]) -> None:
    assert Quotes(CALL).find(quote, line, parties).found is Found.HERE


@pytest.mark.parametrize(
    ("quote", "line", "parties"),
    [
        ("We guarantee that it never happens again", 3, STAFF),
        ("Good evening, Riverside Heating, what is the matter?", 1, STAFF),
        ("help can how Plumbing Harbor morning good I", 1, STAFF),
        # The opposite, in nearly the same words.
        ("I can refund the whole amount today", 3, STAFF),
        ("refund the whole amount today", 3, STAFF),
        ("don't worry, we will need that", 7, STAFF),
        # Another number.
        ("It costs forty-eight dollars and 50 cents", 5, STAFF),
        ("comes to you on Tuesday at ten", 5, STAFF),
        ("technician comes to you on Tuesday at nine. It costs forty", 5, STAFF),
        # So short that it is anywhere.
        ("help you", 1, STAFF),
        ("exactly", 8, CALLER),
        ("", 1, STAFF),
        ("… – …", 1, STAFF),
    ],
)
def test_what_was_not_said_is_not_found(quote: str, line: int, parties: tuple[Party, ...]) -> None:
    assert Quotes(CALL).find(quote, line, parties).found is Found.NOWHERE


def test_who_said_it_matters() -> None:
    quotes = Quotes(CALL)
    assert quotes.find("My boiler has been dripping", 2, STAFF).found is Found.WRONG_SPEAKER
    assert quotes.find("how can I help you today", 1, CALLER).found is Found.WRONG_SPEAKER
    assert quotes.find("Don't worry, we won't need that", 7, (Party.AGENT,)).found is Found.HERE


def test_the_place_is_where_it_was_said_and_not_where_it_was_cited() -> None:
    place = Quotes(CALL).find("comes to you on Tuesday at nine", 1, STAFF)
    assert [line.number for line in place.lines] == [5]
    place = Quotes(CALL).find("but a technician comes to you on Tuesday", 3, STAFF)
    assert [line.number for line in place.lines] == [3, 5]


WORD = st.text(alphabet="bcdfghjklmpqrstvwxyz", min_size=4, max_size=8)


@given(st.lists(WORD, min_size=5, max_size=40, unique=True), st.data())
def test_any_stretch_verifies_also_with_one_word_changed(said: list[str], data: st.DataObject) -> None:
    length = data.draw(st.integers(5, len(said)))
    start = data.draw(st.integers(0, len(said) - length))
    quote = said[start : start + length]
    assert is_in(quote, said)
    quote[data.draw(st.integers(0, length - 1))] = "somethingelse"
    assert is_in(quote, said)


@given(st.lists(WORD, min_size=5, max_size=40, unique=True), st.data())
def test_with_a_third_of_the_words_changed_it_never_does(said: list[str], data: st.DataObject) -> None:
    length = data.draw(st.integers(5, len(said)))
    start = data.draw(st.integers(0, len(said) - length))
    quote = said[start : start + length]
    for place in range(0, length, 3):
        quote[place] = f"invented{place}"
    assert not is_in(quote, said)


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_is_safe(said: str, quote: str) -> None:
    tokens(said)
    Quotes(lines((AI, said or "."))).find(quote, 1, STAFF)
    assert tokens(" ".join(tokens(said))) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("forty-seven eleven", "4711"),
        ("four seven one one", "4711"),
        ("two hundred and fifty dollars", "250 dollars"),
        ("four ninety", "4.90"),
        ("the third of May", "the 3rd of May"),
        ("nineteen ninety-nine", "1999"),
        ("three thousand", "3,000"),
        ("I don't", "i dont"),
    ],
)
def test_numbers_in_words_and_figures_are_the_same(one: str, other: str) -> None:
    assert tokens(one) == tokens(other)
