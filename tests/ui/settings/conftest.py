"""The settings dialog on a fake door: real widgets, real settings in a folder, no network and no sound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from copilot_desktop.config import Settings
from copilot_desktop.ui.settings.dialog import SettingsDialog
from copilot_desktop.ui.settings.listen import SamplePlayer
from copilot_desktop.ui.settings.page import SettingsPage
from copilot_desktop.ui.widgets.actions import Actions
from copilot_desktop.ui.widgets.theme import Theme, ThemeChoice
from tests.support.fake_door import FakeDoor
from tests.support.fake_shell import RESOURCES


class QuietPlayer(SamplePlayer):
    """Keeps what would be heard."""

    has_sound = True

    def __init__(self) -> None:
        super().__init__()
        self.played: list[tuple[Path, float]] = []

    def can_play(self) -> bool:
        return self.has_sound

    def play(self, wav: Path, volume: float = 1.0) -> None:
        self.played.append((wav, volume))

    def stop(self) -> None:
        self.stopped.emit()


@dataclass
class SettingsStage:
    """Everything a test of the dialog needs."""

    qtbot: QtBot
    door: FakeDoor
    theme: Theme
    actions: Actions
    player: QuietPlayer
    dialog: SettingsDialog
    saved: list[Settings] = field(default_factory=list)

    def open(self, name: str) -> SettingsPage:
        """Show a page and return it."""
        self.dialog.show_page(name)
        QApplication.processEvents()
        return self.dialog.page(name)

    def press(self, name: str, inside: QWidget | None = None) -> None:
        """Click the button with this objectName."""
        button = find(inside or self.dialog, name)
        assert isinstance(button, QAbstractButton)
        assert button.isVisible(), f"{name} cannot be seen"
        assert button.isEnabled(), f"{name} cannot be pressed"
        button.click()
        QApplication.processEvents()

    def type(self, name: str, text: str) -> None:
        """Write into a field, as by hand, over what was there."""
        widget = find(self.dialog, name)
        widget.setFocus()
        QTest.keyClick(widget, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClick(widget, Qt.Key.Key_Delete)
        QTest.keyClicks(widget, text)

    def save(self) -> None:
        """Press Save."""
        self.press("settingsSaveButton")

    def says(self, name: str) -> str:
        """Return the words of a label."""
        widget = find(self.dialog, name)
        assert isinstance(widget, QLabel)
        return widget.text()

    def dots(self) -> list[str]:
        """Return the pages with a dot."""
        return self.dialog.nav.dots()


def find(inside: QWidget, name: str) -> QWidget:
    """Return the one widget with this objectName; a hidden one that waits for its end does not count."""
    found = [widget for widget in inside.findChildren(QWidget, name)]
    assert found, f"there is no {name}"
    return next((widget for widget in found if widget.isVisible()), found[0])


@pytest.fixture
def door(tmp_path: Path) -> Iterator[FakeDoor]:
    """A program in which nothing is set up."""
    made = FakeDoor(tmp_path)
    yield made
    made.close()


@pytest.fixture
def theme(qapp: QApplication, door: FakeDoor) -> Iterator[Theme]:
    """The light look at 100 %."""
    made = Theme(qapp, RESOURCES, door.preferences)
    made.choose(ThemeChoice.LIGHT)
    made.dress()
    yield made
    delete_now(made)
    qapp.setStyleSheet("")


def delete_now(made: QObject) -> None:
    """Delete at once: outside of an event loop `deleteLater` alone never does, and every look changes all."""
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def stage(qtbot: QtBot, door: FakeDoor, theme: Theme) -> Iterator[SettingsStage]:
    """The dialog, not opened yet."""
    actions, player = Actions(None, door.preferences), QuietPlayer()
    dialog = SettingsDialog(door, theme, actions, player=player)
    stage = SettingsStage(qtbot, door, theme, actions, player, dialog)
    dialog.saved.connect(stage.saved.append)
    yield stage
    delete_now(dialog)
