"""SoundDevices: the microphones and speakers of this computer, followed as they come and go."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from PySide6.QtMultimedia import QAudioDevice, QMediaDevices

log = logging.getLogger("copilot.headset")

_LOUD = ("speaker", "built-in", "internal", "lautsprecher", "haut-parleur", "altavoc", "altoparlant")
_WORN = ("headset", "headphone", "earphone", "kopfhörer", "casque", "auricular", "cuffie", "hands-free")


class DeviceKind(StrEnum):
    """Which way sound goes."""

    MICROPHONE = "microphone"
    SPEAKER = "speaker"


@dataclass(frozen=True, slots=True)
class Device:
    """One device as the system names it. `key` finds it again, also after it was unplugged."""

    key: str
    name: str
    is_default: bool


@dataclass(frozen=True, slots=True)
class DeviceMove:
    """A device came or went."""

    kind: DeviceKind
    name: str
    has_come: bool


class SoundDevices(QObject):
    """Make it with the window, `prepare` it once that shows; until then there is no sound.

    `moved` carries a DeviceMove; `changed` follows every move, also of the system's default.
    """

    moved = Signal(object)
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._media: QMediaDevices | None = None
        self._known: dict[DeviceKind, dict[str, str]] = {kind: {} for kind in DeviceKind}
        self.is_library_missing = False
        """The system lacks what Qt needs for any sound."""

    def prepare(self) -> None:
        """Load the sound system: a sixth of a second, once."""
        if self._media is not None or self.is_library_missing:
            return
        try:
            from PySide6.QtMultimedia import QMediaDevices
        except ImportError:
            log.info("no sound: a system library for audio is missing")
            self.is_library_missing = True
            return
        self._media = QMediaDevices(self)
        self._media.audioInputsChanged.connect(self._look)
        self._media.audioOutputsChanged.connect(self._look)
        self._known = {kind: self._names(kind) for kind in DeviceKind}

    def all(self, kind: DeviceKind) -> tuple[Device, ...]:
        """Return every device of `kind`, as the system orders them."""
        default = self._default_key(kind)
        return tuple(
            Device(key_of(device), device.description(), key_of(device) == default)
            for device in self._raw(kind)
        )

    def pick(self, kind: DeviceKind, key: str) -> QAudioDevice | None:
        """Return the device of `key`; the system's default if it is not there or `key` is empty."""
        raw = self._raw(kind)
        chosen = next((device for device in raw if key and key_of(device) == key), None)
        if chosen is not None:
            return chosen
        default = self._default_key(kind)
        return next((device for device in raw if key_of(device) == default), raw[0] if raw else None)

    def pick_loudspeakers(self, key: str, headset: str) -> QAudioDevice | None:
        """Return the device of `key`; else, if it can be told by its name, what everybody in the room hears.

        That is not what `headset` stands for. Where no name helps, it is the system's default.
        """
        raw = self._raw(DeviceKind.SPEAKER)
        if any(key and key_of(device) == key for device in raw):
            return self.pick(DeviceKind.SPEAKER, key)
        worn = self.pick(DeviceKind.SPEAKER, headset)
        if worn is None or is_loudspeaker(worn.description()):
            return worn
        others = (device for device in raw if key_of(device) != key_of(worn))
        loud = next((device for device in others if is_loudspeaker(device.description())), None)
        return loud or self.pick(DeviceKind.SPEAKER, "")

    def has(self, kind: DeviceKind) -> bool:
        """Whether there is any."""
        return bool(self._raw(kind))

    def _raw(self, kind: DeviceKind) -> list[QAudioDevice]:
        media = self._media
        if media is None:
            return []
        return media.audioInputs() if kind is DeviceKind.MICROPHONE else media.audioOutputs()

    def _default_key(self, kind: DeviceKind) -> str:
        media = self._media
        if media is None:
            return ""
        is_input = kind is DeviceKind.MICROPHONE
        device = media.defaultAudioInput() if is_input else media.defaultAudioOutput()
        return "" if device.isNull() else key_of(device)

    def _names(self, kind: DeviceKind) -> dict[str, str]:
        return {device.key: device.name for device in self.all(kind)}

    def _look(self) -> None:
        for kind in DeviceKind:
            old, new = self._known[kind], self._names(kind)
            self._known[kind] = new
            for key in old.keys() - new.keys():
                self.moved.emit(DeviceMove(kind, old[key], has_come=False))
            for key in new.keys() - old.keys():
                self.moved.emit(DeviceMove(kind, new[key], has_come=True))
        self.changed.emit()


def is_loudspeaker(name: str) -> bool:
    """Whether a device is called like loudspeakers, and not like something that is worn."""
    words = name.casefold()
    return any(each in words for each in _LOUD) and not any(each in words for each in _WORN)


def key_of(device: QAudioDevice) -> str:
    """Return what a device is remembered by."""
    return bytes(device.id().data()).decode("utf-8", "backslashreplace")
