"""Endpoint: where one part of the AI lives, as the settings say."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

OPENAI_URL = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server that speaks OpenAI's protocol, and the models to try there, best first."""

    base_url: str
    models: tuple[str, ...]
    api_key: str = field(default="", repr=False)

    @property
    def host(self) -> str:
        """Name, and port where it is not the usual one."""
        return urlsplit(self.base_url).netloc.rpartition("@")[2]

    @property
    def is_openai(self) -> bool:
        """Whether it is OpenAI itself: others may not know its newest fields."""
        name = (urlsplit(self.base_url).hostname or "").lower()
        return name == "api.openai.com" or name.endswith(".api.openai.com")
