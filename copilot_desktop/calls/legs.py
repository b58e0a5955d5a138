"""Legs: the media streams of a call, one after another; a lost one may come back for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from copilot_desktop.audio.frame import FRAME_MS
from copilot_desktop.calls.ports import AudioLink
from copilot_desktop.calls.speaker import Speaker


class Legs:
    """The newest stream counts. `patience_s` tells how long there may be none; None: as long as it takes.

    `say_back` is given what the caller is to hear first when a stream is back.
    """

    def __init__(
        self,
        speaker: Speaker,
        *,
        now_ms: Callable[[], int],
        patience_s: Callable[[], float | None],
        say_back: Callable[[str], None],
    ) -> None:
        self._speaker, self._now_ms = speaker, now_ms
        self._patience_s, self._say_back = patience_s, say_back
        self.link: AudioLink | None = None
        self.count = 0
        """Streams there have been."""
        self.is_awaited = False
        """The carrier has been told to open one."""
        self._back_sentence = ""
        self.offset_ms = 0
        """The call's time at which the newest stream began."""
        self._line_ms = 0
        self._changed = asyncio.Event()

    def open(self, link: AudioLink) -> AudioLink | None:
        """Let sound flow over `link`; return the older one, to be closed."""
        sentence, self._back_sentence = self._back_sentence, ""
        if sentence:
            # Before the stream is attached, or it would begin with the rest of what was being said.
            self._say_back(sentence)
        older, self.link, self.is_awaited = self.link, link, False
        self.count += 1
        self.offset_ms = self._now_ms()
        self._speaker.attach(link)
        self.look_again()
        return older

    def lose(self, link: AudioLink) -> bool:
        """`link` is gone; return whether it was the one that counts."""
        if link is not self.link:
            return False
        self.link = None
        self._speaker.attach(None)
        self.look_again()
        return True

    def await_return(self, sentence: str = "") -> None:
        """The carrier opens another stream soon; with `sentence` the caller hears that first."""
        self.is_awaited = True
        self.greet_return(sentence or self._back_sentence)

    def greet_return(self, sentence: str) -> None:
        """Let the caller hear `sentence` first, should a stream be back."""
        self._back_sentence = sentence
        self.look_again()

    def take(self) -> AudioLink | None:
        """Return the open stream, for its end."""
        link, self.link = self.link, None
        return link

    def line_ms(self, stream_ms: int) -> int:
        """Return the call's time of the next frame, which a stream tells from its own start.

        A second stream begins after a hole; the call's clock only ever goes forward.
        """
        self._line_ms = max(self._line_ms + FRAME_MS, self.offset_ms + stream_ms)
        return self._line_ms

    def look_again(self) -> None:
        """Begin to wait anew: patience, or what there is to wait for, has changed."""
        self._changed.set()

    async def wait_in_vain(self) -> None:
        """Return when a stream did not come, or did not come back, in time."""
        while True:
            self._changed.clear()
            try:
                async with asyncio.timeout(self._patience_s() if self.link is None else None):
                    await self._changed.wait()
            except TimeoutError:
                return
