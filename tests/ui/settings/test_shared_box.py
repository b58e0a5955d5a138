"""The shared history in the settings: its address is kept like a password, and the server is tried."""

from __future__ import annotations

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from copilot_desktop.ui.settings.privacy import PrivacyPage
from tests.ui.settings.conftest import SettingsStage

ADDRESS = "postgresql://desk:sesame@server/calls"


def words_in(page: PrivacyPage) -> str:
    return " ".join(label.text() for label in page.shared.result.findChildren(QLabel))


def test_an_address_is_tried_before_it_is_saved_and_never_shown_again(stage: SettingsStage) -> None:
    page = stage.open("privacy")
    assert isinstance(page, PrivacyPage)
    page.shared.switch.box.click()
    QTest.keyClicks(page.shared.address.edit, ADDRESS)
    stage.press("testSharedButton")
    stage.door.run()
    assert f"test_shared: {ADDRESS}" in stage.door.asked
    assert "It holds 3 calls of 2 desks" in words_in(page)
    stage.save()
    stage.door.run()
    assert stage.door.settings.is_history_shared
    assert page.shared.address.edit.text() == ""


def test_nothing_is_asked_without_an_address(stage: SettingsStage) -> None:
    page = stage.open("privacy")
    assert isinstance(page, PrivacyPage)
    stage.press("testSharedButton")
    stage.door.run()
    assert stage.door.asked == []
    assert "Fill in the address first" in words_in(page)
