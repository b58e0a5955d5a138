"""The problem report: what support needs to know, as one text that its owner reads before giving it away."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from copilot_desktop import __version__, diagnostics
from copilot_desktop.config import Settings
from copilot_desktop.crashes import without_words
from copilot_desktop.diagnostics import Check

_LOG_LINES = 200


def write(settings: Settings, checks: Iterable[Check], last_end: str = "") -> str:
    """Return versions, settings, checks, how the last run ended, and the last of the log. Blocks for the log.

    Secrets and private settings are left out, and so is what exceptions say, which may be a caller's word;
    phone numbers, account ids and keys are masked throughout.
    """
    parts = (
        f"AI Call CoPilot {__version__}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "## Checks\n" + "\n".join(diagnostics.as_lines(checks)),
        "## Settings that differ from the usual\n" + "\n".join(_settings(settings)),
        f"## How the last run ended\n{last_end or 'In order.'}",
        f"## The last {_LOG_LINES} lines of the log\n" + _log(settings.data_dir / "logs" / "copilot.log"),
    )
    return diagnostics.mask("\n\n".join(parts) + "\n", settings.secret_values)


def _settings(settings: Settings) -> Iterable[str]:
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if value == field.get_default(call_default_factory=True):
            continue
        is_told = field.repr and not isinstance(value, SecretStr)
        yield f"{name} = {value!r}" if is_told else f"{name} is set"


def _log(path: Path) -> str:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        return f"(cannot be read: {error.strerror})"
    return without_words("\n".join(lines[-_LOG_LINES:]))
