"""A process with the whole window that opens the report of an hour, exports it, and prints what it cost."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

import numpy as np
from qasync import QEventLoop

from copilot_desktop import config
from copilot_desktop.audio import g711
from copilot_desktop.report.choice import ExportChoice, ExportFormat
from copilot_desktop.ui.report.report_view import ReportView
from copilot_desktop.window import Desktop, make_application
from tests.support.long_call import LONG, long_call

_TICK_S = 0.005
_REST_S = 3.0
"""What the report does of itself after its facts, mood and sound, has its time before the exports begin."""


async def play(folder: Path) -> dict[str, float]:
    """Return how long each step took, in seconds, and how long the loop was held up meanwhile, in ms."""
    desktop = Desktop(config.load(data_dir=folder))
    living = asyncio.create_task(desktop.live(None, None, False))
    await desktop.program.wait_for_engines()
    await asyncio.sleep(4)
    store = desktop.program.store
    assert store is not None
    for event in long_call():
        store.append(event)
    await store.flush_facts()
    await asyncio.to_thread(_record, store.recordings.path(LONG))
    figures: dict[str, float] = {}
    watch = _Watch()
    desktop.window.open_report(LONG)
    began_s = time.perf_counter()
    view = desktop.window.pages.currentWidget()
    assert isinstance(view, ReportView)
    while view.report is None or not _is_painted(view):
        await asyncio.sleep(_TICK_S)
    figures["screen_s"] = time.perf_counter() - began_s
    await asyncio.sleep(_REST_S)
    figures["screen_late_ms"] = watch.end()
    for format in ExportFormat:
        watch = _Watch()
        began_s = time.perf_counter()
        choice = ExportChoice(format=format, with_recording=format is ExportFormat.HTML)
        target = folder / f"report.{format}"
        await desktop.shell.export([LONG], choice, target, lambda done, all: None)
        figures[f"{format}_s"] = time.perf_counter() - began_s
        figures[f"{format}_late_ms"] = watch.end()
    desktop.close()
    await living
    return figures


def _is_painted(view: ReportView) -> bool:
    return view.transcript is not None and view.transcript.isVisible()


def _record(path: Path) -> None:
    """An hour of noise and silence, as a call has them. Blocks."""
    from copilot_desktop.store.wav import WavFile

    path.parent.mkdir(exist_ok=True)
    noise = np.random.default_rng(1).normal(0, 2000, 8000 * 30).astype(np.int16)
    noise[8000 * 12 :] = 0
    caller, ours = g711.encode(noise), g711.encode(noise[::-1].copy())
    with WavFile(path) as file:
        for _ in range(120):
            file.append(caller, ours)


class _Watch:
    """How late the loop is, every 5 ms; what it is late by was taken by somebody else."""

    def __init__(self) -> None:
        self._latest_ms = 0.0
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due_s = loop.time() + _TICK_S
            await asyncio.sleep(_TICK_S)
            self._latest_ms = max(self._latest_ms, (loop.time() - due_s) * 1000)

    def end(self) -> float:
        """Return the longest hold-up since the start, in ms."""
        self._task.cancel()
        return self._latest_ms


if __name__ == "__main__":
    app = make_application()
    with asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
        print(json.dumps(runner.run(play(Path(sys.argv[1])))))
