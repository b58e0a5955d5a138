"""Server-sent events, with what can go wrong in the middle of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from tests.support.openai_peer.faults import Fault
from tests.support.openai_peer.peer import cut


class EventStream:
    """One answer in pieces."""

    def __init__(self, request: web.Request, fault: Fault | None) -> None:
        self._request, self._fault = request, fault
        self.response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "x-request-id": "req_peer"}
        )

    async def begin(self) -> None:
        """Send the headers."""
        await self.response.prepare(self._request)

    async def send(self, event: dict[str, Any] | str) -> None:
        """Send one event."""
        text = event if isinstance(event, str) else json.dumps(event)
        await self.response.write(f"data: {text}\n\n".encode())

    async def break_if_due(self) -> bool:
        """In the middle: do what was planned. True: the answer ends here."""
        if self._fault is Fault.STALL_MIDWAY:
            await asyncio.sleep(3600)
        elif self._fault is Fault.CUT_MIDWAY:
            cut(self.response)
            return True
        elif self._fault is Fault.GARBAGE:
            await self.send('{"type": "response.output_text.delta", "del')
            return True
        return False

    async def send_all(self, events: Iterable[dict[str, Any] | str]) -> web.StreamResponse:
        """Send the rest and end."""
        for event in events:
            await self.send(event)
        await self.response.write_eof()
        return self.response
