"""What holds for every test: no real account, no screen, no warning that nobody expected."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from collections.abc import Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import hypothesis
import pytest

from tests.support.virtual_time import run_virtual

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

T = TypeVar("T")
Run = Callable[[Coroutine[Any, Any, T]], T]

# Before anything imports Qt, and for the processes that tests start.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# The developer's own accounts, settings and key store are none of the tests' business.
os.environ["COPILOT_ENV_FILE"] = os.devnull
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
for _name in tuple(os.environ):
    if _name.startswith(("OPENAI_", "TWILIO_", "COPILOT_")) and _name != "COPILOT_ENV_FILE":
        del os.environ[_name]
for _name in ("TWIML_APP_SID", "STREAM_PORT", "PUBLIC_BASE_URL", "FLASK_SOCKET_URL"):
    os.environ.pop(_name, None)
for _name in ("NGROK_AUTHTOKEN", "TUNNEL_TOKEN"):  # Of other programs too, and never needed by a test.
    os.environ.pop(_name, None)

# How long something takes is measured by benchmarks: machines are noisy.
hypothesis.settings.register_profile("tests", deadline=None)
hypothesis.settings.load_profile("tests")

_WATCHED = ("copilot", "asyncio", "qasync")


class _Collector(logging.Handler):
    """Keeps what is serious."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(autouse=True)
def _no_unexpected_warnings(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test whose code logs a warning or worse, unless it is marked `allow_warnings`.

    asyncio logs there what nobody awaited, so a task that failed alone fails the test too.
    """
    collector = _Collector()
    loggers = [logging.getLogger(name) for name in _WATCHED]
    for logger in loggers:
        logger.addHandler(collector)
    yield
    for logger in loggers:
        logger.removeHandler(collector)
    if collector.records and not request.node.get_closest_marker("allow_warnings"):
        formatter = logging.Formatter("%(levelname)s %(name)s: %(message)s")
        lines = "\n".join(formatter.format(record) for record in collector.records)
        pytest.fail(f"unexpected in the log:\n{lines}", pytrace=False)


@pytest.fixture
def run() -> Run[Any]:
    """Run a coroutine under virtual time; tasks it leaves running fail the test."""
    return run_virtual


@pytest.fixture(scope="session")
def _used_qt_loops(qapp: QApplication) -> Iterator[list[asyncio.AbstractEventLoop]]:
    """Keeps used loops until the end, for their Qt timers may only be destroyed on this thread.

    Left to the garbage collector, which runs in any thread, they crash the process now and then.
    """
    loops: list[asyncio.AbstractEventLoop] = []
    yield loops
    loops.clear()
    gc.collect()


@pytest.fixture
def qasync_run(qapp: QApplication, _used_qt_loops: list[asyncio.AbstractEventLoop]) -> Run[Any]:
    """Run a coroutine on a qasync loop in real time; tasks it leaves running fail the test.

    The only place that makes a qasync loop. Not together with `qtbot`'s waiting: that spins its own loop.
    """
    from qasync import QEventLoop

    def on_qt(main: Coroutine[Any, Any, T]) -> T:
        loop = QEventLoop(qapp)
        _used_qt_loops.append(loop)
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            return runner.run(_leaving_nothing(main))

    return on_qt


async def _leaving_nothing(main: Coroutine[Any, Any, T]) -> T:
    result = await main
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert not left, f"tasks left running: {left}"
    return result
