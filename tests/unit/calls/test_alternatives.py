"""Other things one could say stand beside the answer, for the agent to choose, and go with it."""

from __future__ import annotations

import pytest

from copilot_desktop.calls.errors import IllegalTransition
from copilot_desktop.calls.events import Decision, SuggestionDecided, SuggestionReady
from copilot_desktop.calls.states import Mode
from tests.support.virtual_call import CALL, VirtualCall
from tests.support.virtual_time import run_virtual

ANSWER = "You said Where is it?"


async def asked(mode: Mode, *beside: str) -> VirtualCall:
    """A call whose caller has asked; the writer knows `beside` besides its answer."""
    call = VirtualCall(greeting="Hi.")
    call.puppets.writer.beside = beside
    await call.connect(mode)
    await call.listen_to_end()
    await call.speak("Where is it?")
    await call.listen(1000)
    return call


def ready(call: VirtualCall) -> list[tuple[int, str]]:
    return [(fact.rank, fact.text) for fact in call.of(SuggestionReady)]


def decided(call: VirtualCall) -> dict[str, Decision]:
    return {fact.text: fact.decision for fact in call.of(SuggestionDecided)}


@pytest.mark.parametrize("mode", [Mode.AGENT_APPROVES, Mode.AGENT_SPEAKS])
def test_at_most_two_and_none_twice(mode: Mode) -> None:
    async def main() -> VirtualCall:
        call = await asked(mode, "You said where is it", "On its way.", " ", "Lost.", "Eaten.")
        await call.hang_up()
        return call

    assert ready(run_virtual(main())) == [(0, ANSWER), (1, "On its way."), (2, "Lost.")]


def test_while_the_ai_speaks_nobody_chooses() -> None:
    async def main() -> VirtualCall:
        call = await asked(Mode.AI_SPEAKS, "On its way.")
        await call.hang_up()
        return call

    assert ready(run_virtual(main())) == [(0, ANSWER)]


def test_one_is_said_and_the_others_go() -> None:
    async def main() -> VirtualCall:
        call = await asked(Mode.AGENT_APPROVES, "On its way.", "Lost.")
        chosen = call.of(SuggestionReady)[1]
        call.desk.say(CALL, chosen.suggestion_id, chosen.text)
        with pytest.raises(IllegalTransition):
            call.desk.say(CALL, call.of(SuggestionReady)[0].suggestion_id, ANSWER)
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert call.said()[-1] == ("assistant", "On its way.")
    assert decided(call) == {
        "On its way.": Decision.SAID,
        ANSWER: Decision.EXPIRED,
        "Lost.": Decision.EXPIRED,
    }


def test_one_may_be_put_away_alone() -> None:
    async def main() -> VirtualCall:
        call = await asked(Mode.AGENT_APPROVES, "On its way.", "Lost.")
        call.desk.skip(CALL, call.of(SuggestionReady)[1].suggestion_id)
        call.desk.say(CALL, call.of(SuggestionReady)[0].suggestion_id, ANSWER)
        await call.listen_to_end()
        await call.hang_up()
        return call

    assert decided(run_virtual(main())) == {
        "On its way.": Decision.SKIPPED,
        ANSWER: Decision.SAID,
        "Lost.": Decision.EXPIRED,
    }


def test_they_go_when_the_caller_goes_on() -> None:
    async def main() -> VirtualCall:
        call = await asked(Mode.AGENT_APPROVES, "On its way.")
        call.puppets.writer.beside = ()
        await call.speak("Or rather")
        await call.listen(1000)
        await call.hang_up()
        return call

    assert decided(run_virtual(main())) == {ANSWER: Decision.EXPIRED, "On its way.": Decision.EXPIRED}


def test_those_that_come_after_the_decision_are_not_shown() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(greeting="Hi.")
        call.puppets.writer.beside, call.puppets.writer.beside_delay_s = ("On its way.",), 2.0
        await call.connect(Mode.AGENT_APPROVES)
        await call.listen_to_end()
        await call.speak("Where is it?")
        await call.listen(1000)
        call.desk.skip(CALL, call.of(SuggestionReady)[0].suggestion_id)
        await call.listen(3000)
        await call.hang_up()
        return call

    assert ready(run_virtual(main())) == [(0, ANSWER)]


def test_in_takeover_the_next_answer_replaces_what_was_to_be_read() -> None:
    async def main() -> VirtualCall:
        call = await asked(Mode.AGENT_SPEAKS, "On its way.")
        call.puppets.writer.beside = ()
        await call.speak("And when?")
        await call.listen(1000)
        await call.hang_up()
        return call

    assert decided(run_virtual(main())) == {ANSWER: Decision.EXPIRED, "On its way.": Decision.EXPIRED}
