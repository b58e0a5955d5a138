"""A headset without hardware: the test puts frames into its microphone and sees what its earphones played."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from copilot_desktop.audio.frame import AudioFrame
from copilot_desktop.calls.errors import DeviceError


class FakeHeadset:
    """`is_open` tells whether the microphone is; `unplug` makes it fail."""

    def __init__(self) -> None:
        self.is_open = False
        self.is_present = True
        self.played: list[AudioFrame] = []
        self._frames: asyncio.Queue[AudioFrame | None] = asyncio.Queue()

    def speak(self, data: bytes) -> None:
        """The agent makes 20 ms of sound; a closed microphone does not hear it."""
        if self.is_open:
            self._frames.put_nowait(AudioFrame(data, 0))

    def unplug(self) -> None:
        """The device goes away."""
        self._frames.put_nowait(None)

    @asynccontextmanager
    async def microphone(self) -> AsyncIterator[AsyncIterator[AudioFrame]]:
        if not self.is_present:
            raise DeviceError("no microphone")
        self.is_open = True
        try:
            yield self._stream()
        finally:
            self.is_open = False

    async def _stream(self) -> AsyncIterator[AudioFrame]:
        while (frame := await self._frames.get()) is not None:
            yield frame
        raise DeviceError("the microphone went away")

    def play(self, frame: AudioFrame) -> None:
        self.played.append(frame)
