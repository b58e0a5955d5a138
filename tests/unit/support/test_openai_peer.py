"""The peer itself, asked by the package that OpenAI publishes."""

from __future__ import annotations

import asyncio
import io
import wave
from collections.abc import Awaitable, Callable

import openai
import pytest
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionMessageParam
from openai.types.responses import FunctionToolParam

from tests.support.openai_peer import KEY, BrainAnswer, Fault, OpenAIPeer, ScriptedBrain, Where

WORDS = "It left our warehouse this morning."
MESSAGES: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Where is my parcel?"}]
TOOL = FunctionToolParam(
    type="function", name="end_call", strict=False, parameters={"type": "object", "properties": {}}
)


def _wav(seconds: float) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        sound.writeframes((b"\x00\x60" * 8 + b"\x00\xa0" * 8) * int(1_000 * seconds))
    return file.getvalue()


def asked(
    question: Callable[[AsyncOpenAI], Awaitable[object]],
    *,
    key: str = KEY,
    brain: ScriptedBrain | None = None,
    fault: tuple[Where, Fault] | None = None,
) -> OpenAIPeer:
    """Ask a fresh peer one thing, and return it."""

    async def main() -> OpenAIPeer:
        async with OpenAIPeer(brain=brain) as peer:
            if fault is not None:
                peer.fail(*fault)
            async with AsyncOpenAI(api_key=key, base_url=peer.base_url, max_retries=0) as client:
                await question(client)
            return peer

    return asyncio.run(main())


def test_a_response_streams_text_functions_and_usage() -> None:
    async def question(client: AsyncOpenAI) -> None:
        async with client.responses.stream(
            model="gpt-6-luna",
            input="Bye",
            store=False,
            tools=[TOOL],
        ) as stream:
            pieces = [event.delta async for event in stream if event.type == "response.output_text.delta"]
            whole = await stream.get_final_response()
        assert "".join(pieces) == whole.output_text == "Goodbye!"
        assert len(pieces) > 1
        assert whole.output[-1].type == "function_call"
        assert whole.output[-1].name == "end_call"
        assert whole.usage is not None
        assert whole.usage.output_tokens > 0

    brain = ScriptedBrain(answers=[BrainAnswer("Goodbye!", (("end_call", "{}"),))])
    peer = asked(question, brain=brain)
    assert [request.last_user_text for request in brain.asked] == ["Bye"]
    assert peer.violations == []


def test_a_chat_streams_the_same() -> None:
    async def question(client: AsyncOpenAI) -> None:
        stream = await client.chat.completions.create(
            model="gpt-6-luna", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
        )
        chunks = [chunk async for chunk in stream]
        text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
        assert text == WORDS
        assert chunks[-1].usage is not None

    assert asked(question).violations == []


def test_speech_is_sound_of_the_length_of_its_words() -> None:
    async def question(client: AsyncOpenAI) -> None:
        sizes = []
        for text in ("One.", "One two three."):
            sound = await client.audio.speech.create(
                model="gpt-4o-mini-tts", voice="alloy", input=text, response_format="pcm"
            )
            sizes.append(len(sound.content))
        assert sizes[1] == 3 * sizes[0] > 0

    assert asked(question).violations == []


def test_a_loud_file_has_words_and_a_short_one_is_refused() -> None:
    async def question(client: AsyncOpenAI) -> None:
        told = await client.audio.transcriptions.create(model="gpt-transcribe", file=("a.wav", _wav(0.5)))
        assert told.text == "hello"
        with pytest.raises(openai.BadRequestError):
            await client.audio.transcriptions.create(model="gpt-transcribe", file=("a.wav", _wav(0.05)))

    asked(question)


def test_what_the_service_would_refuse_is_refused() -> None:
    async def question(client: AsyncOpenAI) -> None:
        with pytest.raises(openai.NotFoundError):
            await client.responses.create(model="gpt-1", input="Hello")
        assert "gpt-6-luna" in [model.id async for model in client.models.list()]

    asked(question)


def test_another_key_is_refused() -> None:
    async def question(client: AsyncOpenAI) -> None:
        with pytest.raises(openai.AuthenticationError):
            await client.models.list()

    assert asked(question, key="sk-another").of(Where.MODELS)[0].headers


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.KEY_REFUSED, openai.AuthenticationError),
        (Fault.NO_CREDIT, openai.RateLimitError),
        (Fault.MODEL_MISSING, openai.NotFoundError),
        (Fault.SERVER_ERROR, openai.InternalServerError),
    ],
)
def test_a_planned_fault_happens_once(fault: Fault, error: type[Exception]) -> None:
    async def question(client: AsyncOpenAI) -> None:
        async def ask() -> str:
            stream = await client.chat.completions.create(model="gpt-6-luna", messages=MESSAGES, stream=True)
            return "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])

        with pytest.raises(error):
            await ask()
        assert await ask() == WORDS

    asked(question, fault=(Where.CHAT, fault))
