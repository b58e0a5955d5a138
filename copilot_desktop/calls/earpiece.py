"""Earpiece: what the agent hears of a call: the caller, and our side if they listen in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import SILENCE, AudioFrame
from copilot_desktop.calls.ports import AgentAudio
from copilot_desktop.calls.speaker import LineSound

_OURS = (LineSound.VOICE, LineSound.KEYS, LineSound.HIDDEN_KEYS)
"""What of our side the agent hears: not their own voice, and not the music for who waits."""


class Earpiece:
    """One call's. `is_live` tells whether the agent speaks in it, `is_free` whether in no other call."""

    def __init__(
        self, headset: AgentAudio | None, *, is_live: Callable[[], bool], is_free: Callable[[], bool]
    ) -> None:
        self._headset, self._is_live, self._is_free = headset, is_live, is_free
        self.is_listening_in = False
        """The agent hears the call also while somebody else speaks for them."""

    def hear(self, caller: AudioFrame, ours: bytes, sound: LineSound) -> None:
        """Take 20 ms of both sides. Never waits."""
        headset = self._headset
        if headset is None or not (self._is_live() or (self.is_listening_in and self._is_free())):
            return
        headset.play(AudioFrame(_mixed(caller.data, ours), caller.at_ms) if sound in _OURS else caller)


def _mixed(one: bytes, other: bytes) -> bytes:
    if SILENCE in (one, other):
        return other if one == SILENCE else one
    both = g711.decode(one).astype(np.int32) + g711.decode(other)
    return g711.encode(np.clip(both, -32768, 32767).astype(np.int16))
