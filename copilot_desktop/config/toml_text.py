"""The text of `settings.toml` with new values in it: comments, order and unknown names stay. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from copilot_desktop.config.saved_file import SavedFile
from copilot_desktop.config.settings import SECRETS, Settings, variable_of

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

_TOP = (
    "Settings of AI Call CoPilot. The settings window writes this file; you may edit it by hand.",
    "Keys and tokens do not belong here: they are in the key store of the system.",
)


def new_text(saved: SavedFile, changes: Mapping[str, object]) -> str:
    """Return the file's new text.

    `changes`: checked values by field. One that is not in the file is written only if it differs from the
    default; None takes a field out. What could not be used of the file, and secrets, are left out.
    """
    from tomlkit.exceptions import TOMLKitError

    wanted = _wanted(saved, changes)
    try:
        text = _written_into(saved.text, wanted)
        if tomllib.loads(text) == wanted:
            return text
    except (TOMLKitError, tomllib.TOMLDecodeError):
        pass
    # The library lost its way in an unusual layout: the values matter more than the comments.
    return _written_into("", wanted)


def _wanted(saved: SavedFile, changes: Mapping[str, object]) -> dict[str, Any]:
    """Return all that the new file is to say, in TOML's own types."""
    secrets = {*SECRETS, *map(variable_of, SECRETS)}
    wanted = {
        name: saved.values.get(name, value)
        for name, value in tomllib.loads(saved.text).items()
        if name not in secrets and (name not in Settings.model_fields or name in saved.values)
    }
    for name, value in changes.items():
        default = Settings.model_fields[name].get_default(call_default_factory=True)
        if value is None:
            wanted.pop(name, None)
        elif name in wanted or value != default:
            wanted[name] = _as_toml(value)
    return wanted


def _as_toml(value: object) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Path) else value


def _written_into(text: str, wanted: Mapping[str, Any]) -> str:
    import tomlkit

    document = tomlkit.parse(text) if text.strip() else _new_document()
    for name in [name for name in document if name not in wanted]:
        document.remove(name)
    there = document.unwrap()
    for name, value in wanted.items():
        if name not in document:
            document.add(name, tomlkit.item(value))
        elif there[name] != value:
            _put(document, name, value)
    return tomlkit.dumps(document)


def _new_document() -> TOMLDocument:
    import tomlkit

    document = tomlkit.document()
    for line in _TOP:
        document.add(tomlkit.comment(line))
    document.add(tomlkit.nl())
    return document


def _put(document: TOMLDocument, name: str, value: Any) -> None:
    """Put a value in place of another, entry by entry where it has entries, so that their comments stay."""
    there: Any = document[name]
    if isinstance(value, dict) and isinstance(there, dict):
        for entry in [entry for entry in there if entry not in value]:
            del there[entry]
        for entry, inner in value.items():
            if there.get(entry) != inner:
                there[entry] = inner
        return
    if isinstance(value, list) and isinstance(there, list):
        for index in reversed([i for i, entry in enumerate(there) if entry not in value]):
            del there[index]
        there.extend(entry for entry in value if entry not in there)
    if document.unwrap()[name] != value:
        document[name] = value
