"""LineService: one public address in service: reached, written to the number, and asked again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn, Protocol

from copilot_desktop.calls.line import LineError, LineProblem, PhoneNumber, Step
from copilot_desktop.calls.ports import Tunnel
from copilot_desktop.telephony.line_board import LineBoard
from copilot_desktop.telephony.line_timing import LineTiming
from copilot_desktop.telephony.number import Addresses
from copilot_desktop.telephony.webhooks import STATUS_PATH, VOICE_PATH

_PASSING = frozenset({LineProblem.CARRIER_UNREACHABLE, LineProblem.CARRIER_BUSY})
"""Says nothing about where the number points."""


class Pointer(Protocol):
    """Sends the calls of a number somewhere. NumberPointer is one."""

    async def point_here(self, number: str, addresses: Addresses) -> PhoneNumber:
        """Write and read back. Raises LineError."""
        ...


class Asker(Protocol):
    """Asks an address who is there. Reachability is one."""

    async def check(self, base_url: str, *, may_be_local: bool = False) -> None:
        """Return if it leads here. Raises LineError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSettings:
    """`number`: E.164; `fallback_url`: what answers callers while we do not; empty: nothing."""

    number: str = field(repr=False)
    auth_token: str = field(repr=False)
    """What the carrier signs with."""
    fallback_url: str = ""
    is_reconnecting: bool = True
    """What is lost is made anew, and the number told, without being asked."""


class LineService:
    """What the line does with an address once a tunnel gave one. Knows which address the number had last.

    `told` is called when the first round is over, for better or worse.
    """

    def __init__(
        self,
        board: LineBoard,
        asker: Asker,
        pointer: Pointer,
        settings: LineSettings,
        timing: LineTiming,
        *,
        has_calls: Callable[[], bool],
        told: Callable[[], None],
    ) -> None:
        self._board, self._asker, self._pointer = board, asker, pointer
        self._settings, self._timing = settings, timing
        self._has_calls, self._told = has_calls, told
        self._written_url = ""
        self._ask_number_at_s: float | None = None
        self._number_again = asyncio.Event()
        self.steady_from_s = float("inf")
        """Loop time from when on a loss counts as the first."""

    async def reach(self, tunnel: Tunnel, url: str) -> None:
        """Ask until `url` leads here. Raises LineError when it does not in time."""
        self._board.work(Step.REACHABLE)
        loop, timing = asyncio.get_running_loop(), self._timing
        began_s = loop.time()
        while True:
            try:
                await self._asker.check(url, may_be_local=tunnel.is_own)
            except LineError as error:
                is_plain = tunnel.is_own or error.problem is LineProblem.ADDRESS_ELSEWHERE
                within_s = timing.reach_soon_s if is_plain else timing.reach_within_s
                if loop.time() - began_s >= within_s:
                    raise
            else:
                self._board.done(Step.REACHABLE)
                return
            await asyncio.sleep(timing.reach_again_s)

    async def serve(self, tunnel: Tunnel, url: str) -> NoReturn:
        """Point the number to `url`, be open, and see to it that it stays so. Ends by LineError only."""
        self.steady_from_s = float("inf")
        await self._point(url)
        self.steady_from_s = asyncio.get_running_loop().time() + self._timing.steady_after_s
        while True:
            self._board.note("open")
            self._told()
            error = await self._first_miss(tunnel, url)
            await self._wait_for_return(tunnel, url, error)
            await self._point(url)

    def ask_number_now(self) -> None:
        """Write the number, or see why that cannot be, without waiting any longer."""
        self._ask_number_at_s = float("-inf")
        self._number_again.set()

    async def _sleep(self, limit_s: float) -> None:
        """Sleep, but not past `ask_number_now`."""
        try:
            async with asyncio.timeout(limit_s):
                await self._number_again.wait()
        except TimeoutError:
            return
        self._number_again.clear()

    # The number.

    async def _point(self, url: str) -> None:
        """Send the number's calls to `url`, trying for as long as it takes."""
        failures = 0
        while True:
            self._board.work(Step.NUMBER)
            try:
                await self._write(url)
            except LineError as error:
                if error.problem in _PASSING and self._written_url == url:
                    # It was read back in this run, and nothing says that it has changed since.
                    self._ask_number_later(error)
                    break
                self._board.fail(error)
                self._told()
                failures += 1
                await self._rest(failures, error)
            else:
                break
        self._board.done(Step.NUMBER, self._settings.number)

    async def _write(self, url: str) -> None:
        addresses = Addresses(
            voice_url=url + VOICE_PATH,
            fallback_url=self._settings.fallback_url,
            status_callback=url + STATUS_PATH,
        )
        await self._pointer.point_here(self._settings.number, addresses)
        self._written_url = url
        self._ask_number_at_s = asyncio.get_running_loop().time() + self._timing.number_again_s

    async def _rest(self, failures: int, error: LineError) -> None:
        if not self._settings.is_reconnecting:
            # Whoever wants another try asks for it.
            await self._number_again.wait()
        await self._sleep(self._timing.pause_s(failures, error.problem))

    def _ask_number_later(self, error: LineError) -> None:
        self._board.note(f"the number could not be read ({error.problem}); it had this address before")
        self._ask_number_at_s = asyncio.get_running_loop().time() + self._timing.longest_pause_s

    async def _make_sure(self, url: str) -> None:
        """See to a number that could not be read when the line was opened again."""
        if self._ask_number_at_s is None or asyncio.get_running_loop().time() < self._ask_number_at_s:
            return
        try:
            await self._write(url)
        except LineError as error:
            if error.problem in _PASSING:
                self._ask_number_later(error)
            else:
                await self._point(url)

    # The address.

    async def _first_miss(self, tunnel: Tunnel, url: str) -> LineError:
        """Ask through the address again and again; return why, when two answers in a row did not come."""
        misses = 0
        while True:
            await self._sleep(self._timing.check_again_s if misses else tunnel.check_every_s)
            try:
                await self._asker.check(url, may_be_local=tunnel.is_own)
            except LineError as error:
                misses += 1
                if misses >= 2:
                    return error
            else:
                misses = 0
                await self._make_sure(url)

    async def _wait_for_return(self, tunnel: Tunnel, url: str, error: LineError) -> None:
        """The address leads nowhere while the tunnel believes to live. Return if it comes back by itself.

        Raises LineError when only a new tunnel can help: not while calls run, whose sound may still pass.
        """
        loop = asyncio.get_running_loop()
        is_elsewhere = error.problem is LineProblem.ADDRESS_ELSEWHERE
        lost = LineError(error.problem if is_elsewhere else LineProblem.ADDRESS_LOST, error.detail)
        self._board.work(Step.REACHABLE)
        self._board.fail(lost)
        give_up_at_s, failures = loop.time() + self._timing.patience_s, 0
        while True:
            failures += 1
            await asyncio.sleep(self._timing.pause_s(failures, lost.problem))
            self._board.change(tries=self._board.status.tries + 1)
            try:
                await self._asker.check(url, may_be_local=tunnel.is_own)
            except LineError:
                is_late = loop.time() >= give_up_at_s and self._settings.is_reconnecting
                if is_late and not tunnel.is_own and not self._has_calls():
                    raise lost from None
            else:
                self._board.done(Step.REACHABLE)
                return
