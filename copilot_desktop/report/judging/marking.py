"""Form, measured facts, verdict, objections → Judgement. Pure; every total is worked out here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from copilot_desktop.report.judgement import (
    AnswerState,
    CriterionAnswer,
    Judgement,
    Override,
    SectionResult,
)
from copilot_desktop.report.judging import arithmetic
from copilot_desktop.report.judging.arithmetic import Marked, MarkedSection
from copilot_desktop.report.judging.forms import Criterion, QualityForm, Section
from copilot_desktop.report.judging.measured import MEASURED
from copilot_desktop.report.judging.verdict import JudgedAnswer, KeptVerdict, Objection, Verdict
from copilot_desktop.report.model import CallReport

NOBODY = "No AI was connected to judge the call."
NOT_YET = "No AI has judged this call."
_BANDS = ((90, "very good"), (75, "good"), (50, "mixed"), (0, "weak"))
_NOT_JUDGED = JudgedAnswer(state=AnswerState.NOT_JUDGED)


def judged(
    report: CallReport, form: QualityForm, kept: KeptVerdict | None = None, *, why_not: str = NOBODY
) -> CallReport:
    """Return `report` with its judgement. Without a verdict only measured criteria are answered.

    `form` is today's; a verdict brings the form that it was made with. `why_not`: why there is no verdict.
    """
    judgement = judge_report(report, form, kept, why_not=why_not)
    return replace(report, judgement=judgement, score_note=judgement.score_note)


def judge_report(
    report: CallReport, form: QualityForm, kept: KeptVerdict | None = None, *, why_not: str = NOBODY
) -> Judgement:
    """Return the judgement of a call: see `judged`."""
    verdict = kept.verdict if kept is not None else None
    if verdict is not None:
        form = verdict.quality_form
    answers = verdict.answers if verdict is not None else {}
    objections = kept.objections if kept is not None else ()
    sections = tuple(_section(section, report, answers, objections) for section in form.sections)
    bare = Judgement(
        form_title=form.title,
        form_version=form.version,
        sections=sections,
        score=None,
        compliance=None,
        applicable_share=arithmetic.applicable_share(_marks(sections)),
        problem=why_not if verdict is None else verdict.problem,
        version=kept.version if kept is not None else 0,
    )
    told = _told(bare, verdict)
    return _with_scores(told, report, why_not if verdict is None else "")


def score_word(score: float) -> str:
    """Return a score in a word: 84 is good."""
    return next(word for least, word in _BANDS if round(score) >= least)


def _told(judgement: Judgement, verdict: Verdict | None) -> Judgement:
    if verdict is None:
        return judgement
    return replace(
        judgement,
        judge=verdict.judge,
        judged_at=verdict.judged_at,
        summary=verdict.summary,
        outcome=verdict.outcome,
        follow_ups=verdict.follow_ups,
    )


def _with_scores(judgement: Judgement, report: CallReport, why_not: str) -> Judgement:
    if report.unjudgeable_because:
        return replace(judgement, score_note=report.score_note, problem="")
    sections = _marks(judgement.sections)
    # A failed measured criterion is a fact, whatever else was judged.
    failed = tuple(answer.title for answer in judgement.answers if answer.is_fatal and answer.points == 0)
    score = arithmetic.score(sections) if arithmetic.is_enough(sections) else None
    return replace(
        judgement,
        score=score,
        compliance=_compliance(judgement),
        failed=failed,
        score_note=_score_note(judgement, score, failed, why_not),
    )


def _compliance(judgement: Judgement) -> float | None:
    """Return the compliance score, unless most of it stayed open: one answer out of four is no score."""
    asked = [answer for answer in judgement.answers if answer.is_compliance]
    answered = [answer for answer in asked if answer.answer]
    if len(answered) <= len(asked) / 2:
        return None
    return arithmetic.score(_marks(judgement.sections, only_compliance=True))


def _score_note(judgement: Judgement, score: float | None, failed: Sequence[str], why_not: str) -> str:
    if failed:
        beside = f" By the numbers alone, {score:.0f} of 100." if score is not None else ""
        return f"Failed: {'; '.join(failed)}.{beside}"
    if score is not None:
        return f"{score:.0f} – {score_word(score)}"
    share = f"{100 * judgement.applicable_share:.0f} %"
    if why_not:
        return (
            f"No score: {why_not[0].lower()}{why_not[1:]} What the program measures is {share} of the form."
        )
    return f"No score: not enough evidence. Only {share} of the form could be answered."


def _section(
    section: Section,
    report: CallReport,
    answers: Mapping[str, JudgedAnswer],
    objections: Sequence[Objection],
) -> SectionResult:
    results = tuple(
        _overridden(_answer(criterion, report, answers), criterion, objections)
        for criterion in section.criteria
    )
    share = arithmetic.section_share(Marked(result.weight, result.points) for result in results)
    return SectionResult(
        id=section.id, title=section.title, weight=section.weight, share=share, answers=results
    )


def _answer(criterion: Criterion, report: CallReport, answers: Mapping[str, JudgedAnswer]) -> CriterionAnswer:
    bare = CriterionAnswer(
        id=criterion.id,
        title=criterion.title,
        weight=criterion.weight,
        is_fatal=criterion.fatal,
        is_compliance=criterion.tag == "compliance",
        state=AnswerState.NOT_JUDGED,
        options=tuple((option.id, option.words) for option in criterion.answers),
    )
    if criterion.measured:
        return _measured(bare, criterion, report)
    given = answers.get(criterion.id, _NOT_JUDGED)
    return _with_answer(
        replace(
            bare,
            state=given.state,
            evidence=given.evidence,
            reasoning=given.reasoning,
            confidence=given.confidence,
            note=given.note,
            raw_answer=given.raw_answer,
        ),
        criterion,
        given.answer if given.state is AnswerState.CHECKED else "",
    )


def _measured(bare: CriterionAnswer, criterion: Criterion, report: CallReport) -> CriterionAnswer:
    measured = MEASURED.get(criterion.measured)
    if measured is None:
        # The form is of a newer program.
        return replace(bare, note="This program does not measure it.")
    found = measured.find(report)
    if found.answer is None:
        return replace(bare, note=found.note)
    told = replace(bare, state=AnswerState.MEASURED, note=found.note, evidence=found.moments)
    return _with_answer(told, criterion, found.answer)


def _overridden(
    answer: CriterionAnswer, criterion: Criterion, objections: Sequence[Objection]
) -> CriterionAnswer:
    mine = [each for each in objections if each.criterion_id == criterion.id]
    if not mine or criterion.option(mine[-1].new) is None:
        return answer
    last = mine[-1]
    override = Override(old=answer.answer, new=last.new, by=last.by, at=last.at, reason=last.reason)
    return replace(_with_answer(answer, criterion, last.new), override=override)


def _with_answer(answer: CriterionAnswer, criterion: Criterion, id: str) -> CriterionAnswer:
    option = criterion.option(id)
    if option is None:
        return replace(answer, answer="", words="", points=None)
    return replace(answer, answer=option.id, words=option.words, points=option.points)


def _marks(sections: Sequence[SectionResult], *, only_compliance: bool = False) -> list[MarkedSection]:
    return [
        MarkedSection(
            section.weight,
            tuple(
                Marked(answer.weight, answer.points)
                for answer in section.answers
                if answer.is_compliance or not only_compliance
            ),
        )
        for section in sections
    ]
