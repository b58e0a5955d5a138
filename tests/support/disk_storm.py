"""A program whose disk is full and whose history is locked, as a number chooses, until it is killed.

`python -m tests.support.disk_storm FOLDER SEED` tells standard output what is safe: "kept 12" when utterance
12 is known to be on disk, "frames 40" when that much sound was handed over.
"""

from __future__ import annotations

import asyncio
import random
import resource
import signal
import sqlite3
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from copilot_desktop.calls.errors import StoreError
from copilot_desktop.calls.events import CallId, CallRinging, Party, UtteranceFinished, UtteranceId
from copilot_desktop.store import Store, open_store

CALL = CallId("CA-storm")
FRAME = b"\x80" * 160
FRAME_S = 0.02
_NO_LIMIT = resource.RLIM_INFINITY


def utterance(number: int) -> UtteranceFinished:
    """The fact of that number: always the same."""
    at_ms = 100 * (number + 1)
    return UtteranceFinished(
        call_id=CALL,
        at_ms=at_ms,
        utterance_id=UtteranceId(f"u{number}"),
        party=Party.CALLER,
        text=f"sentence number {number}",
        start_ms=at_ms - 90,
        end_ms=at_ms - 10,
    )


class _Disk:
    """What the weather does to the disk. Each lasts a while, and ends."""

    def __init__(self, database: Path, chance: random.Random) -> None:
        self._database, self._chance = database, chance

    def weather(self) -> None:
        """Break something every now and then, for ever."""
        while True:
            time.sleep(self._chance.uniform(0.05, 0.4))
            self._chance.choice((self._full, self._full, self._locked))()

    def _full(self) -> None:
        # Nothing may grow beyond what the smallest file has: as good as a full disk.
        resource.setrlimit(resource.RLIMIT_FSIZE, (self._chance.choice((0, 4096, 65536)), _NO_LIMIT))
        time.sleep(self._chance.uniform(0.05, 0.6))
        resource.setrlimit(resource.RLIMIT_FSIZE, (_NO_LIMIT, _NO_LIMIT))

    def _locked(self) -> None:
        with sqlite3.connect(self._database, isolation_level=None, timeout=0.5) as other:
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return
            time.sleep(self._chance.uniform(0.05, 0.6))
            other.execute("ROLLBACK")
        other.close()


def _kept(store: Store) -> bool:
    try:
        asyncio.run(store.flush())
    except StoreError:
        return False
    return True


def main(folder: Path, seed: int) -> None:
    """Talk for ever, a sentence and five frames at a time."""
    # Without this the signal of a file that grows too large would end us politely.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    store = open_store(folder)
    store.append(
        CallRinging(call_id=CALL, at_ms=0, caller="+15550100142", line="", started_at=datetime.now(UTC))
    )
    recording = store.recordings.open(CALL)
    database = folder / "calls.sqlite3"
    threading.Thread(target=_Disk(database, random.Random(seed)).weather, daemon=True).start()
    for number in range(100_000):
        for _ in range(5):
            recording.write(FRAME, FRAME)
            time.sleep(FRAME_S)
        store.append(utterance(number))
        print(f"frames {5 * (number + 1)}", flush=True)
        if number % 3 == 0 and _kept(store):
            print(f"kept {number}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
