"""Where the programs of tunnels' makers are, and a free port for them."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path


def find_program(name: str, *, given: str = "", folder: Path | None = None) -> str:
    """Return the path of program `name`, empty if it is nowhere: blocks.

    `given`: the owner's path, then nothing else counts. Else the one on PATH, then the one in `folder`.
    """
    if given:
        return shutil.which(os.path.expanduser(given)) or ""
    found = shutil.which(name)
    if not found and folder is not None:
        found = shutil.which(name, path=str(folder))
    return found or ""


def free_port() -> int:
    """Return a port of this computer that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
