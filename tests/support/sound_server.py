"""A PulseAudio of the tests' own, its speaker and microphone only software. Skips where there is none."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SPEAKER = "test_speaker"
MICROPHONE = "test_microphone"
MOUTH = "test_mouth"
"""What is played here is heard by the microphone."""
_START_LIMIT_S = 15.0


class SoundServer:
    """Running. `environment` leads a child process to it."""

    def __init__(self, folder: Path) -> None:
        self.environment = {
            **os.environ,
            "XDG_RUNTIME_DIR": str(folder),
            "HOME": str(folder),
            "PULSE_SERVER": f"unix:{folder}/pulse/native",
            "QT_QPA_PLATFORM": "offscreen",
        }
        self._folder = folder
        modules = (
            "module-native-protocol-unix",
            f"module-null-sink sink_name={SPEAKER} rate=48000",
            f"module-null-sink sink_name={MOUTH} rate=48000",
            f"module-remap-source master={MOUTH}.monitor source_name={MICROPHONE}",
        )
        loads = [f"--load={module}" for module in modules]
        self._process = subprocess.Popen(
            ["pulseaudio", "--exit-idle-time=-1", "-n", "--daemonize=no", "--use-pid-file=no", *loads],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait()
        self.control("set-default-source", MICROPHONE)
        self.control("set-default-sink", SPEAKER)

    def control(self, *order: str) -> str:
        """Give the server an order, as `pactl` does; return its answer."""
        done = subprocess.run(
            ["pactl", *order], env=self.environment, capture_output=True, text=True, check=True, timeout=20
        )
        return done.stdout.strip()

    def unplug_microphone(self) -> None:
        """Take the microphone away."""
        for line in self.control("list", "short", "modules").splitlines():
            number, name, *arguments = line.split("\t")
            if name == "module-remap-source" and any(MICROPHONE in argument for argument in arguments):
                self.control("unload-module", number)

    def plug_in(self, source_name: str) -> None:
        """Let another microphone come, which hears the same mouth."""
        self.control(
            "load-module", "module-remap-source", f"master={MOUTH}.monitor", f"source_name={source_name}"
        )

    def let_microphone_hear_speaker(self) -> None:
        """From now on what the speaker plays reaches the microphone 45 ms later and 12 dB softer."""
        self.control(
            "load-module", "module-loopback", f"source={SPEAKER}.monitor", f"sink={MOUTH}", "latency_msec=45"
        )
        number = self.control("list", "short", "sink-inputs").splitlines()[-1].split("\t")[0]
        self.control("set-sink-input-volume", number, "-12dB")

    def close(self) -> None:
        """End it."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_LIMIT_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                pytest.skip("PulseAudio does not start here")
            done = subprocess.run(
                ["pactl", "list", "short", "sources"],
                env=self.environment,
                capture_output=True,
                text=True,
                check=False,
            )
            if MICROPHONE in done.stdout:
                return
            time.sleep(0.05)
        self.close()
        pytest.skip("PulseAudio does not start here")


@contextmanager
def sound_server(folder: Path) -> Iterator[SoundServer]:
    """Run one in `folder`, whose path must be short."""
    for program in ("pulseaudio", "pactl"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    folder.chmod(0o700)
    server = SoundServer(folder)
    try:
        yield server
    finally:
        server.close()
