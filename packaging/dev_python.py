"""Finds a Python that fits, for when dev.py was started with one that does not."""

from __future__ import annotations

import os
import shutil
import subprocess


def find_python(oldest: tuple[int, int], newest: tuple[int, int]) -> str | None:
    """Return the path of an installed Python from `oldest` to `newest`, newest first; None if none works."""
    for minor in range(newest[1], oldest[1] - 1, -1):
        version = f"{newest[0]}.{minor}"
        starters = [["py", f"-{version}"]] if os.name == "nt" else [[f"python{version}"]]
        for words in starters:
            # Being on the path is not enough: version managers put names there that only print an error.
            if shutil.which(words[0]) and (path := _executable(words, version)):
                return path
    return None


def _executable(words: list[str], version: str) -> str | None:
    probe = "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable)"
    answer = subprocess.run([*words, "-c", probe], capture_output=True, text=True, check=False)
    lines = answer.stdout.splitlines()
    return lines[1] if answer.returncode == 0 and lines[:1] == [version] else None
