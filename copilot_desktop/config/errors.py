"""What can be wrong with settings, in words for the person."""

from __future__ import annotations

from collections.abc import Mapping


class ConfigError(Exception):
    """The settings cannot be used. The text is one readable line with a remedy."""


class BadSettings(ConfigError):
    """Some values cannot be saved; nothing was. `fields`: a sentence for each field that is wrong."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(f"These settings cannot be used: {', '.join(sorted(fields))}. Nothing was saved.")
        self.fields = dict(fields)
