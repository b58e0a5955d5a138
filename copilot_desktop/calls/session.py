"""CallSession: one call from ring to end; owns all of its tasks."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any

from copilot_desktop.audio.frame import FRAME_MS, AudioFrame
from copilot_desktop.calls.answering import Answering
from copilot_desktop.calls.caller_turns import CallerTurns
from copilot_desktop.calls.ear import Ear, TurnListener
from copilot_desktop.calls.errors import CallControlError, IllegalTransition
from copilot_desktop.calls.events import (
    CallEnded,
    CallEvent,
    CallId,
    CallRinging,
    DigitPressed,
    HoldChanged,
    LineMeasured,
    ModeChanged,
    Outcome,
    Party,
    Problem,
    ProblemRaised,
    StateChanged,
    SuggestionId,
)
from copilot_desktop.calls.microphone import Microphone
from copilot_desktop.calls.ports import AudioLink
from copilot_desktop.calls.states import CallState, Cause, Mode, ModeOrder, advance, change_mode
from copilot_desktop.calls.tape import Tape
from copilot_desktop.calls.world import CallSettings, Levels, World

log = logging.getLogger("copilot.calls")

HANG_UP_LIMIT_S = 5.0
LAST_WORDS_LIMIT_S = 2.0
LINK_LIMIT_S = 15.0
"""From accepting to the media stream."""
_TICK_FRAMES = 10


class CallSession:
    """One call. Orders return at once and raise `IllegalTransition`; all else is told as facts."""

    def __init__(
        self,
        call_id: CallId,
        caller: str,
        line: str,
        *,
        is_practice: bool,
        world: World,
        settings: CallSettings,
    ) -> None:
        self.call_id, self.caller, self.line, self.is_practice = call_id, caller, line, is_practice
        self.state = CallState.RINGING
        self.mode = Mode.AI_SPEAKS
        self.is_on_hold = False
        self.is_muted = False
        self.answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        """True once accepted, False once it cannot be any more."""
        self._world, self._settings = world, settings
        self._loop = asyncio.get_running_loop()
        self._rang_at_s = self._loop.time()
        self._cause = Cause.CALLER_LEFT
        self._outcome = Outcome.MISSED
        self._over = asyncio.Event()
        self._link: AudioLink | None = None
        self._link_changed = asyncio.Event()
        self._tasks: asyncio.TaskGroup | None = None
        self._spawned: set[asyncio.Task[None]] = set()
        self._offset_ms: int | None = None
        self._line_ms = 0
        self._frame_count = 0
        self._tape = Tape(call_id, publish=self._publish, now_ms=self.now_ms)
        self._answering = Answering(
            call_id,
            world.engines,
            settings.answering,
            publish=self._publish,
            now_ms=self.now_ms,
            spawn=self._spawn,
            mode=lambda: self.mode,
            on_farewell=self._after_farewell,
        )
        self._ear = self._new_ear(Party.CALLER, CallerTurns(self._answering, is_answering=self._is_answering))
        self._microphone = Microphone(
            world.headset,
            self._answering.speaker,
            new_ear=self._new_ear,
            is_silenced=lambda: self.is_muted or self.is_on_hold,
            spawn=self._spawn,
            now_ms=self.now_ms,
            problem=self._problem,
        )

    # Time and facts.

    def now_ms(self) -> int:
        """Milliseconds since the call rang."""
        return round((self._loop.time() - self._rang_at_s) * 1000)

    @property
    def is_speaking(self) -> bool:
        """True while our voice is on the line."""
        return self._answering.speaker.is_audible

    def levels(self) -> Levels:
        """Loudness of both sides just now."""
        return self._tape.levels()

    def _publish(self, event: CallEvent) -> None:
        self._answering.transcript.apply(event)
        self._world.feed.publish(event)

    def _advance(self, cause: Cause) -> None:
        old, self.state = self.state, advance(self.state, cause)
        if old is self.state:
            return
        if self.state is CallState.ENDED:
            self._outcome = _outcome(old, cause)
            self._over.set()
        if old is CallState.RINGING and not self.answered.done():
            self.answered.set_result(self.state is CallState.CONNECTING)
        log.info("%s: %s → %s (%s)", self.call_id, old, self.state, cause)
        self._publish(
            StateChanged(call_id=self.call_id, at_ms=self.now_ms(), old=old, new=self.state, cause=cause)
        )

    def _problem(self, problem: Problem) -> None:
        self._publish(ProblemRaised(call_id=self.call_id, at_ms=self.now_ms(), problem=problem))

    # Life.

    async def run(self) -> None:
        """Live from ring to end. Cancelling ends the call without its goodbyes."""
        self._publish(
            CallRinging(
                call_id=self.call_id,
                at_ms=0,
                caller=self.caller,
                line=self.line,
                started_at=datetime.now(UTC),
                is_practice=self.is_practice,
            )
        )
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                await self._ring()
                if self.state is not CallState.ENDED:
                    await self._talk(tasks)
        finally:
            self._tape.stop()
            if self.state is not CallState.ENDED:
                self._advance(Cause.CRASHED)
            self._publish(
                CallEnded(
                    call_id=self.call_id,
                    at_ms=self.now_ms(),
                    outcome=self._outcome,
                    duration_ms=self.now_ms(),
                )
            )

    async def _ring(self) -> None:
        try:
            async with asyncio.timeout(self._settings.ring_s):
                await asyncio.shield(self.answered)
        except TimeoutError:
            if self.state is not CallState.RINGING:
                return
            if self._settings.unanswered is None:
                self._advance(Cause.RING_TIMEOUT)
            else:
                self.accept(self._settings.unanswered)

    async def _talk(self, tasks: asyncio.TaskGroup) -> None:
        listening = tasks.create_task(self._ear.run())
        watching = tasks.create_task(self._watch_link())
        try:
            await self._over.wait()
            await self._end()
        finally:
            # From here nothing new starts; what still runs ends with the group.
            self._tasks = None
            for task in (listening, watching, *self._spawned):
                task.cancel()

    async def _end(self) -> None:
        self._answering.stop_speaking()
        self._microphone.close()
        if self._cause is Cause.HANG_UP:
            await self._tell_carrier()
        await self._ear.finish(LAST_WORDS_LIMIT_S)
        self._tape.change_speaker()
        link, self._link = self._link, None
        if link is not None:
            await link.close()

    async def _tell_carrier(self) -> None:
        """Hang up by the carrier's order. A practice call has no carrier: closing its stream ends it."""
        if self._world.control is None or self.is_practice:
            return
        try:
            async with asyncio.timeout(HANG_UP_LIMIT_S):
                await self._world.control.hang_up(self.call_id)
        except (TimeoutError, CallControlError):
            log.warning("%s: the carrier did not confirm the hang-up", self.call_id)
            self._problem(Problem.HANG_UP_FAILED)

    async def _watch_link(self) -> None:
        """End the call when the stream does not come, or does not come back."""
        while True:
            self._link_changed.clear()
            if self._link is None:
                try:
                    async with asyncio.timeout(self._patience_s()):
                        await self._link_changed.wait()
                except TimeoutError:
                    self._give_up_on_link()
                    return
            else:
                await self._link_changed.wait()

    def _patience_s(self) -> float:
        if self._offset_ms is None:
            return LINK_LIMIT_S
        return self._settings.agent_grace_s if self.mode is Mode.AGENT_SPEAKS else self._settings.grace_s

    def _give_up_on_link(self) -> None:
        if self.state is CallState.CONNECTING:
            self.end(Cause.CONNECT_FAILED if self._offset_ms is None else Cause.CALLER_LEFT)

    def end(self, cause: Cause) -> None:
        """All endings meet here; the first one counts."""
        if self.state is CallState.ENDED:
            return
        self._cause = cause
        self._advance(cause)

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        if self._tasks is None:
            coroutine.close()
            raise IllegalTransition("the call is not live")
        task = self._tasks.create_task(coroutine)
        self._spawned.add(task)
        task.add_done_callback(self._spawned.discard)
        return task

    # The line.

    def open_link(self, link: AudioLink) -> None:
        """Sound flows over `link` from now on; an older one is closed.

        Raises:
            IllegalTransition: the call was not accepted, or is over.
        """
        if self.state is CallState.CONNECTING:
            self._advance(Cause.LINK_OPENED)
        elif self.state is not CallState.LIVE:
            raise IllegalTransition(f"a stream while {self.state}")
        older, self._link = self._link, link
        is_first = self._offset_ms is None
        self._offset_ms = self.now_ms()
        self._link_changed.set()
        self._answering.speaker.attach(link)
        if older is not None:
            self._spawn(older.close())
        if is_first:
            self._begin_talk()

    def link_closed(self, link: AudioLink) -> None:
        """`link` is gone; a new one may come within the grace. An older link changes nothing."""
        if link is not self._link or self.state is not CallState.LIVE:
            return
        self._link = None
        self._answering.speaker.attach(None)
        self._advance(Cause.LINK_LOST)
        self._link_changed.set()

    def line_measured(
        self, *, frames: int, gap_count: int, gap_ms: int, jitter_ms: float, bad_messages: int
    ) -> None:
        """One stream's arrival, told by it when it ends."""
        self._publish(
            LineMeasured(
                call_id=self.call_id,
                at_ms=self.now_ms(),
                frames=frames,
                gap_count=gap_count,
                gap_ms=gap_ms,
                jitter_ms=jitter_ms,
                bad_messages=bad_messages,
            )
        )

    def mark_played(self, name: str) -> None:
        """The carrier has played everything up to our mark `name`."""
        self._answering.speaker.mark_played(name)

    def digit_pressed(self, digit: str) -> None:
        """The caller pressed a key."""
        self._publish(DigitPressed(call_id=self.call_id, at_ms=self.now_ms(), digit=digit))

    def hear(self, frame: AudioFrame) -> None:
        """Take 20 ms of the caller; `at_ms` counts from the start of this stream. Never waits."""
        if self.state is not CallState.LIVE or self._offset_ms is None:
            return
        # A second stream begins after a hole; the call's clock only ever goes forward.
        self._line_ms = max(self._line_ms + FRAME_MS, self._offset_ms + frame.at_ms)
        ours = self._answering.speaker.advance()
        # Words that the agent typed are the agent's, whatever voice says them.
        our_party = Party.AGENT if self.mode is Mode.AGENT_SPEAKS else Party.ASSISTANT
        self._tape.hear(frame.data, ours, self._line_ms, our_party)
        self._microphone.hear_caller(frame)
        self._ear.hear(AudioFrame(frame.data, self._line_ms))
        self._answering.speaker.pump()
        self._frame_count += 1
        if self._frame_count % _TICK_FRAMES == 0:
            self._answering.tick()

    def _begin_talk(self) -> None:
        if self._settings.is_recording and self._world.recordings is not None:
            self._tape.record(self._world.recordings)
        if self.mode is Mode.AGENT_SPEAKS:
            self._microphone.open()
        else:
            self._answering.greet()

    # Orders.

    def accept(self, mode: Mode) -> None:
        """Answer the ringing call in `mode`."""
        self._advance(Cause.ACCEPT)
        self._change_mode(mode, Party.AGENT, began_s=self._loop.time())

    def decline(self) -> None:
        """Refuse the ringing call."""
        if self.state is not CallState.RINGING:
            raise IllegalTransition(f"decline while {self.state}")
        self.end(Cause.DECLINE)

    def take_over(self) -> None:
        """The agent speaks from this moment. Sound stops first; a second order changes nothing."""
        self._need_live()
        began_s = self._loop.time()
        if self.mode is Mode.AGENT_SPEAKS:
            return
        self._answering.stop_speaking()
        self._change_mode(change_mode(self.mode, ModeOrder.TAKE_OVER), Party.AGENT, began_s=began_s)
        self._microphone.open()

    def hand_back(self, note: str) -> None:
        """The AI goes on, knowing `note` and everything said meanwhile."""
        self._need_live()
        mode = change_mode(self.mode, ModeOrder.HAND_BACK, hand_back_to=self._settings.hand_back_to)
        if note.strip():
            self._answering.notes.append(note.strip())
        self._microphone.close()
        self._change_mode(mode, Party.AGENT, began_s=self._loop.time())
        self._answering.answer_last()

    def set_mode(self, mode: Mode) -> None:
        """Switch between "AI speaks" and "I approve"."""
        self._need_live()
        if mode is self.mode:
            return
        order = ModeOrder.APPROVE_EACH if mode is Mode.AGENT_APPROVES else ModeOrder.LET_AI_SPEAK
        self._change_mode(change_mode(self.mode, order), Party.AGENT, began_s=self._loop.time())

    def say(self, suggestion_id: SuggestionId, text: str) -> None:
        """Let the assistant's voice say a suggestion, as it is or edited."""
        self._need_live()
        if self.mode is Mode.AGENT_SPEAKS:
            raise IllegalTransition("while you speak, suggestions are for you to read")
        if text.strip():
            self._answering.say_suggestion(suggestion_id, text.strip())

    def skip(self, suggestion_id: SuggestionId) -> None:
        """Put a suggestion away."""
        self._answering.skip_suggestion(suggestion_id)

    def say_text(self, text: str) -> None:
        """Let the assistant's voice say the agent's typed words."""
        self._need_live()
        party = Party.AGENT if self.mode is Mode.AGENT_SPEAKS else Party.ASSISTANT
        if text.strip():
            self._answering.say_text(text.strip(), party)

    def guide(self, note: str) -> None:
        """Tell the AI something that the caller never hears."""
        if note.strip():
            self._answering.notes.append(note.strip())

    def stop_talking(self) -> None:
        """Stop what the assistant is saying; the mode stays."""
        self._answering.stop_speaking()

    def hold(self) -> None:
        """The caller hears silence and nobody answers, until `resume`."""
        self._need_live()
        if not self.is_on_hold:
            self._answering.stop_speaking()
            self._set_hold(True)

    def resume(self) -> None:
        """End the hold."""
        self._need_live()
        if self.is_on_hold:
            self._set_hold(False)
            if self.mode is not Mode.AGENT_SPEAKS:
                self._answering.answer_last()

    def mute(self, is_muted: bool) -> None:
        """Keep the agent's microphone from the caller, or let it through again."""
        self.is_muted = is_muted

    def hang_up(self) -> None:
        """End the call."""
        if self.state is CallState.RINGING:
            raise IllegalTransition("a ringing call is declined, not hung up")
        self.end(Cause.HANG_UP)

    def _need_live(self) -> None:
        if self.state not in (CallState.LIVE, CallState.CONNECTING):
            raise IllegalTransition(f"the call is {self.state}")

    def _change_mode(self, mode: Mode, by: Party, *, began_s: float) -> None:
        old, self.mode = self.mode, mode
        if old is mode:
            return
        self._tape.change_speaker()
        self._publish(
            ModeChanged(
                call_id=self.call_id,
                at_ms=self.now_ms(),
                old=old,
                new=mode,
                by=by,
                latency_ms=math.ceil((self._loop.time() - began_s) * 1000),
            )
        )
        self._link_changed.set()

    def _set_hold(self, is_on_hold: bool) -> None:
        self.is_on_hold = is_on_hold
        self._publish(HoldChanged(call_id=self.call_id, at_ms=self.now_ms(), is_on_hold=is_on_hold))

    # Inside.

    def _new_ear(self, party: Party, listener: TurnListener) -> Ear:
        return Ear(
            self.call_id,
            party,
            detector=self._world.engines.detector(),
            transcriber=self._world.engines.transcriber,
            listener=listener,
            publish=self._publish,
            now_ms=self.now_ms,
        )

    def _is_answering(self) -> bool:
        return self.state is CallState.LIVE and not self.is_on_hold

    @property
    def is_caller_in_turn(self) -> bool:
        """True while the caller speaks or pauses within a turn."""
        return self._ear.is_in_turn

    def _after_farewell(self) -> None:
        self._spawn(self._say_goodbye())

    async def _say_goodbye(self) -> None:
        """Hang up after the AI's farewell, unless the caller has something more to say."""
        await asyncio.sleep(self._settings.farewell_pause_s)
        if not self.is_caller_in_turn and self.mode is Mode.AI_SPEAKS:
            self.end(Cause.HANG_UP)


def _outcome(old: CallState, cause: Cause) -> Outcome:
    if cause is Cause.DECLINE:
        return Outcome.DECLINED
    if cause in (Cause.CRASHED, Cause.CONNECT_FAILED):
        return Outcome.FAILED
    return Outcome.MISSED if old is CallState.RINGING else Outcome.COMPLETED
