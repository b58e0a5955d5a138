"""The program is killed in mid-call: everything up to that second is there at the next start."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

LIMIT_S = 90


def _command(data: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "copilot_desktop", "--data-dir", str(data), *arguments]


def _calls(data: Path) -> list[dict[str, object]]:
    listed = subprocess.run(
        _command(data, "calls", "--json"), capture_output=True, text=True, check=True, timeout=LIMIT_S
    )
    found = json.loads(listed.stdout)
    assert isinstance(found, list)
    return found


@pytest.mark.busy
@pytest.mark.kill
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL and no SIGTERM to a console program")
def test_a_killed_call_is_kept_marked_and_reported(tmp_path: Path) -> None:
    data = tmp_path / "data"
    seen: list[str] = []
    with subprocess.Popen(
        _command(data, "practice", "--terminal"), stdout=subprocess.PIPE, text=True
    ) as practice:
        assert practice.stdout is not None
        for line in practice.stdout:
            if " Caller " in line:
                seen.append(line.split(" Caller ")[1].strip())
                break
        time.sleep(0.3)
        practice.send_signal(signal.SIGKILL)
    (running,) = _calls(data)
    assert running["outcome"] is None

    with subprocess.Popen(
        _command(data, "serve", "--port", "0"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline().startswith("listening on http://127.0.0.1:")
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=10) == 0

    (call,) = _calls(data)
    assert call["outcome"] == "interrupted"
    exported = subprocess.run(
        _command(data, "export", "last", "--format", "txt", "--to", str(tmp_path)),
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=True,
    )
    text = Path(exported.stdout.strip()).read_text()
    assert seen[0].split(" ✂")[0] in text
    assert "Interrupted" in text
