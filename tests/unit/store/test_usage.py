"""What engines were used for can be asked for by month and by call."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from copilot_desktop.calls.engine_status import EnginePart, Usage
from copilot_desktop.calls.events import CallEnded, CallEvent, CallId, CallRinging, EngineUsed, Outcome
from copilot_desktop.store import Store, migrate, open_store
from copilot_desktop.store.tables import calls, usage

MONTH = datetime(2026, 3, 1, tzinfo=UTC)
NEXT_MONTH = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    yield store
    store.close()


def ringing(call: str, started_at: datetime = MONTH) -> CallRinging:
    return CallRinging(
        call_id=CallId(call),
        at_ms=0,
        caller="+12025550142",
        line="+12025550100",
        started_at=started_at,
        is_practice=False,
    )


def heard(call: str, seconds: float, model: str = "gpt-transcribe") -> EngineUsed:
    return EngineUsed(
        call_id=CallId(call),
        at_ms=10,
        part=EnginePart.HEARING,
        model=model,
        host="api.openai.com",
        seconds=seconds,
    )


def wrote(call: str, tokens: int, *, is_estimate: bool = False) -> EngineUsed:
    return EngineUsed(
        call_id=CallId(call),
        at_ms=20,
        part=EnginePart.WRITER,
        model="gpt-6-luna",
        host="api.openai.com",
        input_tokens=tokens,
        cached_tokens=tokens // 2,
        output_tokens=7,
        characters=3,
        audio_input_tokens=2,
        audio_output_tokens=1,
        is_estimate=is_estimate,
    )


def keep(store: Store, *events: CallEvent) -> None:
    for event in events:
        store.append(event)


def month(store: Store) -> list[Usage]:
    return asyncio.run(store.usage(MONTH, NEXT_MONTH))


def test_sums_by_part_host_and_model_and_what_was_guessed_apart(store: Store) -> None:
    keep(store, ringing("a"), heard("a", 1.5), heard("a", 2.25), wrote("a", 100), wrote("a", 10))
    asyncio.run(store.flush())
    keep(store, ringing("b"), heard("b", 4), heard("b", 8, "whisper-1"), wrote("b", 1, is_estimate=True))
    openai = "api.openai.com"
    written = Usage(
        part=EnginePart.WRITER,
        model="gpt-6-luna",
        host=openai,
        input_tokens=110,
        cached_tokens=55,
        output_tokens=14,
        characters=6,
        audio_input_tokens=4,
        audio_output_tokens=2,
    )
    guessed = Usage(
        part=EnginePart.WRITER,
        model="gpt-6-luna",
        host=openai,
        input_tokens=1,
        output_tokens=7,
        characters=3,
        audio_input_tokens=2,
        audio_output_tokens=1,
        is_estimate=True,
    )
    listened = Usage(part=EnginePart.HEARING, model="gpt-transcribe", host=openai, seconds=7.75)
    assert month(store) == [listened, replace(listened, model="whisper-1", seconds=8), written, guessed]
    assert asyncio.run(store.usage_of(CallId("a"))) == [replace(listened, seconds=3.75), written]
    assert asyncio.run(store.usage_of(CallId("unknown"))) == []


def test_a_call_belongs_to_the_month_in_which_it_began(store: Store) -> None:
    moment = timedelta(seconds=1)
    for call, began in (
        ("before", MONTH - moment),
        ("first", MONTH),
        ("last", NEXT_MONTH - moment),
        ("after", NEXT_MONTH),
    ):
        keep(store, ringing(call, began), heard(call, 1))
    assert [used.seconds for used in month(store)] == [2]
    zone = MONTH.astimezone(datetime.now().astimezone().tzinfo)
    assert [used.seconds for used in asyncio.run(store.usage(zone, zone + moment))] == [1]


def test_the_facts_themselves_are_kept_as_well(store: Store) -> None:
    events = [ringing("a"), heard("a", 1.5), wrote("a", 5)]
    keep(store, *events)
    assert asyncio.run(store.read(CallId("a"))) == events


@pytest.mark.allow_warnings
def test_what_could_not_be_written_at_first_is_counted_once(tmp_path: Path) -> None:
    told: list[object] = []
    store = open_store(tmp_path, on_problem=told.append)
    other = sqlite3.connect(tmp_path / "calls.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    keep(store, ringing("a"), heard("a", 3))
    while not told:
        time.sleep(0.01)
    other.execute("ROLLBACK")
    other.close()
    assert [used.seconds for used in month(store)] == [3]
    store.close()


def test_a_history_of_before_is_summed_up_when_it_is_opened(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    keep(store, ringing("a"), heard("a", 1.5), heard("a", 2), wrote("a", 9), ringing("b"), heard("b", 4))
    keep(store, CallEnded(call_id=CallId("a"), at_ms=90, outcome=Outcome.COMPLETED, duration_ms=90))
    sums = month(store)
    store.close()
    database = sqlite3.connect(tmp_path / "calls.sqlite3")
    database.execute("DROP INDEX ix_calls_desk_id")
    for table in ("usage", "judgements", "objections", "desks", "figures"):
        database.execute(f"DROP TABLE {table}")
    database.execute("UPDATE alembic_version SET version_num = '0001'")
    database.commit()
    database.close()
    store = open_store(tmp_path)
    assert month(store) == sums
    keep(store, heard("b", 4))
    assert sum(used.seconds for used in month(store)) == sum(used.seconds for used in sums) + 4
    store.close()


def test_an_empty_history_takes_the_step_as_well(tmp_path: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    engine = create_engine(f"sqlite:///{tmp_path / 'calls.sqlite3'}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    store = open_store(tmp_path)
    assert month(store) == []
    store.close()


def test_a_month_of_ten_thousand_calls_is_answered_at_once(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    engine = create_engine(f"sqlite:///{tmp_path / 'calls.sqlite3'}")
    names = [f"call-{number}" for number in range(10_000)]
    row = dict.fromkeys(usage.columns.keys()[5:], 2)
    with engine.begin() as connection:
        connection.execute(
            calls.insert(),
            [
                {
                    "call_id": name,
                    "started_at": MONTH + timedelta(minutes=4 * number),
                    "caller": "",
                    "line": "",
                    "is_practice": False,
                    "outcome": "completed",
                    "duration_ms": 1,
                    "handled_by": "",
                    "desk_id": "",
                    "agent_id": "",
                }
                for number, name in enumerate(names)
            ],
        )
        connection.execute(
            usage.insert(),
            [
                {**row, "call_id": name, "part": part, "host": "h", "model": "m", "is_estimate": False}
                for name in names
                for part in EnginePart
            ],
        )
    engine.dispose()
    begun_s = time.monotonic()
    sums = month(store)
    took_s = time.monotonic() - begun_s
    assert [used.seconds for used in sums] == [20_000.0] * len(EnginePart)
    # Some 50 ms; a reading of a million facts would take a hundred times as long.
    assert took_s < 2
    store.close()
