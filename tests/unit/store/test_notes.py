"""The agent's notes on disk: the newest, whole, once; nothing of a card number that was typed bit by bit."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from copilot_desktop.calls.events import Bookmarked, CallEvent, CallId, CallRinging, NotesChanged
from copilot_desktop.store import Store, open_store

A, B = CallId("a"), CallId("b")


def ringing(call: CallId) -> CallRinging:
    return CallRinging(
        call_id=call, at_ms=0, caller="+15550100142", line="+15550100100", started_at=datetime.now(UTC)
    )


def noted(call: CallId, at_ms: int, text: str) -> NotesChanged:
    return NotesChanged(call_id=call, at_ms=at_ms, text=text)


def keep(store: Store, *events: CallEvent) -> None:
    for event in events:
        store.append(event)


def read(store: Store, call: CallId) -> list[CallEvent]:
    return asyncio.run(store.read(call))


@pytest.mark.parametrize("is_same_batch", [True, False])
def test_newer_notes_take_the_place_of_older_ones(tmp_path: Path, is_same_batch: bool) -> None:
    store = open_store(tmp_path)
    mark = Bookmarked(call_id=A, at_ms=900, moment_ms=900, text="order")
    events: list[CallEvent] = [ringing(A), ringing(B), noted(A, 500, "first"), noted(B, 600, "other"), mark]
    events += [noted(A, 1000, "first second"), noted(A, 1500, "first second third")]
    for event in events:
        keep(store, event)
        if not is_same_batch:
            asyncio.run(store.flush_facts())
    assert read(store, A) == [events[0], mark, noted(A, 1500, "first second third")]
    assert read(store, B)[1:] == [noted(B, 600, "other")]
    store.close()


def test_notes_go_on_where_an_earlier_run_left_them(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    keep(store, ringing(A), noted(A, 500, "before"))
    store.close()
    store = open_store(tmp_path)
    keep(store, noted(A, 1500, "before and after"), noted(A, 1700, ""))
    assert read(store, A)[1:] == [noted(A, 1700, "")]
    store.close()


def test_a_card_number_typed_bit_by_bit_leaves_nothing_on_the_disk(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    keep(store, ringing(A))
    for typed in ("card 41114242", "card 411142424242", "card [card number hidden]"):
        keep(store, noted(A, 500, typed))
        asyncio.run(store.flush_facts())
    # The program may be killed now: what is on the disk counts, not what closing would tidy up.
    left = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"41114242" not in left
    assert b"card number hidden" in left
    store.close()
