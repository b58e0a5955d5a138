"""Listening to a sentence as callers hear it: the voice makes a WAV, Qt plays it if this computer can."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.ui.settings.door import SettingsDoor
from copilot_desktop.ui.widgets.buttons import beside_icon
from copilot_desktop.ui.widgets.push import PushButton
from copilot_desktop.ui.widgets.theme import Theme

if TYPE_CHECKING:
    from PySide6.QtMultimedia import QSoundEffect

log = logging.getLogger("copilot.ui")


class SamplePlayer(QObject):
    """Plays one sound at a time. `stopped` is told at the end of each, however it ended."""

    stopped = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._effect: QSoundEffect | None = None

    def can_play(self) -> bool:
        """Whether there is something to hear it with. The first call loads the sound system: 0.2 s."""
        try:
            from PySide6.QtMultimedia import QMediaDevices
        except ImportError:
            log.info("no sound: a system library for audio is missing")
            return False
        return not QMediaDevices.defaultAudioOutput().isNull()

    def play(self, wav: Path, volume: float = 1.0) -> None:
        """Play a WAV at `volume`, 0–1, in place of what is playing."""
        self.stop()
        if not self.can_play():
            return
        from PySide6.QtMultimedia import QSoundEffect

        effect = QSoundEffect(self)
        effect.setSource(QUrl.fromLocalFile(str(wav)))
        effect.setVolume(volume)
        effect.playingChanged.connect(lambda: None if effect.isPlaying() else self._ended(effect))
        self._effect = effect
        effect.play()

    def stop(self) -> None:
        """Fall silent. Safe at any time."""
        effect, self._effect = self._effect, None
        if effect is not None:
            effect.stop()
            effect.deleteLater()
            self.stopped.emit()

    def _ended(self, effect: QSoundEffect) -> None:
        if effect is self._effect:
            self.stop()


class ListenButton(PushButton):
    """Says `text()` in the assistant's voice. `failed` tells in words why not."""

    failed = Signal(str)
    heard = Signal()

    def __init__(
        self,
        theme: Theme,
        door: SettingsDoor,
        player: SamplePlayer,
        name: str,
        what: str,
        text: Callable[[], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("", parent)
        self._theme, self._door, self._player, self._what, self._said = theme, door, player, what, text
        self._is_playing = False
        self.setObjectName(f"{name}Listen")
        theme.set_icon(self, "resume")
        self._rest()
        self.clicked.connect(self._pressed)
        player.stopped.connect(self._silent)

    def _pressed(self) -> None:
        if self._is_playing:
            self._player.stop()
            return
        words = self._said().strip()
        if not words:
            self._tell(self.tr("There is nothing to say yet."))
        elif not self._player.can_play():
            self._tell(self.tr("This computer has no sound output that we can use."))
        else:
            self.setText(beside_icon(self.tr("Preparing…")))
            self.setEnabled(False)
            self._door.spawn(self._listen(words))

    async def _listen(self, words: str) -> None:
        try:
            wav = await self._door.speak(words)
        except CopilotError:
            if isValid(self):
                self._tell(self.tr("The voice does not answer just now. Try again in a moment."))
            return
        if isValid(self):
            self.setEnabled(True)
            self.setText(beside_icon(self.tr("Stop")))
            self.setAccessibleName(self.tr("Stop listening: {0}").format(self._what))
            self._player.play(wav)
            self._is_playing = True
            self.heard.emit()

    def _silent(self) -> None:
        self._is_playing = False
        self._rest()

    def _rest(self) -> None:
        self.setEnabled(True)
        self.setText(beside_icon(self.tr("Listen")))
        self.setAccessibleName(self.tr("Listen: {0}").format(self._what))
        self.setToolTip("")

    def _tell(self, words: str) -> None:
        self._rest()
        self.setText(beside_icon(self.tr("Not now")))
        self.setToolTip(words)
        self.failed.emit(words)
