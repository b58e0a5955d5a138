"""Searching 5,000 passages of documents for what a caller said, one sentence or eight.

The rows of the question are at hand, as in a call, where the turn was embedded for the reply already; those
of the passages are made up, for how near they are changes no time. Words follow a rank law as real ones do.
The floor is one dot product a row and one bare query for words, which no search can do without.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from copilot_desktop.knowledge.documents import Section
from copilot_desktop.knowledge.finding import Snapshot, views_of
from copilot_desktop.knowledge.index_file import IndexFile, Stamp
from copilot_desktop.knowledge.meaning import Rows
from tests.benchmarks.rows import Row, percentile

PASSAGES, SENTENCES, WIDTH = 5_000, 4, 384
VOCABULARY = 12_000
SEARCHES, WARM_UP = 60, 5
LIMIT_MS = 30.0
FOUND, FLOOR = 3, 0.35
_PASSAGES_A_FILE = 50


class _KnownRows:
    """Gives rows at once, as an embedder does that remembers."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(3)
        self._rows: dict[str, Rows] = {}

    def embed(self, texts: Sequence[str]) -> Rows:
        """Return the row of each text; what is unknown gets one."""
        for text in texts:
            if text not in self._rows:
                self._rows[text] = _unit(self._random, 1)[0]
        return np.stack([self._rows[text] for text in texts])


async def run() -> list[Row]:
    """Measure short and long questions."""
    words, chance = [f"wo{_letters(number)}" for number in range(VOCABULARY)], random.Random(5)
    weights = [1 / (rank + 10) for rank in range(VOCABULARY)]

    def sentence(length: int) -> str:
        return " ".join(chance.choices(words, weights, k=length)).capitalize() + "."

    with TemporaryDirectory() as folder:
        index = IndexFile(Path(folder) / "index.sqlite", "made up")
        _fill(index, sentence)
        snapshot = Snapshot.of(index.passages())
        bare = sqlite3.connect(Path(folder) / "index.sqlite")
        rows = []
        for name, count in (("one sentence", 1), ("eight sentences", 8)):
            questions = [" ".join(sentence(9) for _ in range(count)) for _ in range(SEARCHES + WARM_UP)]
            rows.append(_measure(name, index, snapshot, bare, questions))
        bare.close()
        index.close()
        return rows


def _measure(
    name: str, index: IndexFile, snapshot: Snapshot, bare: sqlite3.Connection, questions: Sequence[str]
) -> Row:
    embedder = _KnownRows()
    took_ms: list[float] = []
    floor_ms: list[float] = []
    for question in questions:
        asked = embedder.embed([question])[0]
        snapshot.search(question, 0, FLOOR, embedder, index.with_word)
        # In turns, so that a busy moment of the computer falls on both.
        floor_ms.append(_timed(lambda: _bare(snapshot, bare, question, asked)))  # noqa: B023 - called at once
        took_ms.append(
            _timed(lambda: snapshot.search(question, FOUND, FLOOR, embedder, index.with_word))  # noqa: B023
        )
    p95 = percentile(took_ms[WARM_UP:], 0.95)
    least = percentile(floor_ms[WARM_UP:], 0.95)
    return Row(f"search in 5,000 passages, {name}, p95", p95, "ms", LIMIT_MS, least)


def _bare(snapshot: Snapshot, bare: sqlite3.Connection, question: str, asked: Rows) -> None:
    (snapshot.rows @ asked).argmax()
    match = " OR ".join(f'"{word}"' for word in dict.fromkeys(question.lower().replace(".", "").split()))
    bare.execute("SELECT rowid FROM words WHERE words MATCH ? LIMIT 4", (match,)).fetchall()


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _fill(index: IndexFile, sentence: Callable[[int], str]) -> None:
    chance = np.random.default_rng(7)
    for first in range(0, PASSAGES, _PASSAGES_A_FILE):
        sections = [_section(number, sentence) for number in range(first, first + _PASSAGES_A_FILE)]
        rows = [_unit(chance, len(views_of(section))) for section in sections]
        index.put(f"/document-{first}.md", Stamp(1, 1), b"x" * 32, sections, rows)


def _section(number: int, sentence: Callable[[int], str]) -> Section:
    lines = tuple(sentence(12) for _ in range(SENTENCES))
    return Section(f"Document {number // _PASSAGES_A_FILE}", sentence(3), " ".join(lines), lines)


def _unit(chance: np.random.Generator, count: int) -> Rows:
    rows = chance.standard_normal((count, WIDTH), dtype=np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def _letters(number: int) -> str:
    """Return a word of its own for a number."""
    word = ""
    for _ in range(4):
        number, rest = divmod(number, 26)
        word += chr(ord("a") + rest)
    return word
