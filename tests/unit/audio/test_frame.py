"""Frames: whole ones only."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from copilot_desktop.audio.frame import FRAME_BYTES, SILENCE_BYTE, pad


@given(st.binary(max_size=3 * FRAME_BYTES))
def test_sound_is_filled_up_with_silence_to_whole_frames(sound: bytes) -> None:
    padded = pad(sound)
    assert len(padded) % FRAME_BYTES == 0
    assert len(padded) - len(sound) < FRAME_BYTES
    assert padded.startswith(sound)
    assert set(padded[len(sound) :]) <= {SILENCE_BYTE}
