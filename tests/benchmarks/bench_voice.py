"""How soon callers are answered, how well interruptions are told from noises, and 25 calls at once.

The engines elsewhere have fixed delays; their plain sum, one after the other, is the floor of a design in
which nothing runs side by side. `python -m tests.benchmarks.bench_voice`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median

from copilot_desktop.config import resources
from copilot_desktop.engines.local import LocalEngines
from tests.benchmarks.rows import Row, table
from tests.benchmarks.voice.callers import Told
from tests.benchmarks.voice.corpus import corpus
from tests.benchmarks.voice.desk import Times, voice_desk
from tests.benchmarks.voice.peer_process import TRANSCRIPTION_S

_MANY = 25
_APART_S = 0.37
_NOWHERE = "http://127.0.0.1:9/v1"


async def run() -> list[Row]:
    """Measure all of it; some eight minutes."""
    await asyncio.to_thread(corpus)
    local = LocalEngines(resources() / "models" / "minilm" / "tokenizer.json")
    await local.load()
    try:
        async with _peer() as base_url:
            rows = [
                *await _answers(local, base_url, "file", "HTTP transcription", 1.0),
                *await _answers(local, base_url, "live", "streaming transcription", 0.85),
                *await _answers_here(local),
                *await _many(local, base_url),
            ]
            # What is counted and not timed may run side by side.
            counted = await asyncio.gather(
                _paused(local, base_url, "file", "HTTP transcription"),
                _paused(local, base_url, "live", "streaming transcription"),
                _paused(local, base_url, "embedded", "embedded"),
                _noises(local, base_url, "listening", 21, "times “uh-huh”, “yes”…"),
                _noises(local, base_url, "noises", 20, "coughs, clicks and breaths"),
            )
            return [*rows, *await _interruptions(local, base_url), *counted]
    finally:
        local.close()


@asynccontextmanager
async def _peer() -> AsyncIterator[str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.voice.peer_process"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.stdin.close()
        await process.wait()


async def _answers(local: LocalEngines, base_url: str, hearing: str, name: str, limit: float) -> list[Row]:
    times = Times()
    async with voice_desk(local, base_url, hearing, times) as desk:
        (told,) = await desk.play("sentences")
        dropped = desk.dropped_a_turn
    plain_ms = times.sum_ms(TRANSCRIPTION_S * 1000)
    waited_ms = median(told.waits)
    return [
        Row(f"caller's last sound → ours, {name}, median", waited_ms, "ms", plain_ms * limit, plain_ms),
        Row(f"the same to the plain sum of its engines, {name}", waited_ms / plain_ms, "×", limit),
        Row(f"answers begun early and thrown away a turn, {name}", dropped, "", 2),
    ]


async def _answers_here(local: LocalEngines) -> list[Row]:
    async with voice_desk(local, _NOWHERE, "embedded", Times()) as desk:
        (told,) = await desk.play("sentences")
    waited_ms = median(told.waits)
    return [Row("caller's last sound → ours, embedded, 15 sentences, median", waited_ms, "ms", 900)]


async def _paused(local: LocalEngines, base_url: str, hearing: str, name: str) -> Row:
    async with voice_desk(local, base_url, hearing, Times()) as desk:
        (told,) = await desk.play("paused", count=20)
    return Row(f"of 20 pauses of 0.6 s, spoken into, {name}", told.spoken_over, "", 1)


async def _interruptions(local: LocalEngines, base_url: str) -> list[Row]:
    async with voice_desk(local, base_url, "live", Times()) as desk:
        (told,) = await desk.play("barge_in", count=12)
    return [
        Row("interruption's first sound → order to fall silent, median", median(told.clears), "ms", 220),
        Row("of 12 interruptions, old words heard after it", told.heard_after_clear, "", 0),
    ]


async def _noises(local: LocalEngines, base_url: str, what: str, count: int, name: str) -> Row:
    async with voice_desk(local, base_url, "live", Times()) as desk:
        (told,) = await desk.play(what, count=count)
    return Row(f"of {count} {name}, answers ended by it", told.cut_short, "", 0)


async def _many(local: LocalEngines, base_url: str) -> list[Row]:
    async with voice_desk(local, base_url, "live", Times()) as desk:
        alone = await desk.play("sentences", count=6)
        together = await desk.play("sentences", callers=_MANY, count=6, apart_s=_APART_S)
    ratio = _median(together) / _median(alone)
    holes = sum(told.hole_count for told in together)
    return [
        Row(f"{_MANY} AI calls at once: last sound → ours, to one call's", ratio, "×", 1.1),
        Row(f"{_MANY} AI calls at once: holes over 45 ms within answers", holes, "", 0),
    ]


def _median(told: list[Told]) -> float:
    return median(wait for one in told for wait in one.waits)


if __name__ == "__main__":
    print(table(asyncio.run(run())))
