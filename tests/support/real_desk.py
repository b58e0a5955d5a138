"""The real server in front of the real desk, with engines that take no time, as the public reaches it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from copilot_desktop.calls.desk import CallDesk
from copilot_desktop.calls.events import CallEvent, CallRinging, EventFeed, Fact
from copilot_desktop.calls.ports import CallControl
from copilot_desktop.calls.states import Mode
from copilot_desktop.calls.transcript import Transcript
from copilot_desktop.calls.world import AnsweringSettings, CallSettings, World
from copilot_desktop.telephony.admission import Signer
from copilot_desktop.telephony.server import PhoneServer
from tests.support.puppets import Puppets
from tests.support.serving import LOST_SENTENCE, PUBLIC_URL, SECRET
from tests.support.twilio_line import TwilioLine

SETTINGS = CallSettings(
    AnsweringSettings(greeting="Hi.", waiting_sentence="One moment."),
    message="Nobody is here.",
    back_sentence="We are back.",
    transfer_failed_sentence="Nobody is there.",
)


@dataclass
class RealDesk:
    """With `accepts` every call is taken at once, by the AI."""

    server: PhoneServer
    desk: CallDesk
    puppets: Puppets
    facts: list[Fact] = field(default_factory=list)

    @property
    def local_url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def line(self) -> TwilioLine:
        """Return a new call that comes in through the public address."""
        return TwilioLine(self.local_url, SECRET, base_url=PUBLIC_URL)

    def said(self, line: TwilioLine) -> list[str]:
        """Return the words of one call, ours and the caller's."""
        facts = [fact for fact in self.facts if isinstance(fact, CallEvent) and fact.call_id == line.call_sid]
        return [utterance.text for utterance in Transcript.from_events(facts).utterances]


@asynccontextmanager
async def real_desk(
    settings: CallSettings = SETTINGS, *, control: CallControl | None = None, accepts: bool = True
) -> AsyncIterator[RealDesk]:
    """Serve calls; ends them and stops the server on leaving."""
    puppets, feed = Puppets(), EventFeed()
    desk = CallDesk(World(feed, puppets.engines(), control), settings)
    real = RealDesk(PhoneServer(desk, lost_stream_sentence=LOST_SENTENCE), desk, puppets)
    feed.subscribe(real.facts.append)

    def accept(fact: Fact) -> None:
        if accepts and isinstance(fact, CallRinging):
            asyncio.get_running_loop().call_soon(desk.accept, fact.call_id, Mode.AI_SPEAKS)

    feed.subscribe(accept)
    await real.server.start()
    real.server.signers.append(Signer(PUBLIC_URL, SECRET))
    try:
        yield real
    finally:
        await desk.close()
        await real.server.stop()


async def until(is_met: Callable[[], bool], within_s: float = 5.0) -> None:
    """Wait until `is_met` says so."""
    async with asyncio.timeout(within_s):
        while not is_met():
            await asyncio.sleep(0.02)


def run_with_desk(
    act: Callable[[RealDesk], Awaitable[None]],
    settings: CallSettings = SETTINGS,
    *,
    control: CallControl | None = None,
    accepts: bool = True,
) -> None:
    """Run `act` with a desk of its own."""

    async def main() -> None:
        async with real_desk(settings, control=control, accepts=accepts) as real:
            await act(real)

    asyncio.run(main())
