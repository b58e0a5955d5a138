"""Streams that break in mid-call and come back, and requests that the carrier gives up on."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from copilot_desktop.calls.desk import Answer
from copilot_desktop.calls.errors import UnknownCall
from copilot_desktop.calls.events import CallEnded, CallId, Outcome, SpeechMeasured
from copilot_desktop.calls.states import CallState, Mode
from tests.support.fake_control import FakeControl
from tests.support.virtual_call import CALL, SETTINGS, VirtualCall
from tests.support.virtual_time import run_virtual

BACK = replace(SETTINGS, back_sentence="We are back.")


def test_the_caller_hears_one_sentence_and_the_talk_goes_on() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(settings=BACK, greeting="one two three four five six")
        await call.connect()
        await call.listen(900)
        call.lose_link()
        assert call.desk.stream_over(CALL) is Answer.CONNECT
        # Beyond the grace: the carrier has been told to come back.
        await asyncio.sleep(8)
        call.open_link()
        await call.listen_to_end()
        await call.speak("Where is my order?")
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert [text for _, text in call.said()] == [
        "one two three four five six",
        "We are back.",
        "Where is my order?",
        "You said Where is my order?",
    ]
    talk = call.puppets.writer.talks[-1]
    assert [line.text for line in talk.lines][0] == "one two three four five six"
    ours = [fact.end_ms - fact.start_ms for fact in call.of(SpeechMeasured) if fact.party == "assistant"]
    # All of the greeting was heard, in two parts around the sentence, and a frame or two of it twice.
    assert 9 * 300 <= sum(ours[:2]) <= 9 * 300 + 60


def test_a_sentence_waits_for_the_stream_and_is_said_once() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(settings=BACK, greeting="Hi.")
        await call.connect()
        await call.listen_to_end()
        for _ in range(2):
            call.lose_link()
            await asyncio.sleep(2)
            call.open_link()
            await call.listen_to_end()
        # The newer stream replaces the older without a hole: there is nothing to say.
        call.open_link()
        await call.listen_to_end()
        await call.hang_up()
        return call

    assert [text for _, text in run_virtual(main()).said()] == ["Hi.", "We are back.", "We are back."]


@pytest.mark.allow_warnings
@pytest.mark.parametrize("how", ["agent", "hold"])
def test_no_sentence_where_the_agent_speaks_or_the_caller_waits(how: str) -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(settings=BACK, greeting="Hi.")
        await call.connect()
        await call.listen_to_end()
        if how == "agent":
            call.desk.take_over(CALL)
        else:
            call.desk.hold(CALL)
        call.lose_link()
        await asyncio.sleep(2)
        call.open_link()
        await call.listen(1500)
        await call.hang_up()
        return call

    assert [text for _, text in run_virtual(main()).said()] == ["Hi."]


@pytest.mark.allow_warnings
@pytest.mark.parametrize(("mode", "grace_s"), [(Mode.AI_SPEAKS, 3), (Mode.AGENT_SPEAKS, 15)])
def test_a_stream_that_does_not_come_back_ends_the_call(mode: Mode, grace_s: int) -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(settings=BACK, greeting="Hi.")
        await call.connect(mode)
        await call.listen(1000)
        call.lose_link()
        await asyncio.sleep(grace_s - 0.5)
        assert call.view.state is CallState.CONNECTING
        await asyncio.sleep(4)
        assert not call.is_live
        # Whoever is still on the line deserves a word.
        with pytest.raises(UnknownCall):
            call.desk.stream_over(CALL)
        return call

    assert run_virtual(main()).of(CallEnded)[0].outcome is Outcome.COMPLETED


@pytest.mark.allow_warnings
def test_taking_over_while_the_stream_is_away_lengthens_the_grace() -> None:
    async def main() -> None:
        call = VirtualCall(settings=BACK, greeting="Hi.")
        await call.connect()
        await call.listen(1000)
        call.lose_link()
        await asyncio.sleep(2)
        call.desk.take_over(CALL)
        await asyncio.sleep(10)
        call.open_link()
        assert call.view.state is CallState.LIVE
        await call.hang_up()

    run_virtual(main())


def test_the_carrier_is_told_to_hang_up_what_we_ended() -> None:
    async def main() -> None:
        control = FakeControl()
        call = VirtualCall(control=control)
        closed: list[bool] = []
        control.on_order = lambda: closed.append(call.link.is_closed)
        await call.connect()
        await call.listen(500)
        call.desk.hang_up(CALL)
        # While we still write down the last words, and after.
        assert call.desk.stream_over(CALL) is Answer.HANG_UP
        await call.desk.close()
        assert control.orders == [("hang up",)]
        # Closed before, the carrier would have asked what comes next.
        assert closed == [False]
        assert call.link.is_closed
        assert call.desk.stream_over(CALL) is Answer.HANG_UP
        with pytest.raises(UnknownCall):
            call.desk.stream_over(CallId("CA" + "9" * 32))

    run_virtual(main())


def test_a_request_that_is_dropped_for_good_means_that_the_caller_left() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall()
        held = asyncio.create_task(call.ring())
        await asyncio.sleep(1)
        held.cancel()
        await asyncio.sleep(1)
        assert call.view.state is CallState.RINGING
        await asyncio.sleep(2)
        assert not call.is_live
        return call

    (ended,) = run_virtual(main()).of(CallEnded)
    assert ended.outcome is Outcome.MISSED
    assert ended.duration_ms == 3000


def test_a_request_that_is_sent_again_rings_on() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall()
        first = asyncio.create_task(call.ring())
        await asyncio.sleep(1)
        first.cancel()
        again = asyncio.create_task(call.ring())
        await asyncio.sleep(4)
        call.desk.accept(CALL, Mode.AI_SPEAKS)
        assert await again is Answer.CONNECT
        call.open_link()
        await call.listen(500)
        await call.hang_up()
        return call

    assert run_virtual(main()).of(CallEnded)[0].outcome is Outcome.COMPLETED


def test_an_answer_that_nobody_waits_for_any_more_is_a_missed_call() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall()
        held = asyncio.create_task(call.ring())
        await asyncio.sleep(1)
        held.cancel()
        await asyncio.sleep(0)
        call.desk.accept(CALL, Mode.AI_SPEAKS)
        await asyncio.sleep(3)
        assert not call.is_live
        return call

    assert run_virtual(main()).of(CallEnded)[0].outcome is Outcome.MISSED
