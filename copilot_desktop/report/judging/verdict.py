"""Verdict: what came of asking a judge about one call, as it is kept for ever. Text in, text out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from copilot_desktop.report.judgement import AnswerState, Claim, Evidence
from copilot_desktop.report.judging.forms import QualityForm


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedAnswer:
    """What a judge said about one criterion, and what our check made of it. `answer` is empty if it fell."""

    state: AnswerState
    answer: str = ""
    raw_answer: str = ""
    evidence: tuple[Evidence, ...] = ()
    reasoning: str = ""
    confidence: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawAnswer:
    """One answer of the judge as it came, a JSON object, or why none came."""

    asked: str
    """The section; "overview"."""
    attempt: int
    text: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`form` is the whole form as JSON: a report shows what was asked then, whatever is asked now."""

    form: str
    prompt_hash: str
    judge: str
    judged_at: datetime
    answers: dict[str, JudgedAnswer]
    raw: tuple[RawAnswer, ...] = ()
    problem: str = ""
    summary: tuple[Claim, ...] = ()
    outcome: Claim | None = None
    follow_ups: tuple[Claim, ...] = ()

    @property
    def quality_form(self) -> QualityForm:
        """The form that was used. Raises ValueError."""
        return QualityForm.model_validate_json(self.form)

    @property
    def has_answers(self) -> bool:
        """Whether the judge said anything that can be shown."""
        return any(each.state is not AnswerState.NOT_JUDGED for each in self.answers.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """A person says that an answer is wrong."""

    criterion_id: str
    old: str
    new: str
    by: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptVerdict:
    """One judgement of a call, out of the history. Versions begin with 1; the highest holds.

    Without a verdict no AI has judged, and a person has: version 0.
    """

    version: int
    verdict: Verdict | None
    objections: tuple[Objection, ...] = ()


def to_text(verdict: Verdict) -> str:
    """Return `verdict` as JSON, without the raw answers, which lie beside it."""
    return msgspec.json.encode(replace(verdict, raw=())).decode()


def raw_to_text(verdict: Verdict) -> str:
    """Return what the judge wrote, request by request, as JSON."""
    return msgspec.json.encode(verdict.raw).decode()


def from_text(text: str) -> Verdict:
    """Return what `to_text` wrote. Raises ValueError."""
    return msgspec.json.decode(text, type=Verdict)
