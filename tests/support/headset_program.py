"""A program around QtHeadset, for tests with a sound server: does what it is told, and answers in JSON."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import numpy as np
from PySide6.QtCore import QIODevice
from PySide6.QtMultimedia import QAudioFormat, QAudioSink, QMediaDevices
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import FRAME_BYTES, AudioFrame
from copilot_desktop.calls.errors import DeviceError
from copilot_desktop.engines.voice.local_voice import LocalVoice
from copilot_desktop.headset.agent_sound import QtHeadset, SoundChoice
from copilot_desktop.headset.devices import DeviceKind, DeviceMove, SoundDevices
from copilot_desktop.headset.echo import EchoMode
from tests.support.sound_server import MOUTH

_TONE = (np.sin(np.arange(960) * 2 * np.pi * 700 / 48000) * 16000).astype("<i2").tobytes()
_NOTHING = bytes(1920)


class Mouth:
    """Plays into what the microphone hears."""

    def __init__(self) -> None:
        form = QAudioFormat()
        form.setSampleRate(48000)
        form.setChannelCount(1)
        form.setSampleFormat(QAudioFormat.SampleFormat.Int16)
        device = next(
            each for each in QMediaDevices.audioOutputs() if MOUTH.encode() in bytes(each.id().data())
        )
        self._sink = QAudioSink(device, form)
        self._sink.setBufferSize(2 * len(_NOTHING))
        self._stream: QIODevice = self._sink.start()
        self.tones_at_s: list[float] = []

    async def run(self, every_ms: int) -> None:
        """Play a tone of 20 ms each `every_ms`, until cancelled."""
        count = 0
        while True:
            while self._sink.bytesFree() >= len(_NOTHING):
                count += 1
                is_tone = count % (every_ms // 20) == 0
                if is_tone:
                    self.tones_at_s.append(time.perf_counter())
                self._stream.write(_TONE if is_tone else _NOTHING)
            await asyncio.sleep(0.004)


async def delay() -> dict[str, Any]:
    """Measure from mouth to frame, the sink's own 40 ms of buffer included."""
    headset = QtHeadset(_devices(), SoundChoice)
    mouth = Mouth()
    playing = asyncio.create_task(mouth.run(600))
    heard_at_s: list[float] = []
    frames = 0
    async with headset.microphone() as sound:
        async for frame in sound:
            frames += 1
            loud = np.abs(g711.decode(frame.data).astype(int)).max() > 3000
            if loud and (not heard_at_s or time.perf_counter() - heard_at_s[-1] > 0.3):
                heard_at_s.append(time.perf_counter())
            if len(heard_at_s) >= 12:
                break
        closing_s = time.perf_counter()
    closed_ms = (time.perf_counter() - closing_s) * 1000
    playing.cancel()
    delays = [
        min((heard - tone) * 1000 for heard in heard_at_s if heard > tone)
        for tone in mouth.tones_at_s
        if any(heard > tone for heard in heard_at_s)
    ]
    return {
        "delays_ms": delays,
        "frames": frames,
        "closed_ms": closed_ms,
        "is_open": headset.is_microphone_open,
    }


async def moves() -> dict[str, Any]:
    """Tell each move of a device until two have been seen, and what the open microphone makes of it."""
    devices = _devices()
    told: list[str] = []
    troubles: list[tuple[str, bool]] = []
    headset = QtHeadset(
        devices, SoundChoice, lambda kind, is_replaced: troubles.append((kind.value, is_replaced))
    )

    def tell(move: DeviceMove) -> None:
        told.append(f"{move.kind.value} {'came' if move.has_come else 'went'}")

    devices.moved.connect(tell)
    ended = "still open"
    frames = 0
    try:
        async with asyncio.timeout(15), headset.microphone() as sound:
            print("open", flush=True)
            async for _ in sound:
                frames += 1
                if len(told) >= 2 and frames > 100:
                    break
    except DeviceError as error:
        ended = str(error)
    return {"told": told, "troubles": troubles, "ended": ended, "frames": frames}


async def loudspeaker(mode: str) -> dict[str, Any]:
    """Play a voice to the agent, whose microphone hears the speakers; return how much softer it comes back.

    The first four seconds are left to the canceller to learn the room.
    """
    headset = QtHeadset(_devices(), lambda: SoundChoice(echo=EchoMode(mode)))
    voice = await _voice()
    played: list[float] = []
    back: list[float] = []
    async with headset.microphone() as sound:
        async for frame in sound:
            data = voice[len(played) % len(voice)]
            headset.play(AudioFrame(data, 0))
            played.append(_power(data))
            back.append(_power(frame.data))
            if len(played) >= 500:
                break
    headset.close()
    quieter_db = 10 * np.log10(sum(played[200:]) / max(sum(back[200:]), 1e-9))
    return {"quieter_db": float(quieter_db), "loudest_back": max(back[200:]) ** 0.5}


async def _voice() -> list[bytes]:
    sound = b""
    voice = LocalVoice()
    for sentence in (
        "Your order left our warehouse this morning.",
        "It will arrive on Thursday before noon.",
    ):
        sound += b"".join([piece async for piece in voice.speak(sentence)])
    voice.close()
    return [sound[start : start + FRAME_BYTES] for start in range(0, len(sound), FRAME_BYTES)]


def _power(ulaw: bytes) -> float:
    return float(np.mean(g711.decode(ulaw).astype(float) ** 2))


def _devices() -> SoundDevices:
    devices = SoundDevices()
    devices.prepare()
    assert devices.has(DeviceKind.MICROPHONE), "the sound server is not there"
    return devices


def main() -> None:
    """Run what is asked for."""
    app = QApplication(sys.argv[:1])
    match sys.argv[1]:
        case "delay":
            work = delay()
        case "moves":
            work = moves()
        case _:
            work = loudspeaker(sys.argv[2])
    with asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
        print(json.dumps(runner.run(work)), flush=True)


if __name__ == "__main__":
    main()
