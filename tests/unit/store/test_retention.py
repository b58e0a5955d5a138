"""How long things are kept: sound and calls apart, nothing that runs, nothing that is left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from copilot_desktop.calls.events import (
    CallEnded,
    CallId,
    CallRinging,
    Outcome,
    Party,
    UtteranceFinished,
    UtteranceId,
)
from copilot_desktop.store import Store, open_store
from copilot_desktop.store.retention import Cleared, Limits, clear, clear_everything, last

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def call(store: Store, name: str, days_ago: float, *, has_ended: bool = True) -> CallId:
    """Keep a call with sound and a word of its own."""
    id = CallId(name)
    began = NOW - timedelta(days=days_ago)
    store.append(
        CallRinging(call_id=id, at_ms=0, caller="+12025550142", line="+12025550100", started_at=began)
    )
    words = {"party": Party.CALLER, "start_ms": 0, "end_ms": 900, "utterance_id": UtteranceId("u")}
    store.append(UtteranceFinished(call_id=id, at_ms=900, text=f"zebra{name}", **words))  # type: ignore[arg-type]
    recording = store.recordings.open(id)
    recording.write(b"\x00" * 1600, b"\x00" * 1600)
    if has_ended:
        recording.close()
        store.append(CallEnded(call_id=id, at_ms=1000, outcome=Outcome.COMPLETED, duration_ms=1000))
    asyncio.run(store.flush())
    asyncio.run(store.flush())
    return id


def sweep(store: Store, *spared: CallId, recordings_days: int = 0, calls_days: int = 0) -> Cleared:
    limits = Limits(recordings_days=recordings_days, calls_days=calls_days)
    done = store.change(lambda engine: clear(engine, store.recordings, limits, now=NOW, spared=spared))
    return asyncio.run(done)


def listed(store: Store) -> set[str]:
    return {str(each.call_id) for each in asyncio.run(store.recent(100))}


def test_recordings_and_calls_have_limits_of_their_own(store: Store, tmp_path: Path) -> None:
    new, mid, old = call(store, "new", 1), call(store, "mid", 40), call(store, "old", 100)
    assert sweep(store, recordings_days=30, calls_days=90) == Cleared(at=NOW, calls=1, recordings=1)
    assert listed(store) == {"new", "mid"}
    assert [store.recording_path(each) is not None for each in (new, mid, old)] == [True, False, False]
    assert asyncio.run(store.read(old)) == []
    assert asyncio.run(store.search("zebraold", 9)) == []
    left = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"zebraold" not in left
    assert b"zebramid" in left


def test_no_limit_deletes_nothing(store: Store) -> None:
    call(store, "old", 3000)
    assert sweep(store) == Cleared(at=NOW)
    assert listed(store) == {"old"}


def test_exactly_as_old_as_the_limit_stays(store: Store) -> None:
    call(store, "edge", 30)
    call(store, "over", 30.001)
    assert sweep(store, calls_days=30).calls == 1
    assert listed(store) == {"edge"}


def test_running_calls_and_those_in_hand_are_never_touched(store: Store) -> None:
    running, in_hand = call(store, "running", 500, has_ended=False), call(store, "in hand", 500)
    call(store, "gone", 500)
    assert sweep(store, in_hand, recordings_days=1, calls_days=1).calls == 1
    assert listed(store) == {"running", "in hand"}
    assert store.recording_path(running) is not None
    assert store.recording_path(in_hand) is not None


def test_everything_means_everything_that_has_ended(store: Store) -> None:
    call(store, "a", 0)
    call(store, "b", 400)
    call(store, "running", 0, has_ended=False)
    done = store.change(lambda engine: clear_everything(engine, store.recordings, now=NOW))
    assert asyncio.run(done).calls == 2
    assert listed(store) == {"running"}


def test_the_last_one_is_remembered(store: Store, tmp_path: Path) -> None:
    assert asyncio.run(store.change(last)) is None
    call(store, "old", 100)
    swept = sweep(store, calls_days=90)
    store.close()
    again = open_store(tmp_path)
    assert asyncio.run(again.change(last)) == swept
    again.close()


def test_twice_is_once(store: Store) -> None:
    call(store, "old", 100)
    sweep(store, calls_days=90)
    assert sweep(store, calls_days=90) == Cleared(at=NOW)


def test_in_a_shared_history_only_the_desks_own_calls_go(store: Store) -> None:
    call(store, "ours", 100)
    limits = Limits(calls_days=90)
    other = store.change(
        lambda engine: clear(engine, store.recordings, limits, now=NOW, desk_id="another desk")
    )
    assert asyncio.run(other).calls == 0
    ours = store.change(
        lambda engine: clear(engine, store.recordings, limits, now=NOW, desk_id=store.desk_id)
    )
    assert asyncio.run(ours).calls == 1
