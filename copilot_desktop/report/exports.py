"""CallReport → JSON, CSV, plain text, and the name of the file they go into.

JSON: by `resources/report/schema/call-report-1.json`, which says of every field what it is (see `schema`).
New fields may come; the meaning of one only changes with the version.

CSV: a header and one line a call. Numbers are plain; a measure without a value is an empty cell. Text that a
spreadsheet would take for a formula (it begins with = + - @, a tab or a line end) has an apostrophe before
it; so has every phone number that begins with +, which also keeps it from turning into 1.555E+10.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from typing import Any

import msgspec

from copilot_desktop.report import judgement_words, steps, wording
from copilot_desktop.report.gaps import gaps
from copilot_desktop.report.legal import legal_facts
from copilot_desktop.report.model import CallReport, MarkKind, Measure, ReportLine, Unit
from copilot_desktop.report.mood_words import mood_words
from copilot_desktop.report.schema import NAME, VERSION
from copilot_desktop.report.wrap_up import WrapUp

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def to_json(report: CallReport) -> str:
    """Return the whole report by the schema above."""
    document = {"schema": NAME, "version": VERSION, "report": msgspec.to_builtins(report)}
    return msgspec.json.format(msgspec.json.encode(document)).decode() + "\n"


def from_json(text: str) -> CallReport:
    """Return what `to_json` wrote. Raises ValueError."""
    document: dict[str, Any] = msgspec.json.decode(text, type=dict[str, Any])
    if (document.get("schema"), document.get("version")) != (NAME, VERSION):
        raise ValueError("this is no call report of version 1")
    return msgspec.convert(document.get("report"), type=CallReport)


def to_csv(*reports: CallReport) -> str:
    """Return a header and one line for each of `reports`. Lines end as RFC 4180 wants it."""
    table = Table()
    for report in reports:
        table.add(report)
    return table.text()


class Table:
    """Many calls as CSV. A call that lacks a column that another has leaves its cell empty."""

    def __init__(self) -> None:
        self._columns: list[str] = []
        self._rows: list[dict[str, str]] = []

    def add(self, report: CallReport) -> None:
        """Take one call's line; nothing else of the report is kept."""
        row = dict(_cells(report))
        before = ""
        for column in row:
            if column not in self._columns:
                # Beside its neighbour, so that the measures of one group stay together.
                self._columns.insert(self._columns.index(before) + 1 if before else 0, column)
            before = column
        self._rows.append(row)

    def text(self) -> str:
        """Return all of it; of no calls, nothing."""
        out = io.StringIO()
        if self._rows:
            writer = csv.DictWriter(out, self._columns, restval="", lineterminator="\r\n")
            writer.writeheader()
            writer.writerows(self._rows)
        return out.getvalue()


def to_txt(report: CallReport, zone: tzinfo | None = None) -> str:
    """Return the transcript as plain text, with a head that says which call it is, and the agent's notes."""
    head = ["PRACTICE CALL" if report.is_practice else "Call"]
    if report.started_at is not None:
        start = wording.local(report.started_at, zone)
        head.append(f"{wording.date(start)}, {start:%H:%M}")
    head += [wording.phone(report.caller), wording.outcome(report)]
    lines = [_said(line) for line in report.lines]
    beside = [
        f"{wording.clock(mark.at_ms):>7}  {wording.bookmark(mark)}"
        for mark in report.marks
        if mark.kind is MarkKind.BOOKMARK
    ]
    if report.notes:
        beside += ["", "Notes", *report.notes.splitlines()]
    if report.checklist:
        beside += ["", "Checklist", steps.headline(report.checklist), *map(steps.line, report.checklist)]
    if report.wrap_up is not None:
        beside += ["", "After the call", *(f"{name}: {words}" for name, words in report.wrap_up.rows)]
    if legal := legal_facts(report):
        beside += ["", "Notice and recording", *(f"{fact.name}: {fact.words}" for fact in legal)]
    if mood := mood_words(report.mood):
        beside += ["", "Mood", *mood]
    if report.judgement is not None:
        beside += ["", *judgement_words.as_text(report, zone)]
    if missing := gaps(report):
        beside += ["", "What is missing", *missing]
    rest = ["", *beside] if beside and beside[0] else beside
    return "\n".join([" · ".join(head), "", *(lines or ["Nothing was said."]), *rest]) + "\n"


def _said(line: ReportLine) -> str:
    parts = [f"{wording.clock(line.at_ms):>7}  {wording.PARTIES[line.party]}: {' '.join(line.text.split())}"]
    if line.cut_short:
        parts.append(f"[cut short, not heard: {' '.join(line.unheard.split())}]")
    if line.answered_after_ms is not None:
        parts.append(f"[after {wording.duration(line.answered_after_ms)}]")
    return " ".join(parts)


def file_name(report: CallReport, extension: str, zone: tzinfo | None = None) -> str:
    """Return "2026-03-12_1428_report.pdf": no number and no name in it. Practice calls say so."""
    start = wording.local(report.started_at or datetime.fromtimestamp(0, UTC), zone)
    practice = "PRACTICE_" if report.is_practice else ""
    return f"{practice}{start:%Y-%m-%d_%H%M}_report.{extension.lstrip('.')}"


def _cells(report: CallReport) -> Iterator[tuple[str, str]]:
    yield "started_at", report.started_at.astimezone(UTC).isoformat() if report.started_at else ""
    yield "caller", _as_text(report.caller)
    yield "line", _as_text(report.line)
    yield "practice", "yes" if report.is_practice else "no"
    yield "outcome", str(report.outcome or "")
    yield "duration_s", f"{report.duration_ms / 1000:.3f}"
    conversation = report.conversation
    yield "conversation_s", f"{conversation.length_ms / 1000:.3f}" if conversation else ""
    for measure in report.measures:
        yield _column(measure), "" if measure.value is None else f"{measure.value:.10g}"
    judgement = report.judgement
    yield "score", _number(judgement.score if judgement else None)
    yield "compliance_score", _number(judgement.compliance if judgement else None)
    yield "failed", _as_text("; ".join(judgement.failed) if judgement else "")
    yield "form", _as_text(f"{judgement.form_title} v{judgement.form_version}" if judgement else "")
    yield "judged_by", _as_text(judgement.judge if judgement else "")
    yield "summary", _as_text(report.summary or "")
    yield "notes", _as_text(" / ".join(filter(None, report.notes.splitlines())))
    yield "steps_done", _number(sum(item.is_done for item in report.checklist) if report.checklist else None)
    yield "steps", _number(len(report.checklist) or None)
    yield "required_steps_missing", _as_text("; ".join(steps.missing(report.checklist)))
    for name, words in (report.wrap_up or WrapUp()).all_rows:
        yield f"after_call_{name.lower().replace('-', '_')}", _as_text(" / ".join(words.splitlines()))
    yield "call_id", _as_text(str(report.call_id))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"


def _column(measure: Measure) -> str:
    """Return the column's name, with the unit where the number alone would not tell."""
    suffix = {Unit.MS: "_ms"}.get(measure.unit, "")
    return measure.id + suffix


def _as_text(text: str) -> str:
    return "'" + text if text.startswith(_FORMULA_STARTS) else text
