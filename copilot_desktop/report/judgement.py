"""Judgement: what a quality form says about one call, answer by answer. Plain frozen data, like the facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from copilot_desktop.calls.events import Party


class AnswerState(StrEnum):
    """Where an answer comes from, or why there is none."""

    MEASURED = "measured"
    """By the program, from the sound and the words."""
    CHECKED = "checked"
    """By an AI, and its evidence was found in the transcript."""
    CANNOT_TELL = "cannot_tell"
    """The AI says that the transcript does not show it."""
    UNVERIFIED = "unverified"
    """The AI's evidence is not in the transcript, or somebody else said it. Its answer does not count."""
    DISAGREED = "disagreed"
    """Asked twice, the AI gave two answers. A person should look."""
    NOT_JUDGED = "not_judged"
    """Nobody was asked, or the answer could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A place in the call that an answer rests on. Times are milliseconds since the call rang.

    `text` is the quote; empty for a measured moment and for "not in these lines". `lines` are the first and
    the last line of the numbered transcript, from 1; (0, 0) for a measured moment. `is_checked`: our code
    found it there, said by the right person.
    """

    at_ms: int
    end_ms: int
    text: str = ""
    party: Party | None = None
    lines: tuple[int, int] = (0, 0)
    is_checked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A person disagrees: the old answer and the new one, who, when and why. Both stay visible."""

    old: str
    new: str
    by: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionAnswer:
    """One criterion. `answer` is one of the form's, in force now, or empty; `words` is how it reads.

    `points` is 0 to 1, or None for what does not count: does not apply, could not be told. `raw_answer` is
    what the AI said, even where that does not count.
    """

    id: str
    title: str
    weight: int
    is_fatal: bool
    is_compliance: bool
    state: AnswerState
    answer: str = ""
    words: str = ""
    points: float | None = None
    evidence: tuple[Evidence, ...] = ()
    reasoning: str = ""
    confidence: str = ""
    note: str = ""
    """Why it does not count, or what was measured."""
    raw_answer: str = ""
    options: tuple[tuple[str, str], ...] = ()
    """What could be answered: id and words."""
    override: Override | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionResult:
    """One section. `share` is 0 to 1, None where nothing of it applies."""

    id: str
    title: str
    weight: int
    share: float | None
    answers: tuple[CriterionAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A sentence of the AI about the call. Not checked: its evidence is not in the transcript."""

    text: str
    evidence: tuple[Evidence, ...] = ()

    @property
    def is_checked(self) -> bool:
        """Whether there is evidence, and all of it was found."""
        return bool(self.evidence) and all(each.is_checked for each in self.evidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """`score` and `compliance` are 0 to 100, None where there is no number; `score_note` says why.

    `failed` names the fatal criteria that were not met; `score` is then still the arithmetic one. `judge` is
    who judged, empty: no AI. `outcome` is suggested, never set. `version` counts the judgements of a call.
    """

    form_title: str
    form_version: int
    sections: tuple[SectionResult, ...]
    score: float | None
    compliance: float | None
    score_note: str = ""
    failed: tuple[str, ...] = ()
    applicable_share: float = 0.0
    """How much of the form's weight was answered, 0 to 1."""
    judge: str = ""
    judged_at: datetime | None = None
    version: int = 0
    problem: str = ""
    """What is missing and why, in a sentence."""
    summary: tuple[Claim, ...] = ()
    outcome: Claim | None = None
    follow_ups: tuple[Claim, ...] = ()

    @property
    def answers(self) -> tuple[CriterionAnswer, ...]:
        """All of them, in the order of the form."""
        return tuple(answer for section in self.sections for answer in section.answers)
