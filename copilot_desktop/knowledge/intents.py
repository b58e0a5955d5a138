"""What a caller is after: the topics of a playbook, compared with a turn by meaning."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np

from copilot_desktop.calls import ports
from copilot_desktop.knowledge import courtesy
from copilot_desktop.knowledge.meaning import Rows, mean_of_top_two
from copilot_desktop.knowledge.playbook import Playbook, Topic

FLOOR = 0.42
"""Below this a turn belongs to no topic. With the shipped playbook, chat and strange matters stay below."""


@dataclass(frozen=True, slots=True)
class Intent:
    """The topic nearest to a turn. `topic` is None where nothing reaches the floor."""

    topic: Topic | None
    score: float


class Intents:
    """Compares turns with the examples of each topic. Blocking and thread-safe: call it off the loop."""

    def __init__(self, embedder: ports.Embedder, playbook: Playbook, *, floor: float = FLOOR) -> None:
        self._embedder = embedder
        self._topics = playbook.topics
        self._floor = floor
        self._examples: list[Rows] | None = None
        self._loading = threading.Lock()

    def load(self) -> None:
        """Embed the examples. Safe to call again."""
        with self._loading:
            if self._examples is None:
                self._examples = [self._embedder.embed(topic.examples) for topic in self._topics]

    def of(self, turn: str) -> Intent:
        """Return the topic nearest to `turn`: as a whole, or one of its sentences that have content."""
        _, content = courtesy.of(turn)
        if not content:
            return Intent(None, 0.0)
        self.load()
        views = self._embedder.embed(list(dict.fromkeys([" ".join(content), *content])))
        scores = [max(map(mean_of_top_two, views @ rows.T)) for rows in self._examples or ()]
        best = int(np.argmax(scores))
        return Intent(self._topics[best] if scores[best] >= self._floor else None, scores[best])

    def nearest(self, turn: str, answers: tuple[str, ...]) -> tuple[int, float]:
        """Return which of `answers` is nearest to `turn`, and how near."""
        rows = self._embedder.embed([turn, *answers])
        similar = rows[1:] @ rows[0]
        best = int(np.argmax(similar))
        return best, float(similar[best])
