"""What the owner sees of what goes out: as sent, without keys, sound by its length, a bounded number."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import wave
from datetime import UTC, datetime

from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from copilot_desktop.engines.server.traffic import MOST_LETTERS, MOST_REQUESTS, Traffic
from tests.support.openai_peer import KEY, OpenAIPeer

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOST = "ai.example.com"


def traffic() -> Traffic:
    return Traffic(lambda: AT)


def sent(body: object, key: str = "") -> str:
    made = traffic()
    made.sent(HOST, "/v1/responses", "application/json", json.dumps(body).encode(), key)
    return made.last[0].body


def test_words_are_shown_as_they_were_sent() -> None:
    body = {"model": "gpt", "input": [{"role": "user", "content": "Where is my order? Größe 4"}]}
    assert json.loads(sent(body)) == body
    assert "Größe" in sent(body)


def test_no_key_is_shown_wherever_it_stands() -> None:
    shown = sent(
        {"a": "sk-proj-abcdef123456", "b": ["my own secret key"], "c": "Bearer xyz.123"}, "my own secret key"
    )
    for secret in ("sk-proj", "own secret", "xyz.123"):
        assert secret not in shown


def test_only_the_newest_are_kept_and_all_are_counted() -> None:
    made = traffic()
    for number in range(MOST_REQUESTS + 5):
        made.sent(HOST, f"/{number}", "application/json", b'{"text": "' + b"x" * 100_000 + b'"}')
    assert [entry.path for entry in made.last][:2] == [f"/{MOST_REQUESTS + 4}", f"/{MOST_REQUESTS + 3}"]
    assert len(made.last) == MOST_REQUESTS
    assert made.counts == {HOST: MOST_REQUESTS + 5}
    assert max(len(entry.body) for entry in made.last) == MOST_LETTERS


def test_sound_that_streams_is_one_entry_with_its_length() -> None:
    made = traffic()
    piece = base64.b64encode(bytes(4800)).decode()
    for _ in range(10):
        made.streamed(HOST, f'{{"type":"input_audio_buffer.append","audio":"{piece}"}}', 48_000)
    made.streamed(HOST, '{"type": "input_audio_buffer.commit"}', 48_000)
    newest, sound = made.last
    assert json.loads(newest.body) == {"type": "input_audio_buffer.commit"}
    assert sound.body == "1.0 s of sound, as it was spoken"


def test_a_form_with_sound_shows_its_fields_and_the_length() -> None:
    made = traffic()
    wav = _wav()
    body = (
        b'--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
        + wav
        + b"\r\n--b--\r\n"
    )
    made.sent(HOST, "/v1/audio/transcriptions", "multipart/form-data; boundary=b", body)
    assert made.last[0].body == "model: whisper-1\nfile: 1.0 s of sound"


def test_what_is_no_text_is_told_by_its_size() -> None:
    made = traffic()
    made.sent(HOST, "/v1/x", "application/json", b"\xff\xfe")
    made.sent(HOST, "/v1/models", "", b"")
    assert [entry.body for entry in made.last] == ["(nothing but the address)", "(2 bytes)"]


def test_what_goes_over_the_wire_is_what_is_seen() -> None:
    async def main() -> None:
        made = OpenAIConnections()
        async with OpenAIPeer() as peer:
            endpoint = Endpoint(peer.base_url, ("whisper-1",), KEY)
            client = await made.client(endpoint)
            assert made.traffic.counts == {}
            await client.audio.transcriptions.create(
                model="whisper-1", file=("said.wav", _wav(), "audio/wav")
            )
            await client.models.list()
            await made.close()
        models, sound = made.traffic.last
        assert (models.host, models.path) == (endpoint.host, "/v1/models")
        assert "file: 1.0 s of sound" in sound.body
        assert made.traffic.counts == {endpoint.host: 2}
        assert KEY not in str(made.traffic.last)

    asyncio.run(main())


def _wav() -> bytes:
    kept = io.BytesIO()
    with wave.open(kept, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(bytes(16_000))
    return kept.getvalue()
