"""Where the program finds its files: the saved settings, `.env`, what was installed with it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryFile

import platformdirs

from copilot_desktop.config.errors import ConfigError

PROGRAM = "ai-call-copilot"
"""The program's name towards the system: folders and the key store."""

ENV_FILE_VARIABLE = "COPILOT_ENV_FILE"

_SOURCE = Path(__file__).resolve().parents[2]


def resources() -> Path:
    """Return the folder of icons, playbooks, models and style sheets, from source or frozen.

    Raises:
        ConfigError: it is not there.
    """
    frozen_at = getattr(sys, "_MEIPASS", None)
    root = Path(frozen_at) if frozen_at else _SOURCE
    if not (root / "resources").is_dir():
        raise ConfigError(f"The folder {root / 'resources'} is missing. Install the program again.")
    return root / "resources"


def default_data_dir() -> Path:
    """Return the system's folder for this program's data."""
    return platformdirs.user_data_path(PROGRAM, appauthor=False)


def settings_file(data_dir: Path | None) -> Path:
    """Return where settings are saved: below `data_dir`, or in the system's folder for settings."""
    folder = data_dir / "config" if data_dir else platformdirs.user_config_path(PROGRAM, appauthor=False)
    return folder.expanduser().absolute() / "settings.toml"


def find_env_file() -> Path | None:
    """Return the `.env` to read: the named one, or in the current folder, or beside the source.

    A packaged program has no source beside it.
    """
    if named := os.environ.get(ENV_FILE_VARIABLE):
        return Path(named)
    beside_source = [] if getattr(sys, "frozen", False) else [_SOURCE]
    return next(
        (path for folder in (Path.cwd(), *beside_source) if (path := folder / ".env").is_file()), None
    )


def see_to_data_dir(folder: Path) -> None:
    """Make the data folder if it is absent, for this user alone, and see that it can be written.

    Raises:
        ConfigError: it cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with TemporaryFile(dir=folder):
            pass
    except OSError as problem:
        reason = problem.strerror or "it is not a folder"
        raise ConfigError(
            f"The data folder {folder} cannot be written ({reason}). Choose another with --data-dir."
        ) from None
