"""What stands at the public address, for a fuzzer: media messages and the fields of webhooks.

`python -m tests.fuzz.entry [atheris options]` runs until it finds something; atheris must be installed for
that (`pip install atheris`; Linux, macOS). `-max_total_time=600` stops after ten minutes.
"""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module
from typing import cast
from urllib.parse import parse_qsl

from copilot_desktop.audio.frame import FRAME_BYTES
from copilot_desktop.calls.desk import CallDesk
from copilot_desktop.telephony import wire
from copilot_desktop.telephony.admission import Signer, Tokens
from copilot_desktop.telephony.caller_id import caller_id
from copilot_desktop.telephony.inbound import Inbound
from copilot_desktop.telephony.webhooks import Webhooks
from tests.support.fake_desk import FakeDesk

MOST_BYTES = 64_000
_SIGNER = Signer("https://desk.example.com", "secret")
_ALLOWED = frozenset({200, 204, 400})


def message(data: bytes) -> None:
    """A message of the media stream: understood, or refused as BadMessage, and never anything else."""
    try:
        found = wire.parse(data.decode("utf-8", errors="surrogateescape"))
    except wire.BadMessage:
        return
    if isinstance(found, wire.Media):
        for frame in Inbound(0).take(found.media.payload, found.media.timestamp, 0):
            assert len(frame.data) == FRAME_BYTES


def fields(data: bytes) -> None:
    """The fields of a webhook with a good signature: an answer of the protocol, whatever they hold."""
    pairs = dict(parse_qsl(data.decode("utf-8", errors="replace"), keep_blank_values=True))
    caller_id(pairs)

    async def answer() -> list[int]:
        webhooks = Webhooks(cast(CallDesk, FakeDesk()), Tokens(), "Sorry.")
        replies = [
            await webhooks.voice(_SIGNER, pairs),
            webhooks.next_verb(_SIGNER, pairs),
            webhooks.transferred(_SIGNER, pairs),
            webhooks.status(pairs),
        ]
        return [reply.status for reply in replies]

    assert _ALLOWED.issuperset(asyncio.run(answer()))


def entry(data: bytes) -> None:
    """Both: the first byte chooses."""
    if data:
        (message if data[0] % 2 else fields)(data[1:MOST_BYTES])


def main() -> int:
    """Hand `entry` to atheris."""
    try:
        atheris = import_module("atheris")
    except ImportError:
        print("atheris is not installed: pip install atheris", file=sys.stderr)
        return 2
    atheris.instrument_all()
    atheris.Setup(sys.argv, entry)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
