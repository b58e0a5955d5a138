"""ToolGuard: what becomes of the AI's wishes to do something besides talking. Code decides, not the model."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.calls.events import Tool, ToolResult, ToolUsed
from copilot_desktop.calls.life import CallLife
from copilot_desktop.calls.ports import ToolCall
from copilot_desktop.calls.reply import Reply
from copilot_desktop.calls.states import CallState, Mode
from copilot_desktop.calls.world import CallSettings

log = logging.getLogger("copilot.calls")

_MOST_TOOLS = 4
"""In one answer; a model that wants more has lost its way."""
_LOOK_S = 0.1


class ToolGuard:
    """One call's. Every wish leaves a ToolUsed, whatever becomes of it.

    `transfer` passes the caller on and raises a CopilotError where that cannot be; `hang_up` ends the call;
    `is_caller_in_turn` tells whether the caller has the word.
    """

    def __init__(
        self,
        life: CallLife,
        settings: CallSettings,
        *,
        mode: Callable[[], Mode],
        is_saying: Callable[[], bool],
        is_caller_in_turn: Callable[[], bool],
        transfer: Callable[[str], None],
        hang_up: Callable[[], None],
    ) -> None:
        self._life, self._settings, self._mode, self._is_saying = life, settings, mode, is_saying
        self._is_caller_in_turn, self._transfer, self._hang_up = is_caller_in_turn, transfer, hang_up
        self._is_passing_on = False
        self.open_question = ""
        """What the AI has asked the agent, and nobody has answered."""

    def act(self, reply: Reply) -> None:
        """Take the wishes of an answer that is let out."""
        wishes = list(dict.fromkeys(reply.tools))
        if reply.ends_call and not any(wish.tool is Tool.END_CALL for wish in wishes):
            wishes.append(ToolCall(Tool.END_CALL))
        for wish in wishes[:_MOST_TOOLS]:
            if wish.tool is Tool.TRANSFER:
                self._pass_on(wish)
            else:
                self._tell(wish, self._result(wish))

    def farewell(self) -> None:
        """The caller has heard an answer that ends the call."""
        self._life.spawn(self._end_after_farewell())

    async def _end_after_farewell(self) -> None:
        """Hang up, unless the caller has something more to say."""
        await asyncio.sleep(self._settings.farewell_pause_s)
        if not self._is_caller_in_turn() and self._mode() is Mode.AI_SPEAKS:
            self._hang_up()

    def take_answer(self) -> bool:
        """The agent has told the AI something: return whether it had asked."""
        had_asked, self.open_question = bool(self.open_question), ""
        return had_asked

    def _result(self, wish: ToolCall) -> ToolResult:
        if wish.tool not in self._settings.ai_tools:
            return ToolResult.REFUSED
        if wish.tool is Tool.ASK_AGENT:
            self.open_question = wish.text
            return ToolResult.LEFT_TO_AGENT
        if wish.tool is Tool.END_CALL and self._mode() is not Mode.AI_SPEAKS:
            return ToolResult.LEFT_TO_AGENT
        return ToolResult.DONE

    def _pass_on(self, wish: ToolCall) -> None:
        number = self._settings.transfer_targets.get(wish.to)
        if Tool.TRANSFER not in self._settings.ai_tools or number is None:
            self._tell(wish, ToolResult.REFUSED)
        elif self._mode() is not Mode.AI_SPEAKS or self._is_passing_on:
            self._tell(wish, ToolResult.LEFT_TO_AGENT)
        else:
            self._is_passing_on = True
            self._life.spawn(self._pass_on_when_said(wish, number))

    async def _pass_on_when_said(self, wish: ToolCall, number: str) -> None:
        """Wait for the end of the words that go with it. Who has more to say is not passed on over it."""
        try:
            while self._is_saying() and not self._is_caller_in_turn():  # noqa: ASYNC110 – no event has both
                await asyncio.sleep(_LOOK_S)
            is_ours = self._mode() is Mode.AI_SPEAKS and self._life.state is CallState.LIVE
            if not is_ours or self._is_caller_in_turn():
                self._tell(wish, ToolResult.LEFT_TO_AGENT)
                return
            self._transfer(number)
            self._tell(wish, ToolResult.DONE)
        except CopilotError as error:
            log.warning("%s: the AI's transfer was refused (%s)", self._life.call_id, type(error).__name__)
            self._tell(wish, ToolResult.LEFT_TO_AGENT)
        finally:
            self._is_passing_on = False

    def _tell(self, wish: ToolCall, result: ToolResult) -> None:
        self._life.publish(
            ToolUsed(
                call_id=self._life.call_id,
                at_ms=self._life.now_ms(),
                tool=wish.tool,
                result=result,
                text=wish.text,
                to=wish.to,
            )
        )
