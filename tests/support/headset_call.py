"""The whole program with its window and a practice caller, for tests with a sound server; answers in JSON.

`speak`: F8, then a recorded sentence, then short tones into the microphone. `room MODE`: on loudspeakers.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
import wave
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from qasync import QEventLoop

from copilot_desktop import config
from copilot_desktop.audio import g711
from copilot_desktop.audio.resample import whole as resampled
from copilot_desktop.calls.events import CallEvent, CallId, Fact, ModeChanged, StateChanged, UtteranceFinished
from copilot_desktop.calls.states import CallState, Mode
from copilot_desktop.engines.local import LocalEngines
from copilot_desktop.practice import caller as practice
from copilot_desktop.practice.playout import Playout
from copilot_desktop.practice.scenario import Scenario, ScriptLine
from copilot_desktop.practice.turns import Patience
from copilot_desktop.terminal import Autopilot
from copilot_desktop.window import Desktop, make_application
from tests.support.headset_program import Mouth
from tests.support.headset_words import ANSWER, GIVEN, SENTENCE, TYPED
from tests.support.sound_server import MICROPHONE, MOUTH

SETTINGS = {"greeting": "Thank you for calling. How can I help you?", "is_recording": False}
TONES, TONE_EVERY_MS = 24, 300
_LOUD = 3000
_CHUNK_BYTES = 480
"""5 ms of 48 kHz."""


class HeardPlayout(Playout):
    """Keeps when which sound came out of the media stream."""

    heard: list[tuple[float, bytes]] = []

    def add(self, audio: bytes) -> bool:
        self.heard.append((time.perf_counter(), bytes(audio)))
        return super().add(audio)


class MicrophoneWatch(Thread):
    """Another program's view of the microphone: how loud it is, 5 ms by 5 ms, and when that was."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        form = ("--format=s16le", "--rate=48000", "--channels=1", "--raw", "--latency-msec=5")
        self._process = subprocess.Popen(["parec", f"--device={MICROPHONE}", *form], stdout=subprocess.PIPE)
        self.peaks: list[tuple[float, int]] = []
        self.start()

    def run(self) -> None:
        assert self._process.stdout is not None
        while chunk := self._process.stdout.read(_CHUNK_BYTES):
            samples = np.frombuffer(chunk[: len(chunk) & ~1], "<i2").astype(int)
            self.peaks.append((time.perf_counter(), int(np.abs(samples).max(initial=0))))

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


class Call:
    """One practice call in the window, ready to talk once `begin` returns."""

    def __init__(self, folder: Path, **patience: int) -> None:
        settings = config.drafted(config.load(data_dir=folder), SETTINGS, {})
        self.folder, self._patience = folder, Patience(**patience)
        self.desktop = Desktop(settings)
        self.program = self.desktop.program
        self.facts: list[CallEvent] = []
        self._moved = asyncio.Event()
        self.program.feed.subscribe(self._hear)
        self.program.feed.subscribe(Autopilot(self.program.desk, Mode.AI_SPEAKS, types=False))
        practice.__dict__["Playout"] = HeardPlayout

    def _hear(self, fact: Fact) -> None:
        if isinstance(fact, CallEvent):
            self.facts.append(fact)
            self._moved.set()

    async def begin(self, *lines: str) -> LocalEngines:
        """Show the window, and let somebody call who has `lines` to say."""
        self._living = asyncio.create_task(self.desktop.live(None, None, False))
        await self.program.wait_for_engines()
        local = await self.program.engines.wait()
        self._caller = asyncio.create_task(
            practice.PracticeCaller(
                Scenario(
                    name="agent",
                    title="Agent",
                    goal="Talk",
                    persona="caller-woman",
                    lines=tuple(ScriptLine(line, 1500) for line in lines),
                ),
                voice=local.caller_voice("caller-woman"),
                detector=local.new_detector(),
                base_url=self.program.practice_url,
                secret=self.program.practice_secret,
                patience=self._patience,
            ).call()
        )
        await self.until(lambda fact: isinstance(fact, StateChanged) and fact.new is CallState.LIVE)
        return local

    @property
    def call_id(self) -> CallId:
        return self.facts[0].call_id

    async def until(self, is_it: Any, limit_s: float = 25) -> None:
        """Wait until such a fact has been told."""
        async with asyncio.timeout(limit_s):
            while not any(map(is_it, tuple(self.facts))):
                self._moved.clear()
                await self._moved.wait()

    async def said(self, party: str, count: int = 1) -> None:
        """Wait until `party` has said so many things."""
        await self.until(lambda _: sum(word["party"] == party for word in self.words()) >= count)

    async def press_f8(self) -> float:
        """Press F8 in the window; return when."""
        window = self.desktop.window
        await asyncio.sleep(0.3)
        pressed_s = time.perf_counter()
        QTest.keyClick(window, Qt.Key.Key_F8)
        await self.until(lambda fact: isinstance(fact, ModeChanged) and fact.new is Mode.AGENT_SPEAKS)
        return pressed_s

    async def end(self) -> None:
        """Hang up, and close the window."""
        self.program.desk.hang_up(self.call_id)
        await self._caller
        self.desktop.close()
        await self._living

    def words(self) -> list[dict[str, Any]]:
        """Return all words that stand."""
        finished = [fact for fact in self.facts if isinstance(fact, UtteranceFinished)]
        return [{"party": f.party.value, "text": f.text, "cut": f.cut_short} for f in finished]


async def speak(folder: Path) -> dict[str, Any]:
    """The agent's way to the caller: what is understood there, and how long it takes."""
    call = Call(folder, greeting_ms=10**6, silence_ms=10**6)
    # Enough to say not to hang up before the end.
    local = await call.begin(*["I see."] * 9)
    await call.said("assistant")
    mouth = Mouth()
    keeping_open = await _open(mouth)
    pressed_s = await call.press_f8()
    await asyncio.sleep(0.5)
    began_s = time.perf_counter()
    await _play(await _recorded(local, folder / "sentence.wav"))
    await asyncio.sleep(0.6)
    heard = b"".join(sound for at_s, sound in HeardPlayout.heard if at_s >= began_s)
    understood = await asyncio.to_thread(local.transcriber._transcribe, heard, is_final=True)
    first_s = next((at_s for at_s, _ in HeardPlayout.heard if at_s > pressed_s), pressed_s)
    keeping_open.cancel()
    watch = MicrophoneWatch()
    playing = asyncio.create_task(mouth.run(TONE_EVERY_MS))
    await asyncio.sleep(TONES * TONE_EVERY_MS / 1000)
    playing.cancel()
    await asyncio.sleep(0.3)
    watch.close()
    await call.end()
    arrived = _onsets([(at_s, _peak(sound)) for at_s, sound in HeardPlayout.heard])
    return {
        "understood": understood.text,
        "first_frame_ms": (first_s - pressed_s) * 1000,
        "delays_ms": _delays_ms(_onsets(watch.peaks), arrived),
        "with_player_ms": _delays_ms(mouth.tones_at_s, arrived),
    }


async def room(folder: Path, mode: str) -> dict[str, Any]:
    """The speakers stand in the room: what is written down, and how loud that room was."""
    call = Call(folder, greeting_ms=10**6, silence_ms=10**6)
    call.desktop.sound.choices = replace(call.desktop.sound.choices, echo=mode)
    await call.begin(GIVEN, ANSWER)
    watch = MicrophoneWatch()
    await call.said("assistant")
    keeping_open = await _open(Mouth())
    await call.press_f8()
    call.desktop.bridge.say_text(call.call_id, TYPED)
    await call.said("agent")
    await call.said("caller", 2)
    # What the microphone may have caught becomes words only after a pause.
    await asyncio.sleep(3)
    watch.close()
    keeping_open.cancel()
    await call.end()
    loud = sorted(peak for _, peak in watch.peaks)
    return {"words": call.words(), "room_peak": loud[len(loud) * 9 // 10]}


async def _recorded(local: LocalEngines, path: Path) -> Path:
    voice = local.caller_voice("caller-man")
    ulaw = b"".join([piece async for piece in voice.speak(SENTENCE)])
    sound = resampled(g711.decode(ulaw).astype(np.float32), 8000, 48000)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48000)
        file.writeframes(np.clip(sound, -32768, 32767).astype("<i2").tobytes())
    return path


async def _open(mouth: Mouth) -> asyncio.Task[None]:
    """Let nothing be played in small pieces: a software device that sleeps takes two seconds to wake."""
    playing = asyncio.create_task(mouth.run(10**6))
    await asyncio.sleep(2.2)
    return playing


async def _play(path: Path) -> None:
    """Play a file into what the microphone hears."""
    player = ["paplay", f"--device={MOUTH}", str(path)]
    await asyncio.to_thread(subprocess.run, player, check=True, timeout=20)


def _peak(ulaw: bytes) -> int:
    sound: NDArray[np.int16] = g711.decode(ulaw)
    return int(np.abs(sound.astype(int)).max(initial=0))


def _onsets(peaks: list[tuple[float, int]]) -> list[float]:
    """Return when it became loud."""
    found: list[float] = []
    for at_s, peak in peaks:
        if peak > _LOUD and (not found or at_s - found[-1] > TONE_EVERY_MS / 2000):
            found.append(at_s)
    return found


def _delays_ms(since: list[float], arrived: list[float]) -> list[float]:
    pairs = [(at_s, min((end for end in arrived if end > at_s - 0.02), default=None)) for at_s in since]
    delays = [(end - at_s) * 1000 for at_s, end in pairs if end is not None]
    return [delay for delay in delays if delay < TONE_EVERY_MS]


def main() -> None:
    """Run what is asked for."""
    app = make_application()
    with TemporaryDirectory() as folder, asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
        work = speak(Path(folder)) if sys.argv[1] == "speak" else room(Path(folder), sys.argv[2])
        print(json.dumps(runner.run(work)), flush=True)


if __name__ == "__main__":
    main()
