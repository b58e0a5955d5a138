"""What the settings make of the parts: who comes first, who stands in, and which key goes where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from copilot_desktop import config
from copilot_desktop.calls.engine_status import EnginePart
from copilot_desktop.config import Settings
from copilot_desktop.engine_plan import EngineKind, choices, hosts
from copilot_desktop.engines.server.endpoint import OPENAI_URL, Endpoint

COMMON, OWN = "sk-common", "own-key"
PRIVATE = "http://192.168.1.20:8000/v1"
TALKING = (EnginePart.HEARING, EnginePart.WRITER, EnginePart.VOICE)


def made(folder: Path, **given: Any) -> Settings:
    """Return the settings with `given`; keys as plain text."""
    kept = {name: value for name, value in given.items() if not name.endswith("_api_key")}
    keys = {name: SecretStr(value) for name, value in given.items() if name.endswith("_api_key")}
    return config.load(data_dir=folder).model_copy(update={**kept, **keys})


def kinds(settings: Settings, part: EnginePart) -> list[str]:
    return [choice.kind.value for choice in choices(settings, part)]


def endpoints(settings: Settings, part: EnginePart) -> list[Endpoint]:
    return [choice.endpoint for choice in choices(settings, part) if choice.endpoint is not None]


def keys(settings: Settings, part: EnginePart) -> set[str]:
    found = endpoints(settings, part)
    assert found, "nothing would be asked at all"
    return {endpoint.api_key for endpoint in found}


# Who comes first.


@pytest.mark.parametrize("part", TALKING)
def test_without_a_key_everything_stays_on_this_computer(tmp_path: Path, part: EnginePart) -> None:
    assert kinds(made(tmp_path), part) == ["embedded"]


def test_without_a_key_there_is_no_judge(tmp_path: Path) -> None:
    assert choices(made(tmp_path), EnginePart.JUDGE) == ()


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (EnginePart.HEARING, ["live", "file", "embedded"]),
        (EnginePart.WRITER, ["responses", "embedded"]),
        (EnginePart.VOICE, ["speech", "realtime", "embedded"]),
        (EnginePart.JUDGE, ["responses"]),
    ],
)
def test_a_key_puts_openai_first(tmp_path: Path, part: EnginePart, expected: list[str]) -> None:
    settings = made(tmp_path, openai_api_key=COMMON)
    assert kinds(settings, part) == expected
    assert {endpoint.base_url for endpoint in endpoints(settings, part)} == {OPENAI_URL}
    assert all(endpoint.models for endpoint in endpoints(settings, part))


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (EnginePart.HEARING, ["file", "embedded"]),
        (EnginePart.WRITER, ["chat", "embedded"]),
        (EnginePart.VOICE, ["speech", "embedded"]),
        (EnginePart.JUDGE, ["chat"]),
    ],
)
def test_another_server_needs_no_key_and_is_asked_what_all_know(
    tmp_path: Path, part: EnginePart, expected: list[str]
) -> None:
    assert kinds(made(tmp_path, openai_base_url=PRIVATE), part) == expected
    assert kinds(made(tmp_path, **{f"{part.value}_base_url": PRIVATE}), part) == expected


@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        (EnginePart.HEARING, "live"),
        (EnginePart.WRITER, "chat"),
        (EnginePart.VOICE, "realtime"),
        (EnginePart.JUDGE, "responses"),
    ],
)
def test_what_was_chosen_comes_first_with_this_computer_behind_it(
    tmp_path: Path, part: EnginePart, wanted: str
) -> None:
    settings = made(tmp_path, openai_api_key=COMMON, **{f"{part.value}_engine": wanted})
    behind = [] if part is EnginePart.JUDGE else ["embedded"]
    assert kinds(settings, part) == [wanted, *behind]


@pytest.mark.parametrize("part", TALKING)
def test_who_chose_this_computer_is_not_sent_out_by_a_key(tmp_path: Path, part: EnginePart) -> None:
    settings = made(tmp_path, openai_api_key=COMMON, **{f"{part.value}_engine": "embedded"})
    assert kinds(settings, part) == ["embedded"]


def test_who_wants_no_judge_has_none(tmp_path: Path) -> None:
    settings = made(tmp_path, openai_api_key=COMMON, judge_engine="none")
    assert choices(settings, EnginePart.JUDGE) == ()


# Which key goes where.


@pytest.mark.parametrize("part", EnginePart)
@pytest.mark.parametrize("engine", ["auto", "chosen"])
@pytest.mark.parametrize(
    "address",
    [
        PRIVATE,
        "https://ai.example.com/v1",
        "https://api.openai.com.example.com/v1",
        "http://127.0.0.1:8443/v1",
    ],
)
def test_the_common_key_never_goes_to_a_parts_own_server(
    tmp_path: Path, part: EnginePart, engine: str, address: str
) -> None:
    chosen = {
        EnginePart.HEARING: "file",
        EnginePart.WRITER: "chat",
        EnginePart.VOICE: "speech",
        EnginePart.JUDGE: "chat",
    }
    given = {
        f"{part.value}_base_url": address,
        f"{part.value}_engine": "auto" if engine == "auto" else chosen[part],
    }
    assert keys(made(tmp_path, openai_api_key=COMMON, **given), part) == {""}
    with_own = {**given, f"{part.value}_api_key": OWN}
    assert keys(made(tmp_path, openai_api_key=COMMON, **with_own), part) == {OWN}


def test_the_other_parts_keep_the_common_key(tmp_path: Path) -> None:
    settings = made(tmp_path, openai_api_key=COMMON, writer_base_url=PRIVATE)
    assert keys(settings, EnginePart.WRITER) == {""}
    for part in (EnginePart.HEARING, EnginePart.VOICE, EnginePart.JUDGE):
        assert keys(settings, part) == {COMMON}


@pytest.mark.parametrize("part", EnginePart)
def test_the_common_key_goes_to_the_common_address_typed_again(tmp_path: Path, part: EnginePart) -> None:
    own = {f"{part.value}_base_url": "https://api.openai.com:443/v2"}
    assert keys(made(tmp_path, openai_api_key=COMMON, **own), part) == {COMMON}


@pytest.mark.parametrize("part", EnginePart)
def test_a_common_private_servers_key_does_not_go_to_openai(tmp_path: Path, part: EnginePart) -> None:
    given = {"openai_base_url": PRIVATE, "openai_api_key": COMMON, f"{part.value}_base_url": OPENAI_URL}
    plan = choices(made(tmp_path, **given), part)
    assert [choice.endpoint for choice in plan] == ([] if part is EnginePart.JUDGE else [None])
    own = made(tmp_path, **given, **{f"{part.value}_api_key": OWN})
    assert keys(own, part) == {OWN}


def test_a_key_of_its_own_wins_over_the_common_one(tmp_path: Path) -> None:
    settings = made(tmp_path, openai_api_key=COMMON, voice_api_key=OWN)
    assert keys(settings, EnginePart.VOICE) == {OWN}
    assert keys(settings, EnginePart.WRITER) == {COMMON}


# Models.


def test_a_typed_model_goes_before_ours_at_openai(tmp_path: Path) -> None:
    settings = made(tmp_path, openai_api_key=COMMON, writer_model="gpt-6-sol")
    (endpoint,) = endpoints(settings, EnginePart.WRITER)
    assert endpoint.models[0] == "gpt-6-sol"
    assert len(endpoint.models) == len(set(endpoint.models)) > 1


def test_elsewhere_a_typed_model_is_the_only_one(tmp_path: Path) -> None:
    settings = made(tmp_path, writer_base_url=PRIVATE, writer_model="llama3.1:8b")
    assert [endpoint.models for endpoint in endpoints(settings, EnginePart.WRITER)] == [("llama3.1:8b",)]


def test_every_kind_of_every_part_has_models(tmp_path: Path) -> None:
    for part, chosen in (
        (EnginePart.HEARING, (EngineKind.LIVE, EngineKind.FILE)),
        (EnginePart.WRITER, (EngineKind.RESPONSES, EngineKind.CHAT)),
        (EnginePart.VOICE, (EngineKind.SPEECH, EngineKind.REALTIME)),
        (EnginePart.JUDGE, (EngineKind.RESPONSES, EngineKind.CHAT)),
    ):
        for kind in chosen:
            settings = made(tmp_path, openai_api_key=COMMON, **{f"{part.value}_engine": kind.value})
            (endpoint,) = endpoints(settings, part)
            assert endpoint.models, f"{part} {kind}"


def test_who_gets_something_of_a_practice_call(tmp_path: Path) -> None:
    assert hosts(made(tmp_path)) == ()
    judge = {"judge_engine": "chat", "judge_base_url": PRIVATE}
    assert hosts(made(tmp_path, **judge)) == (), "with this computer's engines nobody judges practice"
    with_writer = {**judge, "writer_engine": "chat", "writer_base_url": "http://192.168.1.9:9/v1"}
    assert hosts(made(tmp_path, **with_writer)) == ("192.168.1.9:9", "192.168.1.20:8000")
    assert hosts(made(tmp_path, **with_writer, judge_calls=False)) == ("192.168.1.9:9",)
