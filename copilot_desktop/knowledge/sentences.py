"""Text cut into spoken sentences and plain words. Pure."""

from __future__ import annotations

import re

_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9{])")
_ABBREVIATION = re.compile(r"(?:\b(?:a\.m|p\.m|Mr|Mrs|Ms|Dr|St|No|e\.g|i\.e|approx)|\b[A-Z])\.$")
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")


def split(text: str) -> list[str]:
    """Return the sentences of `text`, whitespace tidied, in order; abbreviations do not end one."""
    sentences: list[str] = []
    for piece in _END.split(" ".join(text.split())):
        if sentences and _ABBREVIATION.search(sentences[-1]):
            sentences[-1] = f"{sentences[-1]} {piece}"
        elif piece:
            sentences.append(piece)
    return sentences


def words(text: str) -> list[str]:
    """Return the lower-case words of `text` without punctuation; curly apostrophes become straight."""
    return _WORD.findall(text.lower().replace("’", "'"))


def capitalised(text: str) -> str:
    """Return `text` with a capital first letter and the rest as it is."""
    return text[:1].upper() + text[1:]
