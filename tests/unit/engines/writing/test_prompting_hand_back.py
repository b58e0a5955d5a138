"""What a language model is told when the agent gives the call back."""

from __future__ import annotations

from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.calls.ports import Conversation, Line
from copilot_desktop.engines.writing.briefing import Briefing
from copilot_desktop.engines.writing.prompting import Turn, conversation, instructions

AGENT = Line(Party.AGENT, "I'll send a new lamp on Thursday.")
CALLER = Line(Party.CALLER, "Thursday is fine.")
TOLD = "gives the call back to you at this moment"


def texts(*lines: Line, is_handed_back: bool = True, notes: tuple[str, ...] = ()) -> list[str]:
    talk = Conversation(CallId("call-1"), lines, notes, is_handed_back=is_handed_back)
    return [message.text for message in conversation(Turn(talk), Briefing())]


def test_it_is_told_to_go_on_and_not_to_greet() -> None:
    said, news, last = texts(AGENT, CALLER, notes=("New lamp, free.",))
    assert said.endswith(AGENT.text)
    assert last == CALLER.text
    for part in (TOLD, "no greeting", "Ask for nothing", "New lamp, free."):
        assert part in news


def test_where_nobody_waits_it_says_what_comes_next() -> None:
    *_, last = texts(AGENT)
    assert last == "(The caller says nothing. Your colleague has just given the call back to you.)"


def test_later_answers_are_not_told_again() -> None:
    assert not any(TOLD in text for text in texts(AGENT, CALLER, is_handed_back=False))
    assert "Never ask for what the caller, your colleague or a note has told already." in instructions(
        Briefing(), ()
    )
