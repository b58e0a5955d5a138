"""The form after a call on disk: the newest only, and back after a killed program."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from copilot_desktop.calls.events import CallId, CallRinging, WrapUpChanged
from copilot_desktop.store import Store, open_store
from tests.unit.store.stories import ended, keep, said

ROOT = Path(__file__).parents[3]


def rang(call: str, *, days_ago: float = 0) -> CallRinging:
    return CallRinging(
        call_id=CallId(call),
        at_ms=0,
        caller="+15550100142",
        line="+15550100100",
        started_at=datetime.now(UTC) - timedelta(days=days_ago),
    )


def form(call: str, notes: str, *, at_ms: int = 10_000, is_saved: bool = False) -> WrapUpChanged:
    tags = ("late", "parcel")
    return WrapUpChanged(call_id=CallId(call), at_ms=at_ms, notes=notes, tags=tags, is_saved=is_saved)


def waiting(store: Store) -> list[WrapUpChanged]:
    return asyncio.run(store.open_wrap_ups())


def test_only_the_newest_form_is_kept(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    keep(store, rang("a"), said("a", "Hello"), ended("a"), form("a", "r"), form("a", "ring"))
    asyncio.run(store.flush_facts())
    keep(store, form("a", "ring back", at_ms=11_000))
    assert [fact for fact in asyncio.run(store.read(CallId("a"))) if isinstance(fact, WrapUpChanged)] == [
        form("a", "ring back", at_ms=11_000)
    ]
    store.close()


def test_what_was_never_saved_comes_back_oldest_first(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    for call, days_ago in (("new", 0.1), ("old", 2), ("saved", 1), ("long ago", 8), ("none", 1)):
        keep(store, rang(call, days_ago=days_ago), ended(call))
    keep(store, form("new", "n"), form("old", "o"), form("saved", "s"), form("long ago", "l"))
    keep(store, form("saved", "s", is_saved=True))
    store.close()
    store = open_store(tmp_path)
    assert [fact.call_id for fact in waiting(store)] == ["old", "new"]
    store.close()


def test_a_form_of_another_desk_stays_there(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    keep(store, rang("a"), ended("a"), form("a", "mine"))
    asyncio.run(store.flush_facts())
    assert len(waiting(store)) == 1
    store.desk_id = "another"
    assert waiting(store) == []
    store.close()


def type_for_ever(folder: Path) -> None:
    """Keep a form letter by letter, as the window does, and tell standard output what is on the disk."""
    store = open_store(folder)
    keep(store, rang("a"), ended("a"))
    for length in range(1, 10_000):
        keep(store, form("a", "x" * length, at_ms=10_000 + length))
        asyncio.run(store.flush_facts())
        print(length, flush=True)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_killed_program_gives_the_form_back(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "tests.unit.store.test_wrap_ups", str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=dict(os.environ)) as typing:
        assert typing.stdout is not None
        kept = [int(typing.stdout.readline()) for _ in range(25)][-1]
        typing.kill()
    store = open_store(tmp_path)
    (found,) = waiting(store)
    assert len(found.notes) >= kept
    assert found.tags == ("late", "parcel")
    store.close()


if __name__ == "__main__":
    type_for_ever(Path(sys.argv[1]))
