"""The real engines of this machine, loaded once a test session, and speech made with them."""

from __future__ import annotations

import asyncio
from functools import cache

import numpy as np

from copilot_desktop.audio import g711
from copilot_desktop.config import resources
from copilot_desktop.engines.hearing.silero import SileroWeights
from copilot_desktop.engines.local import LocalEngines

PHONE_HZ = (250, 3500)


@cache
def local_engines() -> LocalEngines:
    """Return all engines; each part loads at first use."""
    return LocalEngines(resources() / "models" / "minilm" / "tokenizer.json")


@cache
def silero_weights() -> SileroWeights:
    """Return the detector's numbers."""
    return SileroWeights()


@cache
def speech(text: str, persona: str = "assistant", noise_dbfs: float = -70.0) -> bytes:
    """Return `text` spoken over a phone line, in µ-law: band-limited, with the line's noise."""

    async def say() -> bytes:
        voice = local_engines().caller_voice(persona)
        return b"".join([audio async for audio in voice.speak(text)])

    sound = g711.decode(asyncio.run(say())).astype(np.float64) / 32768
    spectrum = np.fft.rfft(sound)
    hertz = np.fft.rfftfreq(len(sound), 1 / 8000)
    spectrum[(hertz < PHONE_HZ[0]) | (hertz > PHONE_HZ[1])] *= 0.05
    noise = np.random.default_rng(len(text)).standard_normal(len(sound)) * 10 ** (noise_dbfs / 20)
    return g711.encode_float((np.fft.irfft(spectrum, len(sound)) + noise).astype(np.float32))
