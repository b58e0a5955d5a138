"""The AI's parts in the settings: who does the work, own servers, models, tests, tools and costs."""

from __future__ import annotations

from datetime import date

import pytest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLabel, QLineEdit

from copilot_desktop import config
from copilot_desktop.calls.errors import EngineError, EngineFault, EngineRejected, StoreError
from copilot_desktop.ui.settings.ai import AIPage
from copilot_desktop.ui.settings.costs import dollars
from copilot_desktop.ui.settings.door import CostLine
from copilot_desktop.ui.settings.engine_fields import ModelField
from copilot_desktop.ui.settings.engine_words import BILLING_URL, KEYS_URL, PARTS
from tests.ui.settings.conftest import SettingsStage, find

OWN = "http://192.168.1.20:8000/v1"


def open_ai(stage: SettingsStage) -> AIPage:
    page = stage.open("ai")
    assert isinstance(page, AIPage)
    return page


def order(stage: SettingsStage, part: str) -> str:
    return stage.says(f"{part}Order")


def choose(stage: SettingsStage, name: str, value: str) -> None:
    box = find(stage.dialog, f"{name}Field")
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findData(value))
    QApplication.processEvents()


# Who does the work.


def test_without_a_key_everything_stays_here(stage: SettingsStage) -> None:
    open_ai(stage)
    for part in PARTS[:3]:
        assert order(stage, part).startswith("Order: This computer. Nothing is sent anywhere.")
    assert "Nobody" in order(stage, "judge")


def test_a_key_makes_openai_the_first_and_this_computer_the_last(stage: SettingsStage) -> None:
    stage.door.kept_secrets["openai_api_key"] = "sk-1"
    open_ai(stage)
    assert order(stage, "hearing") == (
        "Order: 1. OpenAI, word by word   2. OpenAI, sentence by sentence   3. this computer"
    )
    assert order(stage, "writer") == "Order: 1. OpenAI   2. this computer"
    choose(stage, "writer_engine", "embedded")
    assert order(stage, "writer") == "Order: This computer. Nothing is sent anywhere."


def test_a_key_that_is_only_typed_counts_as_well(stage: SettingsStage) -> None:
    open_ai(stage)
    stage.open("accounts")
    stage.type("openai_api_keyField", "sk-new")
    page = open_ai(stage)
    page.first_shown()
    assert order(stage, "writer") == "Order: 1. OpenAI   2. this computer"


def test_another_address_needs_no_key(stage: SettingsStage) -> None:
    stage.door._settings = config.save(stage.door.settings, {"openai_base_url": OWN})
    open_ai(stage)
    assert order(stage, "voice") == "Order: 1. 192.168.1.20:8000   2. this computer"


def test_what_does_not_matter_is_hidden(stage: SettingsStage) -> None:
    open_ai(stage)
    model, server = find(stage.dialog, "writer_modelField"), find(stage.dialog, "writerServerButton")
    assert model.isVisible()
    choose(stage, "writer_engine", "embedded")
    assert not model.isVisible()
    assert not server.isVisible()
    assert find(stage.dialog, "writerTestButton").isVisible()
    choose(stage, "judge_engine", "none")
    assert not find(stage.dialog, "judgeTestButton").isVisible()
    assert stage.door.settings.writer_engine == "auto", "nothing applies before Save"


# Own servers.


def test_an_own_server_for_one_part_is_saved_with_its_key(stage: SettingsStage) -> None:
    open_ai(stage)
    address = find(stage.dialog, "writer_base_urlField")
    assert not address.isVisible()
    stage.press("writerServerButton")
    assert address.isVisible()
    stage.type("writer_base_urlField", f"{OWN}/")
    stage.type("writer_api_keyField", "own-key")
    stage.type("writer_modelEdit", "llama3.1:8b")
    assert stage.dots() == ["AI"]
    stage.save()
    settings = stage.door.settings
    assert (settings.writer_base_url, settings.writer_model) == (OWN, "llama3.1:8b")
    assert stage.door.kept_secrets == {"writer_api_key": "own-key"}
    assert address.isVisible(), "what is used stays in sight"
    assert order(stage, "writer") == "Order: 1. 192.168.1.20:8000   2. this computer"


def test_a_wrong_address_is_shown_and_nothing_is_sent_there(stage: SettingsStage) -> None:
    open_ai(stage)
    stage.press("writerServerButton")
    stage.type("writer_base_urlField", "http://ai.example.com")
    stage.door.asked.clear()
    stage.press("writerTestButton")
    assert "test_engine" not in stage.door.asked
    assert "http only on this computer" in stage.says("writer_base_urlError")


def test_save_leads_to_a_wrong_address_that_is_folded_away(stage: SettingsStage) -> None:
    page = open_ai(stage)
    stage.press("voiceServerButton")
    stage.type("voice_base_urlField", "nonsense")
    page.parts["voice"].open_server(False)
    stage.save()
    assert find(stage.dialog, "voice_base_urlField").isVisible()
    assert stage.says("voice_base_urlError")


def test_what_the_environment_sets_is_locked(stage: SettingsStage) -> None:
    stage.door.locked = {"openai_base_url": "OPENAI_BASE_URL", "writer_model": "COPILOT_WRITER_MODEL"}
    open_ai(stage)
    assert not find(stage.dialog, "writer_modelField").isEnabled()
    assert not find(stage.dialog, "writerModelsButton").isEnabled()
    stage.open("accounts")
    address = find(stage.dialog, "openai_base_urlField")
    assert not address.isEnabled()
    assert "OPENAI_BASE_URL" in address.accessibleDescription()


# Models and tests.


def test_models_are_loaded_for_what_stands_in_the_dialog(stage: SettingsStage) -> None:
    open_ai(stage)
    stage.press("writerServerButton")
    stage.type("writer_base_urlField", OWN)
    stage.type("writer_api_keyField", "own-key")
    stage.press("writerModelsButton")
    part, draft, secrets = stage.door.drafts[-1]
    assert (part, draft["writer_base_url"], secrets) == ("writer", OWN, {"writer_api_key": "own-key"})
    assert draft["openai_base_url"] == "https://api.openai.com/v1"
    assert "3 models" in stage.says("writerResultText")
    box = find(stage.dialog, "writer_modelField")
    assert isinstance(box, QComboBox)
    assert [box.itemData(row) for row in range(box.count())] == [m.id for m in stage.door.models]
    assert stage.door.kept_secrets == {}, "a question keeps nothing"


def test_a_model_that_will_be_shut_down_is_warned_of(stage: SettingsStage) -> None:
    page = open_ai(stage)
    stage.press("writerModelsButton")
    field = page.fields["writer_model"]
    assert isinstance(field, ModelField)
    field.box.activated.emit(2)
    assert field.value() == "gpt-4o-mini"
    assert "14 January 2027" in field._note.text()
    field.box.activated.emit(0)
    assert field.value() == "gpt-6-luna"
    assert "14 January" not in field._note.text()
    stage.save()
    assert stage.door.settings.writer_model == "gpt-6-luna"


@pytest.mark.parametrize("part", PARTS)
def test_each_part_is_tested_with_its_own_fields(stage: SettingsStage, part: str) -> None:
    open_ai(stage)
    stage.press(f"{part}TestButton")
    tested, draft, _ = stage.door.drafts[-1]
    assert tested == part
    assert {f"{part}_engine", f"{part}_base_url", f"{part}_model"} <= draft.keys()
    assert ("voice_name" in draft) is (part == "voice")
    assert stage.says(f"{part}ResultText").startswith(f"{part}: works, after 0.4 s")


def test_while_it_is_tested_it_is_not_tested_again(stage: SettingsStage) -> None:
    open_ai(stage)
    stage.door.hold()
    stage.press("hearingTestButton")
    assert not find(stage.dialog, "hearingTestButton").isEnabled()
    assert not find(stage.dialog, "hearingModelsButton").isEnabled()
    assert stage.says("hearingResultText").startswith("Listening to a sentence")
    stage.door.release()
    assert find(stage.dialog, "hearingTestButton").isEnabled()


@pytest.mark.parametrize(
    ("fault", "button", "focused"),
    [
        (EngineFault.KEY_REFUSED, "enter_key_again", "openai_api_keyField"),
        (EngineFault.MODEL_MISSING, "choose_model", "writer_modelField"),
        (EngineFault.UNREACHABLE, "open_settings", "writer_engineField"),
    ],
)
def test_a_fault_says_what_it_is_and_leads_to_its_remedy(
    stage: SettingsStage, fault: EngineFault, button: str, focused: str
) -> None:
    page = open_ai(stage)
    stage.door.trouble["test_engine"] = EngineError("OpenAI", fault=fault)
    stage.press("writerTestButton")
    assert "OpenAI" in stage.says("writerResultTitle")
    stage.press(f"{button}Button", page.parts["writer"].result)
    assert QApplication.focusWidget() is find(stage.dialog, focused)


def test_a_refused_key_of_an_own_server_is_asked_for_there(stage: SettingsStage) -> None:
    page = open_ai(stage)
    stage.press("writerServerButton")
    stage.type("writer_base_urlField", OWN)
    stage.door.trouble["test_engine"] = EngineRejected("192.168.1.20", fault=EngineFault.KEY_REFUSED)
    stage.press("writerTestButton")
    stage.press("enter_key_againButton", page.parts["writer"].result)
    assert QApplication.focusWidget() is find(stage.dialog, "writer_api_keyField")


def test_used_up_credit_leads_to_the_billing_page_or_goes_on_without(stage: SettingsStage) -> None:
    page = open_ai(stage)
    stage.door.trouble["test_engine"] = EngineRejected("OpenAI", fault=EngineFault.NO_CREDIT)
    stage.press("voiceTestButton")
    result = page.parts["voice"].result
    assert stage.says("voiceResultTitle") == "Your AI account has no credit left"
    stage.press("open_billing_pageButton", result)
    assert stage.door.asked[-1] == f"open {BILLING_URL}"
    stage.press("continue_without_aiButton", result)
    stage.save()
    assert stage.door.settings.voice_engine == "embedded"
    assert stage.door.settings.writer_engine == "auto"


# What it may do, limits, costs.


def test_tools_are_ticked_one_by_one(stage: SettingsStage) -> None:
    open_ai(stage)
    transfer, end = find(stage.dialog, "ai_tools_transfer"), find(stage.dialog, "ai_tools_end_call")
    assert isinstance(transfer, QCheckBox)
    assert isinstance(end, QCheckBox)
    assert (transfer.isChecked(), end.isChecked()) == (False, True)
    stage.press("ai_tools_transfer")
    stage.press("ai_tools_end_call")
    stage.save()
    assert set(stage.door.settings.ai_tools) == {"search", "ask_agent", "take_message", "transfer"}


def test_the_kept_tools_are_no_change_whatever_their_order(stage: SettingsStage) -> None:
    stage.door._settings = config.save(stage.door.settings, {"ai_tools": ("transfer", "search")})
    page = open_ai(stage)
    assert not page.has_changes
    assert stage.door.settings.ai_tools == ("transfer", "search")


def test_limits_are_kept(stage: SettingsStage) -> None:
    page = open_ai(stage)
    for name, value in (("words_limit_s", 2.0), ("first_text_limit_s", 3.5), ("first_sound_limit_s", 1.0)):
        page.fields[name].show_value(value)
        page.fields[name].changed.emit()
    stage.save()
    settings = stage.door.settings
    assert (settings.words_limit_s, settings.first_text_limit_s, settings.first_sound_limit_s) == (2, 3.5, 1)


def test_costs_say_month_call_and_the_prices_day(stage: SettingsStage) -> None:
    open_ai(stage)
    assert stage.says("costLine") == "This month: $3.20. The last call: $0.04. Partly estimated."
    assert "2026" in stage.says("costPrices")
    stage.press("openPricesButton")
    assert stage.door.asked[-1].endswith("/prices.toml")


def test_more_than_the_budget_is_said(stage: SettingsStage) -> None:
    stage.door._settings = config.save(stage.door.settings, {"monthly_budget_usd": 3})
    open_ai(stage)
    assert stage.says("costLine").endswith("That is more than the $3.00 that you set.")
    assert find(stage.dialog, "costLine").property("tone") == "warning"


def test_costs_before_the_first_call(stage: SettingsStage) -> None:
    stage.door.cost_line = CostLine(0.0, as_of=date(2026, 11, 22))
    open_ai(stage)
    assert stage.says("costLine") == "This month: $0.00."


def test_costs_that_cannot_be_read_are_said(stage: SettingsStage) -> None:
    stage.door.trouble["costs"] = StoreError("no")
    open_ai(stage)
    assert stage.says("costLine") == "What was spent cannot be read just now."


def test_a_budget_is_kept(stage: SettingsStage) -> None:
    page = open_ai(stage)
    page.fields["monthly_budget_usd"].show_value(40)
    page.fields["monthly_budget_usd"].changed.emit()
    stage.save()
    assert stage.door.settings.monthly_budget_usd == 40


@pytest.mark.parametrize(
    ("amount", "words"),
    [(0, "$0.00"), (0.001, "less than $0.01"), (0.041, "$0.04"), (1234.5, "$1,234.50")],
)
def test_sums_are_written_as_people_do(amount: float, words: str) -> None:
    assert dollars(amount) == words


# Accounts.


def test_a_good_key_is_told_with_its_models(stage: SettingsStage) -> None:
    stage.open("accounts")
    stage.type("openai_api_keyField", "sk-new")
    stage.press("testOpenAIButton")
    assert stage.says("openaiResultText").startswith("Signed in, 3 models can be used · Tested ")
    assert stage.door.drafts[-1] == (
        "",
        {"openai_base_url": "https://api.openai.com/v1"},
        {"openai_api_key": "sk-new"},
    )
    assert stage.door.kept_secrets == {}, "a test saves nothing"


def test_a_missing_key_is_asked_for_before_anybody_is_asked(stage: SettingsStage) -> None:
    stage.open("accounts")
    stage.press("testOpenAIButton")
    assert stage.door.drafts == []
    assert QApplication.focusWidget() is find(stage.dialog, "openai_api_keyField")


def test_a_private_server_is_tested_without_a_key(stage: SettingsStage) -> None:
    stage.open("accounts")
    stage.type("openai_base_urlField", OWN)
    stage.press("testOpenAIButton")
    assert stage.door.drafts[-1] == ("", {"openai_base_url": OWN}, {})


def test_an_address_is_looked_at_before_the_key_goes_there(stage: SettingsStage) -> None:
    stage.open("accounts")
    stage.type("openai_api_keyField", "sk-new")
    stage.type("openai_base_urlField", "http://ai.example.com/v1")
    stage.press("testOpenAIButton")
    assert stage.door.drafts == []
    assert stage.says("openai_base_urlError")


def test_a_refused_openai_key_is_asked_for_again(stage: SettingsStage) -> None:
    stage.door.kept_secrets["openai_api_key"] = "sk-old"
    page = stage.open("accounts")
    stage.door.trouble["engine_models"] = EngineRejected("OpenAI", fault=EngineFault.KEY_REFUSED)
    stage.press("testOpenAIButton")
    assert stage.says("openaiResultTitle") == "OpenAI did not accept the key"
    stage.press("enter_key_againButton", page)
    assert QApplication.focusWidget() is find(stage.dialog, "openai_api_keyField")
    stage.press("openKeysButton")
    assert stage.door.asked[-1] == f"open {KEYS_URL}"


def test_a_key_can_be_removed_and_kept_after_all(stage: SettingsStage) -> None:
    stage.door.kept_secrets["openai_api_key"] = "sk-old"
    stage.open("accounts")
    stage.press("openai_api_keyRemoveButton")
    assert stage.dots() == ["Accounts"]
    stage.press("openai_api_keyKeepButton")
    assert stage.dots() == []
    stage.press("openai_api_keyRemoveButton")
    stage.save()
    assert stage.door.kept_secrets == {}
    assert not find(stage.dialog, "openai_api_keyRemoveButton").isVisible()
    assert find(stage.dialog, "openai_api_keyField").isVisible()
    open_ai(stage)
    assert order(stage, "writer").startswith("Order: This computer.")


def test_the_phone_companys_token_is_replaced_and_never_removed(stage: SettingsStage) -> None:
    stage.door.kept_secrets["twilio_auth_token"] = "kept"
    stage.open("accounts")
    assert find(stage.dialog, "twilio_auth_tokenReplaceButton").isVisible()
    assert not find(stage.dialog, "twilio_auth_tokenRemoveButton").isVisible()


def test_an_empty_address_is_openais_own(stage: SettingsStage) -> None:
    stage.door._settings = config.save(stage.door.settings, {"openai_base_url": OWN})
    stage.open("accounts")
    stage.type("openai_base_urlField", "")
    stage.save()
    address = find(stage.dialog, "openai_base_urlField")
    assert isinstance(address, QLineEdit)
    assert address.text() == "https://api.openai.com/v1"


# Privacy.


def _told(stage: SettingsStage) -> str:
    page = stage.open("privacy")
    QApplication.processEvents()
    return "\n".join(each.text() for each in page.findChildren(QLabel) if each.isVisible())


def test_privacy_says_what_goes_to_whom(stage: SettingsStage) -> None:
    assert "No sound and no text is sent to an AI service." in _told(stage)
    stage.door.kept_secrets["openai_api_key"] = "sk-1"
    stage.door._settings = config.save(stage.door.settings, {"writer_base_url": OWN})
    stage.dialog.close()
    told = _told(stage)
    assert "No sound and no text" not in told
    assert "nothing leaves this computer" not in told
    assert "OpenAI" in told.splitlines()
    assert "192.168.1.20:8000" in told.splitlines()
    assert "The sound of both sides" in told
