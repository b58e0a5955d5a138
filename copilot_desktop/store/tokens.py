"""Words as SQLite's index takes a text apart, for databases that would do it otherwise.

Letters and digits make a word, in lower case and without accents; all else parts words.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

_SNIPPET_WORDS = 12
_FIRST_ACCENT, _LAST_ACCENT = "\u0300", "\u036f"


class Token(NamedTuple):
    """One word, and where it stands in its text."""

    word: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """Return the words of `text` in their order."""
    found: list[Token] = []
    letters: list[str] = []
    start = 0
    for place, sign in enumerate(text):
        folded = _folded(sign)
        if folded is None:
            if letters:
                found.append(Token("".join(letters), start, place))
                letters = []
        elif folded or letters:
            start = start if letters else place
            letters.append(folded)
    if letters:
        found.append(Token("".join(letters), start, len(text)))
    return found


def snippet(text: str, words: Sequence[str]) -> tuple[int, str]:
    """Return how many of `words` begin a word of `text`, and a part of it with the hits between « and »."""
    said = tokens(text)
    asked = [phrase for phrase in ([token.word for token in tokens(word)] for word in words) if phrase]
    hits: list[tuple[int, int]] = []
    for phrase in asked:
        hits += [(at, at + len(phrase)) for at in range(len(said)) if _begins(said[at:], phrase)]
    if not hits:
        return 0, ""
    count = sum(any(_begins(said[at:], phrase) for at in range(len(said))) for phrase in asked)
    return count, _marked(text, said, sorted(hits))


def _marked(text: str, said: Sequence[Token], hits: Sequence[tuple[int, int]]) -> str:
    last = max(0, len(said) - _SNIPPET_WORDS)
    first = min(max(0, hits[0][0] - _SNIPPET_WORDS // 2), last) if len(said) > _SNIPPET_WORDS else 0
    until = min(len(said), first + _SNIPPET_WORDS)
    place = 0 if first == 0 else said[first].start
    parts = [] if first == 0 else ["…"]
    reached = first
    for begin, end in hits:
        if begin < reached or end > until:
            continue
        parts += [text[place : said[begin].start], "«", text[said[begin].start : said[end - 1].end], "»"]
        place, reached = said[end - 1].end, end
    parts.append(text[place:] if until == len(said) else text[place : said[until - 1].end] + "…")
    return "".join(parts)


def _begins(said: Sequence[Token], phrase: Sequence[str]) -> bool:
    if len(said) < len(phrase):
        return False
    *whole, last = phrase
    return all(token.word == word for token, word in zip(said, whole, strict=False)) and said[
        len(whole)
    ].word.startswith(last)


def _folded(sign: str) -> str | None:
    """Return what `sign` counts as in a word; empty for an accent, None for what parts words."""
    if _FIRST_ACCENT <= sign <= _LAST_ACCENT:
        return ""
    if unicodedata.category(sign)[0] not in "LN" and unicodedata.category(sign) != "Co":
        return None
    parts = unicodedata.normalize("NFD", sign)
    base, rest = parts[0], parts[1:]
    is_accented = bool(rest) and all(_FIRST_ACCENT <= mark <= _LAST_ACCENT for mark in rest)
    return (base if is_accented else sign).lower()
