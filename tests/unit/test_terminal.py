"""The front end without a window, on the real desk."""

from __future__ import annotations

import io

from copilot_desktop.calls.states import Mode
from copilot_desktop.terminal import Autopilot, CallPrinter
from tests.support.virtual_call import CALL, VirtualCall
from tests.support.virtual_time import run_virtual


def play(mode: Mode) -> tuple[VirtualCall, str]:
    """A call answered by the autopilot in `mode`."""
    out = io.StringIO()

    async def main() -> VirtualCall:
        call = VirtualCall(greeting="Hi.")
        call.feed.subscribe(CallPrinter(out))
        call.feed.subscribe(Autopilot(call.desk, mode))
        await call.desk.ring(CALL, "+15550100", "+15550199", is_practice=True)
        call.open_link()
        await call.listen_to_end()
        await call.speak("My order is late.")
        await call.listen_to_end()
        await call.hang_up()
        return call

    return run_virtual(main()), out.getvalue()


def test_it_prints_a_call_as_it_happens() -> None:
    call, text = play(Mode.AI_SPEAKS)
    assert "PRACTICE: +15550100 calls +15550199" in text
    assert "Caller  My order is late." in text
    assert "AI      You said My order is late." in text
    assert "no source · puppet" in text
    assert "answered in 0." in text
    assert "Call ended: completed" in text
    assert text.index("My order is late.") < text.index("You said"), "the answer before the question"


def test_the_autopilot_approves_what_an_agent_would() -> None:
    call, text = play(Mode.AGENT_APPROVES)
    assert call.said()[-1] == ("assistant", "You said My order is late.")


def test_the_autopilot_types_when_the_agent_speaks() -> None:
    call, text = play(Mode.AGENT_SPEAKS)
    assert call.said()[-1] == ("agent", "You said My order is late.")
    assert "You     You said My order is late." in text
