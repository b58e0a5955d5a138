"""From the process's start to window, server and engines; and how long the loop was held up meanwhile."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from tests.benchmarks.rows import Row

_STARTS = 3
_LIMIT_S = 40.0
_MILESTONES = ("window shown", "listening on port", "engines ready")
_LATE = re.compile(r"the loop was (\d+) ms late")


async def run() -> list[Row]:
    """Start the window a few times; the first start makes the history and does not count."""
    with tempfile.TemporaryDirectory() as folder:
        starts = [await asyncio.to_thread(_start, folder) for _ in range(_STARTS + 1)][1:]
    floor_ms = await asyncio.to_thread(_bare_python_ms)

    def median(name: str) -> float:
        return sorted(start[name] for start in starts)[len(starts) // 2]

    return [
        Row("window shown after process start", median("window shown"), "ms", 900, floor_ms),
        Row("server listening after process start", median("listening on port"), "ms", 1500, floor_ms),
        Row("engines ready after process start", median("engines ready"), "ms", 8000, floor_ms),
        Row("loop held up while engines load, longest", max(start["late"] for start in starts), "ms", 50),
    ]


def _start(folder: str) -> dict[str, float]:
    """Return each milestone's ms after the start, from the program's own log."""
    environment = os.environ | {"QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    command = [sys.executable, "-m", "copilot_desktop", "--data-dir", folder]
    log = Path(folder) / "logs" / "copilot.log"
    log.unlink(missing_ok=True)
    nowhere = subprocess.DEVNULL
    began_s = time.time()
    process = subprocess.Popen(command, env=environment, stdout=nowhere, stderr=nowhere)
    text = ""
    while _MILESTONES[-1] not in text and time.time() - began_s < _LIMIT_S:
        time.sleep(0.05)
        text = log.read_text() if log.exists() else ""
    process.send_signal(signal.SIGINT)
    process.wait(timeout=10)
    text = log.read_text()
    found = {name: _logged_s(text, name) - began_s for name in _MILESTONES}
    late_ms = max((float(ms) for ms in _LATE.findall(text)), default=0.0)
    return {name: after_s * 1000 for name, after_s in found.items()} | {"late": late_ms}


def _logged_s(text: str, milestone: str) -> float:
    line = next(line for line in text.splitlines() if milestone in line)
    return datetime.strptime(line[:23], "%Y-%m-%d %H:%M:%S,%f").astimezone().timestamp()


def _bare_python_ms() -> float:
    """What starting the interpreter and drawing an empty Qt window takes here."""
    code = "from PySide6.QtWidgets import *; a = QApplication([]); w = QWidget(); w.show()"
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    began_s = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True)
    return (time.perf_counter() - began_s) * 1000
