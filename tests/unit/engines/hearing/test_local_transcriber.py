"""The local transcriber: how well it hears, and in which order it works."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import jiwer
import numpy as np
import pytest

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import FRAME_BYTES, FRAME_MS, SILENCE, AudioFrame
from copilot_desktop.calls.errors import EngineUnavailable
from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.calls.ports import Heard, HeardStage
from copilot_desktop.engines.hearing.local_transcriber import LocalHearing, LocalTranscriber, _Worker
from copilot_desktop.engines.hearing.whisper_model import (
    WhisperModel,
    Words,
    bundled_folder,
    clean,
    is_invented,
    repeats_itself,
    said_once,
)
from copilot_desktop.engines.hearing.whisper_tokens import WhisperTokens
from copilot_desktop.engines.scripted import tone
from tests.support.local_engines import local_engines, speech

SENTENCES = (
    ("I would like to return a pair of shoes I bought last week.", "caller-man", -70),
    ("Can you tell me when my package will arrive?", "caller-woman", -70),
    ("This is the third time I'm calling and nobody has helped me.", "caller-low", -70),
    ("My account number is 615022.", "assistant", -70),
    ("How much does the premium plan cost per month?", "caller-man", -38),
    ("Is there a warranty on this product, and how long does it last?", "caller-woman", -38),
    ("Please send the invoice to my office address.", "caller-low", -38),
    ("Okay.", "assistant", -70),
)


@pytest.fixture(scope="module")
def model() -> WhisperModel:
    return local_engines().transcriber._model


def bare(text: str) -> str:
    joined = re.sub(r"(?<=\d)[ -](?=\d)", "", text.lower().replace("third", "3rd"))
    return re.sub(r"[^a-z0-9' ]", "", joined)


def test_words_over_the_phone(model: WhisperModel) -> None:
    heard = [model.transcribe(speech(text, who, noise) + SILENCE * 8).text for text, who, noise in SENTENCES]
    assert jiwer.wer([bare(text) for text, *_ in SENTENCES], [bare(text) for text in heard]) <= 0.15


@pytest.mark.parametrize("loudness", [0.003, 0.03, 0.2])
def test_noise_has_no_words(model: WhisperModel, loudness: float) -> None:
    noise = np.random.default_rng(3).standard_normal(16000) * loudness
    assert model.transcribe(g711.encode_float(noise.astype(np.float32))) == Words("", 0.0)


def test_a_prompt_spells_a_name(model: WhisperModel) -> None:
    sound = speech("I have a question about my Zephyrline router.", "caller-low")
    assert "Zephyrline" in model.transcribe(sound, prompt="Zephyrline, warranty").text


def test_repetition_is_seen_and_undone() -> None:
    assert repeats_itself("Okay. Okay. Okay. Okay.")
    assert repeats_itself("No, thank you. No thank you. No, thank")
    assert not repeats_itself("No.")
    assert not repeats_itself("I would like to return a pair of shoes I bought last week.")
    assert said_once("No, thank you. No thank you.", most=1) == "No, thank you."
    assert said_once("No, no, no.", most=4) == "No, no, no."


def test_remarks_and_inventions_are_no_words() -> None:
    assert clean(" [BLANK_AUDIO] Hello  (music) there ♪") == "Hello there"
    assert is_invented("Thank you for watching!", 0.9)
    assert is_invented("you", 0.3)
    assert not is_invented("You", 0.8)
    assert not is_invented("Thank you.", 0.3)


def test_text_of_tokens_is_the_tokenizers_own() -> None:
    from tokenizers import Tokenizer

    tokenizer, tokens = (
        Tokenizer.from_file(str(bundled_folder() / "tokenizer.json")),
        WhisperTokens(bundled_folder()),
    )
    for text in (" Hello there, it's 9.30 and I paid €20.", " naïve café – “quoted”", " ☎ 漢字"):
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        assert tokens.decode([*tokens.start, *ids, tokens.text_end]) == text
    assert tokens.prompt(" ") == []
    assert len(tokens.prompt("word " * 500)) == 101


def test_a_missing_model_is_an_engine_error(tmp_path: Path) -> None:
    async def main() -> None:
        transcriber = LocalTranscriber(tmp_path)
        with pytest.raises(EngineUnavailable):
            async with transcriber.open(CallId("call-1"), Party.CALLER):
                pass
        transcriber.close()

    asyncio.run(main())


class Runs:
    """Counts what a hearing asks to be transcribed; answers with the seconds of tone in it."""

    def __init__(self) -> None:
        self.finals: list[int] = []
        self.partials = 0

    def __call__(self, sound: bytes, is_final: bool) -> Words:
        loud_ms = (
            sum(sound[at : at + FRAME_BYTES] != SILENCE for at in range(0, len(sound), FRAME_BYTES))
            * FRAME_MS
        )
        if is_final:
            self.finals.append(loud_ms)
        else:
            self.partials += 1
        return Words(f"{loud_ms}", 0.9)


class Talk:
    """A hearing over `Runs`, fed by hand."""

    def __init__(self) -> None:
        self.runs = Runs()
        self.worker = _Worker()
        self.hearing = LocalHearing(self.runs, self.worker)
        self.at_ms = 0

    def feed(self, sound: bytes) -> None:
        for at in range(0, len(sound), FRAME_BYTES):
            self.hearing.feed(AudioFrame(sound[at : at + FRAME_BYTES], self.at_ms))
            self.at_ms += FRAME_MS

    def speak(self, duration_ms: int) -> None:
        self.hearing.speech_started(self.at_ms)
        self.feed(tone(duration_ms))

    async def take(self, count: int) -> list[Heard]:
        heard: list[Heard] = []
        async with aclosing(self.hearing.__aiter__()) as stream:  # type: ignore[type-var]
            async for piece in stream:
                heard.append(piece)
                if len(heard) == count:
                    break
        return heard


def with_talk(main: Callable[[Talk], object]) -> None:
    async def run() -> None:
        talk = Talk()
        try:
            await main(talk)  # type: ignore[misc]
        finally:
            talk.hearing.close()
            talk.worker.close()

    asyncio.run(run())


def test_a_commit_after_a_pause_takes_the_same_words() -> None:
    async def main(talk: Talk) -> None:
        talk.speak(1000)
        talk.feed(SILENCE * 8)
        talk.hearing.pause()
        talk.feed(SILENCE * 10)
        talk.hearing.commit()
        paused, final = await talk.take(2)
        assert (paused.stage, final.stage) == (HeardStage.PAUSED, HeardStage.FINAL)
        assert paused.text == final.text == "1000"
        assert talk.runs.finals == [1000]

    with_talk(main)


def test_a_commit_after_more_words_hears_them() -> None:
    async def main(talk: Talk) -> None:
        talk.speak(1000)
        talk.hearing.pause()
        (paused,) = await talk.take(1)
        talk.feed(SILENCE * 8 + tone(400))
        talk.hearing.commit()
        (final,) = await talk.take(1)
        assert (paused.text, final.text) == ("1000", "1400")

    with_talk(main)


def test_more_speech_overtakes_a_pause_not_yet_answered() -> None:
    async def main(talk: Talk) -> None:
        talk.speak(600)
        talk.hearing.pause()
        talk.feed(SILENCE * 8 + tone(600))
        talk.hearing.pause()
        talk.hearing.commit()
        assert [heard.text for heard in await talk.take(2)] == ["1200", "1200"]
        assert talk.runs.finals == [1200]

    with_talk(main)


def test_partials_wait_for_speech_and_rest_between() -> None:
    async def main(talk: Talk) -> None:
        talk.speak(1600)
        heard = await talk.take(1)
        assert heard[0].stage is HeardStage.PARTIAL
        assert talk.runs.partials == 1
        # No more speech than before, so no more partial words: the next piece is the pause's.
        talk.feed(SILENCE * 40)
        talk.hearing.pause()
        assert (await talk.take(1))[0].stage is HeardStage.PAUSED
        assert talk.runs.partials == 1

    with_talk(main)


def test_a_pause_is_known_before_anyone_asks() -> None:
    async def main(talk: Talk) -> None:
        talk.speak(600)
        talk.feed(SILENCE * 8)
        assert [(heard.text, heard.stage) for heard in await talk.take(1)] == [("600", HeardStage.PARTIAL)]
        talk.feed(SILENCE * 4)
        talk.hearing.pause()
        talk.hearing.commit()
        paused, final = await talk.take(2)
        assert (paused.stage, final.stage) == (HeardStage.PAUSED, HeardStage.FINAL)
        assert paused.text == final.text == "600"
        assert talk.runs.finals == [600]

    with_talk(main)


def test_a_soft_last_word_after_an_early_run_is_heard() -> None:
    soft = g711.encode((g711.decode(tone(200)) * 0.15).astype(np.int16))

    async def main(talk: Talk) -> None:
        talk.speak(600)
        talk.feed(SILENCE * 8)
        await talk.take(1)
        talk.feed(soft + SILENCE * 8)
        talk.hearing.pause()
        assert (await talk.take(1))[0].text == "800"

    with_talk(main)


def test_a_pause_goes_before_partial_words() -> None:
    async def main(talk: Talk) -> None:
        talk.speak(1600)
        talk.hearing.pause()
        talk.hearing.commit()
        stages = [heard.stage for heard in await talk.take(2)]
        assert stages == [HeardStage.PAUSED, HeardStage.FINAL]
        assert talk.runs.partials == 0

    with_talk(main)


def test_a_long_turn_loses_nothing() -> None:
    async def main(talk: Talk) -> None:
        talk.speak(1000)
        for _ in range(35):
            talk.feed(tone(1800) + SILENCE * 10)
        talk.hearing.commit()
        (final,) = await talk.take(1)
        assert sum(int(part) for part in final.text.split()) == 1000 + 35 * 1800
        assert all(part <= 25_000 for part in talk.runs.finals)
        # Cut in the silences: no tone is torn.
        assert all(
            int(part) % 1800 == 1000 * (index == 0) % 1800 for index, part in enumerate(final.text.split())
        )

    with_talk(main)


def test_what_lies_before_the_speech_is_forgotten() -> None:
    async def main(talk: Talk) -> None:
        talk.feed(tone(3000))
        talk.feed(SILENCE * 25)
        talk.speak(1000)
        talk.hearing.commit()
        assert (await talk.take(1))[0].text == "1000"

    with_talk(main)


@pytest.mark.allow_warnings
def test_every_commit_is_answered_even_when_far_too_much_is_owed() -> None:
    async def main(talk: Talk) -> None:
        for _ in range(20):
            talk.speak(500)
            talk.hearing.commit()
        texts = [heard.text for heard in await talk.take(20)]
        assert texts == [""] * 4 + ["500"] * 16

    with_talk(main)
