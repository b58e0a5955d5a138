"""CallReport → one HTML page, for browsers and, being made of tables, for Qt's printing."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from copilot_desktop.config import resources
from copilot_desktop.report import judgement_words, wording
from copilot_desktop.report.judgement import SectionResult
from copilot_desktop.report.model import CallReport, Grade, MarkKind, Measure, MeasureGroup
from copilot_desktop.report.timeline import COLOURS, timeline_svg, timeline_words

TIMELINE_IMAGE = "timeline.svg"
"""The picture's name in the page for print; whoever prints hands over `timeline_svg(report)` by it."""

_FIGURES = {
    "ai_response_median": "AI answered in",
    "longest_silence": "Longest silence",
    "line_mos": "Line (estimate)",
}
_MARK_NOTES = {
    MarkKind.TAKE_OVER: "The agent took over",
    MarkKind.HAND_BACK: "The agent gave the call back to the AI",
}


@dataclass(frozen=True, slots=True)
class _Fact:
    """One row of a table of facts."""

    name: str
    value: str
    times: str
    grade: Grade | None
    definition: str

    @property
    def grade_word(self) -> str:
        return wording.GRADES[self.grade] if self.grade else ""


@dataclass(frozen=True, slots=True)
class _Group:
    title: str
    facts: tuple[_Fact, ...]
    missing: str


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the transcript: an utterance, or a note between them when `who` is empty."""

    at_ms: int
    text: str
    who: str = ""
    colour: str = ""
    is_cut: bool = False
    unheard: str = ""

    @property
    def time(self) -> str:
        return wording.clock(self.at_ms)


@dataclass(frozen=True, slots=True)
class _Answer:
    sign: str
    title: str
    verdict: str
    evidences: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class _Section:
    title: str
    score: str
    answers: tuple[_Answer, ...]


@dataclass(frozen=True, slots=True)
class _Judged:
    """What a form says about the call."""

    about: str
    problem: str
    sections: tuple[_Section, ...]
    not_judged: str
    summary: tuple[str, ...]
    outcome: str
    follow_ups: tuple[str, ...]
    has_failed: bool


def to_html(
    report: CallReport, *, for_print: bool = False, zone: tzinfo | None = None, folder: Path | None = None
) -> str:
    """Return the whole page as one self-contained text. Blocks for some milliseconds: off the loop.

    `for_print` fits it to QTextDocument: the picture is then asked for by the name `TIMELINE_IMAGE`.
    Times are shown in `zone`, by default this computer's. `folder` holds `page.html` and `page.css`.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(folder or resources() / "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(
        report=report,
        title="Practice call" if report.is_practice else "Call report",
        caller=wording.phone(report.caller),
        line=wording.phone(report.line) if report.line else "",
        when=_when(report, zone),
        outcome=wording.outcome(report),
        rang="" if report.conversation else f" after {wording.duration(report.duration_ms)}",
        handled_by=wording.handled_by(report),
        figures=_figures(report),
        group_pairs=_pairs([_group(group) for group in report.groups]) if report.conversation else [],
        judged=_judged(report, zone),
        definitions=[m for m in report.measures if m.value is not None] if report.conversation else [],
        rows=_rows(report),
        timeline=TIMELINE_IMAGE if for_print else _data_uri(timeline_svg(report)),
        timeline_words=timeline_words(report),
        for_print=for_print,
        opinion=judgement_words.OPINION,
    )


def _judged(report: CallReport, zone: tzinfo | None) -> _Judged | None:
    judgement = report.judgement
    if judgement is None or report.unjudgeable_because:
        return None
    words = judgement_words
    about = [words.compliance(judgement), words.counts(judgement), words.form(judgement)]
    return _Judged(
        about=" · ".join(filter(None, [*about, words.judged_by(judgement, zone)])),
        problem=judgement.problem if judgement.judge else "",
        sections=tuple(_section(section) for section in judgement.sections if words.answered(section)),
        not_judged=words.not_judged(judgement),
        summary=tuple(map(words.claim, judgement.summary)),
        outcome=words.claim(judgement.outcome) if judgement.outcome else "",
        follow_ups=tuple(map(words.claim, judgement.follow_ups)),
        has_failed=bool(judgement.failed),
    )


def _section(section: SectionResult) -> _Section:
    words = judgement_words
    return _Section(
        section.title,
        words.section_score(section),
        tuple(
            _Answer(
                words.sign(answer),
                answer.title,
                words.verdict(answer),
                tuple(words.evidences(answer)),
                words.note(answer),
            )
            for answer in words.answered(section)
        ),
    )


def _when(report: CallReport, zone: tzinfo | None) -> str:
    if report.started_at is None:
        return "time unknown"
    start = wording.local(report.started_at, zone)
    return f"{wording.date(start)}, {start:%H:%M}"


def _data_uri(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _figures(report: CallReport) -> list[_Fact]:
    """Return the four numbers at the top; one that could not be measured says so."""
    if report.conversation is None:
        return []
    length = wording.duration(report.conversation.length_ms)
    figures = [_Fact("Conversation", length, "", None, "From the first sound to the end, holds included.")]
    for id, name in _FIGURES.items():
        fact = _fact(report.measure(id))
        figures.append(_Fact(name, fact.value, fact.times, fact.grade, fact.definition))
    return figures


def _fact(measure: Measure) -> _Fact:
    return _Fact(
        measure.name, wording.value(measure), wording.times(measure), measure.grade, measure.definition
    )


def _group(group: MeasureGroup) -> _Group:
    measured = tuple(_fact(measure) for measure in group.measures if measure.value is not None)
    return _Group(group.title, measured, _missing(group.measures))


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


def _pairs(groups: Sequence[_Group]) -> list[tuple[_Group, _Group | None]]:
    lefts, rights = groups[::2], [*groups[1::2], None]
    return list(zip(lefts, rights, strict=False))


def _rows(report: CallReport) -> list[_Row]:
    """Return the transcript with what happened between the words, by time."""
    said = (
        _Row(
            line.at_ms,
            line.text,
            wording.PARTIES[line.party],
            COLOURS[line.party],
            line.cut_short,
            line.unheard if line.cut_short else "",
        )
        for line in report.lines
    )
    return sorted([*said, *_notes(report)], key=lambda row: row.at_ms)


def _notes(report: CallReport) -> Iterator[_Row]:
    for mark in report.marks:
        if mark.kind in _MARK_NOTES:
            yield _Row(mark.at_ms, _MARK_NOTES[mark.kind])
        elif mark.kind is MarkKind.BOOKMARK:
            yield _Row(mark.at_ms, wording.bookmark(mark))
    for hold in report.holds:
        yield _Row(hold.at_ms, f"On hold for {wording.duration(hold.length_ms)}")
    for happening in report.happenings:
        yield _Row(happening.at_ms, wording.happening(happening))
    for trouble in report.troubles:
        words = wording.PROBLEMS[trouble.problem]
        yield _Row(trouble.at_ms, f"Working again: {words}" if trouble.is_recovered else f"Problem: {words}")
