"""Trials: an engine at rest is tried beside the one that serves; no caller waits to learn if it works."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from copilot_desktop.calls.errors import EngineFault, EngineUnavailable
from copilot_desktop.engines.engine_health import EngineHealth, fault_in

T = TypeVar("T")


async def next_within(stream: AsyncIterator[T], limit_s: float, engine: str) -> T | None:
    """Return the next of `stream`, None at its end. Raises EngineUnavailable: TOO_SLOW."""
    try:
        async with asyncio.timeout(limit_s):
            return await anext(stream, None)
    except TimeoutError:
        raise EngineUnavailable(engine, "too slow", fault=EngineFault.TOO_SLOW) from None


@asynccontextmanager
async def closed_after(stream: AsyncIterator[T]) -> AsyncIterator[AsyncIterator[T]]:
    """Close `stream` at the end where it is a generator, so that nothing of it runs on."""
    try:
        yield stream
    finally:
        if (close := getattr(stream, "aclose", None)) is not None:
            await close()


class Trials:
    """Owns the tasks in which engines at rest are tried; at most one an engine."""

    def __init__(self, health: EngineHealth) -> None:
        self._health = health
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, served: int, attempt: Callable[[int], Awaitable[None]]) -> None:
        """Try, in the background, every engine at rest that is better than `served` and whose time has come.

        `attempt` returns when the engine of that number has shown that it works, within its own time
        limit, or raises.
        """
        for index in range(served):
            if self._health.is_resting(index) and self._health.begin_trial(index):
                task = asyncio.create_task(self._try(index, attempt))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up all trials."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _try(self, index: int, attempt: Callable[[int], Awaitable[None]]) -> None:
        loop = asyncio.get_running_loop()
        begun_s = loop.time()
        is_done = False
        try:
            await attempt(index)
            self._health.works(index, round((loop.time() - begun_s) * 1000))
            is_done = True
        except Exception as error:
            self._health.failed(index, fault_in(error))
            is_done = True
        finally:
            if not is_done:
                self._health.give_up_trial(index)
