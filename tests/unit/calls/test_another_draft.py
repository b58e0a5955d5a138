"""Another draft: what is offered is put away, and the writer is asked again for the same words."""

from __future__ import annotations

import pytest

from copilot_desktop.calls.errors import IllegalTransition
from copilot_desktop.calls.events import Decision, SuggestionDecided, SuggestionReady
from copilot_desktop.calls.ports import Conversation
from copilot_desktop.calls.states import Mode
from tests.support.virtual_call import CALL, VirtualCall
from tests.support.virtual_time import run_virtual


def wishful(talk: Conversation) -> str:
    """A writer that heeds what was put away."""
    return f"Idea {len(talk.unwanted) + 1}."


async def asked(mode: Mode = Mode.AGENT_APPROVES, *beside: str) -> VirtualCall:
    call = VirtualCall(greeting="Hi.")
    call.puppets.writer.answer, call.puppets.writer.beside = wishful, beside
    await call.connect(mode)
    await call.listen_to_end()
    await call.speak("Where is it?")
    await call.listen(1000)
    return call


def ready(call: VirtualCall) -> list[tuple[int, str]]:
    return [(fact.rank, fact.text) for fact in call.of(SuggestionReady)]


def decided(call: VirtualCall) -> list[tuple[str, Decision]]:
    return [(fact.text, fact.decision) for fact in call.of(SuggestionDecided)]


def test_what_was_offered_goes_and_another_comes_with_its_alternatives() -> None:
    async def main() -> VirtualCall:
        call = await asked(Mode.AGENT_APPROVES, "On its way.", "Lost.")
        call.desk.guide(CALL, "Be brief.")
        call.puppets.writer.beside = ("Lost.", "Eaten.")
        call.desk.another_draft(CALL)
        await call.listen(500)
        call.desk.say(CALL, call.of(SuggestionReady)[3].suggestion_id, "Idea 4.")
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert ready(call)[:4] == [(0, "Idea 1."), (1, "On its way."), (2, "Lost."), (0, "Idea 4.")]
    assert ready(call)[4:] == [(1, "Eaten.")], "what was put away does not come back beside the next"
    assert decided(call)[:3] == [
        ("Idea 1.", Decision.SKIPPED),
        ("On its way.", Decision.EXPIRED),
        ("Lost.", Decision.EXPIRED),
    ]
    first, again = call.puppets.writer.talks[-2:]
    assert again.lines == first.lines
    assert again.unwanted == ("Idea 1.", "On its way.", "Lost.")
    assert again.notes == ("Be brief.",)
    assert call.said()[-1] == ("assistant", "Idea 4.")
    assert call.of(SuggestionReady)[3].answers == call.of(SuggestionReady)[0].answers


def test_again_and_again_each_is_another() -> None:
    async def main() -> VirtualCall:
        call = await asked()
        for _ in range(3):
            call.desk.another_draft(CALL)
            await call.listen(300)
        await call.hang_up()
        return call

    assert ready(run_virtual(main())) == [(0, f"Idea {number}.") for number in (1, 2, 3, 4)]


def test_the_next_words_of_the_caller_begin_anew() -> None:
    async def main() -> VirtualCall:
        call = await asked()
        call.desk.another_draft(CALL)
        await call.listen(300)
        await call.speak("And when?")
        await call.listen(1000)
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert call.puppets.writer.talks[-1].unwanted == ()
    assert ready(call)[-1] == (0, "Idea 1.")


@pytest.mark.parametrize("mode", [Mode.AI_SPEAKS, Mode.AGENT_SPEAKS])
def test_only_where_drafts_are_approved(mode: Mode) -> None:
    async def main() -> None:
        call = await asked(mode)
        with pytest.raises(IllegalTransition):
            call.desk.another_draft(CALL)
        await call.hang_up()

    run_virtual(main())


def test_not_without_a_draft_and_not_into_the_callers_words() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(greeting="Hi.")
        await call.connect(Mode.AGENT_APPROVES)
        await call.listen_to_end()
        with pytest.raises(IllegalTransition):
            call.desk.another_draft(CALL)
        await call.speak("Where is it?")
        await call.listen(1000)
        await call.speak("Hello?", 400)
        with pytest.raises(IllegalTransition):
            call.desk.another_draft(CALL)
        await call.listen(1000)
        call.desk.say(CALL, call.of(SuggestionReady)[-1].suggestion_id, ready(call)[-1][1])
        with pytest.raises(IllegalTransition):
            call.desk.another_draft(CALL)
        await call.hang_up()
        return call

    run_virtual(main())


@pytest.mark.allow_warnings
def test_a_writer_that_failed_is_asked_again() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(greeting="Hi.")
        await call.connect(Mode.AGENT_APPROVES)
        await call.listen_to_end()
        call.puppets.writer.is_broken = True
        await call.speak("Where is it?")
        await call.listen(1000)
        assert ready(call) == []
        call.puppets.writer.is_broken = False
        call.desk.another_draft(CALL)
        await call.listen(500)
        await call.hang_up()
        return call

    assert ready(run_virtual(main())) == [(0, "You said Where is it?")]
