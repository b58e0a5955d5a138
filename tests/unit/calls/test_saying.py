"""What is being said comes to an end, whatever breaks it off, and the transcript tells how far it came."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from copilot_desktop.calls.events import Problem, ProblemRaised, UtteranceChanged, UtteranceFinished
from copilot_desktop.store.recordings import WavRecordings
from tests.support.virtual_call import CALL, SETTINGS, VirtualCall
from tests.support.virtual_time import run_virtual


@pytest.mark.allow_warnings
def test_a_voice_that_breaks_in_the_middle_ends_the_sentence_and_not_the_talk() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(greeting="one two three four five six")
        call.puppets.voice.breaks_after_words = 2
        await call.connect()
        await call.listen_to_end()
        call.puppets.voice.breaks_after_words = None
        await call.speak("Are you there?")
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    greeting, _, answer = call.of(UtteranceFinished)
    assert greeting.text.startswith("one")
    assert greeting.text + " " + greeting.unheard == "one two three four five six"
    assert "three" in greeting.unheard
    assert answer.text == "You said Are you there?"
    assert [fact.problem for fact in call.of(ProblemRaised)] == [Problem.VOICE_FAILED]


@pytest.mark.allow_warnings
def test_a_notice_that_breaks_in_the_middle_was_not_given(tmp_path: Path) -> None:
    recordings = WavRecordings(tmp_path)
    settings = replace(SETTINGS, answering=replace(SETTINGS.answering, notice="This call is recorded now"))

    async def main() -> VirtualCall:
        call = VirtualCall(settings=settings, recordings=recordings)
        call.puppets.voice.breaks_after_words = 4
        await call.connect()
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    recordings.close()
    assert Problem.NOTICE_FAILED in [fact.problem for fact in call.of(ProblemRaised)]
    assert [text for _, text in call.said()][1] == "Hello there."


def test_what_the_caller_has_heard_so_far_is_told_while_it_is_said() -> None:
    words = "one two three four five six seven eight nine ten"

    async def main() -> VirtualCall:
        call = VirtualCall(greeting=words)
        await call.connect()
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    moved = [fact for fact in call.of(UtteranceChanged) if fact.text == words]
    lengths = [fact.heard_length or 0 for fact in moved]
    assert lengths == sorted(set(lengths)), "told only when there is more"
    assert len(lengths) >= 4
    assert all(words[:length] == " ".join(words.split()[: len(words[:length].split())]) for length in lengths)


def test_typed_words_that_an_answer_overtakes_stand_as_cut() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(greeting="Hi.")
        await call.connect()
        await call.listen_to_end()
        await call.speak("Where is my order?", 500)
        call.desk.say_text(CALL, "one two three four five six")
        await call.speak("Where is my order?", 500)
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    typed = next(fact for fact in call.of(UtteranceFinished) if fact.text.startswith("one"))
    assert typed.cut_short
    assert f"{typed.text} {typed.unheard}" == "one two three four five six"
    assert call.said()[-1][1].startswith("You said")
