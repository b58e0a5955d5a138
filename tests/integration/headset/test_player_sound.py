"""The player on a real sound system: what a listener hears has its pitch, its length and its order."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from numpy.typing import NDArray

from copilot_desktop.audio import g711
from copilot_desktop.store.wav import WavFile
from tests.support.sound_server import SPEAKER, SoundServer, sound_server

pytestmark = pytest.mark.realtime
ROOT = Path(__file__).parents[3]
RATE_HZ = 48000
SECONDS = 4


@pytest.fixture
def server() -> Iterator[SoundServer]:
    # The path of a socket may be 100 characters long.
    with TemporaryDirectory(prefix="snd") as folder, sound_server(Path(folder)) as running:
        yield running


def whistled(path: Path) -> Path:
    """The caller whistles at 500 Hz for two seconds, then our side at 800 Hz."""
    time = np.arange(SECONDS * 8000) / 8000
    caller, ours = (
        g711.encode((9000 * np.sin(2 * np.pi * hz * time) * is_on).astype(np.int16))
        for hz, is_on in ((500, time < 2), (800, time >= 2))
    )
    with WavFile(path) as file:
        file.append(caller, ours)
    return path


def pitch_hz(mono: NDArray[np.float64]) -> float:
    spectrum = np.abs(np.fft.rfft(mono * np.hanning(len(mono))))
    return float(np.argmax(spectrum) * RATE_HZ / len(mono))


@pytest.mark.parametrize("speed", [1.0, 2.0])
def test_speed_keeps_the_pitch_and_changes_the_length(
    server: SoundServer, tmp_path: Path, speed: float
) -> None:
    wav = whistled(tmp_path / "call.wav")
    taken = ["--format=s16le", f"--rate={RATE_HZ}", "--channels=2", "--raw"]
    with (tmp_path / "heard.raw").open("wb") as file:
        listener = subprocess.Popen(
            ["parec", "-d", f"{SPEAKER}.monitor", *taken], env=server.environment, stdout=file
        )
    try:
        program = [sys.executable, "-m", "tests.support.player_program"]
        done = subprocess.run(
            [*program, str(wav), str(SECONDS * 1000), str(speed)],
            env=server.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    finally:
        listener.terminate()
        listener.wait(10)
    told = json.loads(done.stdout.splitlines()[0])
    assert (told["state"], told["at_ms"]) == ("paused", SECONDS * 1000)
    places = [at_ms for _, at_ms in told["places"]]
    assert places == sorted(places)
    heard = np.frombuffer((tmp_path / "heard.raw").read_bytes(), "<i2").reshape(-1, 2).mean(axis=1) / 32768
    loud = np.flatnonzero(np.abs(heard) > 0.02)
    length_s = (loud[-1] - loud[0]) / RATE_HZ
    assert length_s == pytest.approx(SECONDS / speed, abs=0.15)
    middle = (loud[0] + loud[-1]) // 2
    half = int(0.7 * RATE_HZ / speed)
    assert pitch_hz(heard[middle - half - 4800 : middle - 4800]) == pytest.approx(500, abs=6)
    assert pitch_hz(heard[middle + 4800 : middle + half + 4800]) == pytest.approx(800, abs=6)
