"""Connections to the history's file, and what its errors are called here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError

from copilot_desktop.calls.errors import StoreError

_PATIENCE_S = 1.0
"""How long a statement waits for a lock of another process before it fails."""


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


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn the database's errors into StoreError, in which only `doing` and the driver's reason are told."""
    try:
        yield
    except SQLAlchemyError as error:
        reason = getattr(error, "orig", None) or type(error).__name__
        raise StoreError(f"{doing}: {reason}") from None
