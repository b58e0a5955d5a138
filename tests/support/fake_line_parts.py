"""What a phone line stands on, in plain Python: a tunnel, a number, and someone who asks addresses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from copilot_desktop.calls.line import LineError, LineProblem, PhoneNumber
from copilot_desktop.telephony.admission import Signer
from copilot_desktop.telephony.number import Addresses

NUMBER = "+12025550123"


class FakeServer:
    """A server that is asked nothing."""

    def __init__(self) -> None:
        self.port = 4711
        self.nonce = "made-up-nonce"
        self.signers: list[Signer] = []
        self.on_signed_call: Callable[[Signer], None] = lambda signer: None


class FakePointer:
    """One number. `writes` are the addresses it got; `errors` are raised first, one a request."""

    def __init__(self) -> None:
        self.writes: list[Addresses] = []
        self.errors: list[LineError] = []
        self.requests = 0
        self.on_write: Callable[[Addresses], None] = lambda addresses: None

    @property
    def voice_url(self) -> str:
        """Where calls go."""
        return self.writes[-1].voice_url if self.writes else ""

    async def point_here(self, number: str, addresses: Addresses) -> PhoneNumber:
        """Write."""
        self.requests += 1
        await asyncio.sleep(0)
        if self.errors:
            raise self.errors.pop(0)
        self.on_write(addresses)
        self.writes.append(addresses)
        return PhoneNumber(sid="PN" + "0" * 32, number=number, voice_url=addresses.voice_url)


class FakeTunnel:
    """A tunnel whose addresses are name-1, name-2 … `errors` are raised on opening, in order."""

    is_own = False

    def __init__(self, name: str = "cloudflared", *, check_every_s: float = 3.0) -> None:
        self.name = name
        self.check_every_s = check_every_s
        self.helper_error: LineError | None = None
        self.errors: list[LineError] = []
        self.opened_at_s: list[float] = []
        self.is_open = False
        self._lost: asyncio.Future[LineProblem] | None = None

    async def find_helper(self) -> str:
        """Raise what `helper_error` says."""
        if self.helper_error is not None:
            raise self.helper_error
        return "1.0"

    async def open(self, port: int) -> str:
        """Take half a second."""
        loop = asyncio.get_running_loop()
        self.opened_at_s.append(loop.time())
        await asyncio.sleep(0.5)
        if self.errors:
            raise self.errors.pop(0)
        self.is_open = True
        self._lost = loop.create_future()
        return f"https://{self.name}-{len(self.opened_at_s)}.example"

    async def lost(self) -> LineProblem:
        """Wait for `lose`."""
        assert self._lost is not None
        return await asyncio.shield(self._lost)

    async def close(self) -> None:
        """Close."""
        self.is_open = False

    def lose(self, problem: LineProblem = LineProblem.HELPER_STOPPED) -> None:
        """The address stops working."""
        assert self._lost is not None
        self._lost.set_result(problem)


class FakeAsker:
    """Finds every address but those in `bad`, which it takes `slow_s` for."""

    def __init__(self) -> None:
        self.bad: dict[str, LineProblem] = {}
        self.everything: LineProblem | None = None
        self.slow_s = 0.0
        self.asked: list[str] = []

    async def check(self, base_url: str, *, may_be_local: bool = False) -> None:
        """Answer."""
        self.asked.append(base_url)
        problem = self.everything or self.bad.get(base_url)
        if problem is not None:
            await asyncio.sleep(self.slow_s)
            raise LineError(problem)
