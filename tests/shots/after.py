"""The moments after calls: the form, what an AI proposes for it, the report, and the trends of weeks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from copilot_desktop.calls.events import JudgementChanged, JudgementStage
from copilot_desktop.calls.states import Mode
from copilot_desktop.calls.trends import WEEK, CallFilter, Week, monday
from copilot_desktop.report.judgement import Claim
from copilot_desktop.report.judging.verdict import KeptVerdict
from copilot_desktop.ui.trends.trends_view import TrendsView
from tests.shots.moments import TALK, Shot
from tests.shots.played import Played
from tests.unit.report.judging.test_marking import checked, verdict


def form(played: Played) -> Iterator[Shot]:
    """The form after a call, before and after an AI has read it."""
    window, shell = played.window, played.shell
    shell.wraps_up = True
    call_id = played.ring(name="Maria Keller")
    played.answer(call_id, Mode.AI_SPEAKS)
    for name, party, text in TALK:
        played.say(call_id, name, text, party)
    played.desk.bookmark(call_id, "express promised")
    played.desk.caller_left(call_id)
    played.look()
    yield "form after the call", window
    proof = checked("yes", "promised for Friday").evidence
    made = verdict(
        {},
        summary=(Claim(text="The order that was promised for Friday has not come.", evidence=proof),),
        outcome=Claim(text="Follow-up needed", evidence=proof),
        follow_ups=(Claim(text="Tell Ms Keller by Friday when the parcel comes", evidence=proof),),
    )
    shell.judgements[call_id] = KeptVerdict(version=1, verdict=made, objections=())
    played.desk.feed.publish(JudgementChanged(call_id=call_id, stage=JudgementStage.DONE))
    played.look()
    yield "form with a proposal", window
    window.wrap_ups.put_aside()
    played.look()
    yield "form waits", window
    window.wrap_ups.show_next()
    played.press("wrap_up_save")
    played.look()
    yield "report after the form", window
    shell.wraps_up = False


def trends(played: Played) -> Iterator[Shot]:
    """Twelve weeks as charts, and as a table."""
    played.shell.figures.by_filter = {CallFilter(): [_week(ago) for ago in range(11, -1, -1)]}
    played.press("trends")
    yield "trends", played.window
    page = played.window.pages.currentWidget()
    assert isinstance(page, TrendsView)
    page.table_button.click()
    played.look()
    yield "trends as a table", played.window


def _week(ago: int) -> Week:
    calls = 18 + ago % 4 * 3
    return Week(
        first_day=monday(date.today()) - WEEK * ago,
        calls=calls,
        missed=(ago + 1) // 3,
        scored=calls - 4,
        score=84.0 - ago * 1.5 + ago % 3 * 2,
        timed=calls - 3,
        response_median_ms=900 + ago * 40 - ago % 2 * 90,
        response_p90_ms=1800 + ago * 70,
        talks=calls - 2,
        take_overs=3 + ago % 5,
        forms=frozenset({("Support", 1)}),
    )
