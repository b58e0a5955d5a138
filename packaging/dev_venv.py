"""`.venv`: made, filled from the lock, and recognised as ready in a few milliseconds.

A stamp in `.venv` tells which Python made it and which locks it holds. The stamp is taken away before an
installation and written after it, so whatever interrupts one, the next start sees an unfinished `.venv`.
"""

from __future__ import annotations

import hashlib
import os
import sys
from enum import Enum
from pathlib import Path

from dev_say import DevError, say

OLDEST, NEWEST = (3, 11), (3, 13)
NEEDED_BYTES = 2_500_000_000
STAMP = "dev-stamp.txt"


class Kind(Enum):
    """What a `.venv` is for; the value is the lock's name in packaging/. DEV holds all that RUN does."""

    RUN = "requirements.txt"
    DEV = "requirements-dev.txt"


RUN, DEV = Kind.RUN, Kind.DEV


def use_fitting_python(arguments: list[str]) -> None:
    """If this Python is too old or too new, start again under one that fits.

    Raises:
        DevError: there is none.
    """
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return
    from dev_python import find_python

    python = find_python(OLDEST, NEWEST)
    if python is None:
        here, oldest, newest = (".".join(map(str, v)) for v in (sys.version_info[:2], OLDEST, NEWEST))
        raise DevError(f"this is Python {here}; install one from {oldest} to {newest} and use it instead.")
    import subprocess

    words = [python, str(Path(__file__).with_name("dev.py")), *arguments]
    raise SystemExit(subprocess.run(words, check=False).returncode)


def prepare(root: Path, kind: Kind) -> Path:
    """Return the Python of `root/.venv`, which then holds exactly the locked requirements of `kind`.

    Raises:
        DevError: it cannot be made or filled.
    """
    python = venv_python(root)
    if is_ready(root, kind):
        return python
    from dev_install import fill, make_venv, only_one

    with only_one(root / ".venv.lock"):
        # Another dev.py may have done it while this one waited.
        if is_ready(root, kind):
            return python
        if not _is_sound(root):
            make_venv(root)
        # A .venv with the tools keeps them: the smaller lock alone would leave them at old versions.
        if _read_stamp(root).get(DEV.name):
            kind = DEV
        (root / ".venv" / STAMP).unlink(missing_ok=True)
        fill(root, root / "packaging" / kind.value)
        _write_stamp(root, kind)
    say(f".venv is ready ({root / '.venv'})")
    return python


def venv_python(root: Path) -> Path:
    return root / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def is_ready(root: Path, kind: Kind) -> bool:
    """Tell whether `.venv` was made by this version of Python and holds the present lock of `kind`."""
    stamp = _read_stamp(root)
    return (
        stamp.get("python") == _version()
        and stamp.get(kind.name) == lock_hash(root, kind)
        and venv_python(root).exists()
    )


def lock_hash(root: Path, kind: Kind) -> str:
    """Return the lock's hash, the same whatever line ends the checkout has."""
    try:
        text = (root / "packaging" / kind.value).read_bytes()
    except FileNotFoundError:
        raise DevError(f"packaging/{kind.value} is missing; restore it from the repository.") from None
    return hashlib.sha256(text.replace(b"\r\n", b"\n")).hexdigest()


def _version() -> str:
    return ".".join(map(str, sys.version_info[:2]))


def _read_stamp(root: Path) -> dict[str, str]:
    try:
        lines = (root / ".venv" / STAMP).read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    return dict(line.split(" ", 1) for line in lines if " " in line)


def _write_stamp(root: Path, kind: Kind) -> None:
    held = [RUN, DEV] if kind is DEV else [RUN]
    lines = [f"python {_version()}", *(f"{each.name} {lock_hash(root, each)}" for each in held)]
    fresh = root / ".venv" / f"{STAMP}.new"
    fresh.write_text("\n".join(lines) + "\n", encoding="utf-8")
    fresh.replace(root / ".venv" / STAMP)


def _is_sound(root: Path) -> bool:
    """Tell whether `.venv` is of this version of Python and has a pip that starts; else it must be made anew.

    A `.venv` cut short may still start the Python of the system, and its pip would then fill the system.
    """
    import subprocess

    probe = "import sys, pip; print('%d.%d' % sys.version_info[:2]); print(pip.__file__)"
    try:
        words = [str(venv_python(root)), "-c", probe]
        answer = subprocess.run(words, capture_output=True, text=True, check=False)
    except OSError:
        return False
    version, _, pip = answer.stdout.strip().partition("\n")
    is_its_own = Path(pip).resolve().is_relative_to((root / ".venv").resolve())
    return answer.returncode == 0 and version == _version() and is_its_own
