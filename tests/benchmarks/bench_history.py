"""A history of 10,000 calls: the list in the window, and the search in every word said.

Run it with `python -m tests.benchmarks.bench_history`. The floor is the plainest query for the same rows.
"""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from copilot_desktop.calls.archive import CallQuery, Handler, ScoreRange
from copilot_desktop.calls.events import (
    CallEnded,
    CallEvent,
    CallId,
    CallRinging,
    Outcome,
    Party,
    UtteranceFinished,
    UtteranceId,
)
from copilot_desktop.store import Store, open_store
from tests.benchmarks.rows import Row, percentile, table

CALLS, LINES = 10_000, 20
PAGE = 100
ROUNDS = 5
_VOWELS, _CONSONANTS = "aeiou", "bcdfghklmnprstvw"
_PLAIN = "SELECT * FROM calls ORDER BY started_at DESC LIMIT 100"
_PLAIN_SEARCH = (
    "SELECT * FROM calls WHERE call_id IN "
    "(SELECT call_id FROM utterance_words WHERE utterance_words MATCH ?) ORDER BY started_at DESC LIMIT 100"
)


def _vocabulary(chance: random.Random) -> list[str]:
    def word() -> str:
        return "".join(
            chance.choice(_CONSONANTS) + chance.choice(_VOWELS) for _ in range(chance.randint(1, 4))
        )

    found = sorted({word() for _ in range(6000)})
    chance.shuffle(found)
    return found


def _facts(chance: random.Random, words: list[str]) -> Iterator[list[CallEvent]]:
    """Yield the facts of each call. The first words are frequent, the rest is rare, as in any language."""
    weights = [1 / (rank + 1) for rank in range(len(words))]
    began = datetime(2025, 1, 1, 8, tzinfo=UTC)
    for number in range(CALLS):
        call, start = CallId(f"CA{number:032}"), began + timedelta(minutes=37 * number)
        caller = f"+1202555{number % 10_000:04}"
        facts: list[CallEvent] = [
            CallRinging(call_id=call, at_ms=0, caller=caller, line="+12025550100", started_at=start)
        ]
        for line in range(LINES):
            party = (Party.CALLER, Party.ASSISTANT, Party.CALLER, Party.AGENT)[line % 4]
            text = " ".join(chance.choices(words, weights, k=10))
            at_ms = 4000 * (line + 1)
            facts.append(
                UtteranceFinished(
                    call_id=call,
                    at_ms=at_ms,
                    utterance_id=UtteranceId(f"u{line}"),
                    party=party,
                    text=text,
                    start_ms=at_ms - 2000,
                    end_ms=at_ms,
                )
            )
        facts.append(CallEnded(call_id=call, at_ms=90_000, outcome=Outcome.COMPLETED, duration_ms=90_000))
        yield facts


async def run() -> list[Row]:
    """Fill a history, and ask it as the window does."""
    with tempfile.TemporaryDirectory() as folder:
        chance = random.Random(1)
        words = _vocabulary(chance)
        store = open_store(Path(folder))
        try:
            await _fill(store, chance, words)
            return await _ask(store, Path(folder) / "calls.sqlite3", chance, words)
        finally:
            store.close()


async def _fill(store: Store, chance: random.Random, words: list[str]) -> None:
    for number, facts in enumerate(_facts(chance, words)):
        for fact in facts:
            store.append(fact)
        if number % 200 == 199:
            await store.flush_facts()
    await store.flush_facts()


async def _ask(store: Store, database: Path, chance: random.Random, words: list[str]) -> list[Row]:
    frequent, rare = words[:40], words[40:]
    asked = [
        *chance.sample(frequent, 20),
        *chance.sample(rare, 20),
        *(f"{chance.choice(frequent)} {chance.choice(rare)}" for _ in range(20)),
        *(word[:2] for word in chance.sample(words, 20)),
        *(f"{chance.randrange(10_000):04}" for _ in range(20)),
    ]
    plain = sqlite3.connect(database)
    plain_ms = min([_timed(plain, _PLAIN) for _ in range(ROUNDS)])
    plain_search_ms = percentile([_timed(plain, _PLAIN_SEARCH, f'"{word}"*') for word in asked[:40]], 0.95)
    plain.close()
    first_ms = min([await _find(store, CallQuery(with_practice=False)) for _ in range(ROUNDS)])
    search_ms = [await _find(store, CallQuery(words=each)) for each in asked]
    narrow = CallQuery(words=asked[0], handler=Handler.AGENT, score=ScoreRange.NONE, with_practice=False)
    narrow_ms = min([await _find(store, narrow) for _ in range(ROUNDS)])
    began = time.perf_counter()
    count = await store.count(CallQuery(with_practice=False), CALLS)
    count_ms = (time.perf_counter() - began) * 1000
    assert count == CALLS
    return [
        Row("history of 10,000 calls: the list's first page", first_ms, "ms", 200, plain_ms),
        Row("the same: a search in every word, p95", percentile(search_ms, 0.95), "ms", 100, plain_search_ms),
        Row("the same: a search with all filters", narrow_ms, "ms", 100),
        Row("the same: how many there are", count_ms, "ms", 100),
        Row("the same: the page drawn in the window", await _draw(store), "ms", 200),
    ]


async def _find(store: Store, query: CallQuery) -> float:
    began = time.perf_counter()
    await store.find(query, None, PAGE)
    return (time.perf_counter() - began) * 1000


def _timed(connection: sqlite3.Connection, sql: str, *values: str) -> float:
    began = time.perf_counter()
    connection.execute(sql, values).fetchall()
    return (time.perf_counter() - began) * 1000


async def _draw(store: Store) -> float:
    """Return how long it takes to read the page and paint it in a window."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication, QTableView

    from copilot_desktop.ui.history.history_model import HistoryModel

    app = QApplication.instance() or QApplication([])
    view, model = QTableView(), HistoryModel()
    view.setModel(model)
    view.resize(1200, 700)
    view.show()
    times: list[float] = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        model.show(await store.find(CallQuery(), None, PAGE))
        view.grab()
        app.processEvents()
        times.append((time.perf_counter() - began) * 1000)
    view.close()
    return min(times)


if __name__ == "__main__":
    print(table(asyncio.run(run())))
