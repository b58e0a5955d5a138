"""The shipped documents and playbook with the real embedding model, made once a session."""

from __future__ import annotations

from pathlib import Path

import pytest

from copilot_desktop.config import resources
from copilot_desktop.engines.local_embedder import LocalEmbedder
from copilot_desktop.knowledge.library import Library
from copilot_desktop.knowledge.meaning import RememberingEmbedder
from copilot_desktop.knowledge.playbook import Playbook
from copilot_desktop.knowledge.playbook_reader import load_playbook
from copilot_desktop.knowledge.playbook_writer import PlaybookWriter


@pytest.fixture(scope="session")
def shipped() -> Path:
    return resources()


@pytest.fixture(scope="session")
def embedder(shipped: Path) -> RememberingEmbedder:
    return RememberingEmbedder(LocalEmbedder(shipped / "models" / "minilm" / "tokenizer.json"))


@pytest.fixture(scope="session")
def library(embedder: RememberingEmbedder, shipped: Path) -> Library:
    library = Library(embedder, [shipped / "knowledge"], trusted=shipped / "knowledge")
    library.load()
    return library


@pytest.fixture(scope="session")
def playbook(shipped: Path) -> Playbook:
    return load_playbook(shipped / "playbooks" / "customer-service.md")


@pytest.fixture(scope="session")
def writer(library: Library, playbook: Playbook, embedder: RememberingEmbedder) -> PlaybookWriter:
    writer = PlaybookWriter(library.sure(), playbook, embedder)
    writer.load()
    return writer
