"""Whether new values may be saved, said for each field in a sentence that can stand below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import SecretStr, ValidationError

from copilot_desktop.config import values
from copilot_desktop.config.errors import BadSettings, ConfigError
from copilot_desktop.config.places import see_to_data_dir
from copilot_desktop.config.settings import (
    ENVIRONMENT_ONLY,
    SECRETS,
    GivenSettings,
    Settings,
    all_values,
    as_arguments,
)
from copilot_desktop.config.wording import faults, missing_partners, numbered, sentence

_PHONES = ("twilio_number", "outage_forward_to", "blocked_numbers", "transfer_numbers")


def validate(changes: Mapping[str, object], settings: Settings | None = None) -> dict[str, str]:
    """Return a sentence for each field that cannot have its value; empty if all is well.

    With `settings`, also for fields that would then have to be given, such as where to forward to. Touches no
    disk. The first check of a phone number loads the numbering plans, which takes 0.1 s: then use a thread.
    """
    wrong = {name: sentence(must) for name in changes if (must := _refusal(name))}
    usual = {name: value for name, value in changes.items() if name not in wrong}
    try:
        GivenSettings(**as_arguments(usual))
    except ValidationError as invalid:
        for place, must in faults(invalid).items():
            wrong.setdefault(place[0], sentence(numbered(place, usual[place[0]], must)))
    right = {name: value for name, value in usual.items() if name not in wrong}
    wrong |= _against_numbering_plans(GivenSettings(**as_arguments(right)), right)
    return wrong | (_without_partners(right, wrong, settings) if settings else {})


def drafted(settings: Settings, changes: Mapping[str, object], secrets: Mapping[str, str]) -> Settings:
    """Return the settings as they would be with `changes` and the given `secrets`; nothing is kept.

    What the environment sets still wins.

    Raises:
        BadSettings: values are wrong.
    """
    wanted = {name: value for name, value in changes.items() if name not in settings.locked}
    if wrong := validate(wanted):
        raise BadSettings(wrong)
    given = {name: SecretStr(value) for name, value in secrets.items() if name not in settings.locked}
    checked = GivenSettings(**as_arguments({**all_values(settings), **wanted, **given}))
    return settings.model_copy(update=all_values(checked))


def _refusal(name: str) -> str:
    if name in SECRETS:
        return "must be kept in the key store, not in a file"
    if name in ENVIRONMENT_ONLY:
        return "must be set in the environment"
    return "" if name in Settings.model_fields else "must be the name of a setting"


def _against_numbering_plans(checked: Settings, changes: Mapping[str, object]) -> dict[str, str]:
    wrong: dict[str, str] = {}
    for name in changes:
        for number, must in _number_faults(getattr(checked, name)) if name in _PHONES else ():
            value = getattr(checked, name)
            place = (name, () if isinstance(value, str) else (number,))
            wrong.setdefault(name, sentence(numbered(place, value, must)))
    return wrong


def _number_faults(value: str | tuple[str, ...] | dict[str, str]) -> Iterator[tuple[int | str, str]]:
    """Yield the index or name of each number that no country has, and what it must be."""
    if isinstance(value, str):
        numbers: dict[int | str, str] = {0: value}
    else:
        numbers = dict(value.items()) if isinstance(value, dict) else dict(enumerate(value))
    for key, number in numbers.items():
        if number.startswith("+"):
            try:
                values.numbering_plan(number)
            except ValueError as fault:
                yield key, str(fault)


def _without_partners(
    right: Mapping[str, object], wrong: Mapping[str, str], settings: Settings
) -> dict[str, str]:
    """Return fields that would have to be given; only if the person has just changed what makes it so."""
    after = GivenSettings(**as_arguments({**all_values(settings), **right}))
    return {
        needed: sentence(must)
        for needed, (chooser, must) in missing_partners(after).items()
        if needed not in wrong and (needed in right or chooser in right)
    }


def against_disk(changes: Mapping[str, object]) -> dict[str, str]:
    """Return what is wrong with folders. Values of the wrong kind are reported elsewhere."""
    wrong: dict[str, str] = {}
    documents, data = changes.get("documents_dir"), changes.get("data_dir")
    is_given = isinstance(documents, str | Path) and bool(str(documents).strip())
    if is_given and not Path(str(documents)).expanduser().is_dir():
        wrong["documents_dir"] = "There is no such folder."
    if isinstance(data, str | Path):
        try:
            see_to_data_dir(Path(data).expanduser().absolute())
        except ConfigError:
            wrong["data_dir"] = "This folder cannot be written."
    return wrong
