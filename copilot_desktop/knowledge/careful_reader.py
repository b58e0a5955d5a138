"""CarefulReader: foreign documents read in a child process, within limits of time and memory."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.knowledge.documents import Section
from copilot_desktop.knowledge.reading import ReadFault, Reading, Unreadable

log = logging.getLogger("copilot.knowledge")

READ_WITHIN_S = 60.0
"""A file that takes longer is given up. 300 pages of PDF take some 10 s."""

CHILD_ARGUMENT = "--reading-child"

_MAX_ANSWER_BYTES = 60_000_000
_START_WITHIN_S = 15.0
_ROOT = Path(__file__).resolve().parents[2]
_OF_THE_SYSTEM = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "HOME", "USERPROFILE", "LD_LIBRARY_PATH")
"""All that the child gets of our environment: no keys."""


class ReadingStopped(CopilotError):
    """Somebody has stopped the reading; the document is none the worse for it."""


class CarefulReader:
    """Reads documents one after another. To be used in a `with`, from one thread; `stop` from any.

    The child is started by the first file, serves for all, and is started again after one that it did not
    survive.
    """

    def __init__(self, *, within_s: float = READ_WITHIN_S) -> None:
        self._within_s = within_s
        self._child: subprocess.Popen[bytes] | None = None
        self._is_stopped = False
        self._is_warm = False
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def read(self, path: Path) -> Reading:
        """Return what the document at `path` says. Blocks up to `within_s`, and the child's start.

        Raises:
            Unreadable: it cannot be read.
            ReadingStopped: `stop` was called.
        """
        child = self._running()
        is_late = threading.Event()

        def give_up() -> None:
            is_late.set()
            child.kill()

        within_s = self._within_s + (0.0 if self._is_warm else _START_WITHIN_S)
        timer = threading.Timer(within_s, give_up)
        timer.daemon = True
        timer.start()
        try:
            answer = _asked(child, path)
        finally:
            timer.cancel()
        if answer is None:
            self._end()
            if self._is_stopped:
                raise ReadingStopped
            how = "took too long" if is_late.is_set() else "broke"
            log.warning("a document was given up: its reader %s", how)
            raise Unreadable(ReadFault.TOO_SLOW if is_late.is_set() else ReadFault.DAMAGED)
        self._is_warm = True
        return _reading(answer)

    def stop(self) -> None:
        """Give up what is being read. Thread-safe, safe twice, never waits."""
        with self._lock:
            self._is_stopped = True
            if self._child is not None:
                self._child.kill()

    def _running(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._is_stopped:
                raise ReadingStopped
            if self._child is not None and self._child.poll() is not None:
                _bury(self._child)
                self._child = None
            if self._child is None:
                self._is_warm = False
                self._child = _started()
            return self._child

    def _end(self) -> None:
        with self._lock:
            child, self._child = self._child, None
        if child is not None:
            _bury(child)


def _started() -> subprocess.Popen[bytes]:
    if getattr(sys, "frozen", False):
        command = [sys.executable, CHILD_ARGUMENT]
    else:
        command = [sys.executable, "-m", "copilot_desktop.knowledge.reading_child"]
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=None if getattr(sys, "frozen", False) else _ROOT,
            env={name: os.environ[name] for name in _OF_THE_SYSTEM if name in os.environ},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        log.error("documents cannot be read: no process can be started: %s", error.strerror)
        raise Unreadable(ReadFault.REFUSED) from None


def _bury(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


def _asked(child: subprocess.Popen[bytes], path: Path) -> Mapping[str, Any] | None:
    """Return the child's answer; None: it gave none."""
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(json.dumps({"path": str(path)}).encode() + b"\n")
        child.stdin.flush()
        answer: Mapping[str, Any] = json.loads(child.stdout.readline(_MAX_ANSWER_BYTES))
    except (OSError, ValueError):
        return None
    return answer


def _reading(answer: Mapping[str, Any]) -> Reading:
    if fault := answer.get("fault"):
        raise Unreadable(ReadFault(fault))
    sections = (
        Section(title, heading, text, tuple(sentences), page)
        for title, heading, text, sentences, page in answer["sections"]
    )
    return Reading(tuple(sections), int(answer["pictures"]))
