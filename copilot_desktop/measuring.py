"""Measuring: keeps a few figures of each ended call, so that trends need not read the facts of months."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copilot_desktop.calls.errors import StoreError
from copilot_desktop.calls.events import CallEvent, CallId
from copilot_desktop.calls.trends import CallFigures

if TYPE_CHECKING:
    from copilot_desktop.report import CallReport
    from copilot_desktop.store import Store

log = logging.getLogger("copilot.app")

_AT_ONCE = 4
_ASKED_FOR = 40
_REST_S, _BUSY_REST_S = 0.2, 2.0
_AGAIN_S = 60.0
_MOST_TOLD = 200


@dataclass(frozen=True, slots=True)
class MeasuringNeeds:
    """`report` builds a call's report with its judgement; `is_busy`: calls run, to be disturbed little."""

    store: Callable[[], Store | None]
    report: Callable[[Sequence[CallEvent]], Awaitable[CallReport]]
    is_busy: Callable[[], bool] = lambda: False


class Measuring:
    """`watch` is the program's own task; whatever ended it is made good by the next start's."""

    def __init__(self, needs: MeasuringNeeds) -> None:
        self._needs = needs
        self._told: set[CallId] = set()
        self._is_all_due = True
        """Look at the whole history: at the start, and after something went wrong."""
        self._woken = asyncio.Event()

    def look_at(self, call: CallId) -> None:
        """A call has ended, or its judgement has changed. Never waits."""
        if len(self._told) < _MOST_TOLD:
            self._told.add(call)
        else:
            self._is_all_due = True
        self._woken.set()

    async def watch(self) -> None:
        """Measure what is not measured, a few calls at a time; then wait for more, until cancelled."""
        while True:
            try:
                await self.catch_up()
            except StoreError as error:
                log.warning("the figures of calls could not be kept: %s", error)
                self._is_all_due = True
                await asyncio.sleep(_AGAIN_S)
                continue
            await self._woken.wait()

    async def catch_up(self) -> None:
        """Measure every ended call that has no figures, or has been judged since. Raises StoreError."""
        store = self._needs.store()
        if store is None:
            return
        among = None if self._is_all_due else frozenset(self._told)
        self._is_all_due = False
        self._told.clear()
        self._woken.clear()
        done: set[CallId] = set()
        while found := await store.unmeasured(_ASKED_FOR, among):
            fresh = [call for call in found if call not in done]
            for at in range(0, len(fresh), _AT_ONCE):
                some = fresh[at : at + _AT_ONCE]
                await store.keep_figures([await self._measure(store, call) for call in some])
                done.update(some)
                await asyncio.sleep(_BUSY_REST_S if self._needs.is_busy() else _REST_S)
            if not fresh:
                break  # Judged once more meanwhile: we are told of it.

    async def _measure(self, store: Store, call: CallId) -> CallFigures:
        from copilot_desktop.report.figures import figures

        judgements = sum(
            len(each.objections) + (each.judgement is not None) for each in await store.judgements(call)
        )
        try:
            return figures(await self._needs.report(await store.read(call)), judgements)
        except StoreError:
            raise
        except Exception as error:
            # One call that cannot be measured must not keep the others from it, at this start and the next.
            # Its words may be in the error's text, so only the kind is told.
            log.error("%s: could not be measured (%s)", call, type(error).__name__)
            return CallFigures(call_id=call, judgements=judgements)
