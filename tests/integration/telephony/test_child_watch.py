"""The process between us and a tunnel's program: what it starts, passes on, and leaves behind: nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from copilot_desktop.telephony import child_watch

pytestmark = pytest.mark.skipif(os.name != "posix", reason="written for POSIX; the other half for Windows")

LIMIT_S = 20
DEAF = """
    import signal, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("ready", flush=True)
    time.sleep(600)
"""
"""Obeys nothing but force."""


class Watched:
    """One watcher with its order, or without one; used in `with`, nothing of it outlives the test."""

    def __init__(self, *command: str, first_line: str = "", **environment: str) -> None:
        self._order = {"command": command, "environment": environment, "first_line": first_line}
        self.process = subprocess.Popen(
            [sys.executable, child_watch.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def __enter__(self) -> Watched:
        if self._order["command"]:
            self.write(json.dumps(self._order).encode() + b"\n")
        return self

    def __exit__(self, *_: object) -> None:
        with self.process:
            self.process.kill()

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def let_go(self) -> None:
        """What the system does when we die."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().decode().strip()

    def code(self) -> int:
        return self.process.wait(timeout=LIMIT_S)


def python(code: str) -> tuple[str, ...]:
    return sys.executable, "-I", "-S", "-c", textwrap.dedent(code)


def is_gone(pid: int) -> bool:
    for _ in range(LIMIT_S * 50):
        if not psutil.pid_exists(pid):
            return True
        time.sleep(0.02)
    return False


def test_what_runs_gets_its_first_line_and_its_environment_and_ends_with_its_own_code() -> None:
    code = "import os, sys; print(sys.stdin.readline().strip(), os.environ['GIVEN']); sys.exit(7)"
    with Watched(*python(code), first_line="hello\n", GIVEN="this") as watched:
        assert watched.line() == "hello this"
        assert watched.code() == 7


def test_who_dies_of_a_signal_is_told_like_in_a_shell() -> None:
    with Watched(*python("import os; os.kill(os.getpid(), 9)")) as watched:
        assert watched.code() == 128 + signal.SIGKILL


@pytest.mark.parametrize("command", ["/there/is/no/such/program", "not\0a name"])
def test_what_cannot_be_started_is_said_without_its_name(command: str) -> None:
    with Watched(command) as watched:
        assert watched.code() == child_watch.NOT_STARTED
        assert watched.process.stderr is not None
        words = watched.process.stderr.read().decode()
        assert words.startswith("cannot be started: ")
        assert command not in words


def test_an_order_that_breaks_off_starts_nothing() -> None:
    with Watched() as watched:
        watched.write(b'{"command": [')
        watched.let_go()
        assert watched.code() == 0


@pytest.mark.parametrize("order", ["end of input", "signal"])
def test_it_is_asked_to_end_and_may_tidy_up(order: str, tmp_path: Path) -> None:
    code = f"""
        import signal, sys, time
        def tidy(*_):
            open({str(tmp_path / "tidy")!r}, "w").close()
            sys.exit(0)
        signal.signal(signal.SIGTERM, tidy)
        print("ready", flush=True)
        time.sleep(600)
    """
    with Watched(*python(code)) as watched:
        assert watched.line() == "ready"
        if order == "signal":
            watched.process.terminate()
        else:
            watched.let_go()
        assert watched.code() == 0
    assert (tmp_path / "tidy").exists()


def test_who_does_not_listen_is_ended_by_force() -> None:
    with Watched(*python(DEAF)) as watched:
        assert watched.line() == "ready"
        began_s = time.monotonic()
        watched.let_go()
        assert watched.code() == 128 + signal.SIGKILL
        assert time.monotonic() - began_s >= child_watch.GRACE_S


def test_children_that_are_left_behind_end_too_even_deaf_ones() -> None:
    code = f"""
        import subprocess
        child = subprocess.Popen({python(DEAF)!r}, stdout=subprocess.PIPE)
        child.stdout.readline()
        print(child.pid, flush=True)
    """
    with Watched(*python(code)) as watched:
        pid = int(watched.line())
        assert watched.code() == 0
        assert is_gone(pid)


def test_what_a_frozen_program_changed_for_its_libraries_is_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setenv("LD_LIBRARY_PATH", "/its/own")
    monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", "/of/the/system")
    monkeypatch.setenv("DYLD_LIBRARY_PATH", "/its/own")
    made = child_watch._environment({"GIVEN": "this"})
    assert made["LD_LIBRARY_PATH"] == "/of/the/system"
    assert "DYLD_LIBRARY_PATH" not in made
    assert made["GIVEN"] == "this"
