"""Programs of other makers that some tests talk to: installed with npm into `.venv/peers`, where npm is.

Nothing here may stop the tests. Whatever is amiss is told in one line and written down, and the tests that
need these programs are skipped with that reason.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from pathlib import Path

from dev_say import say

OLDEST_NODE = 18
LIMIT_S = 240
PATIENCE_S = 3600
"""How long a failed installation is not tried again: without a network each try takes its time."""
STAMP = "stamp.txt"
WHY_NOT = "why-not.txt"
NPM_OPTIONS = (
    "ci",
    # Code from these packages runs in the tests alone, not while they are installed.
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--no-update-notifier",
    "--loglevel=error",
    "--fetch-retries=1",
    "--fetch-timeout=30000",
)


class _Unavailable(Exception):
    """The text says why, in a few words."""


def prepare(root: Path) -> None:
    """Have the programs of packaging/peers in `root/.venv/peers`; if that cannot be, say why."""
    wanted = lock_hash(root)
    if _read(root, STAMP) == wanted:
        return
    try:
        _install(root, wanted)
    except (_Unavailable, OSError) as problem:
        reason = str(problem)
        say(f"tests that need other makers' programs are skipped: {reason}")
        _note(root, WHY_NOT, f"{wanted}\n{reason}")


def why_not(root: Path) -> str:
    """Return why the programs are not there; empty: they are."""
    if _read(root, STAMP) == lock_hash(root):
        return ""
    return _failure(root, lock_hash(root)) or "`dev.py test` installs them, with Node.js 18 or newer"


def lock_hash(root: Path) -> str:
    """Return the hash of packaging/peers, the same whatever line ends the checkout has."""
    content = b"".join(
        (root / "packaging" / "peers" / name).read_bytes() for name in ("package.json", "package-lock.json")
    )
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def _install(root: Path, wanted: str) -> None:
    npm = _npm()
    reason = _failure(root, wanted)
    if reason.startswith("npm ") and _age_s(root) < PATIENCE_S:
        raise _Unavailable(reason)
    import shutil

    from dev_install import only_one

    with only_one(root / ".venv.lock"):
        if _read(root, STAMP) == wanted:
            return
        say(f"installing other makers' programs for the tests with npm (at most {LIMIT_S // 60} minutes)")
        folder = _folder(root)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / STAMP).unlink(missing_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(root / "packaging" / "peers" / name, folder / name)
        _run([npm, *NPM_OPTIONS], folder)
        (folder / WHY_NOT).unlink(missing_ok=True)
        _note(root, STAMP, wanted)


def _npm() -> str:
    """Return npm's path, if it and a Node.js of a fitting age are there."""
    import shutil
    import subprocess

    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        raise _Unavailable("Node.js and npm are not installed")
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, timeout=20)
    except subprocess.TimeoutExpired:
        raise _Unavailable("Node.js does not answer") from None
    version = re.match(r"v(\d+)\.", answer.stdout)
    if version is None or int(version[1]) < OLDEST_NODE:
        raise _Unavailable(f"Node.js {answer.stdout.strip() or '?'} is older than {OLDEST_NODE}")
    return npm


def _run(words: list[str], folder: Path) -> None:
    """Run npm to its end or to the time limit. What it says goes to a file."""
    import subprocess

    with (folder / "npm.log").open("w+", encoding="utf-8", errors="replace") as said:
        # On its own, so that it can be ended with all that it started.
        process = subprocess.Popen(
            words,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            raise _Unavailable(f"npm did not finish within {LIMIT_S} s") from None
        finally:
            if process.poll() is None:
                _end(process.pid)
                process.wait()
        if code != 0:
            said.seek(0)
            raise _Unavailable(f"npm failed: {_telling(said.read())}")


def _end(process_id: int) -> None:
    import signal

    if os.name == "posix":
        os.killpg(process_id, signal.SIGKILL)
    else:
        os.kill(process_id, signal.SIGTERM)


def _telling(said: str) -> str:
    """Return the first of npm's lines that tells something, without addresses."""
    lines = [re.sub(r"^npm (error|ERR!)\s*", "", line).strip() for line in said.splitlines()]
    telling = [
        line for line in lines if line and not line.startswith(("npm warn", "code ", "A complete log"))
    ]
    return re.sub(r"\S+://\S+", "…", telling[0])[:120] if telling else "it does not say why"


def _failure(root: Path, wanted: str) -> str:
    """Return why this lock could not be installed the last time; empty: it was not tried."""
    tried, _, reason = _read(root, WHY_NOT).partition("\n")
    return reason if tried == wanted else ""


def _age_s(root: Path) -> float:
    return time.time() - (_folder(root) / WHY_NOT).stat().st_mtime


def _folder(root: Path) -> Path:
    return root / ".venv" / "peers"


def _read(root: Path, name: str) -> str:
    try:
        return (_folder(root) / name).read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _note(root: Path, name: str, text: str) -> None:
    try:
        _folder(root).mkdir(parents=True, exist_ok=True)
        (_folder(root) / name).write_text(text + "\n", encoding="utf-8")
    except OSError:
        # Then the next run tries again.
        return
