"""An archive of calls in a list: what the window asks, answered without a disk."""

from __future__ import annotations

from collections.abc import Sequence

from copilot_desktop.calls.archive import CallQuery, FoundCalls, Handler, Place, ScoreRange
from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.calls.ports import CallSummary


class FakeArchive:
    """`calls` newest first. `trouble` is raised by every question; `asked` are the queries."""

    def __init__(self, calls: list[CallSummary]) -> None:
        self.calls = calls
        self.names: list[str] = []
        self.trouble: CopilotError | None = None
        self.asked: list[tuple[CallQuery, Place | None]] = []
        self.deleted: list[list[CallId]] = []

    async def find(self, query: CallQuery, after: Place | None, limit: int) -> FoundCalls:
        self._check()
        self.asked.append((query, after))
        fitting = [call for call in self.calls if _fits(call, query)]
        if after is not None:
            fitting = [call for call in fitting if (call.started_at, call.call_id) < after]
        page, rest = fitting[:limit], fitting[limit:]
        return FoundCalls(tuple(page), Place(page[-1].started_at, page[-1].call_id) if rest else None)

    async def count(self, query: CallQuery, most: int) -> int:
        self._check()
        return min(most, sum(_fits(call, query) for call in self.calls))

    async def desks(self) -> Sequence[str]:
        self._check()
        return self.names

    async def delete(self, calls: Sequence[CallId]) -> int:
        self._check()
        self.deleted.append(list(calls))
        before = len(self.calls)
        self.calls[:] = [call for call in self.calls if call.call_id not in calls or call.outcome is None]
        return before - len(self.calls)

    def _check(self) -> None:
        if self.trouble is not None:
            raise self.trouble


def _fits(call: CallSummary, query: CallQuery) -> bool:
    spoke = set(call.handled_by)
    handlers = {
        None: True,
        Handler.AI: spoke == {Party.ASSISTANT},
        Handler.AGENT: Party.AGENT in spoke,
        Handler.NOBODY: not spoke,
    }
    scores = {
        None: True,
        ScoreRange.NONE: call.score is None,
        ScoreRange.GOOD: (call.score or 0) >= 75,
        ScoreRange.FAIR: 50 <= (call.score or 0) < 75,
        ScoreRange.POOR: call.score is not None and call.score < 50,
        ScoreRange.FAILED: call.is_failed,
    }
    return (
        query.words.lower() in call.snippet.lower()
        and (query.since is None or call.started_at >= query.since)
        and (not query.outcomes or call.outcome in query.outcomes)
        and (query.with_practice or not call.is_practice)
        and query.desk in ("", call.desk)
        and handlers[query.handler]
        and scores[query.score]
    )
