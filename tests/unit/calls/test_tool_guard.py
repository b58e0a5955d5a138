"""What the AI wishes besides talking: code decides, and every wish leaves a trace."""

from __future__ import annotations

from dataclasses import replace

import pytest

from copilot_desktop.calls.events import CallEnded, Outcome, Tool, ToolResult, ToolUsed, TransferChanged
from copilot_desktop.calls.ports import ToolCall
from copilot_desktop.calls.states import Mode
from copilot_desktop.calls.world import CallSettings
from tests.support.fake_control import FakeControl
from tests.support.virtual_call import CALL, SETTINGS, VirtualCall
from tests.support.virtual_time import run_virtual

BILLING = "+12025550123"


def settings(*allowed: Tool) -> CallSettings:
    return replace(SETTINGS, ai_tools=frozenset(allowed), transfer_targets={"Billing": BILLING})


async def answered(
    call: VirtualCall, *wishes: ToolCall, mode: Mode = Mode.AI_SPEAKS, ends_call: bool = False
) -> list[tuple[Tool, ToolResult, str]]:
    """The caller asks something; the answer comes with `wishes`."""
    await call.connect(mode)
    await call.listen_to_end()
    call.puppets.writer.answer = lambda talk: "I will see to that."
    call.puppets.writer.tools, call.puppets.writer.ends_call = wishes, ends_call
    await call.speak("Can you do something for me")
    await call.listen(5000)
    return [(fact.tool, fact.result, fact.text) for fact in call.of(ToolUsed)]


@pytest.mark.parametrize(
    ("wish", "result"),
    [
        (ToolCall(Tool.SEARCH, "returns"), ToolResult.DONE),
        (ToolCall(Tool.TAKE_MESSAGE, "Call back on Monday"), ToolResult.DONE),
        (ToolCall(Tool.ASK_AGENT, "May I give ten percent?"), ToolResult.LEFT_TO_AGENT),
    ],
)
def test_a_wish_that_is_allowed_is_told_once(wish: ToolCall, result: ToolResult) -> None:
    async def main() -> list[tuple[Tool, ToolResult, str]]:
        call = VirtualCall(settings=settings(*Tool))
        told = await answered(call, wish, wish)
        await call.hang_up()
        return told

    assert run_virtual(main()) == [(wish.tool, result, wish.text)]


def test_what_the_owner_does_not_allow_is_refused() -> None:
    async def main() -> list[tuple[Tool, ToolResult, str]]:
        call = VirtualCall(settings=settings())
        told = await answered(call, ToolCall(Tool.TAKE_MESSAGE, "x"), ToolCall(Tool.TRANSFER, to="Billing"))
        await call.hang_up()
        return told

    assert [result for _, result, _ in run_virtual(main())] == [ToolResult.REFUSED, ToolResult.REFUSED]


def test_a_transfer_waits_for_the_words_and_then_happens() -> None:
    control = FakeControl()

    async def main() -> tuple[list[tuple[Tool, ToolResult, str]], VirtualCall]:
        call = VirtualCall(settings=settings(Tool.TRANSFER), control=control)
        told = await answered(call, ToolCall(Tool.TRANSFER, to="Billing"))
        call.desk.caller_left(CALL)
        await call.listen(1000)
        return told, call

    told, call = run_virtual(main())
    assert told == [(Tool.TRANSFER, ToolResult.DONE, "")]
    assert [fact.to for fact in call.of(TransferChanged)][:1] == [BILLING]
    assert ("assistant", "I will see to that.") in call.said()


@pytest.mark.parametrize("to", ["Nobody", ""])
def test_a_transfer_to_somebody_unknown_is_refused(to: str) -> None:
    async def main() -> list[tuple[Tool, ToolResult, str]]:
        call = VirtualCall(settings=settings(Tool.TRANSFER), control=FakeControl())
        told = await answered(call, ToolCall(Tool.TRANSFER, to=to))
        await call.hang_up()
        return told

    assert run_virtual(main()) == [(Tool.TRANSFER, ToolResult.REFUSED, "")]


@pytest.mark.allow_warnings
def test_a_transfer_that_cannot_be_is_left_to_the_agent() -> None:
    async def main() -> list[tuple[Tool, ToolResult, str]]:
        call = VirtualCall(settings=settings(Tool.TRANSFER))  # Without a carrier.
        told = await answered(call, ToolCall(Tool.TRANSFER, to="Billing"))
        await call.hang_up()
        return told

    assert run_virtual(main()) == [(Tool.TRANSFER, ToolResult.LEFT_TO_AGENT, "")]


def test_who_approves_each_answer_decides_on_the_end_too() -> None:
    async def main() -> tuple[list[tuple[Tool, ToolResult, str]], bool]:
        call = VirtualCall(settings=settings(*Tool))
        told = await answered(call, mode=Mode.AGENT_APPROVES, ends_call=True)
        is_live = call.is_live
        await call.hang_up()
        return told, is_live

    assert run_virtual(main()) == ([(Tool.END_CALL, ToolResult.LEFT_TO_AGENT, "")], True)


def test_the_ai_ends_the_call_after_its_goodbye() -> None:
    async def main() -> tuple[list[tuple[Tool, ToolResult, str]], VirtualCall]:
        call = VirtualCall(settings=settings(*Tool))
        told = await answered(call, ends_call=True)
        if call.is_live:
            await call.listen(5000)
        return told, call

    told, call = run_virtual(main())
    assert told == [(Tool.END_CALL, ToolResult.DONE, "")]
    assert [fact.outcome for fact in call.of(CallEnded)] == [Outcome.COMPLETED]


def test_the_agents_answer_to_a_question_makes_the_ai_go_on() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(settings=settings(*Tool))
        await answered(call, ToolCall(Tool.ASK_AGENT, "May I give ten percent?"))
        call.puppets.writer.answer, call.puppets.writer.tools = lambda talk: "Yes, ten percent.", ()
        call.desk.guide(CALL, "Yes, you may")
        await call.listen(4000)
        call.desk.guide(CALL, "He is a good customer")
        await call.listen(4000)
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert [text for party, text in call.said() if party == "assistant"].count("Yes, ten percent.") == 1
