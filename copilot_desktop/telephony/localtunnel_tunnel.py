"""LocaltunnelTunnel: a tunnel by the `localtunnel` program of Node. The last resort: names get lost there."""

from __future__ import annotations

import asyncio
import re

from copilot_desktop.calls.line import LineError, LineProblem
from copilot_desktop.telephony.child_process import ChildProcess, output_of
from copilot_desktop.telephony.helper_programs import find_program
from copilot_desktop.telephony.racing import first_of

_ADDRESS = re.compile(r"your url is:\s*(https://\S+)", re.IGNORECASE)
_VERSION = re.compile(r"^\d+(\.\d+)+$", re.MULTILINE)


class LocaltunnelTunnel:
    """One tunnel. Its program is `lt`, or what `npx` finds installed; nothing is ever downloaded."""

    name = "localtunnel"
    is_own = False

    def __init__(
        self,
        *,
        program: str = "",
        check_every_s: float = 3.0,
        open_within_s: float = 20.0,
        version_within_s: float = 10.0,
    ) -> None:
        self.check_every_s = check_every_s
        self._program = program
        self._open_within_s, self._version_within_s = open_within_s, version_within_s
        self._child: ChildProcess | None = None
        self._address = ""
        self._has_address = asyncio.Event()

    async def find_helper(self) -> str:
        """Return the program's version.

        Raises:
            LineError: HELPER_MISSING: it is not installed, or does not run.
        """
        command = await self._command()
        try:
            code, words = await output_of(
                [*command, "--version"], name="localtunnel", within_s=self._version_within_s
            )
        except TimeoutError:
            raise LineError(LineProblem.HELPER_MISSING, "it does not answer") from None
        if code:
            raise LineError(LineProblem.HELPER_MISSING, "localtunnel")
        found = _VERSION.search(words)
        return found[0] if found else ""

    async def open(self, port: int) -> str:
        """Start the program and return the address that it prints.

        Raises:
            LineError: HELPER_MISSING; HELPER_STOPPED; ADDRESS_NOT_REACHABLE: it gets none in time.
        """
        await self.close()
        command = [*await self._command(), "--port", str(port), "--local-host", "127.0.0.1"]
        self._address = ""
        self._has_address.clear()
        self._child = ChildProcess(command, name="localtunnel", on_line=self._hear)
        self._child.start()
        try:
            async with asyncio.timeout(self._open_within_s):
                await first_of(self._arrival(), self._death(self._child))
        except TimeoutError:
            await self.close()
            raise LineError(LineProblem.ADDRESS_NOT_REACHABLE, "it gets no address") from None
        except BaseException:
            await self.close()
            raise
        return self._address

    async def lost(self) -> LineProblem:
        """Wait until the program has ended; a lost name only shows from outside."""
        if self._child is not None:
            await self._child.ended()
        return LineProblem.HELPER_STOPPED

    async def close(self) -> None:
        """End the program."""
        child, self._child = self._child, None
        if child is not None:
            await child.stop()

    async def _command(self) -> list[str]:
        def find() -> list[str]:
            if program := find_program("lt", given=self._program):
                return [program]
            npx = "" if self._program else find_program("npx")
            return [npx, "--no-install", "localtunnel"] if npx else []

        command = await asyncio.to_thread(find)
        if not command:
            raise LineError(LineProblem.HELPER_MISSING, "localtunnel")
        return command

    def _hear(self, line: str) -> None:
        if found := _ADDRESS.search(line):
            self._address = found[1].rstrip("/")
            self._has_address.set()

    async def _arrival(self) -> None:
        await self._has_address.wait()

    @staticmethod
    async def _death(child: ChildProcess) -> None:
        raise LineError(LineProblem.HELPER_STOPPED, f"localtunnel ended with {await child.ended()}")
