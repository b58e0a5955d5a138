"""Whether the model files on this machine are the ones this program was measured with. For the self-check."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from copilot_desktop.engines import local_embedder
from copilot_desktop.engines.hearing import silero, whisper_model
from copilot_desktop.engines.voice import local_voice


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of an engine. `is_right` is False for a file that is missing or differs."""

    engine: str
    path: Path | None
    is_right: bool


def verify(tokenizer_path: Path) -> list[ModelFile]:
    """Read every bundled model file and compare its SHA-256. Blocks for some 0.2 s; never raises."""
    return [
        _check(whisper_model.NAME, whisper_model.bundled_file, whisper_model.SHA256),
        _check(local_voice.NAME, local_voice.bundled_model, local_voice.SHA256),
        _check(silero.NAME, silero.bundled_file, silero.SHA256),
        _check(local_embedder.NAME, local_embedder.bundled_model, local_embedder.MODEL_SHA256),
        _check(local_embedder.NAME, lambda: tokenizer_path, local_embedder.TOKENIZER_SHA256),
    ]


def _check(engine: str, find: Callable[[], Path], expected: str) -> ModelFile:
    try:
        path = find()
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except (ImportError, OSError):
        return ModelFile(engine, None, is_right=False)
    return ModelFile(engine, path, digest == expected)
