"""What speech models invent is kept out, and what callers say is kept, on real sound of each kind."""

from __future__ import annotations

import time

import numpy as np
import pytest

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import FRAME_BYTES, SILENCE
from copilot_desktop.audio.level import dbfs
from copilot_desktop.audio.tones import hold_melody
from copilot_desktop.engines.hearing.hallucinations import is_too_much, trusted
from copilot_desktop.engines.hearing.loudness import Evidence, Loudness
from tests.support.local_engines import speech

SAID = ("Yes.", "No.", "No, thanks.", "Thank you.", "Bye.", "Can you tell me where my order is, please?")
INVENTED = (
    "Thank you for watching!",
    "Thanks for watching.",
    "Please subscribe to my channel.",
    "Don’t forget to like and subscribe!",
    "Subtitles by the Amara.org community",
    "Untertitelung des ZDF, 2020",
    "Untertitel im Auftrag des ZDF für funk, 2017",
    "Vielen Dank fürs Zuschauen!",
    "Sous-titres réalisés para la communauté d'Amara.org",
    "Subtítulos realizados por la comunidad de Amara.org",
    "Sottotitoli e revisione a cura di QTSS",
    "Продолжение следует...",
    "ご視聴ありがとうございました",
    "[Music]",
    "(applause)",
    "*sighs*",
    "♪♪♪",
    "♪ la la la ♪",
    "[BLANK_AUDIO]",
    "...",
)
ONLY_WHERE_NOBODY_SPOKE = ("Thank you.", "you", "Bye.", "Bye-bye.", "Okay.", "So", "Danke.", "Merci.", "Um")


def heard(ulaw: bytes, before: bytes = SILENCE * 40) -> Loudness:
    """A turn of `ulaw` on a line that was `before` before."""
    loudness = Loudness()
    for at in range(0, len(before), FRAME_BYTES):
        loudness.hear(dbfs(before[at : at + FRAME_BYTES]), is_in_turn=False)
    loudness.begin([])
    for at in range(0, len(ulaw) - FRAME_BYTES + 1, FRAME_BYTES):
        loudness.hear(dbfs(ulaw[at : at + FRAME_BYTES]), is_in_turn=True)
    return loudness


def noise(seconds: float, peak: float) -> bytes:
    sound = np.random.default_rng(3).standard_normal(int(seconds * 8000)) * peak
    return g711.encode_float(sound.astype(np.float32))


@pytest.mark.parametrize("text", SAID)
@pytest.mark.parametrize("noise_dbfs", [-70.0, -38.0])
def test_speech_is_clear_and_its_words_are_kept(text: str, noise_dbfs: float) -> None:
    evidence = heard(speech(text, noise_dbfs=noise_dbfs)).evidence()
    assert evidence is Evidence.CLEAR
    assert trusted(text, evidence, ["Marlow lamp"]) == text


@pytest.mark.parametrize("start_s", range(0, 14, 2))
def test_hold_music_is_no_clear_speech(start_s: int) -> None:
    music = hold_melody()[start_s * 8000 : start_s * 8000 + 16000]
    assert heard(music).evidence() is Evidence.WEAK


def test_noise_is_no_clear_speech() -> None:
    assert heard(noise(2, 0.05)).evidence() is Evidence.WEAK
    # As loud as the line was before: nothing at all.
    assert heard(noise(2, 0.02), before=noise(0.8, 0.02)).evidence() is Evidence.NONE
    assert heard(SILENCE * 100).evidence() is Evidence.NONE
    click = g711.encode_float(np.full(160, 0.5, np.float32))
    assert heard(SILENCE * 10 + click + SILENCE * 20).evidence() is Evidence.NONE


@pytest.mark.parametrize("text", INVENTED)
@pytest.mark.parametrize("evidence", list(Evidence))
def test_what_nobody_says_into_a_phone_is_dropped(text: str, evidence: Evidence) -> None:
    assert trusted(text, evidence) == ""


@pytest.mark.parametrize("text", ONLY_WHERE_NOBODY_SPOKE)
def test_what_is_said_and_invented_is_kept_in_clear_speech_only(text: str) -> None:
    assert trusted(text, Evidence.CLEAR) == text
    assert trusted(text, Evidence.WEAK) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Thank you for watching my house while I was away.",
        "I saw it in the next video you sent.",
        "My number is (202) 555 0142.",
        "Press *67, they told me.",
        "No no no no, that is wrong.",
        "It is 5 5 5 5 5 5 5 5 5 5.",
        "Can you subscribe me to the newsletter?",
        "Ich hätte gern Untertitel auf meinem Fernseher.",
        "The Marlow lamp.",
        "¿Dónde está mi pedido?",
    ],
)
def test_what_callers_say_is_kept(text: str) -> None:
    assert trusted(text, Evidence.CLEAR, ["Marlow lamp", "Harbor Home"]) == text


def test_asides_are_taken_out_of_what_was_said() -> None:
    assert trusted("[Music] Hello, I need help. (laughs)", Evidence.CLEAR) == "Hello, I need help."


def test_hints_read_out_are_no_words() -> None:
    hints = ["Marlow lamp", "Harbor Home", "Nova desk"]
    assert trusted("Marlow lamp, Harbor Home, Nova desk.", Evidence.CLEAR, hints) == ""
    assert trusted("Harbor Home, Nova desk", Evidence.WEAK, hints) == ""
    assert trusted("Harbor Home, Nova desk", Evidence.CLEAR, hints) == "Harbor Home, Nova desk"


def test_what_is_said_over_and_over_is_kept_once() -> None:
    assert trusted("I want to go. " * 20, Evidence.CLEAR) == "I want to go."
    assert trusted("Hello. " + "never " * 60, Evidence.CLEAR) == "Hello. never"
    assert trusted("Well, " + "thank you. " * 30 + "Bye now.", Evidence.CLEAR) == "Well, thank you. Bye now."


def test_more_than_can_be_said_is_too_much() -> None:
    assert is_too_much("never " * 170_000, 3.0)
    assert is_too_much("".join(f"word{number} " for number in range(400)), 3.0)
    assert not is_too_much("I want to go. " * 60, 5.0)
    assert not is_too_much("A quick word, spoken as fast as anyone can speak on a phone. " * 3, 5.0)


def test_it_takes_no_time() -> None:
    text = " ".join(f"word{number % 97}" for number in range(700))
    begun = time.perf_counter()
    trusted(text, Evidence.CLEAR, ["Marlow lamp"] * 50)
    # Some 10 ms for a text of four minutes; a loop that grows with its square would take minutes.
    assert time.perf_counter() - begun < 1.0
