"""Runs one program and ends it, with all that it started, when the process that asked for it is gone.

A process of its own between us and a tunnel's program, because nobody else can be trusted with this job: we
may be killed, and the program does not know us. Its standard input is the lifeline: one line of JSON says
what to run, and the end of the input, which the system brings about however we die, is the order to end.

Started by its path or as the frozen program's `--child-watch`; only the standard library, so that it is
there in some 20 ms. The program's output goes where ours goes; we exit as it did.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

GRACE_S = 2.0
"""From the order to end until force."""
NOT_STARTED = 127

_POLL_S = 0.02
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_LIFELINE = 0


def main() -> int:
    """Read the order, run the program, and return its exit code; 127 if it cannot be started."""
    order = _read_order()
    if order is None:
        return 0
    _tie_to_job_on_windows()
    try:
        child = _spawn(order)
    except (OSError, ValueError) as error:
        print(f"cannot be started: {type(error).__name__}", file=sys.stderr, flush=True)
        return NOT_STARTED
    return _watch(child) if os.name == "posix" else _watch_on_windows(child)


def _read_order() -> dict[str, Any] | None:
    """Return the order; None if the input ended before it was complete."""
    line = bytearray()
    while not line.endswith(b"\n"):
        piece = os.read(_LIFELINE, 1)
        if not piece:
            return None
        line += piece
    order: dict[str, Any] = json.loads(line)
    return order


def _spawn(order: dict[str, Any]) -> subprocess.Popen[bytes]:
    # A group of its own: it is what we end, and a terminal's Ctrl+C does not reach it.
    options: dict[str, Any] = (
        {"start_new_session": True, "preexec_fn": _die_with_parent}
        if os.name == "posix"
        else {"creationflags": getattr(subprocess, "CREATE_NO_WINDOW", 0)}
    )
    child = subprocess.Popen(
        order["command"], stdin=subprocess.PIPE, env=_environment(order["environment"]), bufsize=0, **options
    )
    assert child.stdin is not None
    with contextlib.suppress(OSError):
        child.stdin.write(order["first_line"].encode())
    return child


def _environment(more: dict[str, str]) -> dict[str, str]:
    """Return ours and `more`, without what a frozen program changes for its own libraries."""
    environment = dict(os.environ)
    if getattr(sys, "frozen", False):
        for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"):
            environment.pop(name, None)
            if original := environment.pop(f"{name}_ORIG", ""):
                environment[name] = original
    return environment | more


def _wait_for_end_of_lifeline() -> None:
    with contextlib.suppress(OSError):
        while os.read(_LIFELINE, 4096):
            pass


# ── POSIX ─────────────────────────────────────────────────────────────────────────────────────────


def _watch(child: subprocess.Popen[bytes]) -> int:
    """Wait until the child has ended, by itself or by order; end its own children; return its exit code."""
    _adopt_orphans()
    # A closed terminal concerns us no more than the child.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: _in_background(_end, child))
    _in_background(_end_with_lifeline, child)
    pid, status = os.waitpid(-1, 0)
    while pid != child.pid:
        pid, status = os.waitpid(-1, 0)
    _end_rest(child.pid)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _end_with_lifeline(child: subprocess.Popen[bytes]) -> None:
    _wait_for_end_of_lifeline()
    _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    """Ask the child and its children to end; end them by force after `GRACE_S`, if we still live then."""
    if child.stdin is not None:
        with contextlib.suppress(OSError):
            child.stdin.close()
    _signal(child.pid, signal.SIGTERM)
    time.sleep(GRACE_S)
    _signal(child.pid, signal.SIGKILL)


def _end_rest(group: int) -> None:
    """End what the child left behind."""
    deadline = time.monotonic() + GRACE_S
    is_left = _signal(group, signal.SIGTERM)
    while is_left and time.monotonic() < deadline:
        with contextlib.suppress(ChildProcessError):
            # The dead ones count as members of the group until someone has asked after them.
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        time.sleep(_POLL_S)
        is_left = _signal(group, 0)
    _signal(group, signal.SIGKILL)


def _signal(group: int, number: int) -> bool:
    """Send a signal to all of a group; return whether there is anyone."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _in_background(work: Callable[[subprocess.Popen[bytes]], None], child: subprocess.Popen[bytes]) -> None:
    threading.Thread(target=work, args=(child,), daemon=True).start()


def _adopt_orphans() -> None:
    """On Linux: the child's children become ours when it dies, so that we can ask after them."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _die_with_parent() -> None:
    """Runs in the child before the program: on Linux, let it die with us should we be killed ourselves.

    That signal comes when the thread ends that started the child, which is why only the main thread does.
    """
    _prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


# ── Windows; written from the documentation, not tried ────────────────────────────────────────────


def _watch_on_windows(child: subprocess.Popen[bytes]) -> int:
    """Wait for the child, or for the order to end. Our own end is then that of all it started: see the job.

    Nobody can be asked to end there but by the end of the input.
    """

    def end_with_lifeline() -> None:
        _wait_for_end_of_lifeline()
        if child.stdin is not None:
            child.stdin.close()
        time.sleep(GRACE_S)
        os._exit(1)

    threading.Thread(target=end_with_lifeline, daemon=True).start()
    return child.wait()


def _tie_to_job_on_windows() -> None:
    """Put this process and all that it will start into a job that ends with this process; elsewhere nothing.

    The job's only handle is ours and is never closed, so the system closes it when we are gone.
    """
    if sys.platform != "win32":
        return
    import ctypes
    from ctypes import wintypes

    kill_on_job_close, extended_limits = 0x2000, 9
    # JOBOBJECT_EXTENDED_LIMIT_INFORMATION is 144 bytes (64 bit) or 112; LimitFlags stands at 16 in both.
    limits = ctypes.create_string_buffer(144 if ctypes.sizeof(ctypes.c_void_p) == 8 else 112)
    ctypes.c_uint32.from_buffer(limits, 16).value = kill_on_job_close
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.CreateJobObjectW.restype = wintypes.HANDLE
    kernel.GetCurrentProcess.restype = wintypes.HANDLE
    job = wintypes.HANDLE(kernel.CreateJobObjectW(None, None))
    kernel.SetInformationJobObject(job, extended_limits, limits, ctypes.sizeof(limits))
    kernel.AssignProcessToJobObject(job, wintypes.HANDLE(kernel.GetCurrentProcess()))


if __name__ == "__main__":
    sys.exit(main())
