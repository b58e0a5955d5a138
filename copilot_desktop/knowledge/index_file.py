"""IndexFile: what was read from the documents, kept on disk: passages, their words, their meaning.

Everything in it can be made again from the documents, so a file that is damaged, of another version or made
with another embedding model is thrown away. Where none can be written, the index is in memory.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
import time
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from copilot_desktop.knowledge.documents import Section
from copilot_desktop.knowledge.meaning import Rows

log = logging.getLogger("copilot.knowledge")

SCHEMA = 1

_WAIT_S = 5.0
_TABLES = """
CREATE TABLE about (embedder TEXT NOT NULL);
CREATE TABLE files (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, changed_ns INTEGER NOT NULL,
    sha256 BLOB NOT NULL, read_at REAL NOT NULL, fault TEXT NOT NULL, pictures INTEGER NOT NULL
);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY, file_id INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    title TEXT NOT NULL, heading TEXT NOT NULL, page INTEGER, text TEXT NOT NULL, rows BLOB NOT NULL
);
CREATE INDEX passages_of_file ON passages (file_id);
CREATE VIRTUAL TABLE words USING fts5(heading, text, tokenize = 'porter unicode61 remove_diacritics 2');
"""


@dataclass(frozen=True, slots=True)
class Stamp:
    """By what a file is known not to have changed, without opening it."""

    size: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class Kept:
    """One document of the index. `fault` is a `ReadFault`'s value; empty: it was read."""

    id: int
    path: str
    stamp: Stamp
    sha256: bytes
    read_at: float
    """Seconds since 1970."""
    fault: str
    pictures: int
    passages: int


@dataclass(frozen=True, slots=True)
class KeptPassage:
    """One passage: its number in the index, and what is searched."""

    id: int
    title: str
    heading: str
    page: int | None
    text: str
    rows: Rows
    """The whole passage first, then its parts."""


class IndexFile:
    """The index at `path`; None: in memory. `embedder` names the model that its numbers come from.

    Thread-safe: one thing at a time. Methods block; each is done in milliseconds, but for `passages`.
    """

    def __init__(self, path: Path | None, embedder: str) -> None:
        self._path, self._embedder = path, embedder
        self._lock = threading.Lock()
        self._open()

    def close(self) -> None:
        """Let go of the file. Safe twice; nothing else may be called afterwards."""
        with self._lock:
            self._database.close()

    def begin_anew(self) -> None:
        """Throw all of it away: it has turned out to be damaged."""
        with self._lock:
            self._database.close()
            if self._path is not None:
                _remove(self._path)
            self._open()

    def _open(self) -> None:
        self._database = _opened(self._path, self._embedder)
        # Whoever drops us unclosed leaves no open file behind.
        weakref.finalize(self, self._database.close)

    def files(self) -> dict[str, Kept]:
        """Return every document by its path."""
        with self._lock:
            rows = self._database.execute(
                "SELECT id, path, size, changed_ns, sha256, read_at, fault, pictures,"
                " (SELECT count(*) FROM passages WHERE file_id = files.id) FROM files ORDER BY path"
            ).fetchall()
        return {
            path: Kept(id_, path, Stamp(size, changed), sha, at, fault, pictures, passages)
            for id_, path, size, changed, sha, at, fault, pictures, passages in rows
        }

    def passages(self) -> list[KeptPassage]:
        """Return all passages, in the order of their numbers. 5,000 take 0.1 s."""
        with self._lock:
            rows = self._database.execute(
                "SELECT id, title, heading, page, text, rows FROM passages ORDER BY id"
            ).fetchall()
        return [
            KeptPassage(id_, title, heading, page, text, _unpacked(blob))
            for id_, title, heading, page, text, blob in rows
        ]

    def put(
        self,
        path: str,
        stamp: Stamp,
        sha256: bytes,
        sections: Sequence[Section] = (),
        rows: Sequence[Rows] = (),
        *,
        fault: str = "",
        pictures: int = 0,
    ) -> None:
        """Keep what a document says, or why it could not be read, in place of what was kept of it."""
        with self._lock, self._database as database:
            self._forget(path)
            made = database.execute(
                "INSERT INTO files (path, size, changed_ns, sha256, read_at, fault, pictures)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (path, stamp.size, stamp.changed_ns, sha256, time.time(), fault, pictures),
            )
            for section, those in zip(sections, rows, strict=True):
                added = database.execute(
                    "INSERT INTO passages (file_id, title, heading, page, text, rows)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    (
                        made.lastrowid,
                        section.title,
                        section.heading,
                        section.page,
                        section.text,
                        _packed(those),
                    ),
                )
                database.execute(
                    "INSERT INTO words (rowid, heading, text) VALUES (?, ?, ?)",
                    (added.lastrowid, section.heading, section.text),
                )

    def touch(self, path: str, stamp: Stamp) -> None:
        """Note that a document has another date, and says the same."""
        with self._lock, self._database as database:
            database.execute(
                "UPDATE files SET size = ?, changed_ns = ? WHERE path = ?",
                (stamp.size, stamp.changed_ns, path),
            )

    def forget(self, path: str) -> None:
        """Take a document out."""
        with self._lock, self._database:
            self._forget(path)

    def with_word(self, word: str, most: int) -> list[int]:
        """Return the numbers of the passages that have `word` in any of its forms; none if over `most`."""
        with self._lock:
            rows = self._database.execute(
                "SELECT rowid FROM words WHERE words MATCH ? LIMIT ?", (f'"{word}"', most + 1)
            ).fetchall()
        return [id_ for (id_,) in rows] if len(rows) <= most else []

    def _forget(self, path: str) -> None:
        of_file = "SELECT p.id FROM passages p JOIN files f ON f.id = p.file_id WHERE f.path = ?"
        self._database.execute(f"DELETE FROM words WHERE rowid IN ({of_file})", (path,))  # noqa: S608
        self._database.execute("DELETE FROM files WHERE path = ?", (path,))


def _opened(path: Path | None, embedder: str) -> sqlite3.Connection:
    """Return the database, fit for use; a damaged or foreign one is replaced."""
    if path is not None:
        for _ in range(2):
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                return _prepared(sqlite3.connect(path, timeout=_WAIT_S, check_same_thread=False), embedder)
            except (_Unfit, sqlite3.DatabaseError) as error:
                if isinstance(error, sqlite3.OperationalError):
                    # Locked, full, or not to be written: no reason to throw away what others use.
                    log.warning("the index of the documents cannot be opened: %s", error)
                    break
                log.warning("the index of the documents is made anew: %s", error)
                _remove(path)
            except OSError as error:
                log.warning("the index of the documents cannot be kept: %s", error.strerror)
                break
    return _prepared(sqlite3.connect(":memory:", check_same_thread=False), embedder)


class _Unfit(Exception):
    """The file is in order, but not one of ours as we are."""


def _prepared(database: sqlite3.Connection, embedder: str) -> sqlite3.Connection:
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("PRAGMA foreign_keys = ON")
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version == 0:
            database.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {SCHEMA}; COMMIT;")
            with database:
                database.execute("INSERT INTO about (embedder) VALUES (?)", (embedder,))
            return database
        if version != SCHEMA:
            raise _Unfit("it is of another version")
        (health,) = database.execute("PRAGMA quick_check(1)").fetchone()
        if health != "ok":
            raise _Unfit("it is damaged")
        if database.execute("SELECT embedder FROM about").fetchone() != (embedder,):
            raise _Unfit("it was made with another model")
        return database
    except BaseException:
        database.close()
        raise


def _remove(path: Path) -> None:
    for each in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        with contextlib.suppress(OSError):
            each.unlink(missing_ok=True)


def _packed(rows: Rows) -> bytes:
    # Half the digits are enough: a similarity changes by less than 0.001.
    numbers = np.ascontiguousarray(rows, dtype="<f2")
    return bytes(numbers.tobytes()) + int(rows.shape[1]).to_bytes(4, "little")


def _unpacked(blob: bytes) -> Rows:
    width = int.from_bytes(blob[-4:], "little")
    return np.frombuffer(blob[:-4], dtype="<f2").reshape(-1, width).astype(np.float32)
