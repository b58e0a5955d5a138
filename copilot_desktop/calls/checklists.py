"""Checklists: the steps of every talk, ticked by what is said and by the agent. Nobody waits for them."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from copilot_desktop.calls.errors import IllegalTransition
from copilot_desktop.calls.events import (
    CallEnded,
    CallEvent,
    CallId,
    ChecklistChanged,
    EventFeed,
    Fact,
    StateChanged,
    Treatment,
    TreatmentChanged,
    UtteranceFinished,
)
from copilot_desktop.calls.ports import Checklist
from copilot_desktop.calls.states import CallState

log = logging.getLogger("copilot.calls")

MOST_WAITING = 32
"""Lines of a call that wait to be looked at. Of more the oldest are left out; the agent can tick by hand."""

_CLOSE_LIMIT_S = 1.0


@dataclass(slots=True)
class _Followed:
    """One talk's steps, and what was said since somebody looked."""

    call_id: CallId
    steps: Checklist
    waiting: deque[UtteranceFinished] = field(default_factory=lambda: deque(maxlen=MOST_WAITING))
    has_news: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: bool = False
    is_listening: bool = True
    now_ms: int = 0


class Checklists:
    """Follows `feed`, and tells ChecklistChanged on it. `new` gives the steps of a call that is connected.

    A call's task ends with the call, when the last line has been looked at.
    """

    def __init__(self, feed: EventFeed, new: Callable[[], Checklist | None]) -> None:
        self._feed, self._new = feed, new
        self._calls: dict[CallId, _Followed] = {}
        self._without_talk: set[CallId] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        feed.subscribe(self._follow)

    def tick(self, call_id: CallId, step: str, *, is_done: bool, at_ms: int) -> None:
        """The agent says how a step stands.

        Raises:
            IllegalTransition: the call has no such step.
        """
        call = self._calls.get(call_id)
        if call is None:
            raise IllegalTransition("a step of a call without a checklist")
        try:
            call.steps.set_done(step, is_done, at_ms)
        except KeyError:
            raise IllegalTransition("a step that is not in the checklist") from None
        self._tell(call, at_ms)

    async def close(self) -> None:
        """Let the last lines be looked at, for at most a second. No call may be running."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_CLOSE_LIMIT_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    # Inside.

    def _follow(self, fact: Fact) -> None:
        if not isinstance(fact, CallEvent):
            return
        if isinstance(fact, TreatmentChanged):
            self._note_treatment(fact)
        elif isinstance(fact, StateChanged) and fact.new is CallState.LIVE:
            self._begin(fact)
        elif isinstance(fact, UtteranceFinished):
            self._hear(fact)
        elif isinstance(fact, CallEnded):
            self._end(fact)

    def _note_treatment(self, fact: TreatmentChanged) -> None:
        if fact.treatment is Treatment.TALK:
            self._without_talk.discard(fact.call_id)
        else:
            self._without_talk.add(fact.call_id)

    def _begin(self, fact: StateChanged) -> None:
        if fact.call_id in self._calls or fact.call_id in self._without_talk:
            return
        steps = self._new()
        if steps is None or not steps.items:
            return
        call = self._calls[fact.call_id] = _Followed(fact.call_id, steps, now_ms=fact.at_ms)
        task = asyncio.create_task(self._listen(call), name=f"checklist {fact.call_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _hear(self, fact: UtteranceFinished) -> None:
        call = self._calls.get(fact.call_id)
        if call is not None and call.is_listening and fact.text and not fact.is_correction:
            call.waiting.append(fact)
            call.has_news.set()

    def _end(self, fact: CallEnded) -> None:
        self._without_talk.discard(fact.call_id)
        call = self._calls.pop(fact.call_id, None)
        if call is not None:
            call.is_over, call.now_ms = True, fact.at_ms
            call.has_news.set()

    async def _listen(self, call: _Followed) -> None:
        try:
            self._tell(call, call.now_ms)
            await asyncio.to_thread(call.steps.load)
            while not call.is_over or call.waiting:
                await call.has_news.wait()
                call.has_news.clear()
                while call.waiting:
                    said = call.waiting.popleft()
                    if await asyncio.to_thread(call.steps.hear, said.party, said.text, said.start_ms):
                        self._tell(call, said.at_ms)
        except Exception:
            # The talk goes on without it, and the agent ticks by hand.
            log.exception("%s: what is said ticks no more steps", call.call_id)
            call.is_listening = False
            call.waiting.clear()
            self._tell(call, call.now_ms)

    def _tell(self, call: _Followed, at_ms: int) -> None:
        call.now_ms = max(call.now_ms, at_ms)
        self._feed.publish(
            ChecklistChanged(
                call_id=call.call_id,
                at_ms=call.now_ms,
                items=call.steps.items,
                is_listening=call.is_listening,
            )
        )
