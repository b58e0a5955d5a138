"""CallSession: one call from ring to end; owns all of its tasks."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

from copilot_desktop.audio.frame import AudioFrame
from copilot_desktop.calls.agent_notes import AgentNotes
from copilot_desktop.calls.agent_words import AgentWords
from copilot_desktop.calls.arrived import Arrived
from copilot_desktop.calls.call_sound import CallSound
from copilot_desktop.calls.errors import IllegalTransition
from copilot_desktop.calls.events import (
    CallEnded,
    CallEvent,
    CallId,
    ModeChanged,
    Outcome,
    Party,
    Treatment,
    TreatmentChanged,
)
from copilot_desktop.calls.hand_back import HandBack
from copilot_desktop.calls.headset_turn import HeadsetTurn
from copilot_desktop.calls.legs import Legs
from copilot_desktop.calls.life import CallLife
from copilot_desktop.calls.ports import AudioLink
from copilot_desktop.calls.reception import Arrival, Plan, Way, outcome
from copilot_desktop.calls.states import CallState, Cause, Mode, ModeOrder, change_mode
from copilot_desktop.calls.tool_guard import ToolGuard
from copilot_desktop.calls.transfer import Passing
from copilot_desktop.calls.unattended import Unattended
from copilot_desktop.calls.world import CallSettings, Levels, World

LAST_WORDS_LIMIT_S = 2.0
LINK_LIMIT_S = 15.0
"""From accepting to the media stream."""


class CallSession:
    """One call. Orders return at once and raise `IllegalTransition`; all else is told as facts.

    `plan` says what is done with it first, `when_unanswered` what if it rang in vain; `is_headset_free`
    tells whether the agent speaks in no other call.
    """

    def __init__(
        self,
        call_id: CallId,
        arrival: Arrival,
        *,
        plan: Plan,
        when_unanswered: Callable[[], Plan],
        is_headset_free: Callable[[], bool],
        world: World,
        settings: CallSettings,
    ) -> None:
        self.call_id, self.arrival = call_id, arrival
        self.mode = Mode.AI_SPEAKS
        self.treatment = Treatment.TALK
        self.is_lost = False
        """It ended because its stream did not come, or did not come back."""
        self._plan, self._when_unanswered = plan, when_unanswered
        self._was_declined = self._is_left_to_carrier = False
        self._world, self._settings = world, settings
        self.life = CallLife(call_id, publish=self._publish, outcome=self._outcome)
        self.now_ms = self.life.now_ms
        self.sound = CallSound(
            call_id,
            world,
            settings,
            publish=self._publish,
            now_ms=self.now_ms,
            spawn=self.life.spawn,
            mode=lambda: self.mode,
            state=lambda: self.state,
            problem=self.life.problem,
            on_farewell=lambda: self._tools.farewell(),
            on_tools=lambda reply: self._tools.act(reply),
            is_headset_free=is_headset_free,
        )
        self._answering, self._ear = self.sound.answering, self.sound.ear
        self._tools = ToolGuard(
            self.life,
            settings,
            mode=lambda: self.mode,
            is_saying=lambda: self._answering.is_saying,
            is_caller_in_turn=lambda: self.is_caller_in_turn,
            transfer=lambda number: self.transfer(number, ""),
            hang_up=self.hang_up,
        )
        self.words = AgentWords(
            self.sound, self._tools, mode=lambda: self.mode, need_audience=self._need_audience
        )
        self.notes = AgentNotes(call_id, publish=self._publish, now_ms=self.now_ms, state=lambda: self.state)
        self._legs = Legs(
            self.sound.speaker,
            now_ms=self.now_ms,
            patience_s=self._patience_s,
            say_back=self._answering.interject,
        )
        self._unattended = Unattended(
            settings, self.sound, hang_up=lambda: self.end(Cause.HANG_UP), leave=self._leave_to_carrier
        )
        self.headset = HeadsetTurn(
            self.sound, is_agents=self._is_agents, is_free=is_headset_free, hold=self.hold
        )
        self.back = HandBack(
            self.life,
            self.sound,
            self.headset,
            world.engines.writer,
            settings.hand_back_to,
            mode=lambda: self.mode,
            need_talk=self._need_talk,
            change_mode=lambda mode: self._change_mode(mode, Party.AGENT, began_s=self.life.now_s()),
        )
        self.passing = Passing(
            self.life,
            arrival,
            self.sound,
            self._legs,
            control=lambda: world.control,
            failed_sentence=settings.transfer_failed_sentence,
            on_leaving=self.headset.put_down,
            on_back=self.headset.pick_up,
        )

    @property
    def state(self) -> CallState:
        """Where the call is in its life."""
        return self.life.state

    @property
    def has_been_heard(self) -> bool:
        """True once there was a stream."""
        return self._legs.count > 0

    @property
    def needs_agent(self) -> bool:
        """True while the agent speaks in it, or has answers to approve."""
        return self.is_up and self.treatment is Treatment.TALK and self.mode is not Mode.AI_SPEAKS

    @property
    def is_up(self) -> bool:
        """True while the caller is, or is about to be, connected with us."""
        return self.state in (CallState.CONNECTING, CallState.LIVE)

    def _is_agents(self) -> bool:
        return self.is_up and self.mode is Mode.AGENT_SPEAKS

    # Facts.

    def levels(self) -> Levels:
        """Loudness of both sides just now."""
        return self.sound.tape.levels()

    def _publish(self, event: CallEvent) -> None:
        event = self.sound.cards.masked(event)
        self._answering.transcript.apply(event)
        self._world.feed.publish(event)
        self.back.look(event)

    def _outcome(self, old: CallState, cause: Cause) -> Outcome:
        return outcome(
            old,
            cause,
            had_sound=self._legs.count > 0,
            treatment=self.treatment,
            was_declined=self._was_declined,
            has_message=self._unattended.has_message,
        )

    # Life.

    async def run(self) -> None:
        """Live from ring to end. Cancelling ends the call without its goodbyes."""
        self._publish(self.arrival.rings(self.call_id))
        try:
            async with asyncio.TaskGroup() as tasks:
                self.life.tasks = tasks
                await self._ring()
                if self.state is not CallState.ENDED:
                    await self._talk(tasks)
        finally:
            self.sound.tape.stop()
            self.end(Cause.CRASHED)
            self._publish(
                CallEnded(
                    call_id=self.call_id,
                    at_ms=self.now_ms(),
                    outcome=self.life.outcome,
                    duration_ms=self.now_ms(),
                )
            )

    async def _ring(self) -> None:
        """Come to a decision; where nobody needs to be asked, without waiting."""
        plan = self._plan
        if plan.way is Way.RING:
            try:
                async with asyncio.timeout(self._settings.ring_s):
                    await asyncio.shield(self.life.answered)
            except TimeoutError:
                pass
            if self.state is not CallState.RINGING:
                return
            plan = self._when_unanswered()
        if plan.way is Way.REFUSE:
            self.life.advance(plan.cause)
        else:
            self._answer(plan.mode, plan.treatment)

    async def _talk(self, tasks: asyncio.TaskGroup) -> None:
        listening = tasks.create_task(self._ear.run())
        watching = tasks.create_task(self._watch_legs())
        try:
            await self.life.over.wait()
            await self._end()
        finally:
            # From here nothing new starts; what still runs ends with the group.
            self.life.close()
            listening.cancel()
            watching.cancel()

    async def _end(self) -> None:
        self.sound.end()
        # Before the stream is closed, or the carrier would ask what comes next.
        is_ordered = self.life.cause is Cause.HANG_UP and not self._is_left_to_carrier
        # A practice call has no carrier: closing its stream ends it.
        if is_ordered and self._world.control is not None and not self.arrival.is_practice:
            await self.life.hang_up(self._world.control)
        await self._ear.finish(LAST_WORDS_LIMIT_S)
        self.sound.tape.change_speaker()
        if (link := self._legs.take()) is not None:
            await link.close()

    async def _watch_legs(self) -> None:
        await self._legs.wait_in_vain()
        self.is_lost = True
        self.end(Cause.CALLER_LEFT if self._legs.count else Cause.CONNECT_FAILED)

    def _patience_s(self) -> float | None:
        if self.state is CallState.TRANSFERRING:
            return None
        if not self._legs.count or self._legs.is_awaited:
            return LINK_LIMIT_S
        return self._settings.agent_grace_s if self.mode is Mode.AGENT_SPEAKS else self._settings.grace_s

    def _leave_to_carrier(self) -> None:
        """Our voice cannot say the message: without our sound the carrier goes on to its own words."""
        self._is_left_to_carrier = True
        self.end(Cause.HANG_UP)

    def end(self, cause: Cause) -> None:
        """All endings meet here; the first one counts."""
        self.life.end(cause)

    # The line.

    def open_link(self, link: AudioLink) -> None:
        """Sound flows over `link` from now on; an older one is closed.

        Raises:
            IllegalTransition: the call was not accepted, or is over.
        """
        if self.state is CallState.CONNECTING:
            self.life.advance(Cause.LINK_OPENED)
        elif self.state is not CallState.LIVE:
            raise IllegalTransition(f"a stream while {self.state}")
        older = self._legs.open(link)
        if older is not None:
            self.life.spawn(older.close())
        if self._legs.count > 1:
            return
        if self.treatment is Treatment.TALK:
            self.sound.begin()
        else:
            self._unattended.begin(self.treatment)

    def link_closed(self, link: AudioLink) -> None:
        """`link` is gone; a new one may come within the grace. An older link changes nothing."""
        if self.state is CallState.ENDED or not self._legs.lose(link) or self.state is not CallState.LIVE:
            return
        self.life.advance(Cause.LINK_LOST)
        # On hold the sound itself says it, and an agent says it better.
        is_quiet = self.sound.is_on_hold or self.mode is Mode.AGENT_SPEAKS
        if not is_quiet and self.treatment is Treatment.TALK:
            self._legs.greet_return(self._settings.back_sentence)

    def link_follows(self) -> bool:
        """The carrier asks what comes next; return whether it is a new stream. Patience begins anew."""
        self.passing.refused()
        if not self.is_up:
            return False
        self._legs.await_return()
        return True

    def line_measured(self, arrived: Arrived) -> None:
        """How one stream's sound arrived, told by it when it ends."""
        self._publish(arrived.fact(self.call_id, self.now_ms(), self._legs.offset_ms))

    def mark_played(self, name: str) -> None:
        """The carrier has played everything up to our mark `name`."""
        self._answering.speaker.mark_played(name)

    def digit_pressed(self, digit: str) -> None:
        """The caller pressed a key."""
        self.sound.keypad.pressed(digit)

    def hear(self, frame: AudioFrame) -> None:
        """Take 20 ms of the caller; `at_ms` counts from the start of this stream. Never waits."""
        if self.state is not CallState.LIVE:
            return
        line_ms = self._legs.line_ms(frame.at_ms)
        self.sound.hear(frame, line_ms)
        self.back.heard(self.is_caller_in_turn)
        if self.treatment is Treatment.VOICEMAIL:
            self._unattended.hear(line_ms)

    # Orders.

    def accept(self, mode: Mode) -> None:
        """Answer the ringing call in `mode`."""
        self._need_ringing("accept")
        self._answer(mode, Treatment.TALK)

    def decline(self, *, with_message: bool = False) -> None:
        """Refuse the ringing call, or let the caller hear the message."""
        self._need_ringing("decline")
        if with_message:
            self._was_declined = True
            self._answer(Mode.AI_SPEAKS, Treatment.MESSAGE)
        else:
            self.end(Cause.DECLINE)

    def _answer(self, mode: Mode, treatment: Treatment) -> None:
        if treatment is not Treatment.TALK:
            self._treat(treatment)
        self.life.advance(Cause.ACCEPT)
        self._change_mode(mode, Party.AGENT, began_s=self.life.now_s())

    def _treat(self, treatment: Treatment) -> None:
        self.treatment = treatment
        self.sound.answers_caller = treatment is Treatment.TALK
        self._publish(TreatmentChanged(call_id=self.call_id, at_ms=self.now_ms(), treatment=treatment))

    def _need_ringing(self, order: str) -> None:
        if self.state is not CallState.RINGING:
            raise IllegalTransition(f"{order} while {self.state}")

    def take_over(self) -> None:
        """The agent speaks from this moment. Sound stops first; a second order changes nothing.

        A call that nobody talked in becomes a talk.
        """
        self._need_live()
        began_s = self.life.now_s()
        if self.mode is Mode.AGENT_SPEAKS:
            if self.sound.notice.is_running:
                self._answering.stop_speaking()
            return
        self._answering.stop_speaking()
        if self.treatment is not Treatment.TALK:
            self._unattended.stop()
            self._was_declined = False
            self._treat(Treatment.TALK)
            if self._legs.count:
                self.sound.begin_late()
        self._change_mode(change_mode(self.mode, ModeOrder.TAKE_OVER), Party.AGENT, began_s=began_s)
        self.sound.microphone.open()

    def set_mode(self, mode: Mode) -> None:
        """Switch between "AI speaks" and "I approve"."""
        self._need_talk()
        if mode is self.mode:
            return
        order = ModeOrder.APPROVE_EACH if mode is Mode.AGENT_APPROVES else ModeOrder.LET_AI_SPEAK
        self._change_mode(change_mode(self.mode, order), Party.AGENT, began_s=self.life.now_s())

    def stop_talking(self) -> None:
        """Stop what the assistant is saying; the mode stays."""
        self._need_talk()
        self._answering.stop_speaking()

    def hold(self) -> None:
        """The caller hears the hold sound and nobody answers, until `resume`."""
        self._need_talk()
        if not self.sound.is_on_hold:
            self._answering.stop_speaking()
            self.sound.hold(True)
            self.headset.put_down()

    def resume(self) -> None:
        """End the hold."""
        self._need_talk()
        if self.sound.is_on_hold:
            self.sound.hold(False)
            if self.mode is not Mode.AGENT_SPEAKS:
                self._answering.answer_last()
            else:
                self.headset.pick_up()

    def mute(self, is_muted: bool) -> None:
        """Keep the agent's microphone from the caller, or let it through again."""
        self.sound.is_muted = is_muted

    def transfer(self, to: str, announcement: str) -> None:
        """Pass the caller on to a number or SIP address, after `announcement` in our voice.

        Raises:
            OrderRefused: it can never be done, in words for the agent.
        """
        self._need_talk()
        self.passing.begin(to, announcement)

    def hang_up(self) -> None:
        """End the call."""
        if self.state is CallState.RINGING:
            raise IllegalTransition("a ringing call is declined, not hung up")
        self.end(Cause.HANG_UP)

    def _need_live(self) -> None:
        if not self.is_up:
            raise IllegalTransition(f"the call is {self.state}")

    def _need_talk(self) -> None:
        self._need_live()
        if self.treatment is not Treatment.TALK:
            raise IllegalTransition("nobody talks to this caller")

    def _need_audience(self) -> None:
        self._need_talk()
        if self.sound.is_on_hold:
            raise IllegalTransition("the caller is on hold")

    def _change_mode(self, mode: Mode, by: Party, *, began_s: float) -> None:
        old, self.mode = self.mode, mode
        if old is mode:
            return
        self.sound.tape.change_speaker()
        self._publish(
            ModeChanged(
                call_id=self.call_id,
                at_ms=self.now_ms(),
                old=old,
                new=mode,
                by=by,
                latency_ms=math.ceil((self.life.now_s() - began_s) * 1000),
            )
        )
        self._legs.look_again()

    # Inside.

    @property
    def is_caller_in_turn(self) -> bool:
        """True while the caller speaks or pauses within a turn."""
        return self._ear.is_in_turn
