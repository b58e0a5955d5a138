"""How a judgement reads: the same words on the page, in exports and on screen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from copilot_desktop.report.judgement import (
    AnswerState,
    Claim,
    CriterionAnswer,
    Evidence,
    Judgement,
    SectionResult,
)
from copilot_desktop.report.model import CallReport
from copilot_desktop.report.wording import PARTIES, clock, date, local

STATES = {
    AnswerState.MEASURED: "measured",
    AnswerState.CHECKED: "checked ✓",
    AnswerState.CANNOT_TELL: "could not be judged",
    AnswerState.UNVERIFIED: "not checked",
    AnswerState.DISAGREED: "please check",
    AnswerState.NOT_JUDGED: "not judged",
}
CHECKED, NOT_CHECKED = "checked ✓", "not checked"
OPINION = (
    "Answers marked measured were worked out by the program. All others are the opinion of an AI: checked "
    "means that its evidence was found in the transcript, not that it is right. A person may change all."
)
_MOST_MOMENTS = 4


def sign(answer: CriterionAnswer) -> str:
    """Return ✓ met, ◐ partly, ✗ not met, – does not apply, ? open."""
    if answer.points is None:
        return "–" if answer.answer else "?"
    return "✓" if answer.points == 1 else "✗" if answer.points == 0 else "◐"


def verdict(answer: CriterionAnswer) -> str:
    """Return the answer and where it comes from: "yes · checked ✓"; a person's shows both."""
    if answer.override is not None:
        old = dict(answer.options).get(answer.override.old, "no answer")
        return f"{answer.words} · changed by {answer.override.by}, was: {old}"
    parts = [answer.words, STATES[answer.state]]
    return " · ".join(part for part in parts if part)


def note(answer: CriterionAnswer) -> str:
    """Return what else is to be said: what was measured, why it is open, the AI's reason, the person's."""
    said = [answer.note, answer.reasoning]
    if answer.state is AnswerState.UNVERIFIED and answer.raw_answer:
        said.append(f"The AI had said: {dict(answer.options).get(answer.raw_answer, answer.raw_answer)}.")
    if answer.override is not None and answer.override.reason:
        said.append(f"Reason of the change: {answer.override.reason}")
    return " ".join(_sentence(each) for each in said if each)


def evidence(place: Evidence) -> str:
    """Return a place in the call: “quote”, who, when, and whether it was found."""
    if place.text:
        who = f"{PARTIES[place.party]}, " if place.party is not None else ""
        found = CHECKED if place.is_checked else NOT_CHECKED
        # A line that does not exist has no time.
        when = f"{clock(place.at_ms)}, " if place.lines[0] else ""
        return f"“{place.text}” {who}{when}{found}"
    if place.lines[1]:
        return f"searched {clock(place.at_ms)} to {clock(place.end_ms)}"
    return clock(place.at_ms)


def evidences(answer: CriterionAnswer) -> list[str]:
    """Return all places; measured moments on one line."""
    if answer.state is not AnswerState.MEASURED:
        return [evidence(place) for place in answer.evidence]
    shown = [clock(place.at_ms) for place in answer.evidence[:_MOST_MOMENTS]]
    more = len(answer.evidence) - _MOST_MOMENTS
    return [f"at {', '.join(shown)}" + (f" +{more}" if more > 0 else "")] if shown else []


def answered(section: SectionResult) -> list[CriterionAnswer]:
    """Return the answers of which there is anything to tell."""
    return [each for each in section.answers if each.state is not AnswerState.NOT_JUDGED or each.override]


def not_judged(judgement: Judgement) -> str:
    """Return the criteria that nobody answered, as a list in words."""
    told = {answer.id for section in judgement.sections for answer in answered(section)}
    return "; ".join(each.title for each in judgement.answers if each.id not in told)


def section_score(section: SectionResult) -> str:
    """Return "26 of 30", or that nothing of it applies."""
    if section.share is None:
        return "nothing to score"
    return f"{section.weight * section.share:.0f} of {section.weight}"


def compliance(judgement: Judgement) -> str:
    """Return "Compliance 100 %"; empty: too little of it was answered."""
    return f"Compliance {judgement.compliance:.0f} %" if judgement.compliance is not None else ""


def form(judgement: Judgement) -> str:
    """Return "Form: Support v1"."""
    return f"Form: {judgement.form_title} v{judgement.form_version}"


def counts(judgement: Judgement) -> str:
    """Return how many of the AI's answers stand, and how many are open."""
    asked = [each for each in judgement.answers if each.state is not AnswerState.MEASURED]
    if not judgement.judge or not asked:
        return ""
    stand = sum(each.state is AnswerState.CHECKED for each in asked)
    return f"Checked evidence: {stand} of {len(asked)} answers"


def judged_by(judgement: Judgement, zone: tzinfo | None = None) -> str:
    """Return who judged and when; empty: nobody."""
    if not judgement.judge or judgement.judged_at is None:
        return ""
    at = local(judgement.judged_at, zone)
    again = f", judgement {judgement.version}" if judgement.version > 1 else ""
    return f"Judged by {judgement.judge}, {date(at)}, {at:%H:%M}{again}"


def good(judgement: Judgement) -> list[str]:
    """Return the titles of what was met."""
    return [each.title for each in judgement.answers if each.points == 1]


def to_improve(judgement: Judgement) -> list[str]:
    """Return the titles of what was not, or only partly, met; the heaviest first."""
    weights = {
        answer.id: section.weight * answer.weight * (1 - answer.points)
        for section in judgement.sections
        for answer in section.answers
        if answer.points is not None and answer.points < 1
    }
    titles = {answer.id: answer.title for answer in judgement.answers}
    return [titles[id] for id in sorted(weights, key=lambda id: -weights[id])]


def claim(said: Claim) -> str:
    """Return a claim with its times, and that it is not checked where that is so."""
    times = ", ".join(dict.fromkeys(clock(place.at_ms) for place in said.evidence if place.is_checked))
    return f"{said.text} ({times}, {CHECKED})" if said.is_checked else f"{said.text} ({NOT_CHECKED})"


def as_text(report: CallReport, zone: tzinfo | None = None) -> Iterator[str]:
    """Yield the judgement as plain lines."""
    judged = report.judgement
    if judged is None:
        return
    yield from ["Score", report.score_note]
    if report.unjudgeable_because:
        return
    yield from filter(None, [compliance(judged), counts(judged), form(judged), judged_by(judged, zone)])
    if judged.problem and judged.judge:
        yield f"Not complete: {judged.problem}"
    for section in judged.sections:
        if not (shown := answered(section)):
            continue
        yield ""
        yield f"{section.title}: {section_score(section)}"
        for answer in shown:
            yield f"  {sign(answer)} {answer.title}: {verdict(answer)}"
            yield from (f"      {line}" for line in [*evidences(answer), note(answer)] if line)
    if missing := not_judged(judged):
        yield from ["", f"Not judged: {missing}."]
    yield from _drafts("Summary by the AI", judged.summary)
    yield from _drafts("Suggested outcome", (judged.outcome,) if judged.outcome else ())
    yield from _drafts("Follow-ups", judged.follow_ups)


def _drafts(title: str, claims: tuple[Claim, ...]) -> Iterator[str]:
    if claims:
        yield ""
        yield title
        yield from (f"  {claim(each)}" for each in claims)


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
