"""A program around SoundDesk, for tests with a sound server: rings, makes signs, and answers in JSON."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QIODevice, QSettings, QTimer
from PySide6.QtMultimedia import QAudioFormat, QAudioSource, QMediaDevices
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

from copilot_desktop.headset.devices import DeviceKind
from copilot_desktop.headset.ear_sounds import EarSound
from copilot_desktop.sound_desk import SoundDesk

RATE_HZ = 48000
_TONES = Path(__file__).parents[2] / "resources" / "sounds"


class Listener:
    """Hears a source."""

    def __init__(self, source: str) -> None:
        form = QAudioFormat()
        form.setSampleRate(RATE_HZ)
        form.setChannelCount(1)
        form.setSampleFormat(QAudioFormat.SampleFormat.Int16)
        device = next(
            each for each in QMediaDevices.audioInputs() if source.encode() in bytes(each.id().data())
        )
        self._source = QAudioSource(device, form)
        self._pieces: list[tuple[float, NDArray[np.int16]]] = []
        self._stream: QIODevice = self._source.start()
        self._stream.readyRead.connect(self._read)

    def _read(self) -> None:
        data = bytes(self._stream.readAll().data())
        self._pieces.append((time.perf_counter(), np.frombuffer(data, np.int16)))

    def loudest(self, begin_s: float, end_s: float) -> int:
        """Return the loudest sample that came between two moments."""
        pieces = [piece for at_s, piece in self._pieces if begin_s <= at_s < end_s and len(piece)]
        return max((int(np.abs(piece.astype(int)).max()) for piece in pieces), default=0)

    def last_sound_s(self, above: int) -> float:
        """Return when something louder than `above` was heard last."""
        return max(at_s for at_s, piece in self._pieces if len(piece) and np.abs(piece).max() > above)


async def ring(desk: SoundDesk) -> dict[str, Any]:
    """Ring for 4.5 s, stop, and listen on: on the loudspeakers and in the headset."""
    room, ear = Listener("room_heard"), Listener("ear_heard")
    desk.tone.prepare()
    # A sound server may take a second for the first sound of a program.
    desk.tone.start()
    await asyncio.sleep(1.5)
    desk.tone.stop()
    alone = ear.loudest(0, time.perf_counter())
    desk.tone.choose(replace(desk.choices, rings_in_headset=True))
    await asyncio.sleep(1)
    began_s = time.perf_counter()
    desk.tone.start()
    await asyncio.sleep(4.5)
    stopped_s = time.perf_counter()
    desk.tone.stop()
    await asyncio.sleep(1)
    return {
        "first": room.loudest(began_s, began_s + 0.7),
        "last": room.loudest(began_s + 3.2, stopped_s),
        "in_ear_alone": alone,
        "in_ear_too": ear.loudest(began_s, stopped_s),
        "after_ms": (room.last_sound_s(100) - stopped_s) * 1000,
    }


async def signs(desk: SoundDesk) -> dict[str, Any]:
    """Let each sign be heard, with the agent's microphone open."""
    ear, room = Listener("ear_heard"), Listener("room_heard")
    loudest: dict[str, int] = {}
    spoken: list[bytes] = []

    async def listen() -> None:
        async with desk.headset.microphone() as frames:
            async for frame in frames:
                spoken.append(frame.data)

    listening = asyncio.create_task(listen())
    desk.sound(EarSound.MUTED_TICK.value)
    await asyncio.sleep(2.5)
    began_s = time.perf_counter()
    for sign in EarSound:
        begin_s = time.perf_counter()
        # As the window does it: from Qt, and not from a task.
        QTimer.singleShot(0, desk, lambda sign=sign: desk.sound(sign.value))
        await asyncio.sleep(1.0)
        loudest[sign.value] = ear.loudest(begin_s, time.perf_counter())
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    return {
        "loudest": loudest,
        "in_room": room.loudest(began_s, time.perf_counter()),
        "frames": len(spoken),
        "spoken": len(set(b"".join(spoken)) - {0xFF, 0x7F}),
    }


async def hold(desk: SoundDesk) -> dict[str, Any]:
    """Speak until the microphone is unplugged and the call is put on hold; tell what is open then."""
    lost: list[tuple[str, bool, str]] = []
    gone = asyncio.Event()

    def told(kind: DeviceKind, is_replaced: bool) -> None:
        lost.append((kind.value, is_replaced, desk.name_in_use(DeviceKind.MICROPHONE)))
        gone.set()

    desk.lost.connect(told)

    async def speak() -> None:
        async with desk.headset.microphone() as frames:
            async for _ in frames:
                if gone.is_set():
                    return

    speaking = asyncio.create_task(speak())
    await asyncio.sleep(0.5)
    print("open", flush=True)
    async with asyncio.timeout(20):
        await gone.wait()
    was_open = desk.headset.is_microphone_open
    speaking.cancel()
    await asyncio.gather(speaking, return_exceptions=True)
    await asyncio.sleep(1)
    return {"lost": lost, "is_open": was_open or desk.headset.is_microphone_open}


def main() -> None:
    """Do what is asked for, with the choices that are given as JSON."""
    app = QApplication(sys.argv[:1])
    work = {"ring": ring, "signs": signs, "hold": hold}[sys.argv[1]]
    preferences = QSettings(sys.argv[2], QSettings.Format.IniFormat)
    for name, value in json.loads(sys.argv[3]).items():
        preferences.setValue(f"sound/{name}", value)

    async def run() -> dict[str, Any]:
        desk = SoundDesk(preferences, _TONES)
        desk.prepare()
        try:
            return await work(desk)
        finally:
            desk.close()

    with asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
        print(json.dumps(runner.run(run())), flush=True)


if __name__ == "__main__":
    main()
