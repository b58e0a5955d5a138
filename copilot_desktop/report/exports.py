"""CallReport → JSON, CSV, plain text, and the name of the file they go into.

JSON, schema "call-report" version 1. New fields may come; the meaning of one only changes with the version.

    {"schema": "call-report", "version": 1,
     "report": {"call_id", "caller", "line", "is_practice", "started_at" (ISO 8601, UTC), "outcome" or null,
       "duration_ms", "conversation": [from, to] or null, "score_note", "caution", "summary" or null,
       "notes" (the agent's own),
       "handled_by": [{"mode", "duration_ms"}],
       "groups": [{"title", "measures": [{"id", "name", "unit", "definition", "value" or null,
                   "moments": [[from, to]], "missing_because", "grade": "good"|"watch"|"bad"|null}]}],
       "speech": [{"party", "spans": [[from, to]]}], "holds": [[from, to]],
       "marks": [{"at_ms", "kind", "text"}], "happenings": [{"at_ms", "kind", "detail"}],
       "troubles": [{"at_ms", "problem", "is_recovered"}],
       "lines": [{"at_ms", "end_ms", "party", "text", "cut_short", "unheard"}],
       "unjudgeable_because" (why no call like this is scored, or empty),
       "judgement": null or {"form_title", "form_version", "score": 0 to 100 or null, "compliance": the same,
         "score_note", "failed": [titles of fatal criteria], "applicable_share": 0 to 1,
         "judge" (empty: no AI), "judged_at" or null, "version", "problem",
         "summary": [claim], "outcome": claim or null, "follow_ups": [claim],
         with claim {"text", "evidence": [evidence]},
         "sections": [{"id", "title", "weight", "share": 0 to 1 or null, "answers": [{"id", "title", "weight",
           "is_fatal", "is_compliance", "state": "measured"|"checked"|"cannot_tell"|"unverified"|"disagreed"|
           "not_judged", "answer", "words", "points": 0 to 1 or null, "evidence": [evidence], "reasoning",
           "confidence", "note", "raw_answer" (before the check), "options": [[id, words]],
           "override": null or {"old", "new", "by", "at", "reason"}}]}]}}}

An evidence is {"at_ms", "end_ms", "text", "party" or null, "lines": [first, last] of those with words,
"is_checked": found in the transcript, said by the right person}. Lines are counted from 1.

Every `[from, to]` and `…_ms` is in milliseconds since the call rang.

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

from copilot_desktop.report import judgement_words, wording
from copilot_desktop.report.model import CallReport, MarkKind, Measure, Unit

SCHEMA, VERSION = "call-report", 1
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def to_json(report: CallReport) -> str:
    """Return the whole report by the schema above."""
    document = {"schema": SCHEMA, "version": VERSION, "report": msgspec.to_builtins(report)}
    return msgspec.json.format(msgspec.json.encode(document)).decode() + "\n"


def from_json(text: str) -> CallReport:
    """Return what `to_json` wrote. Raises ValueError."""
    document: dict[str, Any] = msgspec.json.decode(text, type=dict[str, Any])
    if (document.get("schema"), document.get("version")) != (SCHEMA, VERSION):
        raise ValueError("this is no call report of version 1")
    return msgspec.convert(document.get("report"), type=CallReport)


def to_csv(*reports: CallReport) -> str:
    """Return a header and one line for each of `reports`. Lines end as RFC 4180 wants it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for index, report in enumerate(reports):
        cells = dict(_cells(report))
        if index == 0:
            writer.writerow(cells)
        writer.writerow(cells.values())
    return out.getvalue()


def to_txt(report: CallReport, zone: tzinfo | None = None) -> str:
    """Return the transcript as plain text, with a head that says which call it is, and the agent's notes."""
    head = ["PRACTICE CALL" if report.is_practice else "Call"]
    if report.started_at is not None:
        start = wording.local(report.started_at, zone)
        head.append(f"{wording.date(start)}, {start:%H:%M}")
    head += [wording.phone(report.caller), wording.outcome(report)]
    lines = [
        f"{wording.clock(line.at_ms):>7}  {wording.PARTIES[line.party]}: {' '.join(line.text.split())}"
        + (f" [cut short, not heard: {' '.join(line.unheard.split())}]" if line.cut_short else "")
        for line in report.lines
    ]
    beside = [
        f"{wording.clock(mark.at_ms):>7}  {wording.bookmark(mark)}"
        for mark in report.marks
        if mark.kind is MarkKind.BOOKMARK
    ]
    if report.notes:
        beside += ["", "Notes", *report.notes.splitlines()]
    if report.judgement is not None:
        beside += ["", *judgement_words.as_text(report, zone)]
    rest = ["", *beside] if beside else []
    return "\n".join([" · ".join(head), "", *(lines or ["Nothing was said."]), *rest]) + "\n"


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
    yield "notes", _as_text(report.notes)
    yield "call_id", _as_text(str(report.call_id))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"


def _column(measure: Measure) -> str:
    """Return the column's name, with the unit where the number alone would not tell."""
    suffix = {Unit.MS: "_ms"}.get(measure.unit, "")
    return measure.id + suffix


def _as_text(text: str) -> str:
    return "'" + text if text.startswith(_FORMULA_STARTS) else text
