"""Which key the dialog says goes to a part's server, and where it asks for one that is refused."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QLabel

from copilot_desktop.calls.errors import EngineFault, EngineRejected
from copilot_desktop.ui.settings.ai import AIPage
from tests.ui.settings.conftest import SettingsStage, find

REGIONAL = "https://eu.api.openai.com/v1"
PRIVATE = "http://192.168.1.20:8000/v1"
ORDER_OF_THIS_COMPUTER = "Order: This computer."


def open_ai(stage: SettingsStage) -> AIPage:
    page = stage.open("ai")
    assert isinstance(page, AIPage)
    return page


def asks_for(stage: SettingsStage) -> object:
    """Return the field that a refused key of the writer leads to."""
    page = open_ai(stage)
    stage.door.trouble["test_engine"] = EngineRejected("the server", fault=EngineFault.KEY_REFUSED)
    stage.press("writerTestButton")
    stage.press("enter_key_againButton", page.parts["writer"].result)
    return QApplication.focusWidget()


def test_the_hint_says_that_no_other_server_gets_the_common_key(stage: SettingsStage) -> None:
    box = open_ai(stage).parts["writer"]
    stage.press("writerServerButton")
    hints = [label.text() for label in box.key.findChildren(QLabel)]
    assert "Empty: the key under Accounts, which no server but the one there gets." in hints


def test_the_common_key_does_not_count_for_another_of_openais_addresses(stage: SettingsStage) -> None:
    stage.door.kept_secrets["openai_api_key"] = "sk-1"
    open_ai(stage)
    assert stage.says("writerOrder") == "Order: 1. OpenAI   2. this computer"
    stage.press("writerServerButton")
    stage.type("writer_base_urlField", REGIONAL)
    assert stage.says("writerOrder").startswith(ORDER_OF_THIS_COMPUTER)
    stage.type("writer_api_keyField", "own-key")
    assert stage.says("writerOrder") == "Order: 1. OpenAI   2. this computer"


def test_a_refused_key_is_asked_for_where_it_came_from(stage: SettingsStage) -> None:
    open_ai(stage)
    stage.press("writerServerButton")
    stage.type("writer_base_urlField", REGIONAL)
    assert asks_for(stage) is find(stage.dialog, "writer_api_keyField")


def test_a_common_servers_refused_key_is_asked_for_under_accounts(stage: SettingsStage) -> None:
    stage.open("accounts")
    stage.type("openai_base_urlField", PRIVATE)
    assert asks_for(stage) is find(stage.dialog, "openai_api_keyField")
