"""The settings: every page, and the connecting steps, of a program in which nothing is set up yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtWidgets import QApplication, QDialog, QWidget

from copilot_desktop.ui.settings.dialog import CONNECT, NAMES, SettingsDialog
from copilot_desktop.ui.settings.listen import SamplePlayer
from copilot_desktop.ui.widgets.actions import Actions
from copilot_desktop.ui.widgets.theme import Theme
from tests.shots.looks import Look
from tests.shots.played import delete_now, settle
from tests.support.fake_door import FakeDoor
from tests.support.fake_shell import RESOURCES


class _NoPlayer(SamplePlayer):
    """Pictures make no noise."""

    def play(self, wav: Path, volume: float = 1.0) -> None:
        return


def settings_pages(app: QApplication, folder: Path, look: Look) -> Iterator[tuple[str, QWidget]]:
    """Yield every page, then the first connecting step."""
    door = FakeDoor(folder)
    theme = Theme(app, RESOURCES, door.preferences)
    look.put_on(theme)
    theme.dress()
    dialog = SettingsDialog(door, theme, Actions(None, door.preferences), player=_NoPlayer())
    try:
        for name in NAMES:
            dialog.show_page(name)
            settle()
            yield f"settings {name}", dialog
        dialog.reject()
        dialog.show_page(CONNECT)
        settle()
        for each in app.topLevelWidgets():
            if isinstance(each, QDialog) and each.isVisible():
                yield "settings connect", each
                each.close()
    finally:
        delete_now(dialog)
        delete_now(theme)
        door.close()
        app.setStyleSheet("")
