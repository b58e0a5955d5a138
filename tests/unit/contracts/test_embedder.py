"""What every Embedder promises."""

from __future__ import annotations

import numpy as np
import pytest

from copilot_desktop.calls.ports import Embedder
from copilot_desktop.engines.scripted import ScriptedEmbedder
from tests.support.local_engines import local_engines

TEXTS = ["Where is my order?", "The order is where my neighbour lives.", "Bananas are yellow."]


@pytest.fixture(params=["local", "scripted"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    return local_engines().embedder if request.param == "local" else ScriptedEmbedder()


def test_one_row_of_length_one_a_text(embedder: Embedder) -> None:
    rows = embedder.embed(TEXTS)
    assert rows.shape[0] == len(TEXTS)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-4)


def test_no_text_is_no_row(embedder: Embedder) -> None:
    width = embedder.embed(TEXTS).shape[1]
    assert embedder.embed([]).shape == (0, width)


def test_a_text_does_not_depend_on_its_neighbours(embedder: Embedder) -> None:
    alone = embedder.embed([TEXTS[1]])[0]
    assert np.array_equal(embedder.embed(TEXTS)[1], alone)


def test_likeness_is_greater_for_what_is_alike(embedder: Embedder) -> None:
    order, neighbour, banana = embedder.embed(TEXTS)
    assert order @ neighbour > order @ banana


@pytest.mark.parametrize("odd", ["", " ", "?", "é" * 5000])
def test_odd_texts_have_a_meaning_too(embedder: Embedder, odd: str) -> None:
    assert np.isfinite(embedder.embed([odd])).all()
