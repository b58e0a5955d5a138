"""The program's own clean-up: by the settings, sparing what runs, told as counts only."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from copilot_desktop import config
from copilot_desktop.calls.events import CallEnded, CallId, CallRinging, Outcome, WrapUpChanged
from copilot_desktop.clearing import Clearing, ClearingNeeds
from copilot_desktop.engine_plan import hosts
from copilot_desktop.privacy_desk import plan_of
from copilot_desktop.store import Store, open_store


def old_call(store: Store, name: str, *, days_ago: int = 100) -> CallId:
    id, began = CallId(name), datetime.now(UTC) - timedelta(days=days_ago)
    store.append(CallRinging(call_id=id, at_ms=0, caller="+12025550142", line="", started_at=began))
    store.append(CallEnded(call_id=id, at_ms=1, outcome=Outcome.COMPLETED, duration_ms=1))
    return id


def test_it_follows_the_settings_and_spares_what_runs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = config.load(data_dir=tmp_path)
    store = open_store(tmp_path)
    kept = [old_call(store, "busy")]
    old_call(store, "gone")
    clearing = Clearing(ClearingNeeds(lambda: settings, lambda: store, lambda: kept))

    async def use() -> None:
        nonlocal settings
        assert await clearing.clear() is None
        assert await clearing.last() is None
        settings = config.save(settings, {"keep_calls_days": 30})
        with caplog.at_level(logging.INFO, "copilot.app"):
            cleared = await clearing.clear()
        assert cleared is not None
        assert cleared.calls == 1
        assert await clearing.last() == cleared
        kept.clear()
        assert (await clearing.delete_everything()).calls == 1
        assert await store.recent(9) == []

    asyncio.run(use())
    store.close()
    assert "cleaned up: 1 calls, 0 recordings" in caplog.text
    assert "+1202" not in caplog.text
    assert "gone" not in caplog.text


def test_a_call_whose_form_is_open_stays_until_it_is_saved(tmp_path: Path) -> None:
    settings = config.save(config.load(data_dir=tmp_path), {"keep_calls_days": 1})
    store = open_store(tmp_path)
    clearing = Clearing(ClearingNeeds(lambda: settings, lambda: store, lambda: ()))
    call = old_call(store, "written up", days_ago=3)

    def write(*, is_saved: bool) -> None:
        store.append(WrapUpChanged(call_id=call, at_ms=2, notes="ring back", is_saved=is_saved))

    async def use() -> None:
        write(is_saved=False)
        cleared = await clearing.clear()
        assert cleared is not None
        assert cleared.calls == 0
        assert (await clearing.delete_everything()).calls == 0
        write(is_saved=True)
        cleared = await clearing.clear()
        assert cleared is not None
        assert cleared.calls == 1
        assert await store.recent(9) == []

    asyncio.run(use())
    store.close()


def test_the_watch_begins_at_once_and_ends_when_cancelled(tmp_path: Path) -> None:
    settings = config.save(config.load(data_dir=tmp_path), {"keep_calls_days": 30})
    store = open_store(tmp_path)
    old_call(store, "gone")

    async def use() -> None:
        told = asyncio.Event()
        watch = Clearing(ClearingNeeds(lambda: settings, lambda: store, lambda: (), told.set)).watch()
        task = asyncio.create_task(watch)
        await asyncio.wait_for(told.wait(), 10)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()

    asyncio.run(use())
    store.close()


def test_the_plan_is_that_of_the_engines(tmp_path: Path) -> None:
    settings = config.load(data_dir=tmp_path)
    assert all(not line.hosts for line in plan_of(settings))
    settings = config.save(settings, {"writer_base_url": "http://192.168.1.20:8000/v1"})
    elsewhere = {host for line in plan_of(settings) if line.is_used for host in line.hosts}
    assert elsewhere == set(hosts(settings))
    assert [line.part for line in plan_of(settings) if line.hosts and line.is_used] == ["writer"]
