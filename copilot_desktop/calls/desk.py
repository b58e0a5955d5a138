"""CallDesk: every live call; the only door for the server and the front ends."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from copilot_desktop.calls.errors import UnknownCall
from copilot_desktop.calls.events import CallId, EventFeed, SuggestionId
from copilot_desktop.calls.ports import AudioLink
from copilot_desktop.calls.states import CallState, Cause, Mode
from copilot_desktop.calls.world import CallSettings, Levels, World

if TYPE_CHECKING:
    from copilot_desktop.calls.session import CallSession

log = logging.getLogger("copilot.calls")

CLOSE_LIMIT_S = 4.0
_REMEMBERED = 200


class Answer(Enum):
    """What the carrier is told about a ringing call."""

    CONNECT = auto()
    REJECT = auto()


@dataclass(frozen=True, slots=True)
class CallView:
    """A live call as a front end may draw it at any moment."""

    call_id: CallId
    state: CallState
    mode: Mode
    caller: str
    line: str
    is_practice: bool
    is_on_hold: bool
    is_muted: bool
    is_speaking: bool
    """The assistant's voice is on the line."""
    is_caller_in_turn: bool
    elapsed_ms: int


class CallDesk:
    """Holds one task a call, so that one broken call never ends another.

    Orders return None and raise `UnknownCall` or `IllegalTransition` at once; the rest comes as facts
    on `feed`.
    """

    def __init__(self, world: World, settings: CallSettings) -> None:
        self.feed: EventFeed = world.feed
        self._world, self.settings = world, settings
        self._sessions: dict[CallId, CallSession] = {}
        self._tasks: dict[CallId, asyncio.Task[None]] = {}
        self._answers: OrderedDict[CallId, asyncio.Future[bool]] = OrderedDict()
        self._is_closing = False

    @staticmethod
    def prepare() -> None:
        """Load what the first call needs, a tenth of a second. Blocks: call it off the loop."""
        import copilot_desktop.calls.session  # noqa: F401

    # The phone line's side.

    async def ring(self, call_id: CallId, caller: str, line: str, *, is_practice: bool) -> Answer:
        """Let a call ring until someone decides, at most the ring time; asked again, the answer is the same.

        Cancelling leaves the call ringing: the carrier may ask again.
        """
        if call_id not in self._answers:
            if self._is_closing:
                return Answer.REJECT
            self._begin(call_id, caller, line, is_practice=is_practice)
        is_accepted = await asyncio.shield(self._answers[call_id])
        return Answer.CONNECT if is_accepted else Answer.REJECT

    def open_link(self, call_id: CallId, link: AudioLink) -> CallSession:
        """Join an open media stream with its call.

        Raises:
            UnknownCall: there is no such live call.
            IllegalTransition: it was not accepted.
        """
        session = self._session(call_id)
        session.open_link(link)
        return session

    def caller_left(self, call_id: CallId) -> None:
        """The carrier says that the call is over. Unknown calls are over already."""
        if session := self._sessions.get(call_id):
            session.end(Cause.CALLER_LEFT)

    # The front ends' side.

    def live_calls(self) -> tuple[CallView, ...]:
        """All calls that have not ended, oldest first."""
        return tuple(_view(session) for session in self._sessions.values())

    def levels(self, call_id: CallId) -> Levels:
        """Loudness of both sides of a call just now."""
        return self._session(call_id).levels()

    def accept(self, call_id: CallId, mode: Mode) -> None:
        """Answer the ringing call; `mode` says who speaks first."""
        self._session(call_id).accept(mode)

    def decline(self, call_id: CallId) -> None:
        """Refuse the ringing call."""
        self._session(call_id).decline()

    def take_over(self, call_id: CallId) -> None:
        """The agent speaks from this moment."""
        self._session(call_id).take_over()

    def hand_back(self, call_id: CallId, note: str) -> None:
        """The AI goes on with what `note` adds."""
        self._session(call_id).hand_back(note)

    def set_mode(self, call_id: CallId, mode: Mode) -> None:
        """Switch between "AI speaks" and "I approve"."""
        self._session(call_id).set_mode(mode)

    def say(self, call_id: CallId, suggestion_id: SuggestionId, text: str) -> None:
        """Let a suggestion be said, as it is or edited."""
        self._session(call_id).say(suggestion_id, text)

    def skip(self, call_id: CallId, suggestion_id: SuggestionId) -> None:
        """Put a suggestion away."""
        self._session(call_id).skip(suggestion_id)

    def say_text(self, call_id: CallId, text: str) -> None:
        """Let typed words be said."""
        self._session(call_id).say_text(text)

    def guide(self, call_id: CallId, note: str) -> None:
        """Tell the AI something that the caller never hears."""
        self._session(call_id).guide(note)

    def stop_talking(self, call_id: CallId) -> None:
        """Stop what the assistant is saying."""
        self._session(call_id).stop_talking()

    def hold(self, call_id: CallId) -> None:
        """Put the caller on hold."""
        self._session(call_id).hold()

    def resume(self, call_id: CallId) -> None:
        """End the hold."""
        self._session(call_id).resume()

    def mute(self, call_id: CallId, is_muted: bool) -> None:
        """Mute the agent's microphone, or open it again."""
        self._session(call_id).mute(is_muted)

    def hang_up(self, call_id: CallId) -> None:
        """End the call."""
        self._session(call_id).hang_up()

    async def close(self) -> None:
        """End every call in order, for at most `CLOSE_LIMIT_S`, and let none begin."""
        self._is_closing = True
        for session in tuple(self._sessions.values()):
            ringing = session.state is CallState.RINGING
            session.end(Cause.DECLINE if ringing else Cause.HANG_UP)
        tasks = tuple(self._tasks.values())
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=CLOSE_LIMIT_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    # Inside.

    def _session(self, call_id: CallId) -> CallSession:
        try:
            return self._sessions[call_id]
        except KeyError:
            raise UnknownCall("no such call") from None

    def _begin(self, call_id: CallId, caller: str, line: str, *, is_practice: bool) -> None:
        from copilot_desktop.calls.session import CallSession

        session = CallSession(
            call_id, caller, line, is_practice=is_practice, world=self._world, settings=self.settings
        )
        self._sessions[call_id] = session
        self._answers[call_id] = session.answered
        while len(self._answers) > _REMEMBERED:
            self._answers.popitem(last=False)
        self._tasks[call_id] = asyncio.create_task(self._supervise(session), name=f"call {call_id}")

    async def _supervise(self, session: CallSession) -> None:
        try:
            await session.run()
        except Exception:
            log.exception("%s: the call crashed", session.call_id)
        finally:
            if not session.answered.done():
                session.answered.set_result(False)
            self._sessions.pop(session.call_id, None)
            self._tasks.pop(session.call_id, None)


def _view(session: CallSession) -> CallView:
    return CallView(
        call_id=session.call_id,
        state=session.state,
        mode=session.mode,
        caller=session.caller,
        line=session.line,
        is_practice=session.is_practice,
        is_on_hold=session.is_on_hold,
        is_muted=session.is_muted,
        is_speaking=session.is_speaking,
        is_caller_in_turn=session.is_caller_in_turn,
        elapsed_ms=session.now_ms(),
    )
