"""Meaning as numbers: an Embedder that remembers, and the arithmetic on its rows."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from copilot_desktop.calls import ports

Rows = NDArray[np.float32]
"""L2-normalised, one row a text: a dot product of two rows is their cosine similarity."""


class RememberingEmbedder:
    """An Embedder over another one that keeps the rows of texts it has seen lately.

    A turn is embedded for the early reply, the final reply and the search; this makes it one pass through the
    model. Thread-safe. Holds at most `capacity` rows, 1.5 kB each.
    """

    def __init__(self, embedder: ports.Embedder, capacity: int = 4096) -> None:
        self._embedder = embedder
        self._capacity = capacity
        self._rows: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str]) -> Rows:
        """Return one row a text. Blocks while the model works on the unknown ones."""
        with self._lock:
            rows = {text: self._rows[text] for text in texts if text in self._rows}
        unknown = [text for text in dict.fromkeys(texts) if text not in rows]
        if unknown:
            rows.update(zip(unknown, self._embedder.embed(unknown), strict=True))
        with self._lock:
            for text, row in rows.items():
                self._keep(text, row)
        return np.stack([rows[text] for text in texts]) if rows else np.zeros((0, 0), np.float32)

    def afresh(self, texts: Sequence[str]) -> Rows:
        """Return one row a text without remembering any: for texts that nobody asks for again. Blocks."""
        return self._embedder.embed(texts)

    def _keep(self, text: str, row: NDArray[np.float32]) -> None:
        self._rows[text] = row
        self._rows.move_to_end(text)
        if len(self._rows) > self._capacity:
            self._rows.popitem(last=False)


def remembering(embedder: ports.Embedder) -> RememberingEmbedder:
    """Return `embedder` if it remembers, else one over it that does."""
    return embedder if isinstance(embedder, RememberingEmbedder) else RememberingEmbedder(embedder)


def mean_of_top_two(similarities: NDArray[np.float32]) -> float:
    """Return the mean of the two highest values: one lucky example does not decide."""
    best = np.sort(similarities)[-2:]
    return float(best.mean()) if len(best) else 0.0
