"""Microphone: the agent's own voice on the line, opened only by the agent's order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from copilot_desktop.audio.frame import SILENCE, AudioFrame
from copilot_desktop.audio.level import dbfs
from copilot_desktop.calls.ear import Ear, Turn, TurnListener
from copilot_desktop.calls.errors import DeviceError
from copilot_desktop.calls.events import Party, Problem
from copilot_desktop.calls.ports import AgentAudio
from copilot_desktop.calls.speaker import Speaker

log = logging.getLogger("copilot.calls")

_DEAD_DBFS = -70.0
"""The softest room is louder than this; a microphone that is switched off is not."""
_DEAD_FRAMES = 200
_VOICE_DBFS = -38.0
_SPEECH_FRAMES = 12
_PAUSE_FRAMES = 40


class Microphone:
    """Sends what the agent says to the caller while it is open, and has it written down.

    `is_silenced` tells whether the caller must not hear the agent now, `is_muted` whether the agent wished
    so, `is_private` whether nothing is to be written down; `problem` is told what fails, with True when it is
    well again, and `spoke_muted` whether the agent speaks in vain.
    """

    def __init__(
        self,
        headset: AgentAudio | None,
        speaker: Speaker,
        *,
        new_ear: Callable[[Party, TurnListener], Ear],
        is_silenced: Callable[[], bool],
        is_muted: Callable[[], bool],
        is_private: Callable[[], bool],
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        now_ms: Callable[[], int],
        problem: Callable[[Problem, bool], None],
        spoke_muted: Callable[[bool], None],
    ) -> None:
        self._headset, self._speaker = headset, speaker
        self._new_ear, self._is_silenced, self._is_private = new_ear, is_silenced, is_private
        self._spawn, self._now_ms, self._problem = spawn, now_ms, problem
        self._watch = _Watch(is_muted, problem, spoke_muted)
        self._ear: Ear | None = None
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Let the caller hear the agent. Without a microphone that is told, and nothing else happens."""
        if self._headset is None:
            self._problem(Problem.MICROPHONE_MISSING, False)
        elif self._task is None:
            self._task = self._spawn(self._speak(self._headset))

    def close(self) -> None:
        """The caller hears the agent no more. Safe twice."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()

    def transcribe_again(self) -> None:
        """Do not wait any longer before a lost transcription of the agent is tried again."""
        if self._ear is not None:
            self._ear.open_again()

    @property
    def is_open(self) -> bool:
        """Whether the agent's voice is on the line, muted or not."""
        return self._task is not None

    async def _speak(self, headset: AgentAudio) -> None:
        ear = self._ear or self._new_ear(Party.AGENT, _AgentTurns())
        self._ear = ear
        listening = asyncio.create_task(ear.run())
        try:
            async with headset.microphone() as frames:
                async for frame in frames:
                    self._watch.hear(frame.data)
                    if not self._is_silenced():
                        self._speaker.send_live(frame.data)
                        ear.hear(AudioFrame(SILENCE if self._is_private() else frame.data, self._now_ms()))
        except DeviceError:
            log.info("no microphone")
            self._problem(Problem.MICROPHONE_MISSING, False)
        finally:
            self._watch.end()
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


class _Watch:
    """Notices that the agent speaks while muted, and that an open microphone gives nothing at all."""

    def __init__(
        self,
        is_muted: Callable[[], bool],
        problem: Callable[[Problem, bool], None],
        spoke_muted: Callable[[bool], None],
    ) -> None:
        self._is_muted, self._problem, self._spoke_muted = is_muted, problem, spoke_muted
        self._dead_frames = self._loud_frames = self._quiet_frames = 0
        self._is_dead = self._is_speaking = False

    def hear(self, data: bytes) -> None:
        """Take 20 ms of the microphone, sent or not."""
        level_dbfs = dbfs(data)
        self._look_for_life(level_dbfs)
        if self._is_muted():
            self._look_for_speech(level_dbfs)
        elif self._is_speaking:
            self._told_speaking(False)

    def end(self) -> None:
        """The microphone is closed."""
        self._dead_frames = 0
        if self._is_speaking:
            self._told_speaking(False)

    def _look_for_life(self, level_dbfs: float) -> None:
        self._dead_frames = self._dead_frames + 1 if level_dbfs < _DEAD_DBFS else 0
        is_dead = self._dead_frames >= _DEAD_FRAMES
        if is_dead is not self._is_dead and (is_dead or self._dead_frames == 0):
            self._is_dead = is_dead
            self._problem(Problem.MICROPHONE_SILENT, not is_dead)

    def _look_for_speech(self, level_dbfs: float) -> None:
        is_loud = level_dbfs > _VOICE_DBFS
        self._loud_frames = self._loud_frames + 1 if is_loud else max(0, self._loud_frames - 1)
        self._quiet_frames = 0 if is_loud else self._quiet_frames + 1
        if not self._is_speaking and self._loud_frames >= _SPEECH_FRAMES:
            self._told_speaking(True)
        elif self._is_speaking and self._quiet_frames >= _PAUSE_FRAMES:
            self._told_speaking(False)

    def _told_speaking(self, is_speaking: bool) -> None:
        self._is_speaking, self._loud_frames = is_speaking, 0
        self._spoke_muted(is_speaking)


class _AgentTurns:
    """The agent's turns are written down; nobody answers them."""

    def speech_started(self, turn: Turn) -> None: ...
    def words_moved(self, turn: Turn) -> None: ...
    def turn_paused(self, turn: Turn, certainty: float) -> None: ...
    def speech_resumed(self, turn: Turn) -> None: ...
    def turn_ended(self, turn: Turn) -> None: ...
    def turn_finished(self, turn: Turn) -> None: ...
