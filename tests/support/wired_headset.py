"""The real QtHeadset on wires instead of devices: a test speaks into it and keeps what its earphones get."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from copilot_desktop.headset.agent_sound import QtHeadset, SoundChoice
from copilot_desktop.headset.devices import Device, DeviceKind, SoundDevices
from copilot_desktop.headset.rates import ToPhone

Sound = NDArray[np.int16]


class WiredDevices(SoundDevices):
    """`present` are the names of what is plugged in, by kind; the first one is the system's choice."""

    def __init__(self) -> None:
        super().__init__()
        self.present = {kind: ["headset", "laptop"] for kind in DeviceKind}

    def all(self, kind: DeviceKind) -> tuple[Device, ...]:
        return tuple(Device(name, name, number == 0) for number, name in enumerate(self.present[kind]))

    def unplug(self, name: str) -> None:
        """Both sides of it go at once, as those of a headset do."""
        for names in self.present.values():
            if name in names:
                names.remove(name)
        self.changed.emit()

    def plug_in(self, name: str) -> None:
        """It comes back, and the system prefers it."""
        for names in self.present.values():
            names.insert(0, name)
        self.changed.emit()


class _Wire:
    """What stands in the place of an open device."""

    def __init__(self, name: str, heard: list[Sound]) -> None:
        self.name, self._heard = name, heard
        self.is_open = True

    def play(self, pcm: Sound) -> None:
        self._heard.append(pcm)

    def stop(self) -> None:
        self.is_open = False


class WiredHeadset(QtHeadset):
    """`heard` are the 20 ms pieces that the earphones got; `troubles` what was told."""

    def __init__(
        self,
        choice: SoundChoice | None = None,
        on_trouble: Callable[[DeviceKind, bool], None] = lambda kind, is_replaced: None,
    ) -> None:
        self.wires = WiredDevices()
        self.heard: list[Sound] = []
        self.troubles: list[tuple[DeviceKind, bool]] = []

        def trouble(kind: DeviceKind, is_replaced: bool) -> None:
            self.troubles.append((kind, is_replaced))
            on_trouble(kind, is_replaced)

        super().__init__(self.wires, lambda: choice or SoundChoice(), trouble)

    def speak(self, pcm: Sound) -> None:
        """The agent makes 20 ms of sound at 8 kHz; a closed microphone does not hear it."""
        if self._capture is not None:
            self._take(pcm)

    def in_use(self, kind: DeviceKind) -> str:
        """Return what is open of a kind; empty: nothing."""
        wire: Any = self._capture if kind is DeviceKind.MICROPHONE else self._earphones
        return wire.name if wire is not None else ""

    def _open_capture(self) -> bool:
        self._to_phone = ToPhone(8000)
        self._capture = cast(Any, self._wire(DeviceKind.MICROPHONE))
        return self._capture is not None

    def _open_earphones(self) -> bool:
        self._earphones = cast(Any, self._wire(DeviceKind.SPEAKER))
        return self._earphones is not None

    def _wire(self, kind: DeviceKind) -> _Wire | None:
        names = self.wires.present[kind]
        if not names:
            return None
        self._open_keys[kind] = names[0]
        return _Wire(names[0], self.heard)
