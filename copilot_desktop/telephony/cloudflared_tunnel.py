"""CloudflaredTunnel: a tunnel by Cloudflare's program, as a supervised child process.

Quick: no account, another address at each start. Named: the owner's token and a host name that stays; where
it leads on this computer is set at Cloudflare, so the server's port must be fixed.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from copilot_desktop.calls.line import LineError, LineProblem
from copilot_desktop.telephony.child_process import ChildProcess, output_of
from copilot_desktop.telephony.helper_programs import find_program, free_port
from copilot_desktop.telephony.racing import first_of

if TYPE_CHECKING:
    import httpx

log = logging.getLogger("copilot.telephony")

_VERSION = re.compile(r"version\s+(\d[\w.]*)")
_PRINTED_ADDRESS = re.compile(r"https://([a-z0-9-]+\.trycloudflare\.com)\b")
_NOT_AN_ADDRESS = frozenset({"api.trycloudflare.com"})
"""It stands in error messages."""
_REGISTERED = "registered tunnel connection"
_REFUSED = re.compile(
    r"token is not valid|invalid tunnel secret|unauthorized|tunnel not found", re.IGNORECASE
)
_OFFLINE = re.compile(
    r"no such host|network is unreachable|no route to host|i/o timeout|dial tcp", re.IGNORECASE
)
_NOT_FOUND = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudflaredTiming:
    """Seconds."""

    version_within_s: float = 8.0
    open_within_s: float = 30.0
    settle_s: float = 1.5
    """From being connected until the name is known: asked too early, "unknown" is remembered on the way."""
    ask_every_s: float = 0.25
    watch_every_s: float = 1.5
    answer_within_s: float = 1.5
    lost_after_s: float = 6.0
    """It connects again by itself, but not for ever."""


class CloudflaredTunnel:
    """One tunnel. `token` and `hostname` make it a named one. `program`: its path; empty: see `folder`.

    `folder` is where the program may be besides PATH.
    """

    is_own = False

    def __init__(
        self,
        *,
        program: str = "",
        folder: Path | None = None,
        token: str = "",
        hostname: str = "",
        check_every_s: float = 3.0,
        timing: CloudflaredTiming | None = None,
    ) -> None:
        self.name = "cloudflared_named" if token else "cloudflared"
        self.check_every_s = check_every_s
        self._program, self._folder = program, folder
        self._token, self._hostname = token, hostname
        self._timing = timing or CloudflaredTiming()
        self._child: ChildProcess | None = None
        self._client: httpx.AsyncClient | None = None
        self._host = ""
        self._printed = ""
        self._is_registered = False

    async def find_helper(self) -> str:
        """Return the program's version.

        Raises:
            LineError: HELPER_MISSING: it is nowhere; HELPER_STOPPED: it is there and does not run.
        """
        program = await self._path()
        try:
            code, words = await output_of(
                [program, "--version"], name="cloudflared", within_s=self._timing.version_within_s
            )
        except TimeoutError:
            raise LineError(LineProblem.HELPER_STOPPED, "it does not answer") from None
        if code:
            raise LineError(LineProblem.HELPER_STOPPED, f"it ended with {code}")
        found = _VERSION.search(words)
        return found[1] if found else ""

    async def open(self, port: int) -> str:
        """Start the program and return the address once it is connected.

        Raises:
            LineError: HELPER_MISSING; HELPER_REFUSED: the token; ADDRESS_INVALID: a named tunnel without a
                host name; ADDRESS_NOT_REACHABLE: Cloudflare cannot be reached; HELPER_STOPPED.
        """
        await self.close()
        if self._token and not self._hostname:
            raise LineError(LineProblem.ADDRESS_INVALID, "the named tunnel has no host name")
        program = await self._path()
        await asyncio.to_thread(importlib.import_module, "httpx")
        try:
            async with asyncio.timeout(self._timing.open_within_s):
                self._start(program, port)
                assert self._child is not None
                await first_of(self._connected(), self._death(self._child))
        except TimeoutError:
            await self.close()
            raise LineError(LineProblem.ADDRESS_NOT_REACHABLE, "it gets no connection") from None
        except BaseException:
            await self.close()
            raise
        return f"https://{self._host}"

    async def lost(self) -> LineProblem:
        """Wait until the program has ended or hangs, is no longer connected, or has another address."""
        if self._child is None:
            return LineProblem.ADDRESS_LOST
        return await first_of(self._end_of(self._child), self._disconnection())

    async def close(self) -> None:
        """End the program."""
        child, self._child = self._child, None
        client, self._client = self._client, None
        try:
            if client is not None:
                await client.aclose()
        finally:
            if child is not None:
                await child.stop()

    async def _path(self) -> str:
        program = await asyncio.to_thread(
            find_program, "cloudflared", given=self._program, folder=self._folder
        )
        if not program:
            raise LineError(LineProblem.HELPER_MISSING, "cloudflared")
        return program

    def _start(self, program: str, port: int) -> None:
        import httpx

        metrics = f"127.0.0.1:{free_port()}"
        # The owner's own configuration of this program is for other tunnels, and would swallow our requests.
        command = [program, "tunnel", "--config", os.devnull, "--no-autoupdate", "--metrics", metrics]
        command += ["--protocol", "http2"]  # QUIC has torn live sound
        command += ["run"] if self._token else ["--url", f"http://127.0.0.1:{port}"]
        self._host, self._printed, self._is_registered = self._hostname if self._token else "", "", False
        # Loopback without encryption: reading the certificates would hold the loop for nothing.
        timeout_s, base = self._timing.answer_within_s, f"http://{metrics}"
        self._client = httpx.AsyncClient(base_url=base, timeout=timeout_s, verify=False, trust_env=False)  # noqa: S501
        self._child = ChildProcess(
            command,
            name="cloudflared",
            environment={"TUNNEL_TOKEN": self._token} if self._token else {},
            on_line=self._hear,
            secrets=(self._token,),
        )
        self._child.start()

    def _hear(self, line: str) -> None:
        if _REGISTERED in line.lower():
            self._is_registered = True
        found = _PRINTED_ADDRESS.search(line)
        if found and found[1] not in _NOT_AN_ADDRESS:
            self._printed = found[1]

    async def _connected(self) -> None:
        while not (self._host and await self._is_ready()):
            await asyncio.sleep(self._timing.ask_every_s)
            self._host = self._host or await self._quick_host()
        if not self._token:
            await asyncio.sleep(self._timing.settle_s)

    async def _quick_host(self) -> str:
        answer = await self._ask("/quicktunnel")
        host = answer[1].get("hostname", "") if answer else ""
        return host if isinstance(host, str) and host else self._printed

    async def _is_ready(self) -> bool:
        answer = await self._ask("/ready")
        if answer is None or answer[0] == _NOT_FOUND:
            # Without that page, what it printed must do.
            return self._is_registered
        return answer[0] == 200

    async def _ask(self, path: str) -> tuple[int, dict[str, Any]] | None:
        """Return status and content of a page of the metrics; None: no answer in time."""
        import httpx

        client = self._client
        if client is None:
            return None
        try:
            async with asyncio.timeout(self._timing.answer_within_s):
                response = await client.get(path)
        except (httpx.HTTPError, TimeoutError):
            return None
        try:
            content = json.loads(response.content[:4096])
        except ValueError:
            content = {}
        return response.status_code, content if isinstance(content, dict) else {}

    async def _disconnection(self) -> LineProblem:
        """Wait until nothing good was heard of it for a while, or it has another address."""
        loop, timing = asyncio.get_running_loop(), self._timing
        good_at, has_metrics = loop.time(), await self._ask("/ready") is not None
        while True:
            await asyncio.sleep(timing.watch_every_s)
            answer = await self._ask("/ready")
            if answer is not None and answer[0] in (200, _NOT_FOUND):
                good_at = loop.time()
                if not self._token and await self._quick_host() not in ("", self._host):
                    return LineProblem.ADDRESS_LOST
            elif not has_metrics and answer is None:
                # There never were any; only its end can tell.
                good_at = loop.time()
            if loop.time() - good_at >= timing.lost_after_s:
                return LineProblem.HELPER_STOPPED if answer is None else LineProblem.ADDRESS_LOST

    async def _death(self, child: ChildProcess) -> None:
        code = await child.ended()
        raise _why_ended(code, "\n".join(child.tail))

    @staticmethod
    async def _end_of(child: ChildProcess) -> LineProblem:
        code = await child.ended()
        log.info("cloudflared has ended by itself (%d)", code)
        return LineProblem.HELPER_STOPPED


def _why_ended(code: int, words: str) -> LineError:
    if _REFUSED.search(words):
        return LineError(LineProblem.HELPER_REFUSED, "cloudflared")
    if _OFFLINE.search(words):
        return LineError(LineProblem.ADDRESS_NOT_REACHABLE, "Cloudflare cannot be reached from here")
    return LineError(LineProblem.HELPER_STOPPED, f"cloudflared ended with {code}")
