"""Reads all settings: the saved file, then `.env`, then the environment; each beats the one before.

A broken file never keeps the program from starting. A wrong variable does: who set it can mend it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values
from pydantic import ValidationError

from copilot_desktop.config.errors import ConfigError
from copilot_desktop.config.places import find_env_file, see_to_data_dir, settings_file
from copilot_desktop.config.saved_file import read_saved_file
from copilot_desktop.config.settings import Settings, as_arguments, variable_of
from copilot_desktop.config.wording import about_variables, faults, partner_notices


def load(*, data_dir: Path | None = None, env_file: Path | None = None) -> Settings:
    """Read all settings and see that the data folder can be written (it is made if absent).

    `data_dir` stands in for the folders of the system; `env_file` is read in place of the `.env` that lies
    in the current folder or beside the source, and so is the file that COPILOT_ENV_FILE names. What is wrong
    in the saved file is told in `notices` and not used. Secrets of the key store are not read here, for that
    may take long: see `SecretKeeper.fill`.

    Raises:
        ConfigError: one readable line with a remedy.
    """
    saved = read_saved_file(settings_file(data_dir))
    env_file = env_file or find_env_file()
    given = _given(env_file)
    try:
        settings = Settings(_env_file=env_file, _env_file_encoding="utf-8-sig", **as_arguments(saved.values))
    except ValidationError as invalid:
        raise ConfigError(_readable(invalid, given)) from None
    locked = {name for name in Settings.model_fields if variable_of(name) in given}
    if data_dir:
        settings = settings.model_copy(update={"data_dir": data_dir.expanduser().absolute()})
        locked.add("data_dir")
    see_to_data_dir(settings.data_dir)
    settings._config_file = saved.path
    settings._locked = frozenset(locked)
    settings._file_notices = (*saved.notices, *partner_notices(settings))
    settings._environment_notices = tuple(about_variables(given))
    return settings


def _given(env_file: Path | None) -> dict[str, str]:
    """Return what environment and `.env` set, empty values left out, each with where it came from."""
    try:
        from_file = dotenv_values(env_file, encoding="utf-8-sig") if env_file else {}
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"{env_file} cannot be read as text. Mend it or remove it.") from None
    given = {name.upper(): str(env_file) for name, value in from_file.items() if value}
    return given | {name.upper(): "the environment" for name, value in os.environ.items() if value}


def _readable(invalid: ValidationError, given: Mapping[str, str]) -> str:
    """Say which variable is wrong, where it stands and what it may be."""
    (name, _), must = next(iter(faults(invalid).items()))
    variable = variable_of(name) if name in Settings.model_fields else name
    return f"{variable} in {given.get(variable, 'the environment')} {must}. Mend it or leave it out."
