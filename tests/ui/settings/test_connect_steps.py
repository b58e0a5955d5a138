"""From nothing to a phone that rings: five steps, left and resumed, skipped by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from copilot_desktop.calls.line import LineError, LineProblem, StepState
from copilot_desktop.ui.settings.connect_steps import ConnectStep, ConnectSteps
from copilot_desktop.ui.widgets.theme import Theme
from tests.support.fake_door import GOOD_SID, GOOD_TOKEN, FakeDoor
from tests.ui.settings.conftest import QuietPlayer, delete_now, find

DONE, FAILED, WAITING = StepState.DONE, StepState.FAILED, StepState.WAITING


@dataclass
class Steps:
    """The page and what it asked for."""

    door: FakeDoor
    page: ConnectSteps
    player: QuietPlayer
    pages: list[str]

    def current(self) -> ConnectStep | None:
        return self.page.current

    def press(self, name: str) -> None:
        button = find(self.page, name)
        assert isinstance(button, QAbstractButton)
        assert button.isVisible(), f"{name} cannot be seen"
        assert button.isEnabled(), f"{name} cannot be pressed"
        button.click()
        QApplication.processEvents()

    def write(self, name: str, text: str) -> None:
        field = find(self.page, name)
        assert isinstance(field, QLineEdit)
        assert field.isVisible()
        field.setText(text)

    def says(self, name: str) -> str:
        found = find(self.page, name)
        assert isinstance(found, QLabel)
        return found.text()

    def sign_in(self) -> None:
        self.write("twilio_account_sidField", GOOD_SID)
        self.write("twilio_auth_tokenField", GOOD_TOKEN)
        self.press("connectSignInButton")


@pytest.fixture
def steps(qtbot: QtBot, door: FakeDoor, theme: Theme) -> Iterator[Steps]:
    player = QuietPlayer()
    page = ConnectSteps(door, theme, player=player)
    pages: list[str] = []
    page.page_asked.connect(pages.append)
    page.begin()
    page.show()
    page.activateWindow()
    QApplication.processEvents()
    yield Steps(door, page, player, pages)
    page.end()
    delete_now(page)


def test_nothing_to_ready_in_five_steps(steps: Steps) -> None:
    assert steps.current() is ConnectStep.ACCOUNT
    assert QApplication.focusWidget() is find(steps.page, "twilio_account_sidField")
    steps.sign_in()
    assert steps.door.kept_secrets == {"twilio_auth_token": GOOD_TOKEN}
    assert steps.current() is ConnectStep.NUMBER
    numbers = find(steps.page, "twilio_numberField")
    assert isinstance(numbers, QComboBox)
    numbers.setCurrentIndex(1)
    steps.press("connectUseNumberButton")
    assert steps.door.settings.twilio_number == "+12025550145"
    assert steps.current() is ConnectStep.ADDRESS
    assert steps.door.asked[-1] == "set_up_line", "the third step begins by itself"
    steps.door.show_steps(DONE, DONE, DONE, DONE, WAITING)
    assert steps.current() is ConnectStep.SOUND
    steps.press("connectSoundListen")
    assert len(steps.player.played) == 1
    steps.press("connectHeardButton")
    assert steps.current() is ConnectStep.CALL
    assert "+1 202 555 0145" in steps.says("connectCallText")
    assert "Waiting" in steps.says("connect_callResultText")
    steps.door.show_steps(DONE, DONE, DONE, DONE, DONE)
    assert steps.current() is None
    assert steps.says("connectReady") == "It works. Real calls ring here."
    left: list[None] = []
    steps.page.left.connect(lambda: left.append(None))
    steps.press("connectDoneButton")
    assert left


def test_it_is_left_and_resumed(steps: Steps, theme: Theme) -> None:
    steps.sign_in()
    steps.page.end()
    assert steps.door.followers == 0
    again = ConnectSteps(steps.door, theme)
    again.begin()
    assert again.current is ConnectStep.NUMBER
    again.end()
    delete_now(again)


def test_steps_are_skipped_by_name_and_can_be_taken_up_again(steps: Steps) -> None:
    skip = find(steps.page, "connect_account_skipButton")
    assert isinstance(skip, QAbstractButton)
    assert skip.text() == "Skip – you can practise, real calls will not ring"
    for step in ConnectStep:
        assert steps.current() is step
        steps.press(f"connect_{step}_skipButton")
    assert steps.current() is None
    assert steps.says("connectReady") == "That is all for now."
    steps.press("connect_number_againButton")
    assert steps.current() is ConnectStep.NUMBER


def test_a_done_step_can_be_changed(steps: Steps) -> None:
    steps.sign_in()
    steps.press("connect_account_againButton")
    assert steps.current() is ConnectStep.ACCOUNT
    field = find(steps.page, "twilio_auth_tokenField")
    assert isinstance(field, QLineEdit)
    assert field.text() == ""
    steps.press("connectSignInButton")
    assert steps.current() is ConnectStep.NUMBER


def test_a_refused_key_stays_in_the_step(steps: Steps) -> None:
    steps.write("twilio_account_sidField", GOOD_SID)
    steps.write("twilio_auth_tokenField", "wrong")
    steps.press("connectSignInButton")
    assert steps.current() is ConnectStep.ACCOUNT
    assert steps.says("connect_accountResultTitle") == "Your phone account did not accept the key"
    assert steps.door.kept_secrets == {}
    steps.press("enter_key_againButton")
    assert QApplication.focusWidget() is find(steps.page, "twilio_auth_tokenField")


def test_what_is_missing_is_said_before_anything_is_sent(steps: Steps) -> None:
    steps.press("connectSignInButton")
    assert steps.says("twilio_account_sidError") == "Must be given"
    assert steps.door.asked == []
    steps.write("twilio_account_sidField", "AC12")
    steps.write("twilio_auth_tokenField", "x")
    steps.press("connectSignInButton")
    assert steps.current() is ConnectStep.ACCOUNT


def test_an_account_without_a_number_says_what_to_do(steps: Steps) -> None:
    steps.door.phones = []
    steps.sign_in()
    assert "Buy one" in steps.says("connect_numberResultText")
    assert not find(steps.page, "connectUseNumberButton").isEnabled()


def test_a_number_that_points_elsewhere_is_pointed_from_the_checklist(steps: Steps) -> None:
    steps.sign_in()
    steps.press("connectUseNumberButton")
    steps.door.show_steps(DONE, DONE, DONE, FAILED, WAITING, problem=LineProblem.NUMBER_ELSEWHERE)
    steps.press("point_hereButton")
    assert steps.door.asked[-1] == "point_here"


def test_what_only_the_settings_can_mend_leads_there(steps: Steps) -> None:
    steps.sign_in()
    steps.press("connectUseNumberButton")
    steps.door.show_steps(FAILED, *(WAITING,) * 4, problem=LineProblem.HELPER_MISSING)
    steps.press("own_addressButton")
    assert steps.pages == ["address"]


def test_a_failure_while_setting_up_is_told(steps: Steps) -> None:
    steps.door.trouble["set_up_line"] = LineError(LineProblem.CARRIER_UNREACHABLE)
    steps.sign_in()
    steps.press("connectUseNumberButton")
    assert steps.says("connect_addressResultTitle") == "We cannot reach your phone company"
    steps.press("connectSetUpButton")
    assert steps.door.asked[-1] == "set_up_line"


def test_without_sound_the_step_says_so(steps: Steps) -> None:
    steps.player.has_sound = False
    for step in (ConnectStep.ACCOUNT, ConnectStep.NUMBER, ConnectStep.ADDRESS):
        steps.press(f"connect_{step}_skipButton")
    steps.press("connectSoundListen")
    assert "no sound output" in steps.says("connect_soundResultText")
