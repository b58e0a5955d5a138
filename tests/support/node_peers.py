"""Starts the programs of other makers that packaging/dev_peers.py installs, and surely ends them."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import dev_peers

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / ".venv" / "peers" / "node_modules"
PRISM = MODULES / "@stoplight" / "prism-cli" / "dist" / "index.js"
EMULATE = MODULES / "emulate" / "dist" / "index.js"
START_S = 40

ACCOUNT = "AC" + "1" * 32
TOKEN = "made-up-auth-token"
NUMBER = "+12025550123"
OLD_URL = "http://127.0.0.1:9/old"
SEED = f"""
twilio:
  account:
    sid: {ACCOUNT}
    auth_token: {TOKEN}
    friendly_name: Harbor Plumbing
  phone_numbers:
    - phone_number: "{NUMBER}"
      friendly_name: Support line
      voice_url: {OLD_URL}
"""
"""What the emulation of Twilio starts with."""


def missing() -> str:
    """Return why these programs cannot be used here; empty: they can."""
    if reason := dev_peers.why_not(ROOT):
        return reason
    return "" if shutil.which("node") else "Node.js is not installed"


def description() -> Path:
    """Return Twilio's own description of its REST interface: beside the project, or in API_DESCRIPTIONS."""
    folder = Path(os.environ.get("API_DESCRIPTIONS") or ROOT.parent / "shared" / "data")
    return folder / "twilio_api_v2010.json"


@contextlib.contextmanager
def running(program: Path, arguments: Sequence[str], port: int, log: Path) -> Iterator[str]:
    """Run a program until the block ends; yields its address once it listens on `port`."""
    # On Linux it ends with the tests even if they are killed.
    guard = [found, "--pdeathsig", "KILL"] if (found := shutil.which("setpriv")) else []
    with log.open("w", encoding="utf-8") as said:
        process = subprocess.Popen(
            [*guard, "node", str(program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_for(process, port, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        if os.name == "posix":
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()


@contextlib.contextmanager
def twilio(folder: Path) -> Iterator[str]:
    """Run an emulation of Twilio, fresh: REST, and signed requests to the addresses of its numbers."""
    seed = folder / "seed.yaml"
    seed.write_text(SEED)
    port = free_port()
    arguments = ["start", "--service", "twilio", "--port", str(port), "--seed", str(seed)]
    with running(EMULATE, arguments, port, folder / "emulate.txt") as url:
        yield url


def free_port() -> int:
    """Return a port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"it does not listen: {log.read_text(encoding='utf-8')[-500:]}")
