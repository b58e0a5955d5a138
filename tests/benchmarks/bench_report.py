"""The report of a call of an hour, three parties and 920 turns: on screen, and into every kind of file."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from typing import Any

from tests.benchmarks.rows import Row

_LIMIT_S = 120
_FORMATS = {"pdf": 5.0, "html": 5.0, "json": 5.0, "csv": 5.0, "txt": 5.0}


async def run() -> list[Row]:
    """Open it and export it once, in the whole window."""
    with tempfile.TemporaryDirectory() as folder:
        found = await _play(folder)
    rows = [
        Row("report of an hour: facts on screen", found["screen_s"], "s", 1.0),
        Row("the same: window held up, longest", found["screen_late_ms"], "ms", 50),
    ]
    for format, limit_s in _FORMATS.items():
        sound = " with its sound" if format == "html" else ""
        rows.append(Row(f"report of an hour → {format.upper()}{sound}", found[f"{format}_s"], "s", limit_s))
    worst = max(found[f"{format}_late_ms"] for format in _FORMATS)
    rows.append(Row("the exports: window held up, longest", worst, "ms", 50))
    return rows


async def _play(folder: str) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.window_report", folder),
        env=os.environ | {"QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    async with asyncio.timeout(_LIMIT_S):
        output, _ = await process.communicate()
    figures: dict[str, Any] = json.loads(output)
    return figures
