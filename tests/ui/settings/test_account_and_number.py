"""Accounts and Phone number: results in words, failures with what helps, the number pointed and put back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QWidget

from copilot_desktop import config
from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.calls.line import LineError, LineProblem, StepState
from copilot_desktop.ui.settings.number import NumberPage
from tests.support.fake_door import GOOD_SID, GOOD_TOKEN, OLD, OURS
from tests.ui.settings.conftest import SettingsStage, find

LINE = "+12025550144"


def have_account(stage: SettingsStage, number: str = LINE) -> None:
    given = {"twilio_account_sid": GOOD_SID, "twilio_number": number}
    stage.door._settings = config.save(stage.door.settings, given)
    stage.door.kept_secrets["twilio_auth_token"] = GOOD_TOKEN


def box(stage: SettingsStage, name: str) -> QComboBox:
    found = find(stage.dialog, name)
    assert isinstance(found, QComboBox)
    return found


def items(combo: QComboBox) -> list[str]:
    return [combo.itemText(row) for row in range(combo.count())]


# The account.


def test_a_good_account_is_told_in_words(stage: SettingsStage) -> None:
    stage.open("accounts")
    stage.type("twilio_account_sidField", GOOD_SID)
    stage.type("twilio_auth_tokenField", GOOD_TOKEN)
    stage.press("testAccountButton")
    told = stage.says("accountResultText")
    assert told.startswith("Signed in as “Harbor Plumbing”, 2 numbers, balance 23.40 USD · Tested ")
    assert stage.door.kept_secrets == {}, "a test saves nothing"


def test_a_trial_account_says_so(stage: SettingsStage) -> None:
    have_account(stage)
    stage.door.account = replace(stage.door.account, is_trial=True, status="suspended", balance="")
    stage.door.phones = []
    stage.open("accounts")
    stage.press("testAccountButton")
    told = stage.says("accountResultText")
    assert "trial account, the account is suspended, no number" in told


def test_a_missing_key_is_asked_for_before_anything_is_sent(stage: SettingsStage) -> None:
    stage.open("accounts")
    stage.type("twilio_account_sidField", GOOD_SID)
    stage.door.asked.clear()
    stage.press("testAccountButton")
    assert stage.door.asked == []
    assert "first" in stage.says("accountResultText")
    assert QApplication.focusWidget() is find(stage.dialog, "twilio_auth_tokenField")


def test_a_refused_key_offers_to_enter_it_again(stage: SettingsStage) -> None:
    have_account(stage)
    stage.door.kept_secrets["twilio_auth_token"] = "wrong"
    stage.open("accounts")
    stage.press("testAccountButton")
    assert stage.says("accountResultTitle") == "Your phone account did not accept the key"
    stage.press("enter_key_againButton", stage.dialog.page("accounts"))
    field = find(stage.dialog, "twilio_auth_tokenField")
    assert QApplication.focusWidget() is field
    stage.press("open_key_pageButton", stage.dialog.page("accounts"))
    assert stage.door.asked[-1] == "open https://console.twilio.com/"


def test_a_test_shows_seconds_and_can_be_stopped(stage: SettingsStage) -> None:
    have_account(stage)
    stage.open("accounts")
    stage.door.hold()
    stage.press("testAccountButton")
    assert not find(stage.dialog, "testAccountButton").isEnabled()
    stage.qtbot.waitUntil(lambda: "(1 s)" in stage.says("accountResultText"), timeout=10_000)
    stage.press("accountCancelButton")
    assert not find(stage.dialog, "accountResult").isVisible()
    assert find(stage.dialog, "testAccountButton").isEnabled()
    stage.door.release()
    assert not find(stage.dialog, "accountResult").isVisible()


@pytest.mark.parametrize("error", [CopilotError("The voice is not loaded."), OSError(28, "No space left")])
def test_any_failure_is_told(stage: SettingsStage, error: Exception) -> None:
    stage.door.trouble["test_engines"] = error
    stage.open("accounts")
    stage.press("testEnginesButton")
    assert stage.says("enginesResultTitle") == "That did not work"
    assert stage.says("enginesResultText")
    stage.press("testEnginesButton")
    assert "Spoken and understood" in stage.says("enginesResultText")


def test_a_practice_call_can_start_from_here(stage: SettingsStage) -> None:
    stage.open("accounts")
    stage.press("settingsPracticeButton")
    assert stage.door.asked == ["practice"]


# The number.


def test_without_an_account_nothing_is_asked(stage: SettingsStage) -> None:
    stage.open("number")
    assert stage.door.asked == []
    assert items(box(stage, "twilio_numberField")) == ["None yet"]
    assert stage.says("numberToday") == "Choose a number first."


def test_the_list_comes_by_itself_and_names_the_numbers(stage: SettingsStage) -> None:
    have_account(stage, "")
    stage.open("number")
    combo = box(stage, "twilio_numberField")
    assert items(combo) == ["Choose a number", "+1 202 555 0144 · Support line", "+1 202 555 0145"]
    combo.setCurrentIndex(1)
    assert stage.dots() == ["Phone number"]
    stage.save()
    assert stage.door.settings.twilio_number == LINE


def test_the_list_uses_the_account_that_was_typed(stage: SettingsStage) -> None:
    stage.open("accounts")
    stage.type("twilio_account_sidField", GOOD_SID)
    stage.type("twilio_auth_tokenField", GOOD_TOKEN)
    stage.open("number")
    assert len(items(box(stage, "twilio_numberField"))) == 3


def test_a_number_of_another_account_is_kept_and_named(stage: SettingsStage) -> None:
    have_account(stage, "+12025550177")
    stage.open("number")
    combo = box(stage, "twilio_numberField")
    assert combo.currentText() == "+1 202 555 0177 – not in this account"
    assert stage.dots() == []


def test_it_says_what_the_number_does_and_points_it_here(stage: SettingsStage) -> None:
    have_account(stage)
    stage.door.show_steps(*(StepState.DONE,) * 4, StepState.WAITING)
    stage.open("number")
    assert OLD in stage.says("numberToday")
    stage.press("pointHereButton")
    assert "Calls come to this program" in stage.says("numberToday")
    assert "Done" in stage.says("numberResultText")
    assert not find(stage.dialog, "pointHereButton").isVisible()
    assert OLD in stage.says("numberKept")
    stage.press("putBackButton")
    assert OLD in stage.says("numberToday")
    assert not find(stage.dialog, "putBackButton").isVisible()
    assert stage.door.phones[0].voice_url == OLD


def test_pointing_saves_the_chosen_number_first(stage: SettingsStage) -> None:
    have_account(stage, "")
    stage.open("number")
    box(stage, "twilio_numberField").setCurrentIndex(2)
    stage.press("pointHereButton")
    assert stage.door.settings.twilio_number == "+12025550145"
    assert stage.door.asked.index("save") < stage.door.asked.index("point_here")
    assert stage.door.phones[1].voice_url.startswith(OURS)


def test_what_gets_the_calls_first_is_asked_about_in_the_page(stage: SettingsStage) -> None:
    have_account(stage)
    stage.door.phones[0] = replace(stage.door.phones[0], application_sid="AP1")
    stage.open("number")
    assert "application" in stage.says("numberToday")
    stage.press("pointHereButton")
    strip = find(stage.dialog, "overrideStrip")
    assert strip.isVisible()
    assert QApplication.focusWidget() is find(stage.dialog, "overrideStripButton0")
    stage.press("overrideStripButton0")  # Leave it
    assert stage.door.phones[0].application_sid == "AP1"
    stage.press("pointHereButton")
    stage.press("overrideStripButton1")  # Take it off
    assert stage.door.phones[0].application_sid == ""
    assert stage.door.phones[0].voice_url.startswith(OURS)


@pytest.mark.parametrize(
    "problem", [LineProblem.NUMBER_NOT_WRITTEN, LineProblem.CARRIER_UNREACHABLE, LineProblem.NUMBER_NOT_FOUND]
)
def test_a_number_that_cannot_be_pointed_is_told(stage: SettingsStage, problem: LineProblem) -> None:
    have_account(stage)
    stage.open("number")
    stage.door.trouble["point_here"] = LineError(problem, code=20404)
    stage.press("pointHereButton")
    assert stage.says("numberResultTitle")
    assert "20404" not in stage.says("numberResultText")
    assert "20404" in find(stage.dialog, "numberResult").toolTip()


def test_only_the_chosen_way_without_us_shows_its_field(stage: SettingsStage) -> None:
    page = stage.open("number")
    assert isinstance(page, NumberPage)
    shown = {"outage_message": "message", "outage_forward_to": "forward", "outage_url": "address"}
    for choice in ("forward", "address", "nothing", "message"):
        stage.press(f"outage_{choice}")
        assert [name for name in shown if page.fields[name].isVisible()] == [
            name for name, way in shown.items() if way == choice
        ]
    stage.press("outage_forward")
    stage.save()
    assert page.fields["outage_forward_to"].error
    stage.type("outage_forward_toField", "+1 202 555 0199")
    stage.save()
    assert stage.door.settings.outage_forward_to == "+12025550199"


def test_blocked_numbers_and_people_are_added_and_removed(stage: SettingsStage) -> None:
    page = stage.open("number")
    stage.press("blocked_numbersAddButton")
    first = QApplication.focusWidget()
    assert isinstance(first, QLineEdit)
    assert first.accessibleName() == "Number 1"
    stage.type("blocked_numbers0_0", "+1 202 555 0166")
    stage.press("transfer_numbersAddButton")
    stage.type("transfer_numbers0_0", "Workshop")
    stage.type("transfer_numbers0_1", "sip:desk@example.com")
    stage.save()
    assert stage.door.settings.blocked_numbers == ("+12025550166",)
    assert stage.door.settings.transfer_numbers == {"Workshop": "sip:desk@example.com"}
    stage.press("blocked_numbers0Remove")
    assert _has_focus_inside(page)
    stage.save()
    assert len(stage.door.settings.blocked_numbers) == 0


def test_a_wrong_number_in_a_list_is_told(stage: SettingsStage) -> None:
    page = stage.open("number")
    stage.press("blocked_numbersAddButton")
    stage.type("blocked_numbers0_0", "12")
    stage.save()
    assert page.fields["blocked_numbers"].error
    assert QApplication.focusWidget() is find(stage.dialog, "blocked_numbers0_0")


def test_a_call_rings_twelve_seconds_at_most(stage: SettingsStage) -> None:
    stage.open("number")
    stage.type("ring_sField", "30")
    stage.save()
    assert stage.door.settings.ring_s <= 12


def test_the_message_can_be_heard_before_it_is_saved(stage: SettingsStage) -> None:
    stage.open("number")
    field = stage.dialog.page("number").fields["message"]
    field.show_value("We are at lunch.")
    stage.press("messageListen")
    assert stage.door.asked[-1] == "speak: We are at lunch."
    assert len(stage.player.played) == 1
    stage.player.has_sound = False
    stage.player.stop()
    stage.press("messageListen")
    assert len(stage.player.played) == 1


def _has_focus_inside(page: QWidget) -> bool:
    focused = QApplication.focusWidget()
    return focused is not None and page.isAncestorOf(focused)
