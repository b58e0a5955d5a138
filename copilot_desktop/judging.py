"""Judging: has calls judged when they have ended, keeps what came of it, and lays it over their reports."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from copilot_desktop.calls.engine_status import EnginePart, Usage
from copilot_desktop.calls.errors import CopilotError
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
    SuggestionReady,
    Treatment,
    TreatmentChanged,
)
from copilot_desktop.calls.ports import Judge
from copilot_desktop.config import Settings

if TYPE_CHECKING:
    from copilot_desktop.report import CallReport
    from copilot_desktop.report.judging.forms import QualityForm
    from copilot_desktop.report.judging.verdict import KeptVerdict
    from copilot_desktop.store import Store
    from copilot_desktop.store.judgements import KeptJudgement

log = logging.getLogger("copilot.app")

BEING_JUDGED = "The AI is judging this call."
OFF = "Judging by an AI is switched off in the settings."
PRACTICE = "Practice calls with the engines of this computer are not judged by an AI."
_PERSON = "agent"
_MOST_WAITING = 20
_MOST_REASON = 500
_TALKS = (Outcome.COMPLETED, Outcome.TRANSFERRED)


class NotJudged(CopilotError):
    """A call cannot be judged now, or an answer cannot be changed. The text says why, in a sentence."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What judging takes from the program, asked for anew each time: all of it may change."""

    settings: Callable[[], Settings]
    store: Callable[[], Store | None]
    judge: Callable[[], Judge | None]
    tell: Callable[[JudgementChanged], None]


class Judging:
    """One call at a time; at most 20 wait. `judge_call` is a task of the program's."""

    def __init__(self, needs: Needs) -> None:
        self._needs = needs
        self._turn = asyncio.Lock()
        self._ends_ms: dict[CallId, int] = {}
        """Calls being judged or waiting for it, and when they ended."""
        self._after: dict[CallId, asyncio.Event] = {}
        """Calls that have just ended: set once nothing more is done with them."""

    def is_running(self, call: CallId) -> bool:
        """Whether `call` is being judged, or waits for it."""
        return call in self._ends_ms

    async def settled(self, call: CallId) -> None:
        """Return when a call that has just ended has been judged, or will not be."""
        if (done := self._after.get(call)) is not None:
            await done.wait()

    def engine_used(self, call: CallId, usage: Usage) -> None:
        """A request of the judge is charged for: put it down to the call, which has ended."""
        store = self._needs.store()
        if store is not None:
            charged = {field.name: getattr(usage, field.name) for field in fields(usage)}
            store.append(EngineUsed(call_id=call, at_ms=self._ends_ms.get(call, 0), **charged))

    def after_call(self, ended: CallEnded) -> Coroutine[Any, Any, None]:
        """Return the work of judging a call that has just ended, if that is wished and makes sense."""
        # At once and not when the work begins: `settled` may be asked before that.
        done = self._after[ended.call_id] = asyncio.Event()
        return self._after_call(ended, done)

    async def _after_call(self, ended: CallEnded, done: asyncio.Event) -> None:
        try:
            if self._is_wished(ended):
                events = await self._events(ended.call_id)
                if await asyncio.to_thread(is_worth_judging, events):
                    await self._judge(ended.call_id, events)
        except CopilotError as error:
            log.warning("a call could not be judged: %s", error)
        finally:
            self._after.pop(ended.call_id, None)
            done.set()

    def _is_wished(self, ended: CallEnded) -> bool:
        if not self.can_judge or not self._needs.settings().judge_calls:
            return False
        return ended.outcome in _TALKS and len(self._after) <= _MOST_WAITING

    async def judge_call(self, call: CallId) -> None:
        """Judge a call of the history, perhaps again; that makes a new version. Takes up to minutes.

        Raises:
            NotJudged: there is no AI for it, or the call is too short.
            StoreError: the history cannot be read or written.
        """
        if self._needs.judge() is None:
            raise NotJudged("No AI is connected that could judge the call. See Settings, AI.")
        if self.is_running(call):
            return
        await self._judge(call, await self._events(call))

    async def report(self, events: Sequence[CallEvent]) -> CallReport:
        """Return the report of a call with its judgement, as far as there is one. Raises StoreError."""
        store = self._needs.store()
        kept = await store.judgements(CallId(events[0].call_id)) if store is not None and events else []
        settings, why_not = self._needs.settings(), self._why_not(events)
        return await asyncio.to_thread(judged_report, events, kept, settings, why_not)

    @property
    def can_judge(self) -> bool:
        """Whether there is an AI for it."""
        return self._needs.judge() is not None

    async def object_to(self, call: CallId, criterion: str, answer: str, reason: str) -> None:
        """Put a person's answer in the place of one in the newest judgement; the old one is kept beside it.

        Raises:
            NotJudged: the form knows no such criterion or answer.
            StoreError: it could not be written.
        """
        from copilot_desktop.store.judgements import KeptObjection

        store = self._needs.store()
        if store is None:
            raise NotJudged("The history is not open yet.")
        report = await self.report(await self._events(call))
        assert report.judgement is not None
        now = next((each for each in report.judgement.answers if each.id == criterion), None)
        if now is None or answer not in dict(now.options):
            raise NotJudged("The form has no such answer.")
        objection = KeptObjection(
            criterion_id=criterion,
            old_answer=now.answer,
            new_answer=answer,
            made_by=_PERSON,
            made_at=datetime.now(UTC),
            reason=" ".join(reason.split())[:_MOST_REASON],
        )
        await store.object_to(call, report.judgement.version, objection)
        self._tell(call, JudgementStage.DONE)

    # Judging.

    async def _judge(self, call: CallId, events: Sequence[CallEvent]) -> None:
        report = await asyncio.to_thread(_measured, events)
        if report.unjudgeable_because:
            raise NotJudged(f"The call is not judged: {report.unjudgeable_because}.")
        self._ends_ms[call] = report.duration_ms
        self._tell(call, JudgementStage.BEGAN)
        stage = JudgementStage.FAILED
        try:
            async with self._turn:
                if await self._judge_and_keep(report, sources_of(events)):
                    stage = JudgementStage.DONE
        finally:
            del self._ends_ms[call]
            self._tell(call, stage)

    async def _judge_and_keep(self, report: CallReport, sources: Sequence[Source]) -> bool:
        """Return whether the judge said anything."""
        from copilot_desktop.report.judging import verdict as verdicts
        from copilot_desktop.report.judging.court import Court
        from copilot_desktop.store.judgements import NewJudgement

        judge, store = self._needs.judge(), self._needs.store()
        if judge is None or store is None:
            return False
        form = await asyncio.to_thread(form_in_use, self._needs.settings())
        verdict = await Court(judge, form).judge_call(report, sources)
        earlier = await store.judgements(report.call_id)
        if not verdict.has_answers and any(each.judgement is not None for each in earlier):
            return False  # A failure must not hide what was judged before.
        await store.add_judgement(
            report.call_id,
            NewJudgement(
                judged_at=verdict.judged_at,
                form_id=form.id,
                form_version=form.version,
                prompt_hash=verdict.prompt_hash,
                judge=verdict.judge,
                verdict=verdicts.to_text(verdict),
                raw=verdicts.raw_to_text(verdict),
            ),
        )
        if verdict.problem:
            log.warning("a call was not judged in full: %s", verdict.problem)
        return verdict.has_answers

    async def _events(self, call: CallId) -> list[CallEvent]:
        store = self._needs.store()
        events = await store.read(call) if store is not None else []
        if not events:
            raise NotJudged("The call is not in the history.")
        return events

    def _why_not(self, events: Sequence[CallEvent]) -> str:
        """Say why a call that has no verdict has none; empty: nobody asked for one."""
        from copilot_desktop.report.judging.marking import NOBODY, NOT_YET

        if events and self.is_running(CallId(events[0].call_id)):
            return BEING_JUDGED
        if self._needs.judge() is None:
            return NOBODY
        if not self._needs.settings().judge_calls:
            return OFF
        return PRACTICE if _is_practice(events) and not _used_real_engines(events) else NOT_YET

    def _tell(self, call: CallId, stage: JudgementStage) -> None:
        self._needs.tell(JudgementChanged(call_id=call, stage=stage))


def is_worth_judging(events: Sequence[CallEvent]) -> bool:
    """Return whether a call is judged unasked: a talk, and no practice with the engines of this computer."""
    if any(isinstance(event, TreatmentChanged) and event.treatment is not Treatment.TALK for event in events):
        return False
    if not _measured(events).unjudgeable_because:
        return not _is_practice(events) or _used_real_engines(events)
    return False


def sources_of(events: Sequence[CallEvent]) -> list[Source]:
    """Return the documents that stood behind the suggestions of a call."""
    return [source for event in events if isinstance(event, SuggestionReady) for source in event.sources]


def form_in_use(settings: Settings) -> QualityForm:
    """Return the owner's form, or the program's where there is none or it is wrong. Blocks for some ms."""
    from copilot_desktop.report.judging.forms import FormError, load_form

    try:
        return load_form(settings.config_file.parent)
    except FormError as error:
        log.warning("the owner's form is not used: %s", error)
        return load_form()


def judged_report(
    events: Sequence[CallEvent], kept: Sequence[KeptJudgement], settings: Settings, why_not: str
) -> CallReport:
    """Return the report of a call under its newest judgement. Blocks; off the loop."""
    from copilot_desktop.report.judging.marking import judged

    return judged(_measured(events), form_in_use(settings), newest(kept), why_not=why_not)


def newest(kept: Sequence[KeptJudgement]) -> KeptVerdict | None:
    """Return the verdict that holds, with a person's answers; None: neither judged nor objected to."""
    from copilot_desktop.report.judging.verdict import KeptVerdict, Objection, from_text

    if not kept:
        return None
    last = kept[-1]
    objections = tuple(
        Objection(
            criterion_id=each.criterion_id,
            old=each.old_answer,
            new=each.new_answer,
            by=each.made_by,
            at=each.made_at,
            reason=each.reason,
        )
        for each in last.objections
    )
    verdict = from_text(last.judgement.verdict) if last.judgement is not None else None
    return KeptVerdict(version=last.version, verdict=verdict, objections=objections)


def _measured(events: Sequence[CallEvent]) -> CallReport:
    from copilot_desktop.report import build

    return build(events)


def _is_practice(events: Sequence[CallEvent]) -> bool:
    return any(isinstance(event, CallRinging) and event.is_practice for event in events)


def _used_real_engines(events: Sequence[CallEvent]) -> bool:
    return any(isinstance(event, EngineUsed) and event.part is not EnginePart.JUDGE for event in events)
