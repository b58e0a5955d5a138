"""A shift of 400 calls on one desk and one history, under virtual time: what is left behind, call by call.

Run it with `python -m tests.benchmarks.bench_shift`. Hours of calls pass in some seconds; memory, open
files and tasks are the real ones.
"""

from __future__ import annotations

import asyncio
import gc
import tempfile
from pathlib import Path

import numpy as np
import psutil

from copilot_desktop.calls.events import CallEvent, CallId, Fact
from copilot_desktop.store import open_store
from tests.benchmarks.rows import Row, table
from tests.support.virtual_call import VirtualCall
from tests.support.virtual_time import run_virtual

CALLS, WARM_UP, EVERY = 400, 100, 20
TURNS = 6
MOST_MB = 1.0
"""For a hundred calls more."""


async def run() -> list[Row]:
    """Play the shift; memory after each twenty calls gives the slope."""
    with tempfile.TemporaryDirectory() as folder:
        return await asyncio.to_thread(_shift, Path(folder))


def _shift(folder: Path) -> list[Row]:
    store = open_store(folder)
    process = psutil.Process()
    sizes_mb: list[float] = []
    files: list[int] = []

    def keep(fact: Fact) -> None:
        if isinstance(fact, CallEvent):
            store.append(fact)

    async def main() -> int:
        call = VirtualCall()
        call.feed.subscribe(keep)
        before = len(asyncio.all_tasks())
        for number in range(CALLS):
            await _one(call, number)
            if number % EVERY == EVERY - 1:
                await store.flush()
                gc.collect()
                sizes_mb.append(process.memory_info().rss / 1e6)
                files.append(process.num_fds() if hasattr(process, "num_fds") else 0)
        await call.desk.close()
        kept = len(await store.recent(CALLS + 1))
        assert kept == CALLS, f"{kept} of {CALLS} calls are in the history"
        return len(asyncio.all_tasks()) - before

    try:
        tasks = run_virtual(main())
    finally:
        store.close()
    steady = sizes_mb[WARM_UP // EVERY :]
    slope_mb = float(np.polyfit(np.arange(len(steady)) * EVERY / 100, steady, 1)[0])
    return [
        Row(f"a shift of {CALLS} calls: memory for a hundred calls more", slope_mb, "MB", MOST_MB),
        Row("the same: tasks left running", tasks, "", 0),
        Row("the same: files left open", files[-1] - files[WARM_UP // EVERY], "", 0),
    ]


async def _one(call: VirtualCall, number: int) -> None:
    """Ring, talk, hang up; what the test's own parts remember is forgotten."""
    call.call_id = CallId(f"CA{number:032d}")
    call.puppets.detector.certainty = 1.0
    await call.connect()
    await call.listen_to_end()
    for turn in range(TURNS):
        await call.speak(f"This is question {turn} of call {number}.")
        await call.listen_to_end()
    await call.hang_up_alone()
    for memory in (call.facts, call.heard, call.puppets.writer.talks, call.puppets.voice.sentences):
        memory.clear()
    call.puppets.voice.calls.clear()
    call.puppets.transcriber.hearings.clear()


if __name__ == "__main__":
    print(table(asyncio.run(run())))
