"""PhoneLine: brings calls to this program and keeps it so: tunnel, address, number, one after the other.

The addresses written to the number carry no connection overrides (`#rc=2&rp=all`). The carrier tries a
failed connection twice anyhow, a blip of the tunnel outlasts a third attempt, and a plain address is what the
owner recognises and what other programs compare. A retried request would do no harm: calls have ids.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from copilot_desktop.calls.line import LineError, LineProblem, LineStatus, Step, StepState, StepView
from copilot_desktop.calls.ports import Tunnel
from copilot_desktop.telephony.admission import Signer
from copilot_desktop.telephony.line_board import LineBoard
from copilot_desktop.telephony.line_service import Asker, LineService, LineSettings, Pointer
from copilot_desktop.telephony.line_timing import LASTING, LineTiming
from copilot_desktop.telephony.racing import first_of
from copilot_desktop.telephony.reachability import Reachability, has_network

__all__ = ["Asker", "Attempt", "LineServer", "LineSettings", "LineTiming", "PhoneLine", "Pointer"]

log = logging.getLogger("copilot.telephony")


class LineServer(Protocol):
    """What the line needs of the server that calls are to reach. PhoneServer is one."""

    port: int
    nonce: str
    signers: list[Signer]
    on_signed_call: Callable[[Signer], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """How far a tunnel came, and why not further. For the details of "automatic"."""

    tunnel: str
    error: LineError
    steps: tuple[StepView, ...]

    @property
    def progress(self) -> int:
        """How many steps were done."""
        return sum(view.state is StepState.DONE for view in self.steps if view.step is not Step.TEST_CALL)


class PhoneLine:
    """The line of one number. Made on the loop; `open` it, and `close` it before the server stops.

    `tunnels`: in the order in which to try them. `pointer`: None: no account. `has_calls`: whether calls run
    that a new tunnel could cut off. Calls that run are never touched by a loss. All failures show in
    `status`; nothing is raised.
    """

    def __init__(
        self,
        server: LineServer,
        tunnels: Sequence[Tunnel],
        pointer: Pointer | None,
        settings: LineSettings,
        publish: Callable[[LineStatus], None],
        *,
        timing: LineTiming | None = None,
        asker: Asker | None = None,
        has_calls: Callable[[], bool] = lambda: False,
    ) -> None:
        self._server, self._tunnels, self._settings = server, list(tunnels), settings
        self._timing = timing or LineTiming()
        self._board = LineBoard(publish, gap_s=self._timing.publish_gap_s)
        self._settled, self._again = asyncio.Event(), asyncio.Event()
        self._service: LineService | None = None
        if pointer is not None:
            self._service = LineService(
                self._board,
                asker or Reachability(server.nonce),
                pointer,
                settings,
                self._timing,
                has_calls=has_calls,
                told=self._settled.set,
            )
        self._task: asyncio.Task[None] | None = None
        self._failures = 0
        self.attempts: tuple[Attempt, ...] = ()
        """The tunnels that did not work in the last round, and why."""

    @property
    def status(self) -> LineStatus:
        """How the line stands now."""
        return self._board.status

    @property
    def details(self) -> str:
        """The last lines of what it did, with times; no secrets and no phone numbers."""
        return self._board.notes

    async def open(self) -> None:
        """Begin, if number, account and key are there; returns at once. `publish` tells the rest."""
        service = self._service
        is_wanted = bool(self._settings.number and self._settings.auth_token) and service is not None
        self._board.change(is_wanted=is_wanted, number=self._settings.number)
        if service is None or not is_wanted:
            self._settled.set()
        elif self._task is None:
            self._server.on_signed_call = self._signed_call
            self._task = asyncio.create_task(self._live(service), name="phone line")

    async def settled(self) -> LineStatus:
        """Wait until the line is open, or the first round has failed; return how it stands."""
        await self._settled.wait()
        return self.status

    def set_up_again(self) -> None:
        """Do the whole checklist anew, at once. Safe at any time after `open`."""
        if self._task is not None:
            self._settled.clear()
            self._again.set()

    def number_changed(self) -> None:
        """Look at once where the number points: it, or what may be done to it, has changed."""
        if self._service is not None:
            self._service.ask_number_now()

    async def close(self) -> None:
        """Give up the address, within 5 s. The number stays as it is. Safe twice."""
        task, self._task = self._task, None
        self._board.close()
        if task is None:
            return
        if self._server.on_signed_call == self._signed_call:
            self._server.on_signed_call = _nobody
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        self._settled.set()

    # The life of the line.

    async def _live(self, service: LineService) -> None:
        while True:
            self._again.clear()
            self._failures = 0
            await first_of(self._keep_open(service), self._asked_again())
            self._board.note("set up again")
            self._board.change(tries=0)

    async def _asked_again(self) -> None:
        await self._again.wait()

    async def _keep_open(self, service: LineService) -> None:
        order = list(self._tunnels)
        while True:
            self._board.begin()
            error = await self._one_life(service, order)
            self._settled.set()
            is_steady = asyncio.get_running_loop().time() >= service.steady_from_s
            self._failures = 0 if is_steady else self._failures + 1
            if not self._settings.is_reconnecting:
                await self._asked_again()
            await self._pause(error)

    async def _one_life(self, service: LineService, order: list[Tunnel]) -> LineError:
        """Open the line by the first tunnel that works, and keep it; return why it ended.

        `order` gets the one that worked to its head: it is likely to work again.
        """
        tunnel = None
        service.steady_from_s = float("inf")
        try:
            tunnel, url = await self._connect_any(service, order)
            order.sort(key=lambda each: each is not tunnel)
            await first_of(service.serve(tunnel, url), _loss_of(tunnel))
        except LineError as error:
            if tunnel is not None:
                self._board.fail(error)
            return error
        except Exception as error:
            # Ours to mend, but never the end of the line.
            log.exception("the phone line failed")
            failure = LineError(LineProblem.HELPER_STOPPED, type(error).__name__)
            self._board.fail(failure)
            return failure
        else:
            raise AssertionError("service ends by its error only")
        finally:
            if tunnel is not None:
                await tunnel.close()

    async def _connect_any(self, service: LineService, order: Sequence[Tunnel]) -> tuple[Tunnel, str]:
        """Return the first tunnel that leads here, open, and its address.

        Raises:
            LineError: none does; of the one that got furthest.
        """
        self.attempts = ()
        for tunnel in tuple(order):
            try:
                return tunnel, await self._connect(service, tunnel)
            except LineError as error:
                self._board.fail(error)
                attempt = Attempt(tunnel=tunnel.name, error=error, steps=self.status.steps)
                self.attempts += (attempt,)
        if not self.attempts:
            self._board.work(Step.CONNECTED)
            self._board.fail(LineError(LineProblem.NOT_SET_UP))
            raise LineError(LineProblem.NOT_SET_UP)
        furthest = max(self.attempts, key=lambda each: each.progress)
        self._board.change(tunnel=furthest.tunnel)
        self._board.show(furthest.steps)
        raise furthest.error

    async def _connect(self, service: LineService, tunnel: Tunnel) -> str:
        """Take one tunnel as far as being reachable; closed again if it does not get there."""
        self._board.change(tunnel=tunnel.name, public_url="")
        try:
            self._board.work(Step.HELPER)
            self._board.done(Step.HELPER, await tunnel.find_helper())
            self._board.work(Step.CONNECTED)
            url = await tunnel.open(self._server.port)
            self._admit(url)
            self._board.change(public_url=url)
            self._board.done(Step.CONNECTED, url)
            self._board.note(f"{tunnel.name} gives {url}")
            await first_of(service.reach(tunnel, url), _loss_of(tunnel))
        except BaseException:
            await tunnel.close()
            raise
        return url

    def _admit(self, url: str) -> None:
        """Let in what is signed for `url`, before anyone is told of it. Older addresses stay good."""
        signer = Signer(url, self._settings.auth_token)
        if signer not in self._server.signers:
            self._server.signers.append(signer)

    def _signed_call(self, signer: Signer) -> None:
        """The server took a call that the carrier signed for one of our addresses."""
        is_done = self.status.view(Step.TEST_CALL).state is StepState.DONE
        if not is_done and signer.secret == self._settings.auth_token:
            self._board.note("a signed call has arrived")
            self._board.done(Step.TEST_CALL, f"{datetime.now():%H:%M}")

    async def _pause(self, error: LineError) -> None:
        if not has_network():
            self._board.note("this computer has no network")
        if self._failures:
            await asyncio.sleep(self._timing.pause_s(self._failures, self._hopeful(error).problem))

    def _hopeful(self, error: LineError) -> LineError:
        """Return the failure of a tunnel that may pass by itself, if the round failed with `error`."""
        errors = [attempt.error for attempt in self.attempts]
        return (
            next((each for each in errors if each.problem not in LASTING), error)
            if error in errors
            else error
        )


async def _loss_of(tunnel: Tunnel) -> None:
    raise LineError(await tunnel.lost(), f"{tunnel.name} is lost")


def _nobody(signer: Signer) -> None:
    """Nobody waits for a signed call."""
