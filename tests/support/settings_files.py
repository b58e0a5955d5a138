"""Settings files of a data folder, as a person might have left them."""

from __future__ import annotations

from pathlib import Path


def write_settings(folder: Path, text: str | bytes) -> Path:
    """Write the saved settings of the data folder `folder`; return their path."""
    path = folder / "config" / "settings.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def write_env(folder: Path, text: str) -> Path:
    """Write a `.env` of another name, which nobody finds by accident."""
    path = folder / "my.env"
    path.write_text(text, encoding="utf-8")
    return path
