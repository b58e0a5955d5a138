"""Which models a server has, which of them fit, and which will be gone."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest

from copilot_desktop.calls.engine_status import EnginePart
from copilot_desktop.calls.errors import EngineError, EngineFault
from copilot_desktop.engines.server.endpoint import OPENAI_URL, Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from copilot_desktop.engines.server.openai_models import (
    DEFAULT_MODELS,
    ModelInfo,
    ModelUse,
    default_models,
    fitting,
    known,
    models_of,
    use_of,
    warning,
)
from tests.support.openai_peer import KEY, Fault, OpenAIPeer, Where
from tests.support.raw_server import raw_server, whole


async def listed(base_url: str) -> tuple[ModelInfo, ...]:
    connections = OpenAIConnections()
    try:
        return await models_of(await connections.client(Endpoint(base_url, (), KEY)))
    finally:
        await connections.close()


def named(*ids: str) -> list[ModelInfo]:
    return [ModelInfo(each) for each in ids]


def ids(models: tuple[ModelInfo, ...]) -> list[str]:
    return [model.id for model in models]


def test_the_server_is_asked_and_tells_when_a_model_goes() -> None:
    async def main() -> None:
        async with OpenAIPeer(models={"gpt-6-luna": None, "gpt-4o-mini": "2027-01-14"}) as peer:
            found = await listed(peer.base_url)
            assert found == (ModelInfo("gpt-6-luna"), ModelInfo("gpt-4o-mini", date(2027, 1, 14)))
            peer.fail(Where.MODELS, Fault.KEY_REFUSED)
            with pytest.raises(EngineError) as failed:
                await listed(peer.base_url)
            assert failed.value.fault is EngineFault.KEY_REFUSED

    asyncio.run(main())


def test_odd_lists_of_odd_servers() -> None:
    entries = [
        {"id": "a", "shutdown_date": "no day"},
        {"id": "b", "shutdown_date": 1_800_000_000},
        {"id": "c", "shutdown_date": "2027-03-01T00:00:00Z"},
        {"id": "a"},
        {"id": 7},
        {"id": " "},
        {"id": "x" * 300},
        {"name": "no id"},
        *({"id": f"many-{number}"} for number in range(2000)),
    ]
    answers: list[object] = [{"data": entries}, {"data": None}, ["a"]]

    async def answer(writer: asyncio.StreamWriter, connection: int, request: int) -> bool:
        writer.write(whole(answers.pop(0)))
        return True

    async def main() -> None:
        async with raw_server(answer) as server:
            found = await listed(server.base_url)
            by_id = {model.id: model.shutdown for model in found}
            assert by_id["a"] is None
            assert (by_id["b"], by_id["c"]) == (date(2027, 1, 15), date(2027, 3, 1))
            assert 900 < len(found) == len(by_id) <= 1000
            for _ in range(2):
                with pytest.raises(EngineError) as failed:
                    await listed(server.base_url)
                assert failed.value.fault is EngineFault.BAD_ANSWER

    asyncio.run(main())


@pytest.mark.parametrize(
    ("model", "use"),
    [
        ("gpt-live-transcribe", ModelUse.HEARING),
        ("gpt-realtime-whisper", ModelUse.HEARING),
        ("Systran/faster-whisper-small", ModelUse.HEARING),
        ("gpt-4o-transcribe-diarize", ModelUse.OTHER),
        ("gpt-realtime-2.1-mini", ModelUse.REALTIME),
        ("gpt-4o-mini-tts-2025-12-15", ModelUse.SPEECH),
        ("tts-1-hd", ModelUse.SPEECH),
        ("speaches-ai/Kokoro-82M-v1.0-ONNX", ModelUse.SPEECH),
        ("gpt-6.1-terra", ModelUse.TEXT),
        ("llama3.2:3b", ModelUse.TEXT),
        ("qwen3-8b-instruct", ModelUse.TEXT),
        ("gpt-3.5-turbo-instruct", ModelUse.OTHER),
        ("text-embedding-3-small", ModelUse.OTHER),
        ("omni-moderation-latest", ModelUse.OTHER),
        ("gpt-image-1", ModelUse.OTHER),
        ("gpt-4o-audio-preview", ModelUse.OTHER),
        ("gpt-live-1", ModelUse.OTHER),
    ],
)
def test_names_tell_what_a_model_is_for(model: str, use: ModelUse) -> None:
    assert use_of(model) is use


def test_ours_come_first_then_the_newest_and_days_last() -> None:
    models = named(
        "gpt-4o-2024-08-06",
        "gpt-4o",
        "gpt-6.2-sol",
        "whisper-1",
        "gpt-6.1-terra",
        "o3",
        "gpt-6-luna",
        "tts-1",
    )
    assert ids(fitting(models, EnginePart.WRITER, "responses")) == [
        "gpt-6-luna",
        "gpt-6.1-terra",
        "gpt-6.2-sol",
        "gpt-4o",
        "o3",
        "gpt-4o-2024-08-06",
    ]
    assert ids(fitting(models, EnginePart.HEARING, "file")) == ["whisper-1"]
    assert ids(fitting(models, EnginePart.VOICE, "speech")) == ["tts-1"]
    assert ids(fitting(models, EnginePart.JUDGE))[0] == "gpt-6-luna"


def test_a_model_that_only_listens_live_takes_no_files() -> None:
    models = named("gpt-live-transcribe", "gpt-realtime-whisper", "gpt-transcribe")
    assert ids(fitting(models, EnginePart.HEARING, "file")) == ["gpt-transcribe"]
    assert ids(fitting(models, EnginePart.HEARING, "live"))[:2] == [
        "gpt-live-transcribe",
        "gpt-realtime-whisper",
    ]


def test_names_that_tell_nothing_are_all_offered() -> None:
    models = named("my-ears", "my-mouth")
    for part in EnginePart:
        assert set(ids(fitting(models, part))) == {"my-ears", "my-mouth"}


def test_a_shutdown_is_told_ninety_days_before_and_ever_after() -> None:
    model = known("gpt-4o-mini")
    assert model.shutdown == date(2027, 1, 14)
    assert warning(model, model.shutdown - timedelta(days=91)) is None
    soon = warning(model, model.shutdown - timedelta(days=90))
    assert soon is not None
    assert not soon.is_gone
    assert str(soon) == "shuts down on 14 January 2027; use gpt-6-luna"
    gone = warning(model, model.shutdown)
    assert gone is not None
    assert str(gone) == "gone since 14 January 2027; use gpt-6-luna"
    assert warning(known("gpt-6-luna"), date(2030, 1, 1)) is None
    alone = warning(ModelInfo("theirs", date(2027, 1, 1)), date(2027, 1, 1))
    assert str(alone) == "gone since 1 January 2027"


def test_a_snapshot_goes_with_its_model_and_others_models_are_not_ours() -> None:
    assert known("gpt-4o-2024-08-06").shutdown == known("gpt-4o").shutdown
    assert known("gpt-3.5-turbo-0125").shutdown == date(2026, 10, 23)
    assert known("gpt-4o-transcribe").shutdown == date(2027, 2, 26)

    async def main() -> None:
        async with OpenAIPeer(models={"whisper-1": None}) as peer:
            # A private server's whisper-1 stays as long as its owner wishes.
            assert await listed(peer.base_url) == (ModelInfo("whisper-1"),)

    asyncio.run(main())


def test_every_part_has_models_that_outlive_the_announced_shutdowns() -> None:
    assert Endpoint(OPENAI_URL, default_models(EnginePart.WRITER, "chat")).is_openai
    for part, kinds in DEFAULT_MODELS.items():
        for kind, models in kinds.items():
            assert ids(fitting(named(*models), part, kind)) == list(models)
        lasting = [name for models in kinds.values() for name in models if known(name).shutdown is None]
        assert lasting
    assert default_models(EnginePart.HEARING, "embedded") == ()
