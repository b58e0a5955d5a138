"""SoundDoor: what the Sound page asks of the sound system; the program stands behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from copilot_desktop.ui.widgets.sound_choice import SoundChoices


@dataclass(frozen=True, slots=True)
class NamedDevice:
    """A microphone or speaker as the system calls it."""

    key: str
    name: str
    is_default: bool = False


class SoundDoor(Protocol):
    """The sound of this computer. No plain method waits for anything but `prepare`."""

    def prepare(self) -> None:
        """Load the sound system, once: 0.2 s."""
        ...

    @property
    def is_library_missing(self) -> bool:
        """Whether the system lacks what any sound needs."""
        ...

    def microphones(self) -> Sequence[NamedDevice]:
        """All that can be chosen."""
        ...

    def speakers(self) -> Sequence[NamedDevice]:
        """All that can be chosen."""
        ...

    def follow(self, told: Callable[[], None]) -> Callable[[], None]:
        """Call `told` whenever a device came or went. Returns what ends that."""
        ...

    async def record(
        self, choices: SoundChoices, duration_s: float, show_level: Callable[[float], None]
    ) -> bytes:
        """Open the microphone for `duration_s`; `show_level` gets dBFS. Raises DeviceError."""
        ...

    async def play(self, choices: SoundChoices, sound: bytes) -> None:
        """Play what was recorded, to its end."""
        ...

    async def play_tone(self, choices: SoundChoices) -> None:
        """Play a short tone on the chosen speaker."""
        ...

    async def play_ring(self, choices: SoundChoices) -> None:
        """Let the ring tone be heard once, where and as loud as chosen. Raises DeviceError."""
        ...

    def usual_ringer(self, choices: SoundChoices) -> str:
        """Return what calls ring on if no device is chosen for that; empty: nothing can."""
        ...

    def apply(self) -> None:
        """The choices have been kept: use them from now on, also in a running call."""
        ...
