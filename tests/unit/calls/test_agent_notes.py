"""What the agent writes down for themselves is told as facts, cut to a bound, without card numbers."""

from __future__ import annotations

import pytest

from copilot_desktop.calls.agent_notes import MOST_MARK_WORDS, MOST_NOTES
from copilot_desktop.calls.errors import IllegalTransition, UnknownCall
from copilot_desktop.calls.events import Bookmarked, CallEnded, Fact, NotesChanged, StateChanged
from copilot_desktop.calls.states import CallState
from tests.support.virtual_call import CALL, VirtualCall
from tests.support.virtual_time import run_virtual

CARD = "4111 1111 1111 1111"


async def connected() -> VirtualCall:
    call = VirtualCall(greeting="")
    await call.connect()
    await call.listen(500)
    return call


def marks(call: VirtualCall) -> list[tuple[int, str]]:
    return [(fact.moment_ms, fact.text) for fact in call.of(Bookmarked)]


def notes(call: VirtualCall) -> list[str]:
    return [fact.text for fact in call.of(NotesChanged)]


def test_a_bookmark_keeps_its_moment_when_words_come_later() -> None:
    async def main() -> VirtualCall:
        call = await connected()
        call.desk.bookmark(CALL)
        (moment,) = [fact.moment_ms for fact in call.of(Bookmarked)]
        await call.listen(2000)
        call.desk.bookmark(CALL, "  order \n number ", moment)
        call.desk.bookmark(CALL, "order number", moment)
        call.desk.bookmark(CALL, "x" * 500)
        await call.hang_up()
        return call

    call = run_virtual(main())
    (first, bare), (again, words), (second, long) = marks(call)
    assert (first, bare, again, words) == (first, "", first, "order number")
    assert second >= first + 2000
    assert long == "x" * MOST_MARK_WORDS
    told = call.of(Bookmarked)
    assert told[1].at_ms >= first + 2000, "facts are told when they happen, in order"


def test_only_a_connected_call_has_moments() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(greeting="")

        def on_end(fact: Fact) -> None:
            if isinstance(fact, StateChanged) and fact.new is CallState.ENDED:
                with pytest.raises(IllegalTransition):
                    call.desk.bookmark(CALL)
                call.desk.bookmark(CALL, "said in time", call.of(Bookmarked)[0].moment_ms)

        call.feed.subscribe(on_end)
        await call.connect()
        await call.listen(500)
        with pytest.raises(IllegalTransition):
            call.desk.bookmark(CALL, "still to come", 123_456)
        call.desk.bookmark(CALL)
        await call.hang_up()
        with pytest.raises(UnknownCall):
            call.desk.bookmark(CALL)
        return call

    assert [text for _, text in marks(run_virtual(main()))] == ["", "said in time"]


def test_what_was_said_before_can_be_marked() -> None:
    async def main() -> VirtualCall:
        call = await connected()
        await call.listen(3000)
        call.desk.bookmark(CALL, "what they said", 1200)
        with pytest.raises(IllegalTransition):
            call.desk.bookmark(CALL, "before the call", -1)
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert marks(call) == [(1200, "what they said")]
    assert call.of(Bookmarked)[0].at_ms > 4000


def test_notes_are_told_whole_and_once() -> None:
    async def main() -> VirtualCall:
        call = await connected()
        for text in ("", "call back", "call back", "call back on Tuesday", ""):
            call.desk.take_notes(CALL, text)
        call.desk.take_notes(CALL, "y" * (MOST_NOTES + 1))
        call.desk.take_notes(CALL, "half a sign: \ud83d")
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert notes(call) == ["call back", "call back on Tuesday", "", "y" * MOST_NOTES, "half a sign: ?"]


def test_the_last_words_can_be_kept_while_the_call_ends() -> None:
    async def main() -> VirtualCall:
        call = await connected()

        def on_end(fact: Fact) -> None:
            if isinstance(fact, StateChanged) and fact.new is CallState.ENDED:
                call.desk.take_notes(CALL, "typed in the last second")

        call.feed.subscribe(on_end)
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert notes(call) == ["typed in the last second"]
    assert isinstance(call.facts[-1], CallEnded), "they belong to the call, so they come before its end"


def test_card_numbers_are_kept_nowhere() -> None:
    async def main() -> VirtualCall:
        call = await connected()
        call.desk.take_notes(CALL, f"pays with {CARD}, ship to Bremen")
        call.desk.bookmark(CALL, f"card {CARD}")
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert notes(call) == ["pays with [card number hidden], ship to Bremen"]
    assert [text for _, text in marks(call)] == ["card [card number hidden]"]
    assert "1111" not in repr(call.facts)


def test_neither_caller_nor_ai_learns_of_them() -> None:
    async def main() -> VirtualCall:
        call = await connected()
        call.desk.take_notes(CALL, "secret plan")
        call.desk.bookmark(CALL, "secret word")
        await call.speak("Where is it?")
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert call.puppets.writer.talks
    assert "secret" not in repr(call.puppets.writer.talks)
    assert not any("secret" in sentence for sentence in call.puppets.voice.sentences)
