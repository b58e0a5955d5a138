"""Whether a quote was said, where, and by whom: the check that no judge can talk its way around."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from copilot_desktop.calls.events import Party
from copilot_desktop.report.judging.numbered import NumberedLine
from copilot_desktop.report.judging.tokens import is_decisive, is_refusal, tokens

LEAST_OVERLAP = 0.8
_NEAR = 1
"""Recognisers cut sentences in two: the lines beside the cited one count as it."""
_SLACK = 2
"""So many words more than the quote has may stand where it was found."""
_LEAST_WORDS = 3
"""A shorter quote is anywhere; it must be all that was said in its line."""
_MOST_WORDS = 150


class Found(StrEnum):
    """What became of a quote."""

    HERE = "here"
    WRONG_SPEAKER = "wrong_speaker"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a quote was found: the lines that hold it."""

    found: Found
    lines: tuple[NumberedLine, ...] = ()


class Quotes:
    """The words of one call, to look quotes up in."""

    def __init__(self, lines: Sequence[NumberedLine]) -> None:
        self._lines = tuple(lines)
        self._words = {line.number: tokens(line.text) for line in lines}

    def find(self, quote: str, line: int, parties: Collection[Party]) -> Place:
        """Look for `quote`, said by one of `parties`, at `line` or beside it, then anywhere."""
        wanted = tokens(quote)
        if not wanted or len(wanted) > _MOST_WORDS:
            return Place(Found.NOWHERE)
        near = [each for each in self._lines if abs(each.number - line) <= _NEAR]
        if place := self._search(wanted, near, parties):
            return place
        if len(wanted) >= _LEAST_WORDS and (place := self._search(wanted, self._lines, parties)):
            return place
        others = set(Party) - set(parties)
        if others and self._search(wanted, self._lines, others):
            return Place(Found.WRONG_SPEAKER)
        return Place(Found.NOWHERE)

    def _search(
        self, wanted: Sequence[str], lines: Sequence[NumberedLine], parties: Collection[Party]
    ) -> Place | None:
        for party in parties:
            own = [line for line in lines if line.party is party]
            for line in own:
                if self._holds(line, wanted):
                    return Place(Found.HERE, (line,))
            for pair in pairwise(own):
                if self._hold_together(pair, wanted):
                    return Place(Found.HERE, pair)
        return None

    def _hold_together(self, pair: tuple[NumberedLine, NumberedLine], wanted: Sequence[str]) -> bool:
        """One sentence in two lines, whoever said "mhm" between."""
        first, second = pair
        if len(wanted) < _LEAST_WORDS or second.number - first.number > 2:
            return False
        return is_in(wanted, [*self._words[first.number], *self._words[second.number]])

    def _holds(self, line: NumberedLine, wanted: Sequence[str]) -> bool:
        words = self._words[line.number]
        if len(wanted) < _LEAST_WORDS:
            return list(wanted) == words
        return is_in(wanted, words)


def is_in(wanted: Sequence[str], words: Sequence[str]) -> bool:
    """Return whether `wanted` stands in `words`, in order and together, but for a fifth of it.

    Figures and negations must all be there: with another figure, or without the "not", it is another
    statement, however many words agree.
    """
    least = LEAST_OVERLAP * len(wanted)
    if sum((Counter(wanted) & Counter(words)).values()) < least:
        return False
    decisive = [word for word in wanted if is_decisive(word)]
    for start, end in _windows(len(words), len(wanted)):
        window = words[start:end]
        if [word for word in window if is_decisive(word)] != decisive:
            continue
        common = _common(wanted, window)
        if common >= least and not _is_torn(words, start, end, len(wanted) - common):
            return True
    return False


def _windows(count: int, length: int) -> Iterator[tuple[int, int]]:
    """Yield from and to of the stretches of about `length` among `count` words, or of all of them."""
    for size in range(max(1, length - 1), length + _SLACK + 1):
        if size >= count:
            yield 0, count
            return
        for start in range(count - size + 1):
            yield start, start + size


def _is_torn(words: Sequence[str], start: int, end: int, missing: int) -> bool:
    """Return whether a stretch says what the whole does not: half a number, or what follows a "not".

    `missing` words of the quote were not in it, and may be those between the "not" and its beginning.
    """
    if any(is_refusal(word) for word in words[max(0, start - 1 - missing) : start]):
        return True
    if start > 0 and (words[start - 1] + words[start]).isdigit():
        return True
    return 0 < end < len(words) and (words[end - 1] + words[end]).isdigit()


def _common(first: Sequence[str], second: Sequence[str]) -> int:
    """Return how many words both have in the same order."""
    row = [0] * (len(second) + 1)
    for word in first:
        above = 0
        for place, other in enumerate(second, start=1):
            kept = row[place]
            row[place] = above + 1 if word == other else max(row[place], row[place - 1])
            above = kept
    return row[-1]
