"""A call in which all goes wrong by chance, under virtual time: engines, lines, devices, clocks, the agent.

One number decides all of it, so that what was found once is found again.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from copilot_desktop.audio.frame import SILENCE
from copilot_desktop.calls.desk import Answer
from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.calls.events import CallId, Party, SuggestionId
from copilot_desktop.calls.readiness import local_time
from copilot_desktop.calls.states import CallState, Mode
from tests.support.fake_control import FakeControl
from tests.support.fake_headset import FakeHeadset
from tests.support.puppets import TONE, Puppets
from tests.support.virtual_call import SETTINGS, VirtualCall

STEPS = 40
MOST_SILENCE_MS = 6000
_FRAME_MS = 20
WORDS = (
    "Hello?",
    "Where is my order?",
    "My number is 4 7 2 9.",
    "I would like to speak to a person, please.",
    "Mm-hmm.",
    "That is not what I meant, and it is the third time that I call about it.",
)
NOTES = ("Offer express delivery.", "She is a good customer.", "")


class ChaosCall(VirtualCall):
    """A virtual call that counts how long its caller waits for us in silence."""

    silence_ms = 0
    longest_silence_ms = 0
    longest_at_ms = 0

    @property
    def is_ours_to_speak(self) -> bool:
        """Nobody but the program owes the caller a sound: the AI speaks, or the caller is on hold."""
        if not self.is_open:
            return False
        return self.view.is_on_hold or self.view.mode is Mode.AI_SPEAKS

    async def pass_frame(self, data: bytes) -> None:
        """As ever, and look at the clock of silence."""
        await super().pass_frame(data)
        if self.heard[-1] != SILENCE or data != SILENCE or not self.is_ours_to_speak:
            self.silence_ms = 0
            return
        if not self._is_owed():
            return
        self.silence_ms += _FRAME_MS
        if self.silence_ms > self.longest_silence_ms:
            self.longest_silence_ms = self.silence_ms
            self.longest_at_ms = self.view.elapsed_ms

    @property
    def is_open(self) -> bool:
        """Sound can pass."""
        return self.is_live and self.view.state is CallState.LIVE

    def _is_owed(self) -> bool:
        """The caller has said something that was not answered yet, or hears the music of a hold."""
        said = [party for party, _ in self.said()]
        return self.view.is_on_hold or (bool(said) and said[-1] == Party.CALLER)


class Storm:
    """`run` plays one call; `story` tells what was done, for whom must find out why."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._jump = timedelta()
        self.headset = FakeHeadset()
        self.control = FakeControl()
        self.story: list[str] = []
        settings = replace(SETTINGS, is_recording=False, back_sentence="We are back.")
        self.call = ChaosCall(settings=settings, control=self.control, headset=self.headset, now=self._now)

    def _now(self) -> datetime:
        return local_time() + self._jump

    @property
    def puppets(self) -> Puppets:
        return self.call.puppets

    async def run(self) -> None:
        """Ring, forty things by chance, an end by chance."""
        await self.call.connect(self._chance.choice([Mode.AI_SPEAKS, Mode.AI_SPEAKS, Mode.AGENT_APPROVES]))
        await self.call.listen(3000)
        actions = (*self._faults(), *self._people())
        for _ in range(STEPS):
            if not self.call.is_live:
                break
            action = self._chance.choice(actions)
            self.story.append(f"{self.call.view.elapsed_ms:>6} ms {action.__name__.strip('_')}")
            result = action()
            if asyncio.iscoroutine(result):
                await result
            await self._pass(self._chance.choice([40, 400, 1500, 4000]))
        if self.call.is_live:
            await self._end()

    async def next_call(self) -> list[str]:
        """All is well again: return what another caller hears."""
        self._all_is_well()
        self.puppets.transcriber.delay_s = 0.0
        self.puppets.voice.breaks_after_words = self.puppets.transcriber.final_words = None
        self.headset.is_present = True
        call = VirtualCall(beside=self.call, call_id=CallId("CA" + "1" * 32))
        await call.connect()
        await call.listen_to_end()
        await call.speak("Where is my order?")
        await call.listen_to_end()
        said = [text for party, text in call.said() if party == Party.ASSISTANT]
        await call.hang_up()
        return said

    async def _pass(self, duration_ms: int) -> None:
        for _ in range(duration_ms // _FRAME_MS):
            if not self.call.is_live:
                return
            if not self.call.is_open:
                await asyncio.sleep(_FRAME_MS / 1000)
                continue
            if self.headset.is_open and self._chance.random() < 0.3:
                self.headset.speak(TONE)
            await self.call.pass_frame(SILENCE)

    async def _end(self) -> None:
        if self._chance.random() < 0.5:
            self.call.desk.hang_up(self.call.call_id)
        for _ in range(500):
            if not self.call.is_live:
                return
            await self._pass(_FRAME_MS)
        await self.call.hang_up_alone()

    # What breaks.

    def _faults(self) -> tuple[Callable[[], object], ...]:
        return (
            self._writer_breaks,
            self._writer_is_slow,
            self._voice_breaks,
            self._voice_stops_in_a_sentence,
            self._voice_is_slow,
            self._ears_break,
            self._ears_are_slow,
            self._line_breaks,
            self._headset_goes,
            self._clock_jumps,
            self._carrier_refuses,
            self._all_is_well,
            self._all_is_well,
        )

    def _writer_breaks(self) -> None:
        self.puppets.writer.is_broken = not self.puppets.writer.is_broken

    def _writer_is_slow(self) -> None:
        self.puppets.writer.delay_s = self._chance.choice([0.0, 1.0, 4.0, 20.0])

    def _voice_breaks(self) -> None:
        self.puppets.voice.is_broken = not self.puppets.voice.is_broken

    def _voice_stops_in_a_sentence(self) -> None:
        self.puppets.voice.breaks_after_words = self._chance.choice([None, 1, 2])

    def _voice_is_slow(self) -> None:
        # Beyond this another voice takes its place.
        self.puppets.voice.delay_s = self._chance.choice([0.0, 0.5, 1.5])

    def _ears_break(self) -> None:
        self.puppets.transcriber.is_down = not self.puppets.transcriber.is_down
        hearings = self.puppets.transcriber.hearings
        if hearings and self.puppets.transcriber.is_down:
            self._chance.choice(list(hearings.values())).break_off()

    def _ears_are_slow(self) -> None:
        self.puppets.transcriber.delay_s = self._chance.choice([0.0, 0.3, 2.0])

    async def _line_breaks(self) -> None:
        if not self.call.is_open:
            return
        self.call.lose_link()
        away_s = self._chance.choice([0.1, 2.0, 8.0, 30.0])
        if self.call.desk.stream_over(self.call.call_id) is not Answer.CONNECT:
            return
        await asyncio.sleep(away_s)
        if self.call.is_live and not self.call.is_open:
            self.call.open_link()
            self.call.silence_ms = 0

    def _headset_goes(self) -> None:
        self.headset.is_present = not self.headset.is_present
        if not self.headset.is_present and self.headset.is_open:
            self.headset.unplug()

    def _clock_jumps(self) -> None:
        self._jump += timedelta(hours=self._chance.choice([-30, -1, 1, 200]))

    def _carrier_refuses(self) -> None:
        self.control.refuses = not self.control.refuses

    def _all_is_well(self) -> None:
        self.puppets.writer.is_broken = self.puppets.voice.is_broken = False
        self.puppets.transcriber.is_down = False
        self.puppets.writer.delay_s = self.puppets.voice.delay_s = 0.0

    # What people do.

    def _people(self) -> tuple[Callable[[], object], ...]:
        orders = (
            ("take over", lambda desk, call: desk.take_over(call)),
            ("hand back", lambda desk, call: desk.hand_back(call, self._chance.choice(NOTES))),
            ("prepare the hand-back", lambda desk, call: desk.prepare_hand_back(call, "He will be called.")),
            ("I approve", lambda desk, call: desk.set_mode(call, Mode.AGENT_APPROVES)),
            ("AI speaks", lambda desk, call: desk.set_mode(call, Mode.AI_SPEAKS)),
            ("hold", lambda desk, call: desk.hold(call)),
            ("resume", lambda desk, call: desk.resume(call)),
            ("mute", lambda desk, call: desk.mute(call, self._chance.random() < 0.5)),
            ("type", lambda desk, call: desk.say_text(call, "I will look at once.")),
            ("stop", lambda desk, call: desk.stop_talking(call)),
            ("guide", lambda desk, call: desk.guide(call, self._chance.choice(NOTES))),
            ("another", lambda desk, call: desk.another_draft(call)),
            ("bookmark", lambda desk, call: desk.bookmark(call, "here")),
            ("keypad", lambda desk, call: desk.send_digits(call, "12#")),
            ("say", self._say_a_suggestion),
            ("transfer", lambda desk, call: desk.transfer(call, "+15550123", "One moment.")),
        )
        return (*(self._order(name, give) for name, give in orders), *[self._caller_speaks] * 12)

    def _order(self, name: str, give: Callable[..., None]) -> Callable[[], object]:
        def order() -> None:
            try:
                give(self.call.desk, self.call.call_id)
                # A person has the caller in hand: from here the clock of silence runs anew.
                self.call.silence_ms = 0
            except CopilotError as refused:
                # A front end's order that does not fit is refused in words; anything else ends the test.
                self.story.append(f"          refused: {refused}")

        order.__name__ = name
        return order

    def _say_a_suggestion(self, desk: object, call: object) -> None:
        shown = [getattr(fact, "suggestion_id", None) for fact in self.call.facts]
        ids = [each for each in shown if each is not None]
        self.call.desk.say(self.call.call_id, ids[-1] if ids else SuggestionId("none"), "As I said.")

    async def _caller_speaks(self) -> None:
        self.puppets.transcriber.words = self._chance.choice(WORDS)
        for _ in range(self._chance.choice([300, 900, 2500]) // _FRAME_MS):
            if self.call.is_open:
                await self.call.pass_frame(TONE)
