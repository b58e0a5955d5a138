"""A call from ring to end on the real desk, under virtual time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from copilot_desktop.audio.frame import SILENCE
from copilot_desktop.calls.desk import Answer
from copilot_desktop.calls.errors import CallControlError, IllegalTransition, UnknownCall
from copilot_desktop.calls.events import (
    CallEnded,
    CallId,
    Decision,
    ModeChanged,
    Outcome,
    Problem,
    ProblemRaised,
    ResponseTimed,
    SpeechMeasured,
    StateChanged,
    SuggestionDecided,
    SuggestionReady,
    UtteranceFinished,
)
from copilot_desktop.calls.states import CallState, Mode
from tests.support.puppets import MS_PER_WORD
from tests.support.virtual_call import CALL, SETTINGS, VirtualCall
from tests.support.virtual_time import run_virtual


def test_a_whole_call() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall()
        await call.connect()
        await call.listen_to_end()
        await call.speak("My order is late.")
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert call.said() == [
        ("assistant", "Hello there."),
        ("caller", "My order is late."),
        ("assistant", "You said My order is late."),
    ]
    assert [change.new for change in call.of(StateChanged)] == [
        CallState.CONNECTING,
        CallState.LIVE,
        CallState.ENDED,
    ]
    (ended,) = call.of(CallEnded)
    assert ended.outcome is Outcome.COMPLETED
    assert call.facts[-1] is ended


def test_the_answer_is_ready_before_the_turn_is_certain() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(greeting="Hi.")
        # 60 ms after the turn is held to be over, were they not begun at the first pause.
        call.puppets.writer.delay_s = 0.03
        call.puppets.voice.delay_s = 0.03
        await call.connect()
        await call.listen_to_end()
        await call.speak("My order is late.")
        await call.listen_to_end()
        await call.hang_up()
        return call

    (timed,) = run_virtual(main()).of(ResponseTimed)
    assert timed.decision_ms <= 280
    assert timed.total_ms - timed.decision_ms <= 20


def test_an_early_answer_to_other_words_is_never_heard() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(greeting="Hi.")
        await call.connect()
        await call.listen_to_end()
        await call.speak("I want to")
        await call.listen(200)
        await call.speak("I want to cancel.")
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert call.said()[1:] == [("caller", "I want to cancel."), ("assistant", "You said I want to cancel.")]
    assert [talk.last_caller_text for talk in call.puppets.writer.talks] == ["I want to", "I want to cancel."]
    assert len(call.of(SuggestionReady)) == 1


def test_final_words_that_differ_begin_the_answer_again() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(greeting="Hi.")
        call.puppets.voice.delay_s = 0.5
        await call.connect()
        await call.listen_to_end()
        call.puppets.transcriber.final_words = "Forty five."
        await call.speak("Forty nine.")
        await call.listen_to_end()
        await call.hang_up()
        return call

    assert run_virtual(main()).said()[1:] == [
        ("caller", "Forty five."),
        ("assistant", "You said Forty five."),
    ]


def test_barge_in_silences_at_once_and_cuts_the_transcript() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(greeting="one two three four five six seven eight nine ten")
        await call.connect()
        await call.listen(1500)
        before = len(call.heard)
        await call.speak("Stop please", 100)
        assert call.link.clears == 1
        assert set(call.heard[before + 3 :]) == {SILENCE}
        await call.speak("Stop please", 900)
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    greeting = call.of(UtteranceFinished)[0]
    assert greeting.cut_short
    assert greeting.text == "one two three four five"
    assert greeting.unheard == "six seven eight nine ten"
    assert call.said()[1:] == [("caller", "Stop please"), ("assistant", "You said Stop please")]


@pytest.mark.parametrize("noise", ["", "Uh-huh.", "Yeah, okay."])
def test_a_false_alarm_goes_on_where_it_stopped(noise: str) -> None:
    greeting = "one two three four five six seven eight nine ten"

    async def main() -> VirtualCall:
        call = VirtualCall(greeting=greeting)
        await call.connect()
        await call.listen(1000)
        await call.speak(noise, 200)
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert ("assistant", greeting) in call.said()
    assert call.heard_tone_ms() == 10 * MS_PER_WORD
    assert call.puppets.writer.talks == []


def test_a_yes_into_the_last_syllable_is_an_answer() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(greeting="Shall I book it for you")
        await call.connect()
        await call.listen(6 * MS_PER_WORD - 200)
        await call.speak("Yes.", 400)
        await call.listen_to_end()
        await call.hang_up()
        return call

    assert ("assistant", "You said Yes.") in run_virtual(main()).said()


def test_take_over_is_instant_and_hand_back_carries_on() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(greeting="one two three four five six seven eight")
        await call.connect()
        await call.listen(1000)
        call.desk.take_over(CALL)
        assert call.link.clears == 1
        assert call.link.buffered_ms == 0
        call.desk.take_over(CALL)
        assert call.link.clears == 1
        await call.speak("Are you a person?")
        await call.listen(2000)
        assert call.heard_tone_ms() <= 1020
        call.desk.say_text(CALL, "Yes this is Sam")
        await call.listen_to_end()
        await call.speak("Good, where is my order?")
        await call.listen(1000)
        call.desk.hand_back(CALL, "Order 4471 leaves today")
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert [(change.old, change.new) for change in call.of(ModeChanged)] == [
        (Mode.AI_SPEAKS, Mode.AGENT_SPEAKS),
        (Mode.AGENT_SPEAKS, Mode.AI_SPEAKS),
    ]
    assert ("agent", "Yes this is Sam") in call.said()
    last = call.puppets.writer.talks[-1]
    assert last.notes == ("Order 4471 leaves today",)
    assert [line.text for line in last.lines][-2:] == ["Yes this is Sam", "Good, where is my order?"]
    assert call.said()[-1] == ("assistant", "You said Good, where is my order?")
    assert [problem.problem for problem in call.of(ProblemRaised)] == [Problem.MICROPHONE_MISSING]


def test_in_approve_mode_nothing_is_said_without_the_agent() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(greeting="Hi.")
        await call.connect(Mode.AGENT_APPROVES)
        await call.listen_to_end()
        await call.speak("Where is my order?")
        await call.listen(1000)
        assert call.heard_tone_ms() == MS_PER_WORD
        (ready,) = call.of(SuggestionReady)
        call.desk.say(CALL, ready.suggestion_id, "It leaves today.")
        with pytest.raises(IllegalTransition):
            call.desk.say(CALL, ready.suggestion_id, "It leaves today.")
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert call.said()[-1] == ("assistant", "It leaves today.")
    (decided,) = call.of(SuggestionDecided)
    assert decided.decision is Decision.EDITED


def test_in_approve_mode_the_waiting_sentence_fills_silence_once() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(greeting="Hi.")
        await call.connect(Mode.AGENT_APPROVES)
        await call.listen_to_end()
        await call.speak("Where is my order?")
        await call.listen(9000)
        (ready,) = call.of(SuggestionReady)
        call.desk.say(CALL, ready.suggestion_id, ready.text)
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert [text for _, text in call.said()] == [
        "Hi.",
        "Where is my order?",
        "One moment please.",
        "You said Where is my order?",
    ]


def test_a_draft_the_caller_spoke_over_cannot_be_said() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(greeting="Hi.")
        await call.connect(Mode.AGENT_APPROVES)
        await call.listen_to_end()
        await call.speak("Where is my order?")
        await call.listen(1000)
        (ready,) = call.of(SuggestionReady)
        await call.speak("Or rather", 200)
        with pytest.raises(IllegalTransition):
            call.desk.say(CALL, ready.suggestion_id, ready.text)
        await call.listen(2000)
        await call.hang_up()
        return call

    assert run_virtual(main()).of(SuggestionDecided)[0].decision is Decision.EXPIRED


def test_a_slow_writer_is_covered_by_the_waiting_sentence() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(greeting="Hi.")
        await call.connect()
        await call.listen_to_end()
        call.puppets.writer.delay_s = 6.0
        await call.speak("Where is my order?")
        await call.listen(9000)
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert [text for _, text in call.said()][2:] == ["One moment please.", "You said Where is my order?"]
    assert Problem.WRITER_SLOW in [problem.problem for problem in call.of(ProblemRaised)]


def test_the_ai_hangs_up_after_its_farewell() -> None:
    class Control:
        hung_up: list[CallId] = []

        async def hang_up(self, call: CallId) -> None:
            self.hung_up.append(call)

        async def transfer(self, call: CallId, to: str, announcement: str, action_url: str = "") -> None: ...

    async def main() -> VirtualCall:
        call = VirtualCall(greeting="Hi.", control=Control())
        await call.connect()
        await call.listen_to_end()
        call.puppets.writer.ends_call = True
        await call.speak("Goodbye.")
        await call.listen(5000)
        assert call.desk.live_calls() == ()
        return call

    call = run_virtual(main())
    assert Control.hung_up == [CALL]
    assert call.link.is_closed
    assert call.of(CallEnded)[0].outcome is Outcome.COMPLETED


@pytest.mark.allow_warnings
def test_an_unconfirmed_hang_up_is_told_and_the_call_ends() -> None:
    class Control:
        async def hang_up(self, call: CallId) -> None:
            raise CallControlError("busy", is_retryable=True)

        async def transfer(self, call: CallId, to: str, announcement: str, action_url: str = "") -> None: ...

    async def main() -> VirtualCall:
        call = VirtualCall(control=Control())
        await call.connect()
        await call.listen(100)
        call.desk.hang_up(CALL)
        await call.desk.close()
        return call

    call = run_virtual(main())
    assert [problem.problem for problem in call.of(ProblemRaised)] == [Problem.HANG_UP_FAILED]
    assert len(call.of(CallEnded)) == 1


def test_ringing_ends_as_it_should() -> None:
    async def main() -> list[Outcome]:
        outcomes = []
        for action in ("timeout", "decline", "left", "accept without stream"):
            call = VirtualCall()
            ringing = asyncio.create_task(call.desk.ring(CALL, "anonymous", "+15550199", is_practice=False))
            again = asyncio.create_task(call.desk.ring(CALL, "anonymous", "+15550199", is_practice=False))
            await asyncio.sleep(1)
            if action == "decline":
                call.desk.decline(CALL)
            elif action == "left":
                call.desk.caller_left(CALL)
            elif action == "accept without stream":
                call.desk.accept(CALL, Mode.AI_SPEAKS)
            expected = Answer.CONNECT if action.startswith("accept") else Answer.REJECT
            assert await ringing is await again is expected
            await asyncio.sleep(30)
            outcomes.append(call.of(CallEnded)[0].outcome)
            assert await call.desk.ring(CALL, "anonymous", "+15550199", is_practice=False) is expected
        return outcomes

    assert run_virtual(main()) == [Outcome.MISSED, Outcome.DECLINED, Outcome.MISSED, Outcome.FAILED]


def test_nobody_decides_and_the_ai_answers_by_setting() -> None:
    async def main() -> Mode:
        call = VirtualCall(settings=replace(SETTINGS, unanswered=Mode.AI_SPEAKS))
        answer = await call.desk.ring(CALL, "+15550100", "+15550199", is_practice=False)
        assert answer is Answer.CONNECT
        (view,) = call.desk.live_calls()
        await call.desk.close()
        return view.mode

    assert run_virtual(main()) is Mode.AI_SPEAKS


def test_a_lost_stream_may_come_back_within_the_grace() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(greeting="one two three four five six")
        await call.connect()
        await call.listen(600)
        assert call.session is not None
        call.session.link_closed(call.link)
        await asyncio.sleep(2)
        call.open_link()
        await call.listen_to_end()
        assert call.session is not None
        call.session.link_closed(call.link)
        await asyncio.sleep(4)
        assert call.desk.live_calls() == ()
        return call

    call = run_virtual(main())
    assert ("assistant", "one two three four five six") in call.said()
    assert call.of(CallEnded)[0].outcome is Outcome.COMPLETED


def test_a_newer_stream_replaces_the_older() -> None:
    async def main() -> None:
        call = VirtualCall()
        await call.connect()
        older = call.link
        call.open_link()
        assert call.session is not None
        call.session.link_closed(older)
        await call.listen(4000)
        assert older.is_closed
        (view,) = call.desk.live_calls()
        assert view.state is CallState.LIVE
        await call.hang_up()

    run_virtual(main())


@pytest.mark.allow_warnings
def test_a_broken_writer_leaves_a_live_call() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(greeting="Hi.")
        await call.connect()
        await call.listen_to_end()
        call.puppets.writer.is_broken = True
        await call.speak("Where is my order?")
        await call.listen_to_end()
        call.puppets.writer.is_broken = False
        await call.speak("Hello?")
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert call.said()[-1] == ("assistant", "You said Where is my order? Hello?")
    assert Problem.WRITER_FAILED in [problem.problem for problem in call.of(ProblemRaised)]


@pytest.mark.allow_warnings
def test_a_broken_transcription_opens_again() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(greeting="Hi.")
        await call.connect()
        await call.listen_to_end()
        next(iter(call.puppets.transcriber.hearings.values())).break_off()
        await call.listen(1000)
        await call.speak("Hello?")
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert call.puppets.transcriber.opened == 2
    assert [problem.is_recovered for problem in call.of(ProblemRaised)] == [False, True]
    assert call.said()[-1] == ("assistant", "You said Hello?")


def test_hold_silences_both_and_resume_answers() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(greeting="Hi.")
        await call.connect()
        await call.listen_to_end()
        call.desk.hold(CALL)
        heard = call.heard_tone_ms()
        await call.speak("Are you there?")
        await call.listen(3000)
        assert call.heard_tone_ms() == heard
        call.desk.resume(CALL)
        await call.listen_to_end()
        await call.hang_up()
        return call

    assert run_virtual(main()).said()[-1] == ("assistant", "You said Are you there?")


def test_speech_is_measured_for_both_sides() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(greeting="one two three")
        await call.connect()
        await call.listen_to_end()
        await call.speak("Hello?", 500)
        await call.listen_to_end()
        await call.hang_up()
        return call

    measured = run_virtual(main()).of(SpeechMeasured)
    durations = [(fact.party.value, fact.end_ms - fact.start_ms) for fact in measured]
    assert durations == [("assistant", 900), ("caller", 500), ("assistant", 900)]


def test_orders_to_calls_that_are_not_there() -> None:
    async def main() -> None:
        call = VirtualCall()
        with pytest.raises(UnknownCall):
            call.desk.take_over(CALL)
        call.desk.caller_left(CALL)
        await call.connect()
        with pytest.raises(IllegalTransition):
            call.desk.accept(CALL, Mode.AI_SPEAKS)
        with pytest.raises(IllegalTransition):
            call.desk.decline(CALL)
        await call.hang_up()
        with pytest.raises(UnknownCall):
            call.desk.hang_up(CALL)

    run_virtual(main())


@pytest.mark.allow_warnings
def test_one_crashed_call_never_ends_another(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> VirtualCall:
        call = VirtualCall()
        await call.connect()
        other = CallId("CA" + "1" * 32)
        ringing = asyncio.create_task(call.desk.ring(other, "+15550101", "+15550199", is_practice=True))
        await asyncio.sleep(0)
        call.puppets.writer.answer = lambda talk: str(1 / 0)
        await call.listen(500)
        await call.speak("Hello?")
        await call.listen(1000)
        assert [view.call_id for view in call.desk.live_calls()] == [other]
        call.desk.decline(other)
        await ringing
        await call.desk.close()
        return call

    call = run_virtual(main())
    assert call.of(CallEnded)[0].outcome is Outcome.FAILED
    assert "crashed" in caplog.text


def test_memory_does_not_grow_with_turns() -> None:
    async def main() -> int:
        call = VirtualCall(greeting="Hi.")
        await call.connect()
        await call.listen_to_end()
        for turn in range(40):
            await call.speak(f"Question {turn}", 300)
            await call.listen_to_end()
        assert call.session is not None
        tasks = len(asyncio.all_tasks())
        await call.hang_up()
        return tasks

    assert run_virtual(main()) < 8


def test_after_take_over_our_sound_is_the_agents() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(greeting="one two three four five six")
        await call.connect()
        await call.listen(900)
        call.desk.take_over(CALL)
        call.desk.say_text(CALL, "This is Sam")
        await call.listen_to_end()
        await call.hang_up()
        return call

    measured = run_virtual(main()).of(SpeechMeasured)
    durations = [(fact.party.value, fact.end_ms - fact.start_ms) for fact in measured]
    assert durations == [("assistant", 880), ("agent", 900)]


def test_a_cough_does_not_cost_the_agent_the_draft() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(greeting="Hi.")
        await call.connect(Mode.AGENT_APPROVES)
        await call.listen_to_end()
        await call.speak("Where is my order?")
        await call.listen(1000)
        (ready,) = call.of(SuggestionReady)
        await call.speak("", 100)
        with pytest.raises(IllegalTransition):
            call.desk.say(CALL, ready.suggestion_id, ready.text)
        await call.listen(2000)
        call.desk.say(CALL, ready.suggestion_id, ready.text)
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert call.said()[-1] == ("assistant", "You said Where is my order?")
    assert [decided.decision for decided in call.of(SuggestionDecided)] == [Decision.SAID]


def test_a_caller_who_spoke_into_the_hold_does_not_block_the_next_draft() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(greeting="Hi.")
        await call.connect(Mode.AGENT_APPROVES)
        await call.listen_to_end()
        await call.speak("Where is my order?", 500)
        call.desk.hold(CALL)
        await call.speak("Where is my order?", 500)
        await call.listen(2000)
        call.desk.resume(CALL)
        await call.listen(200)
        (ready,) = call.of(SuggestionReady)
        call.desk.say(CALL, ready.suggestion_id, ready.text)
        await call.listen_to_end()
        await call.hang_up()
        return call

    assert run_virtual(main()).said()[-1] == ("assistant", "You said Where is my order?")
