"""What stands in a call's form, and what an AI may propose for it."""

from __future__ import annotations

from dataclasses import replace

from copilot_desktop.calls.events import CallEvent, WrapUpChanged
from copilot_desktop.report import build
from copilot_desktop.report.judgement import Claim, Evidence, Judgement
from copilot_desktop.report.judging.forms import load_form
from copilot_desktop.report.judging.marking import judged
from copilot_desktop.report.wrap_up import Proposal, WrapUp, proposal, read
from tests.unit.report.calls import CALL, known_call

OUTCOMES = ("Resolved", "Follow-up needed", "Not resolved", "No solution")


def claim(text: str, *, is_checked: bool = True) -> Claim:
    return Claim(text=text, evidence=(Evidence(at_ms=0, end_ms=900, text="said", is_checked=is_checked),))


def judgement(
    *, summary: tuple[Claim, ...] = (), outcome: Claim | None = None, follow_ups: tuple[Claim, ...] = ()
) -> Judgement:
    made = judged(build(known_call()), load_form(), None).judgement
    assert made is not None
    return replace(made, judge="a model", summary=summary, outcome=outcome, follow_ups=follow_ups)


def test_a_call_without_a_form_has_none() -> None:
    assert read(known_call()) is None
    assert build(known_call()).wrap_up is None


def test_the_newest_form_counts() -> None:
    events: list[CallEvent] = [
        *known_call(),
        WrapUpChanged(call_id=CALL, at_ms=70_000, summary="first", notes="ring back"),
        WrapUpChanged(call_id=CALL, at_ms=70_900, summary="second", tags=("late",), is_saved=True),
    ]
    kept = WrapUp(summary="second", tags=("late",), is_saved=True)
    assert read(events) == kept
    assert build(events).wrap_up == kept


def test_a_follow_up_is_one_line_of_what_is_there() -> None:
    assert WrapUp(follow_up="Call", follow_up_by="Sam", follow_up_due="Friday").follow_up_words == (
        "Call · Sam · Friday"
    )
    assert WrapUp(follow_up="Call").follow_up_words == "Call"
    assert WrapUp().follow_up_words == ""


def test_only_what_was_found_in_the_call_is_proposed() -> None:
    made = judgement(
        summary=(claim("The parcel is late."), claim("The caller wept.", is_checked=False)),
        outcome=claim("Resolved.", is_checked=False),
        follow_ups=(claim("Call on Friday"), claim("Send flowers", is_checked=False)),
    )
    assert proposal(made, OUTCOMES) == Proposal(
        summary="The parcel is late.", outcome="", follow_ups=("Call on Friday",)
    )
    assert proposal(None, OUTCOMES) == Proposal()


def test_an_outcome_is_proposed_only_as_one_of_the_list() -> None:
    def proposed(text: str, outcomes: tuple[str, ...] = OUTCOMES) -> str:
        return proposal(judgement(outcome=claim(text)), outcomes).outcome

    assert proposed("Resolved on the phone") == "Resolved"
    assert proposed("not resolved, sadly") == "Not resolved"
    assert proposed("A follow-up is needed") == "Follow-up needed"
    assert proposed("Sold a boat") == ""
    assert proposed("It was not resolved", ("Resolved",)) == ""
    assert proposed("It isn't resolved", ("Resolved",)) == ""
