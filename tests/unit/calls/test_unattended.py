"""Calls that nobody talks in: a message, a voicemail, and the agent who takes such a call after all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from copilot_desktop.audio.tones import beep
from copilot_desktop.calls.desk import Answer
from copilot_desktop.calls.errors import IllegalTransition
from copilot_desktop.calls.events import (
    CallEnded,
    CallRinging,
    NoticeGiven,
    Outcome,
    Party,
    RecordingChanged,
    StateChanged,
    Treatment,
    TreatmentChanged,
)
from copilot_desktop.calls.states import Mode
from copilot_desktop.calls.world import CallSettings
from copilot_desktop.store.recordings import WavRecordings
from tests.support.fake_control import FakeControl
from tests.support.kept_sound import KeptSound
from tests.support.virtual_call import CALL, SETTINGS, VirtualCall
from tests.support.virtual_time import run_virtual

MESSAGE = replace(SETTINGS, unanswered=Treatment.MESSAGE, message="Nobody is here right now.")
VOICEMAIL = replace(
    SETTINGS,
    unanswered=Treatment.VOICEMAIL,
    voicemail_prompt="Please leave a message.",
    voicemail_thanks="Thank you goodbye.",
)


async def unanswered(call: VirtualCall) -> None:
    """Ring in vain, and open the stream."""
    assert await call.ring() is Answer.CONNECT
    call.open_link()


def test_a_call_that_nobody_takes_hears_the_message_and_is_hung_up() -> None:
    async def main() -> VirtualCall:
        control = FakeControl()
        call = VirtualCall(settings=MESSAGE, control=control)
        await unanswered(call)
        assert call.view.treatment is Treatment.MESSAGE
        assert call.desk.words_for_carrier(CALL) == "Nobody is here right now."
        await call.listen(300)
        await call.speak("Hello? Anybody?", 600)
        await call.listen(3000)
        await asyncio.sleep(3)
        assert not call.is_live
        assert control.orders == [("hang up",)]
        return call

    call = run_virtual(main())
    assert call.link.is_closed
    assert call.said() == [("assistant", "Nobody is here right now."), ("caller", "Hello? Anybody?")]
    assert call.puppets.writer.talks == []
    assert call.of(CallEnded)[0].outcome is Outcome.MISSED
    kinds = [type(fact) for fact in call.facts]
    assert kinds.index(TreatmentChanged) < kinds.index(StateChanged)


@pytest.mark.allow_warnings
def test_without_our_voice_the_carriers_own_says_the_message() -> None:
    async def main() -> VirtualCall:
        control = FakeControl()
        call = VirtualCall(settings=MESSAGE, control=control)
        call.puppets.voice.is_broken = True
        await unanswered(call)
        await call.listen(500)
        await asyncio.sleep(1)
        assert not call.is_live
        # Hung up by order, the caller would have heard nothing at all.
        assert control.orders == []
        return call

    call = run_virtual(main())
    assert call.link.is_closed


def test_a_declined_caller_may_hear_the_message() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(settings=replace(MESSAGE, unanswered=None))
        ringing = asyncio.create_task(call.ring())
        await asyncio.sleep(1)
        call.desk.decline(CALL, with_message=True)
        with pytest.raises(IllegalTransition):
            call.desk.decline(CALL, with_message=True)
        assert await ringing is Answer.CONNECT
        call.open_link()
        await call.listen(3000)
        await asyncio.sleep(3)
        return call

    call = run_virtual(main())
    assert call.said() == [("assistant", "Nobody is here right now.")]
    assert call.of(CallEnded)[0].outcome is Outcome.DECLINED


def test_a_closed_door_is_told_as_facts_and_never_rings() -> None:
    async def main() -> list[VirtualCall]:
        calls = []
        for closed in (Treatment.MESSAGE, None):
            call = VirtualCall(settings=replace(MESSAGE, closed=closed))
            call.desk.set_ready(False)
            answer = await call.ring()
            assert answer is (Answer.REJECT if closed is None else Answer.CONNECT)
            await asyncio.sleep(20)
            calls.append(call)
        return calls

    for call in run_virtual(main()):
        (ringing,) = call.of(CallRinging)
        first = call.of(StateChanged)[0]
        assert first.at_ms == ringing.at_ms == 0
        assert len(call.of(CallEnded)) == 1


def test_a_blocked_caller_is_refused_at_once() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(settings=replace(SETTINGS, blocked=frozenset({"+15550100"})))
        assert await call.ring() is Answer.REJECT
        await asyncio.sleep(0.1)
        return call

    (ended,) = run_virtual(main()).of(CallEnded)
    assert (ended.outcome, ended.duration_ms) == (Outcome.DECLINED, 0)


def test_a_voicemail_is_asked_for_and_thanked_for() -> None:
    async def main() -> VirtualCall:
        control = FakeControl()
        call = VirtualCall(settings=VOICEMAIL, control=control)
        await unanswered(call)
        await call.listen_to_end()
        heard = b"".join(call.heard)
        assert heard.count(beep()) == 1
        await call.speak("Please call me back", 1000)
        await call.listen(3000)
        await call.speak("My number is 1234", 1000)
        assert call.puppets.writer.talks == []
        await call.listen(4900)
        assert call.is_live
        await call.listen(2500)
        await asyncio.sleep(3)
        assert not call.is_live
        assert control.orders == [("hang up",)]
        return call

    call = run_virtual(main())
    assert call.said() == [
        ("assistant", "Please leave a message."),
        ("caller", "Please call me back"),
        ("caller", "My number is 1234"),
        ("assistant", "Thank you goodbye."),
    ]
    assert call.of(CallEnded)[0].outcome is Outcome.VOICEMAIL


def test_a_caller_who_hangs_up_after_speaking_has_left_a_message() -> None:
    async def main(words: str) -> Outcome:
        call = VirtualCall(settings=VOICEMAIL)
        await unanswered(call)
        await call.listen_to_end()
        if words:
            await call.speak(words, 800)
        await call.hang_up()
        return call.of(CallEnded)[0].outcome

    assert run_virtual(main("Call me back")) is Outcome.VOICEMAIL
    assert run_virtual(main("")) is Outcome.MISSED


def test_a_silent_caller_is_let_go_without_thanks() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(settings=VOICEMAIL)
        await unanswered(call)
        await call.listen_to_end()
        await call.listen(8500)
        assert call.is_live
        await call.listen(1500)
        await asyncio.sleep(3)
        assert not call.is_live
        return call

    call = run_virtual(main())
    assert call.said() == [("assistant", "Please leave a message.")]
    assert call.of(CallEnded)[0].outcome is Outcome.MISSED


def test_an_endless_message_ends_at_its_limit() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(settings=replace(VOICEMAIL, voicemail_limit_s=10))
        await unanswered(call)
        await call.listen_to_end()
        for _ in range(12):
            await call.speak("and then", 1000)
        await call.listen(1500)
        await asyncio.sleep(3)
        assert not call.is_live
        return call

    call = run_virtual(main())
    assert call.said()[-1] == ("assistant", "Thank you goodbye.")
    assert call.of(CallEnded)[0].outcome is Outcome.VOICEMAIL


@pytest.mark.allow_warnings
@pytest.mark.parametrize("settings", [MESSAGE, VOICEMAIL])
def test_the_agent_may_take_such_a_call(settings: CallSettings) -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(settings=settings, control=FakeControl())
        await unanswered(call)
        await call.listen(400)
        desk = call.desk
        orders: list[Callable[[], None]] = [
            lambda: desk.hold(CALL),
            lambda: desk.stop_talking(CALL),
            lambda: desk.say_text(CALL, "Hi"),
            lambda: desk.hand_back(CALL, ""),
            lambda: desk.set_mode(CALL, Mode.AGENT_APPROVES),
            lambda: desk.transfer(CALL, "+12025550123", ""),
        ]
        for order in orders:
            with pytest.raises(IllegalTransition):
                order()
        call.desk.take_over(CALL)
        assert call.view.treatment is Treatment.TALK
        assert call.view.mode is Mode.AGENT_SPEAKS
        await call.speak("Oh, hello", 500)
        call.desk.hand_back(CALL, "")
        await call.listen(30_000)
        assert call.is_live
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert [fact.treatment for fact in call.of(TreatmentChanged)][-1] is Treatment.TALK
    assert call.said()[-1] == ("assistant", "You said Oh, hello")
    assert call.of(CallEnded)[0].outcome is Outcome.COMPLETED


def test_a_call_taken_before_its_stream_begins_like_any_other() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(settings=MESSAGE)
        assert await call.ring() is Answer.CONNECT
        call.desk.take_over(CALL)
        assert call.desk.words_for_carrier(CALL) == ""
        call.open_link()
        await call.listen(3000)
        assert call.is_live
        await call.hang_up()
        return call

    assert run_virtual(main()).said() == []


def test_a_voicemail_goes_on_over_a_new_stream() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(settings=VOICEMAIL)
        await unanswered(call)
        await call.listen(400)
        call.lose_link()
        assert call.desk.stream_over(CALL) is Answer.CONNECT
        call.open_link()
        await call.listen_to_end()
        await call.speak("Call me", 800)
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert call.said() == [("assistant", "Please leave a message."), ("caller", "Call me")]
    assert call.of(CallEnded)[0].outcome is Outcome.VOICEMAIL


def test_nothing_of_a_voicemail_is_kept_before_the_tone(tmp_path: Path) -> None:
    recordings = WavRecordings(tmp_path)

    async def main() -> VirtualCall:
        call = VirtualCall(settings=replace(VOICEMAIL, is_recording=False), recordings=recordings)
        await unanswered(call)
        await call.speak("Are you there", 300)
        await call.listen_to_end()
        await call.speak("Please call me back", 500)
        await call.hang_up()
        return call

    call = run_virtual(main())
    recordings.close()
    (given,) = call.of(NoticeGiven)
    assert (given.text, given.by) == ("Please leave a message.", Party.ASSISTANT)
    assert [change.is_recording for change in call.of(RecordingChanged)] == [False, True]
    assert call.of(RecordingChanged)[-1].at_ms >= given.at_ms
    kept = KeptSound(recordings.path(CALL))
    assert kept.caller_ms() == 500
    assert kept.ours_ms() == len(beep()) // 8
