"""A process with the whole window that takes one practice call by itself and prints what it cost, as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from qasync import QEventLoop

from copilot_desktop import config
from copilot_desktop.calls.events import CallEnded, Fact, ResponseTimed, StateChanged
from copilot_desktop.calls.states import CallState, Mode
from copilot_desktop.terminal import Autopilot
from copilot_desktop.window import Desktop, make_application

FRAME_S = 1 / 60


async def play(folder: Path) -> dict[str, list[float]]:
    """Return response times and how late each sixtieth of a second of the call was, all in ms."""
    desktop = Desktop(config.load(data_dir=folder))
    program = desktop.program
    live, ended, times_ms = asyncio.Event(), asyncio.Event(), list[float]()

    def listen(fact: Fact) -> None:
        if isinstance(fact, ResponseTimed):
            times_ms.append(float(fact.total_ms))
        elif isinstance(fact, StateChanged) and fact.new is CallState.LIVE:
            live.set()
        elif isinstance(fact, CallEnded):
            ended.set()

    program.feed.subscribe(listen)
    program.feed.subscribe(Autopilot(program.desk, Mode.AI_SPEAKS))
    living = asyncio.create_task(desktop.live(None, None, False))
    await program.wait_for_engines()
    # The documents are read in these seconds; a person needs them to find the button.
    await asyncio.sleep(4)
    desktop.window.start_practice("late-order", Mode.AI_SPEAKS)
    await live.wait()  # Drawing the ringing window for the first time is another matter.
    late_ms = await _watch(ended)
    desktop.close()
    await living
    return {"times_ms": times_ms, "late_ms": late_ms}


async def _watch(ended: asyncio.Event) -> list[float]:
    loop, late_ms = asyncio.get_running_loop(), list[float]()
    while not ended.is_set():
        due_s = loop.time() + FRAME_S
        await asyncio.sleep(FRAME_S)
        late_ms.append(max(0.0, (loop.time() - due_s) * 1000))
    return late_ms


if __name__ == "__main__":
    app = make_application()
    with asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
        print(json.dumps(runner.run(play(Path(sys.argv[1])))))
