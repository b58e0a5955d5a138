"""Writes settings back: checked, in one piece or not at all, the person's comments kept, never a secret."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from copilot_desktop.config import spoken
from copilot_desktop.config.checking import against_disk, validate
from copilot_desktop.config.errors import BadSettings, ConfigError
from copilot_desktop.config.files import keep_copy, replace
from copilot_desktop.config.saved_file import read_saved_file
from copilot_desktop.config.settings import (
    ENVIRONMENT_ONLY,
    SECRETS,
    GivenSettings,
    Settings,
    all_values,
    as_arguments,
)
from copilot_desktop.config.toml_text import new_text
from copilot_desktop.config.wording import partner_notices


def save(settings: Settings, changes: Mapping[str, object]) -> Settings:
    """Write `changes` to the settings file and return all settings as they are now, those of the file anew.

    What the environment sets still wins. Secrets are not changed here, see `SecretKeeper`. If the file had
    mistakes, it is kept beside the new one and `notices` of the result says where. Blocks: call it in a
    thread; once begun, it ends with the whole new file or with the old one.

    Raises:
        BadSettings: values are wrong.
        ConfigError: the file cannot be written. In both cases nothing was saved.
    """
    changes = _real_changes(settings, changes)
    if wrong := validate(changes, settings) | against_disk(changes):
        raise BadSettings(wrong)
    path = settings.config_file
    saved = read_saved_file(path)
    if saved.is_unreadable:
        raise ConfigError(f"{saved.notices[0]} Nothing was saved; move that file away and save again.")
    text = new_text(saved, _checked(changes))
    notices: tuple[str, ...] = ()
    # Through a link to where the file really is: otherwise the link would be replaced.
    target = Path(os.path.realpath(path))
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if saved.has_losses:
            copy = keep_copy(target, saved.original.encode("utf-8", "surrogateescape"))
            notices = (f"{path} had mistakes. They are kept in {copy}.",)
        replace(target, text.encode())
    except OSError as problem:
        reason = problem.strerror or "it is not a folder"
        raise ConfigError(f"{path} could not be written ({reason}). Nothing was saved.") from None
    return _renewed(settings, notices)


def _real_changes(settings: Settings, changes: Mapping[str, object]) -> dict[str, object]:
    """Return `changes` without those that change nothing; made texts as empty, so that they stay made.

    Otherwise a page that hands in all its fields would undo what was edited by hand meanwhile. What the
    environment sets is not compared: the person may be about to take it out there.
    """
    real: dict[str, object] = {}
    for name, value in changes.items():
        if name in spoken.MADE and isinstance(value, str):
            value = spoken.tidy(value)
            value = "" if value == settings.made(name) else value
            if (value or settings.made(name)) == getattr(settings, name):
                continue
        real[name] = value
    try:
        checked = GivenSettings(**as_arguments(real))
    except ValidationError:
        return real
    return {
        name: value
        for name, value in real.items()
        if name not in Settings.model_fields
        or name in spoken.MADE
        or name in settings.locked
        or getattr(checked, name) != getattr(settings, name)
    }


def _checked(changes: Mapping[str, object]) -> dict[str, object]:
    """Return `changes` tidied; a made text stays empty."""
    checked = GivenSettings(**as_arguments(changes))
    return {name: value if name in spoken.MADE else getattr(checked, name) for name, value in changes.items()}


def _renewed(settings: Settings, notices: tuple[str, ...]) -> Settings:
    """Return the settings with what the file says now; what it cannot say stays."""
    saved = read_saved_file(settings.config_file)
    held = {name: getattr(settings, name) for name in (*settings.locked, *SECRETS, *ENVIRONMENT_ONLY)}
    made = GivenSettings(**as_arguments(saved.values | held))
    renewed = settings.model_copy(update=all_values(made))
    renewed._file_notices = (*saved.notices, *partner_notices(renewed), *notices)
    return renewed
