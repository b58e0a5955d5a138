"""The moments after a call: the form, what an AI proposes for it, the report, and its export."""

from __future__ import annotations

from collections.abc import Iterator

from copilot_desktop.calls.events import JudgementChanged, JudgementStage
from copilot_desktop.calls.states import Mode
from copilot_desktop.report.judgement import Claim
from copilot_desktop.report.judging.verdict import KeptVerdict
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
