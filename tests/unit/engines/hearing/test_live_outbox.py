"""Sound on its way into a realtime session: order, pace, format."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import SILENCE
from copilot_desktop.engines.hearing.live_outbox import LiveOutbox, SoundForm

COMMIT = '{"type":"input_audio_buffer.commit"}'


class Wire:
    """What was sent, sound joined."""

    def __init__(self) -> None:
        self.sound = b""
        self.kinds: list[str] = []

    def send(self, text: str) -> None:
        event = json.loads(text)
        self.kinds.append(event["type"].removeprefix("input_audio_buffer."))
        self.sound += base64.b64decode(event.get("audio", ""))


def frames(count: int) -> list[bytes]:
    return [bytes([number % 256]) * 160 for number in range(count)]


def test_ulaw_goes_untouched_and_in_order() -> None:
    wire = Wire()
    box = LiveOutbox(wire.send, SoundForm.ULAW, 0.0)
    for frame in frames(5):
        box.push(frame)
    box.order(COMMIT)
    box.push(SILENCE)
    assert box.pump(0.0, is_urgent=True) is None
    assert wire.sound == b"".join(frames(5)) + SILENCE
    assert wire.kinds.index("commit") == len(wire.kinds) - 2
    assert box.is_empty


def test_a_single_frame_waits_for_the_next_or_a_moment() -> None:
    wire = Wire()
    box = LiveOutbox(wire.send, SoundForm.ULAW, 0.0)
    box.push(SILENCE)
    assert box.pump(0.0) == pytest.approx(0.02)
    assert not wire.sound
    box.push(SILENCE)
    assert box.pump(0.02) is None
    assert wire.sound == SILENCE * 2


def test_a_backlog_goes_at_three_times_real_time() -> None:
    wire = Wire()
    box = LiveOutbox(wire.send, SoundForm.ULAW, 0.0)
    for frame in frames(500):
        box.push(frame)
    box.order(COMMIT)
    now_s, wait_s = 0.0, box.pump(0.0)
    first = len(wire.sound)
    assert first <= 0.8 * 8000
    while wait_s is not None:
        now_s += wait_s
        wait_s = box.pump(now_s)
        # Never more than a burst ahead of three times real time.
        assert len(wire.sound) / 8000 <= 0.8 + now_s * 3
    assert wire.sound == b"".join(frames(500))
    assert wire.kinds[-1] == "commit"
    assert now_s == pytest.approx((10 - 0.7) / 3, abs=0.1)


def test_live_sound_is_never_held_back() -> None:
    wire = Wire()
    box = LiveOutbox(wire.send, SoundForm.ULAW, 0.0)
    for number, frame in enumerate(frames(400)):
        box.push(frame)
        box.pump(number * 0.02)
        assert box.is_empty


def test_pcm_is_the_same_sound_at_three_times_the_rate() -> None:
    tone = (np.sin(2 * np.pi * 1000 * np.arange(3200) / 8000) * 10000).astype(np.int16)
    ulaw = g711.encode(tone)
    wire = Wire()
    box = LiveOutbox(wire.send, SoundForm.PCM_24K, 0.0)
    for at in range(0, len(ulaw), 160):
        box.push(ulaw[at : at + 160])
        box.pump(at / 8000)
    box.pump(1.0, is_urgent=True)
    pcm = np.frombuffer(wire.sound, "<i2").astype(float)
    assert len(pcm) == 3 * len(tone)
    spectrum = np.abs(np.fft.rfft(pcm[600:9000] * np.hanning(8400)))
    peak = int(spectrum.argmax())
    assert peak * 24000 / 8400 == pytest.approx(1000, abs=5)
    rest = np.delete(spectrum, range(peak - 5, peak + 6))
    # Images of the tone would stand at 7 and 9 kHz; µ-law itself has some −38 dB of noise in all.
    assert rest.max() < spectrum[peak] / 60
    assert np.abs(pcm).max() == pytest.approx(10000, rel=0.05)
