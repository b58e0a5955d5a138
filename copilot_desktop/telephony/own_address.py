"""OwnAddress: the owner has an https address that leads here already; there is nothing to start."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from copilot_desktop.calls.line import LineError, LineProblem


class OwnAddress:
    """The tunnel that is none. `base_url`: "https://host", as the settings have it."""

    name = "own"
    is_own = True

    def __init__(self, base_url: str, *, check_every_s: float = 3.0) -> None:
        self._base_url = base_url.strip().rstrip("/")
        self.check_every_s = check_every_s

    async def find_helper(self) -> str:
        """None is needed."""
        return ""

    async def open(self, port: int) -> str:
        """Return the address. That it leads to `port` is the owner's affair.

        Raises:
            LineError: ADDRESS_INVALID: it is not https, or has no name.
        """
        parts = urlsplit(self._base_url)
        if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
            raise LineError(LineProblem.ADDRESS_INVALID, "not https://name")
        return self._base_url

    async def lost(self) -> LineProblem:
        """Never returns: only a request through the address can tell."""
        await asyncio.Event().wait()
        return LineProblem.ADDRESS_LOST

    async def close(self) -> None:
        """There is nothing to close."""
