"""The real sound system: PulseAudio with software devices, and the headset in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.support.sound_server import SoundServer, sound_server

pytestmark = pytest.mark.realtime
ROOT = Path(__file__).parents[3]
PATH_DB = 12
"""How much softer the microphone hears the speakers."""

NO_SOUND = """
import asyncio
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop
from copilot_desktop.audio.frame import SILENCE, AudioFrame
from copilot_desktop.calls.errors import DeviceError
from copilot_desktop.headset.agent_sound import QtHeadset, SoundChoice
from copilot_desktop.headset.devices import SoundDevices

async def run():
    devices = SoundDevices()
    devices.prepare()
    headset = QtHeadset(devices, SoundChoice)
    headset.play(AudioFrame(SILENCE, 0))
    try:
        async with headset.microphone():
            print("open")
    except DeviceError as error:
        print(error)

app = QApplication([])
with asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
    runner.run(run())
"""


@pytest.fixture
def server() -> Iterator[SoundServer]:
    # The path of a socket may be 100 characters long.
    with TemporaryDirectory(prefix="snd") as folder, sound_server(Path(folder)) as running:
        yield running


def _start(server: SoundServer, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.headset_program", *arguments],
        env=server.environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def _answer(process: subprocess.Popen[str]) -> dict[str, Any]:
    output, _ = process.communicate(timeout=90)
    answer: dict[str, Any] = json.loads(output.splitlines()[-1])
    return answer


def test_the_microphone_is_heard_at_once_and_closed_at_once(server: SoundServer) -> None:
    measured = _answer(_start(server, "delay"))
    delays_ms = sorted(measured["delays_ms"])
    assert len(delays_ms) >= 10
    # 40 ms of it is what the test plays with; a noisy machine adds its own, the benchmark looks closely.
    assert delays_ms[len(delays_ms) // 2] < 150
    assert measured["closed_ms"] < 100
    assert not measured["is_open"]


def test_another_microphone_takes_over_when_one_goes(server: SoundServer) -> None:
    server.plug_in("spare")
    process = _start(server, "moves")
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "open"
    server.unplug_microphone()
    server.plug_in("third")
    answer = _answer(process)
    assert {"microphone went", "microphone came"} <= set(answer["told"])
    assert answer["ended"] == "still open"
    assert answer["frames"] > 100


@pytest.mark.parametrize("mode", ["cancel", "half_duplex"])
def test_on_loudspeakers_callers_hardly_hear_themselves(server: SoundServer, mode: str) -> None:
    server.let_microphone_hear_speaker()
    assert _answer(_start(server, "loudspeaker", mode))["quieter_db"] - PATH_DB >= 20


def test_without_a_guard_the_echo_is_there(server: SoundServer) -> None:
    server.let_microphone_hear_speaker()
    assert _answer(_start(server, "loudspeaker", "headset"))["quieter_db"] == pytest.approx(PATH_DB, abs=4)


def test_without_a_sound_system_there_is_no_microphone_and_no_crash(tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", NO_SOUND],
        env=environment | {"PULSE_SERVER": "unix:/nonexistent"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip() == "there is no microphone that can be opened"
    assert done.returncode == 0
