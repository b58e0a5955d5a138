"""CallSound: all that is heard, said and kept in one call, and who is silent when."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from copilot_desktop.audio.echo_guard import EchoGuard
from copilot_desktop.audio.frame import SILENCE, AudioFrame
from copilot_desktop.audio.tones import hold_melody
from copilot_desktop.calls.answering import Answering
from copilot_desktop.calls.caller_turns import CallerTurns
from copilot_desktop.calls.card_watch import CardWatch
from copilot_desktop.calls.ear import Ear, TurnListener
from copilot_desktop.calls.earpiece import Earpiece
from copilot_desktop.calls.events import CallEvent, CallId, HoldChanged, Party, Problem, SpokeMuted
from copilot_desktop.calls.keypad import Keypad
from copilot_desktop.calls.microphone import Microphone
from copilot_desktop.calls.notice import Notice
from copilot_desktop.calls.recording_control import RecordingControl
from copilot_desktop.calls.reply import Reply
from copilot_desktop.calls.speaker import LineSound
from copilot_desktop.calls.states import CallState, Mode
from copilot_desktop.calls.tape import Tape
from copilot_desktop.calls.turn import EarlyListener
from copilot_desktop.calls.world import CallSettings, World

_TICK_FRAMES = 10


class CallSound:
    """The parts of a call's sound, each its own; this joins them, frame by frame.

    `spawn` runs a coroutine as a task of the call; `mode` and `state` tell the call's own; `problem` is told
    what fails, with True when it is well again; `on_farewell` is called after an answer that ends the call,
    `on_tools` with one that did or wishes more than talking;
    `is_headset_free` tells whether the agent speaks in no other call.
    """

    def __init__(
        self,
        call_id: CallId,
        world: World,
        settings: CallSettings,
        *,
        publish: Callable[[CallEvent], None],
        now_ms: Callable[[], int],
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        mode: Callable[[], Mode],
        state: Callable[[], CallState],
        problem: Callable[[Problem, bool], None],
        on_farewell: Callable[[], None],
        on_tools: Callable[[Reply], None] = lambda reply: None,
        is_headset_free: Callable[[], bool],
    ) -> None:
        self._call_id, self._world, self._settings = call_id, world, settings
        self._publish, self._now_ms, self._mode, self._state = publish, now_ms, mode, state
        self.is_on_hold = self.is_muted = False
        self.answers_caller = True
        """False: what the caller says is written down, and nobody answers."""
        self._frame_count = 0
        self.tape = Tape(call_id, publish=publish, now_ms=now_ms)
        self.recording = RecordingControl(call_id, self.tape, publish=publish, now_ms=now_ms)
        self.cards = CardWatch(
            is_on=settings.is_card_number_hidden,
            now_ms=now_ms,
            found=self.recording.card_number,
            correct=publish,
        )
        self.answering = Answering(
            call_id,
            world.engines,
            settings.answering,
            self.cards,
            publish=publish,
            now_ms=now_ms,
            spawn=spawn,
            mode=mode,
            on_farewell=on_farewell,
            on_tools=on_tools,
        )
        self.speaker = self.answering.speaker
        self.notice = Notice(
            settings.answering.notice if settings.is_recording else "",
            self.answering,
            self.recording,
            problem=problem,
            is_on_hold=lambda: self.is_on_hold,
        )
        self.keypad = Keypad(
            call_id, self.speaker, self.recording, self.cards, publish=publish, now_ms=now_ms
        )
        self._guard = EchoGuard()
        turns = CallerTurns(self.answering, is_answering=self._is_answering)
        self.ear = self._new_ear(Party.CALLER, turns, early=turns, guard=self._guard)
        self.microphone = Microphone(
            world.headset,
            self.speaker,
            new_ear=self._new_ear,
            is_silenced=self._is_agent_silenced,
            is_muted=lambda: self.is_muted and not self.is_on_hold,
            is_private=lambda: self.recording.is_deaf,
            spawn=spawn,
            now_ms=now_ms,
            problem=problem,
            spoke_muted=self._spoke_muted,
        )
        self.earpiece = Earpiece(
            world.headset, is_live=lambda: self.microphone.is_open, is_free=is_headset_free
        )

    @property
    def is_speaking(self) -> bool:
        """True while our voice is on the line."""
        return self.speaker.is_audible and not self.is_on_hold

    def begin(self) -> None:
        """The first stream is open: record, say the notice, then let the talk begin."""
        if self._settings.is_recording:
            self.record(needs_notice=bool(self._settings.answering.notice.strip()))
        self.notice.begin(self._after_notice)
        if self.notice.is_running and self._mode() is not Mode.AGENT_SPEAKS:
            # Its voice is made meanwhile, so that it follows without a pause.
            self.answering.greet()

    def begin_late(self) -> None:
        """The agent takes a call that nobody talked in: it is recorded once the caller knows of that."""
        self.answers_caller = True
        self.notice.leave_to_agent()
        if self._settings.is_recording and not self.tape.is_recording:
            self.record(needs_notice=bool(self._settings.answering.notice.strip()))

    def record(self, *, needs_notice: bool) -> None:
        """Begin a recording; with `needs_notice` nothing is kept in it before the caller knows."""
        if self._world.recordings is not None:
            self.recording.begin(self._world.recordings, needs_notice=needs_notice)

    def hear(self, frame: AudioFrame, line_ms: int) -> None:
        """Take 20 ms of the caller, which began at `line_ms` of the call. Never waits."""
        ours = self.speaker.advance()
        self._guard.played(ours)
        is_secret = self.speaker.sound is LineSound.HIDDEN_KEYS
        self.recording.tick()
        self.tape.hear(frame.data, ours, line_ms, self._our_party(), is_secret=is_secret)
        self.earpiece.hear(frame, ours, self.speaker.sound)
        self.ear.hear(AudioFrame(SILENCE if self.recording.is_deaf else frame.data, line_ms))
        self.speaker.pump()
        self._frame_count += 1
        if self._frame_count % _TICK_FRAMES == 0:
            self.answering.tick(is_on_hold=self.is_on_hold)

    def transcribe_again(self) -> None:
        """Try a lost transcription again at once; one that runs is left alone."""
        self.ear.open_again()
        self.microphone.transcribe_again()

    def hold(self, is_on_hold: bool) -> None:
        """Let the caller wait with the hold sound, or end the wait."""
        self.is_on_hold = is_on_hold
        is_music = is_on_hold and self._settings.hold_sound == "music"
        self.speaker.play_background(hold_melody() if is_music else b"")
        self._publish(HoldChanged(call_id=self._call_id, at_ms=self._now_ms(), is_on_hold=is_on_hold))

    def end(self) -> None:
        """Silence our side, for good."""
        self.speaker.play_background(b"")
        self.answering.stop_speaking()
        self.microphone.close()

    def _after_notice(self, was_cut: bool) -> None:
        """Go on to the talk. Who cut the notice off has something else in mind than the greeting."""
        if self._state() is CallState.ENDED:
            return
        if self._mode() is Mode.AGENT_SPEAKS:
            self.microphone.open()
        elif not was_cut:
            if not self.answering.is_saying:
                self.answering.greet()
            if self.ear.is_in_turn:
                self.answering.caller_started()

    def _our_party(self) -> Party | None:
        """Return who speaks on our side in this frame."""
        if self.speaker.sound not in (LineSound.VOICE, LineSound.MICROPHONE):
            return None
        # Words that the agent typed are the agent's, whatever voice says them.
        is_agent = self._mode() is Mode.AGENT_SPEAKS and not self.notice.is_running
        return Party.AGENT if is_agent else Party.ASSISTANT

    def _is_agent_silenced(self) -> bool:
        return self.is_muted or self.is_on_hold or self.speaker.is_busy

    def _spoke_muted(self, is_speaking: bool) -> None:
        self._publish(SpokeMuted(call_id=self._call_id, at_ms=self._now_ms(), is_speaking=is_speaking))

    def _is_answering(self) -> bool:
        is_free = self.answers_caller and not self.is_on_hold and not self.notice.is_running
        return is_free and self._state() is CallState.LIVE

    def _new_ear(
        self,
        party: Party,
        listener: TurnListener,
        early: EarlyListener | None = None,
        guard: EchoGuard | None = None,
    ) -> Ear:
        return Ear(
            self._call_id,
            party,
            detector=self._world.engines.detector(),
            transcriber=self._world.engines.transcriber,
            listener=listener,
            cards=self.cards,
            publish=self._publish,
            now_ms=self._now_ms,
            early=early,
            guard=guard,
        )
