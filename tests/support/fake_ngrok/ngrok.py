"""Stands in for ngrok's library where it runs in a child process: put this folder on PYTHONPATH.

It has the shape of the real one (1.4), as its stubs tell: a builder, awaitables, callbacks from a thread.
The file named by FAKE_NGROK says what happens, at any time.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_control_file = Path(os.environ["FAKE_NGROK"])
_TICK_S = 0.05


def _control() -> dict[str, Any]:
    control: dict[str, Any] = json.loads(_control_file.read_text())
    return control


def _note(**facts: Any) -> None:
    with _control_file.with_suffix(".notes").open("a") as notes:
        notes.write(json.dumps({"pid": os.getpid(), **facts}) + "\n")


class SessionBuilder:
    """Collects options; every method returns the builder."""

    def __init__(self) -> None:
        self._token = ""
        self._on_heartbeat: Callable[..., None] = lambda *_: None
        self._on_disconnection: Callable[..., None] = lambda *_: None

    def authtoken(self, authtoken: str) -> SessionBuilder:
        self._token = authtoken
        return self

    def heartbeat_interval(self, seconds: int) -> SessionBuilder:
        _note(interval=seconds)
        return self

    def heartbeat_tolerance(self, seconds: int) -> SessionBuilder:
        return self

    def handle_heartbeat(self, handler: Callable[..., None]) -> SessionBuilder:
        self._on_heartbeat = handler
        return self

    def handle_disconnection(self, handler: Callable[..., None]) -> SessionBuilder:
        self._on_disconnection = handler
        return self

    async def connect(self) -> Session:
        control = _control()
        await asyncio.sleep(control.get("delay_s", 0))
        if error := control.get("error"):
            raise ValueError(*[part.replace("TOKEN", self._token) for part in error])
        threading.Thread(target=self._beat, daemon=True).start()
        return Session()

    def _beat(self) -> None:
        was_connected = True
        while True:
            control = _control()
            if control.get("hangs"):
                os.kill(os.getpid(), signal.SIGSTOP)
            if control.get("dies"):
                os.kill(os.getpid(), signal.SIGSEGV)
            is_connected = control.get("is_connected", True)
            if is_connected and control.get("has_heartbeats", True):
                self._on_heartbeat(21)
            elif was_connected and not is_connected:
                self._on_disconnection("connect.example.com:443", "broken pipe")
            was_connected = is_connected
            time.sleep(_TICK_S)


class Session:
    """A connected session."""

    def http_endpoint(self) -> HttpListenerBuilder:
        return HttpListenerBuilder()

    async def close(self) -> None:
        _note(closed="session")


class HttpListenerBuilder:
    """Collects options of an endpoint."""

    def __init__(self) -> None:
        self._domain = "quiet-river-1234.ngrok-free.example"

    def domain(self, domain: str) -> HttpListenerBuilder:
        self._domain = domain
        return self

    async def listen_and_forward(self, url: str) -> Listener:
        _note(forwards_to=url)
        return Listener(f"https://{self._domain}")


class Listener:
    """An open endpoint."""

    def __init__(self, url: str) -> None:
        self._url = url

    def url(self) -> str:
        return self._url

    async def close(self) -> None:
        _note(closed="listener")
