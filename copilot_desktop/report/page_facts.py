"""The measured facts as the page shows them: figures on top, groups side by side, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from copilot_desktop.report import wording
from copilot_desktop.report.model import CallReport, Grade, Measure, MeasureGroup

_FIGURES = {
    "ai_response_median": "AI answered in",
    "longest_silence": "Longest silence",
    "line_mos": "Line (estimate)",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of a table of facts."""

    name: str
    value: str
    times: str
    grade: Grade | None
    definition: str

    @property
    def grade_word(self) -> str:
        """The grade in words; empty without one."""
        return wording.GRADES[self.grade] if self.grade else ""


@dataclass(frozen=True, slots=True)
class Group:
    """Facts under one heading; `missing` names those without a value, and why."""

    title: str
    facts: tuple[Fact, ...]
    missing: str


def figures(report: CallReport) -> list[Fact]:
    """Return the four numbers at the top; one that could not be measured says so."""
    if report.conversation is None:
        return []
    length = wording.duration(report.conversation.length_ms)
    found = [Fact("Conversation", length, "", None, "From the first sound to the end, holds included.")]
    for id, name in _FIGURES.items():
        fact = _fact(report.measure(id))
        found.append(Fact(name, fact.value, fact.times, fact.grade, fact.definition))
    return found


def pairs(report: CallReport) -> list[tuple[Group, Group | None]]:
    """Return the groups two by two, as they stand side by side."""
    if report.conversation is None:
        return []
    groups = [_group(group) for group in report.groups]
    lefts, rights = groups[::2], [*groups[1::2], None]
    return list(zip(lefts, rights, strict=False))


def _fact(measure: Measure) -> Fact:
    return Fact(
        measure.name, wording.value(measure), wording.times(measure), measure.grade, measure.definition
    )


def _group(group: MeasureGroup) -> Group:
    measured = tuple(_fact(measure) for measure in group.measures if measure.value is not None)
    return Group(group.title, measured, _missing(group.measures))


def _missing(measures: Sequence[Measure]) -> str:
    """Return which measures are missing and why, those with one reason together."""
    names: dict[str, list[str]] = {}
    for measure in measures:
        if measure.value is None:
            names.setdefault(measure.missing_because, []).append(measure.name.removeprefix("… "))
    if len(names) == 1 and all(measure.value is None for measure in measures):
        (reason,) = names
        return f"Not measured: {reason}."
    parts = [f"{', '.join(missing)} ({reason})" for reason, missing in names.items()]
    return f"Not measured: {'; '.join(parts)}." if parts else ""
