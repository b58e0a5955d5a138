"""When a writer fails, the next one answers in the same turn, and nothing spoken is contradicted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from copilot_desktop.calls.engine_status import EnginePart, EngineState
from copilot_desktop.calls.errors import EngineError, EngineFault, EngineRejected, EngineUnavailable
from copilot_desktop.calls.events import CallId, Party, Tool
from copilot_desktop.calls.ports import Conversation, Draft, Line, ReplyWriter, ToolCall
from copilot_desktop.calls.sentences import SentenceCutter
from copilot_desktop.engines.engine_health import EngineHealth
from copilot_desktop.engines.scripted import ScriptedWriter
from copilot_desktop.engines.writing.fallback_writer import FallbackWriter
from tests.support.virtual_time import run_virtual

TALK = Conversation(CallId("call-1"), (Line(Party.CALLER, "Where is my order?"),))
DOWN = EngineUnavailable("remote")
ANSWER = "I will find out for you."

pytestmark = pytest.mark.allow_warnings

Step = tuple[float, Draft | Exception]


class PlayedWriter:
    """Does, in every reply, the given steps: seconds to wait, then a draft or an error."""

    origin = "remote"

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.begun = self.ended = self.finished = 0

    async def reply(self, talk: Conversation) -> AsyncIterator[Draft]:
        self.begun += 1
        try:
            for wait_s, step in list(self.steps):
                await asyncio.sleep(wait_s)
                if isinstance(step, Exception):
                    raise step
                yield step
            self.finished += 1
        finally:
            self.ended += 1

    async def alternatives(self, talk: Conversation, answer: str) -> Sequence[Draft]:
        async for draft in self.reply(talk):
            return (draft,)
        return ()


class Told:
    def __init__(self) -> None:
        self.switches: list[tuple[EngineFault, bool]] = []


def fallback(*writers: ReplyWriter, limit_s: float = 2.5, told: Told | None = None) -> FallbackWriter:
    names = [writer.origin for writer in writers]
    health = EngineHealth(
        EnginePart.WRITER,
        names,
        on_switch=lambda call, part, fault, is_recovered: (
            told.switches.append((fault, is_recovered)) if told is not None else None
        ),
    )
    return FallbackWriter(writers, health, first_text_limit_s=lambda: limit_s)


async def drafts(writer: ReplyWriter) -> list[Draft]:
    return [draft async for draft in writer.reply(TALK)]


def spoken(said: list[Draft]) -> list[str]:
    cutter = SentenceCutter()
    return [piece for draft in said for piece in cutter.feed(draft.text, is_complete=draft.is_complete)]


def now_s() -> float:
    return asyncio.get_running_loop().time()


def test_the_first_that_works_answers_alone() -> None:
    async def main() -> None:
        second = PlayedWriter()
        writer = fallback(ScriptedWriter([ANSWER]), second)
        assert (await drafts(writer))[-1] == Draft(ANSWER, is_complete=True)
        assert second.begun == 0
        assert writer.origin == "answers from a script"

    run_virtual(main())


def test_one_that_fails_at_once_is_not_noticed() -> None:
    async def main() -> None:
        told = Told()
        writer = fallback(PlayedWriter((0.1, DOWN)), ScriptedWriter([ANSWER]), told=told)
        begun_s = now_s()
        said = await drafts(writer)
        assert said == await drafts(ScriptedWriter([ANSWER]))
        assert now_s() - begun_s == pytest.approx(0.1)
        assert writer.origin == "answers from a script"
        assert told.switches == [(EngineFault.UNREACHABLE, False)]
        await writer.close()

    run_virtual(main())


def test_one_without_text_in_time_is_given_up_and_closed() -> None:
    async def main() -> None:
        silent = PlayedWriter((60, Draft("late", is_complete=True)))
        writer = fallback(silent, ScriptedWriter([ANSWER]), limit_s=1.2)
        begun_s = now_s()
        first = await anext(stream := writer.reply(TALK))
        assert now_s() - begun_s == pytest.approx(1.2)
        assert (first.text, silent.ended) == ("I", 1)
        assert [draft async for draft in stream][-1].text == ANSWER

    run_virtual(main())


def test_a_tool_in_use_is_a_sign_of_life_once() -> None:
    async def main() -> None:
        searching = Draft("", tools=(ToolCall(Tool.SEARCH, "orders"),))
        done = Draft("It left.", is_complete=True, tools=searching.tools)
        assert (await drafts(fallback(PlayedWriter((2, searching), (2, done)))))[-1] == done
        stuck = PlayedWriter((2, searching), (2, searching), (60, done))
        begun_s = now_s()
        said = await drafts(fallback(stuck, ScriptedWriter([ANSWER])))
        assert said[-1].text == ANSWER
        assert now_s() - begun_s == pytest.approx(4.5)

    run_virtual(main())


def test_after_whole_sentences_the_answer_ends_there() -> None:
    async def main() -> None:
        tools = (ToolCall(Tool.TAKE_MESSAGE, "call back"),)
        broken = PlayedWriter(
            (0, Draft("Your order left us. It")),
            (0, Draft("Your order left us. It will be with you", tools=tools)),
            (0, DOWN),
        )
        second = PlayedWriter()
        writer = fallback(broken, second)
        said = await drafts(writer)
        assert said[-1] == Draft("Your order left us.", is_complete=True, tools=tools)
        assert second.begun == 0
        assert spoken(said) == ["Your order left us."]
        assert writer.origin == "remote"

    run_virtual(main())


def test_before_any_sentence_the_next_begins_anew() -> None:
    async def main() -> None:
        broken = PlayedWriter((0, Draft("Your order")), (0, Draft("Your order was")), (0, DOWN))
        said = await drafts(fallback(broken, ScriptedWriter([ANSWER])))
        assert said[-1] == Draft(ANSWER, is_complete=True)
        assert spoken(said) == [ANSWER]

    run_virtual(main())


@pytest.mark.parametrize(
    ("begun", "kept"),
    [
        ("Thank you very much for waiting, I have been looking at", "Thank you very much for waiting,"),
        ("Sure. I have been", "Sure."),
        ("Yes.\n\nI have been", "Yes."),
    ],
)
def test_what_may_have_been_spoken_stays_before_the_next_ones_answer(begun: str, kept: str) -> None:
    async def main() -> None:
        broken = PlayedWriter((0, Draft(begun)), (0, DOWN))
        said = await drafts(fallback(broken, ScriptedWriter([ANSWER])))
        assert spoken(said) == [kept, ANSWER]
        assert said[-1].text.split() == f"{kept} {ANSWER}".split()

    run_virtual(main())


def test_two_that_break_off_leave_a_third_that_goes_on() -> None:
    async def main() -> None:
        first = PlayedWriter((0, Draft("Sure. I")), (0, DOWN))
        second = PlayedWriter((0, Draft("Well. We")), (0, DOWN))
        said = await drafts(fallback(first, second, ScriptedWriter([ANSWER])))
        assert spoken(said) == ["Sure.", "Well.", ANSWER]

    run_virtual(main())


def test_a_stall_in_mid_sentence_is_noticed() -> None:
    async def main() -> None:
        stalled = PlayedWriter((0.2, Draft("Your order")), (60, Draft("Your order left us.", True)))
        begun_s = now_s()
        said = await drafts(fallback(stalled, ScriptedWriter([ANSWER])))
        assert said[-1].text == ANSWER
        assert now_s() - begun_s == pytest.approx(2.7)

    run_virtual(main())


@pytest.mark.parametrize("last", [(), ((0.0, Draft("", is_complete=True)),), ((0.0, Draft("We")),)])
def test_an_answer_without_end_or_text_is_a_failure(last: tuple[Step, ...]) -> None:
    async def main() -> None:
        said = await drafts(fallback(PlayedWriter(*last), ScriptedWriter([ANSWER])))
        assert said[-1] == Draft(ANSWER, is_complete=True)

    run_virtual(main())


def test_after_two_failures_no_time_is_lost_and_a_trial_brings_it_back() -> None:
    async def main() -> None:
        told = Told()
        remote = PlayedWriter((60, Draft("late", is_complete=True)))
        writer = fallback(remote, ScriptedWriter([ANSWER]), told=told)
        for expected_s in (2.5, 2.5, 0, 0):
            begun_s = now_s()
            assert (await drafts(writer))[-1].text == ANSWER
            assert now_s() - begun_s == pytest.approx(expected_s)
        assert remote.begun == 2  # Its time for a trial has not come.
        remote.steps = [(0.4, Draft("Here I am again.")), (0, Draft("Here I am again.", is_complete=True))]
        await asyncio.sleep(2)
        assert (await drafts(writer))[-1].text == ANSWER
        await asyncio.sleep(1)
        assert (remote.begun, remote.finished) == (3, 0)  # The trial needed its first words only.
        assert (await drafts(writer))[-1].text == "Here I am again."
        assert told.switches == [(EngineFault.TOO_SLOW, False), (EngineFault.TOO_SLOW, True)]

    run_virtual(main())


def test_a_failed_trial_costs_nobody_time() -> None:
    async def main() -> None:
        remote = PlayedWriter((0, DOWN))
        writer = fallback(remote, ScriptedWriter([ANSWER]))
        for _ in range(2):
            await drafts(writer)
        remote.steps = [(60, DOWN)]
        await asyncio.sleep(2)
        begun_s = now_s()
        await drafts(writer)
        assert now_s() == begun_s
        await asyncio.sleep(3)
        assert (remote.begun, remote.ended) == (3, 3)
        await drafts(writer)
        assert remote.begun == 3

    run_virtual(main())


def test_a_refused_key_is_asked_once() -> None:
    async def main() -> None:
        told = Told()
        remote = PlayedWriter((0, EngineRejected("remote", fault=EngineFault.KEY_REFUSED)))
        writer = fallback(remote, ScriptedWriter([ANSWER]), told=told)
        for _ in range(3):
            assert (await drafts(writer))[-1].text == ANSWER
            await asyncio.sleep(100)
        assert remote.begun == 1
        assert told.switches == [(EngineFault.KEY_REFUSED, False)]

    run_virtual(main())


def test_the_last_one_is_given_time() -> None:
    async def main() -> None:
        slow = PlayedWriter((5, Draft(ANSWER, is_complete=True)))
        assert (await drafts(fallback(PlayedWriter((0, DOWN)), slow)))[-1].text == ANSWER

    run_virtual(main())


def test_all_down_is_the_last_ones_error_and_soon() -> None:
    async def main() -> None:
        last = EngineError("embedded", fault=EngineFault.NOT_LOADED)
        writer = fallback(PlayedWriter((0, DOWN)), PlayedWriter((0, last)))
        for _ in range(4):
            begun_s = now_s()
            with pytest.raises(EngineError) as raised:
                await drafts(writer)
            assert raised.value.fault in (EngineFault.NOT_LOADED, EngineFault.UNREACHABLE)
            assert now_s() == begun_s

    run_virtual(main())


def test_all_refused_is_told_without_asking() -> None:
    async def main() -> None:
        refused = PlayedWriter((0, EngineRejected("remote", fault=EngineFault.NO_CREDIT)))
        writer = fallback(refused)
        for _ in range(2):
            with pytest.raises(EngineRejected) as raised:
                await drafts(writer)
            assert raised.value.fault is EngineFault.NO_CREDIT
        assert refused.begun == 1

    run_virtual(main())


def test_a_mistake_of_ours_in_one_writer_does_not_silence_the_call() -> None:
    async def main() -> None:
        said = await drafts(fallback(PlayedWriter((0, KeyError("delta"))), ScriptedWriter([ANSWER])))
        assert said[-1].text == ANSWER

    run_virtual(main())


def test_an_answer_nobody_wants_any_more_is_closed_and_no_failure() -> None:
    async def main() -> None:
        remote = PlayedWriter((0.1, Draft("Your")), (60, Draft("Your order.", is_complete=True)))
        writer = fallback(remote, ScriptedWriter([ANSWER]))
        for _ in range(3):
            task = asyncio.create_task(drafts(writer))
            await asyncio.sleep(0.5)
            task.cancel()
            await asyncio.wait({task})
            assert remote.ended == remote.begun
        assert remote.begun == 3
        stream = writer.reply(TALK)
        assert (await anext(stream)).text == "Your"
        assert hasattr(stream, "aclose")
        await stream.aclose()
        assert remote.ended == 4

    run_virtual(main())


def test_what_fails_after_the_complete_answer_is_no_failure() -> None:
    async def main() -> None:
        writer = fallback(PlayedWriter((0, Draft(ANSWER, is_complete=True)), (0, DOWN)), PlayedWriter())
        assert (await drafts(writer)) == [Draft(ANSWER, is_complete=True)]

    run_virtual(main())


def test_alternatives_are_a_luxury() -> None:
    async def main() -> None:
        other = Draft("Or else.", is_complete=True)
        assert await fallback(PlayedWriter((0, other))).alternatives(TALK, ANSWER) == (other,)
        broken = PlayedWriter((0, DOWN))
        assert await fallback(broken, PlayedWriter((0, other))).alternatives(TALK, ANSWER) == ()
        assert await fallback(PlayedWriter((60, other))).alternatives(TALK, ANSWER) == ()

    run_virtual(main())


def test_a_trial_can_be_given_up() -> None:
    async def main() -> None:
        remote = PlayedWriter((0, DOWN))
        writer = fallback(remote, ScriptedWriter([ANSWER]))
        for _ in range(2):
            await drafts(writer)
        await asyncio.sleep(2)
        remote.steps = [(1, Draft("Hello", is_complete=True))]
        await drafts(writer)
        await asyncio.sleep(0.1)
        await writer.close()
        assert (remote.begun, remote.ended) == (3, 3)
        remote.steps = [(0, Draft("Hello", is_complete=True))]
        await drafts(writer)  # Not counted as a failure, and the next trial may begin.
        await asyncio.sleep(0.1)
        assert (await drafts(writer))[-1].text == "Hello"

    run_virtual(main())


def test_status_follows() -> None:
    async def main() -> None:
        health = EngineHealth(EnginePart.WRITER, ("remote", "embedded"))
        remote = PlayedWriter((0.3, Draft(ANSWER, is_complete=True)))
        writer = FallbackWriter((remote, ScriptedWriter([ANSWER])), health, first_text_limit_s=lambda: 2.5)
        await drafts(writer)
        assert (health.status().state, health.status().latency_ms) == (EngineState.READY, 300)
        remote.steps = [(0, DOWN)]
        await drafts(writer)
        assert (health.status().state, health.status().name) == (EngineState.BACKUP, "embedded")

    run_virtual(main())
