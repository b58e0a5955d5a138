"""Whether what is read aloud is what was to be read."""

from __future__ import annotations

import re

import pytest

from copilot_desktop.engines.voice.reading_check import ReadingCheck

LONG = "Your order has left our warehouse this morning, and it should reach you on Friday, before noon."


def read(wanted: str, said: str) -> str:
    """Return "same", or where the check saw that it is not: "early" or "end"."""
    check = ReadingCheck(wanted)
    for piece in re.findall(r"\s*\S{1,5}", said):
        if not check.hear(piece):
            return "early"
    return "same" if check.finish() else "end"


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (LONG, LONG),
        ("OK.", "Okay."),
        ("Dr. Smith will call you back.", "Doctor Smith will call you back."),
        ("Please leave your e-mail with us.", "Please leave your email with us."),
        ("I can't say that.", "I can’t say that."),
        ("It costs $1,299.50 in all.", "It costs 1299.50 dollars in all."),
        (
            "It costs $1,299.50 in all.",
            "It costs one thousand two hundred ninety-nine dollars and fifty cents in all.",
        ),
        ("It costs one thousand two hundred dollars today.", "It costs 1200 dollars today."),
        ("Das kostet fünf Euro.", "Das kostet 5 Euro."),
        ("Call +1 202 555 0134, please.", "Call 1-202-555-0134, please."),
        (
            "Call us at +1 202 555 0134 please.",
            "Call us at plus one two zero two, five five five, zero one three four, please.",
        ),
        ("Come at 2:00 PM.", "Come at 2 PM."),
        ("Order A-4711 is ready.", "Order A4711 is ready."),
        ("您好，我能帮您什么吗？", "您好，我能帮您什么吗？"),
        ("Nobody tells the words.", ""),
    ],
)
def test_another_way_of_writing_is_the_same(wanted: str, said: str) -> None:
    assert read(wanted, said) == "same"


@pytest.mark.parametrize(
    ("wanted", "said", "seen"),
    [
        (LONG, "I am sorry, but I cannot help with that request at all.", "early"),
        (LONG, "Sure, here it is. " + LONG, "early"),
        (LONG, "Your order has left our warehouse this morning.", "end"),
        ("What is two plus two?", "Two plus two is four, of course.", "early"),
        ("How are you today?", "I am fine, thank you, and you?", "early"),
        ("Hello.", "Hello there, how can I help you today?", "early"),
        ("Yes.", "No.", "end"),
        ("It costs $50 in all.", "It costs $15 in all.", "early"),
        ("We open at 14:30 tomorrow.", "We open at 12:30 tomorrow.", "early"),
        ("Order A4711 is ready.", "Order A 4712 is ready.", "early"),
        ("It costs 1,299.", "It costs 1,2", "end"),
    ],
)
def test_other_words_are_seen(wanted: str, said: str, seen: str) -> None:
    assert read(wanted, said) == seen


def test_figures_that_are_still_growing_are_not_judged() -> None:
    check = ReadingCheck("It costs 1,299 euros.")
    assert all(check.hear(piece) for piece in ("It cos", "ts 1,2", "99 eu", "ros."))
    assert check.finish()
