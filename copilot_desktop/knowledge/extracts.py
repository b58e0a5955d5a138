"""The one or two sentences of a passage that answer a question, to be said as they stand."""

from __future__ import annotations

import re

from copilot_desktop.calls import ports
from copilot_desktop.knowledge import sentences

_FLOOR = 0.30
"""Below this no sentence answers by itself; it was the heading that was asked for."""

_GAP = 0.12
"""How much farther from the question a second sentence may be than the first."""

_LEANS_BACK = re.compile(
    r"(?:it|they|this|that|these|after that|otherwise|before that|both|then)\b", re.IGNORECASE
)
"""A sentence that cannot stand without the one before it."""


def best_lines(embedder: ports.Embedder, passage: str, asked: str) -> list[str]:
    """Return one or two sentences of `passage` that answer `asked` best, in their own order. Blocks."""
    lines = sentences.split(passage)
    rows = embedder.embed([asked, *lines])
    near = rows[1:] @ rows[0]
    best = int(near.argmax())
    if near[best] < _FLOOR:
        return lines[:2]
    if best and _LEANS_BACK.match(lines[best]):
        return lines[best - 1 : best + 1]
    floor = max(_FLOOR, float(near[best]) - _GAP)
    others = [i for i in range(len(lines)) if i != best and near[i] >= floor]
    others = [i for i in others if i == best + 1 or not _LEANS_BACK.match(lines[i])]
    return [lines[i] for i in sorted([best, *sorted(others, key=lambda i: -near[i])[:1]])]
