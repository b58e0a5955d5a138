"""Crashes: what nobody caught is written down, and at the next start it is known how the last run ended.

It imports no other room.
"""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

_log = logging.getLogger("copilot.diagnostics")

_RUNNING = "running.txt"
_FAULTS = "fault.log"
_DUMP_LINES = 80
_ERROR = re.compile(r"^((?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Group|Warning|Timeout|Exit)): ")
_ELSE = re.compile(r"^(\d{4}-\d\d-\d\d |Traceback |During handling |The above |  |$)")
"""What may follow the words of an exception: the next line of the log, or more of its story."""


@contextmanager
def a_run_in(folder: Path) -> Iterator[str]:
    """Yield how the run before this one ended: empty if in order, else what is known of its end.

    Only for what has a data folder to itself, as the window and the server have. The folder must exist.
    """
    mark = folder / _RUNNING
    told = _how_it_ended(folder, mark)
    with suppress(OSError):
        mark.write_text(f"{datetime.now().isoformat(timespec='seconds')} {_size(folder / _FAULTS)}", "utf-8")
    try:
        yield told
    finally:
        with suppress(OSError):
            mark.unlink(missing_ok=True)


def without_words(log: str) -> str:
    """Return a log's text without what exceptions say: only their kinds and places leave this computer."""
    kept: list[str] = []
    is_speaking = False
    for line in log.splitlines():
        if error := _ERROR.match(line):
            kept.append(f"{error[1]}: (its words are left out)")
            is_speaking = True
        elif not is_speaking or _ELSE.match(line):
            kept.append(line)
            is_speaking = False
    return "\n".join(kept)


def _how_it_ended(folder: Path, mark: Path) -> str:
    try:
        began, _, size = mark.read_text("utf-8").partition(" ")
    except OSError:
        return ""
    told = f"The run that began at {began} did not come to its end in order."
    with suppress(OSError, ValueError):
        with (folder / _FAULTS).open(encoding="utf-8", errors="replace") as faults:
            faults.seek(int(size))
            dump = faults.read().strip().splitlines()
        if dump:
            return "\n".join([told, "Python itself failed:", *dump[:_DUMP_LINES]])
    return told


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


@contextmanager
def catching_crashes(folder: Path, *, expected: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Write what nobody caught into the log, and a dump of all threads to `folder/fault.log` if Python dies.

    Covers what leaves the block, except `expected`; Qt's callbacks; other threads; objects that fail while
    they are thrown away. For a loop see `report_loop_trouble`. The folder must exist.

    Raises:
        SystemExit: with code 1, in place of an Exception that leaves the block.
    """

    def crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        _log.error("a callback failed", exc_info=(kind, error, trace))

    def thread_crashed(args: threading.ExceptHookArgs) -> None:
        name = args.thread.name if args.thread else "?"
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            _log.error("thread %s failed", name, exc_info=args.exc_value)

    def cleanup_crashed(args: sys.UnraisableHookArgs) -> None:
        _log.error("cleaning up failed: %s", args.err_msg or "", exc_info=args.exc_value)

    before = sys.excepthook, threading.excepthook, sys.unraisablehook
    sys.excepthook, threading.excepthook, sys.unraisablehook = crashed, thread_crashed, cleanup_crashed
    was_enabled = faulthandler.is_enabled()
    with (folder / _FAULTS).open("a", encoding="utf-8") as dump:
        faulthandler.enable(dump)
        try:
            yield
        except expected:
            raise
        except Exception:
            _log.critical("The program failed. What happened is in %s", folder / "copilot.log", exc_info=True)
            raise SystemExit(1) from None
        finally:
            faulthandler.disable()
            if was_enabled and sys.__stderr__ is not None:
                faulthandler.enable(sys.__stderr__)
            sys.excepthook, threading.excepthook, sys.unraisablehook = before


def report_loop_trouble(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """An exception handler for loops: what nobody awaited goes to the log, named by its task."""
    source = context.get("task") or context.get("future") or context.get("handle")
    name = source.get_name() if isinstance(source, asyncio.Task) else type(source).__name__
    # The words of the context may hold reprs of arguments; the exception's traceback says enough.
    _log.error("%s in %s", context.get("message", "trouble"), name, exc_info=context.get("exception"))
