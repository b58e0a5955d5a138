"""Sound, AI, Privacy, Shortcuts, Appearance, About: each control does its work."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QKeySequenceEdit,
    QLabel,
    QListWidget,
    QPlainTextEdit,
    QSlider,
)

from copilot_desktop.diagnostics import Check
from copilot_desktop.ui.settings.about import AboutPage
from copilot_desktop.ui.settings.shortcuts import ShortcutsPage
from copilot_desktop.ui.settings.sound_door import NamedDevice
from copilot_desktop.ui.widgets.sound_choice import SoundChoices
from tests.support.fake_door import VoiceSilent
from tests.ui.settings.conftest import SettingsStage, find


def rows(stage: SettingsStage, name: str) -> list[str]:
    found = find(stage.dialog, name)
    assert isinstance(found, QListWidget)
    return [found.item(row).text() for row in range(found.count())]


# Sound.


def test_the_bell_is_tried_as_loud_as_it_is_set_and_kept_on_save(stage: SettingsStage) -> None:
    stage.open("sound")
    slider = find(stage.dialog, "ringVolume")
    assert isinstance(slider, QSlider)
    assert slider.value() == 80
    slider.setValue(30)
    assert stage.dots() == ["Sound"]
    stage.press("testToneButton")
    assert [tried.ring_volume for tried in stage.door.sound.rings] == [30]
    assert SoundChoices.load(stage.door.preferences).ring_volume == 80
    stage.save()
    assert SoundChoices.load(stage.door.preferences).ring_volume == 30
    assert stage.dots() == []
    assert "save" not in stage.door.asked, "the settings file has nothing to do with it"
    assert len(stage.saved) == 1


def test_without_sound_it_says_so(stage: SettingsStage) -> None:
    stage.door.sound.is_library_missing = True
    stage.open("sound")
    assert "libpulse0" in note(stage)
    stage.press("testToneButton")
    assert stage.door.sound.rings == []
    assert "no sound output" in stage.says("ringResultText")


def test_the_tone_is_chosen_heard_and_kept(stage: SettingsStage) -> None:
    stage.open("sound")
    box = choose(stage, "ring_toneField", "Marimba")
    assert box.count() >= 2
    stage.press("rings_in_headsetField")
    stage.press("testToneButton")
    tried = stage.door.sound.rings[-1]
    assert (tried.ring_tone, tried.rings_in_headset, tried.ringer) == ("marimba", True, "")
    stage.save()
    assert SoundChoices.load(stage.door.preferences) == tried


def test_what_calls_ring_on_is_named_until_one_is_chosen(stage: SettingsStage) -> None:
    stage.open("sound")
    box = choose(stage, "ringerField", "Laptop speakers")
    assert box.itemText(0) == "Loudspeakers (Laptop speakers)"
    box.setCurrentIndex(0)
    stage.door.sound.move(microphones=[], speakers=[NamedDevice("usb-out", "USB headset", True)])
    assert box.currentText() == "Loudspeakers"


def test_each_sound_in_the_ear_has_its_switch(stage: SettingsStage) -> None:
    stage.open("sound")
    switches = (
        "ticks_for_second_call",
        "reminds_of_hold",
        "ticks_when_muted",
        "sounds_when_needed",
        "sounds_at_end",
    )
    for name in switches:
        stage.press(f"{name}Field")
    stage.save()
    kept = SoundChoices.load(stage.door.preferences)
    assert not any(getattr(kept, name) for name in switches)


def test_a_headset_is_chosen_tried_and_kept_on_save_only(stage: SettingsStage) -> None:
    sound = stage.door.sound
    stage.open("sound")
    assert sound.is_prepared
    choose(stage, "microphoneField", "Laptop microphone")
    stage.press("recordTrialButton")
    assert [tried.microphone for tried in sound.recorded] == ["lap"]
    assert [len(heard) for _, heard in sound.played] == [3 * 8000]
    assert verdict(stage) == "Good level"
    assert SoundChoices.load(stage.door.preferences).microphone == ""
    assert sound.applied == 0
    stage.save()
    assert SoundChoices.load(stage.door.preferences).microphone == "lap"
    assert sound.applied == 1


@pytest.mark.parametrize(
    ("level_dbfs", "said"), [(-90.0, "No sound at all"), (-50.0, "Too soft"), (-1.0, "Too loud")]
)
def test_a_microphone_that_is_off_or_far_or_near_is_told(
    stage: SettingsStage, level_dbfs: float, said: str
) -> None:
    stage.door.sound.level_dbfs = level_dbfs
    stage.open("sound")
    stage.press("recordTrialButton")
    assert verdict(stage).startswith(said)


def test_a_device_that_is_gone_stays_chosen_and_says_so(stage: SettingsStage) -> None:
    stage.open("sound")
    box = choose(stage, "microphoneField", "USB headset")
    stage.door.sound.move(microphones=[], speakers=[])
    assert box.currentText() == "usb (not connected)"
    assert "cannot find a microphone" in note(stage)
    stage.press("recordTrialButton")
    told = find(stage.dialog, "trialResultText")
    assert isinstance(told, QLabel)
    assert "no microphone" in told.text()
    stage.door.sound.move(
        microphones=[NamedDevice("usb", "USB headset")], speakers=[NamedDevice("out", "Loudspeaker")]
    )
    assert box.currentText() == "USB headset"
    assert not find(stage.dialog, "noSoundNote").isVisible()


def test_cancel_brings_the_old_devices_back(stage: SettingsStage) -> None:
    page = stage.open("sound")
    choose(stage, "speakerField", "Laptop speakers")
    stage.press("speakerToneButton")
    assert [tried.speaker for tried in stage.door.sound.tones] == ["lap-out"]
    assert page.has_changes
    stage.press("settingsCancelButton")
    stage.open("sound")
    box = find(stage.dialog, "speakerField")
    assert isinstance(box, QComboBox)
    assert box.currentData() == ""


def note(stage: SettingsStage) -> str:
    found = find(stage.dialog, "noSoundNote")
    assert isinstance(found, QLabel)
    return found.text()


def verdict(stage: SettingsStage) -> str:
    found = find(stage.dialog, "voiceVerdict")
    assert isinstance(found, QLabel)
    return found.text()


def choose(stage: SettingsStage, name: str, text: str) -> QComboBox:
    box = find(stage.dialog, name)
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findText(text))
    QApplication.processEvents()
    return box


def test_a_volume_that_makes_no_sense_is_the_usual_one(stage: SettingsStage) -> None:
    for written, read in (("loud", 80), ("", 80), ("45", 45)):
        stage.door.preferences.setValue("sound/ring_volume", written)
        assert SoundChoices.load(stage.door.preferences).ring_volume == read


# AI.


def test_a_voice_that_is_silent_is_told_at_the_field(stage: SettingsStage) -> None:
    page = stage.open("ai")
    stage.door.trouble["speak"] = VoiceSilent("not loaded")
    stage.press("greetingListen")
    texts = [label.text() for label in page.fields["greeting"].findChildren(QLabel)]
    assert any("does not answer" in text for text in texts)
    assert find(stage.dialog, "greetingListen").isEnabled()


def test_an_emptied_greeting_is_made_again(stage: SettingsStage) -> None:
    page = stage.open("ai")
    page.fields["greeting"].control.setFocus()
    stage.type("greetingField", "Hello, this is Harbor.")
    stage.save()
    assert stage.door.settings.greeting == "Hello, this is Harbor."
    stage.type("greetingField", "")
    stage.save()
    assert stage.door.settings.greeting.startswith("Thank you for calling Harbor Home Supply.")
    assert page.fields["greeting"].value() == stage.door.settings.greeting


def test_it_leads_to_where_calls_begin(stage: SettingsStage) -> None:
    stage.open("ai")
    stage.press("goNumberButton")
    assert stage.dialog.page("number").isVisible()
    focused = QApplication.focusWidget()
    assert focused is not None
    assert focused.objectName().startswith("start_mode_")


# Privacy.


def test_the_notice_belongs_to_recording(stage: SettingsStage) -> None:
    page = stage.open("privacy")
    assert page.fields["notice"].isVisible()
    stage.press("is_recordingField")
    assert not page.fields["notice"].isVisible()
    assert find(stage.dialog, "unrecordedNote").isVisible()
    assert str(stage.door.data_folder) in stage.says("storedWhere")
    stage.press("privacyFolderButton")
    assert stage.door.asked[-1].startswith("open file://")


# Shortcuts.


def shortcuts(stage: SettingsStage) -> ShortcutsPage:
    page = stage.open("shortcuts")
    assert isinstance(page, ShortcutsPage)
    return page


def test_a_key_is_changed_on_save(stage: SettingsStage) -> None:
    page = shortcuts(stage)
    page.choose("hold")
    editor = find(stage.dialog, "shortcutEditor")
    assert isinstance(editor, QKeySequenceEdit)
    editor.setKeySequence(QKeySequence("Ctrl+Shift+H"))
    assert stage.dots() == ["Shortcuts"]
    assert stage.actions.keys("hold") == "F9"
    stage.save()
    assert stage.actions.keys("hold") == "Ctrl+Shift+H"
    assert stage.dots() == []
    page.choose("hold")
    stage.press("resetKeyButton")
    stage.save()
    assert stage.actions.keys("hold") == "F9"


def test_a_conflict_is_shown_at_once_and_not_saved(stage: SettingsStage) -> None:
    page = shortcuts(stage)
    page.choose("hold")
    page.take("F8")
    assert "F8 belongs to “Take over now” already" in stage.says("shortcutConflict")
    stage.save()
    assert stage.actions.keys("hold") == "F9"
    assert find(stage.dialog, "settingsStrip").isVisible()
    page.take("F9")
    assert not find(stage.dialog, "shortcutConflict").isVisible()
    assert stage.dots() == []


def test_both_enter_keys_are_one(stage: SettingsStage) -> None:
    page = shortcuts(stage)
    page.choose("hold")
    page.take("Ctrl+Return")
    assert page.conflicts()


def test_swapping_two_keys_is_no_conflict(stage: SettingsStage) -> None:
    page = shortcuts(stage)
    page.choose("hold")
    page.take("F7")
    page.choose("mute")
    page.take("F9")
    assert not page.conflicts()
    stage.save()
    assert (stage.actions.keys("hold"), stage.actions.keys("mute")) == ("F7", "F9")
    stage.press("resetAllKeysButton")
    stage.save()
    assert (stage.actions.keys("hold"), stage.actions.keys("mute")) == ("F9", "F7")


def test_cancel_forgets_new_keys(stage: SettingsStage) -> None:
    page = shortcuts(stage)
    page.choose("hold")
    stage.press("clearKeyButton")
    stage.press("settingsCancelButton")
    assert stage.actions.keys("hold") == "F9"
    assert not shortcuts(stage).has_changes


# Appearance.


def test_text_grows_at_once_and_shrinks_on_cancel(stage: SettingsStage) -> None:
    stage.open("appearance")
    box = find(stage.dialog, "text_sizeField")
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.count() - 1)
    assert stage.theme.scale == 2.0
    stage.press("settingsCancelButton")
    assert stage.theme.scale == 1.0


def test_less_motion_is_tried_at_once_and_kept_on_save(stage: SettingsStage) -> None:
    stage.open("appearance")
    stage.press("reduced_motionField")
    assert stage.theme.is_motion_reduced
    assert stage.dots() == ["Appearance"]
    stage.press("settingsCancelButton")
    assert not stage.theme.is_motion_reduced
    stage.open("appearance")
    stage.press("reduced_motionField")
    stage.save()
    assert stage.theme.is_motion_reduced
    assert stage.dots() == []
    stage.theme.choose_motion(False)


def test_a_look_changed_by_key_is_no_change_of_the_page(stage: SettingsStage) -> None:
    stage.open("appearance")
    stage.theme.resize_text(1)
    assert stage.dots() == []
    stage.press("settingsCancelButton")
    assert stage.theme.scale == 1.1


# About.


def test_checks_are_run_and_told_worst_first(stage: SettingsStage) -> None:
    page = stage.open("about")
    assert isinstance(page, AboutPage)
    stage.press("runChecksButton")
    assert stage.says("checksResultTitle") == "1 thing needs you"
    assert find(page, "check0").accessibleName().startswith("Public address the answer took 9 s")
    stage.door.checks = [Check("Python", True, "3.11.9")]
    stage.press("runChecksButton")
    assert stage.says("checksResultText").startswith("All is well")


def test_a_problem_report_is_shown_before_it_is_saved(stage: SettingsStage, tmp_path: Path) -> None:
    page = stage.open("about")
    assert isinstance(page, AboutPage)
    assert not find(page, "saveReportButton").isVisible()
    stage.press("problemReportButton")
    box = find(page, "problemReportText")
    assert isinstance(box, QPlainTextEdit)
    assert "last of the log" in box.toPlainText()
    stage.press("saveReportButton")
    assert page.dialog is not None
    assert page.dialog.isVisible()
    page.dialog.close()
    page.save_report(str(tmp_path / "report.txt"))
    assert (tmp_path / "report.txt").read_text() == box.toPlainText()
    page.save_report(str(tmp_path / "nowhere" / "report.txt"))
    assert stage.says("reportResultTitle") == "That did not work"


def test_licences_and_the_data_folder(stage: SettingsStage) -> None:
    stage.open("about")
    stage.press("licencesButton")
    box = find(stage.dialog, "licencesText")
    assert isinstance(box, QPlainTextEdit)
    assert "MIT" in box.toPlainText()
    stage.press("licencesButton")
    assert not box.isVisible()
    stage.press("dataFolderButton")
    assert stage.door.asked[-1] == f"open {stage.door.data_folder.as_uri()}"
