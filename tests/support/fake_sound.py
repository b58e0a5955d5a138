"""FakeSound: the sound of a computer without one: devices by name, and what was tried is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from copilot_desktop.audio.frame import SILENCE
from copilot_desktop.calls.errors import DeviceError
from copilot_desktop.ui.settings.sound_door import NamedDevice
from copilot_desktop.ui.widgets.sound_choice import SoundChoices


class FakeSound:
    """Implements `ui.settings.sound_door.SoundDoor`. `move` lets devices come and go."""

    def __init__(self) -> None:
        self.is_library_missing = False
        self._microphones = [NamedDevice("usb", "USB headset", True), NamedDevice("lap", "Laptop microphone")]
        self._speakers = [
            NamedDevice("usb-out", "USB headset", True),
            NamedDevice("lap-out", "Laptop speakers"),
        ]
        self._told: list[Callable[[], None]] = []
        self.is_prepared = False
        self.level_dbfs = -20.0
        self.recorded: list[SoundChoices] = []
        self.played: list[tuple[SoundChoices, bytes]] = []
        self.tones: list[SoundChoices] = []
        self.rings: list[SoundChoices] = []
        self.applied = 0

    def move(self, *, microphones: Sequence[NamedDevice], speakers: Sequence[NamedDevice]) -> None:
        """From now on there are these."""
        self._microphones, self._speakers = list(microphones), list(speakers)
        for told in self._told:
            told()

    def prepare(self) -> None:
        self.is_prepared = True

    def microphones(self) -> Sequence[NamedDevice]:
        return self._microphones

    def speakers(self) -> Sequence[NamedDevice]:
        return self._speakers

    def follow(self, told: Callable[[], None]) -> Callable[[], None]:
        self._told.append(told)
        return lambda: self._told.remove(told)

    async def record(
        self, choices: SoundChoices, duration_s: float, show_level: Callable[[float], None]
    ) -> bytes:
        if not self._microphones:
            raise DeviceError("there is no microphone that can be opened")
        self.recorded.append(choices)
        show_level(self.level_dbfs)
        return SILENCE * int(duration_s * 50)

    async def play(self, choices: SoundChoices, sound: bytes) -> None:
        self.played.append((choices, sound))

    async def play_tone(self, choices: SoundChoices) -> None:
        self.tones.append(choices)

    async def play_ring(self, choices: SoundChoices) -> None:
        if self.is_library_missing or not self._speakers:
            raise DeviceError("This computer has no sound output that we can use.")
        self.rings.append(choices)

    def usual_ringer(self, choices: SoundChoices) -> str:
        return next((device.name for device in self._speakers if "speakers" in device.name), "")

    def apply(self) -> None:
        self.applied += 1
