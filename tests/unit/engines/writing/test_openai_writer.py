"""Answers from language models elsewhere, over both protocols, against a server on real sockets."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing

import pytest

from copilot_desktop.calls.engine_status import EnginePart
from copilot_desktop.calls.errors import EngineError, EngineFault
from copilot_desktop.calls.events import Party, Tool
from copilot_desktop.calls.ports import Conversation, Line, ToolCall
from copilot_desktop.calls.states import Mode
from copilot_desktop.engines.writing.briefing import Briefing
from tests.support.openai_peer import AnswerRequest, BrainAnswer, Delays, Fault
from tests.support.writer_desk import (
    ASKED,
    CALL,
    KINDS,
    LAMPS,
    MODELS,
    TIMES,
    answered,
    calls,
    desk,
    drafts,
    talk,
)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_drafts_grow_word_by_word_with_sources(kind: str) -> None:
    async def main() -> None:
        async with desk(kind, "It takes 3 days, as a rule [1]. Is there anything else?") as at:
            said = await drafts(at)
            assert said[-1].text == "It takes 3 days, as a rule. Is there anything else?"
            assert said[-1].sources == (TIMES.source,)
            assert said[-1].is_complete
            assert not said[-1].ends_call
            assert len(said) > 3
            assert said[0].text == "It"
            for shorter, longer in zip(said, said[1:], strict=False):
                assert longer.text.startswith(shorter.text)
            assert [draft.is_complete for draft in said] == [False] * (len(said) - 1) + [True]

    asyncio.run(main())


def test_the_request_holds_the_call_and_stores_nothing(kind: str) -> None:
    async def main() -> None:
        async with desk(kind) as at:
            await drafts(at, talk(*[(line.party, line.text) for line in ASKED.lines], notes=("Be quick.",)))
            (body,) = at.bodies()
            text = json.dumps(body)
            for part in (
                "Harbor Home Supply",
                "59 dollars",
                "Be quick.",
                "Parcels take 3 days",
                "How long do",
            ):
                assert part in text
            assert body["model"] == MODELS[0]
            assert str(CALL) not in text
            if at.writer.origin.startswith("OpenAI"):
                assert body["store"] is False
                assert "none" in (body.get("reasoning", {}).get("effort"), body.get("reasoning_effort"))
            else:
                assert "prompt_cache_key" not in body

    asyncio.run(main())


def test_the_playbook_is_the_beginning_of_every_request(kind: str) -> None:
    async def main() -> None:
        async with desk(kind) as at:
            await drafts(at)
            more = (*ASKED.lines, Line(Party.ASSISTANT, "3 days."), Line(Party.CALLER, "Thank you."))
            await drafts(at, Conversation(CALL, more))
            first, second = at.bodies()
            assert first["tools"] == second["tools"]
            if "instructions" in first:
                assert first["instructions"] == second["instructions"]
                assert first["input"][0] == second["input"][0]
            else:
                assert first["messages"][0] == second["messages"][0]

    asyncio.run(main())


def test_usage_is_told_with_the_call(kind: str) -> None:
    async def main() -> None:
        async with desk(kind) as at:
            await drafts(at)
            ((usage, call),) = at.used
            assert call == CALL
            assert usage.part is EnginePart.WRITER
            assert usage.model == MODELS[0]
            assert usage.host in at.peer.base_url
            assert usage.input_tokens > 0
            assert usage.output_tokens > 0
            assert not usage.is_estimate

    asyncio.run(main())


def test_an_answer_thrown_away_ends_at_once_and_is_estimated(kind: str) -> None:
    async def main() -> None:
        slow = Delays(token_s=0.02)
        async with desk(kind, "This goes on and on. " * 20, delays=slow) as at:
            async with aclosing(at.writer.reply(ASKED)) as growing:
                async for draft in growing:
                    if draft.text:
                        break
            ((usage, _),) = at.used
            assert usage.is_estimate
            assert usage.input_tokens > 100

    asyncio.run(main())


def test_cancelled_while_it_waits_it_leaves_nothing(kind: str) -> None:
    async def main() -> None:
        async with desk(kind) as at:
            await drafts(at)
            at.peer.fail(at.where, Fault.STALL_BEFORE)
            asked = len(at.peer.seen)
            waiting = asyncio.create_task(drafts(at))
            while len(at.peer.seen) == asked:
                await asyncio.sleep(0.01)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert [usage.is_estimate for usage, _ in at.used] == [False, True]
            assert (await drafts(at))[-1].is_complete

    asyncio.run(main())


def test_many_at_once_do_not_mix(kind: str) -> None:
    def echo(request: AnswerRequest) -> BrainAnswer:
        return BrainAnswer("You said " + request.last_user_text.splitlines()[-1])

    async def main() -> None:
        async with desk(kind, echo) as at:
            words = [f"alpha{'abcdefghijklmnop'[i]}" for i in range(12)]
            said = await asyncio.gather(*(drafts(at, talk((Party.CALLER, word))) for word in words))
            assert [each[-1].text for each in said] == [f"You said {word}" for word in words]

    asyncio.run(main())


def test_it_says_who_writes(kind: str) -> None:
    async def main() -> None:
        async with desk(kind) as at:
            host = "127.0.0.1" if "elsewhere" in kind else "OpenAI"
            assert at.writer.origin.startswith(host)
            assert at.writer.origin.endswith(MODELS[0])

    asyncio.run(main())


# No source, no fact.


def test_a_price_from_nowhere_is_not_said_and_a_colleague_is_asked(kind: str) -> None:
    draft = answered(kind, "Gladly, let me see. It costs 45 dollars. May I note it?")
    assert "45" not in draft.text
    assert draft.text == "Gladly, let me see. Let me check that with a colleague. May I note it?"
    assert draft.tools == (ToolCall(Tool.ASK_AGENT, "How long do parcels take?"),)


def test_who_must_check_does_not_hang_up(kind: str) -> None:
    both = BrainAnswer("It costs 45 dollars. Goodbye!", (("end_call", "{}"),))
    draft = answered(kind, both)
    assert not draft.ends_call
    assert [wish.tool for wish in draft.tools] == [Tool.ASK_AGENT]


@pytest.mark.parametrize(
    ("said", "notes"),
    [
        ("Installation costs 59 dollars.", ()),  # The playbook.
        ("Your number is 4729-3318.", ()),  # The talk.
        ("You get 10 percent off.", ("Offer 10 percent.",)),  # The agent.
        ("It takes 3 days.", ()),  # A passage.
    ],
)
def test_what_stands_in_playbook_talk_notes_or_passages_is_said(said: str, notes: tuple[str, ...]) -> None:
    about = talk((Party.CALLER, "My number is four seven two nine double three one eight."), notes=notes)
    assert answered("responses", said, about=about).text == said


def test_citations_of_what_was_never_found_are_dropped(kind: str) -> None:
    draft = answered(kind, "Parcels take 3 days [1][4].")
    assert draft.sources == (TIMES.source,)
    assert draft.text == "Parcels take 3 days."


def test_documents_that_are_slow_do_not_hold_up_the_answer(kind: str) -> None:
    async def main() -> None:
        async with desk(kind, "One moment, please.") as at:
            at.shelf.delay_s = 3600.0
            at.writer._retrieval_limit_s = 0.01
            assert (await drafts(at))[-1].text == "One moment, please."

    asyncio.run(main())


def test_a_short_question_is_looked_for_with_what_it_hangs_on() -> None:
    async def main() -> None:
        async with desk("responses", "Yes.") as at:
            await drafts(at, talk((Party.ASSISTANT, "Is it about a lamp?"), (Party.CALLER, "And the price?")))
            assert at.shelf.asked == ["Is it about a lamp? And the price?"]

    asyncio.run(main())


# Tools.


def test_a_search_is_carried_out_and_read(kind: str) -> None:
    async def main() -> None:
        search = calls("search_knowledge", query="Marlow lamp price")
        async with desk(kind, search, "The lamp costs 89 dollars [2].") as at:
            draft = (await drafts(at))[-1]
            assert draft.text == "The lamp costs 89 dollars."
            assert draft.sources == (LAMPS.source,)
            assert draft.tools == (ToolCall(Tool.SEARCH, "Marlow lamp price"),)
            assert len(at.bodies()) == 2
            assert "89 dollars" in json.dumps(at.bodies()[1])
            assert len(at.used) == 2

    asyncio.run(main())


def test_searching_ends_after_two_rounds(kind: str) -> None:
    async def main() -> None:
        async with desk(kind, calls("search_knowledge", query="more and more")) as at:
            with pytest.raises(EngineError) as failed:
                await drafts(at)
            assert failed.value.fault is EngineFault.BAD_ANSWER
            assert len(at.bodies()) == 3

    asyncio.run(main())


@pytest.mark.parametrize(
    ("called", "wish"),
    [
        (calls("end_call"), ToolCall(Tool.END_CALL)),
        (calls("ask_agent", question="May I?"), ToolCall(Tool.ASK_AGENT, "May I?")),
        (calls("transfer", to="Billing"), ToolCall(Tool.TRANSFER, to="Billing")),
        (calls("take_message", text="Call Anna."), ToolCall(Tool.TAKE_MESSAGE, "Call Anna.")),
    ],
)
def test_who_only_wishes_still_says_something(kind: str, called: BrainAnswer, wish: ToolCall) -> None:
    draft = answered(kind, called)
    assert draft.tools == (wish,)
    assert draft.ends_call is (wish.tool is Tool.END_CALL)
    assert len(draft.text.split()) >= 4


def test_in_a_language_without_sentences_of_ours_the_model_is_asked_again(kind: str) -> None:
    polish = Briefing(language="pl", waiting_sentence="Chwileczkę.")
    draft = answered(kind, calls("take_message", text="Anna"), "Zapisałem to.", briefing=polish)
    assert draft.text == "Zapisałem to."
    assert draft.tools == (ToolCall(Tool.TAKE_MESSAGE, "Anna"),)


@pytest.mark.parametrize(
    "called",
    [
        calls("transfer", to="+12025550199"),
        calls("format_disk"),
        BrainAnswer("", (("ask_agent", "{broken"),)),
        BrainAnswer("", (("ask_agent", "[]"),)),
    ],
)
def test_what_does_not_fit_is_answered_once(kind: str, called: BrainAnswer) -> None:
    draft = answered(kind, called, "I am sorry, I cannot do that.")
    assert draft.text == "I am sorry, I cannot do that."
    assert draft.tools == ()


def test_who_insists_is_not_asked_for_ever(kind: str) -> None:
    async def main() -> None:
        async with desk(kind, calls("format_disk")) as at:
            with pytest.raises(EngineError):
                await drafts(at)
            assert len(at.bodies()) == 2

    asyncio.run(main())


def test_while_the_agent_speaks_there_is_nothing_to_wish(kind: str) -> None:
    async def main() -> None:
        async with desk(kind, "Shall I look that up for you?") as at:
            await drafts(at, talk(*[(line.party, line.text) for line in ASKED.lines], mode=Mode.AGENT_SPEAKS))
            assert "end_call" not in json.dumps(at.bodies()[0]["tools"])
            assert "search_knowledge" in json.dumps(at.bodies()[0]["tools"])

    asyncio.run(main())


# Other things one could say.


def test_alternatives_are_few_different_and_sourced(kind: str) -> None:
    async def main() -> None:
        texts = ["It takes 3 days.", "It costs 45 dollars.", "3 days, normally [1].", "Shall I look?", "Bye."]
        async with desk(kind, json.dumps({"alternatives": texts})) as at:
            about = Conversation(CALL, ASKED.lines, (), Mode.AGENT_APPROVES)
            others = await at.writer.alternatives(about, "It takes 3 days.")
            assert [draft.text for draft in others] == ["3 days, normally.", "Shall I look?"]
            assert others[0].sources == (TIMES.source,)
            assert len(at.used) == 1
            assert await at.writer.alternatives(ASKED, "It takes 3 days.") == ()
            assert len(at.bodies()) == 1

    asyncio.run(main())


def test_alternatives_that_cannot_be_read_are_none(kind: str) -> None:
    async def main() -> None:
        about = Conversation(CALL, ASKED.lines, (), Mode.AGENT_APPROVES)
        async with desk(kind, "I would rather talk.", '{"alternatives": 5}', "{") as at:
            for _ in range(3):
                assert await at.writer.alternatives(about, "It takes 3 days.") == ()

    asyncio.run(main())
