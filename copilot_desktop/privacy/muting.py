"""Makes passages of a recording silent: piece by piece, in the channel of who spoke, softly. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FADE_MS = 12
"""How long the sound takes to go and to come back, outside the passage: within it there is nothing."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch of a recording, in samples; `channel` None: all of them."""

    start: int
    end: int
    channel: int | None = None


def silence(start_ms: int, end_ms: int, rate_hz: int, channel: int | None = None) -> Silence:
    """Return the stretch that holds all of `start_ms` to `end_ms`."""
    return Silence(max(0, start_ms * rate_hz // 1000), -(-max(0, end_ms) * rate_hz // 1000), channel)


def mute(
    pieces: Iterable[NDArray[np.int16]], silences: Sequence[Silence], rate_hz: int
) -> Iterator[NDArray[np.int16]]:
    """Yield `pieces`, rows of one sample a channel, silent within `silences`; all keep their lengths."""
    fade = max(1, rate_hz * FADE_MS // 1000)
    at = 0
    for piece in pieces:
        near = [each for each in silences if each.start - fade < at + len(piece) and at < each.end + fade]
        yield _muted(piece, near, at, fade) if near else piece
        at += len(piece)


def _muted(piece: NDArray[np.int16], silences: Sequence[Silence], at: int, fade: int) -> NDArray[np.int16]:
    """Return `piece`, which begins at sample `at`, with the gain of each channel turned down."""
    gain = np.ones(piece.shape, dtype=np.float64)
    places = np.arange(at, at + len(piece))
    for each in silences:
        if each.start >= each.end:
            continue
        # How far a sample lies outside: 0 within, 1 from the end of the fade on.
        outside = np.maximum(each.start - places, places - (each.end - 1))
        turned = np.clip(outside / (fade + 1), 0.0, 1.0)
        channels = slice(None) if each.channel is None else slice(each.channel, each.channel + 1)
        gain[:, channels] = np.minimum(gain[:, channels], turned[:, np.newaxis])
    return np.rint(piece * gain).astype(np.int16)
