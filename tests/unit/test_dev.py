"""packaging/dev.py: when `.venv` counts as ready, what is asked of apt, what the usual start avoids."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import dev
import dev_install
import dev_system
import dev_venv
from dev_say import DevError
from dev_venv import DEV, RUN

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with two tiny locks and a `.venv` that looks complete, but is not stamped."""
    (tmp_path / "packaging").mkdir()
    (tmp_path / "packaging" / RUN.value).write_bytes(b"one==1\n")
    (tmp_path / "packaging" / DEV.value).write_bytes(b"one==1\ntwo==2\n")
    python = dev_venv.venv_python(tmp_path)
    python.parent.mkdir(parents=True)
    python.write_text("")
    return tmp_path


def test_venv_is_ready_only_with_a_stamp(root: Path) -> None:
    assert not dev_venv.is_ready(root, RUN)
    dev_venv._write_stamp(root, RUN)
    assert dev_venv.is_ready(root, RUN)
    assert not dev_venv.is_ready(root, DEV)
    assert dev_venv.prepare(root, RUN) == dev_venv.venv_python(root)


def test_tools_include_the_program(root: Path) -> None:
    dev_venv._write_stamp(root, DEV)
    assert dev_venv.is_ready(root, RUN)
    assert dev_venv.is_ready(root, DEV)


def test_changed_lock_is_noticed_whatever_its_line_ends(root: Path) -> None:
    lock = root / "packaging" / RUN.value
    dev_venv._write_stamp(root, RUN)
    lock.write_bytes(b"one==1\r\n")
    assert dev_venv.is_ready(root, RUN)
    lock.write_bytes(b"one==2\n")
    assert not dev_venv.is_ready(root, RUN)


def test_venv_of_another_python_or_without_one_is_not_ready(root: Path) -> None:
    dev_venv._write_stamp(root, RUN)
    stamp = root / ".venv" / dev_venv.STAMP
    stamp.write_text(stamp.read_text().replace(f"python {dev_venv._version()}", "python 3.1"))
    assert not dev_venv.is_ready(root, RUN)
    dev_venv._write_stamp(root, RUN)
    dev_venv.venv_python(root).unlink()
    assert not dev_venv.is_ready(root, RUN)


def test_missing_lock_is_told(root: Path) -> None:
    dev_venv._write_stamp(root, RUN)
    (root / "packaging" / RUN.value).unlink()
    with pytest.raises(DevError, match=r"requirements\.txt is missing; restore it"):
        dev_venv.is_ready(root, RUN)


def test_locks_name_no_host_and_agree() -> None:
    locks = {kind: (ROOT / "packaging" / kind.value).read_text(encoding="utf-8") for kind in (RUN, DEV)}

    def pins(text: str) -> set[str]:
        lines = text.splitlines()
        return {line.rstrip(" \\") for line in lines if line and not line.startswith((" ", "#"))}

    assert all("://" not in text for text in locks.values())
    assert all("--hash=sha256:" in text for text in locks.values())
    assert {line.split(" ;")[0] for line in pins(locks[RUN])} <= {
        line.split(" ;")[0] for line in pins(locks[DEV])
    }


def test_lock_that_names_a_host_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text("one==1\n")
    dev._refuse_hosts(lock)
    lock.write_text("--find-links https://packages.example.com\none==1\n")
    with pytest.raises(DevError, match=r"requirements\.txt names a host"):
        dev._refuse_hosts(lock)


def test_unknown_command_is_one_line() -> None:
    words = [sys.executable, str(ROOT / "packaging" / "dev.py"), "rum"]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    known = "run, test, lint, bench, shots, build, lock, coverage"
    assert ended.stderr == f"dev.py: there is no command 'rum'; there are: {known}.\n"


def test_nothing_slow_is_imported_when_all_is_ready() -> None:
    probe = (
        "import sys; before = set(sys.modules); import dev; "
        "print(*({'subprocess', 'argparse', 'venv', 'dev_install', 'json'} & (set(sys.modules) - before)))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "packaging")}
    words = [sys.executable, "-S", "-c", probe]
    ended = subprocess.run(words, capture_output=True, text=True, check=True, env=environment)
    assert ended.stdout.strip() == ""


def test_lock_file_lets_one_in_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with dev_install.only_one(path), path.open("a+b") as second:
        assert not dev_install._try_lock(second.fileno())
    with path.open("a+b") as third:
        assert dev_install._try_lock(third.fileno())


def test_progress_counts_what_pip_takes(capsys: pytest.CaptureFixture[str]) -> None:
    progress = dev_install._Progress(total=40)
    progress.hear("Looking in links: /somewhere")
    for number in range(20):
        progress.hear(f"Collecting package{number}==1.0 (from -r lock.txt (line 1))")
    progress.hear("Installing collected packages: package0, package1")
    shown = capsys.readouterr().err.splitlines()
    assert shown == ["   20 of 40: package19==1.0, 0 s", "   20 of 40: unpacking all of them, 0 s"]


# ── system libraries ──────────────────────────────────────────────────────────────────────────────

linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="apt is Linux's")


class FakeSystem:
    """Stands for programs on the path: small scripts that note how they were called."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "bin"
        self._calls = folder / "calls.txt"
        self._folder.mkdir()

    def add(self, name: str, body: str = "exit 0") -> None:
        program = self._folder / name
        program.write_text(f'#!/bin/sh\necho "{name} $*" >> "{self._calls}"\n{body}\n')
        program.chmod(0o755)

    @property
    def path(self) -> str:
        return f"{self._folder}{os.pathsep}/usr/bin{os.pathsep}/bin"

    @property
    def calls(self) -> list[str]:
        return self._calls.read_text().splitlines() if self._calls.exists() else []


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSystem:
    """A Debian where this is root, unless a test changes it. No real apt is ever called."""
    fake = FakeSystem(tmp_path)
    fake.add("apt-get")
    fake.add("sudo", "exit 1")
    monkeypatch.setenv("PATH", fake.path)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return fake


def lacking(monkeypatch: pytest.MonkeyPatch, libraries: Sequence[str]) -> None:
    """Let exactly these libraries be missing."""
    names = {name: "no-such-package" for name in libraries}
    monkeypatch.setattr(dev_system, "LIBRARIES", names)
    monkeypatch.setattr(dev_system, "_has_fonts", lambda: True)


@linux_only
def test_nothing_missing_says_nothing(
    root: Path, system: FakeSystem, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lacking(monkeypatch, [])
    dev_system.check(root, is_for_tests=False)
    assert system.calls == []
    assert capsys.readouterr().err == ""


@linux_only
def test_missing_library_is_installed_by_root(
    root: Path, system: FakeSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking(monkeypatch, ["libnone.so.9"])
    dev_system.check(root, is_for_tests=False)
    (call,) = system.calls
    assert call.startswith("apt-get ")
    assert call.endswith("install --yes --no-install-recommends no-such-package")


@linux_only
def test_package_lists_are_fetched_when_they_are_needed(
    root: Path, system: FakeSystem, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    system.add("apt-get", 'case "$*" in *update*) exit 0;; esac; exit 100')
    lacking(monkeypatch, ["libnone.so.9"])
    dev_system.check(root, is_for_tests=False)
    assert ["install" in call for call in system.calls] == [True, False, True]
    assert "To install: sudo apt-get install no-such-package" in capsys.readouterr().err
    # The next start does not try again, but says it again.
    dev_system.check(root, is_for_tests=False)
    assert len(system.calls) == 3
    assert "To install: sudo apt-get install no-such-package" in capsys.readouterr().err


@linux_only
@pytest.mark.parametrize("may", [True, False])
def test_sudo_is_used_only_without_a_password(
    root: Path,
    system: FakeSystem,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    may: bool,
) -> None:
    system.add("sudo", "exit 0" if may else "exit 1")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    lacking(monkeypatch, ["libnone.so.9"])
    dev_system.check(root, is_for_tests=False)
    assert system.calls[0] == "sudo -n true"
    assert len(system.calls) == 1 + may
    assert all("DEBIAN_FRONTEND=noninteractive apt-get" in call for call in system.calls[1:])
    assert ("To install" in capsys.readouterr().err) is not may


@linux_only
def test_system_without_apt_is_told_what_lacks(
    root: Path, system: FakeSystem, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev_system, "has_apt", lambda: False)
    lacking(monkeypatch, ["libnone.so.9"])
    dev_system.check(root, is_for_tests=False)
    assert system.calls == []
    assert "your system's package manager" in capsys.readouterr().err
