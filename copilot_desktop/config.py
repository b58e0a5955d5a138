"""Settings: frozen and typed, read once at the start; secrets from the environment or the OS key store.

In: the saved file `settings.toml`, `.env`, the environment (each beats the one before).
Out: one `Settings`, which `app.py` hands on in pieces. Anyone below `app` takes values, not this.
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from tempfile import TemporaryFile
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import platformdirs
from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PROGRAM = "ai-call-copilot"
"""The program's name towards the system: folders and the key store."""

SECRETS = ("openai_api_key", "twilio_auth_token")
"""Never in a file of ours: environment, `.env` or the key store of the system."""

_PREFIX = "COPILOT_"
_NOT_NEEDED = {
    "TWIML_APP_SID": "TWIML_APP_SID is not needed: calls come straight from the phone number.",
    "FLASK_SOCKET_URL": "FLASK_SOCKET_URL is not needed: the window and the server are one program now.",
}


class ConfigError(Exception):
    """The settings cannot be used. The text is one readable line with a remedy."""


def _phone_number(text: str) -> str:
    number = re.sub(r"[\s().-]", "", text)
    if number and not re.fullmatch(r"\+[1-9]\d{6,14}", number):
        raise ValueError("must be a phone number with + and country code, like +15550100123")
    return number


def _public_address(text: str) -> str:
    parts = urlsplit(text.strip())
    if text and (parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment):
        raise ValueError("must be an address like https://calls.example.com")
    return text.strip().rstrip("/")


def _account_sid(text: str) -> str:
    if text and not re.fullmatch(r"AC[0-9a-fA-F]{32}", text.strip()):
        raise ValueError("must be AC and 32 letters and digits, as the Twilio console shows it")
    return text.strip()


class Settings(BaseSettings):
    """Everything a person can set. Secrets print as `***`.

    A field is called by its own name in `settings.toml`, and in the environment by the alias given here or by
    `COPILOT_` and its name in capitals.
    """

    model_config = SettingsConfigDict(
        frozen=True, env_prefix=_PREFIX, env_ignore_empty=True, populate_by_name=True, extra="ignore"
    )

    openai_api_key: SecretStr = Field(SecretStr(""), validation_alias="OPENAI_API_KEY")
    twilio_account_sid: Annotated[str, AfterValidator(_account_sid)] = Field(
        "", repr=False, validation_alias="TWILIO_ACCOUNT_SID"
    )
    twilio_auth_token: SecretStr = Field(SecretStr(""), validation_alias="TWILIO_AUTH_TOKEN")
    twilio_number: Annotated[str, AfterValidator(_phone_number)] = Field(
        "", repr=False, validation_alias="TWILIO_NUMBER"
    )
    public_base_url: Annotated[str, AfterValidator(_public_address)] = Field(
        "", validation_alias="PUBLIC_BASE_URL"
    )
    """Where the carrier reaches this program: https, no slash at the end; empty: none."""
    port: int = Field(0, ge=0, le=65535, validation_alias="STREAM_PORT")
    """Where the server listens; 0 takes any free port. A fixed public address needs a fixed port."""

    business_name: str = "Harbor Home Supply"
    is_recording: bool = True
    """Calls are kept as two-channel sound. The greeting says so."""
    greeting: str = Field("", validate_default=True)
    """The assistant's first words. Left empty, they are made from the business's name."""
    waiting_sentence: str = "One moment, please."
    lost_stream_sentence: str = "We are sorry, the connection was lost. Please call again."
    """What the carrier says to the caller when our sound stops coming."""
    unanswered: Literal["ai", "approve", "never"] = "never"
    """Who takes a call that nobody accepts in time: the assistant, with or without approval, or nobody."""
    ring_s: float = Field(12, gt=0, le=12)
    """How long a call rings. The carrier gives up after 15 s, so 12 is the most."""
    start_mode: Literal["ai", "approve", "agent"] = "ai"
    """Who speaks first in an accepted call."""

    data_dir: Path = Field(default_factory=lambda: platformdirs.user_data_path(PROGRAM, appauthor=False))
    """Calls, recordings and logs."""

    _config_file: Path = PrivateAttr(default=Path())
    _locked: frozenset[str] = PrivateAttr(default=frozenset())
    _notices: tuple[str, ...] = PrivateAttr(default=())

    @property
    def config_file(self) -> Path:
        """The saved settings; the file need not exist."""
        return self._config_file

    @property
    def locked(self) -> frozenset[str]:
        """Fields that the environment or `.env` sets, so that saving another value would change nothing."""
        return self._locked

    @property
    def notices(self) -> tuple[str, ...]:
        """What the person should know about the given settings, one sentence each."""
        return self._notices

    @property
    def missing_for_calls(self) -> tuple[str, ...]:
        """Environment names of what a real call still needs; empty when all is there."""
        needed = ("twilio_account_sid", "twilio_auth_token", "twilio_number", "public_base_url")
        return tuple(_variable(name) for name in needed if not _plain(getattr(self, name)))

    @property
    def secret_values(self) -> tuple[str, ...]:
        """The secrets in the clear, for the log to mask them. Never show or keep them."""
        return tuple(filter(None, (_plain(getattr(self, name)) for name in SECRETS)))

    @field_validator("greeting")
    @classmethod
    def _make_greeting(cls, greeting: str, info: ValidationInfo) -> str:
        if greeting.strip():
            return greeting.strip()
        you = "This call is recorded, and you" if info.data.get("is_recording") else "You"
        business = info.data.get("business_name", "")
        return f"Thank you for calling {business}. {you} are talking to an AI assistant. How can I help you?"

    @field_validator("data_dir")
    @classmethod
    def _make_absolute(cls, folder: Path) -> Path:
        return folder.expanduser().absolute()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """First beats last. What `load` passes in is the saved file, so it comes last."""
        return env_settings, dotenv_settings, init_settings


def load(*, data_dir: Path | None = None, env_file: Path | None = None) -> Settings:
    """Read all settings and see that the data folder can be written (it is made if absent).

    `data_dir` stands in for the folders of the system; `env_file` is read in place of the `.env` that lies
    in the current folder or beside the source, and so is the file that COPILOT_ENV_FILE names.

    Raises:
        ConfigError: one readable line with a remedy.
    """
    config_dir = data_dir / "config" if data_dir else platformdirs.user_config_path(PROGRAM, appauthor=False)
    config_file = config_dir / "settings.toml"
    saved = _read_saved(config_file)
    env_file = env_file or _find_env_file()
    given = _given(env_file)
    try:
        settings = Settings(_env_file=env_file, _env_file_encoding="utf-8", **saved)
    except ValidationError as invalid:
        raise ConfigError(_readable(invalid, given, config_file)) from None
    if data_dir:
        settings = settings.model_copy(update={"data_dir": data_dir.expanduser().absolute()})
    _see_to_data_dir(settings.data_dir)
    settings._config_file = config_file
    settings._locked = frozenset(name for name in Settings.model_fields if _variable(name) in given)
    settings._notices = tuple(_notices(given))
    return settings


def with_stored_secrets(settings: Settings) -> Settings:
    """Return the settings with missing secrets filled in from the key store of the system.

    Blocks, and the system may ask the person to unlock the store: call it in a thread. Without a store the
    settings stay as they are.
    """
    found = {
        name: SecretStr(value)
        for name in SECRETS
        if not _plain(getattr(settings, name)) and (value := _stored(name))
    }
    return settings.model_copy(update=found)


def store_secret(name: str, value: str) -> None:
    """Put a secret of SECRETS into the key store of the system; an empty value removes it. Blocks.

    Raises:
        ConfigError: there is no key store, or it refused.
    """
    import keyring
    from keyring.errors import KeyringError

    try:
        if value:
            keyring.set_password(PROGRAM, name, value)
        elif keyring.get_password(PROGRAM, name) is not None:
            keyring.delete_password(PROGRAM, name)
    except KeyringError:
        variable = _variable(name)
        # The cause is left out: some key stores put the value into their message.
        raise ConfigError(
            f"The system's key store refused. Set {variable} in the environment instead."
        ) from None


def resources() -> Path:
    """Return the folder of icons, playbooks, models and style sheets, from source or frozen.

    Raises:
        ConfigError: it is not there.
    """
    frozen_at = getattr(sys, "_MEIPASS", None)
    root = Path(frozen_at) if frozen_at else Path(__file__).resolve().parents[1]
    if not (root / "resources").is_dir():
        raise ConfigError(f"The folder {root / 'resources'} is missing. Install the program again.")
    return root / "resources"


def _stored(name: str) -> str:
    import keyring
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(PROGRAM, name) or ""
    except KeyringError:
        return ""


def _variable(name: str) -> str:
    """Return what the field is called in the environment."""
    alias = Settings.model_fields[name].validation_alias
    return alias if isinstance(alias, str) else f"{_PREFIX}{name.upper()}"


def _plain(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _find_env_file() -> Path | None:
    """Return the `.env` to read. A packaged program has no source beside it."""
    if named := os.environ.get("COPILOT_ENV_FILE"):
        return Path(named)
    beside_source = [] if getattr(sys, "frozen", False) else [Path(__file__).resolve().parents[1]]
    return next(
        (path for folder in (Path.cwd(), *beside_source) if (path := folder / ".env").is_file()), None
    )


def _given(env_file: Path | None) -> dict[str, str]:
    """Return what environment and `.env` set, empty values left out, each with where it came from."""
    try:
        from_file = dotenv_values(env_file, encoding="utf-8") if env_file else {}
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"{env_file} cannot be read as text. Mend it or remove it.") from None
    given = {name.upper(): str(env_file) for name, value in from_file.items() if value}
    return given | {name.upper(): "the environment" for name, value in os.environ.items() if value}


def _read_saved(path: Path) -> dict[str, Any]:
    try:
        saved = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except tomllib.TOMLDecodeError as broken:
        raise ConfigError(f"{path} is not valid: {broken}. Mend that line or remove the file.") from None
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"{path} cannot be read as text. Mend it or remove it.") from None
    for name in saved:
        _see_to_name(name, path)
    # The sources are merged by the names that the environment uses.
    return {_init_name(name): value for name, value in saved.items()}


def _init_name(name: str) -> str:
    alias = Settings.model_fields[name].validation_alias
    return alias if isinstance(alias, str) else name


def _see_to_name(name: str, path: Path) -> None:
    if name in SECRETS:
        raise ConfigError(
            f"{path} holds {name}; secrets belong into no file. Remove it there and set {_variable(name)}."
        )
    if name not in Settings.model_fields:
        near = get_close_matches(name, Settings.model_fields, n=1)
        remedy = f"Did you mean {near[0]}?" if near else "Remove that line."
        raise ConfigError(f"{path} sets {name}, which is not a setting. {remedy}")


def _readable(invalid: ValidationError, given: Mapping[str, str], config_file: Path) -> str:
    """Say which setting is wrong, where it stands and what it may be. The value itself may be private."""
    first = invalid.errors(include_url=False, include_input=False)[0]
    place = first["loc"][0] if first["loc"] else ""
    name = next((each for each in Settings.model_fields if place in {each, _init_name(each)}), str(place))
    words = first["msg"].removeprefix("Value error, ").removeprefix("Input ").split(", unable")[0]
    must = words.replace("should", "must", 1)
    if (variable := _variable(name)) in given:
        return f"{variable} in {given[variable]} {must}. Mend it or leave it out."
    return f"{name} in {config_file} {must}. Mend or remove that line."


def _notices(given: Mapping[str, str]) -> list[str]:
    notices = [words for name, words in _NOT_NEEDED.items() if name in given]
    known = {_variable(name) for name in Settings.model_fields} | {"COPILOT_ENV_FILE"}
    for name in sorted(given):
        if name.startswith(_PREFIX) and name not in known:
            near = get_close_matches(name, known, n=1)
            notices.append(f"{name} is not a setting{f'; did you mean {near[0]}?' if near else '.'}")
    return notices


def _see_to_data_dir(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with TemporaryFile(dir=folder):
            pass
    except OSError as problem:
        reason = problem.strerror or "it is not a folder"
        raise ConfigError(
            f"The data folder {folder} cannot be written ({reason}). Choose another with --data-dir."
        ) from None
