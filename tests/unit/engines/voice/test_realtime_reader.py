"""RealtimeVoice with servers that are unlike OpenAI's: older, simpler, forgetful, or wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest

from copilot_desktop.audio import g711
from copilot_desktop.calls.errors import EngineError, EngineFault
from copilot_desktop.engines.trials import closed_after
from copilot_desktop.engines.voice.reading import SoundForm
from copilot_desktop.engines.voice.realtime_reader import sound_form
from copilot_desktop.engines.voice.realtime_voice import RealtimeVoice, sessions_wanted
from tests.support.openai_peer import OpenAIPeer, Where
from tests.support.spoken import (
    ReadingServer,
    Told,
    a_reader,
    connected,
    delta,
    done,
    run_alone,
    seconds,
    sound_of,
    text_of,
)

Answer = Callable[[dict[str, Any]], Sequence[dict[str, Any]]]
Event = dict[str, Any]


def tone(length_s: float) -> bytes:
    time_s = np.arange(int(8000 * length_s)) / 8000
    return g711.encode((np.sin(2 * np.pi * 440 * time_s) * 9000).astype(np.int16))


def created(event: Event, response_id: str = "resp_1", **about: Any) -> Event:
    metadata = event["response"]["metadata"]
    return {"type": "response.created", "response": {"id": response_id, "metadata": metadata, **about}}


@asynccontextmanager
async def a_voice(
    answer: Answer | None = None, told: Told | None = None, *, stall_s: float = 8.0, **options: Any
) -> AsyncIterator[tuple[ReadingServer, RealtimeVoice]]:
    if answer is not None:
        options["session"] = lambda: answer
    async with (
        ReadingServer(**options).serving() as server,
        connected() as connections,
        a_reader(connections, server.base_url, told, stall_s=stall_s) as voice,
    ):
        yield server, voice


def spoken(answer: Answer, sentence: str = "One two three.", told: Told | None = None) -> float:
    """Return how long the sound is that comes of `sentence`."""

    async def main() -> float:
        async with a_voice(answer, told) as (_, voice):
            return seconds(await sound_of(voice, sentence))

    return run_alone(main())


def failure(answer: Answer, sentence: str = "One two three.") -> EngineError:
    with pytest.raises(EngineError) as caught:
        spoken(answer, sentence)
    assert sentence not in str(caught.value)
    return caught.value


def test_an_older_server_says_it_in_older_words() -> None:
    def answer(event: Event) -> list[Event]:
        return [
            created(event),
            {"type": "response.audio_transcript.delta", "response_id": "resp_1", "delta": "One two three."},
            delta("resp_1", tone(1)) | {"type": "response.audio.delta"},
            done("resp_1"),
        ]

    assert spoken(answer) == pytest.approx(1, abs=0.03)


def test_a_server_that_forgets_whose_response_it_is_answers_in_order() -> None:
    numbers = iter(range(1, 10))

    def answer(event: Event) -> list[Event]:
        response_id = f"resp_{next(numbers)}"
        return [
            created(event, response_id) | {"response": {"id": response_id}},
            delta(response_id, tone(len(text_of(event).split()) * 0.5)),
            done(response_id),
        ]

    async def main() -> None:
        async with a_voice(answer) as (_, voice):
            texts = ["One.", "One two.", "One two three."]
            sounds = await asyncio.gather(*(sound_of(voice, text) for text in texts))
            assert [seconds(sound) for sound in sounds] == pytest.approx([0.5, 1.0, 1.5], abs=0.03)

    run_alone(main())


def test_a_server_that_reads_one_at_a_time_gets_more_sessions() -> None:
    class LoneReader:
        """Refuses a second response while the first is under way, in each of its sessions."""

        def __init__(self) -> None:
            self.is_busy = False
            self.refused = 0

        def answer(self, event: Event) -> list[Event]:
            if event["type"] == "response.cancel":
                self.is_busy = False
                return [done(event["response_id"], "cancelled")]
            if self.is_busy:
                self.refused += 1
                about = {"code": "conversation_already_has_active_response", "event_id": event["event_id"]}
                return [{"type": "error", "error": about}]
            self.is_busy = True
            # It goes on: only stopping ends it.
            return [created(event), delta("resp_1", tone(1))]

    async def main() -> None:
        readers: list[LoneReader] = []

        def session() -> Answer:
            readers.append(LoneReader())
            return readers[-1].answer

        told = Told()
        async with a_voice(told=told, session=session) as (server, voice):
            streams = [voice.speak("One two three.") for _ in range(8)]
            firsts = await asyncio.gather(*(anext(stream) for stream in streams))
            assert all(firsts)
            assert len(server.sessions) == 8
            # Having learned it, the voice does not try again.
            refused = sum(reader.refused for reader in readers)
            for stream in streams:
                await _close(stream)
            async with asyncio.timeout(5):
                while len(told.usages) < 8:
                    await asyncio.sleep(0.005)
            async with closed_after(voice.speak("One two three.")) as again:
                assert await anext(again)
            assert sum(reader.refused for reader in readers) == refused
            assert len(server.sessions) == 8

    run_alone(main())


async def _close(stream: AsyncIterator[bytes]) -> None:
    async with closed_after(stream):
        pass


def test_sound_without_words_is_taken_as_it_is() -> None:
    told = Told()

    def answer(event: Event) -> list[Event]:
        return [created(event), delta("resp_1", tone(1)), done("resp_1")]

    assert spoken(answer, told=told) == pytest.approx(1, abs=0.03)
    ((usage, _),) = told.usages
    assert usage.is_estimate
    assert usage.audio_output_tokens == 20


def test_words_told_only_at_the_end_are_compared_then() -> None:
    def answer(event: Event) -> list[Event]:
        return [
            created(event),
            delta("resp_1", tone(1)),
            {
                "type": "response.output_audio_transcript.done",
                "response_id": "resp_1",
                "transcript": "I am afraid that this cannot be read.",
            },
            done("resp_1"),
        ]

    assert failure(answer).fault is EngineFault.BAD_ANSWER


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("insufficient_quota", EngineFault.NO_CREDIT),
        ("rate_limit_exceeded", EngineFault.RATE_LIMITED),
        ("server_error", EngineFault.SERVER_FAILED),
        (None, EngineFault.SERVER_FAILED),
        (["odd"], EngineFault.SERVER_FAILED),
    ],
)
def test_a_response_that_fails_says_why(code: object, fault: EngineFault) -> None:
    def answer(event: Event) -> list[Event]:
        details = {"type": "failed", "error": {"type": "x", "code": code}}
        return [created(event), done("resp_1", "failed", status_details=details)]

    assert failure(answer).fault is fault


def test_a_response_that_fails_with_sound_out_broke_off() -> None:
    def answer(event: Event) -> list[Event]:
        return [created(event), delta("resp_1", tone(0.5)), done("resp_1", "incomplete")]

    assert failure(answer).fault is EngineFault.BROKEN_OFF


@pytest.mark.parametrize("says_which", [True, False])
def test_an_error_about_the_request_ends_only_that(says_which: bool) -> None:
    def answer(event: Event) -> list[Event]:
        if text_of(event) != "Refuse this.":
            return [created(event)]
        about = {"event_id": event["event_id"]} if says_which else {}
        return [
            {"type": "error", "error": {"code": "rate_limit_exceeded", **about}},
            delta("resp_1", tone(1)),
            done("resp_1"),
        ]

    async def main() -> None:
        async with a_voice(answer) as (server, voice):
            good = asyncio.create_task(sound_of(voice, "One two three."))
            async with asyncio.timeout(5):
                while not server.seen:
                    await asyncio.sleep(0.005)
            with pytest.raises(EngineError) as caught:
                await sound_of(voice, "Refuse this.")
            assert caught.value.fault is EngineFault.RATE_LIMITED
            assert seconds(await good) == pytest.approx(1, abs=0.03)

    run_alone(main())


@pytest.mark.parametrize(
    "nonsense",
    [
        delta("resp_1", b"") | {"delta": "no base64!"},
        delta("resp_1", b"") | {"delta": "ä"},
        delta("resp_1", tone(1)) | {"delta": 17},
        delta("resp_1", tone(20)),
        done("resp_1"),
        done("resp_1") | {"response": {"id": "resp_1", "usage": {"input_tokens": "many"}}},
    ],
)
def test_what_is_no_speech_is_a_bad_answer(nonsense: Event) -> None:
    def answer(event: Event) -> list[Event]:
        return [created(event), nonsense, done("resp_1")]

    assert failure(answer).fault is EngineFault.BAD_ANSWER


@pytest.mark.parametrize(
    "odd",
    [
        {"type": "response.created", "response": "odd"},
        {"type": "response.created"},
        {"type": ["odd"]},
        {"no": "type"},
        {"type": "response.done", "response": None},
        {"type": "response.output_audio.delta", "response_id": ["odd"], "delta": {}},
        {"type": "rate_limits.updated", "rate_limits": []},
        {"type": "error", "error": {"code": "response_cancel_not_active"}},
        {"type": "something.new"},
    ],
)
def test_odd_events_do_no_harm(odd: Event) -> None:
    def answer(event: Event) -> list[Event]:
        return [created(event), odd, delta("resp_1", tone(1)), odd, done("resp_1")]

    assert spoken(answer) == pytest.approx(1, abs=0.03)


def test_sound_that_ends_too_soon_broke_off() -> None:
    def answer(event: Event) -> list[Event]:
        return [created(event), delta("resp_1", tone(0.2)), done("resp_1")]

    sentence = "Your order has left our warehouse this morning and will reach you on Friday."
    assert failure(answer, sentence).fault is EngineFault.BROKEN_OFF


def test_a_line_that_is_dead_unnoticed_is_not_used_again() -> None:
    async def main() -> None:
        async with a_voice(lambda event: [], stall_s=1.1) as (server, voice):
            with pytest.raises(EngineError) as caught:
                await sound_of(voice)
            assert caught.value.fault is EngineFault.TOO_SLOW
            with pytest.raises(EngineError):
                await sound_of(voice)
            assert len(server.sessions) == 2

    run_alone(main())


def test_a_session_that_is_refused_is_asked_for_in_simpler_forms() -> None:
    def answer(event: Event) -> list[Event]:
        return [created(event), delta("resp_1", bytes(range(1, 255)) * 96), done("resp_1")]

    def refuse(session: dict[str, Any]) -> bool:
        return bool(session["audio"]["output"]["format"]["type"] == "audio/pcmu")

    async def main() -> None:
        async with a_voice(answer, refuse=refuse) as (server, voice):
            await sound_of(voice, "One two three.")
            for socket in tuple(server.sockets):
                await socket.close()
            await sound_of(voice, "One two three.")
            kinds = [session["audio"]["output"]["format"]["type"] for session in server.sessions]
            # What was refused once is not asked for again.
            assert kinds == ["audio/pcmu", "audio/pcm", "audio/pcm"]

    run_alone(main())


def test_only_openai_is_asked_for_what_only_openai_knows() -> None:
    best, *rest = sessions_wanted(is_openai=True)
    assert best["reasoning"] == {"effort": "minimal"}
    assert best["tracing"] is None
    assert best["audio"]["output"]["format"] == {"type": "audio/pcmu"}
    assert tuple(rest) == sessions_wanted(is_openai=False)
    assert not any("reasoning" in session for session in rest)


@pytest.mark.parametrize(
    ("session", "form"),
    [
        ({"audio": {"output": {"format": {"type": "audio/pcmu"}}}}, SoundForm(True, 8000)),
        ({"audio": {"output": {"format": {"type": "audio/pcm"}}}}, SoundForm(False, 24000)),
        ({"audio": {"output": {"format": {"type": "audio/pcm", "rate": 16000}}}}, SoundForm(False, 16000)),
        ({"output_audio_format": "g711_ulaw"}, SoundForm(True, 8000)),
        ({"output_audio_format": "pcm16"}, SoundForm(False, 24000)),
        ({"audio": "odd"}, SoundForm(False, 24000)),
        ({}, SoundForm(False, 24000)),
    ],
)
def test_the_sessions_own_word_says_what_it_sends(session: dict[str, Any], form: SoundForm) -> None:
    assert sound_form(session) == form


def test_an_old_session_reads_on_while_another_opens_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with (
            OpenAIPeer() as peer,
            connected(peer) as connections,
            a_reader(connections, peer.base_url) as voice,
        ):
            await voice.prepare()
            (old,) = peer.sockets
            await asyncio.sleep(0.3)
            # As if 50 minutes had passed for what is older than this.
            monkeypatch.setattr("copilot_desktop.engines.server.realtime_link._OLD_S", 0.25)
            await sound_of(voice, "One two three four five.")
            assert old in peer.sockets
            monkeypatch.setattr("copilot_desktop.engines.server.realtime_link._OLD_S", 10.0)
            async with asyncio.timeout(5):
                while len(peer.sockets) < 2:
                    await asyncio.sleep(0.005)

    run_alone(main())


def test_a_session_too_old_is_closed_once_there_is_a_younger_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with (
            OpenAIPeer() as peer,
            connected(peer) as connections,
            a_reader(connections, peer.base_url) as voice,
        ):
            await voice.prepare()
            (old,) = peer.sockets
            await asyncio.sleep(0.5)
            monkeypatch.setattr("copilot_desktop.engines.server.realtime_link._OLD_S", 0.5)
            async with asyncio.timeout(5):
                while old in peer.sockets:
                    await sound_of(voice, "One.")
            updates = [seen for seen in peer.of(Where.REALTIME_VOICE) if "session" in seen.body]
            assert len(updates) >= 2

    run_alone(main())
