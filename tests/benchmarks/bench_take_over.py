"""From the order "take over" to `clear` on the wire, with ten calls running, and memory over many turns.

The same from the key F8 in the window, also while the loop is kept busy.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
from contextlib import AsyncExitStack

import psutil

from copilot_desktop.audio.frame import SILENCE
from copilot_desktop.calls.events import CallId
from tests.benchmarks.live_server import LiveServer, live_server
from tests.benchmarks.rows import Row, percentile
from tests.support.puppets import TONE
from tests.support.twilio_line import TwilioStream

CALLS = 10
ROUNDS = 12
WARM_TURNS, TURNS = 6, 20


async def run() -> list[Row]:
    """Measure both in the same ten calls."""
    async with live_server() as live, AsyncExitStack() as stack:
        calls = [await stack.enter_async_context(live.call()) for _ in range(CALLS)]
        lines = [asyncio.create_task(_idle_line(stream)) for _, stream in calls]
        await asyncio.sleep(1)
        delays_ms = [
            delay for _ in range(ROUNDS) for delay in [await _take_over(live, *call) for call in calls]
        ]
        for line in lines:
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)
        growth = await _memory(live, [stream for _, stream in calls])
    by_key = await _by_key()
    return [
        Row("take over → clear on the wire, 10 calls, p95", percentile(delays_ms, 0.95), "ms", 20.0),
        Row("F8 in the window → clear on the wire, p95", percentile(by_key["free_ms"], 0.95), "ms", 20.0),
        Row("the same, a 200 ms task on the loop, most", max(by_key["busy_ms"]), "ms", 100.0),
        Row("orders that nine more presses of F8 give", by_key["more_orders"][0], "", 0.0),
        Row(f"memory growth over {CALLS * TURNS} turns", growth, "%", 5.0),
    ]


async def _idle_line(stream: TwilioStream) -> None:
    while True:
        await stream.say(SILENCE * 50)


async def _take_over(live: LiveServer, call_id: CallId, stream: TwilioStream) -> float:
    live.desk.say_text(call_id, "one two three four five six")
    await asyncio.sleep(0.1)
    loop = asyncio.get_running_loop()
    clears, began_s = stream.clears, loop.time()
    live.desk.take_over(call_id)
    while stream.clears == clears:
        stream._arrived.clear()
        await asyncio.wait_for(stream._arrived.wait(), 2)
    delay_ms = (loop.time() - began_s) * 1000
    live.desk.hand_back(call_id, "")
    return delay_ms


async def _by_key() -> dict[str, list[float]]:
    """Press the key in a process with window, server and desk on one loop, as the program has them."""
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    program = (sys.executable, "-m", "tests.benchmarks.window_key")
    process = await asyncio.create_subprocess_exec(*program, env=environment, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError("the window's part of the benchmark failed")
    found: dict[str, list[float]] = json.loads(out.decode().splitlines()[-1])
    return found


async def _memory(live: LiveServer, streams: list[TwilioStream]) -> float:
    """Return by how many per cent memory grew after the first turns."""
    await _turns(live, streams, WARM_TURNS)
    before = _resident_bytes()
    await _turns(live, streams, TURNS)
    return (_resident_bytes() / before - 1) * 100


async def _turns(live: LiveServer, streams: list[TwilioStream], count: int) -> None:
    for _ in range(count):
        live.puppets.transcriber.words = "Where is my order?"
        await asyncio.gather(*(stream.say(TONE * 15 + SILENCE * 100) for stream in streams))
        for stream in streams:
            # What the far end heard is the test's memory, not the program's.
            stream.received.clear()
            stream.heard.clear()


def _resident_bytes() -> int:
    gc.collect()
    return int(psutil.Process().memory_info().rss)
