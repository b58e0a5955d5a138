"""A process with window, server and desk on one loop, and calls on real sockets, in which it presses F8.

Prints JSON: ms from the key to `clear` on the wire, on a free loop and while a task fills it, and how many
orders were given by pressing on.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from qasync import QEventLoop

from copilot_desktop.calls.events import CallId, ModeChanged, ProblemRaised
from copilot_desktop.calls.states import Mode
from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.main_window import MainWindow
from copilot_desktop.ui.ringing.ring_tone import RingTone
from copilot_desktop.window import make_application
from tests.benchmarks.live_server import LiveServer, live_server
from tests.support.fake_shell import RESOURCES, FakeShell
from tests.support.twilio_line import TwilioStream

ROUNDS, BUSY_ROUNDS = 30, 12
BUSY_S, SLICE_S = 0.2, 0.005
"""As long as a task may fill the loop, and as long as it may keep it before others have their turn."""


class _NoTone(RingTone):
    def prepare(self) -> None:
        return

    def start(self) -> None:
        return


async def _listen(stream: TwilioStream) -> None:
    while True:
        await stream.say(b"\xff" * 160 * 50)


async def _fill_loop(began: asyncio.Event) -> None:
    """Compute for `BUSY_S`, giving way after each slice as everything on this loop must."""
    ends_s = time.monotonic() + BUSY_S
    while time.monotonic() < ends_s:
        slice_ends_s = time.monotonic() + SLICE_S
        while time.monotonic() < slice_ends_s:
            pass
        began.set()
        await asyncio.sleep(0)


class Measuring:
    """One call after another in one window."""

    def __init__(self, live: LiveServer, window: MainWindow) -> None:
        self.live, self.window = live, window
        self.facts: list[object] = []
        live.feed.subscribe(self.facts.append)

    async def call(self, *, is_busy: bool) -> tuple[float, int]:
        """Return the delay in ms, and what the presses after the first have added to the call's story."""
        async with self.live.call() as (call_id, stream):
            listening = asyncio.create_task(_listen(stream))
            try:
                return await self._press(call_id, stream, is_busy=is_busy)
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)

    async def _press(self, call_id: CallId, stream: TwilioStream, *, is_busy: bool) -> tuple[float, int]:
        await asyncio.sleep(0.8)
        self.live.desk.say_text(call_id, "one two three four five six")
        await asyncio.sleep(0.15)
        filling = None
        if is_busy:
            began = asyncio.Event()
            filling = asyncio.create_task(_fill_loop(began))
            await began.wait()
        loop, clears = asyncio.get_running_loop(), stream.clears
        began_s = loop.time()
        QTest.keyClick(self.window, Qt.Key.Key_F8)
        while stream.clears == clears:
            stream._arrived.clear()
            await asyncio.wait_for(stream._arrived.wait(), 2)
        delay_ms = (loop.time() - began_s) * 1000
        cleared, count = stream.clears, self._story(call_id)
        for _ in range(9):
            QTest.keyClick(self.window, Qt.Key.Key_F8)
        await asyncio.sleep(0.1)
        if filling is not None:
            await filling
        return delay_ms, self._story(call_id) - count + stream.clears - cleared

    def _story(self, call_id: CallId) -> int:
        told = [fact for fact in self.facts if isinstance(fact, ModeChanged | ProblemRaised)]
        return sum(fact.call_id == call_id for fact in told)


async def main(folder: Path) -> dict[str, list[float]]:
    """Return what was measured."""
    async with live_server() as live:
        shell = FakeShell(folder, {})
        shell.opens_report = False
        shell.start_mode = Mode.AI_SPEAKS
        bridge = Bridge(live.desk, asyncio.get_running_loop().time)
        window = MainWindow(bridge, shell, tone=_NoTone(RESOURCES / "sounds" / "ring.wav"))
        window.show()
        window.activateWindow()
        measuring = Measuring(live, window)
        for is_busy in (False, True):  # What is drawn for the first time is another matter.
            await measuring.call(is_busy=is_busy)
        free = [await measuring.call(is_busy=False) for _ in range(ROUNDS)]
        busy = [await measuring.call(is_busy=True) for _ in range(BUSY_ROUNDS)]
        window.finish()
    more = float(sum(count for _, count in free + busy))
    return {"free_ms": [d for d, _ in free], "busy_ms": [d for d, _ in busy], "more_orders": [more]}


if __name__ == "__main__":
    app = make_application()
    with TemporaryDirectory() as scratch, asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
        print(json.dumps(runner.run(main(Path(scratch)))))
        sys.stdout.flush()
