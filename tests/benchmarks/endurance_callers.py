"""A process of its own: so many practice callers, each calling again as soon as it has hung up.

Reads one JSON line on stdin (url, secret, seconds, callers), prints one JSON line a call that has ended.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from itertools import count
from typing import Any

from copilot_desktop.config import resources
from copilot_desktop.practice.caller import PracticeCaller
from copilot_desktop.practice.scenario import Scenario, load_scenarios
from tests.support.local_engines import local_engines

STEP_S = 2.0
"""Between the first calls of two callers."""


async def play(order: dict[str, Any]) -> None:
    """Call until the time is over; a call that has begun is spoken to its end."""
    ends_s = time.monotonic() + float(order["seconds"])
    scenarios = [each for each in load_scenarios(resources() / "practice") if each.agent is None]
    numbers = count()
    callers = int(order["callers"])
    await asyncio.gather(*(_again(order, scenarios, numbers, each, ends_s) for each in range(callers)))


async def _again(
    order: dict[str, Any], scenarios: list[Scenario], numbers: count[int], caller: int, ends_s: float
) -> None:
    await asyncio.sleep(caller * STEP_S)
    while time.monotonic() < ends_s:
        scenario = scenarios[next(numbers) % len(scenarios)]
        engines = local_engines()
        result = await PracticeCaller(
            scenario,
            voice=engines.caller_voice(scenario.persona),
            detector=engines.new_detector(),
            base_url=order["url"],
            secret=order["secret"],
        ).call()
        told = {
            "scenario": scenario.name,
            "outcome": result.outcome,
            "duration_ms": result.duration_ms,
            "gaps_ms": result.gaps_ms,
            "faults": result.faults,
        }
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    asyncio.run(play(json.loads(sys.stdin.readline())))
