"""Our own share between the caller's last sound and our first: no engine's time, no decision's."""

from __future__ import annotations

import asyncio

from copilot_desktop.audio.frame import FRAME_MS, SILENCE
from copilot_desktop.calls.turns import TurnTiming
from tests.benchmarks.live_server import live_server
from tests.benchmarks.rows import Row, percentile
from tests.support.puppets import TONE
from tests.support.twilio_line import TwilioStream

TURNS = 40


async def run() -> list[Row]:
    """Measure `TURNS` turns of one call over a real socket."""
    async with live_server() as live, live.call() as (_, stream):
        overheads_ms: list[float] = []
        live.puppets.transcriber.words = "Where is my order?"
        for _ in range(TURNS):
            await _quiet(stream)
            live.puppets.transcriber.words = "Where is my order?"
            overheads_ms.append(await _one_turn(stream))
    return [Row("own overhead per answer, p95", percentile(overheads_ms, 0.95), "ms", 20.0)]


async def _quiet(stream: TwilioStream) -> None:
    """Wait until our side has been silent for half a second."""
    count = -1
    while count != len(stream.received):
        count = len(stream.received)
        await stream.say(SILENCE * 40)


async def _one_turn(stream: TwilioStream) -> float:
    """Speak, be silent; return ms from the frame that ends the turn to our first sound."""
    await stream.say(TONE * 30)
    loop = asyncio.get_running_loop()
    seen = len(stream.received)
    deciding_frames = TurnTiming().end_ms // FRAME_MS
    due_s = loop.time()
    for _ in range(deciding_frames):
        due_s += FRAME_MS / 1000
        await asyncio.sleep(max(0.0, due_s - loop.time()))
        await stream.send_audio(SILENCE)
    decided_s = loop.time()
    talking = asyncio.create_task(stream.say(SILENCE * 100))
    while not any(message["event"] == "media" for message in stream.received[seen:]):
        stream._arrived.clear()
        await asyncio.wait_for(stream._arrived.wait(), 2)
    arrived_s = loop.time()
    talking.cancel()
    await asyncio.gather(talking, return_exceptions=True)
    return (arrived_s - decided_s) * 1000
