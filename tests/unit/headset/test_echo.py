"""What each guard does with the speakers' own sound in the microphone, and with the agent's voice."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from copilot_desktop.headset.echo import Canceller, EchoMode, HalfDuplex, NoGuard, guard_for

RATE_HZ = 48000
BLOCK = 960
DELAY_BLOCKS = 2


def _voice(seed: int, seconds: float) -> NDArray[np.int16]:
    """Noise in syllables: four a second, with pauses between."""
    noise = np.random.default_rng(seed).normal(0, 6000, int(RATE_HZ * seconds))
    smooth = np.convolve(noise, np.ones(12) / 12, mode="same") * 2.5
    syllables = np.clip(np.sin(2 * np.pi * 4 * np.arange(len(smooth)) / RATE_HZ), 0, 1)
    voice: NDArray[np.int16] = np.clip(smooth * syllables, -30000, 30000).astype(np.int16)
    return voice


def _blocks(pcm: NDArray[np.int16]) -> list[NDArray[np.int16]]:
    return [pcm[start : start + BLOCK] for start in range(0, len(pcm) - BLOCK + 1, BLOCK)]


def _power_db(blocks: list[NDArray[np.int16]]) -> float:
    sound = np.concatenate(blocks).astype(float)
    return float(10 * np.log10(np.mean(sound**2) + 1e-9))


def test_a_headset_is_left_alone() -> None:
    guard, block = NoGuard(), _voice(1, 0.1)
    guard.far(block)
    assert guard.near(block) is block


@pytest.mark.parametrize("mode", [EchoMode.CANCEL, EchoMode.HALF_DUPLEX])
def test_the_speakers_sound_comes_back_20_db_softer(mode: EchoMode) -> None:
    guard = guard_for(mode, RATE_HZ)
    far = _blocks(_voice(2, 8.0))
    echo = [(block * 0.25).astype(np.int16) for block in far]
    back = []
    for number, block in enumerate(far):
        guard.far(block)
        back.append(guard.near(echo[number - DELAY_BLOCKS] if number >= DELAY_BLOCKS else block * 0))
    half = len(far) // 2
    assert _power_db(echo[half:]) - _power_db(back[half:]) >= 20


@pytest.mark.parametrize("mode", list(EchoMode))
def test_the_agent_alone_is_heard(mode: EchoMode) -> None:
    guard = guard_for(mode, RATE_HZ)
    voice = _blocks(_voice(3, 3.0))
    sent = []
    for block in voice:
        guard.far(np.zeros_like(block))
        sent.append(guard.near(block))
    assert _power_db(sent) == pytest.approx(_power_db(voice), abs=3)


def test_half_duplex_lets_the_agent_in_again_after_the_speakers() -> None:
    guard, voice = HalfDuplex(RATE_HZ), _voice(4, 0.5)
    guard.far(voice)
    assert not np.any(guard.near(voice[: RATE_HZ // 10]))
    silence = np.zeros(BLOCK, dtype=np.int16)
    for _ in range(20):
        guard.near(silence)
    assert np.any(guard.near(voice))


def test_the_canceller_keeps_the_length() -> None:
    guard = Canceller(RATE_HZ)
    count = sum(len(guard.near(np.ones(1023, dtype=np.int16))) for _ in range(100))
    assert 0 <= 102300 - count < RATE_HZ // 100


def test_a_delay_that_changes_lets_no_rest_through_and_the_agent_still_in() -> None:
    """A computer that is busy, or a loudspeaker by radio: the canceller alone learns anew each time."""
    far, agent = _blocks(_voice(5, 9.0)), _blocks(_voice(6, 9.0))
    delays = np.random.default_rng(7).integers(2, 8, len(far) // 75 + 1)
    spoken = {"alone": [0, 0], "over": [0, 0]}
    guard = guard_for(EchoMode.CANCEL, RATE_HZ)
    for number, block in enumerate(far):
        late = number - delays[number // 75]
        echo = far[late] * 0.25 if late >= 0 else block * 0.0
        speaks = number >= len(far) // 2
        guard.far(block)
        sent = guard.near((echo + (agent[number] if speaks else 0)).astype(np.int16))
        part = spoken["over" if speaks else "alone"]
        if np.abs(agent[number] if speaks else echo).max(initial=0) > 2000:
            part[0] += 1
            part[1] += bool(np.abs(sent).max(initial=0) > 300)
    rest, kept = (part[1] / part[0] for part in (spoken["alone"], spoken["over"]))
    assert rest <= 0.05
    # Both in one breath, syllable on syllable: the hardest case.
    assert kept >= 0.4
