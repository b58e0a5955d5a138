"""All engines together, their files, and the embedder."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import numpy as np
import pytest

from copilot_desktop.audio.frame import SILENCE, AudioFrame
from copilot_desktop.calls.errors import EngineError, EngineUnavailable
from copilot_desktop.config import resources
from copilot_desktop.engines.local import LocalEngines
from copilot_desktop.engines.local_embedder import WIDTH, LocalEmbedder
from copilot_desktop.engines.model_files import verify
from tests.support.local_engines import local_engines

TOKENIZER = resources() / "models" / "minilm" / "tokenizer.json"


def test_ready_means_everything_has_run(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "copilot.engines")

    async def main() -> None:
        engines = local_engines()
        waiting = asyncio.create_task(engines.wait_ready())
        await engines.load()
        await waiting
        assert engines.is_ready
        assert engines.new_detector().hear(AudioFrame(SILENCE, 0)) < 0.5

    asyncio.run(main())
    assert "transcriber, first run" in caplog.text


def test_a_failure_reaches_everybody_who_waits(tmp_path: Path) -> None:
    async def main() -> None:
        engines, loaded = LocalEngines(tmp_path / "missing.json"), local_engines()
        engines.voice, engines.transcriber = loaded.voice, loaded.transcriber
        waiting = asyncio.create_task(engines.wait_ready())
        with pytest.raises(EngineUnavailable):
            await engines.load()
        with pytest.raises(EngineError):
            await waiting
        assert not engines.is_ready

    asyncio.run(main())


def test_the_model_files_are_the_ones_we_measured_with(tmp_path: Path) -> None:
    assert [file for file in verify(TOKENIZER) if not file.is_right] == []
    *right, wrong = verify(tmp_path / "missing.json")
    assert (wrong.is_right, wrong.path) == (False, None)
    other = tmp_path / "tokenizer.json"
    other.write_text("{}")
    assert not verify(other)[-1].is_right


def test_meaning_beats_words() -> None:
    embedder = local_engines().embedder
    asked, fitting, other = embedder.embed(
        [
            "Can I get my money back?",
            "Refunds are paid within five days after we receive the goods.",
            "Our stores open at nine in the morning.",
        ]
    )
    assert len(asked) == WIDTH
    assert asked @ fitting > asked @ other + 0.15


def test_the_embedder_loads_once_from_any_thread() -> None:
    async def main() -> list[np.ndarray[tuple[int, int], np.dtype[np.float32]]]:
        embedder = LocalEmbedder(TOKENIZER)
        return list(await asyncio.gather(*(asyncio.to_thread(embedder.embed, ["hello"]) for _ in range(3))))

    first, *others = asyncio.run(main())
    assert all(np.array_equal(first, other) for other in others)


def test_a_broken_model_is_an_engine_error(tmp_path: Path) -> None:
    model = tmp_path / "model.onnx"
    model.write_bytes(b"no model")
    with pytest.raises(EngineUnavailable):
        LocalEmbedder(TOKENIZER, model=model).load()
