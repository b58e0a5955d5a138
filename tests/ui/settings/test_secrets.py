"""A secret goes in and never comes out: not to a widget, not to the file, not to a message."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QWidget

from copilot_desktop.config import BadSettings
from tests.support.fake_door import GOOD_SID, GOOD_TOKEN
from tests.ui.settings.conftest import SettingsStage, find


def everything_said(widget: QWidget) -> str:
    """Return all that any widget below holds or tells."""
    parts: list[str] = []
    for each in [widget, *widget.findChildren(QWidget)]:
        parts += [each.accessibleName(), each.accessibleDescription(), each.toolTip(), each.windowTitle()]
        if isinstance(each, QLineEdit):
            parts += [each.text(), each.displayText(), each.placeholderText(), each.selectedText()]
        elif isinstance(each, QLabel | QPushButton):
            parts.append(each.text())
        elif isinstance(each, QPlainTextEdit):
            parts.append(each.toPlainText())
        elif isinstance(each, QComboBox):
            parts += [each.itemText(row) for row in range(each.count())]
        said = QAccessible.queryAccessibleInterface(each)
        if said is not None:
            parts.append(said.text(QAccessible.Text.Value))
    return "\n".join(parts)


def edit(stage: SettingsStage, name: str) -> QLineEdit:
    found = find(stage.dialog, name)
    assert isinstance(found, QLineEdit)
    return found


def give(stage: SettingsStage) -> None:
    stage.open("accounts")
    stage.type("twilio_account_sidField", GOOD_SID)
    stage.type("twilio_auth_tokenField", GOOD_TOKEN)


def test_a_saved_secret_is_in_no_widget(stage: SettingsStage) -> None:
    give(stage)
    assert GOOD_TOKEN not in edit(stage, "twilio_auth_tokenField").displayText()
    assert stage.dots() == ["Accounts"]
    stage.save()
    assert stage.door.kept_secrets == {"twilio_auth_token": GOOD_TOKEN}
    assert GOOD_TOKEN not in everything_said(stage.dialog)
    assert GOOD_TOKEN not in stage.door.settings.config_file.read_text()
    assert not edit(stage, "twilio_auth_tokenField").isVisible()
    stage.press("twilio_auth_tokenReplaceButton")
    field = edit(stage, "twilio_auth_tokenField")
    assert field.isVisible()
    QTest.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not field.isUndoAvailable()
    assert field.text() == ""
    assert GOOD_TOKEN not in everything_said(stage.dialog)


def test_a_discarded_secret_is_in_no_widget(stage: SettingsStage) -> None:
    give(stage)
    stage.press("settingsCancelButton")
    assert GOOD_TOKEN not in everything_said(stage.dialog)
    assert stage.door.kept_secrets == {}


def test_a_typed_secret_cannot_be_copied(stage: SettingsStage) -> None:
    give(stage)
    QGuiApplication.clipboard().setText("before")
    field = edit(stage, "twilio_auth_tokenField")
    field.selectAll()
    field.copy()
    field.cut()
    assert QGuiApplication.clipboard().text() == "before"


def test_replacing_can_be_given_up(stage: SettingsStage) -> None:
    stage.door.kept_secrets["twilio_auth_token"] = GOOD_TOKEN
    stage.open("accounts")
    stage.press("twilio_auth_tokenReplaceButton")
    stage.type("twilio_auth_tokenField", "half of a new o")
    assert stage.dots() == ["Accounts"]
    stage.press("twilio_auth_tokenKeepButton")
    assert stage.dots() == []
    assert not edit(stage, "twilio_auth_tokenField").isVisible()


def test_a_bad_secret_is_told_at_its_field(stage: SettingsStage) -> None:
    give(stage)
    stage.door.trouble["save"] = BadSettings({"twilio_auth_token": "Must be one word, without spaces."})
    stage.save()
    assert stage.says("twilio_auth_tokenError") == "Must be one word, without spaces."
    assert "twilio_auth_token" not in stage.door.kept_secrets


@pytest.mark.parametrize("keeps", [True, False])
def test_it_says_whether_secrets_last(stage: SettingsStage, keeps: bool) -> None:
    stage.door.keeps_secrets = keeps
    stage.open("accounts")
    assert find(stage.dialog, "runOnlyNote").isVisible() is not keeps
    stage.open("privacy")
    said = everything_said(stage.dialog.page("privacy"))
    assert ("key store" in said) is keeps
    assert ("until the program ends" in said) is not keeps


def test_an_authtoken_of_a_tunnel_is_a_secret_too(stage: SettingsStage) -> None:
    stage.open("address")
    stage.press("tunnel_ngrok")
    stage.type("ngrok_authtokenField", "tunnel-secret-1")
    stage.save()
    assert stage.door.kept_secrets == {"ngrok_authtoken": "tunnel-secret-1"}
    assert "tunnel-secret-1" not in everything_said(stage.dialog)
