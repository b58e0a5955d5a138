"""Speech: what is to be said in one go, sentence by sentence, and how much of it was heard."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from copilot_desktop.audio.frame import FRAME_BYTES

_ROOM_FRAMES = 500


@dataclass(slots=True, eq=False)
class Sentence:
    """One sentence on its way: text, sound not yet sent, and how much of it has been heard."""

    text: str
    frames: deque[bytes] = field(default_factory=deque)
    is_complete: bool = False
    is_broken: bool = False
    """The voice failed in the middle: the rest of the words has no sound."""
    frame_count: int = 0
    played_count: int = 0
    is_marked: bool = False
    is_confirmed: bool = False

    def heard_words(self) -> tuple[str, str]:
        """Split the text at the last word the caller can have heard."""
        is_whole = self.is_complete and not self.is_broken
        if is_whole and (self.is_confirmed or self.played_count >= self.frame_count):
            return self.text, ""
        words = self.text.split()
        # While the sound is not whole its length is guessed from the words: some 380 ms each.
        expected = self.frame_count if is_whole else max(self.frame_count, len(words) * 19)
        count = len(words) * self.played_count // max(expected, 1)
        return " ".join(words[:count]), " ".join(words[count:])


class Speech:
    """What is to be said in one go. Written by a voice task, read by the speaker.

    At most 10 s of sound wait unsent; then `add` waits.
    """

    def __init__(self) -> None:
        self.sentences: list[Sentence] = []
        self.is_complete = False
        self.is_broken = False
        """True if the voice failed: some of it was never made."""
        self.on_change: Callable[[], None] = lambda: None
        self.on_first_sound: Callable[[], None] = lambda: None
        self._room = asyncio.Event()
        self._room.set()

    def begin(self, text: str) -> Sentence:
        """Add a sentence whose sound follows."""
        sentence = Sentence(text)
        self.sentences.append(sentence)
        return sentence

    async def add(self, sentence: Sentence, audio: bytes) -> None:
        """Append µ-law in whole frames to `sentence`; waits while too much is unsent."""
        await self._room.wait()
        if not self.has_sound:
            self.on_first_sound()
        for start in range(0, len(audio), FRAME_BYTES):
            sentence.frames.append(audio[start : start + FRAME_BYTES])
        sentence.frame_count += len(audio) // FRAME_BYTES
        if self.unsent_count() >= _ROOM_FRAMES:
            self._room.clear()
        self.on_change()

    def finish(self) -> None:
        """Nothing more will come."""
        self.is_complete = True
        self.on_change()

    def break_off(self) -> None:
        """Nothing more will come, though more was meant."""
        self.is_broken = True
        for sentence in self.sentences:
            if not sentence.is_complete:
                sentence.is_complete = sentence.is_broken = True
        self.finish()

    def unsent_count(self) -> int:
        """Frames not yet given to the line."""
        return sum(len(sentence.frames) for sentence in self.sentences)

    def made_room(self) -> None:
        """The speaker took frames out."""
        if self.unsent_count() < _ROOM_FRAMES:
            self._room.set()

    @property
    def has_sound(self) -> bool:
        """True once there is sound of it."""
        return any(sentence.frame_count for sentence in self.sentences)

    @property
    def has_begun(self) -> bool:
        """True once the caller heard the first of it."""
        return any(sentence.played_count for sentence in self.sentences)

    def heard(self) -> tuple[str, str]:
        """Return the words the caller has heard and those meant but not heard."""
        split = [sentence.heard_words() for sentence in self.sentences]
        return (
            " ".join(heard for heard, _ in split if heard),
            " ".join(unheard for _, unheard in split if unheard),
        )
