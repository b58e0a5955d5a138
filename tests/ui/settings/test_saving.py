"""Nothing applies before Save; Cancel restores; errors stand at their fields; calls and environment lock."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox, QLabel, QLineEdit, QPushButton

from copilot_desktop import config
from copilot_desktop.config import ConfigError
from copilot_desktop.ui.settings.accounts import AccountsPage
from copilot_desktop.ui.settings.connect_dialog import ConnectDialog
from copilot_desktop.ui.settings.dialog import NAMES
from copilot_desktop.ui.widgets.theme import ThemeChoice
from tests.support.fake_door import GOOD_SID, GOOD_TOKEN
from tests.ui.settings.conftest import SettingsStage, find


def accounts(stage: SettingsStage) -> AccountsPage:
    page = stage.open("accounts")
    assert isinstance(page, AccountsPage)
    return page


def test_every_page_opens_without_anything_to_save(stage: SettingsStage) -> None:
    for name in NAMES:
        stage.open(name)
        assert stage.dots() == []
        assert not stage.dialog.has_changes
    assert not find(stage.dialog, "settingsSaveButton").isEnabled()
    assert stage.door.asked.count("save") == 0


def test_a_change_shows_a_dot_and_applies_on_save(stage: SettingsStage) -> None:
    stage.open("report")
    stage.type("business_nameField", "Harbor Plumbing")
    assert stage.dots() == ["Report & scoring"]
    assert stage.door.settings.business_name == "Harbor Home Supply"
    stage.save()
    assert stage.dots() == []
    assert stage.door.settings.business_name == "Harbor Plumbing"
    assert [settings.business_name for settings in stage.saved] == ["Harbor Plumbing"]
    assert "Saved" in stage.says("settingsState")
    assert 'business_name = "Harbor Plumbing"' in stage.door.settings.config_file.read_text()


def test_typing_the_old_value_again_takes_the_dot_away(stage: SettingsStage) -> None:
    stage.open("report")
    stage.type("business_nameField", "x")
    stage.type("business_nameField", "Harbor Home Supply")
    assert stage.dots() == []


def test_cancel_restores_everything(stage: SettingsStage) -> None:
    stage.open("report")
    stage.type("business_nameField", "x")
    stage.open("privacy")
    stage.press("is_recordingField")
    stage.open("appearance")
    stage.press("colours_dark")
    assert stage.theme.tokens.is_dark
    assert stage.dots() == ["Privacy", "Report & scoring", "Appearance"]
    stage.press("settingsCancelButton")
    assert not stage.dialog.isVisible()
    assert not stage.theme.tokens.is_dark
    assert stage.theme.choice is ThemeChoice.LIGHT
    assert stage.door.settings.is_recording
    stage.open("privacy")
    assert stage.dots() == []
    box = find(stage.dialog, "is_recordingField")
    assert isinstance(box, QCheckBox)
    assert box.isChecked()
    assert "save" not in stage.door.asked


def test_the_look_is_kept_on_save(stage: SettingsStage) -> None:
    page = stage.open("appearance")
    stage.press("colours_dark")
    stage.press("high_contrastField")
    assert stage.theme.tokens.background == "#000000"
    stage.save()
    assert not page.has_changes
    stage.press("settingsCancelButton")
    assert stage.theme.choice is ThemeChoice.DARK
    assert stage.theme.is_high_contrast


def test_closing_with_changes_asks_in_the_dialog(stage: SettingsStage) -> None:
    stage.open("report")
    stage.type("business_nameField", "x")
    QTest.keyClick(stage.dialog, Qt.Key.Key_Escape)
    assert stage.dialog.isVisible()
    stage.press("settingsStripButton2")  # Go on
    assert stage.dialog.isVisible()
    assert stage.dots() == ["Report & scoring"]
    stage.dialog.close()
    assert stage.dialog.isVisible()
    stage.press("settingsStripButton0")  # Save and close
    assert not stage.dialog.isVisible()
    assert stage.door.settings.business_name == "x"


def test_discarding_from_the_question(stage: SettingsStage) -> None:
    stage.open("report")
    stage.type("business_nameField", "x")
    stage.dialog.close()
    stage.press("settingsStripButton1")
    assert not stage.dialog.isVisible()
    assert stage.door.settings.business_name == "Harbor Home Supply"


def test_closing_without_changes_asks_nothing(stage: SettingsStage) -> None:
    stage.open("report")
    QTest.keyClick(stage.dialog, Qt.Key.Key_Escape)
    assert not stage.dialog.isVisible()
    assert stage.door.followers == 0


def test_enter_in_a_field_presses_nothing(stage: SettingsStage) -> None:
    stage.open("accounts")
    stage.door.asked.clear()
    QTest.keyClick(find(stage.dialog, "twilio_account_sidField"), Qt.Key.Key_Return)
    assert stage.door.asked == []
    assert stage.dialog.isVisible()


def test_an_error_stands_at_its_field_and_takes_the_focus(stage: SettingsStage) -> None:
    stage.open("number")
    stage.type("opening_hoursField", "Mon-Fri 9 to 5")
    stage.open("accounts")
    stage.type("twilio_account_sidField", "AC12")
    stage.save()
    assert "save" not in stage.door.asked
    sid = find(stage.dialog, "twilio_account_sidField")
    assert QApplication.focusWidget() is sid
    assert "32 letters and digits" in stage.says("twilio_account_sidError")
    assert "32 letters and digits" in sid.accessibleDescription()
    assert stage.dialog.page("number").fields["opening_hours"].error
    assert stage.says("settingsState") == "2 fields need you"
    stage.type("twilio_account_sidField", "")
    stage.open("number")
    stage.type("opening_hoursField", "Mon-Fri 09:00-17:00")
    stage.save()
    assert stage.door.settings.opening_hours == "Mon-Fri 09:00-17:00"


def test_opening_hours_are_checked_while_they_are_typed(stage: SettingsStage) -> None:
    page = stage.open("number")
    stage.type("opening_hoursField", "Mon-Fri 9 to")
    stage.qtbot.waitUntil(lambda: bool(page.fields["opening_hours"].error))
    stage.type("opening_hoursField", "Mon-Fri 09:00-17:00")
    stage.qtbot.waitUntil(lambda: not page.fields["opening_hours"].error)


def test_what_the_file_refuses_is_told_and_nothing_is_lost(stage: SettingsStage) -> None:
    stage.open("report")
    stage.type("business_nameField", "x")
    stage.door.trouble["save"] = ConfigError("The disk is full.")
    stage.save()
    assert "The disk is full." in stage.says("settingsStripText")
    assert stage.dots() == ["Report & scoring"]
    stage.save()
    assert stage.door.settings.business_name == "x"


def test_a_save_under_way_is_not_begun_twice(stage: SettingsStage) -> None:
    stage.open("report")
    stage.type("business_nameField", "x")
    stage.door.hold()
    stage.save()
    assert stage.says("settingsState") == "Saving…"
    stage.dialog.save()
    stage.dialog.close()
    assert stage.dialog.isVisible()
    stage.door.release()
    assert stage.door.asked.count("save") == 1
    assert "Saved" in stage.says("settingsState")


@pytest.mark.parametrize("name", ["accounts", "number", "address", "shortcuts"])
def test_what_a_call_needs_is_locked_while_it_runs(stage: SettingsStage, name: str) -> None:
    page = stage.open(name)
    stage.door.tell(is_in_call=True)
    note = find(page, f"{name}LockNote")
    assert note.isVisible()
    for control in page.findChildren(QLineEdit):
        assert not control.isEnabled()
    for button in page.findChildren(QPushButton):
        assert not button.isEnabled()
    stage.door.tell(is_in_call=False)
    assert not note.isVisible()


def test_other_pages_stay_open_in_a_call(stage: SettingsStage) -> None:
    stage.door.is_in_call = True
    stage.open("report")
    stage.type("business_nameField", "x")
    stage.save()
    assert stage.door.settings.business_name == "x"


def test_what_the_environment_sets_is_shown_locked(stage: SettingsStage) -> None:
    stage.door.locked = {"twilio_account_sid": "TWILIO_ACCOUNT_SID", "twilio_auth_token": "TWILIO_AUTH_TOKEN"}
    page = stage.open("accounts")
    assert not find(page, "twilio_account_sidField").isEnabled()
    assert "TWILIO_ACCOUNT_SID" in find(page, "twilio_account_sidField").accessibleDescription()
    assert not find(page, "twilio_auth_tokenReplaceButton").isEnabled()
    assert any("TWILIO_AUTH_TOKEN" in label.text() for label in page.findChildren(QLabel))


def test_an_import_fills_the_pages_and_saves_nothing(stage: SettingsStage, tmp_path: Path) -> None:
    env = tmp_path / "old.env"
    env.write_text(
        f"TWILIO_ACCOUNT_SID=AC{'0' * 32}\nTWILIO_AUTH_TOKEN=fresh-secret-token\nTWILIO_NUMBER=+12025550144\n"
        "COPILOT_IS_RECORDING=false\nOPENAI_API_KEY=sk-something-else\nTWIML_APP_SID=AP1\n"
    )
    stage.open("accounts")
    stage.press("importEnvButton")
    page = accounts(stage)
    assert page.dialog is not None
    assert page.dialog.isVisible()
    page.dialog.close()
    page.take_file(str(env))
    assert stage.dots() == ["Accounts", "Phone number", "Privacy"]
    assert "save" not in stage.door.asked
    told = stage.says("importResultText")
    assert "5 settings found" in told
    assert "not needed" in told
    assert "fresh-secret-token" not in told
    stage.save()
    assert stage.door.settings.twilio_number == "+12025550144"
    assert not stage.door.settings.is_recording
    assert stage.door.kept_secrets == {
        "twilio_auth_token": "fresh-secret-token",
        "openai_api_key": "sk-something-else",
    }
    assert not stage.dialog.has_changes


def test_an_import_that_cannot_be_read_is_told(stage: SettingsStage, tmp_path: Path) -> None:
    accounts(stage).take_file(str(tmp_path / "absent.env"))
    assert "cannot be read" in stage.says("importResultText")


def test_a_cancelled_import_leaves_nothing(stage: SettingsStage, tmp_path: Path) -> None:
    env = tmp_path / "old.env"
    env.write_text("OPENAI_API_KEY=sk-something-else\nTWILIO_NUMBER=+12025550144\n")
    accounts(stage).take_file(str(env))
    stage.press("settingsCancelButton")
    assert not stage.dialog.has_changes
    assert stage.door.kept_secrets == {}
    assert config.load(data_dir=stage.door.folder).twilio_number == ""


def test_it_opens_at_any_page_and_again(stage: SettingsStage) -> None:
    for name, shown in (("about", "about"), ("nonsense", "about"), ("number", "number")):
        stage.dialog.show_page(name)
        assert stage.dialog.page(shown).isVisible()
    stage.dialog.close()
    stage.dialog.show_page("privacy")
    assert stage.dialog.page("privacy").isVisible()
    assert stage.dialog.isModal() is False


def test_the_connecting_steps_open_in_their_own_window(stage: SettingsStage) -> None:
    stage.open("report")
    stage.dialog.close()
    stage.dialog.show_page("connect")
    QApplication.processEvents()
    steps = stage.dialog.findChild(ConnectDialog)
    assert steps is not None
    assert steps.isVisible()
    assert not steps.isModal()
    assert stage.door.followers == 1
    for name, text in (("twilio_account_sidField", GOOD_SID), ("twilio_auth_tokenField", GOOD_TOKEN)):
        field = find(steps, name)
        assert isinstance(field, QLineEdit)
        field.setText(text)
    stage.press("connectSignInButton", steps)
    assert [settings.twilio_account_sid for settings in stage.saved] == [GOOD_SID]
    QTest.keyClick(steps, Qt.Key.Key_Escape)
    assert not steps.isVisible()
    assert stage.door.followers == 0
    stage.dialog.show_page("")
    assert stage.dialog.page("report").isVisible()
    assert stage.dots() == []


def test_no_button_of_the_dialog_is_a_default(stage: SettingsStage) -> None:
    for name in NAMES:
        page = stage.open(name)
        for button in page.findChildren(QAbstractButton):
            assert not (isinstance(button, QPushButton) and (button.autoDefault() or button.isDefault()))
