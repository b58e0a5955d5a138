"""The agent's part of a scenario, and what may not be heard after it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from copilot_desktop.calls.ports import Conversation
from copilot_desktop.config import resources
from copilot_desktop.practice.agent import STEP_LIMIT_S, ScriptedAgent
from copilot_desktop.practice.repeats import objection
from copilot_desktop.practice.result import PracticeOutcome, PracticeResult
from copilot_desktop.practice.scenario import Scenario, ScenarioError, load_scenario
from tests.support.virtual_call import VirtualCall
from tests.support.virtual_time import run_virtual

SHIPPED = load_scenario(resources() / "practice" / "handed-back.toml")
GREETED = "The assistant greeted again."
ASKED = "The assistant asked again for the order number, which it knew."
DONE = PracticeResult(outcome=PracticeOutcome.COMPLETED)


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("Hello! Nice to have you back.", GREETED),
        ("Good morning, what is it about?", GREETED),
        ("Thank you for calling Harbor Home Supply. How can I help you today?", GREETED),
        ("All right. I am your virtual assistant.", GREETED),
        ("Could you tell me the order number, please?", ASKED),
        ("Please give me the number of your order.", ASKED),
        ("I need your order number once more.", ASKED),
        ("May I have your name, please?", "The assistant asked again for the name, which it knew."),
        ("Your order number is 4729-3318, is that right?", ""),
        ("You find the order number in the message that I send you.", ""),
        ("Is there anything else I can help you with?", ""),
        ("On which phone number can we reach you?", ""),
        (
            "Thank you, Anna Reed. Is that your full name?",
            "The assistant asked again for the name, which it knew.",
        ),
        ("Thank you for calling Harbor Home Supply. Goodbye!", ""),
        ("Say hello again to the team.", ""),
    ],
)
def test_what_is_objected_to(said: str, wrong: str) -> None:
    assert SHIPPED.agent is not None
    assert objection(said, SHIPPED.facts, SHIPPED.agent.known) == wrong


def played(
    answer: Callable[[Conversation], str], *, lines: int = 3, delay_s: float = 0.0
) -> tuple[VirtualCall, str]:
    """Let the shipped script play on a desk whose writer gives `answer`; return its verdict too."""

    async def main() -> tuple[VirtualCall, str]:
        assert SHIPPED.agent is not None
        call = VirtualCall(greeting="Thank you for calling. How can I help you?")
        call.puppets.writer.answer = answer
        agent = ScriptedAgent(SHIPPED, SHIPPED.agent, call.desk)
        playing = asyncio.create_task(agent.play())
        await asyncio.sleep(0)
        await call.connect()
        await call.listen_to_end()
        for count, line in enumerate(SHIPPED.lines[:lines], start=1):
            await call.speak(line.say)
            agent.line_said(count)
            if count == 2:
                call.puppets.writer.delay_s = delay_s
            await call.listen_to_end()
        await call.listen(3000 + round(STEP_LIMIT_S * 1000 if delay_s else 0))
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        await call.hang_up()
        return call, agent.verdict(DONE)

    return run_virtual(main())


def test_the_part_is_played_and_a_good_assistant_passes() -> None:
    call, verdict = played(
        lambda talk: "Fine. Is there anything else?" if talk.is_handed_back else "One moment."
    )
    assert verdict == ""
    assert SHIPPED.agent is not None
    words = [text for party, text in call.said() if party == "agent"]
    assert words == [SHIPPED.agent.says]
    assert call.said()[-1] == ("assistant", "Fine. Is there anything else?")
    assert call.puppets.writer.talks[-1].notes == (SHIPPED.agent.note,)


@pytest.mark.parametrize(
    ("repeated", "wrong"),
    [("Hello! How can I help you?", GREETED), ("Could you tell me the order number, please?", ASKED)],
)
def test_an_assistant_that_repeats_itself_fails(repeated: str, wrong: str) -> None:
    # The same words before the hand-back are no fault.
    _, verdict = played(lambda talk: repeated)
    assert verdict == wrong


def test_an_assistant_that_says_nothing_fails() -> None:
    _, verdict = played(lambda talk: "" if talk.is_handed_back else "One moment.")
    assert verdict == "The assistant said nothing after it got the call back."


def test_a_writer_that_never_comes_fails() -> None:
    _, verdict = played(lambda talk: "Late.", delay_s=500)
    assert verdict == "The agent's part could not be played: nothing came of the step before."


def test_a_call_that_ends_before_fails() -> None:
    _, verdict = played(lambda talk: "One moment.", lines=2)
    assert verdict == "The call was never given back to the assistant."


def test_a_caller_who_gives_up_is_a_failure() -> None:
    async def main() -> str:
        assert SHIPPED.agent is not None
        agent = ScriptedAgent(SHIPPED, SHIPPED.agent, VirtualCall().desk)
        agent._is_given_back, agent._words_after = True, 1
        return agent.verdict(replace(DONE, outcome=PracticeOutcome.GAVE_UP))

    assert run_virtual(main()) == "The caller did not get to the end: gave up."


GOOD = """
title = "A call"
goal = "Be answered."
persona = "caller-man"
[facts]
name = "Anna"
[[lines]]
say = "One."
[[lines]]
say = "Two."
[agent]
takes_over_after = 1
gives_back_after = 2
says = "Hello {name}."
[agent.known]
name = ["your name"]
"""


def _load(folder: Path, text: str) -> Scenario:
    path = folder / "a-call.toml"
    path.write_text(text, encoding="utf-8")
    return load_scenario(path)


def test_the_agents_part_is_read(tmp_path: Path) -> None:
    script = _load(tmp_path, GOOD).agent
    assert script is not None
    assert (script.takes_over_after, script.gives_back_after, script.says) == (1, 2, "Hello Anna.")
    assert script.known == {"name": ("your name",)}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            "gives_back_after = 2",
            "gives_back_after = 3",
            "gives_back_after must be the number of a line, 1 to 2",
        ),
        ("takes_over_after = 1", "takes_over_after = 2", "gives_back_after must be a later line"),
        ("takes_over_after = 1", "", "takes_over_after must be the number of a line"),
        ('says = "Hello {name}."', "", 'says = "…" is missing'),
        ("{name}", "{nam}", "{nam} is not in [facts]"),
        ('["your name"]', '"your name"', "name must be a list of words"),
        ("name = [", "number = [", "number is not in [facts]"),
        ("says =", "tells =", '"tells" has no meaning here'),
    ],
)
def test_a_mistake_in_it_is_named(tmp_path: Path, old: str, new: str, reason: str) -> None:
    assert old in GOOD
    with pytest.raises(ScenarioError) as caught:
        _load(tmp_path, GOOD.replace(old, new, 1))
    assert reason in str(caught.value)
