"""`dev.py build`: the packaged program for this system, and on Linux a `.deb` and a `.tar.gz` of it.

Everything is made in `build/` and ends in `dist/`. Runs in the `.venv`, so it may import what is locked.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import shutil
import subprocess
import sys
from pathlib import Path

from dev_say import DevError, say

ROOT = Path(__file__).resolve().parent.parent
NAME = "copilot-desktop"
MOST_MB, MOST_MB_WITH_SPEECH = 260, 520
"""A Linux folder must not grow beyond these, without and with the embedded speech engines."""
_STRIP_FROM_BYTES = 200_000


def main(arguments: list[str]) -> int:
    """Build; returns the exit code. Raises DevError where something is missing or has grown too large."""
    options = _options(arguments)
    out, work = Path(options.out).resolve(), ROOT / "build" / "package"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    environment = _prepare(work, has_speech=options.speech)
    say(f"PyInstaller, {'with' if options.speech else 'without'} the embedded speech engines")
    _pyinstaller(out, work, environment)
    folder = out / NAME
    _write_licences(folder, work)
    if sys.platform.startswith("linux"):
        _strip(folder)
        _check_size(folder, MOST_MB_WITH_SPEECH if options.speech else MOST_MB)
        if options.packages:
            import dev_linux

            dev_linux.make_packages(folder, work, out, version())
    say(f"built: {folder}")
    return 0


def version() -> str:
    """Return the program's version."""
    sys.path.insert(0, str(ROOT))
    from copilot_desktop import __version__

    return __version__


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py build", description=__doc__)
    parser.add_argument(
        "--no-speech", dest="speech", action="store_false", help="leave the speech engines out"
    )
    parser.add_argument("--no-packages", dest="packages", action="store_false", help="the folder only")
    parser.add_argument("--out", default=str(ROOT / "dist"), help="where it goes (default: dist)")
    return parser.parse_args(arguments)


def _prepare(work: Path, *, has_speech: bool) -> dict[str, str]:
    """Draw the icon, write what Windows shows of a program; return the environment for the spec."""
    import dev_icons

    icon = dev_icons.draw(ROOT / "resources" / "icons" / "app.svg", work)
    environment = {**os.environ, "COPILOT_SPEECH": "yes" if has_speech else "no", "COPILOT_ICON": str(icon)}
    if sys.platform == "win32":
        environment["COPILOT_VERSION_FILE"] = str(_version_file(work))
    return environment


def _version_file(work: Path) -> Path:
    numbers = (*(int(part) for part in version().split(".")[:3]), 0)
    words = {
        "FileDescription": "AI Call CoPilot",
        "ProductName": "AI Call CoPilot",
        "ProductVersion": version(),
    }
    structs = ", ".join(f"StringStruct({name!r}, {word!r})" for name, word in words.items())
    path = work / "version.txt"
    path.write_text(
        f"VSVersionInfo(ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}), "
        f"kids=[StringFileInfo([StringTable('040904B0', [{structs}])]), "
        "VarFileInfo([VarStruct('Translation', [1033, 1200])])])\n",
        encoding="utf-8",
    )
    return path


def _pyinstaller(out: Path, work: Path, environment: dict[str, str]) -> None:
    words = [
        "--noconfirm",
        "--log-level",
        "WARN",
        "--distpath",
        str(out),
        "--workpath",
        str(work / "pyinstaller"),
    ]
    spec = ROOT / "packaging" / "copilot_desktop.spec"
    done = subprocess.run(
        [sys.executable, "-m", "PyInstaller", *words, str(spec)], env=environment, check=False
    )
    if done.returncode:
        raise DevError("PyInstaller failed; see above.")


def _write_licences(folder: Path, work: Path) -> None:
    """Put the licences of all that was bundled beside the other resources."""
    sys.path.insert(0, str(ROOT))
    from copilot_desktop import licences

    modules = _bundled_modules(work)
    known = importlib.metadata.packages_distributions()
    names = {name for module in modules for name in known.get(module, ())}
    target = folder / "_internal" / "resources" / licences.BUNDLED
    target.write_text(licences.full_text(names), encoding="utf-8")
    say(f"licences of {len(names)} packages")


def _bundled_modules(work: Path) -> set[str]:
    """Return the top-level names of all that PyInstaller took in, from its own lists."""
    tables = list((work / "pyinstaller").rglob("*-00.toc"))
    if not tables:
        raise DevError("PyInstaller left no list of what it took in.")
    import ast

    found: set[str] = set()
    for table in tables:
        if table.name.startswith(("PYZ", "COLLECT")):
            for entries in ast.literal_eval(table.read_text(encoding="utf-8")):
                if isinstance(entries, list):
                    found |= {
                        str(entry[0]).replace("\\", "/").split("/")[0].split(".")[0] for entry in entries
                    }
    return found


def _strip(folder: Path) -> None:
    """Take the debugging symbols out of the libraries. The program's own file carries its archive."""
    strip = shutil.which("strip")
    if strip is None:
        say("no `strip` here: the libraries keep their symbols, and the folder is larger for it")
        return
    before = folder_mb(folder)
    for library in folder.rglob("*.so*"):
        # What a wheel brought along in `*.libs` was patched after linking, and does not survive it.
        is_patched = library.parent.name.endswith(".libs")
        if not is_patched and not library.is_symlink() and library.stat().st_size > _STRIP_FROM_BYTES:
            subprocess.run([strip, "--strip-unneeded", str(library)], check=False, stderr=subprocess.DEVNULL)
    say(f"stripped: {before} MB → {folder_mb(folder)} MB")


def folder_mb(folder: Path) -> int:
    """Return how much `folder` holds, in megabytes as `du` counts them."""
    return (
        sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
        // 2**20
    )


def _check_size(folder: Path, most_mb: int) -> None:
    size_mb = folder_mb(folder)
    say(f"{folder.name}: {size_mb} MB of at most {most_mb}")
    if size_mb > most_mb:
        raise DevError(f"the folder has grown to {size_mb} MB; at most {most_mb} are allowed.")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except DevError as problem:
        print(f"dev.py: {problem}", file=sys.stderr)
        sys.exit(problem.code)
