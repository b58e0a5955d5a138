"""Loads the voice's pronunciation rules in small bites, so that other threads run meanwhile.

The package reads its lexicons (9 MB of JSON) in four gulps, during which nothing else in the process
moves for 0.1–0.2 s: a frozen window, and a hole in the sound of a call.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

_BITE_CHARS = 50_000


def load_pronunciation() -> Any:
    """Return the `G2P` of hibari 0.2.1 for American English, as its own constructor makes it.

    Blocks this thread for about 0.5 s. Raises OSError or ValueError.
    """
    from hibari.g2p import ASSETS, G2P
    from hibari.g2p.lexicon import Lexicon
    from hibari.g2p.tagger import Tagger
    from hibari.g2p.tokenize import Tokenizer

    folder = Path(ASSETS)
    g2p = object.__new__(G2P)
    gold, silver = (read_flat(_text(folder / f"lexicon_us_{name}.json.gz")) for name in ("gold", "silver"))
    g2p.lexicon = Lexicon(gold, silver, False)
    g2p.tokenizer = Tokenizer(json.loads((folder / "tokenizer_exceptions.json").read_text("utf-8")))
    g2p.tagger = Tagger(read_nested(_text(folder / "tagger.json.gz")))
    g2p._oov, g2p.unk, g2p.british = None, "", False
    return g2p


def read_flat(text: str) -> dict[str, Any]:
    """Parse one large JSON object whose values are strings or small objects, written without blanks."""
    body = text.strip()[1:-1]
    out: dict[str, Any] = {}
    start = 0
    while start < len(body):
        stop = _entry_end(body, start)
        out.update(json.loads("{" + body[start:stop] + "}"))
        start = stop + 1
    return out


def read_nested(text: str) -> dict[str, Any]:
    """Parse JSON made of many small objects; after each one others may run."""
    out: dict[str, Any] = json.loads(text, object_pairs_hook=_pairs)
    return out


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Written in Python on purpose: only between Python's own steps does the interpreter let others in.
    return dict(pairs)


def _entry_end(body: str, start: int) -> int:
    """Return where an entry ends, some `_BITE_CHARS` after `start`, and not inside a value."""
    end = body.find('","', start + _BITE_CHARS)
    while end >= 0 and body.count("{", start, end) != body.count("}", start, end):
        end = body.find('","', end + 1)
    return len(body) if end < 0 else end + 1


def _text(path: Path) -> str:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return file.read()
