"""SoundDesk: this computer's sound, for window, settings and calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QSettings, Signal

from copilot_desktop.headset import trial
from copilot_desktop.headset.agent_sound import QtHeadset, SoundChoice
from copilot_desktop.headset.devices import DeviceKind, SoundDevices
from copilot_desktop.headset.echo import EchoMode
from copilot_desktop.ui.settings.sound_door import NamedDevice
from copilot_desktop.ui.sound_choice import SoundChoices


class SoundDesk(QObject):
    """Implements `ui.settings.sound_door.SoundDoor`. Make it with the window; `prepare` once that shows.

    `moved` carries a `headset.devices.DeviceMove`. `lost` tells of a device that went away in use: its
    `DeviceKind`, and whether another one has taken over.
    """

    moved = Signal(object)
    lost = Signal(object, bool)
    changed = Signal()

    def __init__(self, preferences: QSettings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._devices = SoundDevices(self)
        self._devices.moved.connect(self.moved)
        self._devices.changed.connect(self.changed)
        self.choices = SoundChoices.load(preferences)
        self.headset = QtHeadset(
            self._devices, lambda: _as_headset_wants(self.choices), lambda kind, ok: self.lost.emit(kind, ok)
        )

    @property
    def has_microphone(self) -> bool:
        """Whether there is one at this moment."""
        return self._devices.has(DeviceKind.MICROPHONE)

    def name_in_use(self, kind: DeviceKind) -> str:
        """Return what the device is called that is, or would be, used; empty: there is none."""
        key = self.choices.microphone if kind is DeviceKind.MICROPHONE else self.choices.speaker
        device = self._devices.pick(kind, key)
        return device.description() if device is not None else ""

    def close(self) -> None:
        """Close all devices."""
        self.headset.close()

    # For the settings.

    def prepare(self) -> None:
        self._devices.prepare()

    @property
    def is_library_missing(self) -> bool:
        return self._devices.is_library_missing

    def microphones(self) -> Sequence[NamedDevice]:
        return self._named(DeviceKind.MICROPHONE)

    def speakers(self) -> Sequence[NamedDevice]:
        return self._named(DeviceKind.SPEAKER)

    def follow(self, told: Callable[[], None]) -> Callable[[], None]:
        self.changed.connect(told)

        def stop() -> None:
            self.changed.disconnect(told)

        return stop

    async def record(
        self, choices: SoundChoices, duration_s: float, show_level: Callable[[float], None]
    ) -> bytes:
        return await trial.record(self._devices, _as_headset_wants(choices), duration_s, show_level)

    async def play(self, choices: SoundChoices, sound: bytes) -> None:
        await trial.play(self._devices, _as_headset_wants(choices), sound)

    async def play_tone(self, choices: SoundChoices) -> None:
        await trial.play(self._devices, _as_headset_wants(choices), trial.test_tone())

    def apply(self) -> None:
        self.choices = SoundChoices.load(self._preferences)
        self.headset.apply()
        self.changed.emit()

    def _named(self, kind: DeviceKind) -> list[NamedDevice]:
        return [NamedDevice(each.key, each.name, each.is_default) for each in self._devices.all(kind)]


def _as_headset_wants(choices: SoundChoices) -> SoundChoice:
    try:
        echo = EchoMode(choices.echo)
    except ValueError:
        echo = EchoMode.HEADSET
    return SoundChoice(
        microphone=choices.microphone,
        speaker=choices.speaker,
        microphone_gain_db=float(min(max(choices.microphone_gain_db, -12), 24)),
        speaker_volume=min(max(choices.speaker_volume, 0), 100) / 100,
        echo=echo,
    )
