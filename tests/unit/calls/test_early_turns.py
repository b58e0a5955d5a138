"""An answer begun before the turn is certain: kept for the same words, dropped for others, within bounds."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import SILENCE
from copilot_desktop.calls.answers import Answers
from copilot_desktop.calls.card_watch import CardWatch
from copilot_desktop.calls.early_replies import MOST_DROPPED
from copilot_desktop.calls.events import (
    CallId,
    Party,
    Problem,
    ProblemRaised,
    ResponseTimed,
    SpeechMeasured,
    SuggestionId,
    SuggestionReady,
    Tool,
    UtteranceFinished,
)
from copilot_desktop.calls.ports import ToolCall
from copilot_desktop.calls.reply import Reply
from copilot_desktop.calls.states import Mode
from copilot_desktop.calls.suggestions import Suggestions
from copilot_desktop.calls.transcript import Transcript
from tests.support.puppets import TONE, Puppets
from tests.support.virtual_call import CALL, VirtualCall
from tests.support.virtual_time import run_virtual


async def greeted(mode: Mode = Mode.AI_SPEAKS) -> VirtualCall:
    """A call whose greeting is over."""
    call = VirtualCall(greeting="Hi.")
    await call.connect(mode)
    await call.listen_to_end()
    return call


def partial(call: VirtualCall, words: str) -> None:
    """The ears understand `words` so far."""
    call.puppets.transcriber.words = words
    call.puppets.transcriber.hearings[Party.CALLER].partial()


def asked(call: VirtualCall) -> list[str]:
    """What the writer was asked to answer."""
    return [talk.last_caller_text for talk in call.puppets.writer.talks]


def test_words_at_rest_begin_the_answer_before_any_pause() -> None:
    async def main() -> VirtualCall:
        call = await greeted()
        call.puppets.writer.delay_s = 0.1
        call.puppets.voice.delay_s = 0.06
        await call.speak("My order is late.", 980)
        partial(call, "My order is late.")
        await call.pass_frame(TONE)
        await call.listen(100)
        assert asked(call) == ["My order is late."]
        assert call.of(SuggestionReady) == []
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert asked(call) == ["My order is late."]
    (timed,) = call.of(ResponseTimed)
    # 160 ms of engines, yet the first sound leaves with the end of the turn.
    assert timed.total_ms - timed.decision_ms <= 20
    assert timed.dropped_replies == 0


def test_words_on_the_move_begin_nothing() -> None:
    async def main() -> VirtualCall:
        call = await greeted()
        await call.speak("My", 500)
        for count in range(1, 5):
            partial(call, " ".join(["My", "order", "is", "late"][:count]))
            await call.pass_frame(TONE)
        await call.listen(60)
        assert asked(call) == []
        await call.hang_up()
        return call

    run_virtual(main())


def test_going_on_after_a_dip_drops_the_answer_and_begins_it_again() -> None:
    async def main() -> VirtualCall:
        call = await greeted()
        call.puppets.writer.delay_s = 1.0
        await call.speak("My order", 500)
        partial(call, "My order")
        await call.listen(100)
        assert asked(call) == ["My order"]
        await call.speak("My order", 60)
        partial(call, "My order is late.")
        await call.pass_frame(TONE)
        await call.pass_frame(TONE)
        assert call.puppets.writer.cancelled == 1
        await call.speak("My order is late.", 300)
        await call.listen(3000)
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert asked(call) == ["My order", "My order is late."]
    (timed,) = call.of(ResponseTimed)
    assert timed.dropped_replies == 1
    assert call.said()[-1] == ("assistant", "You said My order is late.")


def test_a_voice_that_goes_on_drops_the_answer_even_before_its_words() -> None:
    async def main() -> VirtualCall:
        call = await greeted()
        call.puppets.writer.delay_s = 5.0
        await call.speak("My order", 500)
        partial(call, "My order")
        await call.listen(80)
        assert asked(call) == ["My order"]
        await call.speak("My order", 340)
        assert call.puppets.writer.cancelled == 1
        await call.hang_up()
        return call

    run_virtual(main())


def test_after_two_dropped_answers_a_turn_waits_for_its_end() -> None:
    async def main() -> VirtualCall:
        call = await greeted()
        call.puppets.writer.delay_s = 2.0
        call.puppets.detector.certainty = 0.8
        words = ""
        for word in ["one", "two", "three", "four", "five", "six"]:
            words = f"{words} {word}".strip()
            await call.speak(words, 400)
            partial(call, words)
            await call.listen(120)
        await call.listen(5000)
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert asked(call) == ["one", "one two", "one two three four five six"]
    (timed,) = call.of(ResponseTimed)
    assert timed.dropped_replies == MOST_DROPPED


def test_fewer_words_on_their_way_to_the_same_keep_the_answer() -> None:
    async def main() -> VirtualCall:
        call = await greeted()
        call.puppets.writer.delay_s = 0.3
        await call.speak("My order is late.", 500)
        partial(call, "My order is late.")
        await call.listen(100)
        partial(call, "My order")
        await call.listen(20)
        call.puppets.transcriber.words = "My order is late."
        await call.listen_to_end()
        await call.hang_up()
        return call

    assert asked(run_virtual(main())) == ["My order is late."]


@pytest.mark.allow_warnings
def test_an_early_answer_that_fails_is_tried_again_and_nobody_is_told() -> None:
    async def main() -> VirtualCall:
        call = await greeted()
        call.puppets.writer.is_broken = True
        await call.speak("My order is late.", 500)
        partial(call, "My order is late.")
        await call.listen(120)
        call.puppets.writer.is_broken = False
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert call.said()[-1] == ("assistant", "You said My order is late.")
    assert call.of(ProblemRaised) == []


@pytest.mark.parametrize("after_ms", [80, 160, 240, 300, 400])
def test_take_over_at_any_moment_leaves_no_sound_of_the_answer(after_ms: int) -> None:
    async def main() -> VirtualCall:
        call = await greeted()
        call.puppets.writer.delay_s = 0.1
        call.puppets.voice.delay_s = 0.1
        await call.speak("My order is late.", 500)
        partial(call, "My order is late.")
        await call.listen(after_ms)
        heard_ms = call.heard_tone_ms()
        call.desk.take_over(CALL)
        assert call.link.buffered_ms == 0
        await call.listen(12_000)
        assert call.heard_tone_ms() == heard_ms
        assert set(call.heard[-100:]) == {call.heard[-1]}
        await call.hang_up()
        return call

    call = run_virtual(main())
    # The agent has something to read all the same.
    assert [ready.text for ready in call.of(SuggestionReady)][-1:] in (
        [],
        ["You said My order is late."],
    )
    assert Problem.WRITER_SLOW not in [fact.problem for fact in call.of(ProblemRaised)]


def test_words_for_the_eyes_alone_are_voiced_when_the_ai_is_to_speak() -> None:
    async def main() -> VirtualCall:
        call = await greeted(Mode.AGENT_APPROVES)
        call.puppets.writer.delay_s = 0.1
        await call.speak("My order is late.", 500)
        await call.listen(200)
        call.desk.set_mode(CALL, Mode.AI_SPEAKS)
        await call.listen_to_end()
        await call.hang_up()
        return call

    assert run_virtual(main()).said()[-1] == ("assistant", "You said My order is late.")


@pytest.mark.parametrize(
    ("final", "last"),
    [
        ("Okay, now.", "Okay."),
        ("Okay, and what happens if you cannot find it?", "Okay, and what happens if you cannot find it?"),
    ],
)
def test_final_words_that_say_much_more_are_answered_even_over_a_begun_answer(final: str, last: str) -> None:
    async def main() -> VirtualCall:
        call = await greeted()
        call.puppets.transcriber.delay_s = 0.3
        call.puppets.transcriber.final_words = final
        await call.speak("Okay.", 600)
        await call.listen(8000)
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert call.said()[-1] == ("assistant", f"You said {last}")
    spoken = [fact for fact in call.of(UtteranceFinished) if fact.party is Party.ASSISTANT]
    assert [fact.cut_short for fact in spoken[1:]] == ([False] if last == "Okay." else [True, False])


def test_words_that_come_when_the_caller_speaks_again_are_answered_with_the_rest() -> None:
    async def main() -> VirtualCall:
        call = await greeted()
        call.puppets.transcriber.delay_s = 0.4
        await call.speak("My order is late.", 500)
        await call.listen(2200)
        await call.listen_to_end()
        await call.hang_up()
        return call

    assert run_virtual(main()).said()[-1] == ("assistant", "You said My order is late.")


def test_every_sentence_is_put_down_to_its_call() -> None:
    async def main() -> list[CallId | None]:
        call = await greeted()
        await call.speak("My order is late.")
        await call.listen_to_end()
        await call.hang_up()
        return call.puppets.voice.calls

    assert run_virtual(main()) == [CALL, CALL]


def test_wishes_are_told_once_and_only_of_an_answer_that_is_let_out() -> None:
    puppets = Puppets()
    puppets.writer.tools = (ToolCall(Tool.ASK_AGENT, "May I?"),)
    told: list[Reply] = []

    async def main() -> tuple[Reply, Reply]:
        answers = Answers(
            CALL,
            puppets.engines(),
            Transcript(),
            Suggestions(CALL, quiet_cards(), publish=lambda fact: None, now_ms=lambda: 0),
            now_ms=lambda: 0,
            spawn=asyncio.create_task,
            new_id=lambda: SuggestionId("suggestion"),
            mode=lambda: Mode.AI_SPEAKS,
            problem=lambda problem: None,
            on_tools=told.append,
        )
        dropped = answers.begin(answers.talk(), None)
        await asyncio.sleep(1)
        assert dropped.is_complete
        whole = answers.begin(answers.talk(), None)
        await asyncio.sleep(1)
        assert told == []
        answers.let_out(whole)
        assert told == [whole]
        puppets.writer.delay_s = 1
        growing = answers.begin(answers.talk(), None)
        answers.let_out(growing)
        assert told == [whole]
        await asyncio.sleep(2)
        return whole, growing

    assert run_virtual(main()) == tuple(told)
    assert told[0].tools == (ToolCall(Tool.ASK_AGENT, "May I?"),)


def quiet_cards() -> CardWatch:
    return CardWatch(
        is_on=False, now_ms=lambda: 0, found=lambda start, until: None, correct=lambda fact: None
    )


def test_who_pauses_within_sentences_is_let_finish_the_next_time() -> None:
    async def main() -> VirtualCall:
        call = await greeted()
        call.puppets.writer.delay_s = 0.3
        call.puppets.voice.delay_s = 0.2
        for _ in range(3):
            await call.speak("I would like a chair", 800)
            await call.listen(600)
            await call.speak("I would like a chair in blue", 800)
            await call.listen_to_end()
            await call.listen(1000)
        await call.hang_up()
        return call

    call = run_virtual(main())
    answers = [text for party, text in call.said() if party == "assistant"][1:]
    # The first time nobody could know; from then on the pause is waited out.
    assert answers[-2:] == ["You said I would like a chair in blue"] * 2
    assert not any(fact.cut_short for fact in call.of(UtteranceFinished)[-4:])


def test_our_own_voice_on_the_line_is_no_turn() -> None:
    greeting = "one two three four five six seven eight"

    async def main() -> VirtualCall:
        call = VirtualCall(greeting=greeting)
        await call.connect()
        for _ in range(12):
            await call.pass_frame(SILENCE)
        while len(call.heard) < 150:
            # What was heard a fifth of a second ago, 18 dB softer.
            echo = g711.decode(call.heard[-11]).astype(np.float32) / 8
            await call.pass_frame(g711.encode(echo.astype(np.int16)))
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert call.said() == [("assistant", greeting)]
    assert call.link.clears == 0
    assert [fact.party for fact in call.of(SpeechMeasured)] == [Party.ASSISTANT]
