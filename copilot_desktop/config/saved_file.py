"""`settings.toml` as it lies there, hand-edited or broken: what can be used, and what is said of the rest."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from copilot_desktop.config.salvage import decode, mask_secrets, readable
from copilot_desktop.config.settings import (
    ENVIRONMENT_ONLY,
    SECRETS,
    GivenSettings,
    Settings,
    as_arguments,
    variable_of,
)
from copilot_desktop.config.wording import Place, entry_number, faults, unknown_in_file

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class SavedFile:
    """What is in the file. It may not exist: then all is empty."""

    path: Path
    text: str = field(default="", repr=False)
    """The lines that can be read, secrets masked; it is valid TOML."""
    original: str = field(default="", repr=False)
    """All lines, secrets masked; bytes that are no text as surrogates."""
    values: dict[str, Any] = field(default_factory=dict, repr=False)
    """The settings that can be used, by field, as they are written."""
    notices: tuple[str, ...] = ()
    """One sentence for each thing that cannot be used."""
    has_losses: bool = False
    """Writing it anew would lose what a person put there."""
    is_unreadable: bool = False
    """The system does not let us read it."""


def read_saved_file(path: Path) -> SavedFile:
    """Read the saved settings. Never fails: what cannot be used is told in `notices`. Blocks on the disk."""
    try:
        raw = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return SavedFile(path)
    except OSError as problem:
        notice = f"{path} cannot be read ({problem.strerror}); the settings in it are not used."
        return SavedFile(path, notices=(notice,), has_losses=True, is_unreadable=True)
    as_written = decode(raw)
    original = mask_secrets(as_written)
    text, bad_lines = readable(original)
    known, about_names = _known(tomllib.loads(text), path)
    values, about_values = _usable(known, path)
    about_lines = [f"{_lines(bad_lines)} of {path} cannot be read; the rest is used."] if bad_lines else []
    return SavedFile(
        path,
        text,
        original,
        values,
        notices=(*about_lines, *about_names, *about_values),
        has_losses=bool(about_lines or about_values) or original != as_written,
    )


def _lines(numbers: list[int]) -> str:
    """Return "Line 3", "Lines 3 and 5" or "Lines 1, 2, 3, 4, 5 and 7 more"."""
    if len(numbers) == 1:
        return f"Line {numbers[0]}"
    named = [str(number) for number in numbers[:_MOST_NAMED]]
    last = f"{len(numbers) - _MOST_NAMED} more" if len(numbers) > _MOST_NAMED else named.pop()
    return f"Lines {', '.join(named)} and {last}"


def _known(given: Mapping[str, Any], path: Path) -> tuple[dict[str, Any], list[str]]:
    """Return what may stand in the file, and sentences about the rest."""
    known: dict[str, Any] = {}
    notices: list[str] = []
    secrets = {each: variable_of(name) for name in SECRETS for each in (name, variable_of(name))}
    for name, value in given.items():
        if name in secrets:
            remedy = f"Remove it there and enter it in the settings window, or set {secrets[name]}."
            notices.append(f"{path} holds {name}; secrets belong into no file. {remedy}")
        elif name in Settings.model_fields and name not in ENVIRONMENT_ONLY:
            known[name] = value
        else:
            notices.append(unknown_in_file(name, path))
    return known, notices


def _usable(known: Mapping[str, Any], path: Path) -> tuple[dict[str, Any], list[str]]:
    """Return the values without those that are wrong, and a sentence about each of those.

    Of a list or table only the wrong entries are left out.
    """
    values = deepcopy(dict(known))
    notices: list[str] = []
    while True:
        try:
            GivenSettings(**as_arguments(values))
        except ValidationError as invalid:
            found = faults(invalid)
        else:
            return values, notices
        for place, must in found.items():
            number = entry_number(place, values.get(place[0]))
            name = f"entry {number} of {place[0]}" if number else place[0]
            notices.append(f"{name} in {path} {must}. It is not used.")
        # From the end, for the numbers of earlier entries to stay right.
        for place in reversed(found):
            _leave_out(place, values)


def _leave_out(place: Place, values: dict[str, Any]) -> None:
    name, inside = place
    value = values.get(name)
    if inside and isinstance(value, dict):
        value.pop(inside[0], None)
    elif inside and isinstance(value, list) and isinstance(inside[0], int):
        del value[inside[0]]
    else:
        # A field that is not there cannot be wrong: without this, `_usable` would go round for ever.
        del values[name]
