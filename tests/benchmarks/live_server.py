"""The real server and the real desk with engines that take no time, and calls on real sockets."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from copilot_desktop.calls.desk import CallDesk
from copilot_desktop.calls.events import CallId, CallRinging, EventFeed, Fact
from copilot_desktop.calls.states import Mode
from copilot_desktop.calls.world import AnsweringSettings, CallSettings, World
from copilot_desktop.telephony.admission import Signer
from copilot_desktop.telephony.server import PhoneServer
from tests.support.puppets import Puppets
from tests.support.twilio_line import TwilioLine, TwilioStream


class LiveServer:
    """A server on loopback whose desk accepts every call at once."""

    def __init__(self) -> None:
        self.puppets = Puppets()
        self.feed = EventFeed()
        settings = CallSettings(AnsweringSettings(greeting="Hi.", waiting_sentence="One moment."))
        self.desk = CallDesk(World(self.feed, self.puppets.engines()), settings)
        self.server = PhoneServer(self.desk, lost_stream_sentence="Sorry.")
        self.secret = secrets.token_hex(16)
        self.feed.subscribe(self._accept)

    def _accept(self, fact: Fact) -> None:
        if isinstance(fact, CallRinging):
            asyncio.get_running_loop().call_soon(self.desk.accept, fact.call_id, Mode.AI_SPEAKS)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    @asynccontextmanager
    async def call(self) -> AsyncIterator[tuple[CallId, TwilioStream]]:
        """Ring, be accepted, and open the stream."""
        line = TwilioLine(self.url, self.secret)
        token = await line.answered_token()
        async with line.stream(token) as stream:
            yield CallId(line.call_sid), stream
        await line.tell_status("completed")


@asynccontextmanager
async def live_server() -> AsyncIterator[LiveServer]:
    """Run a server; ends its calls and stops it on leaving."""
    live = LiveServer()
    await live.server.start()
    live.server.signers.append(Signer(live.url, live.secret, is_practice=True))
    try:
        yield live
    finally:
        await live.desk.close()
        await live.server.stop()
