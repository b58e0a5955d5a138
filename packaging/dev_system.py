"""The system libraries that Qt and the sound need and that a bare Linux may lack.

On Debian and its children what lacks is installed with apt, if that is allowed without asking for a password;
elsewhere one line says what to type. The program starts without most of them, only less able, so nothing here
stops it.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from dev_say import say

LIBRARIES = {
    # The sound: Qt Multimedia does not even import without it.
    "libpulse.so.0": "libpulse0",
    # Any Qt window, also an offscreen one.
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
    # A window on an X display.
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
TEST_PROGRAMS = {"Xvfb": "xvfb"}
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
TRIED = "dev-apt-tried.txt"


def check(root: Path, *, is_for_tests: bool) -> None:
    """See to the system libraries; says what lacks and cannot be installed, and goes on."""
    if not sys.platform.startswith("linux"):
        return
    missing = missing_packages(is_for_tests=is_for_tests)
    if not missing:
        return
    tried = root / ".venv" / TRIED
    # One failed attempt is enough: trying at every start would cost seconds each time.
    if not _was_tried(tried, missing):
        if install_with_apt(missing):
            return
        _remember(tried, missing)
    say(f"missing on this system: {', '.join(missing)}. To install: {remedy(missing)}")


def missing_packages(*, is_for_tests: bool) -> list[str]:
    """Return the Debian names of what lacks on this system."""
    missing = [package for library, package in LIBRARIES.items() if not _loads(library)]
    if not _has_fonts():
        missing.append("fonts-dejavu-core")
    if is_for_tests:
        missing += [package for program, package in TEST_PROGRAMS.items() if not shutil.which(program)]
    return missing


def has_apt() -> bool:
    return shutil.which("apt-get") is not None


def remedy(packages: list[str]) -> str:
    """Return the one line to type."""
    if has_apt():
        return f"sudo apt-get install {' '.join(packages)}"
    return "your system's package manager has them, perhaps under slightly different names"


def install_with_apt(packages: list[str]) -> bool:
    """Install Debian packages if this may be done without a question; returns whether they are installed."""
    prefix = _root_prefix() if has_apt() else None
    if prefix is None:
        return False
    say(f"installing with apt-get: {' '.join(packages)}")
    words = ["install", "--yes", "--no-install-recommends", *packages]
    # A machine that was never updated knows no packages: then the lists first, and again.
    is_installed = _apt(prefix, words) or (_apt(prefix, ["update"]) and _apt(prefix, words))
    if not is_installed:
        say("apt-get could not install them")
    return is_installed


def _root_prefix() -> list[str] | None:
    """Return the words to put before a command that needs root; None if that would ask for a password."""
    import subprocess

    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        return None
    may = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    return ["sudo", "-n"] if may else None


def _apt(prefix: list[str], words: list[str]) -> bool:
    import subprocess

    command = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet=2"]
    command += ["-o", "DPkg::Lock::Timeout=120", "-o", "Dpkg::Use-Pty=0", *words]
    # stdout belongs to the command that dev.py runs, so what apt says goes to stderr.
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=2, check=False)
    return ended.returncode == 0


def _loads(library: str) -> bool:
    import ctypes

    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _has_fonts() -> bool:
    """Tell whether there is any font; without one, Qt shows windows without text."""
    for folder in FONT_FOLDERS:
        for _, _, files in os.walk(Path(folder).expanduser()):
            if any(name.lower().endswith((".ttf", ".otf", ".ttc", ".pfb")) for name in files):
                return True
    return False


def _was_tried(tried: Path, missing: list[str]) -> bool:
    try:
        return tried.read_text(encoding="utf-8").split() == missing
    except OSError:
        return False


def _remember(tried: Path, missing: list[str]) -> None:
    # On the very first start there is no .venv to keep it in; then it is tried once more.
    if tried.parent.is_dir():
        tried.write_text("\n".join(missing) + "\n", encoding="utf-8")
