"""Passing: the caller is passed on to another number, and comes back if nobody takes the call there."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable

from copilot_desktop.calls.call_sound import CallSound
from copilot_desktop.calls.errors import CallControlError, IllegalTransition, OrderRefused
from copilot_desktop.calls.events import Problem, TransferChanged, TransferResult
from copilot_desktop.calls.legs import Legs
from copilot_desktop.calls.life import CallLife
from copilot_desktop.calls.ports import CallControl
from copilot_desktop.calls.reception import Arrival
from copilot_desktop.calls.states import CallState, Cause

log = logging.getLogger("copilot.calls")

ORDER_LIMIT_S = 15.0
ANSWER_LIMIT_S = 120.0
"""From the order to the carrier's word on what became of it: far beyond its own ringing."""

_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_SIP = re.compile(r"sips?:[^\s@<>\"';]{1,120}@[\w.:\[\]-]{1,120}(?:;[\w=.-]{1,80}){0,4}", re.ASCII)
_BETWEEN_DIGITS = re.compile(r"[\s().\-/]")


def target(to: str) -> str:
    """Return a number or SIP address as the carrier wants it.

    Raises:
        OrderRefused: it is neither.
    """
    to = to.strip()
    if _SIP.fullmatch(to):
        return to
    number = _BETWEEN_DIGITS.sub("", to)
    if not _NUMBER.fullmatch(number):
        raise OrderRefused("A call can be passed on to a number with its country code, or to a SIP address.")
    return number


class Passing:
    """One call's transfers, one at a time. `on_back` is called when the caller has come back to us.

    `control` gives the orders to the carrier, None where there is none; `failed_sentence` is what the caller
    hears when it comes to nothing.
    """

    def __init__(
        self,
        life: CallLife,
        arrival: Arrival,
        sound: CallSound,
        legs: Legs,
        *,
        control: Callable[[], CallControl | None],
        failed_sentence: str,
        on_leaving: Callable[[], None],
        on_back: Callable[[], None],
    ) -> None:
        self._life, self._arrival, self._sound, self._legs = life, arrival, sound, legs
        self._control, self._failed_sentence = control, failed_sentence
        self._on_leaving, self._on_back = on_leaving, on_back
        self._to = ""
        self._order: asyncio.Task[None] | None = None

    def begin(self, to: str, announcement: str) -> None:
        """Say `announcement` to its end, if there is one, then pass the caller on.

        Raises:
            OrderRefused: it can never be done.
            IllegalTransition: not at this moment.
        """
        number, control = target(to), self._control()
        if self._arrival.is_practice:
            raise OrderRefused("A practice call cannot be passed on.")
        if control is None:
            raise OrderRefused("Without a phone account no call can be passed on.")
        if self._life.state is not CallState.LIVE or self._to:
            raise IllegalTransition("only a live call that is not being passed on already")
        self._to, self._sound.answers_caller = to, False
        self._tell(TransferResult.ASKED)
        if not announcement.strip():
            self._sound.answering.stop_speaking()
            self._pass_on(control, number, "")
            return

        def announced(was_heard: bool, was_cut: bool) -> None:
            if was_cut:
                self._stay()
            else:
                # Where our voice failed, the carrier's own says it.
                self._pass_on(control, number, "" if was_heard else announcement)

        self._sound.answering.say_notice(announcement, announced)

    def connected(self) -> None:
        """Somebody has taken the call there: for us it is over."""
        if self._life.state is CallState.TRANSFERRING:
            self._tell(TransferResult.CONNECTED)
            self._life.end(Cause.TRANSFERRED)

    def refused(self) -> None:
        """Nobody has, or the carrier did not take the order: the caller is ours again."""
        if self._life.state is not CallState.TRANSFERRING:
            return
        if self._order is not None and self._order is not asyncio.current_task():
            self._order.cancel()
        self._life.problem(Problem.TRANSFER_FAILED)
        self._life.advance(Cause.TRANSFER_REFUSED)
        self._stay()
        if self._legs.link is None:
            self._legs.await_return(self._failed_sentence)
        else:
            self._life.advance(Cause.LINK_OPENED)
            self._sound.answering.interject(self._failed_sentence)
        self._on_back()

    def _pass_on(self, control: CallControl, number: str, announcement: str) -> None:
        self._on_leaving()
        self._life.advance(Cause.TRANSFER)
        self._order = self._life.spawn(self._follow(control, number, announcement))

    async def _follow(self, control: CallControl, number: str, announcement: str) -> None:
        try:
            async with asyncio.timeout(ORDER_LIMIT_S):
                url = self._arrival.transferred_url
                await control.transfer(self._life.call_id, number, announcement, url)
        except (CallControlError, TimeoutError) as error:
            reason = "no answer" if isinstance(error, TimeoutError) else str(error)
            log.warning("%s: the caller is not passed on: %s", self._life.call_id, reason)
            self.refused()
            return
        await asyncio.sleep(ANSWER_LIMIT_S)
        # The carrier's word was lost. Had nobody answered, it would have asked what to do next.
        self.connected()

    def _stay(self) -> None:
        if self._life.state is not CallState.ENDED:
            self._tell(TransferResult.REFUSED)
        self._to, self._order, self._sound.answers_caller = "", None, True

    def _tell(self, result: TransferResult) -> None:
        self._life.publish(
            TransferChanged(call_id=self._life.call_id, at_ms=self._life.now_ms(), to=self._to, result=result)
        )
