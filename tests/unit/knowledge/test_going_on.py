"""After a hand-back the playbook's writer goes on: no greeting, nothing asked that is known."""

from __future__ import annotations

import asyncio

import pytest

from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.calls.ports import Conversation, Line
from copilot_desktop.knowledge.playbook import Moment, Playbook
from copilot_desktop.knowledge.playbook_writer import PlaybookWriter

SETTLED = (
    Line(Party.CALLER, "Hello, my name is Anna Reed. I ordered a lamp, and it still has not arrived."),
    Line(
        Party.ASSISTANT, "I am sorry that you are still waiting. Could you tell me the order number, please?"
    ),
    Line(Party.CALLER, "Yes, of course. The order number is 4729-3318."),
    Line(Party.ASSISTANT, "Thank you. I", cut_short=True),
    Line(Party.AGENT, "Hello, this is Sam. I'll send you a new lamp on Thursday."),
)


class Talk:
    """Goes on from `SETTLED`; only the first answer follows the hand-back."""

    def __init__(self, writer: PlaybookWriter, *before: Line) -> None:
        self._writer, self._lines, self._is_first = writer, list(before), True

    def say(self, said: str = "") -> str:
        if said:
            self._lines.append(Line(Party.CALLER, said))
        talk = Conversation(CallId("call"), tuple(self._lines), is_handed_back=self._is_first)
        self._is_first = False

        async def whole() -> str:
            return [draft async for draft in self._writer.reply(talk)][-1].text

        answer = asyncio.run(whole())
        self._lines.append(Line(Party.ASSISTANT, answer))
        return answer


@pytest.mark.parametrize(
    "said", ["Thursday is fine for me, thank you.", "Good, Thursday before noon suits me."]
)
def test_what_the_agent_settled_is_not_asked_again(
    writer: PlaybookWriter, playbook: Playbook, said: str
) -> None:
    answer = Talk(writer, *SETTLED).say(said)
    assert answer.startswith(playbook.moments[Moment.NOTED])
    assert "day" not in answer.replace("today", "")


def test_silence_is_no_reason_to_greet(writer: PlaybookWriter, playbook: Playbook) -> None:
    assert Talk(writer, *SETTLED).say() in playbook.moments[Moment.ANYTHING_ELSE]
    assert Talk(writer).say() in playbook.moments[Moment.OPEN_QUESTION]
    unheard = Line(Party.CALLER, "Hello?")
    assert Talk(writer, unheard).say() not in playbook.moments[Moment.GREETING]


def test_a_new_matter_is_taken_up_with_what_is_known(writer: PlaybookWriter) -> None:
    talk = Talk(writer, *SETTLED)
    assert "return for order 4729-3318" in talk.say("I would also like to return a table.")
    asked = talk.say("Could a colleague call me back, please?")
    assert "phone number" in asked
    assert "your name" not in asked
    talk.say("My number is 555 0142.")
    assert "Thank you, Anna Reed." in talk.say("Please tell them that it is about the table.")


def test_a_question_is_answered(writer: PlaybookWriter) -> None:
    assert "Sunday" in Talk(writer, *SETTLED).say("Are you open on Sunday?")
