"""What a frame costs in our server, against a bare Quart WebSocket in the same run; and 25 calls at once.

Run it with `python -m tests.benchmarks.bench_server`. The calls come from a process of their own.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

from copilot_desktop.audio.frame import AudioFrame
from copilot_desktop.calls.events import CallId
from tests.benchmarks.load_client import Load, sent_at_s
from tests.benchmarks.rows import Row, percentile, table
from tests.support.fake_desk import FakeDesk, FakeSession
from tests.support.serving import Serving, serving

CALLS = 10
MANY_CALLS = 25
ROUNDS = 3
SECONDS = 4.0
IN_TIME_MS = 20.0


async def run() -> list[Row]:
    """Measure both servers in turn with ten calls, then ours with 25.

    The cheapest round of each counts: noise only ever adds.
    """
    quart_us: list[float] = []
    ours_us: list[float] = []
    for _ in range(ROUNDS):
        quart_us.append(await _cost_of_quart(CALLS))
        ours_us.append((await _cost_of_ours(CALLS))[0])
    _, delays_ms = await _cost_of_ours(MANY_CALLS)
    late_percent = 100 * sum(delay > IN_TIME_MS for delay in delays_ms) / len(delays_ms)
    ratio = min(ours_us) / min(quart_us)
    return [
        Row("a frame in and out, our CPU to a bare Quart echo's", ratio, "×", 1.5),
        Row("a frame in and out, our CPU", min(ours_us), "µs", 1.5 * min(quart_us), min(quart_us)),
        Row(f"{MANY_CALLS} calls: frames heard later than {IN_TIME_MS:.0f} ms", late_percent, "%", 1.0),
        Row(f"{MANY_CALLS} calls: frame sent → heard, p99", percentile(delays_ms, 0.99), "ms", IN_TIME_MS),
    ]


async def _cost_of_ours(calls: int) -> tuple[float, list[float]]:
    delays_ms: list[float] = []

    def echo(session: FakeSession, frame: AudioFrame) -> None:
        delays_ms.append((time.monotonic() - sent_at_s(frame.data)) * 1000)
        session.frames.clear()
        if session.link is not None:
            session.link.send(frame.data)

    desk = FakeDesk()
    desk.on_frame = echo
    async with serving(desk) as served:
        load = await load_of(served, calls)
        cost_us = await _measure(load)
        assert len(delays_ms) >= calls * SECONDS * 50
    return cost_us, delays_ms


async def load_of(served: Serving, calls: int) -> Load:
    """Return a load of so many calls that are answered already."""
    starts = []
    signature = served.line().handshake_signature()
    for _ in range(calls):
        line = served.line()
        starts.append(_start(line.call_sid, await line.answered_token()))
        assert CallId(line.call_sid) in served.desk.sessions
    url = served.local_url.replace("http", "ws", 1) + "/twilio/media"
    return Load(url, signature, starts, SECONDS)


async def _cost_of_quart(calls: int) -> float:
    async with _bare_quart() as url:
        starts = [_start(f"CA{number:032}", "") for number in range(calls)]
        return await _measure(Load(url, "", starts, SECONDS))


@contextlib.asynccontextmanager
async def _bare_quart() -> AsyncIterator[str]:
    """Serve the plainest echo of media messages, with the same Hypercorn settings as ours."""
    from quart import Quart, websocket

    from copilot_desktop.telephony.admission import Counters
    from copilot_desktop.telephony.connections import Connections

    app = Quart("bare_echo", root_path=".", static_folder=None)

    @app.websocket("/echo")
    async def echo() -> None:
        while True:
            message = json.loads(await websocket.receive())
            if message["event"] == "media":
                audio = base64.b64decode(message["media"]["payload"])
                payload = base64.b64encode(audio).decode()
                answer = {"event": "media", "streamSid": message["streamSid"], "media": {"payload": payload}}
                await websocket.send(json.dumps(answer))

    connections = Connections(app, Counters())
    server = await asyncio.start_server(connections.serve, "127.0.0.1", 0)
    try:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/echo"
    finally:
        server.close()
        await connections.finish()
        await connections.end()


def _start(call_sid: str, token: str) -> dict[str, Any]:
    stream_sid = "MZ" + call_sid[2:]
    body = {
        "accountSid": "AC" + "0" * 32,
        "streamSid": stream_sid,
        "callSid": call_sid,
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"token": token},
    }
    return {"event": "start", "sequenceNumber": "1", "streamSid": stream_sid, "start": body}


async def _measure(load: Load) -> float:
    """Let the load's process call us and return our CPU in µs for each frame it sent."""
    client = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.benchmarks.load_client",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert client.stdin is not None
    assert client.stdout is not None
    client.stdin.write(json.dumps(asdict(load)).encode() + b"\n")
    assert await client.stdout.readline() == b"ready\n"
    began_s = time.process_time()
    client.stdin.write(b"go\n")
    counts = json.loads(await client.stdout.readline())
    spent_s = time.process_time() - began_s
    await client.wait()
    assert counts["received"] >= counts["sent"] * 0.99, counts
    return spent_s * 1e6 / float(counts["sent"])


if __name__ == "__main__":
    print(table(asyncio.run(run())))
