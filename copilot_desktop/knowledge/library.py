"""Library: the owner's documents, searched by meaning, and by exact words for codes and rare names."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from copilot_desktop.calls import ports
from copilot_desktop.calls.events import Source
from copilot_desktop.knowledge import documents, exact, sentences
from copilot_desktop.knowledge.meaning import Rows, remembering

log = logging.getLogger("copilot.knowledge")

FLOOR = 0.38
"""Below this a passage does not fit. With the shipped documents, off-topic questions stay below 0.37."""

NAME_BONUS = 0.12
CODE_BONUS = 1.0
_Stamp = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _File:
    """What is known of one file; kept as long as its time and size stay the same."""

    stamp: _Stamp
    sections: tuple[documents.Section, ...]
    rows: Rows
    owners: tuple[int, ...]
    """For each row the number of its section: a section has one row for all of it and one a sentence."""


@dataclass(frozen=True, slots=True)
class _Index:
    """All files together, ready to be searched. Immutable: a search keeps the one it began with."""

    sections: tuple[documents.Section, ...]
    rows: Rows
    owners: np.ndarray[tuple[int], np.dtype[np.intp]]
    codes: dict[str, frozenset[int]]
    names: dict[str, frozenset[int]]


class Library:
    """Markdown documents in folders (and below) as a `ports.Knowledge`.

    `load` builds the index and blocks; `refresh` does the same off the loop. Both look again only at files
    that changed. A search before either builds the index first. Unreadable files are logged and left out.
    """

    def __init__(self, embedder: ports.Embedder, folders: Sequence[Path], *, floor: float = FLOOR) -> None:
        self._embedder = remembering(embedder)
        self._folders = tuple(folders)
        self._floor = floor
        self._files: dict[Path, _File] = {}
        self._unreadable: dict[Path, str] = {}
        self._index: _Index | None = None
        self._loading = threading.Lock()

    def load(self) -> None:
        """Read new and changed files and forget deleted ones. Blocks; thread-safe; safe to call again."""
        with self._loading:
            self._unreadable = {}
            files = {path: self._read(path, stamp) for path, stamp in self._stamps().items()}
            kept = {path: file for path, file in files.items() if file is not None}
            if self._index is None or kept != self._files:
                self._files = kept
                self._index = _build(tuple(kept.values()))

    async def refresh(self) -> None:
        """Do `load` in a worker thread. Cancelled: the thread still finishes, and the index stays whole."""
        await asyncio.to_thread(self.load)

    def look_in(self, folders: Sequence[Path]) -> None:
        """Read from these folders from the next `load` on."""
        self._folders = tuple(folders)

    def contents(self) -> list[tuple[str, int, str]]:
        """Return every file: its name, how many passages it has, and why it could not be read."""
        read = [(path.name, len(file.sections), "") for path, file in self._files.items()]
        return [*read, *((path.name, 0, reason) for path, reason in self._unreadable.items())]

    async def search(self, query: str, limit: int) -> list[ports.Passage]:
        """Return up to `limit` passages that fit `query`, best first; none if nothing does."""
        return await asyncio.to_thread(self._search, query, limit)

    def vocabulary(self, limit: int) -> tuple[str, ...]:
        """Return names and codes to prompt a speech recogniser with. Empty before `load`."""
        sections = self._index.sections if self._index else ()
        return exact.vocabulary([f"{s.heading}. {s.text}" for s in sections], limit)

    def _stamps(self) -> dict[Path, _Stamp]:
        stamps: dict[Path, _Stamp] = {}
        for path in (path for folder in self._folders for path in sorted(folder.rglob("*.md"))):
            try:
                status = path.stat()
            except OSError:
                continue
            stamps[path] = (status.st_mtime_ns, status.st_size)
        return stamps

    def _read(self, path: Path, stamp: _Stamp) -> _File | None:
        known = self._files.get(path)
        if known is not None and known.stamp == stamp:
            return known
        try:
            sections = tuple(documents.read(path))
        except OSError as error:
            log.warning("a document could not be read: %s", error.strerror)
            self._unreadable[path] = error.strerror or type(error).__name__
            return None
        texts: list[str] = []
        owners: list[int] = []
        for number, section in enumerate(sections):
            views = (
                f"{section.title}. {section.heading}. {section.text}",
                section.heading,
                *section.sentences,
            )
            texts += [view for view in views if view]
            owners += [number] * (len(texts) - len(owners))
        rows = self._embedder.embed(texts) if texts else np.zeros((0, 0), np.float32)
        return _File(stamp, sections, rows, tuple(owners))

    def _search(self, query: str, limit: int) -> list[ports.Passage]:
        if self._index is None:
            self.load()
        index = self._index
        if index is None or not index.sections or not query.strip():
            return []
        meaning = self._meaning(index, query)
        bonus = np.zeros(len(meaning), np.float32)
        coded = [i for code in exact.mentioned(query, index.codes) for i in index.codes[code]]
        named = [i for word in set(sentences.words(query)) for i in index.names.get(word, ())]
        bonus[named] += NAME_BONUS
        bonus[coded] += CODE_BONUS
        scores = meaning + bonus
        # A name moves a fitting passage up but makes none fit; a code is proof enough.
        fits = (meaning >= self._floor) | (bonus >= CODE_BONUS)
        order = [int(i) for i in np.argsort(-scores, kind="stable") if fits[i]]
        return [_passage(index.sections[i], float(scores[i])) for i in order[:limit]]

    def _meaning(self, index: _Index, query: str) -> Rows:
        """Return one similarity a section: of all it says, and of its best line, half and half."""
        parts = sentences.split(query)
        asked = self._embedder.embed([query, *parts] if len(parts) > 1 else [query])
        similar = (index.rows @ asked.T).max(axis=1)
        best = np.zeros(len(index.sections), np.float32)
        np.maximum.at(best, index.owners, similar)
        first = np.unique(index.owners, return_index=True)[1]
        return np.asarray((similar[first] + best) / 2, np.float32)


def _build(files: tuple[_File, ...]) -> _Index:
    """Join `files` into one index."""
    sections = tuple(section for file in files for section in file.sections)
    filled = [file for file in files if file.owners]
    starts = np.cumsum([0, *(len(file.sections) for file in filled)])
    owners = [np.array(file.owners, np.intp) + start for file, start in zip(filled, starts, strict=False)]
    texts = [f"{section.heading}. {section.text}" for section in sections]
    codes: dict[str, frozenset[int]] = {}
    for number, text in enumerate(texts):
        for code in exact.codes_in(text):
            codes[code] = codes.get(code, frozenset()) | {number}
    return _Index(
        sections,
        np.concatenate([file.rows for file in filled]) if filled else np.zeros((0, 0), np.float32),
        np.concatenate(owners) if owners else np.zeros(0, np.intp),
        codes,
        exact.rare_names(texts),
    )


def _passage(section: documents.Section, score: float) -> ports.Passage:
    source = Source(title=section.title, heading=section.heading, text=section.text)
    return ports.Passage(section.text, source, score)
