"""Strips about the agent's own sound: a device gone in a live call, a microphone that gives nothing."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractButton

from copilot_desktop.calls.events import Problem
from copilot_desktop.calls.states import Mode
from copilot_desktop.ui.widgets.strip import Strip
from tests.ui.conftest import Stage


def words(strip: Strip) -> str:
    return strip.accessibleName()


def press(strip: Strip, start: str) -> None:
    found = next(
        b for b in strip.findChildren(QAbstractButton) if b.text().startswith(start) and b.isVisible()
    )
    found.click()


def names(stage: Stage) -> list[str]:
    return [order.name for order in stage.desk.orders]


def test_a_device_gone_in_a_live_call_holds_it_until_the_agent_resumes(
    stage_with_microphone: Stage,
) -> None:
    stage = stage_with_microphone
    call_id = stage.call(Mode.AGENT_SPEAKS)
    notes, strip = stage.window.sound_notes, stage.window.microphone_strip
    notes.gone("USB headset", "Laptop microphone", is_microphone=True, is_in_call=True)
    assert stage.window.sound_strip.is_wanted
    assert notes.hold_for_device("Laptop microphone", is_microphone=True)
    stage.look()
    assert not stage.window.sound_strip.is_wanted, "it says that another microphone is in use"
    assert strip.isVisible()
    assert words(strip).startswith("USB headset was removed. The caller is on hold until you resume.")
    assert "Laptop microphone" in words(strip)
    notes.gone("USB headset", "Laptop speakers", is_microphone=False, is_in_call=True)
    assert strip.is_wanted
    for _ in range(40):
        stage.clock.wait(15)
        stage.look()
    assert names(stage).count("resume") == 0, "only the agent resumes"
    notes.came("USB headset", is_in_use=True)
    stage.look()
    assert "You would speak into USB headset" in words(strip)
    assert names(stage).count("resume") == 0
    press(strip, "Resume")
    assert names(stage)[-1] == "resume"
    stage.look()
    assert not strip.is_wanted
    assert stage.window.calls.current is not None
    assert stage.window.calls.current.call_id == call_id


def test_the_key_resumes_too_and_the_strip_goes(stage_with_microphone: Stage) -> None:
    stage = stage_with_microphone
    stage.call(Mode.AGENT_SPEAKS)
    notes, strip = stage.window.sound_notes, stage.window.microphone_strip
    assert notes.hold_for_device("", is_microphone=True)
    assert words(strip).startswith("Your microphone was removed")
    assert "resume and type" in words(strip)
    stage.window.actions_["hold"].trigger()
    stage.look()
    assert names(stage)[-1] == "resume"
    assert not strip.is_wanted


def test_while_the_ai_speaks_nothing_is_held(stage_with_microphone: Stage) -> None:
    stage = stage_with_microphone
    stage.call(Mode.AI_SPEAKS)
    assert not stage.window.sound_notes.hold_for_device("Laptop microphone", is_microphone=True)
    assert "hold" not in names(stage)
    assert not stage.window.microphone_strip.is_wanted


def test_a_call_that_ends_on_hold_takes_its_strip_along(stage_with_microphone: Stage) -> None:
    stage = stage_with_microphone
    call_id = stage.call(Mode.AGENT_SPEAKS)
    assert stage.window.sound_notes.hold_for_device("", is_microphone=False)
    assert words(stage.window.microphone_strip).startswith("Your speaker was removed")
    stage.desk.hang_up(call_id)
    stage.look()
    assert not stage.window.microphone_strip.is_wanted


def test_a_silent_microphone_is_told_with_what_helps(stage_with_microphone: Stage) -> None:
    stage = stage_with_microphone
    call_id = stage.call(Mode.AGENT_SPEAKS)
    strip, pages = stage.window.microphone_strip, list[str]()
    stage.window.settings_asked.connect(pages.append)
    stage.desk.problem(call_id, Problem.MICROPHONE_SILENT)
    stage.look()
    assert strip.isVisible()
    assert words(strip).startswith("We cannot hear you. You are live, but your microphone gives no sound.")
    press(strip, "Play “One moment, please.”")
    assert stage.desk.orders[-1].name == "say_text"
    assert stage.desk.orders[-1].detail == ("One moment, please.",)
    assert strip.is_wanted, "nothing is mended yet"
    stage.look()
    press(strip, "Check microphone")
    assert pages == ["sound"]
    stage.look()
    assert not strip.is_wanted, "the agent has taken it up"


def test_a_microphone_that_is_heard_again_is_no_news(stage_with_microphone: Stage) -> None:
    stage = stage_with_microphone
    call_id = stage.call(Mode.AGENT_SPEAKS)
    strip = stage.window.microphone_strip
    stage.desk.problem(call_id, Problem.MICROPHONE_SILENT)
    assert strip.is_wanted
    stage.desk.problem(call_id, Problem.MICROPHONE_SILENT, is_recovered=True)
    assert not strip.is_wanted
    stage.desk.mute(call_id, True)
    stage.desk.problem(call_id, Problem.MICROPHONE_SILENT)
    stage.look()
    assert not strip.is_wanted, "who is muted must not be heard"
    stage.desk.mute(call_id, False)
    stage.look()
    assert strip.is_wanted
    stage.desk.hand_back(call_id, "")
    stage.look()
    assert not strip.is_wanted
