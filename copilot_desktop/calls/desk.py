"""CallDesk: every live call; the only door for the server and the front ends."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum, auto
from typing import TYPE_CHECKING

from copilot_desktop.calls.checklists import Checklists
from copilot_desktop.calls.engine_status import EnginePart, Usage
from copilot_desktop.calls.errors import EngineFault, UnknownCall
from copilot_desktop.calls.events import (
    CallId,
    EngineUsed,
    EventFeed,
    Problem,
    Readiness,
    RecordingState,
    SuggestionId,
    Treatment,
)
from copilot_desktop.calls.ports import AudioLink
from copilot_desktop.calls.readiness import ReadySwitch, local_time
from copilot_desktop.calls.reception import Arrival, Surroundings, plan, plan_unanswered
from copilot_desktop.calls.states import CallState, Cause, Mode
from copilot_desktop.calls.world import CallSettings, Levels, World

if TYPE_CHECKING:
    from copilot_desktop.calls.session import CallSession

log = logging.getLogger("copilot.calls")

CLOSE_LIMIT_S = 4.0
DROPPED_GRACE_S = 2.0
"""How long the carrier may take to ask again about a call that it has stopped waiting for."""
_REMEMBERED = 10_000
"""Calls of this run, so that an old request never makes one ring again."""


class Answer(Enum):
    """What the carrier is told about a call."""

    CONNECT = auto()
    REJECT = auto()
    """Only for one that rings."""
    HANG_UP = auto()


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
    treatment: Treatment = Treatment.TALK
    recording: RecordingState = RecordingState.OFF
    notice_given_ms: int | None = None
    """When the caller had heard that the call is recorded."""


class CallDesk:
    """Holds one task a call, so that one broken call never ends another.

    Orders return None and raise `UnknownCall` or `IllegalTransition` at once; the rest comes as facts
    on `feed`. `now` gives this computer's local time, for the opening hours.
    """

    def __init__(
        self, world: World, settings: CallSettings, *, now: Callable[[], datetime] = local_time
    ) -> None:
        self.feed: EventFeed = world.feed
        self._world, self.settings = world, settings
        self._ready = ReadySwitch(world.feed, settings.opening_hours, now)
        self._checklists = Checklists(world.feed, lambda: world.new_checklist())
        self._sessions: dict[CallId, CallSession] = {}
        self._tasks: dict[CallId, asyncio.Task[None]] = {}
        self._answers: OrderedDict[CallId, asyncio.Future[bool]] = OrderedDict()
        self._waiting: Counter[CallId] = Counter()
        """Requests of the carrier's that wait for a call's answer."""
        self._lost: set[CallId] = set()
        """Calls whose stream did not come back."""
        self._is_closing = False

    @staticmethod
    def prepare() -> None:
        """Load what the first call needs, a tenth of a second. Blocks: call it off the loop."""
        import copilot_desktop.calls.session  # noqa: F401
        from copilot_desktop.audio.tones import hold_melody

        hold_melody()

    # The phone line's side.

    async def ring(
        self,
        call_id: CallId,
        caller: str,
        line: str,
        *,
        is_practice: bool,
        caller_name: str = "",
        place: str = "",
        transferred_url: str = "",
    ) -> Answer:
        """Let a call ring until someone decides, at most the ring time; asked again, the answer is the same.

        Cancelling says that the carrier waits no more; if it does not ask again soon, the caller has left.
        """
        if call_id not in self._answers:
            if self._is_closing:
                return Answer.REJECT
            arrival = Arrival(
                caller=caller,
                line=line,
                is_practice=is_practice,
                caller_name=caller_name,
                place=place,
                transferred_url=transferred_url,
            )
            self._begin(call_id, arrival)
        self._waiting[call_id] += 1
        try:
            is_accepted = await asyncio.shield(self._answers[call_id])
        except asyncio.CancelledError:
            asyncio.get_running_loop().call_later(DROPPED_GRACE_S, self._give_up_on_request, call_id)
            raise
        finally:
            self._waiting[call_id] -= 1
            self._waiting += Counter()
        return Answer.CONNECT if is_accepted else Answer.REJECT

    def words_for_carrier(self, call_id: CallId) -> str:
        """Return what the carrier's own voice says should our sound fail; empty: it asks us what to do."""
        session = self._sessions.get(call_id)
        is_message = session is not None and session.treatment is Treatment.MESSAGE
        return self.settings.message if is_message else ""

    def stream_over(self, call_id: CallId) -> Answer:
        """The carrier asks what comes after a stream: another, or the end.

        Raises:
            UnknownCall: the call is lost, or not of this run: the caller deserves a word.
        """
        if (session := self._sessions.get(call_id)) is not None and session.link_follows():
            return Answer.CONNECT
        if call_id in self._lost or call_id not in self._answers:
            raise UnknownCall("no such call")
        return Answer.HANG_UP

    def transfer_answered(self, call_id: CallId) -> None:
        """Somebody has taken the call at the place it was passed on to."""
        if session := self._sessions.get(call_id):
            session.passing.connected()

    def transfer_over(self, call_id: CallId, *, was_answered: bool) -> Answer:
        """The carrier asks what comes after a transfer.

        Raises:
            UnknownCall: as with `stream_over`.
        """
        if not was_answered:
            return self.stream_over(call_id)
        if session := self._sessions.get(call_id):
            session.passing.connected()
            session.end(Cause.CALLER_LEFT)
        return Answer.HANG_UP

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

    # The engines' side. Of calls that are over, or none's, nothing is told.

    def engine_used(self, call_id: CallId | None, usage: Usage) -> None:
        """A request to an engine is charged for."""
        if call_id is not None and (session := self._sessions.get(call_id)) is not None:
            session.life.publish(
                EngineUsed(
                    call_id=call_id,
                    at_ms=session.now_ms(),
                    **{field.name: getattr(usage, field.name) for field in fields(usage)},
                )
            )

    def engine_switched(
        self, call_id: CallId | None, part: EnginePart, fault: EngineFault, is_recovered: bool
    ) -> None:
        """Another engine than the first choice does the work in a call, or does so no more."""
        if call_id is not None and (session := self._sessions.get(call_id)) is not None:
            session.life.problem(_BACKUPS[part], is_recovered, fault.value)

    # The front ends' side.

    def live_calls(self) -> tuple[CallView, ...]:
        """All calls that have not ended, oldest first."""
        return tuple(_view(session) for session in self._sessions.values())

    def levels(self, call_id: CallId) -> Levels:
        """Loudness of both sides of a call just now."""
        return self._session(call_id).levels()

    def accept(self, call_id: CallId, mode: Mode) -> None:
        """Answer the ringing call; `mode` says who speaks first."""
        session = self._session(call_id)
        if mode is Mode.AGENT_SPEAKS and session.state is CallState.RINGING:
            self._free_headset(call_id)
        session.accept(mode)

    def decline(self, call_id: CallId, *, with_message: bool = False) -> None:
        """Refuse the ringing call, or let the caller hear the message."""
        self._session(call_id).decline(with_message=with_message)

    def take_over(self, call_id: CallId) -> None:
        """The agent speaks from this moment. A call that the agent spoke in until now goes on hold."""
        session = self._session(call_id)
        if session.is_up:
            self._free_headset(call_id)
        session.take_over()

    def hand_back(self, call_id: CallId, note: str) -> None:
        """The AI goes on with what `note` adds, and with what was prepared if it still fits."""
        self._session(call_id).back.give(note)

    def prepare_hand_back(self, call_id: CallId, note: str) -> None:
        """Make what the AI would say first if it got the call back now: told as `HandBackPrepared`.

        Again with another note; what is said meanwhile makes it anew by itself.
        """
        self._session(call_id).back.prepare(note)

    def drop_hand_back(self, call_id: CallId) -> None:
        """The agent stays in the call after all."""
        self._session(call_id).back.drop()

    def promised(self, call_id: CallId) -> str:
        """What the agent last undertook in a call, in their own words; empty: nothing is known."""
        return self._session(call_id).back.promised

    def set_mode(self, call_id: CallId, mode: Mode) -> None:
        """Switch between "AI speaks" and "I approve"."""
        self._session(call_id).set_mode(mode)

    def say(self, call_id: CallId, suggestion_id: SuggestionId, text: str) -> None:
        """Let a suggestion be said, as it is or edited."""
        self._session(call_id).words.say(suggestion_id, text)

    def skip(self, call_id: CallId, suggestion_id: SuggestionId) -> None:
        """Put a suggestion away."""
        self._session(call_id).words.skip(suggestion_id)

    def say_text(self, call_id: CallId, text: str) -> None:
        """Let typed words be said."""
        self._session(call_id).words.say_text(text)

    def guide(self, call_id: CallId, note: str) -> None:
        """Tell the AI something that the caller never hears."""
        self._session(call_id).words.guide(note)

    def another_draft(self, call_id: CallId) -> None:
        """Put the open suggestions away and ask for others to the same words of the caller."""
        self._session(call_id).words.another_draft()

    def bookmark(self, call_id: CallId, words: str = "", moment_ms: int | None = None) -> None:
        """Mark this moment for the report, or `moment_ms` of the call; a marked one has these words now."""
        self._session(call_id).notes.bookmark(words, moment_ms)

    def take_notes(self, call_id: CallId, text: str) -> None:
        """Keep `text` as the agent's own notes of the call: all of them, each time."""
        self._session(call_id).notes.take(text)

    def tick(self, call_id: CallId, step: str, *, is_done: bool) -> None:
        """Mark a step of the checklist done, or not done; nothing that is said changes it after that."""
        self._checklists.tick(call_id, step, is_done=is_done, at_ms=self._session(call_id).now_ms())

    def transcribe_again(self, call_id: CallId) -> None:
        """Try a lost transcription again at once, and not when its turn comes."""
        self._session(call_id).sound.transcribe_again()

    def listen_in(self, call_id: CallId | None) -> None:
        """The agent hears this call while somebody else speaks for them, and no other; None: none."""
        for other, session in self._sessions.items():
            session.sound.earpiece.is_listening_in = other == call_id

    def stop_talking(self, call_id: CallId) -> None:
        """Stop what the assistant is saying."""
        self._session(call_id).stop_talking()

    def hold(self, call_id: CallId) -> None:
        """Put the caller on hold."""
        self._session(call_id).hold()

    def resume(self, call_id: CallId) -> None:
        """End the hold. If the agent speaks in it, another call that they spoke in goes on hold."""
        session = self._session(call_id)
        if session.mode is Mode.AGENT_SPEAKS and session.is_up:
            self._free_headset(call_id)
        session.resume()

    def transfer(self, call_id: CallId, to: str, announcement: str) -> None:
        """Pass the caller on to a number (E.164) or SIP address, after `announcement` in our voice.

        Raises:
            OrderRefused: it can never be done; the text says why, for the agent.
        """
        self._session(call_id).transfer(to, announcement)

    def mute(self, call_id: CallId, is_muted: bool) -> None:
        """Mute the agent's microphone, or open it again."""
        self._session(call_id).mute(is_muted)

    def send_digits(self, call_id: CallId, digits: str, *, is_hidden: bool = False) -> None:
        """Send keypad tones; hidden ones are kept nowhere."""
        self._session(call_id).words.send_digits(digits, is_hidden=is_hidden)

    def pause_recording(self, call_id: CallId) -> None:
        """Keep nothing of what is said from here on: no sound, no words."""
        self._session(call_id).sound.recording.pause()

    def resume_recording(self, call_id: CallId) -> None:
        """Go on after a pause, whatever its reason."""
        self._session(call_id).sound.recording.resume()

    def play_notice(self, call_id: CallId) -> None:
        """Say the recording's notice, again or at last."""
        self._session(call_id).sound.notice.play()

    def confirm_notice(self, call_id: CallId) -> None:
        """The agent has told the caller of the recording."""
        self._session(call_id).sound.notice.confirm()

    def hang_up(self, call_id: CallId) -> None:
        """End the call."""
        self._session(call_id).hang_up()

    @property
    def readiness(self) -> Readiness:
        """Whether calls ring here, at this moment."""
        return self._ready.state

    def set_ready(self, is_ready: bool) -> None:
        """The agent's choice whether calls ring."""
        self._ready.set(is_ready)

    def apply(self, settings: CallSettings) -> None:
        """Go on with other settings, for calls to come."""
        self.settings = settings
        self._ready.follow(settings.opening_hours)

    async def watch_hours(self) -> None:
        """Tell of opening and closing times as they come, until cancelled."""
        await self._ready.watch()

    async def close(self) -> None:
        """End every call in order, for at most `CLOSE_LIMIT_S`, and let none begin."""
        self._is_closing = True
        for session in tuple(self._sessions.values()):
            ringing = session.state is CallState.RINGING
            session.end(Cause.DECLINE if ringing else Cause.HANG_UP)
        if tasks := tuple(self._tasks.values()):
            _, late = await asyncio.wait(tasks, timeout=CLOSE_LIMIT_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._checklists.close()

    # Inside.

    def _session(self, call_id: CallId) -> CallSession:
        try:
            return self._sessions[call_id]
        except KeyError:
            raise UnknownCall("no such call") from None

    def _begin(self, call_id: CallId, arrival: Arrival) -> None:
        from copilot_desktop.calls.session import CallSession

        settings = self.settings
        session = CallSession(
            call_id,
            arrival,
            plan=plan(arrival, self._surroundings(), settings),
            when_unanswered=lambda: plan_unanswered(self._surroundings(call_id), settings),
            is_headset_free=lambda: not any(other.headset.is_here for other in self._others(call_id)),
            world=self._world,
            settings=settings,
        )
        self._sessions[call_id] = session
        self._answers[call_id] = session.life.answered
        while len(self._answers) > _REMEMBERED:
            forgotten, _ = self._answers.popitem(last=False)
            self._lost.discard(forgotten)
        self._tasks[call_id] = asyncio.create_task(self._supervise(session), name=f"call {call_id}")

    def _others(self, call_id: CallId | None) -> list[CallSession]:
        return [session for other, session in self._sessions.items() if other != call_id]

    def _surroundings(self, but: CallId | None = None) -> Surroundings:
        others = [session for session in self._others(but) if session.state is not CallState.ENDED]
        return Surroundings(
            readiness=self._ready.state,
            call_count=len(others),
            is_agent_busy=any(session.needs_agent for session in others),
        )

    def _free_headset(self, call_id: CallId) -> None:
        for session in self._others(call_id):
            session.headset.give()

    def _give_up_on_request(self, call_id: CallId) -> None:
        """The carrier does not wait for the answer any more: whoever called is gone."""
        session = self._sessions.get(call_id)
        if session is not None and not self._waiting[call_id] and not session.has_been_heard:
            session.end(Cause.CALLER_LEFT)

    async def _supervise(self, session: CallSession) -> None:
        try:
            await session.run()
        except Exception:
            log.exception("%s: the call crashed", session.call_id)
        finally:
            if not session.life.answered.done():
                session.life.answered.set_result(False)
            if session.is_lost:
                self._lost.add(session.call_id)
            self._sessions.pop(session.call_id, None)
            self._tasks.pop(session.call_id, None)


_BACKUPS = {
    EnginePart.HEARING: Problem.BACKUP_TRANSCRIBER,
    EnginePart.WRITER: Problem.BACKUP_WRITER,
    EnginePart.VOICE: Problem.BACKUP_VOICE,
}


def _view(session: CallSession) -> CallView:
    return CallView(
        call_id=session.call_id,
        state=session.state,
        mode=session.mode,
        caller=session.arrival.caller,
        line=session.arrival.line,
        is_practice=session.arrival.is_practice,
        is_on_hold=session.sound.is_on_hold,
        is_muted=session.sound.is_muted,
        is_speaking=session.sound.is_speaking,
        is_caller_in_turn=session.is_caller_in_turn,
        elapsed_ms=session.now_ms(),
        treatment=session.treatment,
        recording=session.sound.recording.state,
        notice_given_ms=session.sound.recording.notice_given_ms,
    )
