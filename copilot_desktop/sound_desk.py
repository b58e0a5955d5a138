"""SoundDesk: this computer's sound, for window, settings and calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, Signal

from copilot_desktop.calls.errors import DeviceError
from copilot_desktop.headset.devices import DeviceKind, SoundDevices, key_of
from copilot_desktop.ui.ringing.ring_tone import TONE_S, RingTone
from copilot_desktop.ui.settings.sound_door import NamedDevice
from copilot_desktop.ui.widgets.sound_choice import SoundChoices

if TYPE_CHECKING:
    from PySide6.QtMultimedia import QAudioDevice

    from copilot_desktop.headset.agent_sound import QtHeadset, SoundChoice


class SoundDesk(QObject):
    """Implements `ui.settings.sound_door.SoundDoor`. Make it with the window; `prepare` once that shows.

    `moved` carries a `headset.devices.DeviceMove`. `lost` tells of a device that went away in use: its
    `DeviceKind`, and whether another one has taken over. `tones` is the folder of the ring tones.
    """

    moved = Signal(object)
    lost = Signal(object, bool)
    changed = Signal()

    def __init__(self, preferences: QSettings, tones: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._devices = SoundDevices(self)
        self._devices.moved.connect(self.moved)
        self._devices.changed.connect(self.changed)
        self.choices = SoundChoices.load(preferences)
        self._headset: QtHeadset | None = None
        self.tone = RingTone(tones, self._ringers, self)
        self.tone.choose(self.choices)
        self._trial_tone = RingTone(tones, self._ringers, self)
        self.changed.connect(self.tone.refit)

    @staticmethod
    def load() -> None:
        """Load what the headset needs, a tenth of a second: in a thread, when the window shows."""
        import copilot_desktop.headset.agent_sound  # noqa: F401

    @property
    def headset(self) -> QtHeadset:
        """What calls speak and listen through. Made when it is first asked for, after `load`."""
        if self._headset is None:
            from copilot_desktop.headset.agent_sound import QtHeadset

            self._headset = QtHeadset(
                self._devices,
                lambda: _as_headset_wants(self.choices),
                lambda kind, ok: self.lost.emit(kind, ok),
            )
        return self._headset

    @property
    def has_microphone(self) -> bool:
        """Whether there is one at this moment."""
        return self._devices.has(DeviceKind.MICROPHONE)

    def name_in_use(self, kind: DeviceKind) -> str:
        """Return what the device is called that is, or would be, used; empty: there is none."""
        key = self.choices.microphone if kind is DeviceKind.MICROPHONE else self.choices.speaker
        device = self._devices.pick(kind, key)
        return device.description() if device is not None else ""

    def sound(self, note: str) -> None:
        """Let the agent alone hear one of `ui.ear_notes.EarNote`, on what they hear calls with."""
        from copilot_desktop.headset.ear_sounds import EarSound

        self.headset.sound(EarSound(note))

    def close(self) -> None:
        """Close all devices."""
        self.tone.stop()
        self._trial_tone.stop()
        if self._headset is not None:
            self._headset.close()

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
        from copilot_desktop.headset import trial

        return await trial.record(self._devices, _as_headset_wants(choices), duration_s, show_level)

    async def play(self, choices: SoundChoices, sound: bytes) -> None:
        from copilot_desktop.headset import trial

        await trial.play(self._devices, _as_headset_wants(choices), sound)

    async def play_tone(self, choices: SoundChoices) -> None:
        from copilot_desktop.headset import trial

        await trial.play(self._devices, _as_headset_wants(choices), trial.test_tone())

    async def play_ring(self, choices: SoundChoices) -> None:
        self._trial_tone.choose(choices)
        if not self._trial_tone.ring_once():
            raise DeviceError("This computer has no sound output that we can use.")
        try:
            await asyncio.sleep(TONE_S)
        finally:
            self._trial_tone.stop()

    def usual_ringer(self, choices: SoundChoices) -> str:
        device = self._devices.pick_loudspeakers("", choices.speaker)
        return device.description() if device is not None else ""

    def apply(self) -> None:
        self.choices = SoundChoices.load(self._preferences)
        self.tone.choose(self.choices)
        self.headset.apply()
        self.changed.emit()

    def _ringers(self, choices: SoundChoices) -> list[QAudioDevice]:
        """Return where calls ring. Nothing that is not plugged in is among them."""
        self._devices.prepare()
        loud = self._devices.pick_loudspeakers(choices.ringer, choices.speaker)
        worn = self._devices.pick(DeviceKind.SPEAKER, choices.speaker) if choices.rings_in_headset else None
        wanted = [device for device in (loud, worn) if device is not None]
        return list({key_of(device): device for device in wanted}.values())

    def _named(self, kind: DeviceKind) -> list[NamedDevice]:
        return [NamedDevice(each.key, each.name, each.is_default) for each in self._devices.all(kind)]


def _as_headset_wants(choices: SoundChoices) -> SoundChoice:
    from copilot_desktop.headset.agent_sound import SoundChoice
    from copilot_desktop.headset.echo import EchoMode

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
        replaces_lost=choices.if_device_gone != "hold",
    )
