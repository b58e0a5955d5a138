"""The tests' own clock: it jumps, but never past a working thread, and never hangs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.support.virtual_time import run_virtual


def test_hours_pass_at_once_and_in_order() -> None:
    async def main() -> list[str]:
        woken: list[str] = []

        async def sleeper(name: str, seconds: float) -> None:
            await asyncio.sleep(seconds)
            woken.append(name)

        started = asyncio.get_running_loop().time()
        await asyncio.gather(sleeper("late", 7200), sleeper("early", 60))
        assert asyncio.get_running_loop().time() - started == pytest.approx(7200)
        return woken

    started = time.monotonic()
    assert run_virtual(main()) == ["early", "late"]
    assert time.monotonic() - started < 5


def test_time_stands_still_while_a_thread_works() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        started = loop.time()
        async with asyncio.timeout(0.01):
            await asyncio.to_thread(time.sleep, 0.05)
        return loop.time() - started

    assert run_virtual(main()) == 0


def test_task_left_running_fails_the_test() -> None:
    kept: list[asyncio.Task[None]] = []

    async def main() -> None:
        kept.append(asyncio.create_task(asyncio.sleep(3600)))

    with pytest.raises(AssertionError, match="tasks left running"):
        run_virtual(main())


def test_qasync_loop_runs_timers_and_threads(qasync_run: Callable[[Coroutine[Any, Any, str]], str]) -> None:
    async def main() -> str:
        await asyncio.sleep(0.001)
        return await asyncio.to_thread(lambda: "done")

    for _ in range(2):
        assert qasync_run(main()) == "done"
