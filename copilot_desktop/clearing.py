"""Clearing: deletes what is kept no longer, at the start and each hour, and everything when asked to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from copilot_desktop.calls.errors import StoreError
from copilot_desktop.calls.events import CallId
from copilot_desktop.config import Settings

if TYPE_CHECKING:
    from copilot_desktop.store import Store
    from copilot_desktop.store.retention import Cleared

log = logging.getLogger("copilot.app")

_EVERY_S = 3600.0


@dataclass(frozen=True, slots=True)
class ClearingNeeds:
    """`busy`: calls that must stay whatever their age, because they run. So do those whose form is open."""

    settings: Callable[[], Settings]
    store: Callable[[], Store | None]
    busy: Callable[[], Collection[CallId]]
    told: Callable[[], None] = lambda: None


class Clearing:
    """`watch` is the program's own task; the rest is for the settings."""

    def __init__(self, needs: ClearingNeeds) -> None:
        self._needs = needs

    async def watch(self) -> None:
        """Clean up now and each hour, until cancelled. A failure is logged, and tried again."""
        while True:
            try:
                await self.clear()
            except StoreError as error:
                log.warning("the history could not be cleaned up: %s", error)
            await asyncio.sleep(_EVERY_S)

    async def clear(self) -> Cleared | None:
        """Delete what is older than the settings say; None: they say nothing. Raises StoreError."""
        settings, store = self._needs.settings(), self._needs.store()
        if store is None or not (settings.keep_calls_days or settings.keep_recordings_days):
            return None
        from copilot_desktop.store.retention import Limits, clear

        await store.flush()
        limits = Limits(recordings_days=settings.keep_recordings_days, calls_days=settings.keep_calls_days)
        spared, now = await self._spared(store), datetime.now(UTC)
        recordings, desk = store.recordings, store.desk_id
        return self._told(
            await store.change(
                lambda engine: clear(engine, recordings, limits, now=now, spared=spared, desk_id=desk)
            )
        )

    async def delete_everything(self) -> Cleared:
        """Delete every call that has ended, but for those whose form is open, with all that is kept of it.

        Raises StoreError.
        """
        store = self._store()
        from copilot_desktop.store.retention import clear_everything

        await store.flush()
        spared, now = await self._spared(store), datetime.now(UTC)
        recordings, desk = store.recordings, store.desk_id
        return self._told(
            await store.change(
                lambda engine: clear_everything(engine, recordings, now=now, spared=spared, desk_id=desk)
            )
        )

    async def last(self) -> Cleared | None:
        """Return the last clean-up; None: there was none yet. Raises StoreError."""
        from copilot_desktop.store.retention import last

        store = self._store()
        return await store.change(lambda engine: last(engine, store.desk_id))

    async def _spared(self, store: Store) -> frozenset[CallId]:
        """A form that is not saved would write to a call that is gone."""
        return frozenset(self._needs.busy()) | {form.call_id for form in await store.open_wrap_ups()}

    def _store(self) -> Store:
        store = self._needs.store()
        if store is None:
            raise StoreError("The history is not open yet.")
        return store

    def _told(self, cleared: Cleared) -> Cleared:
        if cleared.calls or cleared.recordings:
            log.info("cleaned up: %d calls, %d recordings", cleared.calls, cleared.recordings)
            self._needs.told()
        return cleared
