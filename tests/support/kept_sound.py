"""What a recording on disk holds, 20 ms at a time."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from copilot_desktop.audio.frame import FRAME_BYTES


class KeptSound:
    """Reads a two-channel file; times are milliseconds since its start."""

    def __init__(self, path: Path) -> None:
        with wave.open(str(path), "rb") as file:
            pcm = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)
        frames = np.abs(pcm[: len(pcm) // FRAME_BYTES * FRAME_BYTES].astype(np.int32)).reshape(
            -1, FRAME_BYTES, 2
        )
        self._loud = frames.max(axis=1) > 0
        self.length_ms = 20 * len(self._loud)

    def caller_ms(self, start_ms: int = 0, end_ms: int | None = None) -> int:
        """How long the caller is to be heard between two times."""
        return self._ms(0, start_ms, end_ms)

    def ours_ms(self, start_ms: int = 0, end_ms: int | None = None) -> int:
        """How long our side is to be heard between two times."""
        return self._ms(1, start_ms, end_ms)

    def _ms(self, side: int, start_ms: int, end_ms: int | None) -> int:
        last = len(self._loud) if end_ms is None else end_ms // 20
        return 20 * int(self._loud[start_ms // 20 : last, side].sum())
