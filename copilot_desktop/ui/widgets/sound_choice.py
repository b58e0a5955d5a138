"""SoundChoices: which devices, how loud and what is heard when: this computer's own, kept with the window."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Self

from PySide6.QtCore import QSettings

_FOLDER = "sound"


@dataclass(frozen=True, slots=True)
class SoundChoices:
    """What the agent has chosen. An empty device is the system's own choice, also when that changes."""

    microphone: str = ""
    speaker: str = ""
    ringer: str = ""
    """Empty: this computer's loudspeakers, if they can be told from a headset."""
    microphone_gain_db: int = 0
    """−12 to 24."""
    speaker_volume: int = 100
    ring_volume: int = 80
    ring_tone: str = "bell"
    """One of `ring_tone.TONES`."""
    rings_in_headset: bool = False
    echo: str = "headset"
    """"headset", "cancel" or "half_duplex"."""
    listens_in: bool = True
    """The agent hears the call also while the AI speaks."""
    ticks_when_muted: bool = True
    ticks_for_second_call: bool = True
    reminds_of_hold: bool = True
    sounds_when_needed: bool = True
    """Two soft notes when the AI needs the agent."""
    sounds_at_end: bool = True
    """When a call has ended."""
    if_device_gone: str = "switch"
    """"switch": go on with the system's choice; "hold": put the caller on hold."""

    @classmethod
    def load(cls, preferences: QSettings) -> Self:
        """Return what is kept; what cannot be understood is as it is for a new agent."""
        usual = cls()
        kept: dict[str, Any] = {}
        for field in fields(cls):
            default = getattr(usual, field.name)
            kept[field.name] = _as_kind(preferences.value(f"{_FOLDER}/{field.name}"), default)
        return cls(**kept)

    def save(self, preferences: QSettings) -> None:
        """Keep all of it."""
        for field in fields(self):
            preferences.setValue(f"{_FOLDER}/{field.name}", getattr(self, field.name))


def _as_kind(value: object, default: object) -> object:
    """Settings files hold text only."""
    if value is None:
        return default
    text = str(value)
    if isinstance(default, bool):
        return text.lower() == "true" if text.lower() in ("true", "false") else default
    if isinstance(default, int):
        return int(text) if text.lstrip("-").isdigit() else default
    return text
