"""Forms: the program's is right, an owner's takes its place, and what is wrong with one is named."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from copilot_desktop.report.judging.forms import (
    OWN_FORM,
    FormError,
    check_form,
    load_form,
    read_form,
    shipped_form,
)


def shipped() -> dict[str, Any]:
    return tomllib.loads(shipped_form().read_text(encoding="utf-8"))


def test_the_programs_form() -> None:
    form = load_form()
    assert (form.id, form.version) == ("support", 1)
    assert [section.weight for section in form.sections] == [10, 20, 30, 20, 10, 10]
    assert [criterion.id for criterion in form.criteria if criterion.fatal] == ["notice", "identity"]
    measured = {criterion.id for criterion in form.criteria if criterion.measured}
    assert measured == {"notice", "talking_over", "silence", "card_number"}
    assert len(form.criteria) == 12


def test_an_owners_form_takes_its_place(tmp_path: Path) -> None:
    text = shipped_form().read_text(encoding="utf-8").replace('title = "Support"', 'title = "Ours"')
    (tmp_path / OWN_FORM).write_text(text.replace("version = 1", "version = 7"), encoding="utf-8")
    form = load_form(tmp_path)
    assert (form.title, form.version) == ("Ours", 7)
    assert form.fingerprint != load_form().fingerprint
    assert load_form(tmp_path / "elsewhere").title == "Support"


def greeting(form: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = form["sections"][0]["criteria"][0]
    return found


def criterion(number: int, weight: int) -> dict[str, Any]:
    return {
        "id": f"c{number}",
        "title": "t",
        "question": "q",
        "weight": weight,
        "answers": [
            {"id": "yes", "words": "yes", "means": "m", "points": 1},
            {"id": "no", "words": "no", "means": "m", "points": 0},
        ],
    }


def too_many(form: dict[str, Any]) -> None:
    form["sections"][0]["criteria"] = [criterion(number, 20) for number in range(5)]
    form["sections"][5]["criteria"] = [criterion(number, 20) for number in range(5, 10)]


@pytest.mark.parametrize(
    ("breaks", "told"),
    [
        (lambda form: form.pop("title"), "title: Field required"),
        (lambda form: form.update(version=0), "version: Input should be greater than or equal to 1"),
        (
            lambda form: form["sections"][0].update(weight=9),
            "the weights of the sections add up to 99, not to 100",
        ),
        (
            lambda form: greeting(form).update(weight=51),
            "opening: the weights of its criteria add up to 101, not to 100",
        ),
        (lambda form: greeting(form).update(weight=-5), "opening.greeting.weight: "),
        (lambda form: greeting(form).update(id="notice"), "two criteria have the id notice"),
        (lambda form: form["sections"][1].update(id="opening"), "two sections have the id opening"),
        (lambda form: greeting(form).update(wieght=3), "opening.greeting.wieght: Extra"),
        (lambda form: greeting(form).update(id="The greeting"), "opening.The greeting.id: "),
        (lambda form: greeting(form)["answers"].pop(), "opening.greeting.answers: "),
        (
            lambda form: greeting(form)["answers"][0].update(points=2),
            "opening.greeting.yes.points: Input should be less than or equal to 1",
        ),
        (
            lambda form: greeting(form)["answers"][1].update(points=0.5),
            "opening.greeting: one answer must give 0 points",
        ),
        (
            lambda form: greeting(form)["answers"][0].update(shown_by="everybody"),
            "opening.greeting.yes.shown_by: ",
        ),
        (
            lambda form: greeting(form)["answers"][0].update(id="cannot_tell"),
            '"cannot_tell" is always possible',
        ),
        (
            lambda form: form["sections"].append(form["sections"][0]),
            "sections: Tuple should have at most 6 items",
        ),
        (too_many, "there are 19 criteria, 15 at most are possible"),
        (
            lambda form: form["sections"][0]["criteria"][1].update(measured="mood"),
            'notice.measured: the program does not measure "mood"',
        ),
        (
            lambda form: form["sections"][0]["criteria"][1]["answers"].pop(),
            'notice.answers: "na" is missing',
        ),
    ],
)
def test_what_is_wrong_is_named(breaks: Callable[[dict[str, Any]], object], told: str) -> None:
    form = shipped()
    breaks(form)
    with pytest.raises(FormError) as refused:
        check_form(form, "report-form.toml")
    assert told in str(refused.value)
    assert str(refused.value).startswith("report-form.toml: ")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"id = ", "is not TOML"),
        (b"\xff\xfe\x00", "is not UTF-8"),
        (b"", "id: Field required"),
        (b"x" * 300_000, "too large"),
    ],
)
def test_files_that_are_no_forms(content: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / OWN_FORM
    path.write_bytes(content)
    with pytest.raises(FormError, match=told):
        read_form(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FormError, match="cannot be read"):
        read_form(tmp_path / "none.toml")
