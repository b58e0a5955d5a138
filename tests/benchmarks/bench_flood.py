"""How late a running call's frames are heard while strangers flood the server with unsigned requests.

Run it with `python -m tests.benchmarks.bench_flood`. Call and flood come from processes of their own, so on
two cores the three of them compete: without the flood the same figure is the floor.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import sys
import time
from dataclasses import asdict, replace

from copilot_desktop.audio.frame import AudioFrame
from tests.benchmarks.bench_server import load_of
from tests.benchmarks.load_client import sent_at_s
from tests.benchmarks.rows import Row, percentile, table
from tests.support.fake_desk import FakeDesk, FakeSession
from tests.support.flood import Flood
from tests.support.serving import serving

RATE = 200
SECONDS = 10.0
IN_TIME_MS = 20.0


async def run() -> list[Row]:
    """Measure a call alone, in a steady flood, and with each second's requests all at once."""
    logging.getLogger("copilot.telephony").setLevel(logging.ERROR)
    alone = percentile(await _delays_ms(None), 0.99)
    steady = percentile(await _delays_ms(1), 0.99)
    at_once = percentile(await _delays_ms(RATE), 0.99)
    name = f"{RATE} unsigned requests a second"
    return [
        Row(f"{name}: frame sent → heard, p99", steady, "ms", IN_TIME_MS, alone),
        Row(f"{name}, all at once: frame sent → heard, p99", at_once, "ms", 2.5 * IN_TIME_MS, alone),
    ]


async def _delays_ms(burst: int | None) -> list[float]:
    delays_ms: list[float] = []

    def echo(session: FakeSession, frame: AudioFrame) -> None:
        delays_ms.append((time.monotonic() - sent_at_s(frame.data)) * 1000)
        session.frames.clear()
        if session.link is not None:
            session.link.send(frame.data)

    desk = FakeDesk()
    desk.on_frame = echo
    async with serving(desk) as served:
        # As the program does once it has loaded, or looking through all of it would be measured.
        gc.collect()
        gc.freeze()
        load = replace(await load_of(served, 1), seconds=SECONDS)
        call = await _process("tests.benchmarks.load_client", json.dumps(asdict(load)))
        assert call.stdin is not None
        assert call.stdout is not None
        assert await call.stdout.readline() == b"ready\n"
        flood = None
        if burst is not None:
            order = Flood(served.local_url, RATE, SECONDS, burst)
            flood = await _process("tests.support.flood", json.dumps(asdict(order)))
        call.stdin.write(b"go\n")
        await call.wait()
        if flood is not None:
            await flood.wait()
            assert served.server.counters.refused >= 0.9 * RATE * SECONDS
    assert len(delays_ms) >= 0.95 * SECONDS * 50
    return delays_ms


async def _process(module: str, order: str) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    process.stdin.write(order.encode() + b"\n")
    return process


if __name__ == "__main__":
    print(table(asyncio.run(run())))
