"""A history on a PostgreSQL server: the same as on this computer, for several desks at once."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from copilot_desktop.calls.errors import StoreError
from copilot_desktop.calls.events import (
    CallEnded,
    CallEvent,
    CallId,
    CallRinging,
    NotesChanged,
    Outcome,
    Party,
)
from copilot_desktop.store import Shared, Store, open_store
from copilot_desktop.store.copying import Copied, copy_from_server, copy_to_server
from copilot_desktop.store.judgements import NewJudgement
from copilot_desktop.store.shared import shown_url, try_server
from tests.support.postgres_server import PostgresServer
from tests.support.shared_history import Databases
from tests.unit.store.stories import ended, found, keep, ringing, said

JUDGED = NewJudgement(
    judged_at=datetime(2026, 3, 12, tzinfo=UTC),
    form_id="form",
    form_version=1,
    prompt_hash="hash",
    judge="judge",
    verdict="{}",
    raw="{}",
)
Desk = Callable[[str], Shared]
ROOT = Path(__file__).parents[3]


@pytest.fixture(params=["here", "server"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    shared = request.getfixturevalue("desk")("One") if request.param == "server" else None
    store = open_store(tmp_path / "data", shared=shared)
    yield store
    store.close()


SENTENCES = (
    "My order is late",
    "An order for Émile's café",
    "Write to anna.b@example.com or www.example.com/late-order",
    "It cost 1,299.50 or -5 degrees",
    "well-known e-mail, AT&T and C++",
    "Straße ÄÖÜ Ångström naïve façade",
    "the order number is AB-1234/77 and 0x1F",
    "don't o'clock rock'n'roll",
    "日本語 テスト",
    "zero\0inside 'quoted' \\back :* & | !",
    "x" * 3000 + " longest",
    "a_b c__d 50% off",
)
ASKED = (
    *("ord", "ORDER", "emile", "cafe", "café", "CAFÉ", "late", "example", "www.ex", "anna.b@ex", "1,299"),
    *("1299", "-5", "e-mail", "mail", "well-kn", "known", "at&t", "C++", "strasse", "straße", "angstrom"),
    *("facade", "fac", "ab-12", "1234/77", "0x1f", "don't", "don", "t", "o'cl", "日本", "テスト", "zero"),
    *("inside", "'quoted'", "\\back", ":*", "&", "|", "!", "longest", "xxx", "a_b", "b", "a_", "50%"),
    *("off", "%", "order*", '"ord', "NEAR(order", "OR", "NOT", "order late", "number order late"),
)


def test_both_databases_find_the_same_calls(tmp_path: Path, desk: Desk) -> None:
    here, there = open_store(tmp_path / "a"), open_store(tmp_path / "b", shared=desk("One"))
    for store in (here, there):
        for minute, text in enumerate(SENTENCES):
            keep(store, ringing(f"c{minute}", minute=minute), said(f"c{minute}", text), ended(f"c{minute}"))
    assert found(there, "late order") == ["c2", "c0"]
    different = {words: (found(here, words), found(there, words)) for words in ASKED}
    here.close()
    there.close()
    assert {words: both for words, both in different.items() if both[0] != both[1]} == {}


def test_the_call_is_read_back_as_it_was(store: Store) -> None:
    events: list[CallEvent] = [
        ringing("a"),
        said("a", "hello \0 there"),
        said("a", "hi", 2000, Party.ASSISTANT),
        NotesChanged(call_id=CallId("a"), at_ms=2500, text="two"),
        ended("a"),
    ]
    keep(store, events[0], NotesChanged(call_id=CallId("a"), at_ms=100, text="one"))
    asyncio.run(store.flush())
    keep(store, *events[1:])
    assert asyncio.run(store.read(CallId("a"))) == events
    (row,) = asyncio.run(store.search("hel there", 5))
    assert row.snippet.startswith("«hello» ")
    assert row.snippet.endswith(" «there»")
    assert (row.outcome, row.duration_ms, row.handled_by) == (Outcome.COMPLETED, 9000, (Party.ASSISTANT,))


def test_a_correction_takes_the_place_of_the_words(store: Store) -> None:
    keep(store, ringing("a"), said("a", "it is 47110815"))
    asyncio.run(store.flush())
    keep(store, replace(said("a", "it is [hidden]"), at_ms=4000, is_correction=True), ended("a"))
    asyncio.run(store.flush())
    assert found(store, "47110815") == []
    assert found(store, "hidden") == ["a"]


def test_two_desks_see_each_other_and_leave_each_other_alone(tmp_path: Path, desk: Desk) -> None:
    one = open_store(tmp_path / "1", shared=desk("Front desk"))
    keep(one, ringing("a"), said("a", "hello"))
    assert [row.desk for row in asyncio.run(one.recent(5))] == [""]
    two = open_store(tmp_path / "2", shared=desk("Back office"))
    assert two.repair() == []
    keep(two, ringing("b", minute=1))
    asyncio.run(two.flush())
    rows = {row.call_id: (row.desk, row.outcome) for row in asyncio.run(one.recent(5))}
    assert rows == {"a": ("Front desk", None), "b": ("Back office", None)}
    assert not asyncio.run(one.is_of_other_desk(CallId("a")))
    assert asyncio.run(one.is_of_other_desk(CallId("b")))
    assert not asyncio.run(one.is_of_other_desk(CallId("unknown")))
    one.close()
    two.close()
    again = open_store(tmp_path / "1", shared=desk("Front desk"))
    assert again._unfinished == [("a", 1000)]
    again.close()


def test_one_desk_is_one_program(tmp_path: Path, desk: Desk) -> None:
    store = open_store(tmp_path / "1", shared=desk("One"))
    store.close()
    (tmp_path / "2").mkdir()
    (tmp_path / "2" / "outbox.sqlite3").write_bytes((tmp_path / "1" / "outbox.sqlite3").read_bytes())
    store = open_store(tmp_path / "1", shared=desk("One"))
    with pytest.raises(StoreError, match="another copy of the program on this desk"):
        open_store(tmp_path / "2", shared=desk("One"))
    store.close()
    open_store(tmp_path / "2", shared=desk("One")).close()


def test_an_empty_server_gets_its_tables_from_both_at_once(databases: Databases, tmp_path: Path) -> None:
    url = databases.server.url(databases.new())

    async def both() -> list[Store]:
        return await asyncio.gather(
            *(
                asyncio.to_thread(open_store, tmp_path / name, shared=Shared(url, name))
                for name in ("one", "two")
            )
        )

    for store in asyncio.run(both()):
        store.close()
    assert try_server(url) == "The server answers. It holds 0 calls of 2 desks."


def test_what_is_wrong_is_said_in_words_and_without_the_password(databases: Databases, database: str) -> None:
    server = databases.server
    name = database.rpartition("/")[2]
    databases.server.execute("CREATE ROLE guest LOGIN PASSWORD 'sesame'")
    empty = databases.new()
    told = {
        server.url(name, password="sesame1"): "refuses this name or password",
        server.url("nothing"): "no such database",
        server.url(empty, user="guest", password="sesame"): "no rights to create or change tables",
        f"postgres://a:sesame@127.0.0.1:1/{name}": "nothing answers at this host and port",
        "postgres://a:sesame@no.such.host.invalid/x": "no host of this name",
        "mysql://a:sesame@host/x": "must look like",
        "sesame": "is not one",
    }
    for address, words in told.items():
        with pytest.raises(StoreError, match=words) as caught:
            try_server(address)
        assert "sesame" not in str(caught.value)
    server.execute("UPDATE alembic_version SET version_num = '0999'", database=name)
    with pytest.raises(StoreError, match="made by a newer version"):
        try_server(database)


def test_an_address_shows_no_secret() -> None:
    assert shown_url("postgres://me:secret@host:5/calls") == "host:5/calls"
    assert "secret" not in repr(Shared("postgres://me:secret@host:5/calls", "One"))


def test_a_history_is_copied_whole_and_twice_is_as_good_as_once(
    databases: Databases, database: str, tmp_path: Path
) -> None:
    here = open_store(tmp_path / "d")
    for minute in range(3):
        call = f"c{minute}"
        keep(here, ringing(call, minute=minute), said(call, f"parcel \0 {minute}"), ended(call))
    keep(here, ringing("running", minute=9))
    asyncio.run(here.flush())
    asyncio.run(here.add_judgement(CallId("c1"), JUDGED))
    with pytest.raises(StoreError, match="already in use"):
        copy_to_server(tmp_path / "d", database, "One", lambda done, total: None)
    here.close()
    progress: list[tuple[int, int]] = []
    assert copy_to_server(
        tmp_path / "d", database, "One", lambda done, total: progress.append((done, total))
    ) == Copied(3, 3)
    assert progress == [(1, 3), (2, 3), (3, 3)]
    assert copy_to_server(tmp_path / "d", database, "One", lambda done, total: None) == Copied(0, 3)
    # A copy that was cut off goes on.
    name = database.rpartition("/")[2]
    databases.server.execute("DELETE FROM events WHERE call_id = 'c1' AND seq = 2", database=name)
    assert copy_to_server(tmp_path / "d", database, "One", lambda done, total: None) == Copied(1, 3)
    there = open_store(tmp_path / "other", shared=Shared(database, "Two"))
    assert found(there, "parc") == ["c2", "c1", "c0"]
    (judged,) = asyncio.run(there.judgements(CallId("c1")))
    assert judged.judgement == JUDGED
    rows = asyncio.run(there.recent(5))
    assert {row.call_id: row.desk for row in rows} == {"c0": "One", "c1": "One", "c2": "One"}
    events = asyncio.run(there.read(CallId("c1")))
    there.close()
    assert copy_from_server(tmp_path / "new", database, lambda done, total: None) == Copied(3, 3)
    back = open_store(tmp_path / "new")
    assert asyncio.run(back.read(CallId("c1"))) == events
    assert found(back, "parcel") == ["c2", "c1", "c0"]
    back.close()


@pytest.fixture
def server_of_its_own(databases: Databases, tmp_path: Path) -> Iterator[PostgresServer]:
    """One that may be stopped: the others' tests need theirs."""
    server = PostgresServer(tmp_path / "postgres" / "data")
    server.make()
    server.start()
    yield server
    server.stop()


def digits(call: str, start: int, count: int) -> list[CallEvent]:
    return [said(call, f"sentence {number}", 1000 + number) for number in range(start, start + count)]


def wait_for(told: list[StoreError | None]) -> None:
    until = time.monotonic() + 20
    while told[-1:] != [None]:
        assert time.monotonic() < until, told
        time.sleep(0.02)


@pytest.mark.realtime
@pytest.mark.allow_warnings
def test_a_server_that_goes_away_in_mid_call_costs_nothing(
    server_of_its_own: PostgresServer, tmp_path: Path
) -> None:
    told: list[StoreError | None] = []
    shared = Shared(server_of_its_own.url(), "One")
    store = open_store(tmp_path / "d", shared=shared, on_problem=told.append)
    keep(store, ringing("a"), *digits("a", 0, 20))
    asyncio.run(store.flush())
    server_of_its_own.stop()
    keep(store, *digits("a", 20, 20))
    asyncio.run(store.flush())
    assert [error is None for error in told] == [False]
    keep(store, *digits("a", 40, 1200))
    asyncio.run(store.flush())
    with pytest.raises(StoreError):
        asyncio.run(store.read(CallId("a")))
    server_of_its_own.start()
    wait_for(told)
    keep(store, ended("a"))
    assert asyncio.run(store.read(CallId("a"))) == [ringing("a"), *digits("a", 0, 1240), ended("a")]
    store.close()


@pytest.mark.realtime
@pytest.mark.allow_warnings
def test_what_is_taken_out_while_the_server_is_away_lies_nowhere(
    server_of_its_own: PostgresServer, tmp_path: Path
) -> None:
    told: list[StoreError | None] = []
    store = open_store(tmp_path / "d", shared=Shared(server_of_its_own.url(), "One"), on_problem=told.append)
    keep(store, ringing("a"))
    asyncio.run(store.flush())
    server_of_its_own.stop()
    keep(store, said("a", "it is 47110815"), said("a", "hello", 2000))
    asyncio.run(store.flush())
    corrected = replace(said("a", "it is [hidden]"), at_ms=4000, is_correction=True)
    keep(store, corrected)
    asyncio.run(store.flush())
    left = b"".join(path.read_bytes() for path in (tmp_path / "d").rglob("*") if path.is_file())
    assert b"47110815" not in left
    assert b"[hidden]" in left
    server_of_its_own.start()
    wait_for(told)
    events = asyncio.run(store.read(CallId("a")))
    store.close()
    assert events == [ringing("a"), replace(corrected, at_ms=1000), said("a", "hello", 2000)]


@pytest.mark.kill
@pytest.mark.allow_warnings
def test_a_program_killed_while_the_server_is_away_loses_nothing(
    server_of_its_own: PostgresServer, tmp_path: Path
) -> None:
    url = server_of_its_own.url()
    with talking(tmp_path / "d", url, "a") as program:
        heard(program, 5)
        server_of_its_own.stop()
        last = heard(program, 15)
        program.kill()
        program.wait()
    with talking(tmp_path / "d", url, "b") as program:
        heard(program, 3)
        program.kill()
        program.wait()
    server_of_its_own.start()
    store = open_store(tmp_path / "d", shared=Shared(url, "One"))
    assert sorted(store.repair()) == ["a", "b"]
    events = asyncio.run(store.read(CallId("a")))
    store.close()
    spoken = events[1:-1]
    assert isinstance(events[0], CallRinging)
    assert isinstance(events[-1], CallEnded)
    assert spoken == digits("a", 0, len(spoken))
    assert len(spoken) > last


@pytest.mark.kill
@pytest.mark.allow_warnings
def test_two_programs_write_at_once_and_one_is_killed(database: str, tmp_path: Path) -> None:
    with talking(tmp_path / "1", database, "a") as one, talking(tmp_path / "2", database, "b") as two:
        last = {"a": heard(one, 12), "b": heard(two, 12)}
        one.kill()
        one.wait()
        heard(two, 5)
        store = open_store(tmp_path / "1", shared=Shared(database, "One"))
        assert store.repair() == ["a"]
        two.kill()
        for call in last:
            spoken = [event for event in asyncio.run(store.read(CallId(call))) if event.at_ms >= 1000]
            spoken = [event for event in spoken if not isinstance(event, CallEnded)]
            assert spoken == digits(call, 0, len(spoken))
            assert len(spoken) >= last[call] - 5
        store.close()


def talking(data_dir: Path, url: str, call: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TALK_TO": url}
    return subprocess.Popen(
        [sys.executable, __file__, str(data_dir), call], stdout=subprocess.PIPE, text=True, env=environment
    )


def heard(program: subprocess.Popen[str], count: int) -> int:
    """Wait for `count` more sentences of a program, and return the number of the last that is kept."""
    assert program.stdout is not None
    return [int(program.stdout.readline()) for _ in range(count)][-1]


def talk_for_ever(data_dir: Path, call: str) -> None:
    store = open_store(data_dir, shared=Shared(os.environ["TALK_TO"], data_dir.name))
    keep(store, ringing(call))
    for number in range(10_000):
        keep(store, *digits(call, number, 1))
        asyncio.run(store.flush())
        print(number, flush=True)
        time.sleep(0.02)


if __name__ == "__main__":
    talk_for_ever(Path(sys.argv[1]), sys.argv[2])
