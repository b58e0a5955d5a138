"""ChildProcess: a program of somebody else's, running beside us: watched, read, and never left behind.

Not asyncio's own: the window's loop cannot start processes. A thread per child starts it, reads it and waits
for it; the loop is only told.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from copilot_desktop.telephony import child_watch

log = logging.getLogger("copilot.telephony")

WATCH_ARGUMENT = "--child-watch"
"""Makes the frozen program be the watcher: see `child_watch`."""

_MAX_LINE_BYTES = 4096
_MAX_WAITING_LINES = 200
_TAIL_LINES = 20
_FLOOD_BYTES = 65536
_FLOOD_PAUSE_S = 0.05
_AFTER_GRACE_S = 2.0
_PRIVATE = ("TWILIO_", "OPENAI_", "COPILOT_", "NGROK_", "TUNNEL_", "TWIML_APP_SID")
"""What no other program needs of our environment, or would misread."""


def own_command(argument: str, module_file: str) -> list[str]:
    """Return what runs our `module_file` as a process of its own; frozen: the program with `argument`."""
    if getattr(sys, "frozen", False):
        return [sys.executable, argument]
    # By its path and without its folder: neither what is installed nor where we stand matters then.
    return [sys.executable, "-P", module_file]


class ChildProcess:
    """One run of `command`. Make it and `start` it on the loop; then `stop` it, always.

    The program has `environment` besides ours (without our secrets), and `first_line` on its standard input,
    which ends when it is to end. `on_line` is told each line of its output, in order; of a flood, only the
    latest. `secrets` are masked in `tail` and the log.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        name: str,
        environment: Mapping[str, str] | None = None,
        first_line: str = "",
        on_line: Callable[[str], None] | None = None,
        secrets: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.exit_code: int | None = None
        """Set once it has ended; 127: it could not be started."""
        self.tail: deque[str] = deque(maxlen=_TAIL_LINES)
        """Its last lines."""
        self._order = {
            "command": list(command),
            "environment": dict(environment or {}),
            "first_line": first_line,
        }
        self._on_line = on_line or _ignore
        self._secrets = tuple(filter(None, secrets))
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        self._lines: deque[str] = deque(maxlen=_MAX_WAITING_LINES)
        self._lock = threading.Lock()
        self._is_told = False
        self._is_stopping = False
        self._watcher: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """It was started and has not ended, as far as we know."""
        return not self._ended.is_set()

    def start(self) -> None:
        """Begin; never waits. A program that cannot be started ends at once."""
        threading.Thread(target=self._supervise, name=f"child {self.name}", daemon=True).start()

    async def ended(self) -> int:
        """Return its exit code once it, and all that it started, has ended."""
        await self._ended.wait()
        return self.exit_code if self.exit_code is not None else child_watch.NOT_STARTED

    async def stop(self) -> None:
        """End it and all that it started: asked first, by force after 2 s. Safe twice.

        Cancelled, it ends all the same, only nobody waits for it.
        """
        self._let_go()
        try:
            async with asyncio.timeout(child_watch.GRACE_S + _AFTER_GRACE_S):
                await self._ended.wait()
        except TimeoutError:
            log.warning("%s does not end and is killed", self.name)
            if self._watcher is not None:
                self._watcher.kill()

    # On the child's own thread.

    def _supervise(self) -> None:
        code = child_watch.NOT_STARTED
        try:
            watcher = self._spawn()
            if watcher is not None:
                with watcher:
                    self._read(watcher)
                    code = watcher.wait()
        except OSError as error:
            log.info("%s cannot be started (%s)", self.name, type(error).__name__)
        self._tell(self._end, code)

    def _spawn(self) -> subprocess.Popen[bytes] | None:
        """Start the watcher, which starts the program; None if it is to stop already."""
        command = own_command(WATCH_ARGUMENT, str(Path(child_watch.__file__)))
        if not getattr(sys, "frozen", False):
            command[1:2] = ["-I", "-S"]
        watcher = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=_public_environment(),
            bufsize=0,
            **_detached(),
        )
        assert watcher.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            watcher.stdin.write(json.dumps(self._order).encode() + b"\n")
        with self._lock:
            self._watcher = watcher
            if self._is_stopping:
                watcher.stdin.close()
        return watcher

    def _read(self, watcher: subprocess.Popen[bytes]) -> None:
        assert watcher.stdout is not None
        rest = b""
        while piece := watcher.stdout.read(_FLOOD_BYTES):
            *lines, rest = (rest + piece).split(b"\n")
            rest = rest[-_MAX_LINE_BYTES:]
            for line in lines[-_MAX_WAITING_LINES:]:
                self._take(line)
            if len(piece) == _FLOOD_BYTES:
                # Whoever writes this much waits for us; it must not take our time from the calls.
                time.sleep(_FLOOD_PAUSE_S)
        if rest:
            self._take(rest)

    def _take(self, raw: bytes) -> None:
        line = raw[:_MAX_LINE_BYTES].decode("utf-8", "replace").strip()
        if not line:
            return
        masked = self._masked(line)
        self.tail.append(masked)
        log.debug("%s: %s", self.name, masked)
        self._lines.append(line)
        with self._lock:
            if self._is_told:
                return
            self._is_told = True
        self._tell(self._hand_on)

    def _masked(self, line: str) -> str:
        for secret in self._secrets:
            line = line.replace(secret, "***")
        return line

    def _tell(self, work: Callable[..., None], *args: Any) -> None:
        # The loop may be gone, if the program ends without us.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(work, *args)

    # On the loop.

    def _hand_on(self) -> None:
        with self._lock:
            self._is_told = False
        for _ in range(len(self._lines)):
            self._on_line(self._lines.popleft())

    def _let_go(self) -> None:
        with self._lock:
            self._is_stopping = True
            if self._watcher is not None and self._watcher.stdin is not None:
                with contextlib.suppress(OSError):
                    self._watcher.stdin.close()

    def _end(self, code: int) -> None:
        self._hand_on()
        self.exit_code = code
        self._ended.set()


async def output_of(command: Sequence[str], *, name: str, within_s: float) -> tuple[int, str]:
    """Run a program that ends by itself; return its exit code and last lines.

    Raises:
        TimeoutError: it did not end in time, and was ended.
    """
    child = ChildProcess(command, name=name)
    child.start()
    try:
        async with asyncio.timeout(within_s):
            code = await child.ended()
    finally:
        await child.stop()
    return code, "\n".join(child.tail)


def _public_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(_PRIVATE)}


def _detached() -> dict[str, Any]:
    """A session of its own: Ctrl+C in our terminal is for us, and we end the watcher in order."""
    if os.name == "posix":
        return {"start_new_session": True}
    return {"creationflags": getattr(subprocess, "CREATE_NO_WINDOW", 0)}


def _ignore(line: str) -> None:
    """Nobody wants to know."""
