"""Keys that can be changed: kept, checked for conflicts, shown everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt

from copilot_desktop.ui.widgets.actions import SPECS, Actions
from tests.ui.conftest import Stage

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def preferences(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "keys.ini"), QSettings.Format.IniFormat)


def test_chosen_keys_are_kept(qapp: object, preferences: QSettings) -> None:
    Actions(None, preferences).set_keys("hold", "Ctrl+Shift+H")
    again = Actions(None, preferences)
    assert again.keys("hold") == "Ctrl+Shift+H"
    again.set_keys("hold", "")
    assert Actions(None, preferences).keys("hold") == "", "no key is a choice as well"


def test_reset_forgets_them(qapp: object, preferences: QSettings) -> None:
    actions = Actions(None, preferences)
    actions.set_keys("hold", "Ctrl+Shift+H")
    actions.reset()
    assert actions.keys("hold") == "F9"
    assert Actions(None, preferences).keys("hold") == "F9"
    assert len(actions["larger"].shortcuts()) == 2


def test_conflicts_name_both(qapp: object) -> None:
    actions = Actions()
    assert actions.conflicts() == {}
    actions.set_keys("keypad", "F9")
    assert actions.conflicts() == {"F9": ("hold", "keypad")}


def test_enter_counts_on_both_sides_of_the_keyboard(qapp: object) -> None:
    actions = Actions()
    actions.set_keys("confirm", "Ctrl+Return")
    assert {key.toString() for key in actions["confirm"].shortcuts()} == {"Ctrl+Return", "Ctrl+Enter"}


def test_a_changed_key_works_and_is_shown(stage: Stage) -> None:
    stage.call()
    stage.window.actions_.set_keys("take_over", "Ctrl+Shift+O")
    stage.key(Qt.Key.Key_F8)
    assert stage.desk.names() == ["accept"]
    button = stage.window.control_bar.take_over_button
    assert button.accessibleName() == "Take over, Ctrl+Shift+O"
    assert "Ctrl+Shift+O" in button.toolTip()
    stage.key(Qt.Key.Key_O, CTRL, SHIFT)
    assert stage.desk.names() == ["accept", "take_over"]
    assert stage.shell.preferences.value("shortcuts/take_over") == "Ctrl+Shift+O"


def test_the_new_actions_have_the_keys_of_the_sheet(qapp: object) -> None:
    keys = {spec.name: spec.keys for spec in SPECS}
    expected = {
        "settings": "Ctrl+,",
        "ready": "Ctrl+Shift+R",
        "keypad": "Ctrl+K",
        "pause_recording": "Ctrl+Shift+P",
        "transfer": "Ctrl+Shift+F",
        "answer_second": "Ctrl+Shift+F2",
        "next_call": "Ctrl+F6",
    }
    assert {name: keys[name] for name in expected} == {name: (key,) for name, key in expected.items()}
