"""FallbackVoice: several voices behind one port; when one fails, the next says what is missing."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence

from copilot_desktop.audio.frame import FRAME_BYTES, FRAME_MS
from copilot_desktop.calls.errors import EngineError, EngineFault
from copilot_desktop.calls.events import CallId
from copilot_desktop.calls.ports import Voice
from copilot_desktop.engines.engine_health import PATIENCE_S, EngineHealth, fault_in
from copilot_desktop.engines.trials import Trials, closed_after, next_within

_RESTART_MS = 300
"""So little is no word yet: the sentence begins again."""
_USUAL_PACE_MS = 80.0
"""What a letter takes with a slow voice; learned for each voice."""
_PACE_SHARE = 0.2
_CAUTION, _CAUTION_MS = 1.05, 150
"""A word said twice is understood, one left out is not."""


class FallbackVoice:
    """Implements `calls.ports.Voice` over `voices`, best first; `health` has one name for each.

    `first_sound_limit_s` is asked anew each time. Pieces are passed on as they come. Raises EngineError
    when nobody is left; if some sound was out, its fault is BROKEN_OFF. `close` ends trials.
    """

    def __init__(
        self, voices: Sequence[Voice], health: EngineHealth, *, first_sound_limit_s: Callable[[], float]
    ) -> None:
        if len(voices) != len(health):
            raise ValueError("each voice needs a name")
        self._voices, self._health, self._limit_s = tuple(voices), health, first_sound_limit_s
        self._trials = Trials(health)
        self._pace_ms: dict[int, float] = {}

    async def close(self) -> None:
        """Give up what is tried in the background. Nothing may be speaking."""
        await self._trials.close()

    async def speak(self, sentence: str, call: CallId | None = None) -> AsyncIterator[bytes]:
        """Yield the sound of `sentence`; after a failure in its middle the rest in the next voice."""
        error: Exception | None = None
        rest, is_begun = sentence, False
        for index, is_patient in self._health.attempts():
            said = _Said(asyncio.get_running_loop().time())
            try:
                async with closed_after(self._say(index, rest, call, said, is_patient=is_patient)) as pieces:
                    async for piece in pieces:
                        is_begun = True
                        yield piece
            except (asyncio.CancelledError, GeneratorExit):
                # Nobody wants to hear the rest; so far it has worked.
                if said.byte_count:
                    self._health.served(index, said.latency_ms, call)
                raise
            except Exception as failure:
                self._health.failed(index, fault_in(failure))
                error = failure
                rest = self._missing(index, rest, said)
                continue
            self._spoke(index, rest, said, call)
            return
        raise _told(error or self._health.refusal(), is_begun=is_begun)

    async def _say(
        self, index: int, text: str, call: CallId | None, said: _Said, *, is_patient: bool
    ) -> AsyncIterator[bytes]:
        limit_s = max(self._limit_s(), PATIENCE_S if is_patient else 0.0)
        async with closed_after(self._voices[index].speak(text, call)) as stream:
            while True:
                # A stall matters once what came before has been played.
                wait_s = max(limit_s, said.left_s(_now_s()))
                if (piece := await next_within(stream, wait_s, self._health.name(index))) is None:
                    break
                said.add(piece, _now_s())
                yield piece
        if not said.byte_count and _has_words(text):
            raise EngineError(self._health.name(index), "no sound", fault=EngineFault.BAD_ANSWER)

    def _spoke(self, index: int, text: str, said: _Said, call: CallId | None) -> None:
        if not said.byte_count:
            return
        if weight := _weight(text):
            pace_ms = said.length_ms / weight
            known_ms = self._pace_ms.setdefault(index, pace_ms)
            self._pace_ms[index] = known_ms + _PACE_SHARE * (pace_ms - known_ms)
        self._health.served(index, said.latency_ms, call)
        self._trials.begin(index, lambda better: self._try(better, text, call))

    def _missing(self, index: int, text: str, said: _Said) -> str:
        """Return what of `text` was probably not said: from a word's beginning, and never nothing."""
        if said.length_ms < _RESTART_MS:
            return text
        pace_ms = self._pace_ms.get(index, _USUAL_PACE_MS) * _CAUTION
        covered = (said.length_ms - _CAUTION_MS) / pace_ms
        words = list(re.finditer(r"\S+", text))
        for word in words:
            covered -= _weight(word.group()) + 1
            if covered < 0:
                return text[word.start() :]
        return text[words[-1].start() :] if words else text

    async def _try(self, index: int, text: str, call: CallId | None) -> None:
        name = self._health.name(index)
        async with closed_after(self._voices[index].speak(text, call)) as stream:
            if await next_within(stream, self._limit_s(), name) is None:
                raise EngineError(name, "no sound", fault=EngineFault.BAD_ANSWER)


class _Said:
    """How much sound has come, and when."""

    def __init__(self, begun_s: float) -> None:
        self._begun_s = begun_s
        self._first_s = begun_s
        self.byte_count = 0

    @property
    def length_ms(self) -> int:
        return self.byte_count // FRAME_BYTES * FRAME_MS

    @property
    def latency_ms(self) -> int:
        return round((self._first_s - self._begun_s) * 1000)

    def add(self, piece: bytes, now_s: float) -> None:
        if not self.byte_count:
            self._first_s = now_s
        self.byte_count += len(piece)

    def left_s(self, now_s: float) -> float:
        """How much has not been played yet, if it was played from the first sound on."""
        return self.length_ms / 1000 - (now_s - self._first_s) if self.byte_count else 0.0


def _told(error: Exception, *, is_begun: bool) -> EngineError:
    if not isinstance(error, EngineError):
        return EngineError("voice", fault=EngineFault.BAD_ANSWER)
    if not is_begun or error.fault is EngineFault.BROKEN_OFF:
        return error
    return EngineError(error.engine, "broke off", fault=EngineFault.BROKEN_OFF)


def _weight(text: str) -> float:
    """Return how long `text` takes to say, in letters: a digit is a word, a comma a rest."""
    return sum(5 if letter.isdigit() else 3 if letter in ",;:.!?" else 1 for letter in text)


def _has_words(text: str) -> bool:
    return any(letter.isalnum() for letter in text)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
