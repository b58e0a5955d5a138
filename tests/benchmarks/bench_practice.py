"""A practice call with the embedded engines in a shown window: how soon we answer, how smooth it stays."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from statistics import median
from typing import Any

from copilot_desktop.calls.turns import TurnTiming
from tests.benchmarks.rows import Row, percentile

_LIMIT_S = 200


async def run() -> list[Row]:
    """Play one call; the floor of an answer is the deliberate pause, of a frame nothing."""
    with tempfile.TemporaryDirectory() as folder:
        played = await _play(folder)
    times_ms, late_ms = played["times_ms"], played["late_ms"]
    floor_ms = TurnTiming().end_ms
    return [
        Row("caller's last sound → ours, embedded, median", median(times_ms), "ms", 1200, floor_ms),
        Row("caller's last sound → ours, embedded, slowest", max(times_ms), "ms", 2500, floor_ms),
        Row("the window's frames meanwhile, late by, p99", percentile(late_ms, 0.99), "ms", 16),
        Row("the window's frames meanwhile, late by, most", max(late_ms), "ms", 50),
    ]


async def _play(folder: str) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.window_call", folder),
        env=os.environ | {"QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    async with asyncio.timeout(_LIMIT_S):
        output, _ = await process.communicate()
    played: dict[str, Any] = json.loads(output)
    return played
