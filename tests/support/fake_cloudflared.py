"""Cloudflare's program, played by one of ours in real processes, with a public side on loopback.

    fake = FakeCloudflared(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(fake.ca_file))
    ...  # settings: cloudflared_path = str(fake.path), or PATH or `<data_dir>/bin` with `fake.folder`
    fake.die()

Its addresses are https://localhost:PORT, which lead to the program for whoever trusts `ca_file`.
"""

from __future__ import annotations

import json
import os
import signal
import stat
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import trustme

from tests.support.tunnel_program import GOOD_TOKEN, VERSION

__all__ = ["GOOD_TOKEN", "VERSION", "FakeCloudflared", "Running", "is_alive"]

_ROOT = Path(__file__).resolve().parents[2]
_SCRIPT = """#!{python} -S
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.support.tunnel_program import main
sys.exit(main(Path(__file__).parent, sys.argv[1:]))
"""


@dataclass(frozen=True)
class Running:
    """One process of it, and the child that it has."""

    pid: int
    grandchild: int
    port: int


class FakeCloudflared:
    """An executable `cloudflared` in `folder` (made under `parent`), and orders to all runs of it."""

    def __init__(self, parent: Path, *, name: str = "cloudflared") -> None:
        self.folder = parent / "fake-cloudflared"
        (self.folder / "running").mkdir(parents=True)
        self.path = self.folder / name
        self.path.write_text(_SCRIPT.format(python=sys.executable, root=str(_ROOT)))
        self.path.chmod(self.path.stat().st_mode | stat.S_IXUSR)
        self.ca_file = self.folder / "ca.pem"
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.ca_file)
        authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(
            self.folder / "server.pem"
        )
        self._control: dict[str, Any] = {
            "serial": 0,
            "is_ready": True,
            "is_cut": False,
            "is_elsewhere": False,
            "has_pages": True,
            "prints": "",
            "refusal": "",
            "ignores_term": False,
            "named_port": 0,
            "origin": "",
        }
        self._write()

    # Orders.

    def change_address(self) -> None:
        """Let the tunnel be at another port from now on."""
        self._set(serial=self._control["serial"] + 1)

    def die(self) -> None:
        """Kill every run of it."""
        for each in self.running():
            os.kill(each.pid, signal.SIGKILL)

    def stall(self) -> None:
        """Let every run of it hang: nothing is answered any more."""
        for each in self.running():
            os.kill(each.pid, signal.SIGSTOP)

    def wake(self) -> None:
        """Let what hangs go on."""
        for each in self.running():
            os.kill(each.pid, signal.SIGCONT)

    def refuse(self, why: str) -> None:
        """Refuse to start: "token", "offline", "busy"; "": start again."""
        self._set(refusal=why)

    def disconnect(self, *, is_ready: bool = False) -> None:
        """Say that there is no connection to the service."""
        self._set(is_ready=is_ready)

    def cut(self, *, is_cut: bool = True) -> None:
        """Let new requests from outside fail, with all else well. Connections that are open stay."""
        self._set(is_cut=is_cut)

    def lead_elsewhere(self, *, is_elsewhere: bool = True) -> None:
        """Let another program answer at the address."""
        self._set(is_elsewhere=is_elsewhere)

    def be_without_pages(self, *, printed: str) -> None:
        """Have no pages for address and readiness; print this address instead."""
        self._set(has_pages=False, prints=printed)

    def ignore_term(self) -> None:
        """Runs to come do not end when asked."""
        self._set(ignores_term=True)

    def name_tunnel(self, *, port: int, public_port: int) -> str:
        """Let the named tunnel lead to `port`; return its host name."""
        self._set(origin=f"http://127.0.0.1:{port}", named_port=public_port)
        return f"localhost:{public_port}"

    # What it did.

    @property
    def starts(self) -> list[dict[str, Any]]:
        """Arguments, and names in the environment, of every start."""
        file = self.folder / "starts.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def all_runs(self) -> list[Running]:
        """Return every run that has had an address."""
        return [Running(**json.loads(file.read_text())) for file in (self.folder / "running").glob("*.json")]

    def running(self) -> list[Running]:
        """Return the runs that are alive."""
        return [each for each in self.all_runs() if is_alive(each.pid)]

    def left_alive(self, *, within_s: float = 8.0) -> list[int]:
        """Return the processes, of it and of its children, that are still there after `within_s`."""
        deadline = time.monotonic() + within_s
        while left := [
            pid for each in self.all_runs() for pid in (each.pid, each.grandchild) if is_alive(pid)
        ]:
            if time.monotonic() > deadline:
                return left
            time.sleep(0.02)
        return []

    def _alive(self) -> list[int]:
        pids = [pid for each in self.all_runs() for pid in (each.pid, each.grandchild)]
        return [pid for pid in pids if is_alive(pid)]

    def _set(self, **changes: Any) -> None:
        self._control |= changes
        self._write()

    def _write(self) -> None:
        # Whole or not at all: it is read at any moment.
        fresh = self.folder / "control.new"
        fresh.write_text(json.dumps(self._control))
        fresh.replace(self.folder / "control.json")


def is_alive(pid: int) -> bool:
    """Whether there is such a process that has not ended."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
