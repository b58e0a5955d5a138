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
from copilot_desktop.engines.trials import closed_after

log = logging.getLogger("copilot.engines")

_MOST_BYTES = 4_000_000
"""Eight minutes of sound, in memory only."""
_PIECE_BYTES = 10 * FRAME_BYTES


class KeptVoice:
    """Implements `calls.ports.Voice` over another voice.

    `kept` names the sentences worth keeping, `persona` the engine and voice that speak now: another one's
    sound is not used while it speaks, and what two of them said together is not kept. At most `most_bytes`
    of sound are kept; what was not used for longest goes first.
    """

    def __init__(
        self,
        voice: Voice,
        *,
        kept: Callable[[], Collection[str]],
        persona: Callable[[], str],
        most_bytes: int = _MOST_BYTES,
    ) -> None:
        self._voice, self._kept, self._persona = voice, kept, persona
        self._most_bytes = most_bytes
        self._sounds: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._preparing = asyncio.Lock()

    async def speak(self, sentence: str, call: CallId | None = None) -> AsyncIterator[bytes]:
        """Yield the kept sound at once, or the voice's as it comes.

        A voice that fails before its first sound is helped out with any kept sound of the sentence.
        """
        persona = self._persona()
        if (sound := self._sounds.get((persona, sentence))) is not None:
            self._sounds.move_to_end((persona, sentence))
            for piece in _cut(sound):
                yield piece
            return
        has_begun = False
        try:
            async with closed_after(self._made(persona, sentence, call)) as stream:
                async for piece in stream:
                    has_begun = True
                    yield piece
        except EngineError as error:
            older = self._of_anyone(sentence)
            if has_begun or older is None:
                raise
            log.warning("the voice failed (%s); a kept sound stands in", error.fault)
            for piece in _cut(older):
                yield piece

    async def prepare(self) -> None:
        """Make the sounds that are not kept yet, one by one; failures are left for the call to meet."""
        async with self._preparing:
            for sentence in tuple(self._kept()):
                persona = self._persona()
                if (persona, sentence) in self._sounds:
                    continue
                try:
                    async with closed_after(self._made(persona, sentence, None)) as stream:
                        async for _ in stream:
                            pass
                except EngineError as error:
                    log.info("a sentence of every call was not made ahead (%s)", error.fault)
                    return

    async def _made(self, persona: str, sentence: str, call: CallId | None) -> AsyncIterator[bytes]:
        """Let the voice speak, and keep what is whole and all of `persona`."""
        pieces: list[bytes] = []
        async with closed_after(self._voice.speak(sentence, call)) as stream:
            async for piece in stream:
                pieces.append(piece)
                yield piece
        if pieces and persona == self._persona() and sentence in self._kept():
            self._sounds[persona, sentence] = b"".join(pieces)
            while sum(map(len, self._sounds.values())) > self._most_bytes:
                self._sounds.popitem(last=False)

    def _of_anyone(self, sentence: str) -> bytes | None:
        return next((sound for (_, text), sound in self._sounds.items() if text == sentence), None)


def _cut(sound: bytes) -> list[bytes]:
    return [sound[start : start + _PIECE_BYTES] for start in range(0, len(sound), _PIECE_BYTES)]
