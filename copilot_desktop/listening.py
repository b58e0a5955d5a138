"""Listening: what takes longer than a report's facts: its recording's sound, and the mood of its words."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from copilot_desktop.calls.errors import EngineError
from copilot_desktop.calls.events import CallId
from copilot_desktop.report.parts import with_parts

if TYPE_CHECKING:
    from copilot_desktop.calls.ports import Embedder
    from copilot_desktop.report import CallReport
    from copilot_desktop.report.mood import MoodReader
    from copilot_desktop.store.recordings import WavRecordings

log = logging.getLogger("copilot.app")


_KEPT = 8


class Listening:
    """Works in threads. Both are asked for anew each time: one may not be open, the other not loaded."""

    def __init__(
        self, recordings: Callable[[], WavRecordings | None], embedder: Callable[[], Embedder | None]
    ) -> None:
        self._recordings, self._embedder = recordings, embedder
        self._reader: tuple[Embedder, MoodReader] | None = None
        self._works: OrderedDict[Hashable, asyncio.Future[CallReport]] = OrderedDict()
        """The newest few, done or being done: who asks again, or meanwhile, begins nothing anew."""

    async def recording(self, call: CallId) -> Path | None:
        """Return where the recording of `call` lies, all of it written; None where there is none."""
        recordings = self._recordings()
        if recordings is None:
            return None
        await asyncio.wrap_future(recordings.flush())
        path = recordings.path(call)
        return path if await asyncio.to_thread(path.is_file) else None

    async def sound(self, report: CallReport) -> CallReport:
        """Return `report` with what its recording tells of the line; as it was where there is none."""
        path = await self.recording(report.call_id) if report.recorded is not None else None
        if path is None:
            return report
        try:
            length = (await asyncio.to_thread(path.stat)).st_size
            key = ("sound", report.call_id, length)
            done = await self._once(key, lambda: asyncio.to_thread(_listened, report, path))
            return with_parts(report, done)
        except OSError as error:
            log.warning("a recording could not be read: %s", error.strerror)
            return report

    async def mood(self, report: CallReport) -> CallReport:
        """Return `report` with its mood, or with why there is none."""
        from copilot_desktop.report.mood_line import NO_MODEL, MoodLine

        embedder = self._embedder()
        if embedder is not None:
            try:
                key = ("mood", report.call_id, hash(report.lines))
                work = functools.partial(asyncio.to_thread, self._with_mood, report, embedder)
                return replace(report, mood=(await self._once(key, work)).mood)
            except EngineError as error:
                log.warning("no mood could be read: %s", error)
        return replace(report, mood=MoodLine(missing_because=NO_MODEL))

    async def complete(self, report: CallReport, *, within_s: float | None = None) -> CallReport:
        """Return `report` with both, as exports want it, but without what is not there `within_s`.

        That is read on all the same: it is there for who asks again.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                report = await self.sound(report)
                report = await self.mood(report)
        return report

    async def _once(self, key: Hashable, make: Callable[[], Awaitable[CallReport]]) -> CallReport:
        work = self._works.get(key)
        if work is None:
            work = self._works[key] = asyncio.ensure_future(make())
            while len(self._works) > _KEPT:
                self._works.popitem(last=False)
        try:
            # Who waits no longer does not end it for the others.
            return await asyncio.shield(work)
        except (EngineError, OSError):
            self._works.pop(key, None)
            raise

    def _with_mood(self, report: CallReport, embedder: Embedder) -> CallReport:
        from copilot_desktop.report.mood import MoodReader

        if self._reader is None or self._reader[0] is not embedder:
            self._reader = embedder, MoodReader(embedder.embed)
        return replace(report, mood=self._reader[1].of_call(report))


def _listened(report: CallReport, path: Path) -> CallReport:
    from copilot_desktop.report.sound_quality import listened
    from copilot_desktop.store.wav import pieces

    return listened(report, pieces(path))
