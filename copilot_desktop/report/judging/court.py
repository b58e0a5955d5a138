"""Court: asks a Judge about one call, section by section, and lets only checked answers through."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import BaseModel

from copilot_desktop.calls.errors import EngineError, EngineFault
from copilot_desktop.calls.events import CallId, Source
from copilot_desktop.calls.ports import Judge
from copilot_desktop.report.judgement import AnswerState, Claim
from copilot_desktop.report.judging import asking
from copilot_desktop.report.judging.checking import Checker
from copilot_desktop.report.judging.forms import Criterion, QualityForm, Section
from copilot_desktop.report.judging.numbered import numbered
from copilot_desktop.report.judging.verdict import JudgedAnswer, RawAnswer, Verdict
from copilot_desktop.report.model import CallReport

LIMIT_S = 900.0
"""For a whole call: a model on an ordinary computer takes minutes a request."""

_OVERVIEW = "overview"
_WORTH_A_SECOND_TRY = (EngineFault.BAD_ANSWER, EngineFault.BROKEN_OFF)
_CUT = "the answer did not come to its end, or did not keep to the form; answer more briefly."
_REASONS = {
    EngineFault.KEY_REFUSED: "the AI's server refused the key",
    EngineFault.NO_CREDIT: "the AI's account has no credit left",
    EngineFault.MODEL_MISSING: "the AI's model is not available",
    EngineFault.REQUEST_REFUSED: "the AI's server refused the request",
    EngineFault.RATE_LIMITED: "the AI's server had too many requests",
    EngineFault.UNREACHABLE: "the AI could not be reached",
    EngineFault.TOO_SLOW: "the AI did not answer in time",
    EngineFault.SERVER_FAILED: "the AI's server failed",
    EngineFault.BROKEN_OFF: "the AI's answer broke off",
    EngineFault.BAD_ANSWER: "the AI's answer could not be used",
    EngineFault.NOT_LOADED: "no AI was connected",
}
_NO_DOCUMENTS = "No documents were used in this call, so there is nothing to compare with."
_TWO_ANSWERS = "Asked twice, the AI gave two answers. Please check."
_NOT_TWICE = "The AI could not be asked a second time. Please check."
_F = TypeVar("_F")


class _Stopped(Exception):
    """Asking on is useless."""

    def __init__(self, fault: EngineFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class Court:
    """Judges calls by `form`. Asks nothing that the program measures; never asks more than once again.

    `limit_s` is for a whole call; what was answered by then stands.
    """

    def __init__(
        self,
        judge: Judge,
        form: QualityForm,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        limit_s: float = LIMIT_S,
    ) -> None:
        self._judge, self._form, self._now, self._limit_s = judge, form, now, limit_s

    async def judge_call(self, report: CallReport, sources: Sequence[Source] = ()) -> Verdict:
        """Return the verdict on a call. `sources` are the documents that were used in it.

        An engine that fails is told in the verdict; this never raises EngineError. Takes up to minutes.
        """
        hearing = _Hearing(self._judge, self._form, report, sources)
        problem = ""
        try:
            async with asyncio.timeout(self._limit_s):
                await hearing.run()
        except TimeoutError:
            problem = _told(EngineFault.TOO_SLOW)
        except _Stopped as stopped:
            problem = _told(stopped.fault)
        return Verdict(
            form=self._form.model_dump_json(),
            prompt_hash=hearing.prompt_hash,
            judge=self._judge.origin,
            judged_at=self._now(),
            answers=hearing.complete(problem),
            raw=tuple(hearing.raw),
            problem=problem or hearing.problem,
            summary=hearing.summary,
            outcome=hearing.outcome,
            follow_ups=hearing.follow_ups,
        )


class _Hearing:
    """One call before the judge."""

    def __init__(
        self, judge: Judge, form: QualityForm, report: CallReport, sources: Sequence[Source]
    ) -> None:
        self._judge, self._form, self._call = judge, form, CallId(report.call_id)
        self._sources = sources
        self._lines = numbered(report.lines)
        self._checker = Checker(self._lines)
        self._hash = hashlib.sha256()
        self._confirmed: set[str] = set()
        """Fatal criteria that were answered twice, both times the same."""
        self.answers: dict[str, JudgedAnswer] = {}
        self.raw: list[RawAnswer] = []
        self.problem = ""
        self.summary: tuple[Claim, ...] = ()
        self.outcome: Claim | None = None
        self.follow_ups: tuple[Claim, ...] = ()

    @property
    def prompt_hash(self) -> str:
        """Of all that was asked, the call itself left out."""
        return self._hash.hexdigest()[:16]

    async def run(self) -> None:
        """Ask everything. Raises _Stopped."""
        for section in self._form.sections:
            await self._section(section)
        await self._overview()

    def complete(self, problem: str) -> dict[str, JudgedAnswer]:
        """Return an answer to everything that was to be asked."""
        note = problem or self.problem
        missing = JudgedAnswer(state=AnswerState.NOT_JUDGED, note=note)
        asked = [criterion for criterion in self._form.criteria if not criterion.measured]
        answers = {criterion.id: self.answers.get(criterion.id, missing) for criterion in asked}
        for criterion in asked:
            answer = answers[criterion.id]
            if (
                criterion.fatal
                and answer.state is AnswerState.CHECKED
                and criterion.id not in self._confirmed
            ):
                answers[criterion.id] = _doubted(answer, _NOT_TWICE)
        return answers

    async def _section(self, section: Section) -> None:
        criteria = [criterion for criterion in section.criteria if not criterion.measured]
        for criterion in criteria:
            if criterion.needs_documents and not self._sources:
                self.answers[criterion.id] = JudgedAnswer(state=AnswerState.NOT_JUDGED, note=_NO_DOCUMENTS)
        open_criteria = [criterion for criterion in criteria if criterion.id not in self.answers]
        if not open_criteria:
            return
        wrong = await self._attempt(section, open_criteria, 1, ())
        if wrong:
            again = [criterion for criterion in open_criteria if criterion.id in wrong]
            await self._attempt(section, again, 2, list(dict.fromkeys(wrong.values())))
        for criterion in open_criteria:
            if criterion.fatal:
                await self._ask_twice(section, criterion)

    async def _attempt(
        self, section: Section, criteria: Sequence[Criterion], attempt: int, complaints: Sequence[str]
    ) -> dict[str, str]:
        """Ask for `criteria`, keep the answers, and return what is wrong with them by their ids."""
        instructions = asking.section_instructions(section, criteria, len(self._lines))
        if complaints:
            instructions = asking.again(instructions, complaints)
        else:
            self._hash.update(instructions.encode())
        form = asking.section_form(criteria)
        filled_in, fault = await self._ask(section.id, attempt, instructions, form, self._call_text(criteria))
        if filled_in is None and attempt == 1:
            return {criterion.id: f"{criterion.id}: {_CUT}" for criterion in criteria}
        if filled_in is None:
            self.problem = _told(fault)
            for criterion in criteria:
                unread = JudgedAnswer(state=AnswerState.CANNOT_TELL, note=_told(fault))
                # What fell in the first attempt stays what it was: evidence that is not there.
                self.answers.setdefault(criterion.id, unread)
            return {}
        checked = await asyncio.to_thread(self._check, criteria, filled_in)
        self.answers.update({id: answer for id, (answer, _) in checked.items()})
        return {id: complaint for id, (_, complaint) in checked.items() if complaint}

    async def _ask_twice(self, section: Section, criterion: Criterion) -> None:
        """Ask a fatal criterion again with its answers in reversed order; two answers are none."""
        first = self.answers[criterion.id]
        if first.state is not AnswerState.CHECKED:
            return
        instructions = asking.section_instructions(section, [criterion], len(self._lines), is_reversed=True)
        self._hash.update(instructions.encode())
        form = asking.section_form([criterion], is_reversed=True)
        asked = f"{section.id}/{criterion.id} reversed"
        filled_in, _ = await self._ask(asked, 1, instructions, form, self._call_text([criterion]))
        if filled_in is None:
            return
        checked = await asyncio.to_thread(self._check, [criterion], filled_in)
        if checked[criterion.id][0].answer == first.answer:
            self._confirmed.add(criterion.id)
        else:
            self.answers[criterion.id] = _doubted(first, _TWO_ANSWERS)

    async def _overview(self) -> None:
        instructions = asking.overview_instructions()
        self._hash.update(instructions.encode())
        text = asking.call_text(self._lines)
        given, fault = await self._ask(_OVERVIEW, 1, instructions, asking.Overview, text)
        if given is None and fault in _WORTH_A_SECOND_TRY:
            again = asking.again(instructions, [_CUT])
            given, fault = await self._ask(_OVERVIEW, 2, again, asking.Overview, text)
        if given is None:
            self.problem = self.problem or _told(fault)
            return
        self.summary = await self._claims(given.summary)
        self.outcome = next(iter(await self._claims([given.outcome])), None)
        self.follow_ups = await self._claims(given.follow_ups)

    async def _claims(self, given: Sequence[asking.GivenClaim]) -> tuple[Claim, ...]:
        def check() -> tuple[Claim, ...]:
            return tuple(self._checker.claim(each.text, each.evidence) for each in given if each.text.strip())

        return await asyncio.to_thread(check)

    async def _ask(
        self, asked: str, attempt: int, instructions: str, form: type[_F], text: str
    ) -> tuple[_F | None, EngineFault]:
        """Return the form filled in, or None and why. Raises _Stopped where asking on is useless."""
        try:
            given = await self._judge.judge(instructions, text, form, call=self._call, repeats=False)
        except EngineError as error:
            self.raw.append(RawAnswer(asked=asked, attempt=attempt, fault=error.fault.value))
            if error.fault in _WORTH_A_SECOND_TRY:
                return None, error.fault
            raise _Stopped(error.fault) from None
        text_of = given.model_dump_json() if isinstance(given, BaseModel) else ""
        self.raw.append(RawAnswer(asked=asked, attempt=attempt, text=text_of))
        return given, EngineFault.BAD_ANSWER

    def _check(
        self, criteria: Sequence[Criterion], filled_in: BaseModel
    ) -> dict[str, tuple[JudgedAnswer, str]]:
        checked: dict[str, tuple[JudgedAnswer, str]] = {}
        for criterion in criteria:
            given = asking.given_answer(filled_in, criterion.id)
            checked[criterion.id] = self._checker.answer(
                criterion,
                answer=given.answer,
                evidence=given.evidence,
                searched=given.searched,
                reasoning=given.reasoning,
                confidence=given.confidence,
            )
        return checked

    def _call_text(self, criteria: Sequence[Criterion]) -> str:
        needs_documents = any(criterion.needs_documents for criterion in criteria)
        return asking.call_text(self._lines, self._sources if needs_documents else ())


def _doubted(answer: JudgedAnswer, note: str) -> JudgedAnswer:
    return replace(answer, state=AnswerState.DISAGREED, answer="", note=note)


def _told(fault: EngineFault) -> str:
    reason = _REASONS[fault]
    return f"{reason[0].upper()}{reason[1:]}."
