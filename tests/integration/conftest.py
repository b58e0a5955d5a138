"""Both loops that the program runs on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Run


@pytest.fixture(params=["asyncio", "qasync"])
def on_loop(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Run on a plain loop, and on the window's."""
    if request.param == "asyncio":
        return asyncio.run
    runner: Run[Any] = request.getfixturevalue("qasync_run")
    return runner
