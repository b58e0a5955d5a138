"""Reads a `.env` for the settings window, which saves what is in it: settings to the file, secrets apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from copilot_desktop.config.checking import validate
from copilot_desktop.config.errors import ConfigError
from copilot_desktop.config.settings import (
    ENVIRONMENT_ONLY,
    SECRETS,
    GivenSettings,
    Settings,
    as_arguments,
    variable_of,
)
from copilot_desktop.config.wording import about_variables

_MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class EnvImport:
    """What a `.env` sets. Its values do not print."""

    changes: dict[str, object] = field(default_factory=dict, repr=False)
    """For `save`, checked and of each field's own kind."""
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    """For `SecretKeeper.keep`, by field."""
    notices: tuple[str, ...] = ()
    """What was left out and why, one sentence each."""


def import_env(path: Path) -> EnvImport:
    """Read `path`, in the notation of `.env` files. Variables that are not ours are passed over. Blocks.

    Raises:
        ConfigError: it cannot be read as text.
    """
    given, unreadable_lines = _read(path)
    fields = {variable_of(name): name for name in Settings.model_fields}
    ours = {fields[variable]: value for variable, value in given.items() if variable in fields}
    secrets = {name: value.strip() for name, value in ours.items() if name in SECRETS}
    changes: dict[str, object] = {
        name: value for name, value in ours.items() if name not in (*SECRETS, *ENVIRONMENT_ONLY)
    }
    notices = [f"Line {number} of {path} cannot be read." for number in unreadable_lines]
    for name, words in validate(changes).items():
        del changes[name]
        notices.append(f"{variable_of(name)} is left out. {words}")
    notices += [
        f"{variable_of(name)} works only in the environment." for name in ours if name in ENVIRONMENT_ONLY
    ]
    checked = GivenSettings(**as_arguments(changes))
    changes = {name: getattr(checked, name) for name in changes}
    return EnvImport(changes, secrets, (*notices, *about_variables(given)))


def _read(path: Path) -> tuple[dict[str, str], list[int]]:
    """Return the variables with a value, names in capitals, and the numbers of lines that are none."""
    from io import StringIO

    from dotenv import dotenv_values
    from dotenv.parser import parse_stream

    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
        text = raw.decode("utf-8-sig")
    except OSError as problem:
        raise ConfigError(f"{path} cannot be read ({problem.strerror}). Choose another file.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} cannot be read as text. Choose another file.") from None
    if len(raw) > _MOST_BYTES:
        raise ConfigError(f"{path} is too long for settings. Choose another file.")
    bindings = list(parse_stream(StringIO(text)))
    bad = [binding.original.line for binding in bindings if binding.error]
    good = "".join(binding.original.string for binding in bindings if not binding.error)
    found = dotenv_values(stream=StringIO(good), interpolate=False)
    return {name.upper(): value for name, value in found.items() if value and value.strip()}, bad
