"""The caller is told of the recording first, whatever anybody does; without it nothing is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from copilot_desktop.audio.frame import SILENCE
from copilot_desktop.calls.errors import IllegalTransition
from copilot_desktop.calls.events import (
    NoticeGiven,
    Party,
    Problem,
    ProblemRaised,
    RecordingChanged,
    RecordingState,
    SpeechMeasured,
    UtteranceFinished,
)
from copilot_desktop.calls.states import Mode
from copilot_desktop.calls.world import CallSettings
from copilot_desktop.store.recordings import WavRecordings
from tests.support.fake_headset import FakeHeadset
from tests.support.kept_sound import KeptSound
from tests.support.puppets import TONE
from tests.support.virtual_call import CALL, SETTINGS, VirtualCall
from tests.support.virtual_time import run_virtual

NOTICE = "This call is recorded now"
NOTICE_MS = 5 * 300
GREETING = "Hello there."
TOLD: CallSettings = replace(SETTINGS, answering=replace(SETTINGS.answering, notice=NOTICE))
RANG_MS = 1000
"""From the ring to the stream, in these calls."""


def changes(call: VirtualCall) -> list[tuple[bool, str]]:
    return [(fact.is_recording, fact.cause) for fact in call.of(RecordingChanged)]


def problems(call: VirtualCall) -> list[tuple[Problem, bool]]:
    return [(fact.problem, fact.is_recovered) for fact in call.of(ProblemRaised)]


def state(call: VirtualCall) -> RecordingState:
    (view,) = call.desk.live_calls()
    return view.recording


def test_the_notice_comes_first_and_from_its_end_everything_is_kept(tmp_path: Path) -> None:
    recordings = WavRecordings(tmp_path)

    async def main() -> VirtualCall:
        call = VirtualCall(settings=TOLD, recordings=recordings)
        await call.connect()
        assert state(call) is RecordingState.WAITING_FOR_NOTICE
        # A caller who hums all the time is heard, but not kept before they know.
        await call.speak("", 1000)
        assert state(call) is RecordingState.WAITING_FOR_NOTICE
        await call.speak("", 700)
        assert state(call) is RecordingState.ON
        (view,) = call.desk.live_calls()
        assert view.notice_given_ms == call.of(NoticeGiven)[0].at_ms
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    recordings.close()
    assert call.said() == [("assistant", NOTICE), ("assistant", GREETING)]
    (given,) = call.of(NoticeGiven)
    assert (given.text, given.by) == (NOTICE, Party.ASSISTANT)
    assert given.at_ms - RANG_MS == pytest.approx(NOTICE_MS, abs=40)
    assert changes(call) == [(False, "call_began"), (True, "notice_given")]
    assert call.of(RecordingChanged)[1].at_ms == given.at_ms
    assert problems(call) == []
    kept = KeptSound(recordings.path(CALL))
    assert kept.ours_ms(0, NOTICE_MS + 40) == NOTICE_MS
    assert kept.caller_ms(0, NOTICE_MS) == 0
    assert kept.caller_ms(NOTICE_MS + 40, 1700) == 1700 - NOTICE_MS - 40


def test_nothing_the_caller_says_cuts_it_and_who_goes_on_talking_is_answered() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(settings=TOLD)
        await call.connect()
        await call.listen(300)
        await call.speak("Hello? Is anybody there?", 500)
        await call.listen(600)
        await call.speak("My order is late.", 1000)
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    (notice, *_) = [fact for fact in call.of(UtteranceFinished) if fact.party is Party.ASSISTANT]
    assert (notice.text, notice.cut_short) == (NOTICE, False)
    assert call.heard[: NOTICE_MS // 20 + 1].count(TONE) == NOTICE_MS // 20
    # The greeting gives way: somebody is talking already.
    assert [text for party, text in call.said() if party == "assistant"] == [
        NOTICE,
        "You said Hello? Is anybody there? My order is late.",
    ]


def test_the_greeting_follows_at_once_however_slow_the_voice_is() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(settings=TOLD)
        call.puppets.voice.delay_s = 1.0
        await call.connect()
        await call.listen(6000)
        await call.hang_up()
        return call

    notice, greeting = run_virtual(main()).of(UtteranceFinished)
    assert greeting.text == GREETING
    assert greeting.start_ms - notice.end_ms <= 60


def test_a_noise_at_its_end_does_not_cost_the_greeting() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(settings=TOLD)
        await call.connect()
        await call.listen(1300)
        await call.speak("", 400)
        await call.listen_to_end()
        await call.hang_up()
        return call

    assert run_virtual(main()).said() == [("assistant", NOTICE), ("assistant", GREETING)]


@pytest.mark.allow_warnings
def test_a_voice_that_fails_leaves_the_recording_paused_until_the_notice_is_played(tmp_path: Path) -> None:
    recordings = WavRecordings(tmp_path)

    async def main() -> VirtualCall:
        call = VirtualCall(settings=TOLD, recordings=recordings)
        call.puppets.voice.is_broken = True
        await call.connect()
        await call.speak("", 500)
        assert state(call) is RecordingState.WAITING_FOR_NOTICE
        call.puppets.voice.is_broken = False
        await call.listen(500)
        call.desk.play_notice(CALL)
        await call.speak("", 1000)
        call.desk.play_notice(CALL)
        await call.listen(2000)
        assert state(call) is RecordingState.ON
        await call.speak("Hello?", 1000)
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    recordings.close()
    assert changes(call) == [(False, "call_began"), (False, "notice_failed"), (True, "notice_given")]
    assert problems(call) == [
        (Problem.VOICE_FAILED, False),
        (Problem.VOICE_FAILED, False),
        (Problem.NOTICE_FAILED, False),
        (Problem.NOTICE_FAILED, True),
    ]
    assert call.said() == [
        ("assistant", NOTICE),
        ("caller", "Hello?"),
        ("assistant", "You said Hello?"),
    ]
    kept = KeptSound(recordings.path(CALL))
    assert kept.caller_ms(0, 4000) == 0
    assert kept.ours_ms(0, 1000) == 0
    assert kept.ours_ms(1000, 4000) == NOTICE_MS
    assert kept.caller_ms(4000) == 1000


def _hang_up(call: VirtualCall) -> None:
    call.desk.caller_left(CALL)


@pytest.mark.parametrize(
    "order",
    [
        lambda call: call.desk.take_over(CALL),
        lambda call: call.desk.stop_talking(CALL),
        lambda call: call.desk.hold(CALL),
        _hang_up,
    ],
    ids=["take_over", "stop", "hold", "hang_up"],
)
def test_cut_off_it_has_not_been_given(tmp_path: Path, order: Callable[[VirtualCall], None]) -> None:
    recordings = WavRecordings(tmp_path)

    async def main() -> VirtualCall:
        call = VirtualCall(settings=TOLD, recordings=recordings, headset=FakeHeadset())
        await call.connect()
        await call.listen(700)
        order(call)
        await call.speak("", 1000)
        await call.listen(1000)
        await call.hang_up()
        return call

    call = run_virtual(main())
    recordings.close()
    assert call.of(NoticeGiven) == []
    assert changes(call) == [(False, "call_began"), (False, "notice_failed")]
    assert problems(call) == [(Problem.NOTICE_FAILED, False)]
    assert call.said() == [("assistant", "This call")]
    assert KeptSound(recordings.path(CALL)).caller_ms() == 0


def test_the_agent_may_say_it_in_their_own_words(tmp_path: Path) -> None:
    recordings = WavRecordings(tmp_path)

    async def main() -> VirtualCall:
        call = VirtualCall(settings=TOLD, recordings=recordings, headset=FakeHeadset())
        with pytest.raises(Exception, match="no such call"):
            call.desk.confirm_notice(CALL)
        await call.connect()
        await call.listen(300)
        call.desk.take_over(CALL)
        await call.listen(1000)
        call.desk.confirm_notice(CALL)
        call.desk.confirm_notice(CALL)
        assert state(call) is RecordingState.ON
        await call.speak("", 500)
        await call.hang_up()
        return call

    call = run_virtual(main())
    recordings.close()
    (given,) = call.of(NoticeGiven)
    assert (given.text, given.by) == ("", Party.AGENT)
    assert changes(call)[-1] == (True, "notice_given")
    assert problems(call)[-1] == (Problem.NOTICE_FAILED, True)
    kept = KeptSound(recordings.path(CALL))
    assert kept.caller_ms() == kept.caller_ms(1300) == 500


@pytest.mark.parametrize("is_impatient", [True, False])
def test_the_microphone_opens_after_the_notice_or_when_the_agent_cuts_it(
    tmp_path: Path, is_impatient: bool
) -> None:
    headset = FakeHeadset()
    recordings = WavRecordings(tmp_path)

    async def main() -> VirtualCall:
        call = VirtualCall(settings=TOLD, headset=headset, recordings=recordings)
        await call.connect(Mode.AGENT_SPEAKS)
        await call.listen(500)
        assert not headset.is_open
        if is_impatient:
            call.desk.take_over(CALL)
            await call.pass_frame(SILENCE)
            await call.pass_frame(SILENCE)
            assert call.heard[-1] == SILENCE
        else:
            await call.listen(1100)
        assert headset.is_open
        for _ in range(50):
            headset.speak(TONE)
            await call.pass_frame(SILENCE)
        assert call.heard[-40:] == [TONE] * 40
        await call.hang_up()
        return call

    call = run_virtual(main())
    recordings.close()
    assert bool(call.of(NoticeGiven)) is not is_impatient
    assert bool(problems(call)) is is_impatient
    parties = [fact.party for fact in call.of(SpeechMeasured)]
    assert parties[0] is Party.ASSISTANT
    assert Party.AGENT in parties


def test_a_sentence_typed_meanwhile_waits_and_takes_the_place_of_the_greeting() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(settings=TOLD)
        await call.connect()
        await call.listen(300)
        call.desk.say_text(CALL, "Not this.")
        call.desk.say_text(CALL, "Good morning, Ms Reed.")
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert call.said() == [("assistant", NOTICE), ("assistant", "Good morning, Ms Reed.")]
    assert len(call.of(NoticeGiven)) == 1


def test_a_call_that_is_not_recorded_needs_no_notice() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(settings=replace(TOLD, is_recording=False))
        await call.connect()
        with pytest.raises(IllegalTransition):
            call.desk.play_notice(CALL)
        assert state(call) is RecordingState.OFF
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert call.said() == [("assistant", GREETING)]
    assert changes(call) == []


def test_it_cannot_be_played_to_a_caller_on_hold_or_before_the_call() -> None:
    async def main() -> None:
        call = VirtualCall(settings=TOLD)
        await call.connect()
        await call.listen(100)
        call.desk.hold(CALL)
        with pytest.raises(IllegalTransition):
            call.desk.play_notice(CALL)
        call.desk.resume(CALL)
        call.desk.play_notice(CALL)
        await call.listen_to_end()
        assert len(call.of(NoticeGiven)) == 1
        await call.hang_up()

    run_virtual(main())
