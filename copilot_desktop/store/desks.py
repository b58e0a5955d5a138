"""The desks that share a history: their names, and which of their batches have arrived."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from copilot_desktop.store import tables

_desks = tables.desks


def register(connection: Connection, desk_id: str, name: str) -> None:
    """Let a desk be known by `name` from now on."""
    here = _desks.c.desk_id == desk_id
    if connection.execute(update(_desks).where(here).values(name=name)).rowcount == 0:
        connection.execute(insert(_desks).values(desk_id=desk_id, name=name, last_batch=""))


def is_news(connection: Connection, desk_id: str, batch: str) -> bool:
    """Note that `batch` arrives in this transaction; False if it was the last to arrive already.

    A desk sends one batch after another, and the next only when it knows that the last arrived. So when the
    answer was lost it is the last one, and no other, that comes again.
    """
    here = _desks.c.desk_id == desk_id
    last = connection.execute(select(_desks.c.last_batch).where(here)).scalar()
    if last == batch:
        return False
    connection.execute(update(_desks).where(here).values(last_batch=batch))
    return True


def names(connection: Connection) -> dict[str, str]:
    """Return the names of all desks by id."""
    return {row.desk_id: row.name for row in connection.execute(select(_desks))}


def shown(connection: Connection) -> dict[str, str]:
    """Return the same, but nothing where there is one desk: then nobody needs its name."""
    found = names(connection)
    return found if len(found) > 1 else {}
