"""What the agent promised, in their own words, or nothing."""

from __future__ import annotations

import pytest

from copilot_desktop.calls.events import Party
from copilot_desktop.calls.ports import Line
from copilot_desktop.calls.promises import promised


def agent(text: str) -> Line:
    return Line(Party.AGENT, text)


def caller(text: str) -> Line:
    return Line(Party.CALLER, text)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("Hello Mrs Keller, this is Sam. I'll book the express run now.", "I'll book the express run now."),
        (
            "We agreed a technician for Tuesday at 9:00. Is that right?",
            "We agreed a technician for Tuesday at 9:00.",
        ),
        ("I have arranged it for 9.30 on Tuesday. Thank you.", "I have arranged it for 9.30 on Tuesday."),
        ("You’ll get a text with the time", "You'll get a text with the time"),
        ("Hello, this is Sam. How can I help?", ""),
        ("I'll have a look at that.", ""),
        ("I'll give you back to the assistant.", ""),
        ("Shall I say we agreed on Tuesday?", ""),
    ],
)
def test_one_thing_said(said: str, found: str) -> None:
    assert promised([caller("My lamp is late."), agent(said)]) == found


def test_the_last_one_counts_and_nobody_elses() -> None:
    lines = [agent("I'll send it on Monday."), caller("Tuesday?"), agent("Fine, I'll send it on Tuesday.")]
    assert promised(lines) == "Fine, I'll send it on Tuesday."
    assert promised([*lines, agent("Thank you.")]) == "Fine, I'll send it on Tuesday."
    assert promised([Line(Party.ASSISTANT, "I'll send it."), caller("I'll wait.")]) == ""


def test_what_the_caller_refused_is_not_agreed() -> None:
    lines = [agent("I'll send it on Monday."), caller("No, I am not at home then.")]
    assert promised(lines) == ""
    assert promised([lines[0], caller("No problem, thank you.")]) == "I'll send it on Monday."


def test_nothing_was_said() -> None:
    assert promised([]) == ""
