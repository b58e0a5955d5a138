"""Finding passages: by meaning first; codes, names and rare words move what fits upwards.

Ranks by words (BM25) joined with ranks by meaning were tried on the questions of the tests, which paraphrase:
of those with an answer among the first three there were then a quarter fewer. So words only add to a score.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from copilot_desktop.calls import ports
from copilot_desktop.calls.events import Source
from copilot_desktop.knowledge import exact, sentences
from copilot_desktop.knowledge.documents import Section
from copilot_desktop.knowledge.index_file import KeptPassage
from copilot_desktop.knowledge.meaning import Rows

NAME_BONUS = 0.12
CODE_BONUS = 1.0
WORD_BONUS = 0.03
MOST_RARE = 3
"""A word that stands in more passages than this says little about any of them."""
MAX_WORD_BONUSES = 3

_WHOLE_SHARE = 0.35
"""How much the passage as a whole counts against its best part."""

_MAX_ASKED = 8
"""Sentences of a question that are looked at each for itself."""
_MAX_WORDS = 40

Numbers = np.ndarray[tuple[int], np.dtype[np.intp]]
WithWord = Callable[[str, int], Sequence[int]]
"""Gives the numbers of passages that have a word, none if they are more than so many."""


def views_of(section: Section) -> list[str]:
    """Return the texts that stand for `section`: all of it, its heading, each sentence with the heading."""
    whole = ". ".join(filter(None, [section.title, section.heading, section.text]))
    parts = [f"{section.heading}: {line}" if section.heading else line for line in section.sentences]
    return [whole, *filter(None, [section.heading]), *parts]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All passages, ready to be searched. Immutable: a search keeps the one it began with."""

    sources: tuple[Source, ...]
    numbers: Numbers
    """The passages' numbers in the index, ascending."""
    rows: Rows
    starts: Numbers
    """Where each passage's rows begin."""
    codes: dict[str, frozenset[int]]
    names: dict[str, frozenset[int]]

    @classmethod
    def of(cls, passages: Sequence[KeptPassage]) -> Snapshot:
        """Return `passages`, in the order of their numbers, made ready. 5,000 take 0.5 s."""
        texts = [f"{passage.heading}. {passage.text}" for passage in passages]
        codes: dict[str, set[int]] = {}
        for number, text in enumerate(texts):
            for code in exact.codes_in(text):
                codes.setdefault(code, set()).add(number)
        counts = [len(passage.rows) for passage in passages]
        return cls(
            tuple(Source(title=p.title, heading=p.heading, page=p.page, text=p.text) for p in passages),
            np.array([passage.id for passage in passages], np.intp),
            np.concatenate([passage.rows for passage in passages])
            if passages
            else np.zeros((0, 0), np.float32),
            np.cumsum([0, *counts[:-1]]) if passages else np.zeros(0, np.intp),
            {code: frozenset(where) for code, where in codes.items()},
            exact.rare_names(texts),
        )

    def search(
        self, query: str, limit: int, floor: float, embedder: ports.Embedder, with_word: WithWord
    ) -> list[ports.Passage]:
        """Return up to `limit` passages that fit `query`, best first. Blocks."""
        if not self.sources or not query.strip() or limit < 1:
            return []
        meaning = self._meaning(query, embedder)
        bonus = self._word_bonus(query, with_word)
        words = set(sentences.words(query))
        bonus[[i for word in words for i in self.names.get(word, ())]] += NAME_BONUS
        coded = [i for code in exact.mentioned(query, self.codes) for i in self.codes[code]]
        bonus[coded] += CODE_BONUS
        scores = meaning + bonus
        # A name moves a fitting passage up but makes none fit; a code is proof enough.
        fits = np.flatnonzero((meaning >= floor) | (bonus >= CODE_BONUS))
        order = fits[np.argsort(-scores[fits], kind="stable")]
        best = ((self.sources[int(i)], float(scores[i])) for i in order[:limit])
        return [ports.Passage(source.text, source, score) for source, score in best]

    def _meaning(self, query: str, embedder: ports.Embedder) -> Rows:
        """Return one similarity a passage: of all it says, and of its best part."""
        parts = sentences.split(query)[:_MAX_ASKED]
        asked = embedder.embed([query, *parts] if len(parts) > 1 else [query])
        similar = self.rows @ asked.T
        # First the rows of each passage, then the few columns: the other way takes ten times as long.
        best = np.maximum.reduceat(similar, self.starts, axis=0).max(axis=1)
        whole = similar[self.starts].max(axis=1)
        return np.asarray(_WHOLE_SHARE * whole + (1 - _WHOLE_SHARE) * best, np.float32)

    def _word_bonus(self, query: str, with_word: WithWord) -> Rows:
        bonus = np.zeros(len(self.sources), np.float32)
        for word in _telling(query):
            found = with_word(word, MOST_RARE)
            if found:
                places = np.searchsorted(self.numbers, found)
                # What was read in since is in the index, and not here yet.
                places = places[places < len(self.numbers)]
                bonus[places[np.isin(self.numbers[places], found)]] += WORD_BONUS
        return np.minimum(bonus, np.float32(MAX_WORD_BONUSES * WORD_BONUS))


def _telling(query: str) -> Iterator[str]:
    """Yield the words of `query` that may tell passages apart, each once."""
    found = (word for word in dict.fromkeys(sentences.words(query)) if word not in _SMALL and len(word) > 2)
    for _, word in zip(range(_MAX_WORDS), found, strict=False):
        yield word.replace("'", " ")


_SMALL = frozenset(
    sentences.words(
        "about after again all also and any are because been before being but can can't could did does doing "
        "don't for from get got had has have her here him his how i'd i'll i'm i've into its it's just know "
        "let like look may maybe me might more must my need not now off okay one only other our out over "
        "please really say see she should some somebody something sorry still such take tell than thank "
        "thanks that that's the their them then there these they thing things think this those too two until "
        "very want was well were what what's when where which while who why will with without would yes yet "
        "you your "
    )
)
