"""What the errors of a history's database are called here, whichever it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from copilot_desktop.calls.errors import StoreError
from copilot_desktop.store import sqlite_dialect
from copilot_desktop.store.server_words import AWAY, reason
from copilot_desktop.store.sqlite_dialect import connect

__all__ = ["StoreAway", "connect", "empty_log", "translated"]


class StoreAway(StoreError):
    """A server cannot be reached now; the same may work later."""


def empty_log(engine: Engine) -> None:
    """See to it that what was taken out of the tables is not on this disk either."""
    if engine.dialect.name == "sqlite":
        sqlite_dialect.empty_log(engine)


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn the database's errors into StoreError, in which only `doing` and the driver's reason are told."""
    try:
        yield
    except SQLAlchemyError as error:
        why = reason(error)
        raise (StoreAway if why in AWAY else StoreError)(f"{doing}: {why}") from None
