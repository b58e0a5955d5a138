"""The history on a server, which several desks share. Recordings stay on the computer of their desk."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from copilot_desktop.calls.errors import StoreError
from copilot_desktop.calls.events import CallEvent
from copilot_desktop.store import desks, postgres_dialect, tables
from copilot_desktop.store.database import StoreAway, translated
from copilot_desktop.store.hiding import Hiding
from copilot_desktop.store.journal import OnProblem
from copilot_desktop.store.migrate import is_current, migrate
from copilot_desktop.store.outbox import FactsWait, Outbox
from copilot_desktop.store.postgres_dialect import DeskInUse
from copilot_desktop.store.spool import Spool
from copilot_desktop.store.writing import BatchWriter

_SPOOL = "outbox.sqlite3"
_CANNOT_OPEN = "The shared history cannot be opened"
_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")


class SharedParts(NamedTuple):
    """What a store on a server is made of."""

    reading: Engine
    changing: Engine
    outbox: Outbox
    desk_id: str
    release: Callable[[], None]


def server_url(address: str) -> str:
    """Return `address` as SQLAlchemy takes it; the password is in it. Raises StoreError."""
    try:
        url = make_url(address.strip())
    except (ArgumentError, ValueError):
        raise StoreError(
            "The address of the shared history is not one: write postgresql://name:password@host/database."
        ) from None
    if url.drivername not in _SCHEMES or not url.database:
        raise StoreError(
            "The address of the shared history must look like postgresql://name:password@host/database."
        )
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def shown_url(address: str) -> str:
    """Return where a shared history lies, without name and password."""
    url: URL = make_url(server_url(address))
    return f"{url.host or 'this computer'}{f':{url.port}' if url.port else ''}/{url.database}"


def open_shared(
    data_dir: Path, address: str, desk_name: str, *, on_problem: OnProblem, hiding: Hiding
) -> SharedParts:
    """Open the history at `address` for this desk. Blocks.

    A server that is away for now is no reason to fail: facts wait on this computer.

    Raises:
        StoreError: what a person must mend, in words.
    """
    url = server_url(address)
    spool = Spool(data_dir / _SPOOL)
    desk_id = spool.desk_id(_desk_of_file(data_dir))
    # One connection for the facts alone, which also holds the desk.
    writing = postgres_dialect.connect(url, is_writer=True, desk_id=desk_id)
    changing = postgres_dialect.connect(url, is_writer=True)
    reading = postgres_dialect.connect(url, is_writer=False)
    writer = BatchWriter(writing, desk_id=desk_id)
    prepared: list[bool] = []

    def send(events: Sequence[CallEvent], batch: str) -> None:
        try:
            if not prepared:
                _prepare(writing, desk_id, desk_name)
                prepared.append(True)
            writer.write(events, batch)
        except DeskInUse:
            raise StoreError(
                "The shared history is in use by another copy of the program on this desk."
            ) from None

    def release() -> None:
        outbox.close()
        for engine in (writing, changing, reading):
            engine.dispose()

    outbox = Outbox(send, spool, hiding, on_problem=on_problem)
    try:
        send((), "")
        outbox.send_waiting()
    except StoreAway as error:
        outbox.is_away()
        on_problem(FactsWait(str(error)))
    except BaseException:
        release()
        raise
    return SharedParts(reading, changing, outbox, desk_id, release)


def open_for_reading(address: str) -> Engine:
    """Return the way to a shared history that is only read. Raises StoreError."""
    engine = postgres_dialect.connect(server_url(address), is_writer=False)
    try:
        with translated(_CANNOT_OPEN), engine.begin() as connection:
            if not is_current(connection):
                raise StoreError("The shared history is empty or of an older version. Start the program.")
    except BaseException:
        engine.dispose()
        raise
    return engine


def try_server(address: str) -> str:
    """Return in one sentence that a shared history can be kept at `address`. Blocks, for some 15 s at most.

    The tables are made or brought up to date, as at the next start.

    Raises:
        StoreError: why it cannot, in words.
    """
    engine = postgres_dialect.connect(server_url(address), is_writer=True)
    try:
        with translated("The shared history cannot be used"):
            migrate(engine)
            with engine.begin() as connection:
                count = len(connection.execute(select(tables.calls.c.call_id)).all())
                others = len(desks.names(connection))
    finally:
        engine.dispose()
    return f"The server answers. It holds {count} calls of {others} desks."


def _prepare(engine: Engine, desk_id: str, name: str) -> None:
    with translated(_CANNOT_OPEN):
        migrate(engine)
        with engine.begin() as connection:
            desks.register(connection, desk_id, name)


def _desk_of_file(data_dir: Path) -> str:
    """Return the desk that the history on this computer belongs to; empty if there is none."""
    file = data_dir / "calls.sqlite3"
    if not file.exists():
        return ""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as database:
            found = database.execute("SELECT value FROM about WHERE name = 'desk_id'").fetchone()
    except sqlite3.Error:
        return ""
    return str(found[0]) if found else ""
