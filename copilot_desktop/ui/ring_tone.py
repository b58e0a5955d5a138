"""RingTone: the bell of an incoming call; knows whether this computer can make a sound at all."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, QUrl

if TYPE_CHECKING:
    from PySide6.QtMultimedia import QSoundEffect

log = logging.getLogger("copilot.ui")

RING_VOLUME = "sound/ring_volume"
_USUAL_VOLUME = 80


def ring_volume(preferences: QSettings) -> int:
    """Return how loud the bell was set to be, 0–100."""
    try:
        percent = int(str(preferences.value(RING_VOLUME, _USUAL_VOLUME)))
    except ValueError:
        return _USUAL_VOLUME
    return min(max(percent, 0), 100)


class RingTone(QObject):
    """Rings between `start` and `stop`. Without sound it does nothing and `is_available` says so."""

    def __init__(self, wav: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wav, self._volume = wav, _USUAL_VOLUME
        self._effect: QSoundEffect | None = None
        self._is_prepared = False

    @property
    def is_available(self) -> bool:
        """Whether a ring would be heard; False also before `prepare`."""
        return self._effect is not None

    def prepare(self) -> None:
        """Load the sound system: a sixth of a second, so not before the window shows."""
        if self._is_prepared:
            return
        self._is_prepared = True
        try:
            from PySide6.QtMultimedia import QMediaDevices, QSoundEffect
        except ImportError:
            log.info("no sound: a system library for audio is missing")
            return
        if QMediaDevices.defaultAudioOutput().isNull():
            log.info("no sound: there is no audio output")
            return
        self._effect = QSoundEffect(self)
        self._effect.setSource(QUrl.fromLocalFile(str(self._wav)))
        self._effect.setLoopCount(int(QSoundEffect.Loop.Infinite.value))
        self.set_volume(self._volume)

    def set_volume(self, percent: int) -> None:
        """Ring as loud as `percent` says, 0–100, from now on."""
        self._volume = percent
        if self._effect is not None:
            self._effect.setVolume(percent / 100)

    def start(self) -> None:
        """Ring until stopped."""
        self.prepare()
        if self._effect is not None:
            self._effect.play()

    def stop(self) -> None:
        """Fall silent. Safe at any time."""
        if self._effect is not None:
            self._effect.stop()
