"""After the rehearsal nothing of the package is left to be loaded in the middle of a call."""

from __future__ import annotations

import asyncio
import socket
import sys

import pytest

from copilot_desktop.engines.server.openai_rehearsal import rehearse
from tests.support.openai_peer import KEY, OpenAIPeer

_FIRST_REQUESTS = """
import asyncio, sys
from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections

async def ask(client):
    said = [{"role": "user", "content": "Hello"}]
    async for _ in await client.responses.create(model="gpt-6-luna", input=said, stream=True):
        pass
    async for _ in await client.chat.completions.create(model="gpt-6-luna", messages=said, stream=True):
        pass
    speech = client.audio.speech.with_streaming_response
    async with speech.create(model="tts-1", voice="marin", input="Hi", response_format="pcm") as answer:
        sound = await answer.read()
    file = ("a.wav", wav(sound), "audio/wav")
    transcriptions = client.audio.transcriptions
    async for _ in await transcriptions.create(model="gpt-transcribe", file=file, stream=True):
        pass
    async with client.realtime.connect(model="gpt-realtime-2.1-mini") as session:
        await session.recv_bytes()

def wav(sound):
    import io, wave
    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24000)
        file.writeframes(sound)
    return held.getvalue()

def built():
    # Modules that a first use loads, and forms of answers that it builds.
    from openai import BaseModel
    rooms = ("openai", "httpx2", "pydantic", "websockets")
    forms, found = [BaseModel], {name for name in sys.modules if name.startswith(rooms)}
    while forms:
        form = forms.pop()
        forms += form.__subclasses__()
        if form.__pydantic_complete__:
            found.add(form.__qualname__)
    return found

async def main(base_url, key):
    connections = OpenAIConnections()
    client = await connections.client(Endpoint(base_url, (), key))
    before = built()
    await ask(client)
    await connections.close()
    print(*sorted(built() - before))

asyncio.run(main(*sys.argv[1:]))
"""


def test_the_first_real_requests_load_nothing_more() -> None:
    async def main() -> None:
        async with OpenAIPeer() as peer:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-c", _FIRST_REQUESTS, peer.base_url, KEY),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            told, wrong = await process.communicate()
            assert wrong.decode() == ""
            assert told.decode().strip() == ""
            assert len(peer.seen) >= 4

    asyncio.run(main())


def test_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the rehearsal went out")

    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    rehearse()
