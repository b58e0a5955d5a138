"""What is wrong with a value, in words: from the checker's errors to a sentence that never repeats it."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from copilot_desktop.config.settings import ENVIRONMENT_ONLY, PREFIX, SECRETS, Settings, variable_of

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_WORDS = {
    "string_type": "must be text in quotes",
    "string_too_long": "must have at most {max_length} letters",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "literal_error": "must be {expected}",
    "less_than_equal": "must be {le:g} or less",
    "greater_than_equal": "must be {ge:g} or more",
    "greater_than": "must be more than {gt:g}",
    "path_type": "must be the path of a folder",
    "tuple_type": "must be a list",
    "dict_type": "must be names, each with its number",
    "value_error": "{error}",
}
_NOT_NEEDED = {
    "TWIML_APP_SID": "TWIML_APP_SID is not needed: calls come straight from the phone number.",
    "FLASK_SOCKET_URL": "FLASK_SOCKET_URL is not needed: the window and the server are one program now.",
}

Place = tuple[str, tuple[int | str, ...]]
"""A field, and where in it: the index or the name of an entry; empty for the whole field."""


def faults(invalid: ValidationError) -> dict[Place, str]:
    """Return what is wrong, each as "must be …" by its place, in the order of the fields."""
    fields = {variable_of(name): name for name in Settings.model_fields} | {
        name: name for name in Settings.model_fields
    }
    found: dict[Place, str] = {}
    for error in invalid.errors(include_url=False, include_input=False):
        first, *rest = error["loc"] or ("",)
        found.setdefault((fields.get(str(first), str(first)), tuple(rest)), _must(error))
    return found


def _must(error: ErrorDetails) -> str:
    words = _WORDS.get(error["type"])
    if words is None:
        return "must be something else"
    return words.format_map(error.get("ctx", {}))


def sentence(must: str) -> str:
    """Return "must be …" as it stands below the field in a dialog."""
    return f"{must[:1].upper()}{must[1:]}."


def numbered(place: Place, value: object, must: str) -> str:
    """Return `must` with the entry it is about, if it is about one of several."""
    number = entry_number(place, value)
    return f"entry {number} {must}" if number else must


def entry_number(place: Place, value: object) -> int:
    """Return which entry of `value` the place is, from 1; 0: the whole field."""
    _, inside = place
    if inside and isinstance(value, dict):
        return list(value).index(inside[0]) + 1
    return inside[0] + 1 if inside and isinstance(inside[0], int) else 0


def unknown_in_file(name: str, file: object) -> str:
    """Say that `file` sets something which is no setting."""
    if name in ENVIRONMENT_ONLY:
        return f"{file} sets {name}, which only the environment can set. Remove that line."
    fields = [each for each in Settings.model_fields if each not in (*SECRETS, *ENVIRONMENT_ONLY)]
    near = [each for each in fields if variable_of(each) == name] or get_close_matches(name, fields, n=1)
    remedy = f"Did you mean {near[0]}?" if near else "Remove that line."
    return f"{file} sets {name}, which is not a setting. {remedy}"


def about_variables(given: Mapping[str, object]) -> list[str]:
    """Say which of the variables are not needed (any more), or are none of ours by a slip."""
    notices = [words for name, words in _NOT_NEEDED.items() if name in given]
    known = {variable_of(name) for name in Settings.model_fields} | {"COPILOT_ENV_FILE"}
    for name in sorted(given):
        if name.startswith(PREFIX) and name not in known:
            near = get_close_matches(name, known, n=1)
            notices.append(f"{name} is not a setting{f'; did you mean {near[0]}?' if near else '.'}")
    return notices


def missing_partners(settings: Settings) -> dict[str, tuple[str, str]]:
    """Return fields that are empty though another makes them necessary: field → (that other, "must …")."""
    table: tuple[tuple[str, str, str, str], ...] = (
        ("outage", "forward", "outage_forward_to", "must be given: calls are to be forwarded there"),
        ("outage", "address", "outage_url", "must be given: calls are to be answered from there"),
        ("tunnel", "own", "public_base_url", "must be given: your own address is to be used"),
        ("tunnel", "cloudflared_named", "cloudflared_hostname", "must be given: the tunnel is reached by it"),
    )
    return {
        needed: (chooser, must)
        for chooser, choice, needed, must in table
        if getattr(settings, chooser) == choice and not getattr(settings, needed)
    }


def partner_notices(settings: Settings) -> list[str]:
    """Say which fields should have been given."""
    return [
        f'{needed} {must.partition(":")[0]}, because {chooser} is "{getattr(settings, chooser)}".'
        for needed, (chooser, must) in missing_partners(settings).items()
    ]
