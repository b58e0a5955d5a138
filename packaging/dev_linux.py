"""The packaged folder as a Debian package, and as a `.tar.gz` that any Linux unpacks and starts."""

from __future__ import annotations

import platform
import shutil
import subprocess
import tarfile
from pathlib import Path

from dev_say import DevError, say

PACKAGE = "ai-call-copilot"
HERE = Path(__file__).resolve().parent / "linux"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
NEEDS = (
    "libegl1, libgl1, libfontconfig1, libdbus-1-3, libxcb-cursor0, libxcb-icccm4, libxcb-keysyms1, "
    "libxkbcommon-x11-0, libpulse0"
)
"""What no program brings along itself: drawing, windows and sound of the system."""


def make_packages(folder: Path, work: Path, out: Path, version: str) -> None:
    """Write both beside `folder`."""
    machine = platform.machine()
    _write_tar(folder, work, out / f"{PACKAGE}-{version}-linux-{machine}.tar.gz")
    if shutil.which("dpkg-deb"):
        _write_deb(folder, work, out, version, _ARCHITECTURES.get(machine, machine))
    else:
        say("no dpkg-deb here: no Debian package")


def _write_tar(folder: Path, work: Path, path: Path) -> None:
    """Everything in one folder: `AppRun` starts it where it lies, `install.sh` puts it into the menu."""
    with tarfile.open(path, "w:gz", compresslevel=6) as tar:
        tar.add(folder, f"{PACKAGE}/{folder.name}")
        tar.add(HERE / f"{PACKAGE}.desktop", f"{PACKAGE}/{PACKAGE}.desktop")
        tar.add(work / "icon.png", f"{PACKAGE}/{PACKAGE}.png")
        for script in ("AppRun", "install.sh"):
            tar.add(HERE / script, f"{PACKAGE}/{script}", filter=_runnable)
    say(f"{path.name}: {path.stat().st_size // 10**6} MB")


def _runnable(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.mode = 0o755
    return entry


def _write_deb(folder: Path, work: Path, out: Path, version: str, architecture: str) -> None:
    root = work / "deb"
    shutil.copytree(folder, root / "opt" / PACKAGE, symlinks=True)
    _put(HERE / f"{PACKAGE}.desktop", root / "usr/share/applications" / f"{PACKAGE}.desktop")
    _put(work / "icon.png", root / "usr/share/icons/hicolor/256x256/apps" / f"{PACKAGE}.png")
    command = root / "usr/bin" / folder.name
    command.parent.mkdir(parents=True)
    command.symlink_to(f"/opt/{PACKAGE}/{folder.name}")
    kilobytes = sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) // 1024
    control = (HERE / "control.txt").read_text(encoding="utf-8")
    target = root / "DEBIAN" / "control"
    target.parent.mkdir()
    target.write_text(
        control.format(version=version, architecture=architecture, size=kilobytes, needs=NEEDS),
        encoding="utf-8",
    )
    deb = out / f"{PACKAGE}_{version}_{architecture}.deb"
    words = ["dpkg-deb", "--root-owner-group", "-Zxz", "-z1", "--build", str(root), str(deb)]
    if subprocess.run(words, check=False, stdout=subprocess.DEVNULL).returncode:
        raise DevError("dpkg-deb failed; see above.")
    say(f"{deb.name}: {deb.stat().st_size // 10**6} MB")


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
