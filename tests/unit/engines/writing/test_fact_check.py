"""What the check of facts finds in an answer that stands nowhere, and what it lets pass."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot_desktop.engines.writing.fact_check import Evidence, LineFacts
from copilot_desktop.engines.writing.text_facts import facts_of

DELIVERY = (
    "Small parcels arrive within three to five working days. Parcel delivery costs 4 dollars and 90 cents. "
    "It is free for orders over 75 dollars. The driver comes from 8 to 12. Open Monday to Friday until 6 p.m."
)
TALK = ("My order number is four seven two nine,", "double three one eight.")


def missing(text: str, *evidence: str) -> list[str]:
    return [fact.value for fact in Evidence(evidence or (DELIVERY, *TALK)).missing(text)]


@pytest.mark.parametrize(
    "said",
    [
        "It takes 3 to 5 working days.",
        "It takes three to five days.",
        "That costs $4.90.",
        "That is 4 dollars and 90 cents.",
        "It is free over seventy-five dollars.",
        "The driver comes between 8 and 12.",
        "We are open until 18:00 on Wednesday.",
        "Is it order 4729-3318?",
        "Let me repeat: 4 7 2 9, 3 3 1 8.",
        "The one that ends in 3318.",
        "One moment, please.",
        "There are two things I need to know.",
        "How can I help you today?",
        "I have 2 questions.",
        "May I have your name?",
    ],
)
def test_what_stands_somewhere_may_be_said(said: str) -> None:
    assert missing(said) == []


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("It takes 2 working days.", "2"),
        ("It takes two days.", "2"),
        ("That costs $5.90.", "5"),
        ("That costs 12 dollars.", "12"),  # 12 is an hour there, not a price.
        ("You get 10 percent off.", "10"),
        ("You get 10% off.", "10"),
        ("We come on Saturday.", "saturday"),
        ("It arrives tomorrow.", "tomorrow"),
        ("It arrives on December 24.", "december"),
        ("Your order 4729-3319 is on its way.", "47293319"),
        ("Write to help@harbor.example.", "help@harbor.example"),
        ("It is at https://harbor.example/track now.", "https://harbor.example/track"),
        ("That makes one hundred and forty-nine dollars.", "149"),
        ("Until 19:00.", "19"),
        ("Come at 2.", "2"),
        ("It costs $2.", "2"),
        ("Das kostet 39 Euro.", "39"),
        ("Cela prend 14 jours.", "14"),
    ],
)
def test_what_stands_nowhere_is_found(said: str, value: str) -> None:
    assert value in missing(said)


def test_thousands_are_one_number() -> None:
    assert missing("It costs $1,200.", "The price is 1200 dollars.") == []
    assert missing("It costs 1.200,50 €.", "Der Preis ist 1200 Euro und 50 Cent.") == []
    assert missing("It costs $1,300.", "The price is 1200 dollars.") == ["1300"]


def test_numbers_in_words_and_in_figures_are_the_same() -> None:
    assert missing("It is 149 dollars.", "It is one hundred and forty-nine dollars.") == []
    assert missing("It is two hundred dollars.", "It is 200 dollars.") == []


def test_evidence_of_two_kinds_counts_together() -> None:
    both = Evidence.joined([Evidence(["It costs 5 dollars."]), Evidence(["It takes 7 days."])])
    assert both.missing("That is 5 dollars and 7 days.") == []
    assert [fact.value for fact in both.missing("That is 7 dollars.")] == ["7"]


def test_lines_are_read_once_and_count_together() -> None:
    async def main() -> None:
        facts = LineFacts()
        talk = [f"It was {number} dollars." for number in range(20, 60)]
        for count in (1, 5, 40, 40):
            evidence = await facts.of(talk[:count])
            assert evidence.missing(f"Not {19 + count} dollars?") == []
            assert evidence.missing(f"Not {20 + count} dollars?") != []
        apart = await facts.of(["Mine is 4729", "and then 3318."])
        assert apart.missing("So 4729-3318.") == []

    asyncio.run(main())


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    facts_of(text)
    facts_of(text, is_evidence=True)
    assert all(0 <= fact.start <= len(text) for fact in facts_of(text))


@given(st.integers(13, 99_999), st.sampled_from(["dollars", "days", "hours", "percent", "p.m."]))
def test_a_figure_backs_itself_and_no_other(number: int, unit: str) -> None:
    evidence = Evidence([f"It is {number} {unit}."])
    assert evidence.missing(f"So {number} {unit} it is.") == []
    assert evidence.missing(f"So {number + 1000000} {unit} it is.") != []
