"""Opens a history: on this computer or on a server, for one program that writes or for any that read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from copilot_desktop.calls.errors import StoreError
from copilot_desktop.store.hiding import Hiding, Kinds
from copilot_desktop.store.history import Store
from copilot_desktop.store.journal import Journal, OnProblem
from copilot_desktop.store.recordings import WavRecordings

if TYPE_CHECKING:
    # SQLAlchemy takes a third of a second to load; `open_store` does it, off the loop.
    from filelock import BaseFileLock
    from sqlalchemy import Engine

_DATABASE, _RECORDINGS, _LOCK = "calls.sqlite3", "recordings", "in_use.lock"


@dataclass(frozen=True, slots=True)
class Shared:
    """A history on a server, and what this desk is called there."""

    url: str = field(repr=False)
    desk_name: str


def open_store(
    data_dir: Path,
    *,
    read_only: bool = False,
    on_problem: OnProblem = lambda error: None,
    hides: Kinds = lambda: (),
    shared: Shared | None = None,
) -> Store:
    """Open the history in `data_dir`, made if absent, or on a server. Blocks: call it off the loop.

    `read_only` leaves another copy of the program undisturbed that has the history open for writing.
    `on_problem` is told when writing begins to fail, and with None when it works again; it may be called from
    any thread and must not wait. `hides`: what must not be written down, asked for each fact in its thread.
    `shared`: the history is on a server; only recordings, and what waits for that server, are in `data_dir`.

    Raises:
        StoreError: in use by another copy, made by a newer version, or not readable or writable.
    """
    if read_only:
        return _open_for_reading(data_dir, shared)
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreError(f"The folder {data_dir} cannot be used: {error.strerror}.") from None
    lock = _lock(data_dir)
    try:
        if shared is not None:
            return _open_on_server(data_dir, lock, on_problem, hides, shared)
        return _open_for_writing(data_dir, lock, on_problem, hides)
    except BaseException:
        lock.release()
        raise


def _open_for_writing(data_dir: Path, lock: BaseFileLock, on_problem: OnProblem, hides: Kinds) -> Store:
    from copilot_desktop.store.database import connect, translated
    from copilot_desktop.store.migrate import migrate
    from copilot_desktop.store.reading import Reader
    from copilot_desktop.store.writing import BatchWriter

    database = data_dir / _DATABASE
    engines = connect(database, is_writer=True), connect(database, is_writer=False)
    release = _releasing(engines, lock)
    try:
        with translated("The call history cannot be opened"):
            migrate(engines[0])
        recordings = WavRecordings(data_dir / _RECORDINGS, on_problem=on_problem)
        writer, reader = BatchWriter(engines[0], Hiding(hides, recordings.blank)), Reader(engines[1])
        journal = Journal(writer.write, on_problem=on_problem)
        return Store(reader, journal, recordings, release, engines[0], writer.desk_id)
    except BaseException:
        release()
        raise


def _open_on_server(
    data_dir: Path, lock: BaseFileLock, on_problem: OnProblem, hides: Kinds, shared: Shared
) -> Store:
    from copilot_desktop.store.reading import Reader
    from copilot_desktop.store.shared import open_shared

    recordings = WavRecordings(data_dir / _RECORDINGS, on_problem=on_problem)
    hiding = Hiding(hides, recordings.blank)
    parts = open_shared(data_dir, shared.url, shared.desk_name, on_problem=on_problem, hiding=hiding)

    def release() -> None:
        parts.release()
        lock.release()

    try:
        journal = Journal(parts.outbox.write, on_problem=on_problem)
        return Store(Reader(parts.reading), journal, recordings, release, parts.changing, parts.desk_id)
    except BaseException:
        parts.release()
        raise


def _open_for_reading(data_dir: Path, shared: Shared | None) -> Store:
    from copilot_desktop.store.database import connect, translated
    from copilot_desktop.store.migrate import is_current
    from copilot_desktop.store.reading import Reader

    if shared is not None:
        from copilot_desktop.store.shared import open_for_reading

        there = open_for_reading(shared.url)
        return Store(Reader(there), None, WavRecordings(data_dir / _RECORDINGS), there.dispose)
    database = data_dir / _DATABASE
    if not database.exists():
        raise StoreError(f"There is no call history in {data_dir} yet. A practice call makes one.")
    engine = connect(database, is_writer=False)
    try:
        with translated("The call history cannot be opened"), engine.begin() as connection:
            if not is_current(connection):
                raise StoreError(
                    "The call history is of an older version. Start the program once to update it."
                )
    except BaseException:
        engine.dispose()
        raise
    return Store(Reader(engine), None, WavRecordings(data_dir / _RECORDINGS), engine.dispose)


@contextmanager
def locked_database(data_dir: Path) -> Iterator[Path]:
    """Hold this computer's history for oneself, and tell its file. Raises StoreError."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreError(f"The folder {data_dir} cannot be used: {error.strerror}.") from None
    lock = _lock(data_dir)
    try:
        yield data_dir / _DATABASE
    finally:
        lock.release()


def _lock(data_dir: Path) -> BaseFileLock:
    """Hold the folder for this process; a process that dies lets go of it."""
    from filelock import FileLock, Timeout

    # Not bound to a thread: the store is opened in one and closed in another.
    lock = FileLock(data_dir / _LOCK, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise StoreError(
            f"The call history in {data_dir} is already in use by another copy of the program."
        ) from None
    except OSError as error:
        raise StoreError(f"The folder {data_dir} cannot be used: {error.strerror}.") from None
    return lock


def _releasing(engines: tuple[Engine, ...], lock: BaseFileLock) -> Callable[[], None]:
    def release() -> None:
        for engine in engines:
            engine.dispose()
        lock.release()

    return release
