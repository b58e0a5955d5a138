"""The checklist of a running call: ticked beside the talk, never in its way."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from copilot_desktop.calls.checklists import MOST_WAITING
from copilot_desktop.calls.errors import IllegalTransition, UnknownCall
from copilot_desktop.calls.events import CallId, ChecklistChanged, Party, UtteranceFinished, UtteranceId
from tests.support.virtual_call import VirtualCall
from tests.support.virtual_time import run_virtual
from tests.support.word_checklist import WordChecklist


class _Call(VirtualCall):
    """A virtual call with a checklist of words."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = WordChecklist("hello!", "order", "goodbye!")
        self.desk._world.new_checklist = lambda: self.steps

    @property
    def told(self) -> list[ChecklistChanged]:
        return self.of(ChecklistChanged)

    @property
    def done(self) -> list[str]:
        return [item.step for item in self.told[-1].items if item.is_done]

    async def settle(self) -> None:
        """Let threads and tasks come to their ends."""
        for _ in range(20):
            await asyncio.sleep(0.01)


def played(scene: Coroutine[Any, Any, None]) -> None:
    run_virtual(scene)


def test_what_both_sides_say_ticks_steps_and_the_agent_can_untick() -> None:
    async def scene() -> None:
        call = _Call()
        await call.connect()
        await call.listen_to_end()
        await call.settle()
        assert call.done == ["hello"], "the greeting that the caller has heard"
        assert call.told[0].at_ms <= call.told[1].at_ms
        await call.speak("Where is my order?")
        await call.listen_to_end()
        await call.settle()
        assert call.done == ["hello", "order"]
        call.desk.tick(call.call_id, "order", is_done=False)
        call.desk.tick(call.call_id, "goodbye", is_done=True)
        assert call.done == ["hello", "goodbye"]
        await call.speak("My order, I said.")
        await call.listen_to_end()
        await call.settle()
        assert call.done == ["hello", "goodbye"], "what the agent unticked stays so"
        await call.hang_up()

    played(scene())


def test_orders_that_make_no_sense_are_refused() -> None:
    async def scene() -> None:
        call = _Call()
        await call.connect()
        await call.settle()
        with pytest.raises(IllegalTransition):
            call.desk.tick(call.call_id, "sing", is_done=True)
        with pytest.raises(UnknownCall):
            call.desk.tick(CallId("CAnone"), "hello", is_done=True)
        await call.hang_up()

    played(scene())


@pytest.mark.allow_warnings("it is logged")
def test_a_model_that_breaks_stops_the_ticking_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        call = _Call()
        call.steps.is_broken = True
        await call.connect()
        await call.listen_to_end()
        await call.settle()
        assert not call.told[-1].is_listening
        await call.speak("Where is my order?")
        await call.listen_to_end()
        assert call.said()[-1] == ("assistant", "You said Where is my order?")
        call.desk.tick(call.call_id, "order", is_done=True)
        assert call.done == ["order"]
        await call.hang_up()

    played(scene())
    assert "ticks no more steps" in caplog.text
    assert "order" not in caplog.text


def test_of_too_much_at_once_the_newest_counts() -> None:
    async def scene() -> None:
        call = _Call()
        await call.connect()
        await call.listen_to_end()
        await call.settle()
        heard = len(call.steps.heard)
        for number in range(MOST_WAITING + 10):
            call.feed.publish(said(call, f"line {number}", number))
        call.feed.publish(said(call, "goodbye", 999))
        await call.settle()
        assert call.steps.heard[-1] == "goodbye"
        assert len(call.steps.heard) - heard == MOST_WAITING
        assert call.done == ["hello", "goodbye"]
        await call.hang_up()

    played(scene())


def test_the_last_words_still_count_after_the_end() -> None:
    async def scene() -> None:
        call = _Call()
        await call.connect()
        await call.listen_to_end()
        await call.settle()
        call.feed.publish(said(call, "goodbye", 1))
        await call.hang_up()
        await call.desk.close()
        assert call.done == ["hello", "goodbye"]

    played(scene())


def said(call: VirtualCall, text: str, number: int) -> UtteranceFinished:
    """A line of the caller's, as the session tells it."""
    at_ms = call.view.elapsed_ms
    return UtteranceFinished(
        call_id=call.call_id,
        at_ms=at_ms,
        utterance_id=UtteranceId(f"x{number}"),
        party=Party.CALLER,
        text=text,
        start_ms=at_ms,
        end_ms=at_ms,
    )
