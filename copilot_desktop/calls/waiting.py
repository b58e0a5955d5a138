"""Waiting: a caller who waits for us hears a sentence, later another, then music; never long silence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from enum import IntEnum
from typing import Any

from copilot_desktop.audio.tones import hold_melody
from copilot_desktop.calls.events import UtteranceId
from copilot_desktop.calls.speaker import Speaker

STILL_WAITING_S = 6.0
"""From the first sentence to the second."""
_LOOK_S, _LOOKS = 0.2, 50
"""Music begins behind the second sentence, at the latest when that has had ten seconds."""


_ALONE_MS, _TICK_MS = 1000, 200


class LeftAlone:
    """Notices a caller whose words nobody answers and nobody is about to, whatever the reason."""

    def __init__(self) -> None:
        self.is_unanswered = False
        """The last words of the call are the caller's."""
        self._alone_ms = 0

    def tick(self, *, is_cared_for: bool) -> bool:
        """A fifth of a second passed; True if the caller has been left alone for a second."""
        is_alone = self.is_unanswered and not is_cared_for
        self._alone_ms = self._alone_ms + _TICK_MS if is_alone else 0
        return self._alone_ms >= _ALONE_MS


class _Stage(IntEnum):
    """What the caller has heard of us while waiting."""

    NOTHING = 0
    SENTENCE = 1
    MUSIC = 2


class Waiting:
    """One call's. At most one wait runs; `end` is safe at any time.

    `say(sentence)` speaks one without giving up the answer on its way, `is_saying` tells while it does;
    `began` is told before the first.
    """

    def __init__(
        self,
        speaker: Speaker,
        *,
        sentences: tuple[str, str],
        say: Callable[[str], None],
        is_saying: Callable[[], bool],
        began: Callable[[], None],
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> None:
        self._speaker, self._sentences = speaker, sentences
        self._say, self._is_saying, self._began, self._spawn = say, is_saying, began, spawn
        self._task: asyncio.Task[None] | None = None
        self._stage = _Stage.NOTHING
        self._after_ms = 0
        self._is_once = False
        self._has_music = False
        self.for_turn: UtteranceId | None = None
        """The turn that waits for an answer."""
        self.is_owed = False
        """The caller waits for an answer, even if speaking just now."""

    def begin(self, after_ms: int, *, turn: UtteranceId | None, is_once: bool = False) -> None:
        """The caller waits from now on; `after_ms` of 0 means for ever. The same turn begins only once.

        `is_once`: a first sentence is enough.
        """
        if self.is_owed and turn is not None and turn == self.for_turn and is_once == self._is_once:
            self.go_on()
            return
        self.end()
        self.is_owed, self.for_turn = True, turn
        self._after_ms, self._is_once = after_ms, is_once
        self.go_on()

    def hold(self) -> None:
        """The caller speaks: nothing is said into that."""
        self._stop()

    def go_on(self) -> None:
        """The caller is silent again and still waits."""
        is_waiting = self._has_music or (self._task is not None and not self._task.done())
        if not self.is_owed or self._after_ms <= 0 or is_waiting:
            return
        if self._stage is _Stage.MUSIC:
            self._task = self._spawn(self._play())
        elif self._stage is _Stage.NOTHING or not self._is_once:
            self._task = self._spawn(self._wait())

    def voice_failed(self) -> None:
        """Our voice could not say the sentence: music at once."""
        if self.is_owed and self._stage is not _Stage.NOTHING and not self._has_music:
            self._stop()
            self._stage = _Stage.MUSIC
            self.go_on()

    def end(self) -> None:
        """Somebody of ours speaks, or shall: nobody waits any more."""
        self.is_owed, self.for_turn = False, None
        self._stage = _Stage.NOTHING
        self._stop()

    def _stop(self) -> None:
        task, self._task = self._task, None
        if task is not None and task is not asyncio.current_task():
            task.cancel()
        if self._has_music:
            self._has_music = False
            self._speaker.play_background(b"")

    async def _wait(self) -> None:
        if self._stage is _Stage.NOTHING:
            await asyncio.sleep(self._after_ms / 1000)
            self._stage = _Stage.SENTENCE
            self._began()
            if self._sentences[0]:
                self._say(self._sentences[0])
        if self._is_once:
            return
        await asyncio.sleep(STILL_WAITING_S)
        self._stage = _Stage.MUSIC
        if self._sentences[1]:
            self._say(self._sentences[1])
            for _ in range(_LOOKS):
                await asyncio.sleep(_LOOK_S)
                if not self._is_saying():
                    break
        await self._play()

    async def _play(self) -> None:
        # Made once in a program's life, in some 20 ms: not on the loop.
        melody = await asyncio.to_thread(hold_melody)
        self._has_music = True
        self._speaker.play_background(melody)
