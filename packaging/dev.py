"""The one door for working on the program: `python3 packaging/dev.py COMMAND [args…]`.

Standard library only, Python 3.11 to 3.13, on Linux, macOS and Windows. Each command first sees to it that
`.venv` holds exactly the locked requirements and that the system libraries are there; when they are, which
is the usual case, that costs some hundredths of a second.

(This folder has no `__init__.py`, and must not get one: it would hide the library named `packaging`.)
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import dev_system
import dev_venv
from dev_say import DevError, say

ROOT = Path(__file__).resolve().parent.parent

USAGE = """usage: python3 packaging/dev.py COMMAND [args…]

  run [args…]      start the program; the arguments are the program's own
  test [args…]     run the tests; the arguments are pytest's own
  lint [--fix]     ruff, the import walls and mypy; --fix mends what can be mended
  bench [names…]   run the benchmarks
  coverage [rooms…]
                   the branches of audio, calls and telephony that their own tests walk
  shots [folder] [words…]
                   take pictures of every moment of the window, light, dark and high contrast, in two sizes
                   of window and of text; with words only those whose name has them all
  build [options]  the packaged program for this system, in dist/; `build --help` tells the options
  lock             resolve packaging/*.in again and write the locked requirements
"""

BY_FILE = ("--dist", "loadfile", "--no-loadscope-reorder")
"""In the order of the folders: the files with few long tests are not left for the end."""
TEST_ROUNDS = (
    (
        "not realtime and not kill and not busy",
        ("-n", str(min((os.cpu_count() or 2) * 2, 8)), *BY_FILE),
    ),
    ("(realtime or kill) and not busy", ("-n", "5", *BY_FILE)),
    ("busy", ("-n", "2", *BY_FILE)),
)
"""All tests: two for each processor at once, for many wait now and then; five where most of the time is
waiting. Of whole programs that keep real time two at once leave each other time."""

LINT_STEPS = (
    ("known holes in what is locked", ("packaging/dev_audit.py",)),
    ("ruff check", ("-m", "ruff", "check", ".")),
    ("ruff format", ("-m", "ruff", "format", "--check", ".")),
    (
        "import walls",
        ("-c", "from importlinter.cli import lint_imports_command as main; main()", "--no-logo"),
    ),
    ("mypy", ("-m", "mypy")),
)
MENDING_STEPS = (
    ("ruff check --fix", ("-m", "ruff", "check", "--fix", "--quiet", ".")),
    ("ruff format", ("-m", "ruff", "format", ".")),
)
LOCK_OPTIONS = (
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    # A lock that names a registry's host would bind everybody to it.
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-header",
    "--quiet",
)


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit code, unless the process was handed over to the command itself."""
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(USAGE, end="")
        return 0
    name, rest = arguments[0], arguments[1:]
    commands = {"run": run, "test": test, "lint": lint, "bench": bench, "shots": shots}
    commands |= {"build": build, "lock": lock, "coverage": coverage}
    if name not in commands:
        raise DevError(f"there is no command {name!r}; there are: {', '.join(commands)}.", code=2)
    dev_venv.use_fitting_python(arguments)
    return commands[name](rest)


def run(arguments: list[str]) -> int:
    """Start the program in the caller's own folder, so that relative paths mean what they say."""
    python = _ready(dev_venv.RUN)
    # -P: a file in the caller's folder must not be taken for a library.
    return _hand_over([str(python), "-P", "-m", "copilot_desktop", *arguments], _with_root_on_path())


def test(arguments: list[str]) -> int:
    python = _ready(dev_venv.DEV)
    import subprocess

    import dev_peers

    dev_peers.prepare(ROOT)
    os.chdir(ROOT)
    pytest = [str(python), "-m", "pytest"]
    if arguments:
        return _hand_over([*pytest, *arguments], dict(os.environ))
    results = [subprocess.run([*pytest, "-m", which, *how]).returncode for which, how in TEST_ROUNDS]
    return max(results)


def bench(arguments: list[str]) -> int:
    python = _ready(dev_venv.DEV)
    os.chdir(ROOT)
    return _hand_over([str(python), "-m", "tests.benchmarks", *arguments], dict(os.environ))


def shots(arguments: list[str]) -> int:
    """Take pictures of the window without a screen, into `out/shots` if no folder is given."""
    python = _ready(dev_venv.DEV)
    os.chdir(ROOT)
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_LOGGING_RULES": "qt.qpa.*=false"}
    return _hand_over([str(python), "-m", "tests.shots", *arguments], environment)


def coverage(arguments: list[str]) -> int:
    python = _ready(dev_venv.DEV)
    return _hand_over(
        [str(python), str(ROOT / "packaging" / "dev_coverage.py"), *arguments], dict(os.environ)
    )


def build(arguments: list[str]) -> int:
    python = _ready(dev_venv.DEV)
    return _hand_over([str(python), str(ROOT / "packaging" / "dev_build.py"), *arguments], dict(os.environ))


def lint(arguments: list[str]) -> int:
    """Run every step even if one fails, then tell which did."""
    if arguments not in ([], ["--fix"]):
        raise DevError("lint takes --fix or nothing.", code=2)
    python = _ready(dev_venv.DEV)
    steps = (MENDING_STEPS if arguments else ()) + LINT_STEPS
    failed = [name for name, words in steps if not _passes(name, [str(python), *words])]
    say(f"lint failed: {', '.join(failed)}" if failed else "lint passed")
    return 1 if failed else 0


def lock(arguments: list[str]) -> int:
    """Resolve for all systems and Pythons at once; the program's lock takes its versions from the larger one.

    Versions that still fit stay as they are; `lock --upgrade` asks for the newest.
    """
    if arguments not in ([], ["--upgrade"]):
        raise DevError("lock takes --upgrade or nothing.", code=2)
    python = _ready(dev_venv.DEV)
    compile_words = [str(python), "-m", "uv", "pip", "compile", *LOCK_OPTIONS]
    dev_in, dev_out = "packaging/requirements-dev.in", "packaging/requirements-dev.txt"
    run_in, run_out = "packaging/requirements.in", "packaging/requirements.txt"
    plan = (
        [*compile_words, *arguments, dev_in, "-o", dev_out],
        [*compile_words, "-c", dev_out, run_in, "-o", run_out],
    )
    if not all(_passes(f"lock {words[-1]}", words) for words in plan):
        raise DevError("the requirements could not be resolved; see above.")
    _refuse_hosts(ROOT / dev_out, ROOT / run_out)
    return 0


def _refuse_hosts(*locks: Path) -> None:
    for path in locks:
        if "://" in path.read_text(encoding="utf-8"):
            raise DevError(f"{path.name} names a host; see LOCK_OPTIONS in packaging/dev.py.")


def _ready(kind: dev_venv.Kind) -> Path:
    """Return the Python of a `.venv` that holds the locked requirements of `kind`."""
    dev_system.check(ROOT, is_for_tests=kind is dev_venv.DEV)
    return dev_venv.prepare(ROOT, kind)


def _passes(name: str, words: list[str]) -> bool:
    """Run one step in the repository's folder, its output shown; True if it exits with 0."""
    import subprocess
    import time

    say(name)
    started = time.monotonic()
    is_good = subprocess.run(words, cwd=ROOT, check=False).returncode == 0
    say(f"{name}: {'ok' if is_good else 'FAILED'} ({time.monotonic() - started:.1f} s)")
    return is_good


def _with_root_on_path() -> dict[str, str]:
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}


def _hand_over(words: list[str], environment: dict[str, str]) -> int:
    """Become the command. Windows has no such thing: there, wait for it and return its exit code."""
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "posix":
        os.execve(words[0], words, environment)  # noqa: S606 - no shell is wanted
    import subprocess

    with subprocess.Popen(words, env=environment) as command:
        while True:
            try:
                return command.wait()
            except KeyboardInterrupt:
                # Ctrl+C reached the command as well; it ends in its own way, and its exit code is ours.
                continue


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except DevError as problem:
        print(f"dev.py: {problem}", file=sys.stderr)
        sys.exit(problem.code)
    except KeyboardInterrupt:
        print("dev.py: stopped; the same command goes on from here.", file=sys.stderr)
        sys.exit(130)
