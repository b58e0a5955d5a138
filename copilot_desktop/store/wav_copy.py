"""A recording on its way out: as a WAV of its own or inside a page, with stretches made silent. Blocks."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import SAMPLE_RATE_HZ
from copilot_desktop.privacy.muting import Silence, mute
from copilot_desktop.store.wav import WavFile, pieces

_ULAW, _CHANNELS = 7, 2


def copy_wav(source: Path, target: Path, silences: Sequence[Silence]) -> None:
    """Write the recording at `source` to the new file `target`, silent within `silences`. Raises OSError."""
    with WavFile(target) as copy:
        for sound in _sound(source, silences):
            copy.append(g711.encode(sound[:, 0]), g711.encode(sound[:, 1]))


def as_base64(source: Path, silences: Sequence[Silence]) -> Iterator[str]:
    """Yield the recording as base64 of a µ-law WAV: half the room, and every browser plays it.

    Nothing is lost: what was recorded came as µ-law. Raises OSError.
    """
    count = sum(len(sound) for sound in pieces(source))
    rest = _ulaw_header(count * _CHANNELS)
    for sound in _sound(source, silences):
        data = rest + g711.encode(np.ascontiguousarray(sound).reshape(-1))
        whole = len(data) - len(data) % 3
        rest = data[whole:]
        yield base64.b64encode(data[:whole]).decode("ascii")
    yield base64.b64encode(rest).decode("ascii")


def _sound(source: Path, silences: Sequence[Silence]) -> Iterator[NDArray[np.int16]]:
    """Yield all rows of (caller, ours), silenced."""
    return mute(pieces(source), silences, SAMPLE_RATE_HZ)


def _ulaw_header(data_bytes: int) -> bytes:
    """The form for sound that is not PCM: with the length of an extension, and a count of samples."""
    rate = SAMPLE_RATE_HZ
    shape = struct.pack("<HHIIHHH", _ULAW, _CHANNELS, rate, rate * _CHANNELS, _CHANNELS, 8, 0)
    fact = struct.pack("<4sII", b"fact", 4, data_bytes // _CHANNELS)
    head = struct.pack("<4sI", b"fmt ", len(shape)) + shape + fact + struct.pack("<4sI", b"data", data_bytes)
    return struct.pack("<4sI4s", b"RIFF", 4 + len(head) + data_bytes, b"WAVE") + head
