"""Exports: complete, stable, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, timedelta, timezone

import pytest

from copilot_desktop.calls.events import CallEvent, Outcome, SummaryWritten
from copilot_desktop.report import CallReport, build
from copilot_desktop.report.exports import file_name, from_json, to_csv, to_json, to_txt
from tests.unit.report.calls import CALL, in_order, known_call, over, ringing


def missed() -> list[CallEvent]:
    return [ringing(), *over(12_000, Outcome.MISSED)[1:]]


def rows(*reports: CallReport) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(to_csv(*reports), newline="")))


@pytest.mark.parametrize("events", [known_call(), missed(), [ringing()]], ids=["whole", "missed", "running"])
def test_json_comes_back_as_it_went(events: list[CallEvent]) -> None:
    report = build(events)
    assert from_json(to_json(report)) == report


def test_json_is_what_its_description_says() -> None:
    document = json.loads(to_json(build(known_call())))
    assert (document["schema"], document["version"]) == ("call-report", 1)
    report = document["report"]
    assert report["started_at"] == "2026-03-12T14:28:10Z"
    assert report["conversation"] == [2000, 62000]
    (silence,) = [m for g in report["groups"] for m in g["measures"] if m["id"] == "longest_silence"]
    assert (silence["value"], silence["unit"], silence["moments"]) == (8000, "ms", [[20000, 28000]])
    for wrong in ('{"schema": "call-report", "version": 2}', "[]", "no json"):
        with pytest.raises(ValueError, match="."):
            from_json(wrong)


def test_csv_has_one_line_a_call_and_leaves_empty_what_was_not_measured() -> None:
    whole, none = rows(build(known_call()), build(missed()))
    assert whole["longest_silence_ms"] == "8000"
    assert whole["suggestions_used"] == "1"
    assert float(whole["talk_share_caller"]) == pytest.approx(17_500 / 30_800)
    assert (none["outcome"], none["dead_air"], none["conversation_s"]) == ("missed", "", "")
    assert whole.keys() == none.keys()


def test_csv_holds_no_formulas() -> None:
    for start in "=+-@\t\r\n":
        report = build(in_order(known_call(), SummaryWritten(call_id=CALL, at_ms=90_000, text=f"{start}1+1")))
        (row,) = rows(report)
        assert row["summary"] == f"'{start}1+1"
    assert row["caller"] == "'+12025550142"
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())


def test_text_is_the_transcript() -> None:
    lines = to_txt(build(known_call()), zone=UTC).splitlines()
    assert lines[0] == "Call · 12 March 2026, 14:28 · +1 202-555-0142 · Completed"
    assert lines[2] == "   0:02  AI: Good day. How can I help? [after 0.90 s]"
    assert (
        "   0:42  AI: Your order will arrive [cut short, not heard: on Friday before noon.] [after 2.0 s]"
        in lines
    )
    assert "Notice: given by the AI at 0:03: “This call is recorded.”" in lines
    assert "Not kept: 0:31 to 0:36 (5.5 s): a card number" in lines
    assert "No mood: it was not read." in lines
    none = to_txt(build(missed())).splitlines()
    assert none[2:] == [
        "Nothing was said.",
        "",
        "What is missing",
        "Nothing was measured: the call was never connected.",
    ]


def test_file_names_tell_when_and_nothing_of_whom() -> None:
    report = build(known_call())
    assert file_name(report, "pdf", UTC) == "2026-03-12_1428_report.pdf"
    assert file_name(report, ".json", timezone(timedelta(hours=10))) == "2026-03-13_0028_report.json"
    assert file_name(build(known_call(is_practice=True)), "wav", UTC) == "PRACTICE_2026-03-12_1428_report.wav"
