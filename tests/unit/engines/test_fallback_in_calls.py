"""Whole calls on the real desk whose first engines fail: the caller is answered in the same turn."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from copilot_desktop.audio.frame import SILENCE
from copilot_desktop.calls.desk import CallDesk
from copilot_desktop.calls.engine_status import EnginePart
from copilot_desktop.calls.errors import EngineFault, EngineUnavailable
from copilot_desktop.calls.events import CallId, Problem, ProblemRaised
from copilot_desktop.calls.ports import Engines
from copilot_desktop.calls.readiness import local_time
from copilot_desktop.calls.world import World
from copilot_desktop.engines.engine_health import EngineHealth
from copilot_desktop.engines.hearing.fallback_transcriber import FallbackTranscriber
from copilot_desktop.engines.voice.fallback_voice import FallbackVoice
from copilot_desktop.engines.writing.fallback_writer import FallbackWriter
from tests.support.puppets import MS_PER_WORD, Puppets
from tests.support.virtual_call import CALL, SETTINGS, VirtualCall
from tests.support.virtual_time import run_virtual

pytestmark = pytest.mark.allow_warnings

ASKED = "My order is late."
ANSWER = f"You said {ASKED}"


class SafeCall(VirtualCall):
    """`first` are the engines that fail; the puppets of every call stand in for them."""

    def __init__(self) -> None:
        super().__init__()
        self.first = Puppets()
        self.switches: list[tuple[EnginePart, EngineFault, bool]] = []
        self.desk = CallDesk(World(self.feed, self._engines()), SETTINGS, now=local_time)

    def _engines(self) -> Engines:
        return Engines(
            FallbackTranscriber(
                (self.first.transcriber, self.puppets.transcriber),
                self._health(EnginePart.HEARING),
                words_limit_s=lambda: 1.5,
            ),
            lambda: self.puppets.detector,
            FallbackWriter(
                (self.first.writer, self.puppets.writer),
                self._health(EnginePart.WRITER),
                first_text_limit_s=lambda: 2.5,
            ),
            FallbackVoice(
                (self.first.voice, self.puppets.voice),
                self._health(EnginePart.VOICE),
                first_sound_limit_s=lambda: 1.5,
            ),
        )

    def _health(self, part: EnginePart) -> EngineHealth:
        return EngineHealth(part, ("first", "stand-in"), on_switch=self._switched)

    def _switched(
        self, call: CallId | None, part: EnginePart, fault: EngineFault, is_recovered: bool
    ) -> None:
        assert call in (CALL, None)
        self.switches.append((part, fault, is_recovered))

    def longest_silence_ms(self) -> int:
        """The caller's longest wait."""
        longest = current = 0
        for frame in self.heard:
            current = current + 20 if frame == SILENCE else 0
            longest = max(longest, current)
        return longest


async def one_turn(call: SafeCall) -> None:
    """The caller asks, and listens until it has been answered, or 12 s have passed.

    Then `heard` is what came from the question's end to the last sound.
    """
    await call.connect()
    await call.listen(2000)
    await call.listen_to_end()
    call.first.transcriber.words = ASKED
    await call.speak(ASKED)
    asked = len(call.heard)
    for _ in range(12 * 50):
        await call.listen(20)
        if ANSWER in [text for party, text in call.said() if party == "assistant"]:
            break
    await call.listen(2000)
    await call.listen_to_end()
    call.heard = call.heard[asked:]
    while call.heard and call.heard[-1] == SILENCE:
        call.heard.pop()
    await call.hang_up()


def _stalled_hearing(first: Puppets) -> None:
    first.transcriber.delay_s = 3600


def _stalled_writer(first: Puppets) -> None:
    first.writer.delay_s = 3600


def _broken_writer(first: Puppets) -> None:
    first.writer.is_broken = True


def _stalled_voice(first: Puppets) -> None:
    first.voice.delay_s = 3600


def _broken_voice(first: Puppets) -> None:
    first.voice.is_broken = True


@pytest.mark.parametrize(
    ("harm", "part"),
    [
        (_stalled_hearing, EnginePart.HEARING),
        (_stalled_writer, EnginePart.WRITER),
        (_broken_writer, EnginePart.WRITER),
        (_stalled_voice, EnginePart.VOICE),
        (_broken_voice, EnginePart.VOICE),
    ],
)
def test_the_turn_is_answered_all_the_same(harm: Callable[[Puppets], None], part: EnginePart) -> None:
    async def main() -> SafeCall:
        call = SafeCall()
        harm(call.first)
        await one_turn(call)
        return call

    call = run_virtual(main())
    assert ("caller", ASKED) in call.said()
    assert ("assistant", ANSWER) in call.said()
    assert call.longest_silence_ms() < 4000
    assert {switched for switched, _, _ in call.switches} == {part}
    assert not [
        problem for problem in call.of(ProblemRaised) if problem.problem is Problem.TRANSCRIBER_FAILED
    ]


def test_everything_down_at_once_is_answered_too() -> None:
    async def main() -> SafeCall:
        call = SafeCall()
        for harm in (_stalled_hearing, _stalled_writer, _stalled_voice):
            harm(call.first)
        await one_turn(call)
        return call

    call = run_virtual(main())
    assert ("assistant", ANSWER) in call.said()
    # Each part uses its time limit up once: 1.5, 2.5 and 1.5 s.
    assert call.longest_silence_ms() < 6000
    assert {switched for switched, _, _ in call.switches} == set(EnginePart) - {EnginePart.JUDGE}


def test_a_sentence_broken_off_is_heard_to_its_end() -> None:
    async def main() -> SafeCall:
        call = SafeCall()
        call.first.voice.breaks_after_words = 3
        await one_turn(call)
        return call

    call = run_virtual(main())
    rest = call.puppets.voice.sentences[-1]
    assert ANSWER.endswith(rest)
    assert len(rest.split()) < len(ANSWER.split())
    words = 3 + len(rest.split())
    assert call.heard_tone_ms() >= words * MS_PER_WORD
    assert call.longest_silence_ms() < 2000


def test_hearing_that_breaks_off_in_mid_turn_loses_no_word() -> None:
    async def main() -> SafeCall:
        call = SafeCall()
        await call.connect()
        await call.listen_to_end()
        call.first.transcriber.words = ASKED
        await call.speak(ASKED, 400)
        for hearing in call.first.transcriber.hearings.values():
            hearing.break_off()
        await call.speak(ASKED, 600)
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert call.said()[1:] == [("caller", ASKED), ("assistant", ANSWER)]
    assert call.switches == [(EnginePart.HEARING, EngineUnavailable("").fault, False)]
