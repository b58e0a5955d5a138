"""Cuts growing text into pieces for the voice, as soon as each one stands: a first clause, then sentences."""

from __future__ import annotations

import re

_END = re.compile(r"""[.!?…]+["')\]]*(?=\s)|\n+""")
_ABBREVIATION = re.compile(r"\b(?:mr|mrs|ms|dr|st|no|vs|etc|e\.g|i\.e|a\.m|p\.m|[A-Z])\.$", re.IGNORECASE)
_CLAUSE_END = re.compile(r"(?:[,;:]|\s[–—-])(?=\s)")
_CONJUNCTION = re.compile(r"(?=\s(?:and|but|so|because|while|which)\s)", re.IGNORECASE)
_LEAST_CLAUSE = (3, 15)
"""Words and characters: shorter pieces sound torn."""
_LEAST_BEFORE_CONJUNCTION = (5, 25)
"""No comma says that the voice may rest there."""
_WORTH_CUTTING = 60
"""A whole sentence no longer than this is voiced about as soon as its first clause."""


class SentenceCutter:
    """Give it all the text so far, again and again; it returns only what is new and stands.

    The first piece ends with a clause where it can, so that the voice may begin early.
    """

    def __init__(self) -> None:
        self._taken = 0
        self._is_first = True

    def feed(self, text: str, *, is_complete: bool) -> list[str]:
        """Return the new whole pieces of `text`; with `is_complete` also the rest."""
        pieces: list[str] = []
        if self._is_first:
            self._take_clause(text, is_complete=is_complete, pieces=pieces)
        for end in _END.finditer(text, self._taken):
            candidate = text[self._taken : end.end()]
            if _ABBREVIATION.search(candidate.rstrip()):
                continue
            self._take(candidate, pieces)
            self._taken = end.end()
        if is_complete:
            self._take(text[self._taken :], pieces)
            self._taken = len(text)
        self._is_first = self._is_first and not pieces
        return pieces

    def _take_clause(self, text: str, *, is_complete: bool, pieces: list[str]) -> None:
        sentence_end = self._sentence_end(text) or (len(text) if is_complete else None)
        if sentence_end is not None and sentence_end - self._taken <= _WORTH_CUTTING:
            return
        end = _clause_end(text[self._taken : sentence_end])
        if end is not None:
            self._take(text[self._taken : self._taken + end], pieces)
            self._taken += end

    def _sentence_end(self, text: str) -> int | None:
        for end in _END.finditer(text, self._taken):
            if not _ABBREVIATION.search(text[self._taken : end.end()].rstrip()):
                return end.end()
        return None

    @staticmethod
    def _take(candidate: str, pieces: list[str]) -> None:
        if stripped := candidate.strip():
            pieces.append(stripped)


def _clause_end(text: str) -> int | None:
    """Return where the first clause of `text` ends that is long enough; None while none is known."""
    ends = [end.end() for end in _CLAUSE_END.finditer(text) if _is_long(text[: end.end()], _LEAST_CLAUSE)]
    ends += [
        end.end()
        for end in _CONJUNCTION.finditer(text)
        if _is_long(text[: end.end()], _LEAST_BEFORE_CONJUNCTION)
    ]
    return min(ends, default=None)


def _is_long(clause: str, least: tuple[int, int]) -> bool:
    words, characters = least
    return len(clause.strip()) >= characters and len(clause.split()) >= words
