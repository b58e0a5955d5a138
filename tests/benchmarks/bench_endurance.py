"""Five calls at once for three quarters of an hour, in real time: the whole program, with embedded engines.

Run it with `python -m tests.benchmarks endurance`; `BENCH_MINUTES` makes it shorter or longer. The callers
are practice callers in a process of their own; they speak Twilio's protocol to the real server.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import psutil

from copilot_desktop import config
from copilot_desktop.app import Program
from copilot_desktop.calls.states import Mode
from copilot_desktop.practice.result import PracticeOutcome
from copilot_desktop.terminal import Autopilot
from tests.benchmarks.endurance_callers import STEP_S
from tests.benchmarks.rows import Row, table

MINUTES = float(os.environ.get("BENCH_MINUTES", "45"))
CALLS = 5
WARM_UP_SHARE = 0.2
FRAME_S = 0.02
SAMPLE_S = 10.0
HISTORY_FILES = 30
"""Five connections for reading and five for writing, with three files each."""
_REST_S = 5.0
"""After the last call: what still runs then is not done by itself."""


class _Watch:
    """Looks at the loop as often as a frame comes, and at the process now and then."""

    def __init__(self) -> None:
        self.frames = self.late = 0
        self.worst_ms = 0.0
        self.calls: list[dict[str, Any]] = []
        self.sizes: list[tuple[int, float]] = []
        """Calls that had ended, and megabytes."""
        self._process = psutil.Process()

    @property
    def files(self) -> int:
        """How many are open, the history's aside; 0 where the system does not say."""
        return self._process.num_fds() - self.history_files if hasattr(self._process, "num_fds") else 0

    @property
    def history_files(self) -> int:
        """How many belong to its connections, of which the pool keeps as many as were wanted at once."""
        return sum("calls.sqlite3" in file.path for file in self._process.open_files())

    async def on_loop(self) -> None:
        """Count how often a frame of this moment would have been handled 20 ms late, or later."""
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while True:
            due_s += FRAME_S
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            late_s = loop.time() - due_s
            self.frames += 1
            self.late += late_s > FRAME_S
            self.worst_ms = max(self.worst_ms, late_s * 1000)
            due_s = max(due_s, loop.time() - FRAME_S)

    async def on_process(self) -> None:
        """Note the memory every ten seconds."""
        while True:
            self.sizes.append((len(self.calls), self._process.memory_info().rss / 1e6))
            await asyncio.sleep(SAMPLE_S)

    def slope_mb(self) -> float:
        """Return what a hundred calls more have cost since the warm-up."""
        steady = [pair for pair in self.sizes if pair[0] >= WARM_UP_SHARE * len(self.calls)]
        if len({calls for calls, _ in steady}) < 2:
            return 0.0
        calls, sizes = zip(*steady, strict=True)
        return float(np.polyfit(np.array(calls) / 100, np.array(sizes), 1)[0])


async def run() -> list[Row]:
    """Let them call; the figures are those of the program that answers."""
    with tempfile.TemporaryDirectory() as folder:
        async with _program(Path(folder)) as program:
            return await _measure(program)


@asynccontextmanager
async def _program(folder: Path) -> AsyncIterator[Program]:
    program = Program(config.load(data_dir=folder))
    program.feed.subscribe(Autopilot(program.desk, Mode.AI_SPEAKS))
    await program.start(0)
    await program.engines.wait()
    try:
        yield program
    finally:
        await program.stop()


async def _fill_memory(program: Program) -> None:
    """What the program remembers of texts is bounded; filled, it hides no leak and is taken for none."""
    embedder = program.engines._embedder
    assert embedder is not None
    for start in range(0, embedder._capacity, 64):
        texts = [f"text number {number}" for number in range(start, start + 64)]
        await asyncio.to_thread(embedder.embed, texts)


async def _measure(program: Program) -> list[Row]:
    watch = _Watch()
    await _fill_memory(program)
    await _let_call(program, watch, seconds=CALLS * STEP_S)  # All is loaded.
    await asyncio.sleep(_REST_S)
    tasks, files = len(asyncio.all_tasks()), watch.files
    watch.calls.clear()
    watching = [asyncio.create_task(watch.on_loop()), asyncio.create_task(watch.on_process())]
    await _let_call(program, watch, seconds=MINUTES * 60)
    for task in watching:
        task.cancel()
    await asyncio.gather(*watching, return_exceptions=True)
    await asyncio.sleep(_REST_S)
    gc.collect()
    kept = len(await program.store.recent(100_000)) if program.store is not None else 0
    gaps_ms = [gap for call in watch.calls for gap in call["gaps_ms"]]
    whole = sum(call["outcome"] == PracticeOutcome.COMPLETED for call in watch.calls)
    title = f"{MINUTES:g} minutes, {CALLS} calls at once"
    print(f"{len(watch.calls)} calls, {whole} spoken to the end, {kept} in the history", file=sys.stderr)
    print(
        "megabytes by calls:", *(f"{calls}:{size:.0f}" for calls, size in watch.sizes[::12]), file=sys.stderr
    )
    return [
        Row(f"{title}: calls that did not end well", len(watch.calls) - whole, "", 0),
        Row("the same: caller's last sound → ours, median", median(gaps_ms), "ms", 1200),
        Row("the same: frames handled 20 ms late or later", 100 * watch.late / watch.frames, "%", 0.1),
        Row("the same: longest wait on the loop", watch.worst_ms, "ms", 200),
        Row("the same: memory for a hundred calls more", watch.slope_mb(), "MB", 1.0),
        Row("the same: tasks left running", len(asyncio.all_tasks()) - tasks, "", 0),
        Row("the same: files left open", watch.files - files, "", 0),
        Row("the same: files of the history's connections", watch.history_files, "", HISTORY_FILES),
    ]


async def _let_call(program: Program, watch: _Watch, *, seconds: float) -> None:
    order = {
        "url": program.practice_url,
        "secret": program.practice_secret,
        "seconds": seconds,
        "callers": CALLS,
    }
    callers = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.endurance_callers"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert callers.stdin is not None
    assert callers.stdout is not None
    callers.stdin.write(json.dumps(order).encode() + b"\n")
    async for line in callers.stdout:
        watch.calls.append(json.loads(line))
    assert await callers.wait() == 0


if __name__ == "__main__":
    print(table(asyncio.run(run())))
