"""A process of its own that plays many calls at once, so that its work does not count as the server's.

Reads one JSON line on stdin (see `Load`), opens all streams, prints "ready", waits for another line, sends
for the time given and prints how many messages went and came. Every payload begins with the time of
sending, on the clock that all processes of the machine share.
"""

from __future__ import annotations

import asyncio
import base64
import json
import struct
import sys
import time
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

FRAME_S = 0.02
_REST = bytes(range(152))


@dataclass(frozen=True)
class Load:
    """What to play: one entry of `starts` a call, sent as it is when the socket is open."""

    url: str
    signature: str
    starts: list[dict[str, Any]]
    seconds: float


def sent_at_s(payload: bytes) -> float:
    """Return when a payload of this client was sent."""
    (stamp,) = struct.unpack_from("<d", payload)
    return float(stamp)


class Caller:
    """One call of the load."""

    def __init__(self, socket: ClientConnection, start: dict[str, Any]) -> None:
        self._socket = socket
        self._start = start
        self.sent = 0
        self.received = 0

    async def open(self) -> None:
        await self._socket.send(json.dumps(self._start))

    async def listen(self) -> None:
        try:
            async for _ in self._socket:
                self.received += 1
        except ConnectionClosed:
            return

    async def talk(self, first_s: float, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        head = f'{{"event":"media","sequenceNumber":"1","streamSid":"{self._start["streamSid"]}","media":'
        for index in range(int(seconds / FRAME_S)):
            await asyncio.sleep(max(0.0, first_s + index * FRAME_S - loop.time()))
            payload = base64.b64encode(struct.pack("<d", time.monotonic()) + _REST).decode()
            sound = (
                f'{{"track":"inbound","chunk":"{index}","timestamp":"{index * 20}","payload":"{payload}"}}}}'
            )
            await self._socket.send(head + sound)
            self.sent += 1


async def play(load: Load) -> dict[str, int]:
    """Play all calls of `load`, spread evenly over the 20 ms of a frame."""
    headers = {"X-Twilio-Signature": load.signature}
    callers = []
    for start in load.starts:
        socket = await connect(load.url, additional_headers=headers, compression=None)
        callers.append(Caller(socket, start))
        await callers[-1].open()
    listeners = [asyncio.create_task(caller.listen()) for caller in callers]
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    begin_s = asyncio.get_running_loop().time() + 0.05
    step_s = FRAME_S / len(callers)
    await asyncio.gather(
        *(caller.talk(begin_s + index * step_s, load.seconds) for index, caller in enumerate(callers))
    )
    await asyncio.sleep(0.1)
    for listener in listeners:
        listener.cancel()
    return {
        "sent": sum(caller.sent for caller in callers),
        "received": sum(caller.received for caller in callers),
    }


def main() -> None:
    """Take the load from stdin."""
    load = Load(**json.loads(sys.stdin.readline()))
    print(json.dumps(asyncio.run(play(load))), flush=True)


if __name__ == "__main__":
    main()
