"""An asyncio loop whose clock jumps to the next timer instead of waiting for it."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar

T = TypeVar("T")

_DEADLOCK_S = 5.0


class _JumpingSelector(selectors.DefaultSelector):
    """Polls, and counts the time it was asked to wait as passed; while a thread works, time stands still."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 1000.0
        self.thread_count = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready now; with nothing to wait for in time, wait for a thread, but not for ever."""
        if timeout is None or (timeout > 0 and self.thread_count):
            ready = super().select(_DEADLOCK_S)
            if not ready:
                raise RuntimeError("every task waits and nothing is to come: the test is deadlocked")
            return ready
        ready = super().select(0)
        if not ready and timeout > 0:
            self.now_s += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Hours pass in milliseconds; the order of timers is that of the real loop."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """The virtual clock, seconds."""
        return self._jumping.now_s

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, work: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """As ever; the clock waits for it, or a time limit would pass before the thread has begun."""
        self._jumping.thread_count += 1
        future = super().run_in_executor(executor, work, *args)
        future.add_done_callback(self._thread_done)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Without newer Pythons' time limit, which would pass before a thread has ended."""
        await super().shutdown_default_executor()

    def _thread_done(self, future: asyncio.Future[Any]) -> None:
        self._jumping.thread_count -= 1


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` to its end under virtual time; tasks it leaves running fail the test."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:

        async def checked() -> T:
            result = await main
            left = asyncio.all_tasks() - {asyncio.current_task()}
            assert not left, f"tasks left running: {left}"
            return result

        return runner.run(checked())
