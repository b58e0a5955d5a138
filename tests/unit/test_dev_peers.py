"""packaging/dev_peers.py: installed once, never in the way, always with a reason."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import pytest

import dev_peers

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins for node and npm are scripts")


class FakeNode:
    """Stands for node and npm on the path: small scripts; npm notes each call and leaves a folder."""

    def __init__(self, folder: Path) -> None:
        self._bin = folder / "bin"
        self._bin.mkdir()
        self._calls = folder / "calls.txt"
        self.node("v20.1.0")
        self.npm("mkdir -p node_modules")

    @property
    def path(self) -> str:
        return f"{self._bin}{os.pathsep}/usr/bin{os.pathsep}/bin"

    @property
    def calls(self) -> list[str]:
        return self._calls.read_text().splitlines() if self._calls.exists() else []

    def node(self, version: str) -> None:
        self._write("node", f"echo {version}")

    def npm(self, body: str) -> None:
        self._write("npm", f'echo "$PWD $*" >> "{self._calls}"\n{body}')

    def _write(self, name: str, body: str) -> None:
        program = self._bin / name
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeNode:
    fake = FakeNode(tmp_path)
    monkeypatch.setenv("PATH", fake.path)
    return fake


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with a tiny lock."""
    peers = tmp_path / "repo" / "packaging" / "peers"
    peers.mkdir(parents=True)
    (peers / "package.json").write_text("{}\n")
    (peers / "package-lock.json").write_text('{"lockfileVersion": 3}\n')
    (tmp_path / "repo" / ".venv").mkdir()
    return tmp_path / "repo"


def test_installed_once_for_each_lock(root: Path, node: FakeNode) -> None:
    assert "dev.py test" in dev_peers.why_not(root)
    dev_peers.prepare(root)
    dev_peers.prepare(root)
    assert [call.split()[:2] for call in node.calls] == [[str(root / ".venv" / "peers"), "ci"]]
    assert "--ignore-scripts" in node.calls[0]
    assert dev_peers.why_not(root) == ""
    lock = root / "packaging" / "peers" / "package-lock.json"
    lock.write_bytes(lock.read_bytes().replace(b"\n", b"\r\n"))
    assert dev_peers.why_not(root) == ""
    lock.write_text('{"lockfileVersion": 3, "packages": {}}\n')
    assert dev_peers.why_not(root) != ""
    dev_peers.prepare(root)
    assert len(node.calls) == 2
    copied = root / ".venv" / "peers" / "package-lock.json"
    assert copied.read_text() == lock.read_text()


def test_without_node_it_is_said_and_nothing_fails(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(root))
    dev_peers.prepare(root)
    assert dev_peers.why_not(root) == "Node.js and npm are not installed"
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("are skipped: Node.js and npm are not installed")


def test_old_node(root: Path, node: FakeNode) -> None:
    node.node("v16.20.2")
    dev_peers.prepare(root)
    assert dev_peers.why_not(root) == "Node.js v16.20.2 is older than 18"
    assert node.calls == []
    # A newer one is used at once.
    node.node("v22.0.0")
    dev_peers.prepare(root)
    assert dev_peers.why_not(root) == ""


def test_failed_installation_is_told_and_left_alone_for_a_while(
    root: Path, node: FakeNode, capsys: pytest.CaptureFixture[str]
) -> None:
    node.npm(
        "echo 'npm error code ENOTFOUND'; echo 'npm error request to https://x.example/y failed'; exit 1"
    )
    dev_peers.prepare(root)
    assert dev_peers.why_not(root) == "npm failed: request to … failed"
    assert "example" not in capsys.readouterr().err
    dev_peers.prepare(root)
    assert len(node.calls) == 1
    assert "npm failed" in capsys.readouterr().err
    long_ago = time.time() - dev_peers.PATIENCE_S - 1
    os.utime(root / ".venv" / "peers" / dev_peers.WHY_NOT, (long_ago, long_ago))
    node.npm("exit 0")
    dev_peers.prepare(root)
    assert dev_peers.why_not(root) == ""


def test_npm_that_hangs_is_ended_with_what_it_started(
    root: Path, node: FakeNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev_peers, "LIMIT_S", 0.5)
    child = tmp_path / "child.txt"
    node.npm(f'sleep 60 & echo $! > "{child}"; wait')
    dev_peers.prepare(root)
    assert dev_peers.why_not(root) == "npm did not finish within 0.5 s"
    deadline = time.monotonic() + 5
    while _runs(int(child.read_text())):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _runs(process_id: int) -> bool:
    import psutil

    try:
        return psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_the_lock_names_no_address_and_is_exact() -> None:
    text = (ROOT / "packaging" / "peers" / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in text
    assert '"resolved"' not in text
    wanted = json.loads((ROOT / "packaging" / "peers" / "package.json").read_text(encoding="utf-8"))
    locked = json.loads(text)["packages"]
    assert locked[""]["dependencies"] == wanted["dependencies"]
    for name, version in wanted["dependencies"].items():
        assert locked[f"node_modules/{name}"]["version"] == version
    assert all("integrity" in package for path, package in locked.items() if path)
