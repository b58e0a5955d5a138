"""What only SQLite does its own way: how a history's file is opened, and its full-text index."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    column,
    create_engine,
    delete,
    event,
    func,
    insert,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.engine.interfaces import DBAPIConnection

from copilot_desktop.store.tokens import snippet

if TYPE_CHECKING:
    from copilot_desktop.store.words import Spoken

_PATIENCE_S = 1.0
"""How long a statement waits for a lock of another process before it fails."""
_WORDS = table("utterance_words", column("text"), column("call_id"), column("seq"))
_INDEX: ColumnElement[str] = literal_column("utterance_words")
_ROW: ColumnElement[int] = literal_column("utterance_words.rowid")
_AT_ONCE = 200


def connect(path: Path, *, is_writer: bool) -> Engine:
    """Return the way to `path`; nothing is opened yet.

    A writer makes the file, keeps a write-ahead log, and has every commit on the disk itself when it returns.
    """
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={"timeout": _PATIENCE_S},
        # A statement's values are callers' words; they must not reach messages and logs.
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: DBAPIConnection, _record: object) -> None:
        # The driver's own transactions leave out CREATE TABLE; ours begin below and hold everything.
        connection.isolation_level = None
        try:
            _set_up(connection, is_writer=is_writer)
        except Exception:
            connection.close()  # The pool never saw it and will not.
            raise

    @event.listens_for(engine, "begin")
    def _begin(connection: object) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writer else "BEGIN")  # type: ignore[attr-defined]

    return engine


def _set_up(connection: DBAPIConnection, *, is_writer: bool) -> None:
    cursor = connection.cursor()
    if is_writer:
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        # What is taken out, a card number, is overwritten and not only forgotten.
        cursor.execute("PRAGMA secure_delete = ON")
    else:
        cursor.execute("PRAGMA query_only = ON")
    cursor.close()


def empty_log(engine: Engine) -> None:
    """Move the write-ahead log into the file and empty it, unless a reader is in the way."""
    connection = engine.raw_connection()
    cursor = connection.cursor()
    try:
        with suppress(engine.dialect.loaded_dbapi.Error):
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        cursor.close()
        connection.close()


class SqliteWords:
    """The words said, in an FTS5 table."""

    def add(self, connection: Connection, spoken: Iterable[Spoken]) -> None:
        """Make utterances findable."""
        rows = [entry._asdict() for entry in spoken]
        if rows:
            connection.execute(insert(_WORDS), rows)

    def remove(self, connection: Connection, call_id: str, seq: int) -> None:
        """Let an utterance be found no more."""
        connection.execute(delete(_WORDS).where(_WORDS.c.call_id == call_id, _WORDS.c.seq == seq))

    def forget_removed(self, connection: Connection) -> None:
        """Write the index anew without the words of what was removed, which it would keep for a while."""
        connection.execute(text("INSERT INTO utterance_words(utterance_words) VALUES ('optimize')"))

    def begins(self, word: str) -> tuple[str, str]:
        """Return the condition that an utterance has a word beginning with `word`: SQL, and its value."""
        return "utterance_words MATCH %s", _starting_with(word)

    def snippets(
        self, connection: Connection, call_ids: Collection[str], words: Sequence[str]
    ) -> dict[str, str]:
        """Return the most fitting words of each call, hits between « and »."""
        begin = [_starting_with(word) for word in words]
        best = _newest_with(connection, " AND ".join(begin), call_ids)
        missing = [call_id for call_id in call_ids if call_id not in best]
        if missing and len(begin) > 1:
            # No sentence has all of them. Every word is somewhere in the call: the rarest is found soonest.
            rarest = min(begin, key=lambda word: _hits(connection, word))
            best |= _newest_with(connection, rarest, missing)
        return {call_id: snippet(said, words)[1] for call_id, said in best.items()}


def _hits(connection: Connection, match: str) -> int:
    query = select(func.count()).select_from(_WORDS).where(_INDEX.op("MATCH")(match))
    return int(connection.execute(query).scalar_one())


def _newest_with(connection: Connection, match: str, call_ids: Collection[str]) -> dict[str, str]:
    """Return for each call the fitting sentence that was written last, if there is one.

    The index is read from its end and only as far as need be: of a frequent word it has every tenth sentence
    of years, and what is asked for are most often the newest calls.
    """
    query = select(_WORDS.c.call_id, _WORDS.c.text).where(_INDEX.op("MATCH")(match)).order_by(_ROW.desc())
    found: dict[str, str] = {}
    missing = set(call_ids)
    with connection.execution_options(yield_per=_AT_ONCE).execute(query) as rows:
        for call_id, said in rows:
            if call_id in missing:
                found[call_id] = said
                missing.remove(call_id)
                if not missing:
                    break
    return found


def _starting_with(word: str) -> str:
    """Return `word` as a quoted prefix, so that nothing the user typed is read as an operator."""
    return '"' + word.replace('"', '""').replace("\0", "") + '"*'
