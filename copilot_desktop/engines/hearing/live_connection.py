"""What keeps a LiveHearing connected: one realtime session after another, until it is in vain."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from copilot_desktop.calls.errors import EngineError, EngineFault
from copilot_desktop.engines.hearing.live_outbox import SoundForm
from copilot_desktop.engines.server.realtime_link import RealtimeLink

log = logging.getLogger("copilot.engines")

_WAITS_S = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
_HEALTHY_S = 30.0
_UNUSABLE_TIMES = 2
"""What sends nonsense twice will go on so."""


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A link that is agreed on."""

    link: RealtimeLink
    form: SoundForm
    model: str
    writes_along: bool
    """Words come while somebody speaks; else only for what is committed."""


class Served(Protocol):
    """Whoever hears through the sessions."""

    def attach(self, session: LiveSession) -> None:
        """Hear through this session from now on."""
        ...

    def detach(self) -> None:
        """The session is gone; another one comes."""
        ...

    def take(self, event: dict[str, Any]) -> bool:
        """Take what the server says; True if it was for us."""
        ...

    def fail(self, error: EngineError) -> None:
        """There will be no session any more."""
        ...


async def run_live(
    served: Served, session: LiveSession, connect: Callable[[], Awaitable[LiveSession]]
) -> None:
    """Serve through `session`, and through others after it, until cancelled or all is in vain.

    Keys, credit and the like that are refused end it at once, a network that is gone after some 8 s.
    """
    failures = 0
    while True:
        begun_s = asyncio.get_running_loop().time()
        try:
            await _serve(served, session)
            failures = 0
        except EngineError as error:
            was_healthy = asyncio.get_running_loop().time() - begun_s > _HEALTHY_S
            failures = 1 if was_healthy else failures + 1
            log.warning("a transcription session ended: %s", error.fault.value)
            limit = _UNUSABLE_TIMES if error.fault is EngineFault.BAD_ANSWER else len(_WAITS_S)
            if error.fault.is_lasting or failures >= limit:
                served.fail(error)
                return
        try:
            session = await _next(connect, failures)
        except EngineError as error:
            served.fail(error)
            return


async def _serve(served: Served, session: LiveSession) -> None:
    """Return when the session should be replaced. Raises EngineError."""
    try:
        served.attach(session)
        async for event in session.link.events():
            if served.take(event):
                return
    finally:
        served.detach()
        await session.link.close()


async def _next(connect: Callable[[], Awaitable[LiveSession]], failures: int) -> LiveSession:
    waits_s = list(_WAITS_S[max(0, failures - 1) :])
    while True:
        await asyncio.sleep(waits_s.pop(0))
        try:
            return await connect()
        except EngineError as error:
            if error.fault.is_lasting or not waits_s:
                raise
