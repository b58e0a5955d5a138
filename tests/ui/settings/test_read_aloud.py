"""Which turns a screen reader says by itself is chosen on the page Appearance."""

from __future__ import annotations

from copilot_desktop.ui.transcript.transcript_aloud import Aloud
from tests.ui.settings.conftest import SettingsStage


def _kept(stage: SettingsStage) -> Aloud:
    return Aloud.load(stage.door.preferences)


def test_turns_are_read_aloud_only_once_that_is_saved(stage: SettingsStage) -> None:
    stage.open("appearance")
    assert _kept(stage) is Aloud.NOBODY
    stage.press("read_aloud_caller")
    assert stage.dots() == ["Appearance"]
    stage.press("settingsCancelButton")
    assert _kept(stage) is Aloud.NOBODY
    stage.open("appearance")
    assert stage.dots() == []
    stage.press("read_aloud_caller")
    stage.save()
    assert _kept(stage) is Aloud.CALLER
    assert stage.dots() == []


def test_a_choice_that_is_not_known_is_none(stage: SettingsStage) -> None:
    stage.door.preferences.setValue("transcript/read_aloud", "shouted")
    assert _kept(stage) is Aloud.NOBODY
