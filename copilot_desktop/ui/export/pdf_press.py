"""PdfPress: pages as PDF, printed by a child process within a limit of time, written whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from copilot_desktop.report.choice import Paper

CHILD_ARGUMENT = "--printing-child"
PRINT_WITHIN_S = 120.0
"""A page that takes longer is given up. An hour of talk takes a second or two."""

_MAX_ANSWER_BYTES = 10_000
_ROOT = Path(__file__).resolve().parents[3]
_OF_THE_SYSTEM = (
    *("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "HOME", "USERPROFILE", "LOCALAPPDATA"),
    *("LD_LIBRARY_PATH", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "XDG_DATA_DIRS", "XDG_CACHE_HOME"),
)
"""All that the child gets of our environment: no keys."""


class PdfPress:
    """Prints one page after another. To be used in a `with`, from one thread; `stop` from any.

    The child is started by the first page and serves for all.
    """

    def __init__(self, *, within_s: float = PRINT_WITHIN_S) -> None:
        self._within_s = within_s
        self._child: subprocess.Popen[bytes] | None = None
        self._is_stopped = False
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def print(
        self, html: str, path: Path, *, images: Mapping[str, str] | None = None, paper: Paper = Paper.A4
    ) -> None:
        """Write `html` to `path`; `images` are SVG by the name the page gives. Blocks for a second or two.

        Raises:
            OSError: the place cannot be written, or the printing process cannot be had or broke.
        """
        part = path.with_name(f".{path.stem[:40]}-{uuid4().hex[:8]}.pdf")
        job = {"html": html, "images": dict(images or {}), "paper": paper.value, "path": str(part)}
        try:
            part.touch(exist_ok=False)  # A folder that cannot be written says so here, in the system's words.
            fault = self._asked(job)
            if fault:
                raise OSError(0, fault)
            part.replace(path)
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)

    def stop(self) -> None:
        """Give up what is being printed. Thread-safe, safe twice, never waits."""
        with self._lock:
            self._is_stopped = True
            if self._child is not None:
                self._child.kill()

    def _asked(self, job: Mapping[str, Any]) -> str:
        """Return what went wrong; empty: nothing."""
        child = self._running()
        timer = threading.Timer(self._within_s, child.kill)
        timer.daemon = True
        timer.start()
        try:
            assert child.stdin is not None
            assert child.stdout is not None
            child.stdin.write(json.dumps(job).encode() + b"\n")
            child.stdin.flush()
            answer: dict[str, Any] = json.loads(child.stdout.readline(_MAX_ANSWER_BYTES))
        except (OSError, ValueError):
            self.close()
            return "the printing process has broken off"
        finally:
            timer.cancel()
        return str(answer.get("fault", ""))

    def _running(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._is_stopped:
                raise OSError(0, "the printing was stopped")
            if self._child is None:
                self._child = _started()
            return self._child

    def close(self) -> None:
        """End the child. Safe twice."""
        with self._lock:
            child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _started() -> subprocess.Popen[bytes]:
    if getattr(sys, "frozen", False):
        command = [sys.executable, CHILD_ARGUMENT]
    else:
        command = [sys.executable, "-m", "copilot_desktop.ui.export.pdf_child"]
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=None if getattr(sys, "frozen", False) else _ROOT,
        env={name: os.environ[name] for name in _OF_THE_SYSTEM if name in os.environ},
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
