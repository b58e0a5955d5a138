"""Sentences become sound in order, the next asked for early, and nothing of them outlives a stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from copilot_desktop.audio.frame import FRAME_BYTES
from copilot_desktop.calls.errors import EngineError
from copilot_desktop.calls.events import CallId
from copilot_desktop.calls.speech import Speech
from copilot_desktop.calls.voicing import speak_into
from tests.support.virtual_time import run_virtual

FRAME = bytes([0x90]) * FRAME_BYTES


class SlowVoice:
    """First sound after `delay_s`; a second for each sentence. Keeps count of what is open."""

    def __init__(self, delay_s: float, *, broken: str = "") -> None:
        self.delay_s, self.broken = delay_s, broken
        self.asked: list[tuple[str, float]] = []
        self.open = self.most_open = 0

    async def speak(self, sentence: str, call: CallId | None = None) -> AsyncIterator[bytes]:
        self.asked.append((sentence, asyncio.get_running_loop().time()))
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            await asyncio.sleep(self.delay_s)
            for _ in range(50):
                yield FRAME
                if sentence == self.broken:
                    raise EngineError("voice")
        finally:
            self.open -= 1


def queue_of(*sentences: str) -> asyncio.Queue[str | None]:
    queue: asyncio.Queue[str | None] = asyncio.Queue()
    for sentence in (*sentences, None):
        queue.put_nowait(sentence)
    return queue


def test_two_are_asked_for_ahead_and_all_come_in_order() -> None:
    voice, speech = SlowVoice(0.5), Speech()

    async def main() -> float:
        begun_s = asyncio.get_running_loop().time()
        await speak_into(speech, voice, queue_of("a", "b", "c", "d", "e"))
        return asyncio.get_running_loop().time() - begun_s

    took_s = run_virtual(main())
    assert [sentence.text for sentence in speech.sentences] == list("abcde")
    assert [sentence.frame_count for sentence in speech.sentences] == [50] * 5
    assert speech.is_complete
    assert voice.most_open == 3
    # One after the other they would have taken five times 0.5 s.
    assert took_s == pytest.approx(1.0, abs=0.05)


def test_cancelled_it_leaves_nothing_open() -> None:
    voice = SlowVoice(0.5)

    async def main() -> None:
        speech = Speech()
        task = asyncio.create_task(speak_into(speech, voice, queue_of(*"abcdefghijklmn")))
        # Ten seconds of sound are made; then it waits for room.
        await asyncio.sleep(30)
        assert not task.done()
        assert speech.unsent_count() <= 501
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert voice.open == 0

    run_virtual(main())


def test_a_failure_comes_after_the_sound_before_it_and_closes_the_rest() -> None:
    voice, speech = SlowVoice(0.5, broken="b"), Speech()

    async def main() -> None:
        with pytest.raises(EngineError):
            await speak_into(speech, voice, queue_of("a", "b", "c"))

    run_virtual(main())
    assert [(said.text, said.frame_count) for said in speech.sentences] == [("a", 50), ("b", 1)]
    assert voice.open == 0
    assert not speech.is_complete
