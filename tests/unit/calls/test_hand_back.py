"""The call goes back to the AI: what it says first is made before, seen, and said if it still fits."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from copilot_desktop.calls.errors import IllegalTransition
from copilot_desktop.calls.events import (
    Decision,
    HandBackPrepared,
    Problem,
    ProblemRaised,
    SuggestionDecided,
    SuggestionReady,
)
from copilot_desktop.calls.hand_back import REST_S
from copilot_desktop.calls.ports import Conversation
from copilot_desktop.calls.states import HandBackStage, Mode
from tests.support.puppets import MS_PER_WORD
from tests.support.virtual_call import CALL, SETTINGS, VirtualCall
from tests.support.virtual_time import run_virtual

Stage = HandBackStage
APPROVES = replace(SETTINGS, hand_back_to=Mode.AGENT_APPROVES)


def told(call: VirtualCall) -> list[tuple[Stage, str]]:
    return [(fact.stage, fact.text) for fact in call.of(HandBackPrepared)]


def asked(call: VirtualCall) -> list[Conversation]:
    """What the writer was asked for a hand-back."""
    return [talk for talk in call.puppets.writer.talks if talk.is_handed_back]


async def taken_over(call: VirtualCall, agent: str = "This is Sam and I send it on Thursday.") -> VirtualCall:
    """The agent has the call, and has said something that the caller answered."""
    call.puppets.writer.answer = _answer
    await call.connect()
    await call.listen_to_end()
    call.desk.take_over(CALL)
    call.desk.say_text(CALL, agent)
    await call.listen_to_end()
    return call


def _answer(talk: Conversation) -> str:
    if not talk.is_handed_back:
        return "Not for the caller."
    return f"Going on with {talk.notes[-1]}." if talk.notes else "Going on."


def test_it_is_prepared_seen_and_said() -> None:
    async def main() -> VirtualCall:
        call = await taken_over(VirtualCall())
        call.desk.prepare_hand_back(CALL, "")
        await call.listen(500)
        assert told(call) == [(Stage.PREPARING, ""), (Stage.READY, "Going on.")]
        heard_ms = call.heard_tone_ms()
        await call.listen(3000)
        assert call.heard_tone_ms() == heard_ms, "nothing is said before it is given back"
        call.desk.hand_back(CALL, "")
        await call.listen_to_end()
        assert call.heard_tone_ms() == heard_ms + 2 * MS_PER_WORD
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert call.said()[-1] == ("assistant", "Going on.")
    (talk,) = asked(call)
    assert (talk.mode, talk.notes, talk.lines[-1].text) == (
        Mode.AI_SPEAKS,
        (),
        "This is Sam and I send it on Thursday.",
    )


def test_in_approve_mode_it_is_the_first_draft() -> None:
    async def main() -> VirtualCall:
        call = await taken_over(VirtualCall(settings=APPROVES))
        call.desk.prepare_hand_back(CALL, "Thursday")
        await call.listen(500)
        call.desk.hand_back(CALL, "Thursday")
        await call.listen(8000)
        assert "Going on with Thursday." not in dict(call.said()).values(), "the agent decides"
        (ready,) = [fact for fact in call.of(SuggestionReady) if fact.text.startswith("Going on")]
        call.desk.say(CALL, ready.suggestion_id, ready.text)
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert ("assistant", "Going on with Thursday.") in call.said()
    assert ("assistant", "One moment please.") not in call.said(), "the caller waits for nothing"
    assert len(asked(call)) == 1
    assert asked(call)[0].mode is Mode.AGENT_APPROVES


def test_a_note_that_is_being_typed_is_thought_about_once() -> None:
    async def main() -> VirtualCall:
        call = await taken_over(VirtualCall())
        call.desk.prepare_hand_back(CALL, "")
        await call.listen(200)
        for note in ("T", "Tu", "Tue", "Tuesday", "Tuesday "):
            call.desk.prepare_hand_back(CALL, note)
            await call.listen(100)
        await call.listen(round(REST_S * 1000))
        assert told(call)[-1] == (Stage.READY, "Going on with Tuesday.")
        assert [talk.notes for talk in asked(call)] == [(), ("Tuesday",)]
        call.desk.hand_back(CALL, "Tuesday")
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert len(asked(call)) == 2
    assert call.said()[-1] == ("assistant", "Going on with Tuesday.")


def test_a_note_just_changed_counts_at_once() -> None:
    async def main() -> VirtualCall:
        call = await taken_over(VirtualCall())
        call.desk.prepare_hand_back(CALL, "Monday")
        await call.listen(200)
        call.desk.hand_back(CALL, "Tuesday")
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert call.said()[-1] == ("assistant", "Going on with Tuesday.")
    assert ("assistant", "Going on with Monday.") not in call.said()


def test_given_back_while_it_is_being_made_it_is_asked_for_once_and_said() -> None:
    async def main() -> VirtualCall:
        call = await taken_over(VirtualCall())
        call.puppets.writer.delay_s = 2.0
        call.desk.prepare_hand_back(CALL, "")
        await call.listen(1000)
        call.desk.hand_back(CALL, "")
        await call.listen(500)
        assert call.said()[-1][0] == "agent"
        await call.listen(3000)
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert call.said()[-1] == ("assistant", "Going on.")
    assert len(asked(call)) == 1
    assert call.puppets.writer.cancelled == 0


def test_who_speaks_into_what_is_being_made_for_them_is_answered_instead() -> None:
    async def main() -> VirtualCall:
        call = await taken_over(VirtualCall())
        call.puppets.writer.delay_s = 5.0
        call.desk.prepare_hand_back(CALL, "")
        await call.listen(500)
        call.desk.hand_back(CALL, "")
        await call.listen(500)
        call.puppets.writer.delay_s = 0
        call.puppets.writer.answer = lambda talk: f"You said {talk.last_caller_text}"
        await call.speak("Wait, one more thing.")
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert call.said()[-1] == ("assistant", "You said Wait, one more thing.")
    assert call.puppets.writer.cancelled >= 1, "its making ended"


def test_words_of_the_caller_make_it_anew() -> None:
    async def main() -> VirtualCall:
        call = await taken_over(VirtualCall())
        call.puppets.writer.answer = lambda talk: f"To {talk.last_caller_text}"
        call.desk.prepare_hand_back(CALL, "")
        await call.listen(500)
        await call.speak("Is that free?")
        assert told(call)[-1][0] is Stage.LISTENING
        await call.listen(2000)
        assert told(call)[-2:] == [(Stage.PREPARING, ""), (Stage.READY, "To Is that free?")]
        call.desk.hand_back(CALL, "")
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert call.said()[-1] == ("assistant", "To Is that free?")
    assert asked(call)[-1].last_caller_text == "Is that free?"


def test_given_back_while_the_caller_speaks_they_are_heard_out() -> None:
    async def main() -> VirtualCall:
        call = await taken_over(VirtualCall())
        call.puppets.writer.answer = lambda talk: f"To {talk.last_caller_text}"
        call.desk.prepare_hand_back(CALL, "")
        await call.listen(500)
        await call.speak("Is that", 500)
        call.desk.hand_back(CALL, "")
        heard_ms = call.heard_tone_ms()
        await call.speak("Is that free?", 1500)
        assert call.heard_tone_ms() == heard_ms
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert call.said()[-1] == ("assistant", "To Is that free?")
    assert call.puppets.writer.talks[-1].mode is Mode.AI_SPEAKS


@pytest.mark.parametrize("is_prepared", [True, False])
def test_after_a_question_of_the_agent_it_waits_for_the_caller(is_prepared: bool) -> None:
    async def main() -> VirtualCall:
        call = await taken_over(VirtualCall(), "Would Thursday suit you?")
        if is_prepared:
            call.desk.prepare_hand_back(CALL, "")
            await call.listen(500)
            assert told(call) == [(Stage.NOTHING, "")]
        call.desk.hand_back(CALL, "")
        await call.listen(9000)
        assert call.said()[-1] == ("agent", "Would Thursday suit you?")
        call.puppets.writer.answer = lambda talk: f"You said {talk.last_caller_text}"
        await call.speak("Thursday is fine.")
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert asked(call) == []
    assert call.said()[-1] == ("assistant", "You said Thursday is fine.")


def test_a_writer_with_nothing_to_say_leaves_no_waiting_sentence() -> None:
    async def main() -> VirtualCall:
        call = await taken_over(VirtualCall())
        call.puppets.writer.answer = lambda talk: ""
        call.desk.prepare_hand_back(CALL, "")
        await call.listen(500)
        assert told(call)[-1] == (Stage.NOTHING, "")
        call.desk.hand_back(CALL, "")
        await call.listen(12_000)
        await call.hang_up()
        return call

    assert run_virtual(main()).said()[-1][0] == "agent"


def test_the_agent_who_stays_ends_the_making() -> None:
    async def main() -> VirtualCall:
        call = await taken_over(VirtualCall())
        call.puppets.writer.delay_s = 3.0
        call.desk.prepare_hand_back(CALL, "")
        await call.listen(500)
        call.desk.drop_hand_back(CALL)
        await call.listen(5000)
        assert told(call) == [(Stage.PREPARING, "")]
        assert call.puppets.writer.cancelled == 1
        await call.speak("Hello?")
        await call.listen(2000)
        assert told(call) == [(Stage.PREPARING, "")], "nobody asks for it any more"
        await call.hang_up()
        return call

    run_virtual(main())


def test_the_end_of_the_call_ends_the_making() -> None:
    async def main() -> VirtualCall:
        call = await taken_over(VirtualCall())
        call.puppets.writer.delay_s = 60.0
        call.desk.prepare_hand_back(CALL, "")
        await call.listen(200)
        await call.speak("I have to", 400)
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert told(call)[-1][0] is Stage.LISTENING


@pytest.mark.allow_warnings
def test_a_writer_that_fails_is_asked_again_when_the_call_is_given_back() -> None:
    async def main() -> VirtualCall:
        call = await taken_over(VirtualCall())
        call.puppets.writer.is_broken = True
        call.desk.prepare_hand_back(CALL, "")
        await call.listen(500)
        assert told(call)[-1] == (Stage.FAILED, "")
        assert call.of(ProblemRaised)[-1].problem is not Problem.WRITER_FAILED, "no caller waits for it"
        call.puppets.writer.is_broken = False
        call.desk.hand_back(CALL, "")
        await call.listen_to_end()
        await call.hang_up()
        return call

    assert run_virtual(main()).said()[-1] == ("assistant", "Going on.")


@pytest.mark.allow_warnings
def test_a_writer_that_fails_after_the_hand_back_is_told() -> None:
    async def main() -> VirtualCall:
        call = await taken_over(VirtualCall())
        call.puppets.writer.delay_s, call.puppets.writer.is_broken = 1.0, True
        call.desk.prepare_hand_back(CALL, "")
        await call.listen(200)
        call.desk.hand_back(CALL, "")
        await call.listen(3000)
        await call.hang_up()
        return call

    assert Problem.WRITER_FAILED in [fact.problem for fact in run_virtual(main()).of(ProblemRaised)]


def test_only_who_has_the_call_prepares() -> None:
    async def main() -> None:
        call = VirtualCall()
        await call.connect()
        with pytest.raises(IllegalTransition):
            call.desk.prepare_hand_back(CALL, "")
        call.desk.drop_hand_back(CALL)
        await call.hang_up()

    run_virtual(main())


def test_on_hold_nothing_is_said() -> None:
    async def main() -> VirtualCall:
        call = await taken_over(VirtualCall())
        call.desk.prepare_hand_back(CALL, "")
        await call.listen(500)
        call.desk.hold(CALL)
        call.desk.hand_back(CALL, "")
        await call.listen(3000)
        await call.hang_up()
        return call

    assert run_virtual(main()).said()[-1][0] == "agent"


def test_what_was_there_to_be_read_aloud_goes() -> None:
    async def main() -> VirtualCall:
        call = await taken_over(VirtualCall(settings=APPROVES))
        await call.speak("And the price?")
        await call.listen(1500)
        assert call.of(SuggestionReady)[-1].text == "Not for the caller."
        call.desk.prepare_hand_back(CALL, "")
        await call.listen(1000)
        call.desk.hand_back(CALL, "")
        await asyncio.sleep(0.1)
        await call.hang_up()
        return call

    call = run_virtual(main())
    decided = {fact.text: fact.decision for fact in call.of(SuggestionDecided)}
    assert decided["Not for the caller."] is Decision.EXPIRED
    assert call.of(SuggestionReady)[-1].text == "Going on."


def test_card_numbers_are_not_shown() -> None:
    async def main() -> VirtualCall:
        call = await taken_over(VirtualCall())
        call.puppets.writer.answer = lambda talk: "Your card 4111 1111 1111 1111 is fine."
        call.desk.prepare_hand_back(CALL, "Card 4111 1111 1111 1111")
        await call.listen(500)
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert told(call)[-1][0] is Stage.READY
    assert "1111" not in told(call)[-1][1]
    assert "4111 1111 1111" not in asked(call)[-1].notes[0]


def test_the_note_may_begin_with_what_the_agent_promised() -> None:
    async def main() -> VirtualCall:
        call = await taken_over(VirtualCall(), "This is Sam. I'll send a new lamp on Thursday.")
        assert call.desk.promised(CALL) == "I'll send a new lamp on Thursday."
        await call.hang_up()
        return call

    run_virtual(main())


def test_a_noise_does_not_cost_another_request() -> None:
    async def main() -> VirtualCall:
        call = await taken_over(VirtualCall())
        call.desk.prepare_hand_back(CALL, "")
        await call.listen(500)
        await call.speak("", 600)
        assert told(call)[-1] == (Stage.LISTENING, "")
        await call.listen(4000)
        assert told(call)[-1] == (Stage.READY, "Going on.")
        call.desk.hand_back(CALL, "")
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert len(asked(call)) == 1
    assert call.said()[-1] == ("assistant", "Going on.")
