"""A practice call with the embedded engines: how soon the assistant answers."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from copilot_desktop.calls.turns import TurnTiming
from tests.benchmarks.rows import Row

_LIMIT_S = 200


async def run() -> list[Row]:
    """Play one call in the terminal and read its facts; the floor is the deliberate pause."""
    with tempfile.TemporaryDirectory() as folder:
        events = await _play(Path(folder))
    times_ms = [event["total_ms"] for event in events if event["fact"] == "response_timed"]
    floor_ms = TurnTiming().end_ms
    return [
        Row("caller's last sound → ours, embedded, median", median(times_ms), "ms", 1200, floor_ms),
        Row("caller's last sound → ours, embedded, slowest", max(times_ms), "ms", 2500, floor_ms),
    ]


async def _play(folder: Path) -> list[dict[str, Any]]:
    events = folder / "events.json"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "copilot_desktop", "--data-dir", str(folder / "data")),
        *("practice", "--terminal", "--scenario", "late-order", "--json", str(events)),
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        stdout=asyncio.subprocess.DEVNULL,
    )
    async with asyncio.timeout(_LIMIT_S):
        await process.wait()
    loaded: list[dict[str, Any]] = json.loads(events.read_text())
    return loaded
