"""KeptVoice: keeps the sound of sentences said in every call, so that they cost nothing and never fail."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Collection

from copilot_desktop.audio.frame import FRAME_BYTES
from copilot_desktop.calls.errors import EngineError
from copilot_desktop.calls.events import CallId
from copilot_desktop.calls.ports import Voice

log = logging.getLogger("copilot.engines")

_MOST_BYTES = 4_000_000
"""Eight minutes of sound, in memory only."""
_PIECE_BYTES = 10 * FRAME_BYTES


class KeptVoice:
    """Implements `calls.ports.Voice` over another voice.

    `kept` names the sentences worth keeping, `persona` the engine and voice that speak now: another one's
    sound is not used while it speaks.
    """

    def __init__(
        self, voice: Voice, *, kept: Callable[[], Collection[str]], persona: Callable[[], str]
    ) -> None:
        self._voice, self._kept, self._persona = voice, kept, persona
        self._sounds: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._preparing = asyncio.Lock()

    async def speak(self, sentence: str, call: CallId | None = None) -> AsyncIterator[bytes]:
        """Yield the kept sound at once, or the voice's as it comes.

        A voice that fails before its first sound is helped out with any kept sound of the sentence.
        """
        if (sound := self._sounds.get((self._persona(), sentence))) is not None:
            for piece in _cut(sound):
                yield piece
            return
        pieces: list[bytes] = []
        try:
            async for piece in self._voice.speak(sentence, call):
                pieces.append(piece)
                yield piece
        except EngineError:
            older = next((kept for (_, text), kept in self._sounds.items() if text == sentence), None)
            if pieces or older is None:
                raise
            log.warning("the voice failed; a kept sound stands in")
            for piece in _cut(older):
                yield piece
            return
        self._keep(sentence, b"".join(pieces))

    async def prepare(self) -> None:
        """Make the sounds that are not kept yet, one by one; failures are left for the call to meet."""
        async with self._preparing:
            for sentence in self._kept():
                if not sentence or (self._persona(), sentence) in self._sounds:
                    continue
                try:
                    async for _ in self.speak(sentence):
                        pass
                except EngineError:
                    return

    def _keep(self, sentence: str, sound: bytes) -> None:
        if sentence not in self._kept():
            return
        self._sounds[(self._persona(), sentence)] = sound
        while sum(map(len, self._sounds.values())) > _MOST_BYTES:
            self._sounds.popitem(last=False)


def _cut(sound: bytes) -> list[bytes]:
    return [sound[start : start + _PIECE_BYTES] for start in range(0, len(sound), _PIECE_BYTES)]
