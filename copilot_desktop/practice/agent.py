"""ScriptedAgent: plays the agent's part of a scenario where nobody sits at the desk, and listens."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.calls.events import (
    CallEvent,
    CallId,
    CallRinging,
    EventFeed,
    Fact,
    HandBackPrepared,
    ModeChanged,
    Party,
    UtteranceFinished,
)
from copilot_desktop.calls.states import HandBackStage, Mode
from copilot_desktop.practice.repeats import objection
from copilot_desktop.practice.result import PracticeOutcome, PracticeResult
from copilot_desktop.practice.scenario import AgentScript, Scenario

log = logging.getLogger("copilot.practice")

STEP_LIMIT_S = 30.0
"""How long anything may take that the script waits for."""


class Desk(Protocol):
    """What it needs of `calls.desk.CallDesk`."""

    feed: EventFeed

    def take_over(self, call_id: CallId) -> None: ...
    def say_text(self, call_id: CallId, text: str) -> None: ...
    def prepare_hand_back(self, call_id: CallId, note: str) -> None: ...
    def hand_back(self, call_id: CallId, note: str) -> None: ...


class ScriptedAgent:
    """For one call: takes over, speaks, gives back, each in its time; run `play` while the caller calls.

    `objection` says why the call has failed; empty: nothing was wrong so far.
    """

    def __init__(self, scenario: Scenario, script: AgentScript, desk: Desk) -> None:
        self._scenario, self._script, self._desk = scenario, script, desk
        self.objection = ""
        self._call_id: CallId | None = None
        self._lines_said = 0
        self._lines_heard = 0
        self._has_said = self._is_prepared = self._is_given_back = False
        self._words_after = 0
        self._moved = asyncio.Event()

    def line_said(self, count: int) -> None:
        """The caller has said `count` of its lines."""
        self._lines_said = count

    def verdict(self, result: PracticeResult) -> str:
        """Return why the call, which is over, was no success; empty: it was one."""
        if self.objection:
            return self.objection
        if not self._is_given_back:
            return "The call was never given back to the assistant."
        if not self._words_after:
            return "The assistant said nothing after it got the call back."
        if result.outcome is not PracticeOutcome.COMPLETED:
            return f"The caller did not get to the end: {result.outcome.replace('_', ' ')}."
        return ""

    async def play(self) -> None:
        """Play the agent's part. Cancel it when the call is over."""
        forget = self._desk.feed.subscribe(self._hear)
        script = self._script
        try:
            call_id = await self._caller_has_said(script.takes_over_after)
            self._desk.take_over(call_id)
            self._desk.say_text(call_id, script.says)
            await self._until(lambda: self._has_said)
            await self._caller_has_said(script.gives_back_after)
            self._desk.prepare_hand_back(call_id, script.note)
            await self._until(lambda: self._is_prepared)
            self._desk.hand_back(call_id, script.note)
            # Keeps listening until the call is over.
            await asyncio.get_running_loop().create_future()
        except TimeoutError:
            self._object("The agent's part could not be played: nothing came of the step before.")
        except CopilotError as error:
            log.warning("the agent's part could not be played: %s", error)
            self._object("The agent's part could not be played: an order was refused.")
        finally:
            forget()

    def _hear(self, fact: Fact) -> None:
        if isinstance(fact, CallRinging) and self._call_id is None:
            self._call_id = fact.call_id
        if not isinstance(fact, CallEvent) or fact.call_id != self._call_id:
            return
        if isinstance(fact, UtteranceFinished) and fact.text:
            self._hear_words(fact)
        elif isinstance(fact, HandBackPrepared):
            self._is_prepared = fact.stage in (
                HandBackStage.READY,
                HandBackStage.NOTHING,
                HandBackStage.FAILED,
            )
        elif isinstance(fact, ModeChanged) and fact.old is Mode.AGENT_SPEAKS:
            self._is_given_back = True
        self._moved.set()

    def _hear_words(self, fact: UtteranceFinished) -> None:
        if fact.party is Party.CALLER:
            self._lines_heard = self._lines_said
        elif fact.party is Party.AGENT:
            self._has_said = True
        elif self._is_given_back:
            self._words_after += 1
            said = f"{fact.text} {fact.unheard}".strip()
            self._object(objection(said, self._scenario.facts, self._script.known))

    def _object(self, reason: str) -> None:
        self.objection = self.objection or reason

    async def _caller_has_said(self, count: int) -> CallId:
        """Wait for the words of a line: that line may be as late as the talk before it is long."""
        while self._lines_heard < count or self._call_id is None:
            await self._next()
        return self._call_id

    async def _until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(STEP_LIMIT_S):
            while not is_so():
                await self._next()

    async def _next(self) -> None:
        self._moved.clear()
        await self._moved.wait()
