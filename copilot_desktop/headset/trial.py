"""Trying microphone and speaker out: a few seconds of one's own voice, played back, and a tone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import numpy as np

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import FRAME_BYTES, FRAME_MS, SAMPLE_RATE_HZ, AudioFrame
from copilot_desktop.headset.agent_sound import QtHeadset, SoundChoice
from copilot_desktop.headset.devices import SoundDevices

_TONE_HZ = 660
_TONE_DBFS = -18
_TONE_MS = 800
_FADE_MS = 30
_DRAIN_S = 0.3


async def record(
    devices: SoundDevices, choice: SoundChoice, duration_s: float, show_level: Callable[[float], None]
) -> bytes:
    """Return what the microphone heard, µ-law 8 kHz; `show_level` gets dBFS as it goes.

    Closed at once if cancelled.

    Raises:
        DeviceError: there is no microphone, or it went away.
    """
    headset = QtHeadset(devices, lambda: choice)
    sound: list[bytes] = []
    try:
        async with headset.microphone() as frames:
            async for frame in frames:
                sound.append(frame.data)
                show_level(headset.level_dbfs)
                if len(sound) * FRAME_MS >= duration_s * 1000:
                    break
    finally:
        headset.close()
    return b"".join(sound)


async def play(devices: SoundDevices, choice: SoundChoice, sound: bytes) -> None:
    """Play µ-law 8 kHz on the chosen speaker, to its end or until cancelled. Without a speaker: nothing."""
    headset = QtHeadset(devices, lambda: choice)
    loop = asyncio.get_running_loop()
    begun_s = loop.time()
    try:
        for number, start in enumerate(range(0, len(sound) - FRAME_BYTES + 1, FRAME_BYTES)):
            headset.play(AudioFrame(sound[start : start + FRAME_BYTES], number * FRAME_MS))
            await asyncio.sleep(max(0.0, begun_s + (number + 1) * FRAME_MS / 1000 - loop.time()))
        await asyncio.sleep(_DRAIN_S)
    finally:
        headset.close()


def test_tone() -> bytes:
    """Return a soft tone of 0.8 s, µ-law 8 kHz."""
    time_s = np.arange(_TONE_MS * SAMPLE_RATE_HZ // 1000) / SAMPLE_RATE_HZ
    fade = np.clip(np.minimum(time_s, time_s[-1] - time_s) * 1000 / _FADE_MS, 0, 1)
    tone = np.sin(2 * np.pi * _TONE_HZ * time_s) * fade * 32767 * 10 ** (_TONE_DBFS / 20)
    return g711.encode(tone.astype(np.int16))
