"""The history of calls: what was appended can be listed, found and read, by one program at a time."""

from __future__ import annotations

import asyncio
import sqlite3
import wave
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copilot_desktop.calls.errors import StoreError
from copilot_desktop.calls.events import (
    CallEnded,
    CallEvent,
    CallId,
    CallRinging,
    Outcome,
    Party,
    SpeechMeasured,
    UtteranceFinished,
    UtteranceId,
)
from copilot_desktop.store import Store, migrate, open_store

STARTED = datetime(2026, 3, 12, 14, 28, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "data")
    yield store
    store.close()


def ringing(call: str, *, minute: int = 0, is_practice: bool = False) -> CallRinging:
    return CallRinging(
        call_id=CallId(call),
        at_ms=0,
        caller="+15550100142",
        line="+15550100100",
        started_at=STARTED + timedelta(minutes=minute),
        is_practice=is_practice,
    )


def said(call: str, text: str, at_ms: int = 1000, party: Party = Party.CALLER) -> UtteranceFinished:
    return UtteranceFinished(
        call_id=CallId(call),
        at_ms=at_ms,
        utterance_id=UtteranceId(f"u{at_ms}"),
        party=party,
        text=text,
        start_ms=at_ms - 500,
        end_ms=at_ms,
    )


def ended(call: str, at_ms: int = 9000) -> CallEnded:
    return CallEnded(call_id=CallId(call), at_ms=at_ms, outcome=Outcome.COMPLETED, duration_ms=at_ms)


def keep(store: Store, *events: CallEvent) -> None:
    for event in events:
        store.append(event)


def found(store: Store, words: str) -> list[str]:
    return [summary.call_id for summary in asyncio.run(store.search(words, 10))]


@pytest.mark.parametrize("is_same_batch", [True, False])
def test_a_correction_takes_the_place_of_the_words_and_nothing_of_them_is_left(
    tmp_path: Path, is_same_batch: bool
) -> None:
    events = [ringing("a"), said("a", "it is 47110815"), said("a", "hello", 2000, Party.ASSISTANT)]
    other = [ringing("b"), said("b", "another 47110815 stays")]
    corrected = replace(said("a", "it is [hidden]"), at_ms=4000, is_correction=True)
    store = open_store(tmp_path)
    keep(store, *events)
    if not is_same_batch:
        asyncio.run(store.flush())
    keep(store, corrected, said("a", "thanks", 5000), ended("a"))
    asyncio.run(store.flush())
    assert asyncio.run(store.read(CallId("a"))) == [
        events[0],
        replace(corrected, at_ms=1000),
        events[2],
        said("a", "thanks", 5000),
        ended("a"),
    ]
    assert found(store, "47110815") == []
    assert found(store, "hidden") == ["a"]
    # The program may be killed now: what is on the disk counts, not what closing would tidy up.
    left = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"47110815" not in left
    keep(store, *other)
    asyncio.run(store.flush())
    assert found(store, "47110815") == ["b"]
    store.close()


def test_a_call_is_read_back_in_order_by_the_next_program(tmp_path: Path) -> None:
    events = [ringing("a"), said("a", "hello"), said("a", "hi", 2000, Party.ASSISTANT), ended("a")]
    store = open_store(tmp_path)
    keep(store, *events)
    assert asyncio.run(store.read(CallId("a"))) == events
    store.close()
    store = open_store(tmp_path)
    assert asyncio.run(store.read(CallId("a"))) == events
    assert asyncio.run(store.read(CallId("unknown"))) == []
    store.close()
    with pytest.raises(StoreError, match="closed"):
        asyncio.run(store.recent(5))


def test_the_list_follows_the_call(store: Store) -> None:
    keep(store, ringing("a"), said("a", "hello", 4000), said("a", "hi", 5000, Party.ASSISTANT))
    (running,) = asyncio.run(store.recent(5))
    assert (running.outcome, running.duration_ms, running.handled_by) == (None, 5000, (Party.ASSISTANT,))
    assert running.started_at == STARTED
    keep(
        store, SpeechMeasured(call_id=CallId("a"), at_ms=7000, party=Party.AGENT, start_ms=6000, end_ms=7000)
    )
    keep(store, ended("a"), said("a", "late words", 9500))
    (over,) = asyncio.run(store.recent(5))
    assert (over.outcome, over.duration_ms) == (Outcome.COMPLETED, 9000)
    assert over.handled_by == (Party.ASSISTANT, Party.AGENT)


def test_newest_first_and_practice_can_be_left_out(store: Store) -> None:
    keep(store, ringing("new", minute=5), ringing("old"), ringing("practice", minute=9, is_practice=True))
    assert [row.call_id for row in asyncio.run(store.recent(2))] == ["practice", "new"]
    real = asyncio.run(store.recent(5, include_practice=False))
    assert [row.call_id for row in real] == ["new", "old"]


def test_a_call_whose_ringing_was_lost_is_listed_all_the_same(store: Store) -> None:
    keep(store, said("a", "hello"))
    (row,) = asyncio.run(store.recent(5))
    assert (row.call_id, row.caller) == ("a", "")
    assert abs(datetime.now(UTC) - row.started_at) < timedelta(minutes=1)


def test_words_are_found_by_their_beginnings_anywhere_in_the_call(store: Store) -> None:
    keep(store, ringing("a"), said("a", "My order is late"), said("a", "Express, please", 3000))
    keep(store, ringing("b", minute=1), said("b", "An order for Émile's café"))
    assert found(store, "ord") == ["b", "a"]
    assert found(store, "ORDER expr") == ["a"]
    assert found(store, "emile cafe") == ["b"]
    assert found(store, "rder") == []
    (row,) = asyncio.run(store.search("late", 5))
    assert row.snippet == "My order is «late»"


def test_numbers_are_found_as_people_write_them(store: Store) -> None:
    keep(store, ringing("a"))
    assert found(store, "555 010-0142") == ["a"]
    assert found(store, "+1 555") == ["a"]
    assert found(store, "0199") == []


def test_nothing_typed_finds_all_and_punctuation_nothing(store: Store) -> None:
    keep(store, ringing("a"), said("a", "hello"))
    assert found(store, "  ") == ["a"]
    assert found(store, '"*') == []
    assert found(store, "%") == []


def test_anything_typed_is_safe(store: Store) -> None:
    keep(store, ringing("a"), said("a", 'a "b" NEAR(c) OR d*'))

    @settings(max_examples=80, suppress_health_check=list(HealthCheck))
    @given(st.text(st.sampled_from("ab\"'*()^:+-%_\\ NEAROD0\0;é"), max_size=20))
    def is_safe(typed: str) -> None:
        assert found(store, typed) in ([], ["a"])

    is_safe()
    assert found(store, '"b" NEAR(c)') == ["a"]


def test_only_one_program_writes_but_others_may_read(store: Store, tmp_path: Path) -> None:
    keep(store, ringing("a"))
    asyncio.run(store.flush())
    with pytest.raises(StoreError, match="already in use"):
        open_store(tmp_path / "data")
    reader = open_store(tmp_path / "data", read_only=True)
    assert [row.call_id for row in asyncio.run(reader.recent(5))] == ["a"]
    with pytest.raises(StoreError, match="reading only"):
        reader.append(ended("a"))
    reader.close()


@pytest.mark.allow_warnings
def test_calls_left_open_by_an_earlier_run_are_ended_and_running_ones_are_not(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    keep(store, ringing("whole"), ended("whole"), ringing("torn", minute=1), said("torn", "hello", 4000))
    with wave.open(str(_recorded(store, "torn")), "rb") as file:
        assert file.getnframes() == 160
    store.close()

    store = open_store(tmp_path)
    keep(store, ringing("running", minute=2))
    assert store.repair() == ["torn"]
    assert store.repair() == []
    assert asyncio.run(store.read(CallId("torn")))[-1] == CallEnded(
        call_id=CallId("torn"), at_ms=4000, outcome=Outcome.INTERRUPTED, duration_ms=4000
    )
    outcomes = {row.call_id: row.outcome for row in asyncio.run(store.recent(5))}
    assert outcomes == {"running": None, "torn": Outcome.INTERRUPTED, "whole": Outcome.COMPLETED}
    store.close()


def test_after_a_flush_the_recording_is_whole(store: Store) -> None:
    async def main() -> None:
        for length in (1, 2):
            recording = store.recordings.open(CallId("a"))
            recording.write(b"\xff" * 160, b"\xff" * 160)
            recording.close()
            await store.flush()
            with wave.open(str(store.recording_path(CallId("a"))), "rb") as file:
                assert file.getnframes() == 160 * length

    asyncio.run(main())


def _recorded(store: Store, call: str) -> Path:
    recording = store.recordings.open(CallId(call))
    recording.write(b"\xff" * 160, b"\xff" * 160)
    store.recordings.close()
    path = store.recording_path(CallId(call))
    assert path is not None
    return path


def test_a_history_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    with sqlite3.connect(tmp_path / "calls.sqlite3") as database:
        database.execute("UPDATE alembic_version SET version_num = '0999'")
    database.close()
    for read_only in (False, True):
        with pytest.raises(StoreError, match="made by a newer version"):
            open_store(tmp_path, read_only=read_only)


def test_what_cannot_be_opened_is_told_and_let_go_of(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="cannot be used"):
        open_store(tmp_path / "file")
    with pytest.raises(StoreError, match="no call history"):
        open_store(tmp_path, read_only=True)
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "calls.sqlite3").write_bytes(b"no database" * 500)
    for _ in range(2):
        with pytest.raises(StoreError, match="not a database"):
            open_store(broken)


@pytest.mark.allow_warnings
def test_a_lock_held_too_long_does_not_reorder_anything(tmp_path: Path) -> None:
    told: list[StoreError | None] = []
    store = open_store(tmp_path, on_problem=told.append)
    other = sqlite3.connect(tmp_path / "calls.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    keep(store, ringing("a"), said("a", "secret words"))
    with pytest.raises(StoreError, match="locked") as caught:
        asyncio.run(store.flush())
    assert "secret" not in str(caught.value)
    keep(store, ended("a"))
    other.execute("ROLLBACK")
    other.close()
    events = asyncio.run(store.read(CallId("a")))
    store.close()
    assert events == [ringing("a"), said("a", "secret words"), ended("a")]
    assert [error is None for error in told] == [False, True]


def test_the_newest_step_is_the_one_the_program_expects() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == migrate.HEAD


def test_the_tables_made_are_the_tables_used(tmp_path: Path) -> None:
    from copilot_desktop.store.tables import metadata

    open_store(tmp_path).close()
    database = sqlite3.connect(tmp_path / "calls.sqlite3")
    made = {
        table: [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        for table in metadata.tables
    }
    database.close()
    assert made == {name: table.columns.keys() for name, table in metadata.tables.items()}


def test_calls_from_a_number_are_real_ones_newest_first(store: Store) -> None:
    keep(store, ringing("old"), ended("old"), ringing("new", minute=5), ringing("newest", minute=9))
    keep(store, ringing("practice", minute=7, is_practice=True))
    keep(store, replace(ringing("other", minute=8), caller="+15550100199"))

    def calls_from(number: str, limit: int = 3) -> list[str]:
        return [summary.call_id for summary in asyncio.run(store.calls_from(number, limit))]

    assert calls_from("+15550100142") == ["newest", "new", "old"]
    assert calls_from("+15550100142", 1) == ["newest"]
    assert calls_from("+1555") == []
