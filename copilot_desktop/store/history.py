"""Store: the history of calls on this computer. Implements the CallStore port, and holds the recordings."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from copilot_desktop.calls.archive import CallQuery, FoundCalls, Place
from copilot_desktop.calls.engine_status import Usage
from copilot_desktop.calls.errors import StoreError
from copilot_desktop.calls.events import CallEnded, CallEvent, CallId, Fact, Outcome, WrapUpChanged
from copilot_desktop.calls.ports import CallSummary
from copilot_desktop.calls.trends import CallFigures, CallFilter, Figure, TrendCall, Week
from copilot_desktop.store.journal import Journal
from copilot_desktop.store.recordings import WavRecordings

if TYPE_CHECKING:
    # SQLAlchemy takes a third of a second to load; `open_store` does it, off the loop.
    from sqlalchemy import Engine

    from copilot_desktop.store.judgements import KeptJudgement, KeptObjection, NewJudgement
    from copilot_desktop.store.reading import Reader

log = logging.getLogger("copilot.store")

_CLOSE_S = 3.0
_T = TypeVar("_T")


class Store:
    """Made by `open_store`. `append` never waits; the coroutines read in a thread and raise StoreError."""

    def __init__(
        self,
        reader: Reader,
        journal: Journal | None,
        recordings: WavRecordings,
        release: Callable[[], None],
        writer: Engine | None = None,
        desk_id: str = "",
    ) -> None:
        self._reader, self._journal, self._release, self._writer = reader, journal, release, writer
        self.recordings, self.desk_id = recordings, desk_id
        self._unfinished = reader.unfinished_or_none(desk_id) if journal else []
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="history")
        self._is_closed = False

    @property
    def lost(self) -> int:
        """Facts that could not be kept because the disk did not keep up."""
        return self._journal.lost if self._journal else 0

    def append(self, event: Fact) -> None:
        """Keep `event`; never waits. Facts that only move on the screen or belong to no call are ignored."""
        self._writing().append(event)

    async def flush(self) -> None:
        """Return when all appended before is on disk, and all recorded sound is in its file.

        Cancelling stops the waiting, not the writing.

        Raises:
            StoreError: it cannot be written now; it is tried again.
        """
        journal = self._writing()
        await asyncio.wrap_future(self.recordings.flush())
        await journal.flush()

    async def flush_facts(self) -> None:
        """Return when all appended before is on disk; sound may still be on its way.

        Raises:
            StoreError: it cannot be written now; it is tried again.
        """
        await self._writing().flush()

    async def recent(self, limit: int, *, include_practice: bool = True) -> list[CallSummary]:
        """Return the newest calls, newest first, with the running ones."""
        return await self.ask(lambda: self._reader.recent(limit, include_practice=include_practice))

    async def search(self, words: str, limit: int) -> list[CallSummary]:
        """Return the newest calls in which each of `words` begins a word that was said, or is in a number.

        `snippet` holds the most fitting words, the hits between « and ». Any text is safe.
        """
        return await self.ask(lambda: self._reader.search(words, limit))

    async def find(self, query: CallQuery, after: Place | None = None, limit: int = 100) -> FoundCalls:
        """Return a page of the calls that fit, newest first, and where the next one begins."""
        return await self.ask(lambda: self._reader.calls.page(query, after, limit))

    async def count(self, query: CallQuery, most: int) -> int:
        """Return how many calls fit, at most `most`."""
        return await self.ask(lambda: self._reader.calls.count(query, most))

    async def desks(self) -> Sequence[str]:
        """Return the names of the desks that share this history; empty where one has it alone."""
        return await self.ask(lambda: self._reader.calls.desks())

    async def delete(self, calls: Sequence[CallId]) -> int:
        """Delete calls that have ended, with all that is kept of them; return how many."""
        from copilot_desktop.store.deletion import delete_calls

        await self.flush()
        ended = await self.ask(lambda: self._reader.calls.ended(list(calls)))
        return await self.change(lambda engine: delete_calls(engine, self.recordings, ended))

    async def calls_from(self, number: str, limit: int) -> list[CallSummary]:
        """Return the newest real calls from `number`, newest first, with the running ones."""
        return await self.ask(lambda: self._reader.calls_from(number, limit))

    async def open_wrap_ups(self) -> list[WrapUpChanged]:
        """Return the forms of the last week's calls that this desk began and never saved, oldest first."""
        return await self.ask(lambda: self._reader.open_wrap_ups(self.desk_id))

    async def read(self, call: CallId) -> list[CallEvent]:
        """Return the facts of `call` in order; empty if unknown."""
        return await self.ask(lambda: self._reader.read(call))

    async def usage(self, since: datetime, until: datetime) -> list[Usage]:
        """Return what engines elsewhere did for the calls that began from `since` on and before `until`.

        One sum for each part, host and model; what was counted by us is apart. Practice calls are in it.
        """
        return await self.ask(lambda: self._reader.usage(since, until))

    async def usage_of(self, call: CallId) -> list[Usage]:
        """Return the same for one call; empty if it used nothing."""
        return await self.ask(lambda: self._reader.usage_of(call))

    async def add_judgement(self, call: CallId, judgement: NewJudgement) -> int:
        """Keep what a judge said about `call` as its newest version; return the number of that, from 1."""
        from copilot_desktop.store import judgements

        return await self.change(lambda writer: judgements.add(writer, str(call), judgement))

    async def object_to(self, call: CallId, version: int, objection: KeptObjection) -> None:
        """Keep a person's answer in the place of the judge's; 0 is the version of a call never judged."""
        from copilot_desktop.store import judgements

        await self.change(lambda writer: judgements.object_to(writer, str(call), version, objection))

    async def judgements(self, call: CallId) -> list[KeptJudgement]:
        """Return every version of what was said about `call`, oldest first."""
        return await self.ask(lambda: self._reader.judgements(call))

    async def weeks(self, since: date, until: date, which: CallFilter) -> list[Week]:
        """Return every week that begins from `since` on and before `until`, oldest first. Local time."""
        return await self.ask(lambda: self._reader.trends.weeks(since, until, which))

    async def calls_behind(
        self, figure: Figure | None, week: date, which: CallFilter, limit: int
    ) -> list[TrendCall]:
        """Return the calls behind a week's point, newest first; without a figure all of the week."""
        return await self.ask(lambda: self._reader.trends.calls_behind(figure, week, which, limit))

    async def unmeasured(self, limit: int, among: Collection[CallId] | None = None) -> list[CallId]:
        """Return ended calls whose figures are not kept, or not those of today, newest first."""
        return await self.ask(lambda: self._reader.trends.unmeasured(limit, self.desk_id, among))

    async def keep_figures(self, figures: Collection[CallFigures]) -> None:
        """Keep the figures of calls; those of calls that are gone are not kept."""
        from copilot_desktop.store import trends

        await self.change(lambda writer: trends.keep(writer, figures))

    def recording_path(self, call: CallId) -> Path | None:
        """Return the recording of `call`, or None if there is none."""
        path = self.recordings.path(call)
        return path if path.exists() else None

    async def is_of_other_desk(self, call: CallId) -> bool:
        """Return whether another desk had `call`: its recording is there, if there is one."""
        return bool(self.desk_id) and await self.ask(lambda: self._reader.desk_of(call)) not in (
            "",
            self.desk_id,
        )

    def repair(self) -> list[CallId]:
        """End the calls that an earlier run left without an end, and return them. Blocks; off the loop.

        Their outcome is INTERRUPTED and they end with their last fact. Calls of this run are not touched.

        Raises:
            StoreError: it could not be written; it is tried again at the next start.
        """
        journal, broken, self._unfinished = self._writing(), self._unfinished, []
        for call, last_ms in broken:
            journal.append(
                CallEnded(call_id=call, at_ms=last_ms, outcome=Outcome.INTERRUPTED, duration_ms=last_ms)
            )
            self.recordings.mend(call)
            log.warning("%s: was interrupted by the end of the program", call)
        journal.flush_now(_CLOSE_S)
        return [call for call, _ in broken]

    def close(self) -> None:
        """Write what waits, 3 s at most for each kind, and let go of the files. Blocks. Safe to call twice.

        Raises:
            StoreError: the last part could not be written and is lost. The store is closed all the same.
        """
        self._is_closed = True
        try:
            self.recordings.close()
            if self._journal is not None:
                self._journal.close(_CLOSE_S)
        finally:
            self._reading.shutdown()
            self._release()

    def _writing(self) -> Journal:
        if self._journal is None:
            raise StoreError("The call history was opened for reading only.")
        return self._journal

    async def change(self, change: Callable[[Engine], _T]) -> _T:
        """Write beside the facts, in the reader's thread: the journal's must not wait for it."""
        writer = self._writer
        if writer is None:
            raise StoreError("The call history was opened for reading only.")
        if self._is_closed:
            raise StoreError("The call history is closed.")
        return await asyncio.get_running_loop().run_in_executor(self._reading, lambda: change(writer))

    async def ask(self, question: Callable[[], _T]) -> _T:
        """Answer in the reader's thread, with everything appended before on disk."""
        if self._journal is not None:
            try:
                await self.flush()
            except StoreError as error:
                # The journal has told of it already. What is on disk is still worth reading.
                log.warning("reading without the newest facts: %s", error)
        if self._is_closed:
            raise StoreError("The call history is closed.")
        return await asyncio.get_running_loop().run_in_executor(self._reading, question)
