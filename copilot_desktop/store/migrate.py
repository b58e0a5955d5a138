"""Brings a history's tables up to this program's version. Loads Alembic only when it is needed."""

from __future__ import annotations

import io
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from copilot_desktop.calls.errors import StoreError
from copilot_desktop.store.server_words import reason

_FOLDER = Path(__file__).parent / "migrations"
HEAD = "0007"
"""The newest step in `migrations/versions`. A number that is not among them is a newer program's."""


def migrate(engine: Engine) -> None:
    """Run the missing steps, all or none. Blocks: 10 ms when there is nothing to do.

    Raises:
        StoreError: a newer program made this history, or a step failed and nothing was changed.
    """
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            _see_to_server(connection)
        if is_current(connection):
            return
        _upgrade(connection)


def is_current(connection: Connection) -> bool:
    """Return whether the tables are this program's. Raises StoreError where a newer program made them."""
    found = _version(connection)
    if found is not None and found > HEAD and found not in _known():
        raise StoreError(
            "The call history was made by a newer version of this program. Update the program to open it."
        )
    return found == HEAD


def _known() -> set[str]:
    return {path.name[1:5] for path in (_FOLDER / "versions").glob("v*.py*")}


def _see_to_server(connection: Connection) -> None:
    from copilot_desktop.store import postgres_dialect

    version = postgres_dialect.server_version(connection)
    if version < postgres_dialect.OLDEST_SERVER:
        raise StoreError(
            f"The server is PostgreSQL {version}; a shared history needs {postgres_dialect.OLDEST_SERVER}"
            " or newer."
        )
    # Two desks may start at once.
    postgres_dialect.wait_for_migrations(connection)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config(stdout=io.StringIO())
    # Alembic reads the value as a template, in which a per cent sign of the path must be doubled.
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, HEAD)
    except (CommandError, SQLAlchemyError) as error:
        doing = "The call history could not be brought up to date; nothing was changed"
        if isinstance(error, SQLAlchemyError) and connection.dialect.name == "postgresql":
            raise StoreError(f"{doing}: {reason(error)}.") from None
        raise StoreError(f"{doing}.") from error
