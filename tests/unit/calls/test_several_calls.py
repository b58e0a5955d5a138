"""Several calls at once: each its own, and one headset that belongs to one of them at a time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from copilot_desktop.calls.desk import Answer
from copilot_desktop.calls.events import CallEnded, CallId, HoldChanged, Outcome, Treatment, TreatmentChanged
from copilot_desktop.calls.states import CallState, Mode
from tests.support.fake_control import FakeControl
from tests.support.fake_headset import FakeHeadset
from tests.support.puppets import TONE
from tests.support.virtual_call import SETTINGS, VirtualCall
from tests.support.virtual_time import run_virtual

SECOND = CallId("CA" + "2" * 32)


async def two_calls(
    headset: FakeHeadset, control: FakeControl | None = None
) -> tuple[VirtualCall, VirtualCall]:
    """Two live calls that the AI has greeted, on one desk."""
    first = VirtualCall(greeting="Hi.", headset=headset, control=control)
    second = VirtualCall(beside=first, call_id=SECOND)
    for call in (first, second):
        await call.connect()
        await call.listen_to_end()
    return first, second


async def speak(headset: FakeHeadset, frames: int, *calls: VirtualCall) -> list[int]:
    """Let the agent speak; return how much of it each caller hears, in frames."""
    before = [call.heard.count(TONE) for call in calls]
    for _ in range(frames):
        headset.speak(TONE)
        await asyncio.sleep(0)
        await asyncio.gather(*(call.listen(20) for call in calls))
    await asyncio.gather(*(call.listen(200) for call in calls))
    return [call.heard.count(TONE) - count for call, count in zip(calls, before, strict=True)]


def test_taking_over_one_call_puts_the_other_on_hold() -> None:
    async def main() -> None:
        headset = FakeHeadset()
        first, second = await two_calls(headset)
        first.desk.take_over(first.call_id)
        await asyncio.sleep(0.02)
        assert await speak(headset, 10, first, second) == [10, 0]
        second.desk.take_over(SECOND)
        await asyncio.sleep(0.02)
        assert (first.view.is_on_hold, second.view.is_on_hold) == (True, False)
        assert await speak(headset, 10, first, second) == [0, 10]
        first.desk.resume(first.call_id)
        await asyncio.sleep(0.02)
        assert (first.view.is_on_hold, second.view.is_on_hold) == (False, True)
        assert await speak(headset, 10, first, second) == [10, 0]
        # Nobody is taken off hold by the end of another call.
        await first.hang_up_alone()
        assert second.view.is_on_hold
        assert not headset.is_open
        await second.hang_up()

    run_virtual(main())


def test_only_the_call_that_has_the_headset_is_heard_in_it() -> None:
    async def main() -> int:
        headset = FakeHeadset()
        first, second = await two_calls(headset)
        first.desk.take_over(first.call_id)
        second.desk.take_over(SECOND)
        await asyncio.sleep(0.02)
        headset.played.clear()
        await first.speak("Hello?", 400)
        played = len(headset.played)
        await first.hang_up()
        return played

    assert run_virtual(main()) == 0


def test_answering_a_second_call_holds_the_first() -> None:
    async def main() -> VirtualCall:
        headset = FakeHeadset()
        first = VirtualCall(greeting="Hi.", headset=headset)
        await first.connect(Mode.AGENT_SPEAKS)
        await first.listen(100)
        second = VirtualCall(beside=first, call_id=SECOND)
        await second.connect(Mode.AGENT_SPEAKS)
        await second.listen(100)
        assert (first.view.is_on_hold, second.view.is_on_hold) == (True, False)
        third = VirtualCall(beside=first, call_id=CallId("CA" + "3" * 32))
        await third.connect(Mode.AI_SPEAKS)
        assert not second.view.is_on_hold
        await first.hang_up()
        return first

    assert [fact.is_on_hold for fact in run_virtual(main()).of(HoldChanged)] == [True]


def test_a_caller_who_comes_back_from_a_transfer_waits_for_a_busy_agent() -> None:
    async def main() -> None:
        headset = FakeHeadset()
        first, second = await two_calls(headset, FakeControl())
        first.desk.take_over(first.call_id)
        first.desk.transfer(first.call_id, "+12025550123", "")
        await first.listen(100)
        first.lose_link()
        assert not headset.is_open
        second.desk.take_over(SECOND)
        await asyncio.sleep(0.02)
        assert headset.is_open
        assert first.desk.transfer_over(first.call_id, was_answered=False) is Answer.CONNECT
        first.open_link()
        assert (first.view.is_on_hold, second.view.is_on_hold) == (True, False)
        assert await speak(headset, 10, second) == [10]
        first.desk.resume(first.call_id)
        await asyncio.sleep(0.02)
        assert (first.view.is_on_hold, second.view.is_on_hold) == (False, True)
        await first.listen_to_end()
        assert (await speak(headset, 10, first)) == [10]
        await first.hang_up()

    run_virtual(main())


def test_a_caller_who_comes_back_to_a_free_agent_is_heard_at_once() -> None:
    async def main() -> None:
        headset = FakeHeadset()
        first, second = await two_calls(headset, FakeControl())
        first.desk.take_over(first.call_id)
        first.desk.transfer(first.call_id, "+12025550123", "")
        await first.listen(100)
        first.lose_link()
        first.desk.transfer_over(first.call_id, was_answered=False)
        first.open_link()
        await first.listen_to_end()
        assert first.view.mode is Mode.AGENT_SPEAKS
        assert await speak(headset, 10, first) == [10]
        await second.hang_up()

    run_virtual(main())


def test_nobody_waits_for_an_approval_that_a_busy_agent_cannot_give() -> None:
    async def main() -> VirtualCall:
        settings = replace(SETTINGS, unanswered=Mode.AGENT_APPROVES)
        first = VirtualCall(settings=settings, greeting="Hi.", headset=FakeHeadset())
        await first.connect(Mode.AGENT_SPEAKS)
        second = VirtualCall(beside=first, call_id=SECOND)
        assert await second.ring("+15550101") is Answer.CONNECT
        assert second.view.treatment is Treatment.MESSAGE
        await first.hang_up()
        return second

    second = run_virtual(main())
    assert [fact.treatment for fact in second.of(TreatmentChanged)] == [Treatment.MESSAGE]


def test_more_calls_than_the_desk_can_hold_are_not_taken() -> None:
    async def main() -> VirtualCall:
        first = VirtualCall(settings=replace(SETTINGS, max_calls=1))
        await first.connect()
        second = VirtualCall(beside=first, call_id=SECOND)
        assert await second.ring() is Answer.REJECT
        assert first.view.state is CallState.LIVE
        await first.hang_up()
        return second

    assert run_virtual(main()).of(CallEnded)[0].outcome is Outcome.MISSED
