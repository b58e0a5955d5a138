"""Microphone: the agent's own voice on the line, opened only by the agent's order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from copilot_desktop.audio.frame import SILENCE, AudioFrame
from copilot_desktop.calls.ear import Ear, Turn, TurnListener
from copilot_desktop.calls.errors import DeviceError
from copilot_desktop.calls.events import Party, Problem
from copilot_desktop.calls.ports import AgentAudio
from copilot_desktop.calls.speaker import Speaker

log = logging.getLogger("copilot.calls")


class Microphone:
    """Sends what the agent says to the caller while it is open, and has it written down.

    `is_silenced` tells whether the caller must not hear the agent now, `is_private` whether nothing is to be
    written down; `problem` is told what fails.
    """

    def __init__(
        self,
        headset: AgentAudio | None,
        speaker: Speaker,
        *,
        new_ear: Callable[[Party, TurnListener], Ear],
        is_silenced: Callable[[], bool],
        is_private: Callable[[], bool],
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        now_ms: Callable[[], int],
        problem: Callable[[Problem], None],
    ) -> None:
        self._headset, self._speaker = headset, speaker
        self._new_ear, self._is_silenced, self._is_private = new_ear, is_silenced, is_private
        self._spawn, self._now_ms, self._problem = spawn, now_ms, problem
        self._ear: Ear | None = None
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Let the caller hear the agent. Without a microphone that is told, and nothing else happens."""
        if self._headset is None:
            self._problem(Problem.MICROPHONE_MISSING)
        elif self._task is None:
            self._task = self._spawn(self._speak(self._headset))

    def close(self) -> None:
        """The caller hears the agent no more. Safe twice."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()

    def hear_caller(self, frame: AudioFrame) -> None:
        """Play the caller to the agent, while the microphone is open."""
        if self._headset is not None and self._task is not None:
            self._headset.play(frame)

    async def _speak(self, headset: AgentAudio) -> None:
        ear = self._ear or self._new_ear(Party.AGENT, _AgentTurns())
        self._ear = ear
        listening = asyncio.create_task(ear.run())
        try:
            async with headset.microphone() as frames:
                async for frame in frames:
                    if not self._is_silenced():
                        self._speaker.send_live(frame.data)
                        ear.hear(AudioFrame(SILENCE if self._is_private() else frame.data, self._now_ms()))
        except DeviceError:
            log.warning("no microphone")
            self._problem(Problem.MICROPHONE_MISSING)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


class _AgentTurns:
    """The agent's turns are written down; nobody answers them."""

    def speech_started(self, turn: Turn) -> None: ...
    def words_moved(self, turn: Turn) -> None: ...
    def turn_paused(self, turn: Turn, certainty: float) -> None: ...
    def speech_resumed(self, turn: Turn) -> None: ...
    def turn_ended(self, turn: Turn) -> None: ...
    def turn_finished(self, turn: Turn) -> None: ...
