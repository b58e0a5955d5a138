"""The judgement of a report: measured criteria, objections, no AI, short calls; and how all of it reads."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from copilot_desktop.calls.card_numbers import HIDDEN
from copilot_desktop.calls.events import CallEvent, Outcome, Party, RecordingCause
from copilot_desktop.report import build
from copilot_desktop.report.exports import from_json, to_csv, to_json, to_txt
from copilot_desktop.report.judgement import AnswerState, CriterionAnswer, Evidence
from copilot_desktop.report.judging import verdict as verdicts
from copilot_desktop.report.judging.forms import load_form
from copilot_desktop.report.judging.marking import judged, score_word
from copilot_desktop.report.judging.measured import MEASURED
from copilot_desktop.report.judging.verdict import JudgedAnswer, KeptVerdict, Objection, RawAnswer, Verdict
from copilot_desktop.report.model import CallReport
from copilot_desktop.report.page import to_html
from tests.unit.report.calls import (
    AI,
    CALLER,
    hold,
    in_order,
    known_call,
    live,
    over,
    recorded,
    ringing,
    sound,
    words,
)
from tests.unit.report.judging.planted import NOW, planted
from tests.unit.report.test_page import HOSTILE, Page

FORM = load_form()
JUDGED = [criterion.id for criterion in FORM.criteria if not criterion.measured]


def checked(answer: str, text: str = "Good morning", at_ms: int = 2500) -> JudgedAnswer:
    place = Evidence(at_ms=at_ms, end_ms=at_ms + 900, text=text, party=AI, lines=(1, 1), is_checked=True)
    return JudgedAnswer(
        state=AnswerState.CHECKED,
        answer=answer,
        raw_answer=answer,
        evidence=(place,),
        reasoning="It is there",
    )


def verdict(answers: Mapping[str, JudgedAnswer] | None = None, **changes: object) -> Verdict:
    plan = dict.fromkeys(JUDGED, checked("yes")) | dict(answers or {})
    made = Verdict(
        form=FORM.model_dump_json(),
        prompt_hash="abc",
        judge="OpenAI gpt-6-luna",
        judged_at=NOW,
        answers=plan,
        raw=(RawAnswer(asked="opening", attempt=1, text="{}"),),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def under(
    made: Verdict | None, *objections: Objection, report: CallReport | None = None, version: int = 1
) -> CallReport:
    return judged(
        report or planted(), FORM, KeptVerdict(version=version, verdict=made, objections=objections)
    )


def answer(report: CallReport, id: str) -> CriterionAnswer:
    assert report.judgement is not None
    return next(each for each in report.judgement.answers if each.id == id)


def finding(name: str, events: list[CallEvent]) -> tuple[str | None, str]:
    found = MEASURED[name].find(build(events))
    return found.answer, found.note


# Measured criteria.


def talk(*parts: CallEvent | list[CallEvent]) -> list[CallEvent]:
    return in_order(ringing(), live(0), *parts, over(60_000))


def test_talking_over() -> None:
    assert finding("talking_over", talk(sound(CALLER, (1000, 5000)), sound(AI, (6000, 9000))))[0] == "yes"
    once = talk(sound(CALLER, (1000, 5000)), sound(AI, (3000, 9000)))
    assert finding("talking_over", once) == ("partly", "We began once while the caller was speaking.")
    often = talk(
        *(sound(CALLER, (s, s + 4000)) for s in (1000, 11_000)), sound(AI, (3000, 9000), (13_000, 17_000))
    )
    assert finding("talking_over", often) == ("no", "We began 2 times while the caller was speaking.")
    assert finding("talking_over", in_order(ringing(), *over(1)[1:]))[0] is None


def test_silence() -> None:
    quick = talk(sound(CALLER, (1000, 30_000)), sound(AI, (32_000, 59_000)))
    assert finding("silence", quick)[0] == "yes"
    slow = talk(sound(CALLER, (1000, 10_000)), sound(AI, (22_000, 59_000)))
    found = MEASURED["silence"].find(build(slow))
    assert (found.answer, [(each.at_ms, each.end_ms) for each in found.moments]) == ("no", [(10_000, 22_000)])
    on_hold = talk(sound(CALLER, (1000, 10_000)), hold(10_500, 21_500), sound(AI, (22_000, 59_000)))
    assert finding("silence", on_hold)[0] == "yes"


def test_card_numbers() -> None:
    def said(text: str) -> list[CallEvent]:
        return talk(sound(CALLER, (1000, 9000)), [words(CALLER, 1000, 9000, text)])

    assert finding("card_number", said("My lamp is late."))[0] == "na"
    assert finding("card_number", said(f"It is {HIDDEN}, thanks."))[0] == "yes"
    assert finding("card_number", said("It is 4111 1111 1111 1111."))[0] == "no"
    assert (
        finding("card_number", said("four one one one, one one one one, one one one one, one one one one"))[0]
        == "no"
    )
    paused = talk([recorded(5000, is_on=False, cause=RecordingCause.CARD_NUMBER)])
    assert finding("card_number", paused)[0] == "yes"


@pytest.mark.parametrize(
    ("notice_ms", "is_met"),
    [(5600, "yes"), (10_500, "yes"), (16_500, "no"), (None, "no")],
    ids=["before", "before our answer", "after our answer", "never"],
)
def test_the_notice(notice_ms: int | None, is_met: str) -> None:
    assert MEASURED["notice"].find(planted(notice_ms=notice_ms)).answer == is_met


def test_no_notice_is_needed_where_nothing_is_recorded_and_no_ai_speaks() -> None:
    agent = talk(sound(Party.AGENT, (1000, 5000)), sound(CALLER, (6000, 9000)))
    assert finding("notice", agent)[0] == "na"
    assert finding("notice", talk(sound(AI, (1000, 5000))))[0] == "no"


# The score.


def test_without_an_ai_measured_criteria_stand_and_there_is_no_number() -> None:
    report = judged(planted(), FORM)
    assert report.judgement is not None
    assert (report.judgement.score, report.judgement.compliance) == (None, None)
    assert report.score_note == (
        "No score: no AI was connected to judge the call. What the program measures is 17 % of the form."
    )
    assert report.judgement.problem == "No AI was connected to judge the call."
    states = {each.id: each.state for each in report.judgement.answers}
    assert {id for id, state in states.items() if state is AnswerState.MEASURED} == set(states) - set(JUDGED)
    assert all(each.points is None for each in report.judgement.answers if each.id in JUDGED)


def test_too_little_evidence_is_no_number_and_never_nought() -> None:
    unsure = JudgedAnswer(state=AnswerState.CANNOT_TELL, note="The AI could not tell it.")
    report = under(verdict(dict.fromkeys(JUDGED, unsure)))
    assert report.judgement is not None
    assert report.judgement.score is None
    assert report.score_note == "No score: not enough evidence. Only 17 % of the form could be answered."
    for text in (report.score_note, to_txt(report), to_html(report)):
        assert not re.search(r"\b0 of 100\b", text)


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        (in_order(ringing(), over(12_000, Outcome.MISSED)[1:]), "the call was never connected"),
        (
            in_order(ringing(), live(0), sound(CALLER, (1000, 2000), (4000, 5000)), over(14_000)),
            "a call shorter than 15 s is not judged",
        ),
        (
            in_order(
                ringing(), live(0), sound(CALLER, (1000, 2000)), sound(AI, (3000, 30_000)), over(40_000)
            ),
            "the caller said too little to judge the call",
        ),
    ],
)
def test_calls_that_cannot_be_judged_have_no_score_whatever_is_said(
    events: list[CallEvent], reason: str
) -> None:
    report = under(verdict(), report=build(events))
    assert report.judgement is not None
    assert (report.judgement.score, report.judgement.compliance) == (None, None)
    assert report.score_note.endswith(f": {reason}.")
    assert report.score_note.startswith(("No score", "Not enough to judge (call "))
    assert "Judged by the form" not in to_html(report)


def test_only_checked_answers_count() -> None:
    for state in AnswerState:
        made = verdict({"resolved": replace(checked("no"), state=state)})
        points = answer(under(made), "resolved").points
        assert points == (0 if state is AnswerState.CHECKED else None), state


def test_an_answer_that_the_form_does_not_know_counts_for_nothing() -> None:
    found = answer(under(verdict({"resolved": checked("brilliant")})), "resolved")
    assert (found.answer, found.points) == ("", None)


def test_a_score_has_a_word() -> None:
    assert [score_word(score) for score in (100, 90, 89.4, 75, 74.4, 50, 49, 0)] == [
        *("very good", "very good", "good", "good", "mixed", "mixed", "weak", "weak")
    ]


def test_a_report_keeps_the_form_that_it_was_judged_by() -> None:
    newer = FORM.model_copy(update={"title": "Sales", "version": 9})
    report = judged(planted(), newer, KeptVerdict(version=2, verdict=verdict()))
    assert report.judgement is not None
    assert (report.judgement.form_title, report.judgement.form_version) == ("Support", 1)


# A person disagrees.

LATER = datetime(2026, 3, 13, 9, 0, tzinfo=UTC)


def objection(criterion: str, new: str, reason: str = "") -> Objection:
    return Objection(criterion_id=criterion, old="", new=new, by="agent", at=LATER, reason=reason)


def test_an_objection_takes_the_answers_place_and_both_are_shown() -> None:
    report = under(verdict({"resolved": checked("no")}), objection("resolved", "partly", "Anna was named."))
    found = answer(report, "resolved")
    assert (found.answer, found.points, found.raw_answer) == ("partly", 0.5, "no")
    assert found.override is not None
    assert (found.override.old, found.override.new, found.override.by) == ("no", "partly", "agent")
    text = to_txt(report, UTC)
    assert "Answered, or a next step with who and when: partly · changed by agent, was: no" in text
    assert "Reason of the change: Anna was named." in text


def test_the_last_objection_holds_and_one_to_nothing_is_ignored() -> None:
    report = under(
        verdict(),
        objection("resolved", "no"),
        objection("resolved", "yes"),
        objection("resolved", "brilliant"),
        objection("nothing", "no"),
    )
    assert answer(report, "resolved").override is None or answer(report, "resolved").answer == "yes"
    assert report.judgement is not None
    assert report.judgement.score == 100


def test_a_person_can_lift_a_fatal_failure() -> None:
    failed = under(verdict({"identity": checked("no")}))
    assert failed.score_note.startswith("Failed: Identity checked before personal data.")
    lifted = under(verdict({"identity": checked("no")}), objection("identity", "na", "No data were told."))
    assert lifted.score_note == "100 – very good"


def test_a_person_can_fill_in_the_form_without_an_ai() -> None:
    all_yes = [objection(id, "yes") for id in JUDGED]
    report = judged(planted(), FORM, KeptVerdict(version=0, verdict=None, objections=tuple(all_yes)))
    assert report.score_note == "100 – very good"


# How it is kept and told.


def test_a_verdict_comes_back_as_it_went_and_raw_answers_lie_beside_it() -> None:
    made = verdict()
    assert verdicts.from_text(verdicts.to_text(made)) == replace(made, raw=())
    assert json.loads(verdicts.raw_to_text(made)) == [
        {"asked": "opening", "attempt": 1, "text": "{}", "fault": ""}
    ]


def test_json_comes_back_as_it_went() -> None:
    report = under(verdict(), objection("resolved", "no", "why"))
    assert from_json(to_json(report)) == report


def test_csv_has_the_scores() -> None:
    report = under(verdict({"identity": checked("no")}))
    (row,) = csv.DictReader(io.StringIO(to_csv(report), newline=""))
    assert (row["score"], row["form"], row["judged_by"]) == ("90", "Support v1", "OpenAI gpt-6-luna")
    assert row["failed"] == "Identity checked before personal data"
    (row,) = csv.DictReader(io.StringIO(to_csv(judged(planted(), FORM)), newline=""))
    assert (row["score"], row["compliance_score"]) == ("", "")


def shown() -> CallReport:
    fell = JudgedAnswer(
        state=AnswerState.UNVERIFIED,
        raw_answer="yes",
        evidence=(Evidence(at_ms=0, end_ms=0, text="never said"),),
        note="The evidence could not be verified.",
    )
    return under(verdict({"greeting": checked("yes", "Good morning, Harbor"), "feeling": fell}))


@pytest.mark.parametrize("for_print", [False, True])
def test_the_page_shows_score_sections_quotes_and_times(for_print: bool) -> None:
    text = re.sub(r"\s+", " ", Page(to_html(shown(), for_print=for_print, zone=UTC)).text)
    for part in (
        "100 – very good",
        "Checked evidence: 7 of 8 answers",
        "Form: Support v1",
        "Judged by OpenAI gpt-6-luna, 12 March 2026, 14:36",
        "Opening: 10 of 10",
        "Greeted, and said the company's name yes · checked ✓",
        "“Good morning, Harbor” AI, 0:02, checked ✓",
        "Acknowledged the caller's feeling not checked",
        "“never said” not checked",
        "The AI had said: yes.",
        "No unannounced silence over 10 s yes · measured",
    ):
        assert part in text, part
    assert "nothing was judged" not in text


def test_plain_text_says_the_same() -> None:
    text = to_txt(shown(), UTC)
    for part in ("100 – very good", "“Good morning, Harbor” AI, 0:02, checked ✓", "not checked"):
        assert part in text


def test_what_an_ai_writes_stays_text() -> None:
    evil = replace(checked("yes", HOSTILE), reasoning=HOSTILE, note=HOSTILE)
    report = under(verdict({"greeting": evil}, judge=HOSTILE))
    for for_print in (False, True):
        page = Page(to_html(report, for_print=for_print))
        assert "script" not in page.tags
        assert page.tags.count("img") == 1
        assert HOSTILE in page.text


def test_the_known_call_is_judged_by_the_clock_alone() -> None:
    """Nothing of a form changes what was measured."""
    bare = build(known_call())
    report = judged(bare, FORM, KeptVerdict(version=1, verdict=verdict()))
    assert replace(report, judgement=None, score_note=bare.score_note) == bare
