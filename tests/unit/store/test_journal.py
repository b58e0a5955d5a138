"""The journal takes facts without waiting and loses none that it took."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence

import pytest

from copilot_desktop.calls.errors import StoreError
from copilot_desktop.calls.events import (
    CallEvent,
    CallId,
    DigitPressed,
    LineChanged,
    Party,
    UtteranceChanged,
    UtteranceId,
)
from copilot_desktop.calls.line import LineStatus
from copilot_desktop.store.journal import Journal


class Disk:
    """Keeps what is written; can be full, and can be so slow that it stands still."""

    def __init__(self) -> None:
        self.kept: list[CallEvent] = []
        self.is_full = False
        self.tries = 0
        self.was_full = threading.Event()
        self.works = threading.Event()
        self.works.set()

    def write(self, events: Sequence[CallEvent]) -> None:
        assert self.works.wait(5)
        self.tries += 1
        if self.is_full:
            self.was_full.set()
            raise StoreError("disk full")
        self.kept += events


@pytest.fixture
def disk() -> Iterator[Disk]:
    disk = Disk()
    yield disk
    disk.works.set()


def digits(count: int, start: int = 0) -> list[CallEvent]:
    return [
        DigitPressed(call_id=CallId("c"), at_ms=at_ms, digit="1") for at_ms in range(start, start + count)
    ]


def test_order_is_kept_and_flush_waits_for_all(disk: Disk) -> None:
    async def main() -> None:
        journal = Journal(disk.write)
        for event in digits(1200):
            journal.append(event)
        await journal.flush()
        assert disk.kept == digits(1200)
        journal.close()

    asyncio.run(main())


def test_what_only_moves_is_not_kept(disk: Disk) -> None:
    journal = Journal(disk.write)
    journal.append(LineChanged(status=LineStatus()))
    journal.append(
        UtteranceChanged(
            call_id=CallId("c"),
            at_ms=0,
            utterance_id=UtteranceId("u"),
            party=Party.CALLER,
            text="a",
            start_ms=0,
        )
    )
    journal.append(digits(1)[0])
    journal.close()
    assert disk.kept == digits(1)


@pytest.mark.allow_warnings
def test_a_full_disk_is_told_once_and_tried_again_in_order(disk: Disk) -> None:
    told: list[StoreError | None] = []
    disk.is_full = True

    async def main() -> None:
        journal = Journal(disk.write, on_problem=told.append, retry_s=(0.001,))
        for event in digits(3):
            journal.append(event)
        with pytest.raises(StoreError, match="disk full"):
            await journal.flush()
        for event in digits(600, start=3):
            journal.append(event)
        while disk.tries < 3:
            await asyncio.sleep(0)
        disk.is_full = False
        await journal.flush()
        journal.close()

    asyncio.run(main())
    assert disk.kept == digits(603)
    assert len(told) == 2
    assert str(told[0]) == "disk full"
    assert told[1] is None


@pytest.mark.allow_warnings
def test_a_full_queue_is_counted_and_told_once(disk: Disk) -> None:
    told: list[StoreError | None] = []
    disk.works.clear()
    journal = Journal(disk.write, on_problem=told.append, queue_limit=10)
    for event in digits(25):
        journal.append(event)
    assert journal.lost == 15
    assert len(told) == 1
    disk.works.set()
    journal.close()
    assert disk.kept == digits(10)
    assert told[1:] == [None]


@pytest.mark.allow_warnings
def test_closing_over_a_full_disk_ends_and_says_so(disk: Disk) -> None:
    disk.is_full = True
    journal = Journal(disk.write, retry_s=(0.001,))
    journal.append(digits(1)[0])
    with pytest.raises(StoreError, match="could not be written"):
        journal.close(limit_s=0.05)


def test_a_cancelled_flush_leaves_the_others_waiting(disk: Disk) -> None:
    async def main() -> None:
        disk.works.clear()
        journal = Journal(disk.write)
        journal.append(digits(1)[0])
        first, second = asyncio.create_task(journal.flush()), asyncio.create_task(journal.flush())
        await asyncio.sleep(0)
        first.cancel()
        disk.works.set()
        await second
        assert first.cancelled() or first.cancelling()
        assert disk.kept == digits(1)
        journal.close()

    asyncio.run(main())
