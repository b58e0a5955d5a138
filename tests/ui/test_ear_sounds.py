"""When the agent's ear is told something, by a clock moved by hand; the screen says it too."""

from __future__ import annotations

import pytest

from copilot_desktop.calls.events import Problem, Tool
from copilot_desktop.calls.states import Mode
from copilot_desktop.headset.ear_sounds import EarSound
from copilot_desktop.ui.call.ear_notes import Beats, EarNote
from tests.ui.conftest import Stage


@pytest.fixture
def heard(stage_with_microphone: Stage) -> list[str]:
    """What the ear was told, in order."""
    told: list[str] = []
    stage_with_microphone.window.ear_notes.sounded.connect(told.append)
    return told


@pytest.fixture
def stage(stage_with_microphone: Stage) -> Stage:
    return stage_with_microphone


def wait(stage: Stage, seconds: float, step_s: float = 0.5) -> None:
    for _ in range(round(seconds / step_s)):
        stage.clock.wait(step_s)
        stage.look()


def test_every_note_has_a_sound() -> None:
    assert {note.value for note in EarNote} == {sound.value for sound in EarSound}


def test_what_goes_on_is_told_first_and_then_again_and_what_was_slept_through_once() -> None:
    beats = Beats()

    def due(now_s: float) -> bool:
        return beats.due("hold", now_s, first_s=120, again_s=30)

    assert [s for s in range(200) if due(s)] == [120, 150, 180]
    assert due(400)
    assert not due(401), "the missed ones are not made up"
    beats.keep(set())
    assert not due(402), "it begins anew"
    assert [s for s in range(403, 560) if due(s)] == [522, 552]


def test_a_caller_on_hold_is_remembered_at_two_minutes_and_every_half_after(
    stage: Stage, heard: list[str]
) -> None:
    stage.call(Mode.AGENT_SPEAKS)
    stage.window.actions_["hold"].trigger()
    wait(stage, 119)
    assert heard == []
    assert stage.window.state_band.property("band") == "hold"
    wait(stage, 2)
    assert heard == ["hold_reminder"]
    assert stage.window.state_band.property("band") == "longHold"
    wait(stage, 61)
    assert heard == ["hold_reminder"] * 3
    stage.window.actions_["hold"].trigger()
    wait(stage, 60)
    assert heard == ["hold_reminder"] * 3


def test_a_held_caller_behind_another_call_is_not_forgotten(stage: Stage, heard: list[str]) -> None:
    stage.call(Mode.AGENT_SPEAKS)
    second = stage.ring("+12025550177")
    assert heard == ["second_call"]
    stage.window.actions_["answer_second"].trigger()
    stage.desk.connect(second)
    stage.look()
    assert stage.window.switcher.isVisible()
    wait(stage, 125)
    assert heard == ["second_call", "hold_reminder"]


def test_who_speaks_muted_hears_a_tick_every_two_seconds(stage: Stage, heard: list[str]) -> None:
    call_id = stage.call(Mode.AGENT_SPEAKS)
    stage.window.actions_["mute"].trigger()
    stage.look()
    wait(stage, 5)
    assert heard == []
    stage.desk.speak_muted(call_id, True)
    assert heard == ["muted_tick"]
    assert stage.window.state_band.property("band") == "mutedSpeaking"
    wait(stage, 4.5)
    assert heard == ["muted_tick"] * 3
    for is_speaking in (False, True, False, True):
        stage.desk.speak_muted(call_id, is_speaking)
        wait(stage, 0.25, 0.25)
    assert len(heard) == 3, "each word of a sentence is no new sentence"
    stage.desk.speak_muted(call_id, False)
    wait(stage, 10)
    assert len(heard) <= 4


def test_a_second_call_ticks_once_and_the_first_rings_aloud(stage: Stage, heard: list[str]) -> None:
    stage.ring()
    assert heard == []
    stage.clock.wait(1)
    stage.window.ringing.answer(Mode.AGENT_SPEAKS, stage.clock())
    stage.look()
    assert heard == []
    stage.ring("+12025550177")
    wait(stage, 8)
    assert heard == ["second_call"]
    assert stage.window.second_strip.isVisible()
    assert not stage.tone.is_ringing


def test_a_draft_that_waits_for_eight_seconds_is_told_once(stage: Stage, heard: list[str]) -> None:
    call_id = stage.call(Mode.AGENT_APPROVES)
    stage.desk.said(call_id, "u1", "Where is my order?")
    stage.desk.draft(call_id, "s1", "It arrives on Thursday.")
    wait(stage, 7.5)
    assert heard == []
    wait(stage, 1)
    assert heard == ["ai_needs_you"]
    assert "The caller has waited 8 s" in stage.window.call_page.draft_card.state_line.text()
    wait(stage, 20)
    assert heard == ["ai_needs_you"]


def test_a_transcript_that_stopped_is_told_until_somebody_acts(stage: Stage, heard: list[str]) -> None:
    call_id = stage.call(Mode.AI_SPEAKS)
    stage.desk.problem(call_id, Problem.TRANSCRIBER_FAILED)
    assert heard == ["ai_needs_you"]
    assert stage.window.problem_strip.isVisible()
    wait(stage, 10.5)
    assert heard == ["ai_needs_you"] * 3
    stage.window.actions_["take_over"].trigger()
    wait(stage, 30)
    assert heard == ["ai_needs_you"] * 3


@pytest.mark.parametrize("act", ["recovers", "is put away"])
def test_the_notes_end_with_the_strip(stage: Stage, heard: list[str], act: str) -> None:
    call_id = stage.call(Mode.AI_SPEAKS)
    stage.desk.problem(call_id, Problem.TRANSCRIBER_FAILED)
    if act == "recovers":
        stage.desk.problem(call_id, Problem.TRANSCRIBER_FAILED, is_recovered=True)
    else:
        stage.window.problem_strip.dismiss()
    wait(stage, 30)
    assert heard == ["ai_needs_you"]


def test_a_question_of_the_ai_is_told_once(stage: Stage, heard: list[str]) -> None:
    call_id = stage.call(Mode.AI_SPEAKS)
    stage.desk.tool(call_id, Tool.ASK_AGENT, text="May I give a discount?")
    wait(stage, 20)
    assert heard == ["ai_needs_you"]


def test_the_end_of_a_talk_is_told_and_that_of_a_missed_call_not(stage: Stage, heard: list[str]) -> None:
    missed = stage.ring()
    stage.desk.caller_left(missed)
    assert heard == []
    call_id = stage.call(Mode.AI_SPEAKS)
    stage.desk.caller_left(call_id)
    assert heard == ["call_ended"]


@pytest.mark.parametrize(
    ("switch", "note"),
    [
        ("ticks_for_second_call", "second_call"),
        ("reminds_of_hold", "hold_reminder"),
        ("ticks_when_muted", "muted_tick"),
        ("sounds_when_needed", "ai_needs_you"),
        ("sounds_at_end", "call_ended"),
    ],
)
def test_each_can_be_switched_off_alone(stage: Stage, heard: list[str], switch: str, note: str) -> None:
    stage.shell.preferences.setValue(f"sound/{switch}", False)
    call_id = stage.call(Mode.AI_SPEAKS)
    stage.desk.problem(call_id, Problem.TRANSCRIBER_FAILED)
    stage.window.actions_["take_over"].trigger()
    stage.look()
    stage.window.actions_["mute"].trigger()
    stage.look()
    stage.desk.speak_muted(call_id, True)
    stage.desk.speak_muted(call_id, False)
    stage.ring("+12025550177")
    stage.window.actions_["hold"].trigger()
    wait(stage, 121)
    stage.desk.hang_up(call_id)
    assert set(heard) == {each.value for each in EarNote} - {note}
