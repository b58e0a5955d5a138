"""The checklist and the form after the call in the report and in every export."""

from __future__ import annotations

import csv
import io
import json

from copilot_desktop.calls.events import CallEvent, ChecklistChanged, ChecklistItem, WrapUpChanged
from copilot_desktop.report import build, page, steps
from copilot_desktop.report.exports import from_json, to_csv, to_json, to_txt
from tests.unit.report.calls import CALL, known_call

ITEMS = (
    ChecklistItem(step="greeting", is_required=True, is_done=True, done_ms=2_000),
    ChecklistItem(step="order number", is_required=True, hint="Ask for it."),
    ChecklistItem(step="goodbye", is_done=True, is_by_agent=True, done_ms=61_000),
)


def events() -> list[CallEvent]:
    older = ChecklistChanged(call_id=CALL, at_ms=1_000, items=(ITEMS[1],))
    form = WrapUpChanged(
        call_id=CALL,
        at_ms=70_000,
        summary="=HYPERLINK(1)",
        outcome="Resolved",
        follow_up="Ring back",
        follow_up_by="Sam",
        tags=("late", "parcel"),
        is_saved=True,
    )
    return [*known_call(), older, ChecklistChanged(call_id=CALL, at_ms=61_000, items=ITEMS), form]


def test_the_newest_state_of_the_steps_counts() -> None:
    assert build(known_call()).checklist == ()
    report = build(events())
    assert report.checklist == ITEMS
    assert steps.missing(report.checklist) == ["order number"]
    assert steps.headline(ITEMS) == "2 of 3 steps done. Required and not done: order number."
    assert [steps.line(item) for item in ITEMS] == [
        "✓ Greeting, 0:02",
        "○ Order number (required)",
        "✓ Goodbye, 1:01, by the agent",
    ]


def test_every_export_has_them() -> None:
    report = build(events())
    assert from_json(to_json(report)) == report
    assert json.loads(to_json(report))["report"]["checklist"][1]["hint"] == "Ask for it."
    text = to_txt(report)
    assert "Required and not done: order number." in text
    assert "Follow-up: Ring back · Sam" in text
    (row,) = csv.DictReader(io.StringIO(to_csv(report)))
    assert (row["steps_done"], row["steps"], row["required_steps_missing"]) == ("2", "3", "order number")
    assert row["after_call_summary"] == "'=HYPERLINK(1)", "no formula for a spreadsheet"
    assert row["after_call_tags"] == "late, parcel"
    html = page.to_html(report)
    assert "○ Order number (required)" in html
    assert "Ring back" in html


def test_a_call_without_them_has_empty_cells() -> None:
    (row,) = csv.DictReader(io.StringIO(to_csv(build(known_call()))))
    assert (row["steps_done"], row["steps"], row["after_call_outcome"]) == ("", "", "")
