"""A caller passed on to somebody else: gone for good, or back with us."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from copilot_desktop.calls.desk import Answer
from copilot_desktop.calls.errors import IllegalTransition, OrderRefused, UnknownCall
from copilot_desktop.calls.events import (
    CallEnded,
    Outcome,
    Problem,
    ProblemRaised,
    StateChanged,
    TransferChanged,
    TransferResult,
)
from copilot_desktop.calls.states import CallState, Mode
from copilot_desktop.calls.transfer import ANSWER_LIMIT_S, target
from tests.support.fake_control import FakeControl
from tests.support.virtual_call import CALL, SETTINGS, VirtualCall
from tests.support.virtual_time import run_virtual

TO = "+12025550123"
URL = "https://desk.example.com/after"
FAILED = replace(SETTINGS, transfer_failed_sentence="Nobody is there.")


async def connected(control: FakeControl | None, mode: Mode = Mode.AI_SPEAKS) -> VirtualCall:
    """A live call, greeted."""
    call = VirtualCall(settings=FAILED, control=control, greeting="Hi.")
    ringing = asyncio.create_task(
        call.desk.ring(CALL, "+15550100", "+15550199", is_practice=False, transferred_url=URL)
    )
    await asyncio.sleep(1)
    call.desk.accept(CALL, mode)
    assert await ringing is Answer.CONNECT
    call.open_link()
    await call.listen_to_end()
    return call


def results(call: VirtualCall) -> list[TransferResult]:
    assert {fact.to for fact in call.of(TransferChanged)} <= {TO}
    return [fact.result for fact in call.of(TransferChanged)]


def test_the_announcement_is_heard_before_the_caller_is_passed_on() -> None:
    async def main() -> VirtualCall:
        control = FakeControl()
        call = await connected(control)
        call.desk.transfer(CALL, TO, "I connect you now.")
        await call.listen(1000)
        assert control.orders == []
        await call.speak("Thank you", 500)
        await call.listen_to_end()
        assert control.orders == [("transfer", TO, "", URL)]
        assert call.view.state is CallState.TRANSFERRING
        with pytest.raises(IllegalTransition):
            call.desk.take_over(CALL)
        call.lose_link()
        await asyncio.sleep(60)
        assert call.view.state is CallState.TRANSFERRING
        call.desk.transfer_answered(CALL)
        await asyncio.sleep(3)
        assert call.desk.transfer_over(CALL, was_answered=True) is Answer.HANG_UP
        return call

    call = run_virtual(main())
    assert call.said()[-2:] == [("assistant", "I connect you now."), ("caller", "Thank you")]
    assert call.puppets.writer.talks == []
    assert results(call) == [TransferResult.ASKED, TransferResult.CONNECTED]
    assert call.of(CallEnded)[0].outcome is Outcome.TRANSFERRED
    assert len(call.of(CallEnded)) == 1


def test_nobody_there_and_the_caller_is_back_with_the_ai() -> None:
    async def main() -> VirtualCall:
        call = await connected(FakeControl())
        call.desk.transfer(CALL, TO, "")
        await call.listen(100)
        call.lose_link()
        await asyncio.sleep(30)
        assert call.desk.transfer_over(CALL, was_answered=False) is Answer.CONNECT
        assert call.view.state is CallState.CONNECTING
        await asyncio.sleep(5)
        call.open_link()
        await call.listen_to_end()
        await call.speak("Then tell me more", 800)
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert call.said()[1:] == [
        ("assistant", "Nobody is there."),
        ("caller", "Then tell me more"),
        ("assistant", "You said Then tell me more"),
    ]
    assert results(call) == [TransferResult.ASKED, TransferResult.REFUSED]
    assert [fact.problem for fact in call.of(ProblemRaised)] == [Problem.TRANSFER_FAILED]
    assert call.of(CallEnded)[0].outcome is Outcome.COMPLETED


@pytest.mark.allow_warnings
@pytest.mark.parametrize("is_silent", [False, True])
def test_a_carrier_that_refuses_leaves_the_caller_with_us(is_silent: bool) -> None:
    async def main() -> VirtualCall:
        call = await connected(FakeControl(refuses=not is_silent, is_silent=is_silent))
        call.desk.transfer(CALL, TO, "")
        await call.listen(16_000)
        assert call.view.state is CallState.LIVE
        await call.speak("Hello?", 500)
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert ("assistant", "Nobody is there.") in call.said()
    assert call.said()[-1] == ("assistant", "You said Hello?")
    assert results(call) == [TransferResult.ASKED, TransferResult.REFUSED]
    states = [(change.old, change.new) for change in call.of(StateChanged)][2:5]
    assert states == [
        (CallState.LIVE, CallState.TRANSFERRING),
        (CallState.TRANSFERRING, CallState.CONNECTING),
        (CallState.CONNECTING, CallState.LIVE),
    ]


@pytest.mark.allow_warnings
def test_where_our_voice_fails_the_carrier_announces() -> None:
    async def main() -> FakeControl:
        control = FakeControl()
        call = await connected(control)
        call.puppets.voice.is_broken = True
        call.desk.transfer(CALL, TO, "I connect you now.")
        await call.listen(3000)
        await call.hang_up()
        return control

    assert run_virtual(main()).orders == [("transfer", TO, "I connect you now.", URL)]


@pytest.mark.parametrize("order", ["take over", "stop", "hold"])
def test_the_agent_may_think_better_of_it_during_the_announcement(order: str) -> None:
    async def main() -> VirtualCall:
        control = FakeControl()
        call = await connected(control, Mode.AGENT_APPROVES)
        call.desk.transfer(CALL, TO, "I connect you now.")
        with pytest.raises(IllegalTransition):
            call.desk.transfer(CALL, TO, "")
        await call.listen(400)
        if order == "take over":
            call.desk.take_over(CALL)
        elif order == "stop":
            call.desk.stop_talking(CALL)
        else:
            call.desk.hold(CALL)
        await call.listen(3000)
        assert control.orders == []
        call.desk.transfer(CALL, TO, "")
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert results(call) == [TransferResult.ASKED, TransferResult.REFUSED, TransferResult.ASKED]


def test_a_caller_who_hangs_up_while_it_rings_there_has_left() -> None:
    async def main() -> VirtualCall:
        call = await connected(FakeControl())
        call.desk.transfer(CALL, TO, "")
        await call.listen(100)
        call.lose_link()
        await call.hang_up()
        assert call.desk.transfer_over(CALL, was_answered=False) is Answer.HANG_UP
        return call

    call = run_virtual(main())
    assert call.of(CallEnded)[0].outcome is Outcome.COMPLETED
    assert results(call) == [TransferResult.ASKED]


def test_a_call_whose_fate_is_never_told_is_held_to_be_taken() -> None:
    async def main() -> VirtualCall:
        call = await connected(FakeControl())
        call.desk.transfer(CALL, TO, "")
        await call.listen(100)
        call.lose_link()
        await asyncio.sleep(ANSWER_LIMIT_S + 5)
        assert not call.is_live
        return call

    assert run_virtual(main()).of(CallEnded)[0].outcome is Outcome.TRANSFERRED


def test_the_agent_may_hang_up_while_it_rings_there() -> None:
    async def main() -> FakeControl:
        control = FakeControl()
        call = await connected(control)
        call.desk.transfer(CALL, TO, "")
        await call.listen(100)
        call.desk.hang_up(CALL)
        await call.desk.close()
        return control

    assert [order[0] for order in run_virtual(main()).orders] == ["transfer", "hang up"]


def test_what_cannot_be_passed_on_is_refused_in_words() -> None:
    async def main() -> None:
        call = await connected(None)
        with pytest.raises(OrderRefused, match="phone account"):
            call.desk.transfer(CALL, TO, "")
        await call.hang_up()
        practice = VirtualCall(control=FakeControl())
        ringing = asyncio.create_task(practice.ring(is_practice=True))
        await asyncio.sleep(1)
        practice.desk.accept(CALL, Mode.AI_SPEAKS)
        await ringing
        with pytest.raises(OrderRefused, match="practice"):
            practice.desk.transfer(CALL, TO, "")
        practice.open_link()
        with pytest.raises(OrderRefused, match="practice"):
            practice.desk.transfer(CALL, TO, "")
        with pytest.raises(OrderRefused, match="number"):
            practice.desk.transfer(CALL, "Anna", "")
        await practice.hang_up()
        with pytest.raises(UnknownCall):
            practice.desk.transfer(CALL, TO, "")

    run_virtual(main())


def test_word_of_a_transfer_that_there_is_not_changes_nothing() -> None:
    async def main() -> None:
        call = await connected(FakeControl())
        call.desk.transfer_answered(CALL)
        assert call.view.state is CallState.LIVE
        await call.hang_up()
        call.desk.transfer_answered(CALL)
        assert call.desk.transfer_over(CALL, was_answered=True) is Answer.HANG_UP

    run_virtual(main())


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("+12025550123", "+12025550123"),
        (" +1 (202) 555-0123 ", "+12025550123"),
        ("sip:anna@example.com", "sip:anna@example.com"),
        ("sips:200@10.0.0.1:5061;transport=tls", "sips:200@10.0.0.1:5061;transport=tls"),
    ],
)
def test_targets(written: str, expected: str) -> None:
    assert target(written) == expected


@pytest.mark.parametrize(
    "written",
    [
        "",
        "Anna",
        "2025550123",
        "+0123456789",
        "+123456",
        "+1202555012345678",
        "tel:+12025550123",
        "sip:anna",
        "sip:an na@example.com",
        "sip:a@b<script>",
        "sip:" + "a" * 500 + "@example.com",
        "+12025550123\n+12025550124",
    ],
)
def test_what_is_no_target(written: str) -> None:
    with pytest.raises(OrderRefused):
        target(written)
