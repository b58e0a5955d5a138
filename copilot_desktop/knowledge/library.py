"""Library: the owner's documents, searched by meaning, and by exact words for codes and rare names."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from copilot_desktop.calls import ports
from copilot_desktop.knowledge import exact, finding, reading, scanning
from copilot_desktop.knowledge.careful_reader import CarefulReader, ReadingStopped
from copilot_desktop.knowledge.finding import Snapshot
from copilot_desktop.knowledge.index_file import IndexFile, Kept, Stamp
from copilot_desktop.knowledge.meaning import Rows, remembering
from copilot_desktop.knowledge.reading import ReadFault, Reading, Unreadable

log = logging.getLogger("copilot.knowledge")

FLOOR = 0.25
"""Below this a passage does not fit. For readers who judge: a language model, a person."""

SURE_FLOOR = 0.36
"""For what is read out as it stands. None of the tests' questions about other matters comes near it."""

Told = Callable[[int, int], None]
"""Is told how many files are done, and of how many. On the reading thread."""

_FIRST_SHOWN_AFTER_S = 2.0
"""Then each time after twice as long: the more there is, the longer it takes."""

_LASTING = (ReadFault.GONE, ReadFault.REFUSED)
"""Faults that may be gone without the file having changed."""


@dataclass(frozen=True, slots=True)
class DocumentState:
    """How one document of the library stands."""

    path: Path
    passages: int
    fault: ReadFault | None
    pictures: int
    """Pages that had no text, only pictures."""
    read_at: float
    """Seconds since 1970."""


class Library:
    """Documents in files and folders as a `ports.Knowledge`, with an index at `index` (None: in memory).

    `load` brings the index up to date and blocks; `refresh` does the same off the loop. Both look again only
    at files that changed, and keep what is done if they are stopped. A search uses what there is; before
    anything is, it waits for the first. Files below `trusted`, the program's own, are read without a child.
    """

    def __init__(
        self,
        embedder: ports.Embedder,
        sources: Sequence[Path],
        *,
        index: Path | None = None,
        embedder_name: str = "",
        trusted: Path | None = None,
        floor: float = FLOOR,
    ) -> None:
        self._embedder = remembering(embedder)
        self._sources, self._left_out = tuple(sources), frozenset[Path]()
        self._trusted, self._floor = trusted, floor
        self._place, self._embedder_name = index, embedder_name
        self._file: IndexFile | None = None
        self._snapshot: Snapshot | None = None
        self._states: dict[str, Kept] = {}
        self._is_shown = threading.Event()
        self._loading = threading.Lock()
        self._stopping = threading.Event()
        self._reader: CarefulReader | None = None
        self._is_closed = False

    def load(
        self, told: Told | None = None, *, again: bool = False, stopping: threading.Event | None = None
    ) -> None:
        """Read new and changed files and forget those that are gone; `again`: also those that failed.

        Blocks; thread-safe; safe to call again. `stopping`, when set, ends it, as `stop` does.
        """
        stopping = stopping or threading.Event()
        with self._loading:
            if not self._is_closed and not stopping.is_set():
                self._stopping = stopping
                self._load(told or _nobody, again)

    async def refresh(self, told: Told | None = None, *, again: bool = False) -> None:
        """Do `load` in a worker thread. Cancelled: that is stopped, and what is done stays."""
        stopping = threading.Event()
        try:
            await asyncio.to_thread(self.load, told, again=again, stopping=stopping)
        except asyncio.CancelledError:
            stopping.set()
            self.stop()
            raise

    def stop(self) -> None:
        """Let a `load` end soon. Thread-safe, never waits."""
        self._stopping.set()
        if (reader := self._reader) is not None:
            reader.stop()

    def close(self) -> None:
        """Stop, and let go of the index. Blocks until then; nothing can be loaded or found afterwards."""
        self._is_closed = True
        self.stop()
        with self._loading:
            self._is_shown.set()
            if self._file is not None:
                self._file.close()

    def look_in(self, sources: Sequence[Path], left_out: Sequence[Path] = ()) -> None:
        """Read these files and folders, without `left_out`, from the next `load` on."""
        self._sources, self._left_out = tuple(sources), frozenset(left_out)

    def contents(self) -> list[DocumentState]:
        """Return how every document stands, in the order of their paths. Empty before `load`."""
        return [
            DocumentState(
                Path(kept.path),
                kept.passages,
                ReadFault(kept.fault) if kept.fault else None,
                kept.pictures,
                kept.read_at,
            )
            for kept in self._states.values()
        ]

    async def search(self, query: str, limit: int) -> list[ports.Passage]:
        """Return up to `limit` passages that fit `query`, best first; none if nothing does."""
        return await self.search_above(query, limit, self._floor)

    async def search_above(self, query: str, limit: int, floor: float) -> list[ports.Passage]:
        """Do `search` with another floor."""
        return await asyncio.to_thread(self._search, query, limit, floor)

    def sure(self) -> ports.Knowledge:
        """Return this library for those who read out what they get: only what fits surely."""
        return _Sure(self)

    def vocabulary(self, limit: int) -> tuple[str, ...]:
        """Return names and codes to prompt a speech recogniser with. Empty before `load`."""
        sources = self._snapshot.sources if self._snapshot else ()
        return exact.vocabulary([f"{source.heading}. {source.text}" for source in sources], limit)

    # On the reading thread.

    def _load(self, told: Told, again: bool) -> None:
        try:
            if self._file is None:
                self._file = IndexFile(self._place, self._embedder_name)
            try:
                self._update(self._file, told, again)
            except sqlite3.OperationalError as error:
                log.warning("the index of the documents cannot be used just now: %s", error)
            except sqlite3.DatabaseError as error:
                log.warning("the index of the documents is made anew: %s", error)
                self._file.begin_anew()
                self._update(self._file, told, again)
        finally:
            if self._snapshot is None:
                self._snapshot = Snapshot.of([])
            self._is_shown.set()

    def _update(self, index: IndexFile, told: Told, again: bool) -> None:
        found = scanning.files_in(self._sources, self._left_out)
        kept = index.files()
        away = tuple(Path(path) for path, stamp in found.items() if stamp is None)
        # What was read below a folder that is away just now, as on a drive, stays in use.
        gone = [path for path in kept if path not in found and not _is_below(Path(path), away)]
        for path in gone:
            index.forget(path)
        if gone or self._snapshot is None:
            self._show(index)
        work = [path for path, stamp in found.items() if _is_due(kept.get(path), stamp, again)]
        show_at, pause_s = time.monotonic() + _FIRST_SHOWN_AFTER_S, _FIRST_SHOWN_AFTER_S
        with CarefulReader() as self._reader:
            for number, path in enumerate(work):
                told(number, len(work))
                with contextlib.suppress(ReadingStopped):
                    self._take(index, path, found[path], None if again else kept.get(path))
                if self._stopping.is_set():
                    break
                if time.monotonic() > show_at:
                    self._show(index)
                    pause_s *= 2
                    show_at = time.monotonic() + pause_s
        self._reader = None
        if work:
            self._show(index)
            told(len(work), len(work))

    def _take(self, index: IndexFile, path: str, stamp: Stamp | None, kept: Kept | None) -> None:
        """Read one file into the index, unless it says what it said."""
        sha256 = b""
        try:
            if stamp is None:
                raise Unreadable(ReadFault.GONE)
            if Path(path).suffix.lower() not in reading.KINDS:
                raise Unreadable(ReadFault.UNKNOWN_KIND)
            sha256 = _fingerprint(Path(path), stamp)
            if kept is not None and kept.sha256 == sha256 and not kept.fault:
                index.touch(path, stamp)
                return
            found = self._read(Path(path))
            rows = self._rows(found)
            index.put(path, stamp, sha256, found.sections, rows, pictures=found.pictures)
        except Unreadable as error:
            level = logging.INFO if error.fault is ReadFault.GONE else logging.WARNING
            log.log(level, "a document could not be read: %s", error.fault.value)
            index.put(path, stamp or Stamp(0, 0), sha256, fault=error.fault.value)

    def _read(self, path: Path) -> Reading:
        if self._trusted is not None and path.is_relative_to(self._trusted):
            return reading.read(path)
        if self._reader is None or self._stopping.is_set():
            raise ReadingStopped
        return self._reader.read(path)

    def _rows(self, found: Reading) -> list[Rows]:
        """Embed all sections; past the embedder's memory, which is for what is said in calls."""
        made: list[Rows] = []
        for section in found.sections:
            if self._stopping.is_set():
                raise ReadingStopped
            made.append(self._embedder.afresh(finding.views_of(section)))
        return made

    def _show(self, index: IndexFile) -> None:
        """Let searches see what the index has now."""
        self._snapshot = Snapshot.of(index.passages())
        self._states = index.files()
        if self._snapshot.sources:
            self._is_shown.set()

    # On a searching thread.

    def _search(self, query: str, limit: int, floor: float) -> list[ports.Passage]:
        if not self._is_shown.is_set():
            if self._loading.acquire(blocking=False):
                self._loading.release()
                self.load()
            else:
                self._is_shown.wait()
        snapshot = self._snapshot
        if snapshot is None:
            return []
        return snapshot.search(query, limit, floor, self._embedder, self._with_word)

    def _with_word(self, word: str, most: int) -> Sequence[int]:
        try:
            return self._file.with_word(word, most) if self._file is not None else ()
        except sqlite3.Error as error:
            # The next `load` sees to it; meaning is in memory.
            log.warning("the index of the documents cannot be used: %s", error)
            return ()


class _Sure:
    """A library that gives only what fits surely."""

    def __init__(self, library: Library) -> None:
        self._library = library

    async def search(self, query: str, limit: int) -> list[ports.Passage]:
        return await self._library.search_above(query, limit, SURE_FLOOR)


def _is_due(kept: Kept | None, stamp: Stamp | None, again: bool) -> bool:
    if kept is None or stamp is None or kept.stamp != stamp:
        return True
    return bool(kept.fault) and (again or kept.fault in _LASTING)


def _is_below(path: Path, folders: Sequence[Path]) -> bool:
    return any(folder in path.parents for folder in folders)


def _fingerprint(path: Path, stamp: Stamp) -> bytes:
    if stamp.size > reading.MAX_FILE_BYTES:
        raise Unreadable(ReadFault.TOO_BIG)
    try:
        return scanning.fingerprint(path)
    except FileNotFoundError:
        raise Unreadable(ReadFault.GONE) from None
    except OSError:
        raise Unreadable(ReadFault.REFUSED) from None


def _nobody(done: int, of: int) -> None:
    """Nobody wants to know."""
