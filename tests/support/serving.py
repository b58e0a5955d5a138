"""A real PhoneServer on loopback with a fake desk behind it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import cast

from copilot_desktop.calls.desk import CallDesk
from copilot_desktop.telephony.server import PhoneServer
from copilot_desktop.telephony.webhooks import Signer
from tests.support.fake_desk import FakeDesk
from tests.support.twilio_line import TwilioLine

SECRET = "made-up-auth-token"
PUBLIC_URL = "https://desk.example.com"
LOST_SENTENCE = "We lost the connection & will call you back."


@dataclass
class Serving:
    """A running server, its desk, and where it listens."""

    server: PhoneServer
    desk: FakeDesk
    local_url: str

    def line(self) -> TwilioLine:
        """Return a new call that comes in through the public address."""
        return TwilioLine(self.local_url, SECRET, base_url=PUBLIC_URL)


@contextlib.asynccontextmanager
async def serving(desk: FakeDesk | None = None) -> AsyncIterator[Serving]:
    """Start a server for `PUBLIC_URL`, and stop it at the end."""
    desk = desk or FakeDesk()
    server = PhoneServer(cast(CallDesk, desk), lost_stream_sentence=LOST_SENTENCE)
    server.signers.append(Signer(PUBLIC_URL + "/", SECRET))
    port = await server.start()
    try:
        yield Serving(server, desk, f"http://127.0.0.1:{port}")
    finally:
        await server.stop()
