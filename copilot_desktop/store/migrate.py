"""Brings a history's tables up to this program's version. Loads Alembic only when it is needed."""

from __future__ import annotations

import io
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from copilot_desktop.calls.errors import StoreError

HEAD = "0003"
"""The newest step in `migrations/versions`. Steps are numbered, so a higher number is a newer program's."""


def migrate(engine: Engine) -> None:
    """Run the missing steps, all or none. Blocks: 10 ms when there is nothing to do.

    Raises:
        StoreError: a newer program made this history, or a step failed and nothing was changed.
    """
    with engine.begin() as connection:
        if is_current(connection):
            return
        _upgrade(connection)


def is_current(connection: Connection) -> bool:
    """Return whether the tables are this program's. Raises StoreError where a newer program made them."""
    found = _version(connection)
    if found is not None and found > HEAD:
        raise StoreError(
            "The call history was made by a newer version of this program. Update the program to open it."
        )
    return found == HEAD


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
    folder = str(Path(__file__).parent / "migrations").replace("%", "%%")
    config.set_main_option("script_location", folder)
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, HEAD)
    except (CommandError, SQLAlchemyError) as error:
        raise StoreError("The call history could not be brought up to date; nothing was changed.") from error
