"""One window per data folder, between real processes: shown, killed, silent, ending, two side by side."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from copilot_desktop.ui.presence.single_instance import Claim, SingleInstance
from copilot_desktop.window import ALREADY_OPEN, PRACTISE_THERE

ROOT = Path(__file__).parents[2]
needs_signals = pytest.mark.skipif(
    sys.platform == "win32", reason="a process cannot be stopped for a while there"
)
_FIRST = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication, QSocketNotifier
from copilot_desktop.ui.presence.single_instance import SingleInstance

one = SingleInstance(Path(sys.argv[1]))
print(one.claim(), flush=True)
app = QCoreApplication(sys.argv[:1])
one.listen()
one.show_asked.connect(lambda: print("asked to show itself", flush=True))
orders = QSocketNotifier(0, QSocketNotifier.Type.Read)

def obey():
    if sys.stdin.readline().strip() == "begin to end":
        one.close_door()
        print("ending", flush=True)
    else:
        one.release()
        app.quit()

orders.activated.connect(obey)
print("listening", flush=True)
app.exec()
"""

Start = Callable[[Path], "First"]


class First:
    """Another process that has the window of a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-c", _FIRST, str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.line() == "first"
        assert self.line() == "listening"

    def line(self) -> str:
        """The next thing it says."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def order(self, words: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{words}\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts first ones, and ends them."""
    made: list[First] = []

    def begin(folder: Path) -> First:
        made.append(First(folder))
        return made[-1]

    yield begin
    for each in made:
        each.kill()
        _sweep(each.folder)
        for pipe in (each.process.stdin, each.process.stdout):
            if pipe is not None:
                pipe.close()


def _sweep(folder: Path) -> None:
    """Remove the socket that a killed one has left."""
    QLocalServer.removeServer(SingleInstance(folder)._name)


@pytest.fixture
def second(tmp_path: Path) -> Iterator[SingleInstance]:
    """The one that comes second, in this process."""
    made = SingleInstance(tmp_path)
    yield made
    made.release()


def test_the_second_has_the_first_shown(tmp_path: Path, start: Start, second: SingleInstance) -> None:
    first = start(tmp_path)
    assert second.claim() is Claim.SHOWN
    assert first.line() == "asked to show itself"
    assert second.claim() is Claim.SHOWN, "as often as it is asked"


def test_however_the_folder_is_written(tmp_path: Path, start: Start) -> None:
    start(tmp_path)
    (tmp_path / "sub").mkdir()
    second = SingleInstance(tmp_path / "sub" / "..")
    assert second.claim() is Claim.SHOWN


def test_two_folders_have_a_window_each(tmp_path: Path, start: Start) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        start(tmp_path / name)
    for name in ("one", "two"):
        assert SingleInstance(tmp_path / name).claim() is Claim.SHOWN


def test_a_killed_one_is_succeeded(tmp_path: Path, start: Start, second: SingleInstance) -> None:
    start(tmp_path).kill()
    assert (tmp_path / "window.lock").exists(), "it could not tidy up"
    assert second.claim() is Claim.FIRST


@needs_signals
def test_a_killed_one_is_succeeded_though_another_process_has_its_number(
    tmp_path: Path, start: Start, second: SingleInstance
) -> None:
    start(tmp_path).kill()
    other = start(tmp_path / "..")
    lock = tmp_path / "window.lock"
    number, rest = lock.read_text().split("\n", 1)
    assert int(number) != other.process.pid
    lock.write_text(f"{other.process.pid}\n{rest}")
    assert second.claim(wait_s=0.2) is Claim.FIRST


def test_the_successor_is_found_in_turn(
    tmp_path: Path, start: Start, second: SingleInstance, qtbot: QtBot
) -> None:
    start(tmp_path).kill()
    assert second.claim() is Claim.FIRST
    second.listen()
    with qtbot.waitSignal(second.show_asked):
        third = subprocess.Popen(
            [sys.executable, "-c", _FIRST, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
    assert third.stdout is not None
    with third.stdout as said:
        assert said.readline().strip() == "shown"
    third.kill()
    third.wait()


@needs_signals
def test_one_that_does_not_answer_keeps_its_folder(
    tmp_path: Path, start: Start, second: SingleInstance
) -> None:
    first = start(tmp_path)
    first.process.send_signal(signal.SIGSTOP)
    assert second.claim(wait_s=0.3) is Claim.SILENT
    first.process.send_signal(signal.SIGCONT)
    assert second.claim() is Claim.SHOWN


def test_one_that_ends_is_waited_for(tmp_path: Path, start: Start, second: SingleInstance) -> None:
    first = start(tmp_path)
    first.order("begin to end")
    assert first.line() == "ending"
    assert second.claim(wait_s=0.2) is Claim.SILENT
    first.order("end")
    assert second.claim() is Claim.FIRST


def test_only_this_user_may_ask(tmp_path: Path, second: SingleInstance, qapp: QApplication) -> None:
    second.claim()
    second.listen()
    assert second._server is not None
    if sys.platform != "win32":
        assert os.stat(second._server.fullServerName()).st_mode & 0o077 == 0
    assert str(tmp_path) not in second._server.fullServerName(), "a name of a folder is nobody's business"


@pytest.mark.parametrize("words", [b"GET / HTTP/1.1\r\n", b"x" * 5000, b"\n", b"\xff\xfe\n"])
def test_strange_words_change_nothing(
    words: bytes, second: SingleInstance, qtbot: QtBot, qapp: QApplication
) -> None:
    second.claim()
    second.listen()
    stranger = QLocalSocket()
    stranger.connectToServer(second._name)
    with qtbot.assertNotEmitted(second.show_asked), qtbot.waitSignal(stranger.disconnected):
        stranger.write(words)
    qtbot.waitUntil(lambda: not second._guests)


@pytest.mark.realtime
def test_a_crowd_of_silent_guests_is_shown_out(
    second: SingleInstance, qtbot: QtBot, qapp: QApplication
) -> None:
    second.claim()
    second.listen()
    guests = [QLocalSocket() for _ in range(30)]
    for guest in guests:
        guest.connectToServer(second._name)
        QApplication.processEvents()
    assert len(second._guests) <= 8
    qtbot.waitUntil(lambda: not second._guests, timeout=4000)


@pytest.mark.realtime
def test_the_program_itself(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "copilot_desktop"]
    folder = ["--data-dir", str(tmp_path)]
    # Without a display, a window that nobody sees.
    place = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    first = subprocess.Popen(
        [*command, *folder], cwd=ROOT, env=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while not (tmp_path / "window.lock").exists():
            assert first.poll() is None
        for words, told in ([], f"{ALREADY_OPEN}\n"), (["practice"], f"{ALREADY_OPEN}\n{PRACTISE_THERE}\n"):
            second = subprocess.run(
                [*command, *words, *folder], cwd=ROOT, env=place, capture_output=True, text=True, check=False
            )
            assert (second.returncode, second.stdout, second.stderr) == (0, told, "")
        assert first.poll() is None, "it goes on"
    finally:
        first.kill()
        first.wait()
        _sweep(tmp_path)
