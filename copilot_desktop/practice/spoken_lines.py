"""SpokenLines: the caller's sentences as sound, made while the call goes on."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from copilot_desktop.audio import level
from copilot_desktop.audio.frame import FRAME_BYTES, FRAME_MS
from copilot_desktop.calls.errors import EngineError
from copilot_desktop.calls.ports import Voice

log = logging.getLogger("copilot.practice")

LONGEST_PAUSE_MS = 240
"""People who know what they want to say pause no longer between two sentences; synthetic voices do."""


class SpokenLines:
    """Makes one sentence after the other; `get` never waits."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._made: dict[str, bytes] = {}
        self.has_failed = False

    async def prepare(self, texts: Sequence[str]) -> None:
        """Make all `texts`, the first first. `has_failed` says that some will never be there."""
        is_through = False
        try:
            for text in texts:
                sound = b"".join([piece async for piece in self._voice.speak(text)])
                self._made[text] = tightened(sound)
            is_through = True
        except EngineError as error:
            log.warning("the practice caller has no voice: %s", error)
        finally:
            self.has_failed = not is_through

    def get(self, text: str) -> bytes | None:
        """Return the sound of `text`, whole frames; None if it is not made yet."""
        return self._made.get(text)


def tightened(sound: bytes, longest_pause_ms: int = LONGEST_PAUSE_MS) -> bytes:
    """Return `sound` with every longer silence cut down to `longest_pause_ms`, at its end entirely."""
    kept: list[bytes] = []
    silence: list[bytes] = []
    for at in range(0, len(sound), FRAME_BYTES):
        frame = sound[at : at + FRAME_BYTES]
        if not level.is_audible(frame):
            silence.append(frame)
            continue
        # The first half belongs to the fading of the last sound, the second to the rise of this one.
        half = longest_pause_ms // FRAME_MS // 2
        kept += silence if len(silence) <= 2 * half else silence[:half] + silence[-half:]
        kept.append(frame)
        silence = []
    return b"".join(kept)
