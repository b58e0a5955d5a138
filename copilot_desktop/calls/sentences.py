"""Cuts growing text into sentences for the voice, as soon as each one stands."""

from __future__ import annotations

import re

_END = re.compile(r"""[.!?…]+["')\]]*(?=\s)|\n+""")
_ABBREVIATION = re.compile(r"\b(?:mr|mrs|ms|dr|st|no|vs|etc|e\.g|i\.e|a\.m|p\.m|[A-Z])\.$", re.IGNORECASE)


class SentenceCutter:
    """Give it all the text so far, again and again; it returns only what is new and stands."""

    def __init__(self) -> None:
        self._taken = 0

    def feed(self, text: str, *, is_complete: bool) -> list[str]:
        """Return the new whole sentences of `text`; with `is_complete` also the rest."""
        sentences: list[str] = []
        for end in _END.finditer(text, self._taken):
            candidate = text[self._taken : end.end()]
            if _ABBREVIATION.search(candidate.rstrip()):
                continue
            self._take(candidate, sentences)
            self._taken = end.end()
        if is_complete:
            self._take(text[self._taken :], sentences)
            self._taken = len(text)
        return sentences

    @staticmethod
    def _take(candidate: str, sentences: list[str]) -> None:
        if stripped := candidate.strip():
            sentences.append(stripped)
