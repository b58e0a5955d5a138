"""ReadingCheck: compares, while it is read aloud, what is read with what was to be read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")
_NO_MINUTES = re.compile(r"(?<=\d)[:.]00(?!\d)")
"""Nobody reads them: "2:00" is "2"."""
_FREE, _FREE_A_WORD = 1.5, 0.15
"""So many words may differ: two wrong ones at the beginning are too many, one in seven later."""
_ALIKE = 0.7
_NUMBER_IN_WORDS = 0.2
"""For each word that figures stand for, or that stands for them."""
_MOST_TIMES, _MOST_MORE = 4, 200
"""Figures grow when they are written in words; what is longer than this is not compared any more."""
_BAND = 24
"""Words that reading and sentence can be apart."""


class ReadingCheck:
    """For one sentence. Writing does not matter, nor whether numbers are written in figures or in words."""

    def __init__(self, sentence: str) -> None:
        self._wanted = _joined(_WORD.findall(_plain(sentence)))
        self._letters, self._most_letters = 0, _MOST_TIMES * len(sentence) + _MOST_MORE
        self._tail = ""
        """What may still grow."""
        self._count = 0
        self._wanted_figures = [figures for word in self._wanted if (figures := _figures(word))]
        self._figures: list[str] = []
        # The least difference between all that was read and the first n words, for every n.
        self._row = [float(count) for count in range(len(self._wanted) + 1)]

    def hear(self, piece: str) -> bool:
        """Take the next words that are read; False: it reads something else."""
        self._letters += len(piece)
        if self._letters > self._most_letters:
            return False
        self._tail = _plain(self._tail + piece)
        words = list(_WORD.finditer(self._tail))
        last = len(words) - 1
        while last > 0 and words[last].group().isdigit() and words[last - 1].group().isdigit():
            last -= 1
        if last <= 0:
            return True
        self._tail = self._tail[words[last].start() :]
        return self._compare(_joined(word.group() for word in words[:last]))

    def finish(self) -> bool:
        """It has ended; False: what was read is not the sentence. Nothing told is nothing wrong."""
        said, self._tail = _joined(_WORD.findall(self._tail)), ""
        if not (self._count or said) or not self._wanted:
            return True
        is_like_it = self._compare(said)
        count = max(self._count, len(self._wanted))
        if len(self._figures) == len(self._wanted_figures) and self._figures != self._wanted_figures:
            return False
        return is_like_it and self._row[-1] <= min(_allowed(count), count / 2)

    def _compare(self, said: Iterable[str]) -> bool:
        for word in said:
            self._add(word)
        return min(self._row) <= _allowed(self._count) and not self._has_wrong_figures()

    def _has_wrong_figures(self) -> bool:
        """Another price or time is worse than a word left out."""
        wanted = "".join(self._wanted_figures)
        # Where more is in figures than was, words were written as such.
        if not wanted or len(self._figures) > len(self._wanted_figures):
            return False
        return any(figures not in wanted for figures in self._figures)

    def _add(self, said: str) -> None:
        """One row more of the usual table of differences, with numbers made cheap."""
        if figures := _figures(said):
            self._figures.append(figures)
        before = self._row
        row = [float("inf")] * len(before)
        self._count += 1
        first = max(0, self._count - _BAND)
        if first == 0:
            row[0] = before[0] + 1
        for place in range(max(1, first), min(len(before), self._count + _BAND)):
            wanted = self._wanted[place - 1]
            row[place] = min(
                before[place - 1] + _difference(said, wanted),
                before[place] + _alone(said, beside=wanted),
                row[place - 1] + _alone(wanted, beside=said),
            )
        self._row = row


def _allowed(count: int) -> float:
    return _FREE + _FREE_A_WORD * count


@lru_cache(maxsize=2048)
def _difference(said: str, wanted: str) -> float:
    if said == wanted:
        return 0
    figures, wanted_figures = _figures(said), _figures(wanted)
    if figures or wanted_figures:
        return 1 if figures and wanted_figures and figures != wanted_figures else _NUMBER_IN_WORDS
    is_alike = said.startswith(wanted) or wanted.startswith(said)
    return 0.5 if is_alike or SequenceMatcher(None, said, wanted).ratio() >= _ALIKE else 1


def _alone(word: str, *, beside: str) -> float:
    """Return what it costs that only one side has `word`, there where the other has `beside`."""
    return _NUMBER_IN_WORDS if _figures(beside) and not _figures(word) else 1


def _figures(word: str) -> str:
    return "".join(letter for letter in word if letter.isdigit())


def _plain(text: str) -> str:
    return _NO_MINUTES.sub("", unicodedata.normalize("NFKC", text).casefold())


def _joined(words: Iterable[str]) -> list[str]:
    """Return figures that follow each other as one word: "1,299.50" is "1 299 50" to some."""
    joined: list[str] = []
    for word in words:
        if joined and word.isdigit() and joined[-1].isdigit():
            joined[-1] += word
        else:
            joined.append(word)
    return joined
