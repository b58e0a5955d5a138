"""CallControl that remembers its orders, and refuses or forgets to answer when told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from copilot_desktop.calls.errors import CallControlError
from copilot_desktop.calls.events import CallId


class FakeControl:
    """`orders` are ("hang up",) and ("transfer", to, announcement, action_url)."""

    def __init__(self, *, refuses: bool = False, is_silent: bool = False) -> None:
        self.refuses, self.is_silent = refuses, is_silent
        self.orders: list[tuple[str, ...]] = []
        self.on_order: Callable[[], None] = lambda: None

    async def hang_up(self, call: CallId) -> None:
        await self._take("hang up")

    async def transfer(self, call: CallId, to: str, announcement: str, action_url: str = "") -> None:
        await self._take("transfer", to, announcement, action_url)

    async def _take(self, *order: str) -> None:
        self.orders.append(order)
        self.on_order()
        if self.is_silent:
            await asyncio.Event().wait()
        if self.refuses:
            raise CallControlError("the carrier refuses", is_retryable=False)
