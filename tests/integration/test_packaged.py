"""The packaged program on a machine that knows no Python: a practice call, its report, a window.

Runs where `dev.py build` has left a folder in `dist/`, or where TEST_PACKAGED names one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from copilot_desktop import __version__
from tests.support.x_screen import Screen

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("TEST_PACKAGED", ROOT / "dist" / "copilot-desktop"))
PROGRAM = FOLDER / ("copilot-desktop.exe" if sys.platform == "win32" else "copilot-desktop")
LIMIT_S = 150
TITLE = "AI Call CoPilot"
SHOTS = os.environ.get("TEST_SHOTS", "")

pytestmark = [
    pytest.mark.busy,
    pytest.mark.skipif(not PROGRAM.exists(), reason="`dev.py build` has not been run"),
]


@pytest.fixture(scope="module")
def installed() -> Iterator[Path]:
    """The folder as an installer leaves it: not for this person to write."""
    modes = {path: path.stat().st_mode for path in (FOLDER, *FOLDER.rglob("*")) if path.is_dir()}
    for path in modes:
        path.chmod(0o555)
    yield PROGRAM
    for path, mode in modes.items():
        path.chmod(mode)


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a person who has a home and nothing else."""
    home = tmp_path / "home"
    home.mkdir()
    needed = {"SYSTEMROOT": os.environ["SYSTEMROOT"]} if sys.platform == "win32" else {}
    return {"HOME": str(home), "PATH": str(home), "QT_QPA_PLATFORM": "offscreen", **needed}


def _run(program: Path, machine: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program, *arguments], env=machine, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )


def test_it_is_this_version_and_brings_its_licences(installed: Path, machine: dict[str, str]) -> None:
    told = _run(installed, machine, "--version")
    assert told.stdout.strip() == f"copilot-desktop {__version__}", told.stderr
    licences = (FOLDER / "_internal" / "resources" / "licences.txt").read_text(encoding="utf-8")
    for part in ("PySide6", "openai", "twilio", "quart", "numpy", "ctranslate2"):
        assert re.search(rf"^{part}\S* [\d.]+\S*: \S", licences, re.IGNORECASE | re.MULTILINE), part
    assert "pytest" not in licences


def test_a_practice_call_and_its_report(installed: Path, machine: dict[str, str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    played = _run(installed, machine, "practice", "--terminal", "--export", str(out))
    assert played.returncode == 0, played.stderr
    assert "Caller" in played.stdout
    (pdf,) = out.glob("PRACTICE_*.pdf")
    text = "".join(page.extract_text() for page in PdfReader(pdf).pages)
    assert "lamp" in text
    again = _run(installed, machine, "export", "last", "--format", "json", "--to", str(out / "again.json"))
    assert again.returncode == 0, again.stderr
    assert json.loads((out / "again.json").read_text(encoding="utf-8"))
    # The models' library writes there what it would send to its maker.
    assert not list(Path(machine["HOME"]).rglob("onnxruntime*"))


@pytest.mark.skipif(not shutil.which("Xvfb"), reason="there is no Xvfb")
def test_a_practice_call_in_its_window(installed: Path, machine: dict[str, str], tmp_path: Path) -> None:
    with Screen() as screen:
        there = {**machine, "QT_QPA_PLATFORM": "xcb", "DISPLAY": screen.display}
        began_s = time.monotonic()
        with subprocess.Popen([installed, "practice", "--mode", "ai"], env=there) as program:
            try:
                screen.until_title(TITLE, LIMIT_S)
                print(f"\nwindow after {time.monotonic() - began_s:.2f} s")
                # In its first moments a ring takes no key.
                screen.until_title("AI is speaking", LIMIT_S, lambda: screen.press("Incoming call", "F2"))
                time.sleep(8)
                shot = Path(SHOTS or tmp_path) / "packaged.png"
                assert screen.picture(shot) > 20, "something is drawn"
                _until(lambda: _calls(installed, machine)[0]["outcome"] == "completed")
                _until(lambda: _has_ended(screen, program))
                assert program.returncode == 0
            finally:
                program.kill()


def _has_ended(screen: Screen, program: subprocess.Popen[bytes]) -> bool:
    screen.press(TITLE, "q", "Control_L")
    return program.poll() is not None


def _calls(program: Path, machine: dict[str, str]) -> list[dict[str, Any]]:
    listed = _run(program, machine, "calls", "--json")
    found: list[dict[str, Any]] = json.loads(listed.stdout)
    return found


def _until(is_so: Any) -> None:
    deadline_s = time.monotonic() + LIMIT_S
    while not is_so():
        assert time.monotonic() < deadline_s, "it never came so far"
        time.sleep(1)
