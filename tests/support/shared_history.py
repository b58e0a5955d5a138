"""Empty databases on a server of the tests' own; imported by the conftests whose tests want one."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest

from copilot_desktop.store import Shared
from tests.support.postgres_server import NoServer, PostgresServer


@dataclass
class Databases:
    """Makes databases on `server`, and forgets them all at the end."""

    server: PostgresServer
    made: list[str] = field(default_factory=list)

    def new(self, template: str = "template0") -> str:
        """Return the name of a new database."""
        name = f"history_{uuid4().hex[:12]}"
        self.server.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY = FILE_COPY")
        self.made.append(name)
        return name


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """A server for this worker: it is up in a second, less than waiting for another worker's may take."""
    # Not among the folders of tests: other test runs close the way to those for all but their owner.
    with tempfile.TemporaryDirectory(prefix="copilot-postgres-") as folder:
        try:
            server = PostgresServer(Path(folder) / "data")
            server.make()
            server.start()
        except (NoServer, OSError) as error:
            pytest.skip(f"no PostgreSQL here: {error}")
        yield Databases(server)
        server.stop()


@pytest.fixture(scope="session")
def _template(databases: Databases) -> str:
    """A database whose tables are made already, to be copied."""
    from copilot_desktop.store.shared import try_server

    name = databases.new()
    try_server(databases.server.url(name))
    return name


@pytest.fixture
def database(databases: Databases, _template: str) -> str:
    """The address of a history of its own for this test, its tables made."""
    return databases.server.url(databases.new(_template))


@pytest.fixture
def desk(database: str) -> Callable[[str], Shared]:
    """Make a desk's way to the shared history."""
    return lambda name: Shared(database, name)
