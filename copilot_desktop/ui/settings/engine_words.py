"""Where each part of the AI lives by what stands in the dialog, in words; and what a test of it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from PySide6.QtCore import QCoreApplication

from copilot_desktop.config import Settings
from copilot_desktop.config.servers import is_same_server

BILLING_URL = "https://platform.openai.com/settings/organization/billing/overview"
KEYS_URL = "https://platform.openai.com/api-keys"
PARTS = ("hearing", "writer", "voice", "judge")
_OPENAI_NAME = "api.openai.com"
_WITHOUT = ("embedded", "none")


def _tr(text: str) -> str:
    return QCoreApplication.translate("engineWords", text)


class EngineForm:
    """Reads settings by name wherever they stand: in the dialog, or as they are kept.

    `has_secret` tells whether a secret is kept or typed; `typed` returns one that is typed and not kept.
    """

    def __init__(
        self,
        value_of: Callable[[str], object],
        has_secret: Callable[[str], bool],
        typed: Callable[[str], str] = lambda _name: "",
    ) -> None:
        self._value_of, self._has_secret, self._typed = value_of, has_secret, typed

    @classmethod
    def kept(cls, settings: Settings, has_secret: Callable[[str], bool]) -> EngineForm:
        """Return the form of what is in force."""
        return cls(lambda name: getattr(settings, name), has_secret)

    def choice(self, part: str) -> str:
        """The engine that was chosen: "auto", "embedded", …"""
        return str(self._value_of(f"{part}_engine"))

    def address(self, part: str) -> str:
        """Where the part lives if it lives elsewhere. An empty `part` is the common address."""
        own = str(self._value_of(f"{part}_base_url") or "") if part else ""
        return own or str(self._value_of("openai_base_url"))

    def is_at_openai(self, part: str) -> bool:
        """Whether that is OpenAI itself."""
        try:
            name = (urlsplit(self.address(part)).hostname or "").lower()
        except ValueError:
            return False
        return name == _OPENAI_NAME or name.endswith(f".{_OPENAI_NAME}")

    def shares_key(self, part: str) -> bool:
        """Whether the common key goes there when it has none of its own; to another server it does not."""
        return is_same_server(self.address(part), self.address(""))

    def has_key(self, part: str) -> bool:
        """Whether there is a key for it."""
        has_own = bool(part) and self._has_secret(f"{part}_api_key")
        return has_own or (self.shares_key(part) and self._has_secret("openai_api_key"))

    def place(self, part: str) -> str:
        """Return who does the work, as people say it; empty: this computer, or nobody."""
        choice = self.choice(part)
        if choice in _WITHOUT:
            return ""
        if not self.is_at_openai(part):
            return _host(self.address(part))
        return "OpenAI" if choice != "auto" or self.has_key(part) else ""

    def draft(self, part: str) -> dict[str, object]:
        """Return the fields that matter for `part` as they stand."""
        names = ["openai_base_url"]
        if part:
            names += [f"{part}_engine", f"{part}_base_url", f"{part}_model", "language"]
        if part == "voice":
            names.append("voice_name")
        return {name: self._value_of(name) for name in names}

    def secrets(self, part: str) -> Mapping[str, str]:
        """Return the keys that were typed for it."""
        names = ("openai_api_key", f"{part}_api_key") if part else ("openai_api_key",)
        return {name: typed for name in names if (typed := self._typed(name))}

    def order(self, part: str) -> str:
        """Return in words who does the work, and who does it when they fail."""
        place, is_auto = self.place(part), self.choice(part) == "auto"
        if part == "judge":
            return _tr("{0}; nobody else.").format(place) if place else _tr("Nobody: no AI is chosen.")
        if not place:
            words = _tr("This computer. Nothing is sent anywhere.")
            hint = _tr(
                "With a key for OpenAI, under Accounts, it is OpenAI, and this computer when that fails."
            )
            return f"{words} {hint}" if is_auto else words
        if is_auto and self.is_at_openai(part) and part == "hearing":
            return _tr("1. OpenAI, word by word   2. OpenAI, sentence by sentence   3. this computer")
        if is_auto and self.is_at_openai(part) and part == "voice":
            return _tr("1. OpenAI, sentence by sentence   2. OpenAI, realtime   3. this computer")
        return _tr("1. {0}   2. this computer").format(place)


def sent_words(part: str) -> str:
    """Return what goes to an engine elsewhere."""
    return {
        "hearing": _tr("The sound of both sides, to be written down."),
        "writer": _tr("The words of the call, your notes to the AI, your playbook and passages that fit."),
        "voice": _tr("The sentences that are to be spoken."),
        "judge": _tr("The words of the call, to judge it for the report."),
    }[part]


def _host(address: str) -> str:
    try:
        return urlsplit(address).netloc.rpartition("@")[2] or address
    except ValueError:
        return address
