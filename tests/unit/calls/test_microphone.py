"""The agent's own voice: opened by the agent only, heard at once, written down, closed with the mode."""

from __future__ import annotations

import pytest

from copilot_desktop.audio.frame import SILENCE
from copilot_desktop.calls.events import Party, Problem, ProblemRaised, SpeechMeasured
from copilot_desktop.calls.states import Mode
from tests.support.fake_headset import FakeHeadset
from tests.support.puppets import TONE
from tests.support.virtual_call import CALL, VirtualCall
from tests.support.virtual_time import run_virtual


async def talk(call: VirtualCall, headset: FakeHeadset, words: str, duration_ms: int) -> None:
    """The agent speaks, then is silent for two seconds."""
    call.puppets.transcriber.words = words
    for sound, count in ((TONE, duration_ms // 20), (SILENCE, 100)):
        for _ in range(count):
            headset.speak(sound)
            await call.pass_frame(SILENCE)


def test_the_microphone_is_open_in_takeover_only() -> None:
    headset = FakeHeadset()

    async def main() -> VirtualCall:
        call = VirtualCall(greeting="Hi.", headset=headset)
        await call.connect()
        await call.listen_to_end()
        assert not headset.is_open
        call.desk.take_over(CALL)
        await call.listen(100)
        assert headset.is_open
        before = call.heard_tone_ms()
        await talk(call, headset, "This is Sam", 600)
        assert call.heard_tone_ms() - before == 600
        call.desk.hand_back(CALL, "")
        await call.listen(100)
        assert not headset.is_open
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert ("agent", "This is Sam") in call.said()
    assert headset.played, "the agent did not hear the caller"
    agent = [fact for fact in call.of(SpeechMeasured) if fact.party is Party.AGENT]
    assert any(fact.end_ms - fact.start_ms == 600 for fact in agent)


@pytest.mark.parametrize("order", ["mute", "hold"])
def test_muted_or_on_hold_the_caller_hears_nothing_of_the_agent(order: str) -> None:
    headset = FakeHeadset()

    async def main() -> int:
        call = VirtualCall(headset=headset)
        await call.connect(Mode.AGENT_SPEAKS)
        await call.listen(100)
        if order == "mute":
            call.desk.mute(CALL, True)
        else:
            call.desk.hold(CALL)
        await talk(call, headset, "Secret", 600)
        heard = call.heard_tone_ms()
        await call.hang_up()
        return heard

    assert run_virtual(main()) == 0


@pytest.mark.allow_warnings
@pytest.mark.parametrize("is_present", [True, False])
def test_a_missing_microphone_is_told_and_the_call_goes_on(is_present: bool) -> None:
    headset = FakeHeadset()
    headset.is_present = is_present

    async def main() -> VirtualCall:
        call = VirtualCall(headset=headset)
        await call.connect(Mode.AGENT_SPEAKS)
        await call.listen(100)
        headset.unplug()
        await call.listen(100)
        call.desk.say_text(CALL, "This is Sam")
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert [fact.problem for fact in call.of(ProblemRaised)] == [Problem.MICROPHONE_MISSING]
    assert ("agent", "This is Sam") in call.said()
