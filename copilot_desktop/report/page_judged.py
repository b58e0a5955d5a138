"""What a form says about the call, as the page shows it: sections, answers, quotes with their times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from copilot_desktop.report import judgement_words as words
from copilot_desktop.report.judgement import AnswerState, Claim, CriterionAnswer, Evidence, SectionResult
from copilot_desktop.report.model import CallReport


@dataclass(frozen=True, slots=True)
class Place:
    """A quote or a moment. `at_ms`: where it is to be heard; None: nowhere in particular."""

    text: str
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """One criterion."""

    sign: str
    title: str
    verdict: str
    places: tuple[Place, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Section:
    """Criteria under one heading."""

    title: str
    score: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """All of it."""

    about: str
    problem: str
    sections: tuple[Section, ...]
    not_judged: str
    summary: tuple[Place, ...]
    outcome: Place | None
    follow_ups: tuple[Place, ...]
    has_failed: bool


def judged(report: CallReport, zone: tzinfo | None) -> Judged | None:
    """Return what the page says of the judgement; None where there is nothing to judge."""
    judgement = report.judgement
    if judgement is None or report.unjudgeable_because:
        return None
    about = [words.compliance(judgement), words.counts(judgement), words.form(judgement)]
    return Judged(
        about=" · ".join(filter(None, [*about, words.judged_by(judgement, zone)])),
        problem=judgement.problem if judgement.judge else "",
        sections=tuple(_section(section) for section in judgement.sections if words.answered(section)),
        not_judged=words.not_judged(judgement),
        summary=tuple(map(_claim, judgement.summary)),
        outcome=_claim(judgement.outcome) if judgement.outcome else None,
        follow_ups=tuple(map(_claim, judgement.follow_ups)),
        has_failed=bool(judgement.failed),
    )


def _section(section: SectionResult) -> Section:
    return Section(section.title, words.section_score(section), tuple(map(_answer, words.answered(section))))


def _answer(answer: CriterionAnswer) -> Answer:
    texts = words.evidences(answer)
    # Measured moments stand on one line: its first is the one to listen to.
    evidence = answer.evidence[:1] if answer.state is AnswerState.MEASURED else answer.evidence
    places = tuple(Place(text, _at(place)) for text, place in zip(texts, evidence, strict=True))
    return Answer(words.sign(answer), answer.title, words.verdict(answer), places, words.note(answer))


def _claim(claim: Claim) -> Place:
    checked = [place for place in claim.evidence if place.is_checked]
    return Place(words.claim(claim), checked[0].at_ms if checked else None)


def _at(place: Evidence) -> int | None:
    """A line that does not exist has no time."""
    return None if place.text and not place.lines[0] else place.at_ms
