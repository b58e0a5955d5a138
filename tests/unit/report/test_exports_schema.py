"""The JSON export keeps to its published schema, and the schema tells of every field what it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from copilot_desktop.calls.events import CallEvent, Outcome, Party
from copilot_desktop.report import CallReport, build
from copilot_desktop.report.exports import to_json
from copilot_desktop.report.hiding import without_people
from copilot_desktop.report.judging.forms import load_form
from copilot_desktop.report.judging.marking import judged
from copilot_desktop.report.mood_line import Mood, MoodLine, MoodPoint, MoodTrend
from copilot_desktop.report.schema import schema_path, structure, undescribed, with_words
from tests.support.long_call import long_call
from tests.unit.report.calls import known_call, over, ringing
from tests.unit.report.private_call import private_call

MOOD = MoodLine(
    points=(MoodPoint(at_ms=0, end_ms=900, party=Party.CALLER, mood=Mood.NEGATIVE),),
    trends=(MoodTrend(party=Party.CALLER, start=-1.0, end=0.5),),
)


def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(schema_path().read_text(encoding="utf-8"))
    return found


def strict() -> dict[str, Any]:
    """The same, taking no field that it does not name."""
    found = schema()
    for part in (found, *found["$defs"].values()):
        if part.get("type") == "object":
            part["additionalProperties"] = False
    return found


def test_the_file_is_what_the_code_writes() -> None:
    kept = schema()
    assert with_words(structure(), kept) == kept, "run `python -m copilot_desktop.report.schema`"
    assert undescribed(kept) == [], "say in the schema what these are"
    Draft202012Validator.check_schema(kept)


@pytest.mark.parametrize(
    "events",
    [
        known_call(),
        known_call(is_practice=True),
        long_call(60),
        private_call(),
        [ringing(), *over(12_000, Outcome.MISSED)[1:]],
        [ringing(caller="")],
    ],
    ids=["whole", "practice", "long", "private", "missed", "running"],
)
@pytest.mark.parametrize("is_hidden", [False, True])
def test_every_export_keeps_to_it(events: list[CallEvent], is_hidden: bool) -> None:
    report: CallReport = replace(judged(build(events), load_form(), None), mood=MOOD)
    document = json.loads(to_json(without_people(report) if is_hidden else report))
    Draft202012Validator(strict()).validate(document)


def test_it_would_find_a_wrong_one() -> None:
    document = json.loads(to_json(build(known_call())))
    check = Draft202012Validator(strict())
    spoils: tuple[Callable[[dict[str, Any]], object], ...] = (
        lambda report: report.update(duration_ms="62"),
        lambda report: report.pop("call_id"),
        lambda report: report["lines"][0].update(party="robot"),
        lambda report: report.update(surprise=1),
    )
    for spoil in spoils:
        spoiled = json.loads(json.dumps(document))
        spoil(spoiled["report"])
        assert not check.is_valid(spoiled)
