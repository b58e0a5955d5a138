"""Calls in which everything breaks by chance: each is told lawfully, and nobody waits long in silence.

TEST_CHAOS_SEEDS=200 plays more of them than the ten of an ordinary run.
"""

from __future__ import annotations

import os

import pytest

from copilot_desktop.calls.events import CallEnded, CallEvent, Problem, ProblemRaised, StateChanged
from copilot_desktop.calls.states import CallState, advance
from copilot_desktop.store.encoding import decode, encode, is_kept
from tests.support.storm import MOST_SILENCE_MS, Storm
from tests.support.virtual_time import run_virtual

SEEDS = range(int(os.environ.get("TEST_CHAOS_SEEDS", "10")))


@pytest.mark.allow_warnings("engines that break are logged")
@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_breaks_the_call_is_kept_and_the_next_one_works(seed: int) -> None:
    storm = Storm(seed)

    async def main() -> list[str]:
        await storm.run()
        return await storm.next_call()

    said = run_virtual(main())
    story = "\n".join(storm.story)
    assert said == ["Hello there.", "You said Where is my order?"], story
    facts = [fact for fact in storm.call.facts if isinstance(fact, CallEvent)]
    facts = [fact for fact in facts if fact.call_id == storm.call.call_id]
    _check_states([fact for fact in facts if isinstance(fact, StateChanged)], story)
    assert sum(isinstance(fact, CallEnded) for fact in facts) == 1, story
    crashed = [fact for fact in facts if isinstance(fact, ProblemRaised) and fact.problem is Problem.CRASHED]
    assert not crashed, story
    times = [fact.at_ms for fact in facts]
    assert min(times) >= 0
    kept = [fact for fact in facts if is_kept(fact)]
    assert [decode(encode(fact)) for fact in kept] == kept, "what the history keeps comes back as it was"
    assert max(times) <= facts[-1].at_ms + 1000, story
    silence_ms = storm.call.longest_silence_ms
    assert silence_ms <= MOST_SILENCE_MS, f"{silence_ms} ms until {storm.call.longest_at_ms} ms\n{story}"


def _check_states(changes: list[StateChanged], story: str) -> None:
    state = CallState.RINGING
    for change in changes:
        assert change.old is state, story
        assert advance(state, change.cause) is change.new, story
        state = change.new
    assert state is CallState.ENDED, story
