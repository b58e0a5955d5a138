"""Calls are judged when they have ended: version by version, charged, in turn, never without reason."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from copilot_desktop import config
from copilot_desktop.calls.engine_status import EnginePart
from copilot_desktop.calls.errors import StoreError
from copilot_desktop.calls.events import (
    CallEnded,
    CallEvent,
    CallId,
    CallRinging,
    EngineUsed,
    JudgementChanged,
    JudgementStage,
    Outcome,
    Source,
    SuggestionId,
    SuggestionReady,
    Treatment,
    TreatmentChanged,
)
from copilot_desktop.config import Settings
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from copilot_desktop.engines.writing.openai_judge import OpenAIJudge
from copilot_desktop.judging import BEING_JUDGED, OFF, PRACTICE, Judging, Needs, NotJudged
from copilot_desktop.report.judgement import AnswerState, Judgement
from copilot_desktop.report.judging.forms import OWN_FORM, shipped_form
from copilot_desktop.store import Store, open_store
from tests.support.openai_peer import KEY, AnswerRequest, BrainAnswer, Fault, OpenAIPeer, ScriptedBrain, Where
from tests.support.writer_desk import AsOpenAI
from tests.unit.report.calls import CALL
from tests.unit.report.judging.planted import KNOWN, PRICES, by_plan, planted_events, quoted

BEGAN, DONE, FAILED = JudgementStage.BEGAN, JudgementStage.DONE, JudgementStage.FAILED
ENDED = CallEnded(call_id=CALL, at_ms=40_700, outcome=Outcome.COMPLETED, duration_ms=40_700)


@dataclass
class Bureau:
    """Judging with a real history, and a judge at the other end of real sockets."""

    judging: Judging
    store: Store
    peer: OpenAIPeer
    brain: ScriptedBrain
    settings: Settings
    told: list[JudgementChanged] = field(default_factory=list)
    has_judge: bool = True
    at_call: Callable[[], None] | None = None

    def keep(self, events: Sequence[CallEvent]) -> None:
        for event in events:
            self.store.append(event)

    @property
    def stages(self) -> list[JudgementStage]:
        return [fact.stage for fact in self.told]

    async def judgement(self, call: CallId = CALL) -> Judgement:
        report = await self.judging.report(await self.store.read(call))
        assert report.judgement is not None
        return report.judgement


@asynccontextmanager
async def bureau(folder: Path, *answers: Any) -> AsyncIterator[Bureau]:
    brain, connections = ScriptedBrain(answers=answers or (by_plan(KNOWN),)), OpenAIConnections()
    store = await asyncio.to_thread(open_store, folder)
    async with OpenAIPeer(brain=brain) as peer:
        try:
            judge = OpenAIJudge(
                connections,
                AsOpenAI(peer.base_url, ("gpt-6-luna",), KEY),
                on_usage=lambda usage, call: at.judging.engine_used(call or CallId(""), usage),
            )
            needs = Needs(
                lambda: at.settings,
                lambda: store,
                lambda: judge if at.has_judge else None,
                lambda fact: at.told.append(fact),
            )
            at = Bureau(Judging(needs), store, peer, brain, config.load(data_dir=folder))
            yield at
        finally:
            await connections.close()
            await asyncio.to_thread(store.close)


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def documents() -> SuggestionReady:
    return SuggestionReady(
        call_id=CALL, at_ms=20_000, suggestion_id=SuggestionId("s"), answers=None, text="", sources=(PRICES,)
    )


def practice(*more: CallEvent) -> list[CallEvent]:
    events = [
        replace(event, is_practice=True) if isinstance(event, CallRinging) else event
        for event in planted_events()
    ]
    return [*events[:-1], *more, events[-1]]


def used(part: EnginePart = EnginePart.WRITER) -> EngineUsed:
    return EngineUsed(call_id=CALL, at_ms=9, part=part, model="gpt-6-luna", host="h", input_tokens=1)


def test_a_call_is_judged_when_it_has_ended_and_that_is_kept_and_charged(tmp_path: Path) -> None:
    async def main() -> None:
        async with bureau(tmp_path) as at:
            at.keep([documents(), *planted_events()])
            await at.judging.after_call(ENDED)
            assert at.stages == [BEGAN, DONE]
            found = await at.judgement()
            assert (found.score, found.version, found.problem) == (100, 1, "")
            (kept,) = await at.store.judgements(CALL)
            assert kept.judgement is not None
            assert (kept.judgement.form_id, kept.judgement.form_version) == ("support", 1)
            assert kept.judgement.prompt_hash
            assert "Harbor Home Supply" in kept.judgement.raw
            (usage,) = await at.store.usage_of(CALL)
            assert (usage.part, usage.model) == (EnginePart.JUDGE, "gpt-6-luna")
            assert usage.input_tokens > 8
        # After a restart it is still there, without anybody being asked.
        async with bureau(tmp_path) as at:
            assert (await at.judgement()).score == 100
            assert at.brain.asked == []

    run(main())


def test_judging_again_makes_a_new_version_and_keeps_the_old(tmp_path: Path) -> None:
    async def main() -> None:
        async with bureau(tmp_path) as at:
            at.keep(planted_events())
            await at.judging.after_call(ENDED)
            first = await at.store.judgements(CALL)
            at.brain.answers = (
                by_plan({**KNOWN, "resolved": quoted("partly", 7, "It left our warehouse this")}),
            )
            await at.judging.judge_call(CALL)
            both = await at.store.judgements(CALL)
            assert both[:1] == first
            assert [kept.version for kept in both] == [1, 2]
            found = await at.judgement()
            assert found.version == 2
            assert found.score is not None
            assert found.score < 100

    run(main())


@pytest.mark.allow_warnings
def test_a_failure_does_not_hide_what_was_judged_before_but_is_kept_where_nothing_was(tmp_path: Path) -> None:
    async def main() -> None:
        async with bureau(tmp_path) as at:
            at.keep(planted_events())
            at.peer.fail(Where.RESPONSES, Fault.KEY_REFUSED, times=None)
            await at.judging.judge_call(CALL)
            assert at.stages == [BEGAN, FAILED]
            found = await at.judgement()
            assert (found.score, found.problem) == (None, "The AI's server refused the key.")
            at.peer.recover()
            await at.judging.judge_call(CALL)
            assert (await at.judgement()).score == 100
            at.peer.fail(Where.RESPONSES, Fault.KEY_REFUSED, times=None)
            await at.judging.judge_call(CALL)
            assert at.stages[-2:] == [BEGAN, FAILED]
            found = await at.judgement()
            assert (found.score, found.version) == (100, 2)

    run(main())


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        (practice(), "practice on this computer"),
        ([*planted_events()[:6], *planted_events()[-2:]], "hardly anything was said"),
        (
            [
                TreatmentChanged(call_id=CALL, at_ms=2100, treatment=Treatment.VOICEMAIL),
                *planted_events(),
            ],
            "a voicemail",
        ),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_some_calls_are_not_judged_unasked(events: list[CallEvent], reason: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with bureau(tmp_path) as at:
            at.keep(events)
            await at.judging.after_call(ENDED)
            assert (at.brain.asked, at.told) == ([], []), reason

    run(main())


def test_practice_with_real_engines_is_judged(tmp_path: Path) -> None:
    async def main() -> None:
        async with bureau(tmp_path) as at:
            at.keep(practice(used()))
            await at.judging.after_call(ENDED)
            assert at.stages == [BEGAN, DONE]

    run(main())


def test_missed_calls_the_setting_and_no_ai_keep_everybody_quiet(tmp_path: Path) -> None:
    async def main() -> None:
        async with bureau(tmp_path) as at:
            at.keep(planted_events())
            await at.judging.after_call(replace(ENDED, outcome=Outcome.MISSED))
            at.settings = at.settings.model_copy(update={"judge_calls": False})
            await at.judging.after_call(ENDED)
            assert (await at.judgement()).problem == OFF
            at.settings = at.settings.model_copy(update={"judge_calls": True})
            at.has_judge = False
            await at.judging.after_call(ENDED)
            assert at.brain.asked == []
            assert (await at.judgement()).problem == "No AI was connected to judge the call."
            with pytest.raises(NotJudged, match="No AI is connected"):
                await at.judging.judge_call(CALL)

    run(main())


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    async def main() -> None:
        async with bureau(tmp_path) as at:
            at.keep(practice())
            found = await at.judgement()
            assert found.problem == PRACTICE
            assert found.score is None
            states = {answer.state for answer in found.answers}
            assert states == {AnswerState.MEASURED, AnswerState.NOT_JUDGED}

    run(main())


def test_calls_wait_for_their_turn_and_say_so(tmp_path: Path) -> None:
    async def main() -> None:
        async with bureau(tmp_path) as at:
            other = CallId("CA0143")
            at.keep(planted_events())
            at.keep([replace(event, call_id=other) for event in planted_events()])
            seen: list[list[CallId]] = []

            def look(request: AnswerRequest) -> BrainAnswer:
                seen.append([call for call in (CALL, other) if at.judging.is_running(call)])
                return by_plan(KNOWN)(request)

            at.brain.answers = (look,)
            first = asyncio.create_task(at.judging.after_call(ENDED))
            second = asyncio.create_task(at.judging.after_call(replace(ENDED, call_id=other)))
            while not seen:
                await asyncio.sleep(0.01)
            assert (await at.judgement()).problem == BEING_JUDGED
            await at.judging.settled(CALL)
            await asyncio.gather(first, second)
            assert {fact.call_id for fact in at.told if fact.stage is DONE} == {CALL, other}
            # One at a time: once the second has its turn, the first runs no more.
            half = len(seen) // 2
            assert seen[0] == [CALL, other]
            assert seen[half:] == [[other]] * half
            await at.judging.settled(CALL)

    run(main())


def test_one_can_wait_for_a_judging_that_has_not_begun_yet(tmp_path: Path) -> None:
    async def main() -> None:
        async with bureau(tmp_path) as at:
            at.keep(planted_events())
            task = asyncio.create_task(at.judging.after_call(ENDED))
            await at.judging.settled(CALL)
            assert at.stages == [BEGAN, DONE]
            await task

    run(main())


def test_a_cancelled_judging_keeps_nothing_and_leaves_the_next_its_turn(tmp_path: Path) -> None:
    async def main() -> None:
        async with bureau(tmp_path) as at:
            at.keep(planted_events())
            at.peer.fail(Where.RESPONSES, Fault.STALL_BEFORE)
            task = asyncio.create_task(at.judging.after_call(ENDED))
            while not at.peer.of(Where.RESPONSES):
                await asyncio.sleep(0.01)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert not at.judging.is_running(CALL)
            assert await at.store.judgements(CALL) == []
            await at.judging.judge_call(CALL)
            assert (await at.judgement()).score == 100

    run(main())


def test_a_person_disagrees_and_all_of_it_is_kept(tmp_path: Path) -> None:
    async def main() -> None:
        async with bureau(tmp_path) as at:
            at.keep(planted_events())
            await at.judging.after_call(ENDED)
            await at.judging.object_to(CALL, "resolved", "partly", "  Anna was not\nasked. ")
            await at.judging.object_to(CALL, "resolved", "no", "")
            (kept,) = await at.store.judgements(CALL)
            changes = [(each.old_answer, each.new_answer, each.reason) for each in kept.objections]
            assert changes == [("yes", "partly", "Anna was not asked."), ("partly", "no", "")]
            assert {each.made_by for each in kept.objections} == {"agent"}
            found = next(each for each in (await at.judgement()).answers if each.id == "resolved")
            assert (found.answer, found.raw_answer) == ("no", "yes")
            assert at.stages[-2:] == [DONE, DONE]
            for criterion, answer in (("resolved", "brilliant"), ("nothing", "yes")):
                with pytest.raises(NotJudged):
                    await at.judging.object_to(CALL, criterion, answer, "")
            # Judged again, the objections belong to what they were made to.
            await at.judging.judge_call(CALL)
            assert (await at.judgement()).score == 100

    run(main())


def test_a_form_filled_in_by_a_person_alone(tmp_path: Path) -> None:
    async def main() -> None:
        async with bureau(tmp_path) as at:
            at.has_judge = False
            at.keep(planted_events())
            for criterion in KNOWN:
                await at.judging.object_to(CALL, criterion, "yes", "")
            found = await at.judgement()
            assert (found.score, found.version, found.judge) == (100, 0, "")

    run(main())


@pytest.mark.allow_warnings
def test_the_owners_form_is_used_and_a_wrong_one_is_left_aside(tmp_path: Path) -> None:
    async def main() -> None:
        text = shipped_form().read_text(encoding="utf-8")
        async with bureau(tmp_path) as at:
            at.keep(planted_events())
            own = at.settings.config_file.with_name(OWN_FORM)
            own.parent.mkdir(parents=True, exist_ok=True)
            own.write_text(text.replace('title = "Support"', 'title = "Ours"'), encoding="utf-8")
            assert (await at.judgement()).form_title == "Ours"
            await at.judging.after_call(ENDED)
            own.write_text("nonsense", encoding="utf-8")
            # What was judged keeps its form; what is judged now takes the program's.
            assert (await at.judgement()).form_title == "Ours"

    run(main())


@pytest.mark.allow_warnings
def test_a_wrong_form_is_said_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with bureau(tmp_path) as at:
            at.keep(planted_events())
            own = at.settings.config_file.with_name(OWN_FORM)
            own.parent.mkdir(parents=True, exist_ok=True)
            own.write_text("id = 3", encoding="utf-8")
            assert (await at.judgement()).form_title == "Support"

    run(main())
    assert "report-form.toml: id: Input should be a valid string" in caplog.text


def test_a_history_that_is_only_read_shows_judgements_and_takes_none(tmp_path: Path) -> None:
    async def main() -> None:
        async with bureau(tmp_path) as at:
            at.keep(planted_events())
            await at.judging.after_call(ENDED)
        store = await asyncio.to_thread(lambda: open_store(tmp_path, read_only=True))
        try:
            (kept,) = await store.judgements(CALL)
            assert kept.judgement is not None
            with pytest.raises(StoreError, match="reading only"):
                await store.add_judgement(CALL, kept.judgement)
        finally:
            await asyncio.to_thread(store.close)

    run(main())


def test_documents_of_the_call_reach_the_judge(tmp_path: Path) -> None:
    async def main() -> None:
        async with bureau(tmp_path) as at:
            extra = replace(documents(), sources=(Source(title="Prices", text="Express costs 4.90."), PRICES))
            at.keep([extra, *planted_events()])
            await at.judging.after_call(ENDED)
            texts = [request.messages[0][1] for request in at.brain.asked]
            assert sum("Express costs 4.90." in text for text in texts) == 1

    run(main())
