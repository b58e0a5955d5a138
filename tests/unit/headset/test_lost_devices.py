"""A device that goes away in a live call: another takes over, or the caller waits until the agent resumes."""

from __future__ import annotations

import numpy as np
import pytest

from copilot_desktop.audio.frame import FRAME_BYTES, SILENCE
from copilot_desktop.calls.errors import DeviceError
from copilot_desktop.calls.events import HoldChanged, ModeChanged, Problem, ProblemRaised
from copilot_desktop.calls.states import Mode
from copilot_desktop.headset.agent_sound import SoundChoice
from copilot_desktop.headset.devices import DeviceKind
from tests.support.puppets import TONE
from tests.support.virtual_call import CALL, VirtualCall
from tests.support.virtual_time import run_virtual
from tests.support.wired_headset import WiredHeadset

MICROPHONE, SPEAKER = DeviceKind.MICROPHONE, DeviceKind.SPEAKER
HOLDS = SoundChoice(replaces_lost=False)
VOICE = (np.sin(np.arange(FRAME_BYTES) * 0.7) * 9000).astype(np.int16)


class Talk:
    """A live call on a headset; `holds`: what is lost is not replaced, and the window holds the call."""

    def __init__(self, *, holds: bool) -> None:
        self.headset = WiredHeadset(HOLDS if holds else None, self._lost)
        self.call = VirtualCall(headset=self.headset)
        self._holds = holds

    def _lost(self, kind: DeviceKind, is_replaced: bool) -> None:
        if self._holds and not is_replaced:
            self.call.desk.hold(CALL)

    async def both_speak(self, duration_ms: int = 400) -> int:
        """Return how many of the agent's frames reached the caller."""
        begin = len(self.call.heard)
        for _ in range(duration_ms // 20):
            self.headset.speak(VOICE)
            await self.call.pass_frame(TONE)
        return sum(frame != SILENCE for frame in self.call.heard[begin:])

    def holds_told(self) -> list[bool]:
        return [fact.is_on_hold for fact in self.call.of(HoldChanged)]


def test_usually_another_device_takes_over_at_once() -> None:
    async def main() -> Talk:
        talk = Talk(holds=False)
        await talk.call.connect(Mode.AGENT_SPEAKS)
        assert await talk.both_speak() > 10
        talk.headset.wires.unplug("headset")
        await talk.both_speak(100)
        assert talk.headset.in_use(MICROPHONE) == "laptop"
        assert talk.headset.in_use(SPEAKER) == "laptop"
        assert await talk.both_speak() > 15
        await talk.call.hang_up()
        talk.headset.close()
        return talk

    talk = run_virtual(main())
    assert talk.holds_told() == []


def test_if_so_chosen_the_caller_waits_until_the_agent_resumes() -> None:
    async def main() -> Talk:
        talk = Talk(holds=True)
        await talk.call.connect(Mode.AGENT_SPEAKS)
        await talk.both_speak()
        talk.headset.wires.unplug("headset")
        assert talk.call.view.is_on_hold, "in the very moment"
        assert talk.headset.in_use(MICROPHONE) == "", "no other microphone was opened"
        await talk.both_speak(60_000)
        assert talk.call.view.is_on_hold
        assert talk.headset.in_use(MICROPHONE) == ""
        talk.headset.wires.plug_in("headset")
        await talk.both_speak(10_000)
        assert talk.call.view.is_on_hold, "a headset that is back decides nothing"
        assert talk.headset.in_use(MICROPHONE) == ""
        talk.call.desk.resume(CALL)
        await talk.both_speak(100)
        assert talk.headset.in_use(MICROPHONE) == "headset"
        assert await talk.both_speak() > 15
        await talk.call.hang_up()
        talk.headset.close()
        return talk

    talk = run_virtual(main())
    assert talk.holds_told() == [True, False]
    assert talk.headset.troubles[0] == (MICROPHONE, False)
    assert [fact.new for fact in talk.call.of(ModeChanged)] == [Mode.AGENT_SPEAKS], "the mode stays"
    missing = [f for f in talk.call.of(ProblemRaised) if f.problem is Problem.MICROPHONE_MISSING]
    assert missing == []


def test_resumed_without_it_the_agent_speaks_into_what_there_is() -> None:
    async def main() -> None:
        talk = Talk(holds=True)
        await talk.call.connect(Mode.AGENT_SPEAKS)
        await talk.both_speak()
        talk.headset.wires.unplug("headset")
        await talk.both_speak(1000)
        talk.call.desk.resume(CALL)
        assert await talk.both_speak() > 15
        assert talk.headset.in_use(MICROPHONE) == "laptop"
        assert talk.headset.in_use(SPEAKER) == "laptop"
        await talk.call.hang_up()
        talk.headset.close()

    run_virtual(main())


def test_a_speaker_alone_that_goes_holds_too() -> None:
    async def main() -> Talk:
        talk = Talk(holds=True)
        await talk.call.connect(Mode.AGENT_SPEAKS)
        await talk.both_speak()
        talk.headset.wires.present[SPEAKER] = ["laptop"]
        talk.headset.wires.changed.emit()
        assert talk.call.view.is_on_hold
        await talk.call.hang_up()
        talk.headset.close()
        return talk

    assert run_virtual(main()).headset.troubles[0] == (SPEAKER, False)


def test_while_the_ai_speaks_listening_in_just_goes_on() -> None:
    async def main() -> Talk:
        talk = Talk(holds=True)
        await talk.call.connect(Mode.AI_SPEAKS)
        talk.call.desk.listen_in(CALL)
        await talk.both_speak()
        talk.headset.wires.unplug("headset")
        await talk.both_speak()
        assert talk.headset.in_use(SPEAKER) == "laptop"
        await talk.call.hang_up()
        talk.headset.close()
        return talk

    assert run_virtual(main()).holds_told() == []


def test_if_nobody_holds_the_call_the_microphone_is_missing_as_ever() -> None:
    headset = WiredHeadset(HOLDS)

    async def speak() -> None:
        async with headset.microphone() as frames:
            headset.wires.unplug("headset")
            async for _ in frames:
                pass

    with pytest.raises(DeviceError):
        run_virtual(speak())
    assert headset.troubles == [(MICROPHONE, False)]
