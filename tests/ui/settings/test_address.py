"""Public address: each state of each step, and a button that does what it says for each problem."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QApplication, QPlainTextEdit

from copilot_desktop import config
from copilot_desktop.calls.line import LineProblem, LineStatus, Step, StepState
from copilot_desktop.messages import Remedy, line_message
from copilot_desktop.ui.settings.helping import Helping
from tests.support.fake_door import GOOD_TOKEN, OURS
from tests.ui.settings.conftest import SettingsStage, find

WAITING, WORKING, DONE, FAILED = StepState.WAITING, StepState.WORKING, StepState.DONE, StepState.FAILED


def signs(stage: SettingsStage) -> str:
    return "".join(stage.says(f"stepSign_{step}") for step in Step)


@pytest.mark.parametrize(
    ("states", "shown"),
    [
        ((WAITING,) * 5, "–––––"),
        ((WORKING, WAITING, WAITING, WAITING, WAITING), "◌––––"),
        ((DONE, WORKING, WAITING, WAITING, WAITING), "✓◌–––"),
        ((DONE, DONE, DONE, DONE, WAITING), "✓✓✓✓–"),
        ((DONE, DONE, DONE, DONE, DONE), "✓✓✓✓✓"),
    ],
)
def test_the_checklist_follows_the_line(
    stage: SettingsStage, states: tuple[StepState, ...], shown: str
) -> None:
    stage.open("address")
    stage.door.show_steps(*states)
    assert signs(stage) == shown
    is_connected = states[1] is DONE
    assert (OURS in stage.says("stepText_connected")) is is_connected
    assert find(stage.dialog, "copyAddressButton").isVisible() is is_connected


@pytest.mark.parametrize("step", list(Step))
@pytest.mark.parametrize("problem", list(LineProblem))
def test_a_failed_step_says_one_sentence_and_offers_what_helps(
    stage: SettingsStage, step: Step, problem: LineProblem
) -> None:
    at = list(Step).index(step)
    stage.open("address")
    stage.door.show_steps(*(DONE,) * at, FAILED, *(WAITING,) * (4 - at), problem=problem)
    assert signs(stage)[at] == "✗"
    sentence = find(stage.dialog, f"stepSentence_{step}")
    assert sentence.isVisible()
    row = find(stage.dialog, f"step_{step}")
    remedies = line_message(problem).remedies
    for remedy in remedies:
        button = find(row, f"{remedy.value}Button")
        assert isinstance(button, QAbstractButton)
        assert button.isVisible()
        assert button.text()
    stage.door.show_steps(*(DONE,) * 5)
    assert not sentence.isVisible()
    QApplication.sendPostedEvents(None, 52)  # what was to be deleted
    assert not [
        b for b in row.findChildren(QAbstractButton) if b.isVisible() and "copy" not in b.objectName()
    ]


def _did(stage: SettingsStage, remedy: Remedy) -> bool:
    """Whether what the button promised has happened."""
    page, focus, asked = stage.dialog._stack.currentWidget(), QApplication.focusWidget(), stage.door.asked
    name = page.objectName().removesuffix("Page") if page is not None else ""
    focused = focus.objectName() if focus is not None else ""
    details = find(stage.dialog.page("address"), "lineDetailsText")
    return {
        Remedy.ENTER_KEY_AGAIN: name == "accounts" and focused == "twilio_auth_tokenField",
        Remedy.OPEN_KEY_PAGE: asked[-1:] == ["open https://console.twilio.com/"],
        Remedy.OPEN_ACCOUNT_PAGE: asked[-1:] == ["open https://console.twilio.com/"],
        Remedy.CHECK_AGAIN: "set_up_line" in asked,
        Remedy.PRACTISE: asked[-1:] == ["practice"],
        Remedy.CHOOSE_NUMBER: name == "number" and focused == "twilio_numberField",
        Remedy.POINT_HERE: "point_here" in asked,
        Remedy.CLEAR_OVERRIDE: "point_here" in asked,
        Remedy.LEAVE_IT: not find(stage.dialog, "stepSentence_number").isVisible(),
        Remedy.DOWNLOAD_HELPER: asked[-1].startswith("open https://developers.cloudflare.com/"),
        Remedy.OWN_ADDRESS: name == "address" and focused == "public_base_urlField",
        Remedy.ENTER_HELPER_KEY: name == "address" and focused == "ngrok_authtokenField",
        Remedy.SET_UP_AGAIN: "set_up_line" in asked,
        Remedy.NEW_ADDRESS: "set_up_line" in asked,
        Remedy.TRY_ANOTHER_WAY: name == "address" and focused.startswith("tunnel_"),
        Remedy.ASK_IT: details.isVisible() and "TCP 443" in _text(details),
        Remedy.SHOW_DETAILS: details.isVisible(),
        Remedy.OPEN_SETTINGS: name == "accounts" and focused == "twilio_account_sidField",
        Remedy.SAVE_REPORT: name == "about" and "problem_report" in asked,
    }[remedy]


def _text(widget: object) -> str:
    assert isinstance(widget, QPlainTextEdit)
    return widget.toPlainText()


@pytest.mark.parametrize("problem", list(LineProblem))
def test_every_remedy_of_every_problem_does_what_it_says(stage: SettingsStage, problem: LineProblem) -> None:
    stage.door._settings = config.save(stage.door.settings, {"twilio_number": "+12025550144"})
    for remedy in line_message(problem).remedies:
        stage.open("address")
        stage.door.asked.clear()
        stage.door.asked.append("")
        stage.door.show_steps(DONE, DONE, DONE, WAITING, WAITING)
        stage.door.show_steps(DONE, DONE, DONE, FAILED, WAITING, problem=problem)
        stage.press(f"{remedy.value}Button", find(stage.dialog, "step_number"))
        assert _did(stage, remedy), f"{problem}: {remedy}"


def test_there_is_a_deed_for_every_remedy(stage: SettingsStage) -> None:
    assert set(Helping(stage.dialog, stage.door).deeds()) == set(Remedy)


def test_what_is_missing_is_led_to(stage: SettingsStage) -> None:
    go = Helping(stage.dialog, stage.door).deeds()[Remedy.OPEN_SETTINGS]
    wanted = ["twilio_account_sidField", "twilio_auth_tokenField", "twilio_numberField", "tunnel_auto"]
    seen = []
    stage.open("about")
    for change in (None, {"twilio_account_sid": "AC" + "0" * 32}, "token", {"twilio_number": "+12025550144"}):
        if change == "token":
            stage.door.kept_secrets["twilio_auth_token"] = GOOD_TOKEN
        elif isinstance(change, dict):
            stage.door._settings = config.save(stage.door.settings, change)
        stage.dialog.close()
        stage.open("about")
        go()
        focused = QApplication.focusWidget()
        seen.append(focused.objectName() if focused is not None else "")
    assert seen == wanted


def test_set_up_now_saves_first_and_shows_the_work(stage: SettingsStage) -> None:
    stage.open("address")
    stage.press("tunnel_cloudflared")
    stage.press("setUpButton")
    assert stage.door.settings.tunnel == "cloudflared"
    assert stage.door.asked == ["save", "set_up_line"]
    assert signs(stage) == "◌––––"
    stage.qtbot.waitUntil(lambda: "1 s" in stage.says("stepText_helper"), timeout=10_000)


def test_fields_show_only_for_the_way_that_is_chosen(stage: SettingsStage) -> None:
    page = stage.open("address")
    expected = {
        "auto": {"public_base_url", "ngrok_authtoken"},
        "own": {"public_base_url"},
        "ngrok": {"ngrok_authtoken", "ngrok_domain"},
        "cloudflared": {"cloudflared_path"},
        "cloudflared_named": {"cloudflared_hostname", "cloudflared_token", "cloudflared_path"},
        "localtunnel": set(),
    }
    fields = {**page.fields, **page.secret_fields}
    for way, names in expected.items():
        stage.press(f"tunnel_{way}")
        shown = {name for name, each in fields.items() if each.isVisible()}
        assert shown - {"tunnel", "is_reconnecting"} == names


def test_an_address_that_is_missing_is_told(stage: SettingsStage) -> None:
    page = stage.open("address")
    stage.press("tunnel_own")
    stage.save()
    assert page.fields["public_base_url"].error
    stage.type("public_base_urlField", "https://calls.example.com")
    stage.save()
    assert stage.door.settings.public_base_url == "https://calls.example.com"


def test_the_address_and_the_details_can_be_copied(stage: SettingsStage) -> None:
    stage.door.line_details = "connected in 1.2 s"
    stage.open("address")
    stage.door.show_steps(DONE, DONE, DONE, DONE, WAITING)
    stage.press("copyAddressButton")
    assert QGuiApplication.clipboard().text() == OURS
    stage.press("lineDetailsButton")
    assert _text(find(stage.dialog, "lineDetailsText")) == "connected in 1.2 s"
    stage.press("copyDetailsButton")
    assert QGuiApplication.clipboard().text() == "connected in 1.2 s"
    stage.press("lineDetailsButton")
    assert not find(stage.dialog, "lineDetailsText").isVisible()


def test_the_last_problem_is_named(stage: SettingsStage) -> None:
    stage.open("address")
    assert stage.says("lastProblem") == "Last problem: none"
    stage.door.show_steps(FAILED, *(WAITING,) * 4, problem=LineProblem.HELPER_MISSING)
    assert "One helper program is missing" in stage.says("lastProblem")
    stage.door.tell(line_status=LineStatus())
    assert stage.says("lastProblem") == "Last problem: none"


def test_an_own_address_needs_no_helper(stage: SettingsStage) -> None:
    stage.open("address")
    stage.door.show_steps(*(DONE,) * 4, WAITING)
    stage.door.tell(line_status=replace(stage.door.line_status, tunnel="own"))
    assert "No helper program needed" in stage.says("stepText_helper")
