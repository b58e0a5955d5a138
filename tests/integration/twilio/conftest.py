"""Peers that we did not write. Where one is absent, its tests are skipped with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import node_peers


@pytest.fixture(scope="module")
def prism_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that holds every request against Twilio's own description of its REST interface."""
    _need_node()
    description = node_peers.description()
    if not description.is_file():
        pytest.skip(
            f"{description.name}, Twilio's own description, is not here; API_DESCRIPTIONS may name its folder"
        )
    port, log = node_peers.free_port(), tmp_path_factory.mktemp("prism") / "log.txt"
    arguments = ["mock", "--verboseLevel", "error", "--port", str(port), str(description)]
    with node_peers.running(node_peers.PRISM, arguments, port, log) as url:
        yield url


@pytest.fixture
def emulated_twilio(tmp_path: Path) -> Iterator[str]:
    """An emulation of Twilio, fresh: REST, and signed requests to the addresses of its numbers."""
    _need_node()
    with node_peers.twilio(tmp_path) as url:
        yield url


def _need_node() -> None:
    if reason := node_peers.missing():
        pytest.skip(reason)
