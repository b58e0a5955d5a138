"""packaging/dev.py makes, mends and stamps a real `.venv`; with an empty lock, so no network is needed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = 'import sys\n\nprint("started", *sys.argv[1:])\n'


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with dev.py, an empty lock and a program that only says it started."""
    root = tmp_path_factory.mktemp("a clone")
    (root / "packaging").mkdir()
    for source in (ROOT / "packaging").glob("dev*.py"):
        shutil.copy(source, root / "packaging")
    (root / "copilot_desktop").mkdir()
    (root / "copilot_desktop" / "__init__.py").write_text("")
    (root / "copilot_desktop" / "__main__.py").write_text(PROGRAM)
    write_locks(root, "# nothing\n")
    return root


def write_locks(root: Path, text: str) -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        (root / "packaging" / name).write_text(text)


def start(root: Path, *, cwd: Path | None = None) -> subprocess.Popen[str]:
    words = [sys.executable, str(root / "packaging" / "dev.py"), "run", "one", "--two"]
    pipe = subprocess.PIPE
    return subprocess.Popen(words, stdout=pipe, stderr=pipe, text=True, cwd=cwd)


def test_fresh_clone_with_two_at_once_then_every_mishap(clone: Path, tmp_path: Path) -> None:
    both = [start(clone), start(clone)]
    said = [process.communicate(timeout=300) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert [out for out, _ in said] == ["started one --two\n"] * 2
    assert sum("making .venv" in err for _, err in said) == 1

    assert outcome(clone) == "nothing done"
    assert outcome(clone, cwd=tmp_path) == "nothing done"

    write_locks(clone, "# nothing, but otherwise\n")
    assert outcome(clone) == "filled"
    assert outcome(clone) == "nothing done"

    stray = next((clone / ".venv").rglob("site-packages")) / "stray-1.0.dist-info"
    stray.mkdir()
    (stray / "METADATA").write_text("Metadata-Version: 2.1\nName: stray\nVersion: 1.0\n")
    (stray / "RECORD").write_text("stray-1.0.dist-info/METADATA,,\nstray-1.0.dist-info/RECORD,,\n")
    (clone / ".venv" / "dev-stamp.txt").unlink()  # as an interrupted installation leaves it
    assert outcome(clone) == "filled"
    assert not stray.exists()

    configuration = clone / ".venv" / "pyvenv.cfg"
    configuration.write_text("")  # a .venv that an interrupted `venv` or a careless hand left
    shutil.rmtree(next((clone / ".venv").rglob("site-packages")))
    (clone / ".venv" / "dev-stamp.txt").unlink()
    assert outcome(clone) == "made anew"


def outcome(root: Path, cwd: Path | None = None) -> str:
    """Start once more and tell what dev.py did to `.venv`."""
    process = start(root, cwd=cwd)
    out, err = process.communicate(timeout=300)
    assert (process.returncode, out) == (0, "started one --two\n"), err
    if "making .venv" in err:
        return "made anew"
    return "filled" if "installing the" in err else "nothing done"


def test_lock_with_a_wrong_hash_is_refused_and_leaves_no_stamp(clone: Path, tmp_path: Path) -> None:
    assert outcome(clone) in {"made anew", "filled", "nothing done"}
    package = tmp_path / "tiny-1.0-py3-none-any.whl"
    make_wheel(package)
    write_locks(clone, f"tiny==1.0 --hash=sha256:{'0' * 64}\n--no-index\n--find-links {tmp_path.as_uri()}\n")
    process = start(clone)
    out, err = process.communicate(timeout=300)
    assert (process.returncode, out) == (1, "")
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in err
    assert err.splitlines()[-1].startswith("dev.py: pip could not install the packages (see above)")
    assert not (clone / ".venv" / "dev-stamp.txt").exists()
    write_locks(clone, "# nothing\n")
    assert outcome(clone) == "filled"


def make_wheel(path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("tiny.py", "")
        wheel.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        wheel.writestr(
            "tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("tiny-1.0.dist-info/RECORD", "")
