"""The bands over a call keep their words whole where there is little room."""

from __future__ import annotations

import pytest

from copilot_desktop.calls.states import Mode
from tests.support.cut_texts import cut_texts, settle
from tests.ui.conftest import Stage


@pytest.mark.parametrize(
    ("steps", "width", "time"),
    [(0, 1280, "00:07 in this mode"), (0, 1024, "00:07 in this mode"), (5, 1024, "00:07")],
)
def test_who_is_live_stands_whole_before_the_time(
    stage_with_microphone: Stage, steps: int, width: int, time: str
) -> None:
    stage = stage_with_microphone
    stage.window.theme.resize_text(steps)
    stage.window.resize(width, 640)
    stage.call(Mode.AGENT_SPEAKS)
    stage.clock.wait(7)
    stage.look()
    band = stage.window.state_band
    assert band._title.text() == "YOU ARE LIVE – the caller hears you"
    assert band._time.text() == time
    assert band._meter.isVisible()
    assert cut_texts(band) == []


def test_beside_the_reason_the_time_is_short(stage_with_microphone: Stage) -> None:
    stage = stage_with_microphone
    stage.window.theme.resize_text(5)
    stage.window.resize(1024, 640)
    call = stage.call(Mode.AGENT_SPEAKS)
    stage.window.actions_["mute"].trigger()
    stage.desk.speak_muted(call, True)
    stage.look()
    settle()
    band = stage.window.state_band
    assert band._title.text() == "You are muted"
    assert " " not in band._time.text()
    assert band._detail.width() > band._title.width() / 2
    assert cut_texts(band) == []


def test_without_a_time_none_is_left_over(stage_with_microphone: Stage) -> None:
    stage = stage_with_microphone
    stage.call(Mode.AGENT_SPEAKS)
    stage.window.actions_["hold"].trigger()
    stage.look()
    assert stage.window.state_band._title.text().startswith("ON HOLD")
    assert not stage.window.state_band._time.isVisible()
