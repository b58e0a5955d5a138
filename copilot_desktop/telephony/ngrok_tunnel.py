"""NgrokTunnel: a tunnel by ngrok's official library, which runs in a child process."""

from __future__ import annotations

import asyncio
import importlib.metadata
import importlib.util
import json
import logging
from pathlib import Path
from typing import Any

from copilot_desktop.calls.line import LineError, LineProblem
from copilot_desktop.telephony import ngrok_child
from copilot_desktop.telephony.child_process import ChildProcess, own_command
from copilot_desktop.telephony.racing import first_of

log = logging.getLogger("copilot.telephony")

CHILD_ARGUMENT = "--ngrok-child"
"""Makes the frozen program be the child: see `ngrok_child`."""

_TRANSIENT_CODES = frozenset({108, 121, 334})
"""Used by another session at this moment: too many sessions, an agent too many, the address is taken."""
_WATCH_EVERY_S = 0.5


class NgrokTunnel:
    """A tunnel of an ngrok account. `domain`: a name reserved there; empty: the one it gives.

    Its free plan counts requests, so the address is asked seldom. What tells of a loss is the service's own
    heartbeat: none for `silent_after_s` means lost, and so does a child that says nothing for as long.
    """

    name = "ngrok"
    is_own = False

    def __init__(
        self,
        authtoken: str,
        *,
        domain: str = "",
        check_every_s: float = 300.0,
        open_within_s: float = 20.0,
        silent_after_s: float = 8.0,
    ) -> None:
        self._authtoken, self._domain = authtoken, domain
        self.check_every_s = check_every_s
        self._open_within_s, self._silent_after_s = open_within_s, silent_after_s
        self._child: ChildProcess | None = None
        self._opened: asyncio.Future[str] | None = None
        self._said_at = self._heartbeat_at = 0.0
        self._has_heartbeats = False

    async def find_helper(self) -> str:
        """Return the library's version.

        Raises:
            LineError: HELPER_MISSING: it is not installed.
        """
        if not await asyncio.to_thread(importlib.util.find_spec, "ngrok"):
            raise LineError(LineProblem.HELPER_MISSING, "ngrok")
        try:
            return importlib.metadata.version("ngrok")
        except importlib.metadata.PackageNotFoundError:
            return ""

    async def open(self, port: int) -> str:
        """Start the child and return the address that ngrok gave.

        Raises:
            LineError: HELPER_REFUSED: key, name or plan; HELPER_STOPPED; ADDRESS_NOT_REACHABLE: ngrok itself
                cannot be reached.
        """
        await self.close()
        loop = asyncio.get_running_loop()
        self._opened, self._has_heartbeats = loop.create_future(), False
        self._child = self._new_child(port)
        self._child.start()
        try:
            async with asyncio.timeout(self._open_within_s):
                return await first_of(self._address(self._opened), self._death(self._child))
        except TimeoutError:
            await self.close()
            raise LineError(LineProblem.ADDRESS_NOT_REACHABLE, "ngrok does not answer") from None
        except BaseException:
            await self.close()
            raise

    async def lost(self) -> LineProblem:
        """Wait until the child has ended or hangs, or ngrok's service has gone silent."""
        if self._child is None:
            return LineProblem.ADDRESS_LOST
        return await first_of(self._end_of(self._child), self._silence())

    async def close(self) -> None:
        """End the child; ngrok gives the name free."""
        child, self._child = self._child, None
        if child is not None:
            await child.stop()

    def _new_child(self, port: int) -> ChildProcess:
        order = {"port": port, "authtoken": self._authtoken, "domain": self._domain}
        return ChildProcess(
            own_command(CHILD_ARGUMENT, str(Path(ngrok_child.__file__))),
            name="ngrok",
            first_line=json.dumps(order) + "\n",
            on_line=self._hear,
            secrets=(self._authtoken,),
        )

    def _hear(self, line: str) -> None:
        try:
            message = json.loads(line)
        except ValueError:
            return
        if not isinstance(message, dict):
            return
        self._said_at = asyncio.get_running_loop().time()
        match message.get("event"):
            case "open":
                self._heartbeat_at = self._said_at
                self._settle(str(message.get("url", "")).rstrip("/"))
            case "heartbeat":
                self._heartbeat_at, self._has_heartbeats = self._said_at, True
            case "disconnected":
                # Until the next heartbeat: the library connects again by itself, and often succeeds.
                log.info("ngrok has lost its connection and tries again")
                half = self._said_at - self._silent_after_s / 2
                self._heartbeat_at, self._has_heartbeats = min(self._heartbeat_at, half), True
            case "failed":
                self._settle(_why_failed(message))

    def _settle(self, result: str | LineError) -> None:
        if self._opened is None or self._opened.done():
            return
        if isinstance(result, LineError):
            self._opened.set_exception(result)
        else:
            self._opened.set_result(result)

    @staticmethod
    async def _address(opened: asyncio.Future[str]) -> str:
        return await opened

    @staticmethod
    async def _death(child: ChildProcess) -> str:
        code = await child.ended()
        raise LineError(LineProblem.HELPER_STOPPED, f"ngrok ended with {code}")

    @staticmethod
    async def _end_of(child: ChildProcess) -> LineProblem:
        await child.ended()
        return LineProblem.HELPER_STOPPED

    async def _silence(self) -> LineProblem:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_WATCH_EVERY_S)
            if loop.time() - self._said_at > self._silent_after_s:
                return LineProblem.HELPER_STOPPED
            # A library that never told of heartbeats is not lost for that.
            if self._has_heartbeats and loop.time() - self._heartbeat_at > self._silent_after_s:
                return LineProblem.ADDRESS_LOST


def _why_failed(message: dict[str, Any]) -> LineError:
    """Return the problem behind what ngrok said. Its words may name accounts, so only its number goes on."""
    code = message.get("code")
    number = code if isinstance(code, int) else 0
    if not number:
        return LineError(LineProblem.ADDRESS_NOT_REACHABLE, "ngrok cannot be reached from here")
    problem = LineProblem.HELPER_STOPPED if number in _TRANSIENT_CODES else LineProblem.HELPER_REFUSED
    return LineError(problem, f"ngrok {number}")
