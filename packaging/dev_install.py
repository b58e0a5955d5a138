"""The slow half of `.venv`: making it, and filling it with pip from a hash-checked lock."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import dev_system
from dev_say import DevError, end_progress, say, show_progress
from dev_venv import NEEDED_BYTES, venv_python

_KEPT = {"pip"}
_LOCKED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==", re.MULTILINE)
_TAKEN = re.compile(
    r"^(?:Collecting|Processing|Requirement already satisfied:|  Downloading) (\S+).*?(\(.* [kM]B\))?$"
)
_LIST_INSTALLED = (
    "import importlib.metadata as m; print(*{d.metadata['Name'] for d in m.distributions()}, sep='\\n')"
)


@contextlib.contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold a lock file, so that two dev.py never work on one `.venv`. The system frees it if we die."""
    try:
        file = path.open("a+b")
    except OSError as problem:
        raise DevError(
            f"{path.parent} cannot be written ({problem.strerror}); copy the repository."
        ) from None
    with file:
        if not _try_lock(file.fileno()):
            say("another dev.py is preparing .venv; waiting for it")
            while not _try_lock(file.fileno()):
                time.sleep(0.2)
        yield


def _try_lock(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(handle, 0, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def make_venv(root: Path) -> None:
    """Make `root/.venv` with this Python, in place of whatever is there.

    Raises:
        DevError: it cannot be removed or made; says why.
    """
    folder = root / ".venv"
    say(f"making .venv with Python {sys.version.split()[0]}")
    try:
        if folder.is_symlink():
            folder.unlink()
        elif folder.exists():
            shutil.rmtree(folder)
    except OSError as problem:
        raise DevError(
            f"the old .venv cannot be removed ({problem}); delete it by hand, then again."
        ) from None
    _see_to_ensurepip()
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(folder)], capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        reason = " ".join((made.stdout + made.stderr).split())[-400:]
        raise DevError(f"this Python cannot make a .venv: {reason}")


def _see_to_ensurepip() -> None:
    """Debian keeps the part of `venv` that brings pip in a package of its own."""
    if importlib.util.find_spec("ensurepip"):
        return
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if not dev_system.install_with_apt([package]):
        remedy = dev_system.remedy([package]) if dev_system.has_apt() else "another Python's installer"
        raise DevError(f"this Python lacks ensurepip. Install it ({remedy}), then the same command again.")


def fill(root: Path, lock: Path) -> None:
    """Install exactly what `lock` names, each file checked against its hash, and remove all else.

    Raises:
        DevError: pip failed; the end of what it said is shown first.
    """
    names = {_normal(name) for name in _LOCKED.findall(lock.read_text(encoding="utf-8"))}
    _see_to_disk_space(root)
    say(f"installing the {len(names)} packages of packaging/{lock.name} (one to three minutes when new)")
    # Everything is named in the lock, so pip need not look for dependencies, and nothing is built here.
    options = ["--require-hashes", "--no-deps", "--only-binary=:all:", "--no-input", "--progress-bar=off"]
    _pip(root, ["install", *options, "-r", str(lock)], total=len(names))
    if extras := sorted(_installed(root) - names - _KEPT):
        say(f"removing what the lock does not name: {', '.join(extras)}")
        _pip(root, ["uninstall", "--yes", *extras], total=len(extras))


def _see_to_disk_space(root: Path) -> None:
    free = shutil.disk_usage(root).free
    is_new = len(_installed(root)) < 20
    if is_new and free < NEEDED_BYTES:
        raise DevError(
            f"{free / 1e9:.1f} GB are free on this disk; the packages need {NEEDED_BYTES / 1e9:.1f} GB."
        )


def _installed(root: Path) -> set[str]:
    words = [str(venv_python(root)), "-c", _LIST_INSTALLED]
    answer = subprocess.run(words, capture_output=True, text=True, check=True)
    return {_normal(name) for name in answer.stdout.split()}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _pip(root: Path, arguments: list[str], *, total: int) -> None:
    """Run pip and condense what it says: how many packages, which one now, how long so far."""
    words = [str(venv_python(root)), "-m", "pip", "--disable-pip-version-check", *arguments]
    # A user's own default of --user would make pip refuse a .venv.
    environment = {**os.environ, "PIP_USER": "0", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        words,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as pip:
        try:
            said = _follow(pip, total)
        except BaseException:
            pip.terminate()
            raise
    if pip.returncode != 0:
        print("\n".join(_telling(said)), file=sys.stderr)
        raise DevError("pip could not install the packages (see above); check the network and start again.")


def _follow(pip: subprocess.Popen[str], total: int) -> list[str]:
    """Show progress until pip ends; returns all its lines."""
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threading.Thread(target=_pump, args=(pip, lines), daemon=True).start()
    said: list[str] = []
    progress = _Progress(total)
    while True:
        try:
            line = lines.get(timeout=1)
        except queue.Empty:
            progress.tick()
            continue
        if line is None:
            break
        said.append(line)
        progress.hear(line)
    pip.wait()
    end_progress()
    return said


def _pump(pip: subprocess.Popen[str], lines: queue.SimpleQueue[str | None]) -> None:
    if pip.stdout is not None:
        for line in pip.stdout:
            lines.put(line.rstrip())
    lines.put(None)


class _Progress:
    """Turns pip's lines into "41 of 130: numpy==2.4.6, 12 s"; off a terminal every 20 packages and 20 s."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._count = 0
        self._now = "starting"
        self._started = self._shown_at = time.monotonic()

    def hear(self, line: str) -> None:
        is_milestone = False
        if line.startswith("Installing collected packages"):
            self._now, is_milestone = "unpacking all of them", True
        elif taken := _TAKEN.match(line):
            is_download = line.startswith(" ")
            self._count += not is_download
            self._now = " ".join(filter(None, (Path(taken[1]).name, taken[2])))
            is_milestone = not is_download and self._count % 20 == 0
        self._show(is_milestone)

    def tick(self) -> None:
        self._show(time.monotonic() - self._shown_at > 20)

    def _show(self, is_milestone: bool) -> None:
        seconds = time.monotonic() - self._started
        if is_milestone:
            self._shown_at = time.monotonic()
        words = f"{self._count} of {self._total}: {self._now}, {seconds:.0f} s"
        show_progress(words, is_milestone=is_milestone)


def _telling(said: list[str]) -> list[str]:
    """Return the end of pip's words without its remarks on where it looks."""
    noise = ("WARNING: Location", "Looking in", "Ignoring ")
    return [line for line in said if not line.startswith(noise)][-25:]
