"""`dev.py coverage`: how many branches of the core's rooms their own tests walk; too few is a failure.

Each room is measured by its own tests alone: what another room's test happens to run shows nothing.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from dev_say import say

ROOT = Path(__file__).resolve().parent.parent
LEAST_PERCENT = 95
ROOMS = {
    "audio": ("tests/unit/audio",),
    "calls": ("tests/unit/calls",),
    # Most of this room talks to sockets and to programs of others; so do its tests.
    "telephony": ("tests/unit/telephony", "tests/integration/telephony"),
}


def main(rooms: list[str]) -> int:
    """Measure `rooms`, or all; 1 if one has too little or a test failed."""
    unknown = sorted(set(rooms) - set(ROOMS))
    if unknown:
        say(f"no such room: {', '.join(unknown)}; there are {', '.join(ROOMS)}")
        return 2
    wanting = [room for room in rooms or ROOMS if not _is_covered(room)]
    say(f"too little: {', '.join(wanting)}" if wanting else f"each has {LEAST_PERCENT} % or more")
    return 1 if wanting else 0


def _is_covered(room: str) -> bool:
    coverage = [sys.executable, "-m", "coverage"]
    data = [f"--data-file=.coverage.{room}"]
    run = ["run", *data, f"--source=copilot_desktop/{room}", "-m", "pytest", "-q", *ROOMS[room]]
    show = ["report", *data, "--skip-covered", "--show-missing", f"--fail-under={LEAST_PERCENT}"]
    say(f"{room}: {' '.join(ROOMS[room])}")
    for words in (["erase", *data], run, ["combine", *data]):
        if subprocess.run([*coverage, *words], cwd=ROOT).returncode != 0:
            return False
    return subprocess.run([*coverage, *show], cwd=ROOT).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
