"""Addresses of the same server, and of others that look like it."""

from __future__ import annotations

import pytest

from copilot_desktop.config.servers import is_same_server

OPENAI = "https://api.openai.com/v1"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (OPENAI, "https://api.openai.com/v1"),
        (OPENAI, "https://api.openai.com:443/v2"),
        (OPENAI, "https://API.OpenAI.com"),
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/other"),
        ("http://[fd00::1]:8080", "http://[FD00::1]:8080/v1"),
    ],
)
def test_the_path_does_not_matter(one: str, other: str) -> None:
    assert is_same_server(one, other)
    assert is_same_server(other, one)


@pytest.mark.parametrize(
    "other",
    [
        "https://ai.example.com/v1",
        "https://api.openai.com.example.com/v1",
        "https://example.com/api.openai.com/v1",
        "https://api.openai.com@example.com/v1",
        "https://eu.api.openai.com/v1",
        "https://api.openai.com:8443/v1",
        "http://api.openai.com/v1",
        "http://api.openai.com:443/v1",
        "https://api.openai.com:port/v1",
        "https://[api.openai.com/v1",
        "api.openai.com/v1",
        "",
    ],
)
def test_what_only_looks_like_it_is_another(other: str) -> None:
    assert not is_same_server(OPENAI, other)
    assert not is_same_server(other, OPENAI)


def test_what_cannot_be_read_is_not_even_the_same_as_itself() -> None:
    assert not is_same_server("https://[x", "https://[x")
    assert not is_same_server("", "")
