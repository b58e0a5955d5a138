"""Every setting there is: its name, what it may be, and what it is when nobody says otherwise."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from copilot_desktop.config import spoken, values
from copilot_desktop.config.opening_hours import OpeningHours
from copilot_desktop.config.places import default_data_dir

PREFIX = "COPILOT_"

SECRETS = (
    "openai_api_key",
    "hearing_api_key",
    "writer_api_key",
    "voice_api_key",
    "judge_api_key",
    "twilio_auth_token",
    "ngrok_authtoken",
    "cloudflared_token",
    "database_url",
)
"""Never in a file of ours: environment, `.env` or the key store of the system."""

OPENAI_URL = "https://api.openai.com/v1"

ENVIRONMENT_ONLY = ("twilio_api_url",)
"""For tests and special networks; no file and no dialog may send the account's key elsewhere."""


def _hours(text: str) -> str:
    OpeningHours.parse(text)
    return text.strip()


def _split_list(given: object) -> object:
    """Take apart what an environment variable holds: values with commas or line breaks between."""
    if not isinstance(given, str):
        return given
    return [part.strip() for part in given.replace("\n", ",").split(",") if part.strip()]


def _split_pairs(given: object) -> object:
    """Take apart "name=value, name=value"."""
    if not isinstance(given, str):
        return given
    parts = _split_list(given)
    assert isinstance(parts, list)
    pairs = [part.partition("=") for part in parts]
    if not all(equals for _, equals, _ in pairs):
        raise ValueError("must be written like Billing=+12025550123, Desk=sip:desk@example.com")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _folder(given: object) -> object:
    return None if isinstance(given, str) and not given.strip() else given


def _absolute(folder: Path | None) -> Path | None:
    return folder and folder.expanduser().absolute()


def _without_repeats(given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, given)))


Phone = Annotated[str, AfterValidator(values.phone_number)]
Spoken = Annotated[str, Field(max_length=1000), AfterValidator(spoken.tidy)]
OneLine = Annotated[str, Field(max_length=200), AfterValidator(spoken.tidy)]
Numbers = Annotated[
    tuple[Phone, ...], NoDecode, BeforeValidator(_split_list), AfterValidator(_without_repeats)
]
EngineAddress = Annotated[str, AfterValidator(values.engine_address)]
ModelName = Annotated[str, Field(max_length=200), AfterValidator(values.one_word)]
Tools = Annotated[
    tuple[Literal["search", "end_call", "ask_agent", "transfer", "take_message"], ...],
    NoDecode,
    BeforeValidator(_split_list),
    AfterValidator(_without_repeats),
]
HiddenKinds = Annotated[
    tuple[Literal["bank", "email", "phone"], ...],
    NoDecode,
    BeforeValidator(_split_list),
    AfterValidator(_without_repeats),
]
ExportKinds = Annotated[
    tuple[Literal["card", "bank", "email", "phone"], ...],
    NoDecode,
    BeforeValidator(_split_list),
    AfterValidator(_without_repeats),
]
Targets = Annotated[
    dict[
        Annotated[str, AfterValidator(values.person_name)],
        Annotated[str, AfterValidator(values.transfer_target)],
    ],
    NoDecode,
    BeforeValidator(_split_pairs),
]


class Settings(BaseSettings):
    """Everything a person can set. Secrets print as `***`, private things not at all.

    A field is called by its own name in `settings.toml`, and in the environment by the alias given here or by
    `COPILOT_` and its name in capitals.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        env_prefix=PREFIX,
        env_ignore_empty=True,
        populate_by_name=True,
        extra="ignore",
        allow_inf_nan=False,
        hide_input_in_errors=True,
    )

    # The business. First, for the texts that are made from it.
    business_name: OneLine = "Harbor Home Supply"
    is_recording: bool = True
    """Calls are kept as two-channel sound, after the notice."""
    notice: Spoken = "This call is recorded, and you are talking to an AI assistant."
    """Said first in a recorded call; empty: somebody else says it."""
    is_card_number_hidden: bool = True
    hidden_in_history: HiddenKinds = ("bank",)
    """What is hidden besides card numbers before words are written down; the agent sees it in the call."""
    hidden_in_exports: ExportKinds = ("card", "bank", "email", "phone")
    keep_recordings_days: int = Field(0, ge=0, le=3650)
    """How long sound is kept; 0: for ever. Running calls are never touched; so with the next."""
    keep_calls_days: int = Field(0, ge=0, le=3650)
    """How long calls are kept, with their words, notes, reports and sound; 0: for ever."""

    # Accounts.
    openai_api_key: SecretStr = Field(SecretStr(""), validation_alias="OPENAI_API_KEY")
    openai_base_url: EngineAddress = Field(OPENAI_URL, validation_alias="OPENAI_BASE_URL")
    """Where every part of the AI lives that has no address of its own; never empty."""
    twilio_account_sid: Annotated[str, AfterValidator(values.account_sid)] = Field(
        "", repr=False, validation_alias="TWILIO_ACCOUNT_SID"
    )
    twilio_auth_token: SecretStr = Field(SecretStr(""), validation_alias="TWILIO_AUTH_TOKEN")
    twilio_number: Phone = Field("", repr=False, validation_alias="TWILIO_NUMBER")
    twilio_api_url: Annotated[str, AfterValidator(values.service_address)] = ""
    """Another address of the carrier's API; empty: its own."""
    ngrok_authtoken: SecretStr = Field(SecretStr(""), validation_alias="NGROK_AUTHTOKEN")
    cloudflared_token: SecretStr = Field(SecretStr(""), validation_alias="TUNNEL_TOKEN")

    # Public address.
    public_base_url: Annotated[str, AfterValidator(values.public_address)] = Field(
        "", validation_alias="PUBLIC_BASE_URL"
    )
    """Where the carrier reaches this program: https, no slash at the end; empty: a tunnel finds one."""
    port: int = Field(0, ge=0, le=65535, validation_alias="STREAM_PORT")
    """Where the server listens; 0 takes any free port. A fixed public address needs a fixed port."""
    tunnel: Literal["auto", "own", "ngrok", "cloudflared", "cloudflared_named", "localtunnel"] = "auto"
    """What leads from the public address to here. "auto": the first that is set up, in this order."""
    ngrok_domain: Annotated[str, AfterValidator(values.host)] = ""
    """A fixed name from ngrok; empty: any."""
    cloudflared_hostname: Annotated[str, AfterValidator(values.host)] = ""
    """Where a named tunnel is reached."""
    cloudflared_path: Annotated[str, AfterValidator(str.strip)] = ""
    """The program; empty: the one on PATH, then the one in `<data_dir>/bin`."""
    is_reconnecting: bool = True
    """A lost address is made anew, and the number told, without being asked."""
    number_pointing: Literal["free", "always", "never"] = "free"
    """Whether the number's calls are taken without asking: if it does nothing yet, always, never."""
    put_back_at_exit: Literal["ask", "always", "never"] = "ask"
    """Whether the number gets back, at the end, what it had before."""

    # While this program is not running.
    outage: Literal["message", "forward", "address", "nothing"] = "message"
    outage_message: Spoken = Field("", validate_default=True)
    outage_forward_to: Phone = Field("", repr=False)
    outage_url: Annotated[str, AfterValidator(values.https_address)] = Field("", repr=False)

    # The phone.
    ring_s: float = Field(12, gt=0, le=12)
    """How long a call rings. The carrier gives up after 15 s, so 12 is the most."""
    unanswered: Literal["ai", "approve", "message", "voicemail", "never"] = "message"
    """What becomes of a call that nobody accepts in time: the assistant takes it (with or without approval),
    it hears the message, leaves one of its own, or nothing."""
    closed: Literal["message", "voicemail", "ai", "never"] = "message"
    """The same, for calls outside the opening hours or while nobody is ready."""
    message: Spoken = Field("", validate_default=True)
    voicemail_prompt: Spoken = Field("", validate_default=True)
    opening_hours: Annotated[str, AfterValidator(_hours)] = ""
    """As `OpeningHours.parse` reads them, by this computer's clock; empty: always open."""
    blocked_numbers: Numbers = Field((), repr=False)
    anonymous_calls: Literal["ring", "message", "never"] = "ring"
    transfer_numbers: Targets = Field({}, repr=False)
    """Whom a call can be transferred to: a name, and a number in E.164 or a SIP address."""
    hold_sound: Literal["music", "silence"] = "music"

    # The assistant.
    greeting: Spoken = Field("", validate_default=True)
    """The assistant's first words, after the notice."""
    start_mode: Literal["ai", "approve", "agent"] = "ai"
    """Who speaks first in an accepted call."""
    hand_back_mode: Literal["ai", "approve"] = "approve"
    """How the assistant goes on when the agent hands back."""
    waiting_sentence: Spoken = "One moment, please."
    waiting_after_s: float = Field(2.5, ge=1, le=6)
    """How long the caller waits in silence before the waiting sentence."""
    lost_stream_sentence: Spoken = "We are sorry, the connection was lost. Please call again."
    """What the carrier says to the caller when our sound stops coming."""
    ai_tools: Tools = ("search", "end_call", "ask_agent", "take_message")
    """What the assistant may do besides talking."""
    documents_dir: Annotated[Path | None, BeforeValidator(_folder), AfterValidator(_absolute)] = None
    """The business's own documents, besides those that were added one by one; None: no such folder."""
    playbook: Annotated[str, AfterValidator(values.file_stem)] = "customer-service"
    """Which playbook is used: the name of its file, without .md, here or in `<data_dir>/playbooks`."""

    # The engines: "auto" is OpenAI when there is a key or another address, else those of this computer.
    # A part's own address, key and model win over the common ones; empty: the common ones.
    language: Annotated[str, AfterValidator(values.language)] = "en"
    """What is spoken, as ISO 639-1."""
    hearing_engine: Literal["auto", "embedded", "live", "file"] = "auto"
    """"live": words come while the caller speaks; "file": one request for each thing said."""
    hearing_base_url: EngineAddress = ""
    hearing_api_key: SecretStr = SecretStr("")
    hearing_model: ModelName = ""
    writer_engine: Literal["auto", "embedded", "responses", "chat"] = "auto"
    """"responses" is OpenAI's newer way, "chat" the one that private servers know."""
    writer_base_url: EngineAddress = ""
    writer_api_key: SecretStr = SecretStr("")
    writer_model: ModelName = ""
    voice_engine: Literal["auto", "embedded", "speech", "realtime"] = "auto"
    """"speech": one request a sentence; "realtime": a realtime model reads aloud over an open connection."""
    voice_base_url: EngineAddress = ""
    voice_api_key: SecretStr = SecretStr("")
    voice_model: ModelName = ""
    voice_name: ModelName = "marin"
    """One of the server's voices."""
    judge_engine: Literal["auto", "none", "responses", "chat"] = "auto"
    """What judges calls for the report; there is none on this computer."""
    judge_base_url: EngineAddress = ""
    judge_api_key: SecretStr = SecretStr("")
    judge_model: ModelName = ""
    words_limit_s: float = Field(1.5, ge=0.5, le=6)
    """How long the caller's words may take before the engine on this computer listens."""
    first_text_limit_s: float = Field(2.5, ge=1, le=8)
    """How long the first words of an answer may take before the next engine answers."""
    first_sound_limit_s: float = Field(1.5, ge=0.5, le=6)
    """How long the first sound of a sentence may take before the next voice speaks."""
    monthly_budget_usd: float = Field(0, ge=0, le=100_000)
    """From what sum in a month on there is a warning; 0: none."""

    judge_calls: bool = True
    """Calls are judged by the AI for reports, where there is one, when they have ended."""

    # This computer.
    wraps_up: bool = True
    """When a call has ended, a form asks what came of it; the report opens once that is saved."""
    outcomes: OneLine = "Resolved, Follow-up needed, Passed on, No solution, Wrong number"
    """How calls end, in the owner's words, divided by commas."""
    wrap_up_pause_s: int = Field(0, ge=0, le=600)
    """So long after a call no other rings, unless the form is saved before; 0: they ring at once."""
    opens_report: bool = True
    """A call's report opens when the call has ended."""
    log_level: Literal["normal", "detailed"] = "normal"
    database_url: SecretStr = SecretStr("")
    """Where a shared history lies, postgresql://name:password@host/database; empty: on this computer."""
    is_history_shared: bool = False
    """The address of the shared history is in the key store; one in the environment needs no word here."""
    desk_name: OneLine = Field(default_factory=socket.gethostname)
    """What this desk is called in a shared history."""
    data_dir: Annotated[Path, AfterValidator(_absolute)] = Field(default_factory=default_data_dir)
    """Calls, recordings and logs."""

    _config_file: Path = PrivateAttr(default=Path())
    _locked: frozenset[str] = PrivateAttr(default=frozenset())
    _environment_notices: tuple[str, ...] = PrivateAttr(default=())
    _file_notices: tuple[str, ...] = PrivateAttr(default=())

    @property
    def config_file(self) -> Path:
        """The saved settings; the file need not exist."""
        return self._config_file

    @property
    def locked(self) -> frozenset[str]:
        """Fields that the environment, `.env` or the command line sets: saving another changes nothing."""
        return self._locked

    @property
    def notices(self) -> tuple[str, ...]:
        """What the person should know about the given settings, one sentence each."""
        return self._file_notices + self._environment_notices

    @property
    def missing_for_calls(self) -> tuple[str, ...]:
        """Environment names of what a real call still needs; empty when all is there.

        The public address is not among them: a tunnel gives one.
        """
        needed = ("twilio_account_sid", "twilio_auth_token", "twilio_number")
        return tuple(variable_of(name) for name in needed if not plain(getattr(self, name)))

    @property
    def secret_values(self) -> tuple[str, ...]:
        """The secrets in the clear, for the log to mask them. Never show or keep them."""
        return tuple(filter(None, (plain(getattr(self, name)) for name in SECRETS)))

    @field_validator("openai_base_url")
    @classmethod
    def _never_without_address(cls, address: str) -> str:
        return address or OPENAI_URL

    @field_validator("voice_name")
    @classmethod
    def _never_without_voice(cls, name: str) -> str:
        return name or "marin"

    @property
    def is_notice_given(self) -> bool:
        """Whether calls begin with the notice."""
        return self.is_recording and bool(self.notice)

    def made(self, name: str) -> str:
        """Return what a text of `spoken.MADE` is while the owner has not written one."""
        return spoken.make(name, business=self.business_name, is_notice_given=self.is_notice_given)

    @field_validator(*spoken.MADE)
    @classmethod
    def _make_if_empty(cls, text: str, info: ValidationInfo) -> str:
        if text or info.field_name is None:
            return text
        return spoken.make(
            info.field_name,
            business=info.data.get("business_name", ""),
            is_notice_given=bool(info.data.get("is_recording") and info.data.get("notice")),
        )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """First beats last. What is passed in is the saved file, so it comes last."""
        return env_settings, dotenv_settings, init_settings


class GivenSettings(Settings):
    """The same settings made from the given values alone: no environment, no `.env`."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def variable_of(name: str) -> str:
    """Return what the field is called in the environment."""
    alias = Settings.model_fields[name].validation_alias
    return alias if isinstance(alias, str) else f"{PREFIX}{name.upper()}"


def as_arguments(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return values by field as `Settings(...)` takes them: sources are merged by the environment's names.

    Other names stay as they are, and are ignored there.
    """
    aliases = {name: field.validation_alias for name, field in Settings.model_fields.items()}
    return {
        alias if isinstance(alias := aliases.get(name), str) else name: value for name, value in given.items()
    }


def all_values(settings: Settings) -> dict[str, Any]:
    """Return every value by field, the secrets among them."""
    return {name: getattr(settings, name) for name in Settings.model_fields}


def plain(value: object) -> str:
    """Return a value as text; a secret in the clear."""
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
