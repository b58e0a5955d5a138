"""A process of its own that floods a server with unsigned requests: `python -m tests.support.flood`.

Reads one JSON line on stdin (see `Flood`) and prints how many requests were answered with which status;
0 counts those that were not answered at all.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
from collections import Counter
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit


@dataclass(frozen=True)
class Flood:
    """`burst` requests go out at the same moment, `rate` of them a second. `url`: of the server."""

    url: str
    rate: int
    seconds: float
    burst: int = 1
    signature: str = ""


async def pour(flood: Flood) -> dict[str, int]:
    """Send everything; each request has a connection of its own."""
    loop = asyncio.get_running_loop()
    began_s, counts, tasks = loop.time(), Counter[str](), set[asyncio.Task[None]]()

    async def one() -> None:
        counts[await _status(flood)] += 1

    for index in range(round(flood.rate * flood.seconds / flood.burst)):
        await asyncio.sleep(max(0.0, began_s + index * flood.burst / flood.rate - loop.time()))
        tasks |= {asyncio.create_task(one()) for _ in range(flood.burst)}
    await asyncio.wait(tasks)
    return dict(counts)


async def _status(flood: Flood) -> str:
    body = urlencode(
        {"CallSid": "CA" + secrets.token_hex(16), "From": "+12025550100", "CallStatus": "ringing"}
    )
    head = [
        "POST /twilio/voice HTTP/1.1",
        "Host: desk.example.com",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
    ]
    if flood.signature:
        head.append(f"X-Twilio-Signature: {flood.signature}")
    parts = urlsplit(flood.url)
    try:
        async with asyncio.timeout(10):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writer.write(("\r\n".join(head) + "\r\n\r\n" + body).encode())
            line = (await reader.readline()).decode().split()
            await reader.read()
            writer.close()
            return line[1] if len(line) > 1 else "0"
    except (OSError, TimeoutError):
        return "0"


def main() -> None:
    """Take the flood from stdin."""
    print(json.dumps(asyncio.run(pour(Flood(**json.loads(sys.stdin.readline()))))), flush=True)


if __name__ == "__main__":
    main()
