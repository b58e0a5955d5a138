"""Bookmarks and the agent's notes in the report and in every export."""

from __future__ import annotations

import csv
import io
import json

import pytest

from copilot_desktop.calls.events import Bookmarked, CallEvent, NotesChanged
from copilot_desktop.report import CallReport, build
from copilot_desktop.report.exports import from_json, to_csv, to_json, to_txt
from copilot_desktop.report.model import MarkKind
from copilot_desktop.report.page import to_html
from copilot_desktop.report.timeline import timeline_svg
from tests.unit.report.calls import CALL, in_order, known_call


def noted_call() -> list[CallEvent]:
    return in_order(
        known_call(),
        Bookmarked(call_id=CALL, at_ms=30_000, moment_ms=30_000),
        NotesChanged(call_id=CALL, at_ms=31_000, text="wants"),
        Bookmarked(call_id=CALL, at_ms=33_000, moment_ms=30_000, text="order <number>"),
        Bookmarked(call_id=CALL, at_ms=50_000, moment_ms=50_000),
        NotesChanged(call_id=CALL, at_ms=51_000, text="=wants a call\n\non Tuesday\n"),
    )


@pytest.fixture
def report() -> CallReport:
    return build(noted_call())


def test_a_moment_is_one_mark_with_its_last_words(report: CallReport) -> None:
    marks = [(mark.at_ms, mark.text) for mark in report.marks if mark.kind is MarkKind.BOOKMARK]
    assert marks == [(30_000, "order <number>"), (50_000, "")]
    assert report.notes == "=wants a call\n\non Tuesday"


def test_the_page_has_them(report: CallReport) -> None:
    page = to_html(report)
    assert "<h2>Notes of the agent</h2>" in page
    assert "<p>=wants a call</p>" in page
    assert "Bookmark: order &lt;number&gt;" in page
    assert "but the notes was measured" in page
    assert "Notes of the agent" not in to_html(build(known_call()))


def test_the_timeline_explains_them(report: CallReport) -> None:
    assert ">bookmark</text>" in timeline_svg(report)
    assert "bookmark" not in timeline_svg(build(known_call()))


def test_every_export_has_them(report: CallReport) -> None:
    assert from_json(to_json(report)) == report
    document = json.loads(to_json(report))["report"]
    assert document["notes"] == "=wants a call\n\non Tuesday"
    assert {"at_ms": 30_000, "kind": "bookmark", "text": "order <number>"} in document["marks"]
    (row,) = csv.DictReader(io.StringIO(to_csv(report), newline=""))
    assert row["notes"] == "'=wants a call / on Tuesday"
    text = to_txt(report)
    assert "   0:30  Bookmark: order <number>\n   0:50  Bookmark\n" in text
    assert "\nNotes\n=wants a call\n\non Tuesday\n" in text
