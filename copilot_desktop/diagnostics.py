"""Log, watch on the loop's lateness, self-checks. It imports no other room.

Every room logs to its own child of the logger "copilot". What is written, to file or screen, passes one
formatter that masks phone numbers and keys: a safety net, not a licence to log them.
"""

from __future__ import annotations

import asyncio
import copy
import importlib.metadata
import logging
import logging.handlers
import platform
import queue
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, TextIO

_log = logging.getLogger("copilot.diagnostics")

_NAMED_SECRET = r"((?:auth_?)?token|api_?key|password|secret|signature)(['\"]?\s*[=:]\s*['\"]?)[^\s'\"&,;]+"
_MASKS = (
    (re.compile(r"\bsk-[\w-]{8,}"), "sk-***"),
    (re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE), r"\1 ***"),
    (re.compile(r"(?<![a-z])" + _NAMED_SECRET, re.IGNORECASE), r"\1\2***"),
    # A carrier's token is 32 hex digits with no letters before; ids of calls and streams have two.
    (re.compile(r"\b[0-9a-f]{32}\b"), "***"),
    (re.compile(r"\bAC[0-9a-fA-F]{32}\b"), "AC***"),
    # Phone numbers: with +; as (555) 010-0123 and the like; ten to fifteen digits in a row.
    (re.compile(r"(?<!\w)\+\d(?:[\s().-]{0,2}\d){6,14}"), "+***"),
    (re.compile(r"(?<![\w.])\(?\d{3}\)?[-. ]\s?\d{3}[-. ]\d{4}(?!\w|\.\d)"), "***"),
    (re.compile(r"(?<![\w.])\d{10,15}(?!\w|\.\d)"), "***"),
)


# ── the log ───────────────────────────────────────────────────────────────────────────────────────


def mask(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` without phone numbers, keys, tokens and the given secrets."""
    for secret in secrets:
        text = text.replace(secret, "***")
    for pattern, stand_in in _MASKS:
        text = pattern.sub(stand_in, text)
    return text


class _MaskingFormatter(logging.Formatter):
    """Masks the finished line, so that tracebacks and arguments are masked too."""

    def __init__(self, style: str, secrets: Sequence[str], times: str | None = None) -> None:
        super().__init__(style, times)
        # Not copied: a key that is entered later is masked too.
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record), [secret for secret in self._secrets if len(secret) >= 4])


class _BriefFormatter(_MaskingFormatter):
    """Without tracebacks: whoever watches the screen gets one line, the file has the rest."""

    def format(self, record: logging.LogRecord) -> str:
        brief = copy.copy(record)
        brief.exc_info = brief.exc_text = brief.stack_info = None
        return super().format(brief)


class _LoopFriendlyHandler(logging.handlers.QueueHandler):
    """Hands records to the writing thread; when that is far behind, drops them rather than wait."""

    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            self.queue.put_nowait(record)
        except queue.Full:
            # A log cannot complain about itself; the gap shows in the times.
            return

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """Put the words together now, for arguments may change; the outputs format the traceback."""
        prepared = copy.copy(record)
        prepared.msg, prepared.args = record.getMessage(), None
        return prepared


@contextmanager
def logging_to(
    folder: Path,
    *,
    is_debug: bool = False,
    console: TextIO | None = None,
    console_level: str = "WARNING",
    secrets: Sequence[str] = (),
) -> Iterator[Path]:
    """Log to `folder/copilot.log` (2 MB, five older ones kept), briefly to `console`; yields the file's path.

    Ours from INFO, with `is_debug` from DEBUG; the libraries' from WARNING. A thread of its own writes.
    On leaving, all is written and logging is set up as before. The folder is made if absent; raises OSError.
    `secrets` are masked; more may be added while it runs.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "copilot.log"
    to_file = logging.handlers.RotatingFileHandler(path, maxBytes=2_000_000, backupCount=5, encoding="utf-8")
    to_file.setFormatter(_MaskingFormatter("%(asctime)s %(levelname)-7s %(name)s  %(message)s", secrets))
    outputs: list[logging.Handler] = [to_file]
    if console is not None:
        to_console = logging.StreamHandler(console)
        to_console.setLevel("DEBUG" if is_debug else console_level)
        formatter = _MaskingFormatter if is_debug else _BriefFormatter
        to_console.setFormatter(formatter("%(asctime)s %(message)s", secrets, "%H:%M:%S"))
        outputs.append(to_console)
    records: queue.Queue[Any] = queue.Queue(10_000)
    writer = logging.handlers.QueueListener(records, *outputs, respect_handler_level=True)
    ours, root, entry = logging.getLogger("copilot"), logging.getLogger(), _LoopFriendlyHandler(records)
    before = ours.level
    ours.setLevel(logging.DEBUG if is_debug else logging.INFO)
    root.addHandler(entry)
    writer.start()
    try:
        yield path
    finally:
        root.removeHandler(entry)
        ours.setLevel(before)
        writer.stop()
        to_file.close()


def tell_more(is_detailed: bool) -> None:
    """Write our log in more or in usual detail from now on."""
    logging.getLogger("copilot").setLevel(logging.DEBUG if is_detailed else logging.INFO)


# ── the loop's lateness ───────────────────────────────────────────────────────────────────────────


class LoopWatch:
    """Measures how late the loop runs what is due: everything that blocks it shows here."""

    TICK_S = 0.1
    LATE_MS = 50.0
    QUIET_S = 10.0

    def __init__(self) -> None:
        self.max_late_ms = 0.0
        self.late_count = 0
        """Ticks that came more than LATE_MS late."""

    async def run(self) -> None:
        """Watch until cancelled. Lateness is logged at most every QUIET_S, the worst since then."""
        loop = asyncio.get_running_loop()
        told_at, worst_ms = loop.time() - self.QUIET_S, 0.0
        while True:
            due = loop.time() + self.TICK_S
            await asyncio.sleep(self.TICK_S)
            # Some loops fire early by up to a millisecond.
            late_ms = max(0.0, (loop.time() - due) * 1000)
            self.max_late_ms = max(self.max_late_ms, late_ms)
            if late_ms > self.LATE_MS:
                self.late_count += 1
                worst_ms = max(worst_ms, late_ms)
            if worst_ms and loop.time() - told_at >= self.QUIET_S:
                _log.info("the loop was %.0f ms late (%d times so far)", worst_ms, self.late_count)
                told_at, worst_ms = loop.time(), 0.0


# ── self-checks ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Check:
    """One self-check's answer. `words` say what was found, `remedy` what to do if it is not good."""

    name: str
    is_ok: bool
    words: str
    remedy: str = ""
    is_needed: bool = True
    """Without it no real call can be taken."""


def can_take_calls(checks: Iterable[Check]) -> bool:
    """Return whether everything that a call needs is well."""
    return all(check.is_ok for check in checks if check.is_needed)


def as_lines(checks: Iterable[Check]) -> list[str]:
    """Return one line a check, and one more with the remedy where there is a problem."""
    lines: list[str] = []
    for check in checks:
        verdict = "OK" if check.is_ok else "problem" if check.is_needed else "missing"
        lines.append(f"{verdict:8} {check.name}: {check.words}")
        if not check.is_ok and check.remedy:
            lines.append(f"{'':8} → {check.remedy}")
    return lines


def as_data(checks: Iterable[Check]) -> dict[str, object]:
    """Return what `check --json` prints."""
    known = tuple(checks)
    return {"can_take_calls": can_take_calls(known), "checks": [asdict(check) for check in known]}


def check_python() -> Check:
    """Check that this Python is one that the program is made for."""
    version = platform.python_version()
    is_ok = (3, 11) <= sys.version_info[:2] <= (3, 13)
    return Check("Python", is_ok, f"{version} on {platform.platform(terse=True)}", "Use Python 3.11 to 3.13.")


def check_packages(names: Sequence[str] = ("PySide6", "quart", "hypercorn", "twilio", "openai")) -> Check:
    """Tell the versions of the packages that matter in a problem report, and whether any is absent."""
    versions = {name: _version(name) for name in names}
    missing = [name for name, version in versions.items() if version is None]
    words = ", ".join(f"{name} {version or 'missing'}" for name, version in versions.items())
    return Check(
        "Packages", not missing, words, "Start with `python3 packaging/dev.py run`, which installs them."
    )


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def check_data_dir(folder: Path) -> Check:
    """Check that the data folder can be written. Blocks for a moment."""
    name, remedy = "Data folder", "Choose another with --data-dir."
    try:
        with TemporaryFile(dir=folder):
            return Check(name, is_ok=True, words=f"{folder} can be written")
    except OSError as problem:
        return Check(name, is_ok=False, words=f"{folder}: {problem.strerror}", remedy=remedy)


def check_disk(folder: Path, *, needed_bytes: int = 500_000_000) -> Check:
    """Two-channel recordings take about a megabyte a minute; `needed_bytes` is a working day."""
    free = shutil.disk_usage(folder).free
    words = f"{free / 1e9:.1f} GB free"
    return Check(
        "Disk space", free >= needed_bytes, words, f"Make room: {needed_bytes / 1e9:.1f} GB are needed."
    )


def check_sound_library() -> Check:
    """On Linux, Qt's sound does not even import without the PulseAudio client library."""
    name, words = "Sound", "the system's sound library is there"
    if not sys.platform.startswith("linux"):
        return Check(name, is_ok=True, words=words, is_needed=False)
    import ctypes

    try:
        ctypes.CDLL("libpulse.so.0")
    except OSError:
        remedy = "Install libpulse0 to speak to callers yourself; the assistant can without."
        return Check(name, is_ok=False, words="libpulse.so.0 is missing", remedy=remedy, is_needed=False)
    return Check(name, is_ok=True, words=words, is_needed=False)


def check_account(missing: Sequence[str]) -> Check:
    """`missing` are the names of settings a real call needs and that are empty."""
    remedy = f"Set {', '.join(missing)} in the environment or in .env (see .env.example)."
    words = f"{len(missing)} settings are empty" if missing else "account, key and number are set"
    return Check("Phone account", not missing, words, remedy if missing else "")
