"""WrapUp: what the agent wrote down after a call, and what an AI proposes for it. Plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from copilot_desktop.calls.events import CallEvent, WrapUpChanged
from copilot_desktop.report.judgement import Claim, Judgement

_DENIALS = frozenset({"not", "no", "never", "without", "cannot", "t"})
"""Words that turn an outcome round: "not resolved" is never "Resolved". "t" is what is left of "isn't"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUp:
    """The newest state of the form. `is_summary_own`: the agent wrote or accepted the summary."""

    summary: str = ""
    is_summary_own: bool = False
    outcome: str = ""
    follow_up: str = ""
    follow_up_by: str = ""
    follow_up_due: str = ""
    tags: tuple[str, ...] = ()
    notes: str = ""
    is_saved: bool = False

    @property
    def follow_up_words(self) -> str:
        """What is to be done, by whom and when, in one line; empty: nothing."""
        return " · ".join(part for part in (self.follow_up, self.follow_up_by, self.follow_up_due) if part)

    @property
    def all_rows(self) -> tuple[tuple[str, str], ...]:
        """Name and words of every field, in the order of the form."""
        return (
            ("Summary", self.summary),
            ("Outcome", self.outcome),
            ("Follow-up", self.follow_up_words),
            ("Tags", ", ".join(self.tags)),
            ("Notes", self.notes),
        )

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """The fields that are filled in."""
        return tuple((name, words) for name, words in self.all_rows if words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What an AI suggests for the form; only what our code found in the transcript."""

    summary: str = ""
    outcome: str = ""
    follow_ups: tuple[str, ...] = ()


def read(events: Sequence[CallEvent]) -> WrapUp | None:
    """Return what stands in a call's form; None: there was none."""
    written = [event for event in events if isinstance(event, WrapUpChanged)]
    if not written:
        return None
    last = written[-1]
    return WrapUp(
        summary=last.summary,
        is_summary_own=last.is_summary_own,
        outcome=last.outcome,
        follow_up=last.follow_up,
        follow_up_by=last.follow_up_by,
        follow_up_due=last.follow_up_due,
        tags=last.tags,
        notes=last.notes,
        is_saved=last.is_saved,
    )


def proposal(judgement: Judgement | None, outcomes: Sequence[str]) -> Proposal:
    """Return what a judgement suggests. The outcome is one of `outcomes`, or none."""
    if judgement is None:
        return Proposal()
    outcome = judgement.outcome
    return Proposal(
        summary=" ".join(_checked(judgement.summary)),
        outcome=_closest(outcome.text, outcomes) if outcome is not None and outcome.is_checked else "",
        follow_ups=tuple(_checked(judgement.follow_ups)),
    )


def _checked(claims: Sequence[Claim]) -> list[str]:
    """Sentences whose evidence is not in the call are not proposed."""
    return [claim.text.strip() for claim in claims if claim.is_checked]


def _closest(text: str, outcomes: Sequence[str]) -> str:
    """Return the longest outcome whose words all stand in `text`, if that denies nothing else."""
    said = set(_words(text))
    denied = said & _DENIALS
    fitting = [
        outcome
        for outcome in outcomes
        if (words := set(_words(outcome))) and words <= said and denied <= words
    ]
    return max(fitting, key=len, default="")


def _words(text: str) -> list[str]:
    return "".join(letter if letter.isalnum() else " " for letter in text.casefold()).split()
