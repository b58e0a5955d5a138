"""`serve` as a process: takes a signed call, refuses others, and stops cleanly in the middle of it."""

from __future__ import annotations

import asyncio
import json
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.support.twilio_line import TwilioLine

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(sys.platform == "win32", reason="a console program gets no SIGTERM there"),
]


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_practice_lines_and_ends_in_order(tmp_path: Path, end: signal.Signals) -> None:
    command = [sys.executable, "-m", "copilot_desktop", "--data-dir", str(tmp_path)]
    with subprocess.Popen(
        [*command, "serve", "--port", "0", "--practice-lines"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline().startswith("listening on http://127.0.0.1:")
        line_file = tmp_path / "practice-line.json"
        assert stat.S_IMODE(line_file.stat().st_mode) == 0o600
        practice = json.loads(line_file.read_text())
        heard = asyncio.run(_call_until_greeted(practice["base_url"], practice["secret"], server, end))
        began_s = time.monotonic()
        assert server.wait(timeout=10) == 0
        assert time.monotonic() - began_s < 5
        assert server.stderr is not None
        log = server.stderr.read()
    assert heard > 8000, "less than a second of greeting"
    assert "ringing → connecting" in log
    assert practice["secret"] not in log
    assert "+1555" not in log
    assert not line_file.exists()
    listed = subprocess.run([*command, "calls", "--json"], capture_output=True, text=True, check=True)
    (call,) = json.loads(listed.stdout)
    assert call["outcome"] == "completed"


async def _call_until_greeted(
    url: str, secret: str, server: subprocess.Popen[str], end: signal.Signals
) -> int:
    """Return the bytes of greeting that came before the server was told to end."""
    async with httpx.AsyncClient() as client:
        unsigned = await client.post(f"{url}/twilio/voice", data={"CallSid": "CA" + "0" * 32})
        assert unsigned.status_code == 403
    line = TwilioLine(url, secret)
    async with line.stream(await line.answered_token()) as stream:
        talking = asyncio.create_task(stream.say(b"\xff" * 160 * 2000))
        async with asyncio.timeout(40):
            while len(stream.heard) < 8200:
                await asyncio.sleep(0.05)
        server.send_signal(end)
        await stream.closed(within_s=8)
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)
        assert stream.violations == []
        return len(stream.heard)
