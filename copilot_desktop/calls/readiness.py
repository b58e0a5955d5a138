"""Whether calls ring here: the agent's choice, and the opening hours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from copilot_desktop.calls.events import EventFeed, Readiness, ReadyChanged
from copilot_desktop.calls.world import Hours


class ReadySwitch:
    """Tells `ReadyChanged` on every change. `now` gives this computer's local time.

    A call is always measured by the clock of its moment; `watch` only lets the front ends know in time.
    """

    def __init__(self, feed: EventFeed, hours: Hours | None, now: Callable[[], datetime]) -> None:
        self._feed, self._hours, self._now = feed, hours, now
        self._is_on = True
        self._told = self.state

    @property
    def state(self) -> Readiness:
        """How it stands at this moment."""
        if not self._is_on:
            return Readiness.NOT_READY
        is_open = self._hours is None or self._hours.is_open(self._now())
        return Readiness.READY if is_open else Readiness.CLOSED

    def set(self, is_ready: bool) -> None:
        """The agent's choice."""
        self._is_on = is_ready
        self.tell()

    def follow(self, hours: Hours | None) -> None:
        """Keep to other opening hours."""
        self._hours = hours
        self.tell()

    def tell(self) -> None:
        """Publish the state if it is not the one told last."""
        if self.state is not self._told:
            self._told = self.state
            self._feed.publish(ReadyChanged(readiness=self._told))

    async def watch(self) -> None:
        """Tell of opening and closing, until cancelled. Hours are whole minutes, so that is when to look."""
        while True:
            now = self._now()
            # Never longer: a computer that slept, or was set, finds its way back at the next look.
            await asyncio.sleep(60 - now.second - now.microsecond / 1_000_000)
            self.tell()


def local_time() -> datetime:
    """Return this computer's time, with its zone."""
    return datetime.now().astimezone()
