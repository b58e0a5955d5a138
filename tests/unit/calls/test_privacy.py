"""What is not to be kept is nowhere: facts, the writer's input, history, sound, log, report."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest

from copilot_desktop.calls.card_numbers import HIDDEN
from copilot_desktop.calls.errors import IllegalTransition
from copilot_desktop.calls.events import (
    CallEvent,
    DigitPressed,
    DigitsSent,
    Fact,
    Party,
    RecordingChanged,
    RecordingState,
    SuggestionDecided,
    SuggestionReady,
    UtteranceChanged,
    UtteranceFinished,
)
from copilot_desktop.calls.saying import PRIVATE
from copilot_desktop.calls.states import Mode
from copilot_desktop.report import build
from copilot_desktop.report.exports import to_csv, to_json, to_txt
from copilot_desktop.report.page import to_html
from copilot_desktop.store import Store, open_store
from tests.support.fake_headset import FakeHeadset
from tests.support.kept_sound import KeptSound
from tests.support.puppets import TONE
from tests.support.virtual_call import CALL, SETTINGS, VirtualCall
from tests.support.virtual_time import run_virtual

CARD = "4111 1111 1111 1111"
SPOKEN_CARD = (
    "four one double one, uh, double one double one, double one double one then double one double one"
)
_TRACES = re.compile(r"1111|double one")


class KeptCall:
    """A call with a real history and recording, and all that is left of it afterwards."""

    def __init__(
        self, folder: Path, talk: Callable[[VirtualCall], Awaitable[None]], **options: object
    ) -> None:
        self.folder = folder
        store = open_store(folder)
        try:
            self.call = run_virtual(self._run(store, talk, options))
            asyncio.run(store.flush())
            self.facts = asyncio.run(store.read(CALL))
            self.path = store.recordings.path(CALL)
        finally:
            store.close()

    async def _run(
        self, store: Store, talk: Callable[[VirtualCall], Awaitable[None]], options: dict[str, object]
    ) -> VirtualCall:
        call = VirtualCall(greeting="Hi.", recordings=store.recordings, **options)  # type: ignore[arg-type]

        def keep(fact: Fact) -> None:
            if isinstance(fact, CallEvent):
                store.append(fact)

        call.feed.subscribe(keep)
        await call.connect(Mode.AGENT_SPEAKS if "headset" in options else Mode.AI_SPEAKS)
        await talk(call)
        await call.hang_up()
        return call

    @property
    def sound(self) -> KeptSound:
        return KeptSound(self.path)

    def changes(self) -> list[tuple[bool, str]]:
        return [(fact.is_recording, fact.cause) for fact in self.call.of(RecordingChanged)]

    def everything(self) -> str:
        """All words that are left anywhere, but for sound."""
        report = build(self.facts)
        exported = [to_json(report), to_csv(report), to_txt(report, UTC), to_html(report)]
        disk = b"".join(
            path.read_bytes() for path in self.folder.rglob("*") if path.suffix != ".wav" and path.is_file()
        ).decode(errors="replace")
        finished = [fact for fact in self.call.facts if not isinstance(fact, UtteranceChanged)]
        return "\n".join(
            [repr(finished), repr(self.facts), repr(self.call.puppets.writer.talks), *exported, disk]
        )


@pytest.mark.parametrize("said", [CARD, SPOKEN_CARD], ids=["figures", "words"])
def test_a_card_number_is_kept_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture, said: str) -> None:
    caplog.set_level(logging.DEBUG)

    async def talk(call: VirtualCall) -> None:
        await call.listen_to_end()
        await call.speak("I want to pay.", 500)
        await call.listen_to_end()
        await call.speak(f"My card is {said}, okay?", 3000)
        await call.listen(600)
        (view,) = call.desk.live_calls()
        assert view.recording is RecordingState.PAUSED
        await call.listen(6000)
        await call.speak("Thank you.", 500)
        await call.listen_to_end()

    kept = KeptCall(tmp_path, talk)
    assert ("caller", f"My card is {HIDDEN}, okay?") in kept.call.said()
    assert ("assistant", f"You said My card is {HIDDEN}, okay?") in kept.call.said()
    assert kept.changes() == [(True, "call_began"), (False, "card_number"), (True, "card_number_over")]
    # Moving words too: what is shown for a moment is seen.
    assert not _TRACES.search(repr(kept.call.facts))
    assert not _TRACES.search(kept.everything())
    assert not _TRACES.search(caplog.text)
    (finished,) = [
        fact for fact in kept.call.of(UtteranceFinished) if HIDDEN in fact.text and fact.confidence
    ]
    over = kept.call.of(RecordingChanged)[-1]
    assert over.at_ms - finished.end_ms == pytest.approx(5000, abs=40)
    began_ms, end_ms = finished.start_ms - 1000, over.at_ms - 1000
    assert kept.sound.length_ms * 1.0 > end_ms
    assert kept.sound.caller_ms(began_ms - 300, end_ms) == 0
    assert kept.sound.caller_ms() == 500 + 500
    assert kept.sound.ours_ms(began_ms - 300, end_ms) == 0


def test_a_card_number_over_two_utterances_is_corrected_everywhere(tmp_path: Path) -> None:
    async def talk(call: VirtualCall) -> None:
        await call.listen_to_end()
        await call.speak("Sure, 4111 1111", 1000)
        # The first half has stood for a second, was written down, and answered.
        await call.listen(1000)
        await call.speak("1111 1111 it is.", 1000)
        await call.listen(8000)

    kept = KeptCall(tmp_path, talk, settings=replace(SETTINGS, farewell_pause_s=1))
    caller = [text for party, text in kept.call.said() if party == "caller"]
    assert caller == [f"Sure, {HIDDEN}", f"{HIDDEN} it is."]
    stored = [fact for fact in kept.facts if isinstance(fact, UtteranceFinished)]
    assert [fact.text for fact in stored if fact.party is Party.CALLER] == caller
    assert [
        line.text for line in kept.call.puppets.writer.talks[-1].lines if line.party is Party.CALLER
    ] == caller
    assert kept.sound.caller_ms() == 0


def test_it_is_hidden_while_the_caller_still_speaks(tmp_path: Path) -> None:
    async def talk(call: VirtualCall) -> None:
        await call.listen_to_end()
        await call.speak("My card is four one double one double one", 1000)
        hearing = call.puppets.transcriber.hearings[Party.CALLER]
        hearing.partial()
        await call.listen(20)
        assert call.of(RecordingChanged)[-1].is_recording
        call.puppets.transcriber.words = f"My card is {SPOKEN_CARD}"
        hearing.partial()
        await call.speak(f"My card is {SPOKEN_CARD}", 100)
        assert not call.of(RecordingChanged)[-1].is_recording
        assert call.of(UtteranceChanged)[-1].text == f"My card is {HIDDEN}"
        await call.speak(f"My card is {SPOKEN_CARD}", 500)
        await call.listen(8000)

    kept = KeptCall(tmp_path, talk)
    assert kept.sound.caller_ms() == 0
    assert not _TRACES.search(kept.everything())


def test_a_typed_number_is_said_as_it_is_and_kept_nowhere(tmp_path: Path) -> None:
    async def talk(call: VirtualCall) -> None:
        await call.listen_to_end()
        call.desk.set_mode(CALL, Mode.AGENT_APPROVES)
        call.desk.guide(CALL, f"The card was {CARD}")
        call.desk.say_text(CALL, f"I have {CARD} here")
        await call.listen(9000)
        call.puppets.writer.answer = lambda talk: f"So it is {CARD} then."
        await call.speak("Yes, please.", 500)
        await call.listen(1000)
        (ready,) = call.of(SuggestionReady)
        assert ready.text == f"So it is {HIDDEN} then."
        call.desk.say(CALL, ready.suggestion_id, ready.text)
        await call.listen(9000)

    kept = KeptCall(tmp_path, talk)
    assert f"I have {CARD} here" in kept.call.puppets.voice.sentences
    assert f"So it is {CARD} then." in kept.call.puppets.voice.sentences
    assert kept.call.of(SuggestionDecided)[0].decision == "said"
    assert not _TRACES.search(kept.everything())
    assert kept.changes()[1:] == [(False, "card_number"), (True, "card_number_over")] * 2
    # Only "Hi." is left of our side.
    assert kept.sound.ours_ms() == 300


def test_the_agents_own_voice_is_watched_as_well(tmp_path: Path) -> None:
    headset = FakeHeadset()

    async def talk(call: VirtualCall) -> None:
        await call.listen(200)
        call.puppets.transcriber.words = f"I repeat, {CARD}"
        for sound, count in ((TONE, 50), (b"\xff" * 160, 150)):
            for _ in range(count):
                headset.speak(sound)
                await call.pass_frame(b"\xff" * 160)

    kept = KeptCall(tmp_path, talk, headset=headset)
    assert ("agent", f"I repeat, {HIDDEN}") in kept.call.said()
    assert kept.sound.ours_ms() == 0
    assert not _TRACES.search(kept.everything())


def test_other_numbers_stop_nothing(tmp_path: Path) -> None:
    async def talk(call: VirtualCall) -> None:
        await call.listen_to_end()
        await call.speak("My order is 4729-3318, call me on +44 20 7946 0958.", 1000)
        await call.listen_to_end()

    kept = KeptCall(tmp_path, talk)
    assert ("caller", "My order is 4729-3318, call me on +44 20 7946 0958.") in kept.call.said()
    assert kept.changes() == [(True, "call_began")]
    assert kept.sound.caller_ms() == 1000


def test_it_can_be_switched_off(tmp_path: Path) -> None:
    async def talk(call: VirtualCall) -> None:
        await call.listen_to_end()
        await call.speak(CARD, 1000)
        await call.listen_to_end()

    kept = KeptCall(tmp_path, talk, settings=replace(SETTINGS, is_card_number_hidden=False))
    assert ("caller", CARD) in kept.call.said()
    assert kept.changes() == [(True, "call_began")]


def test_while_the_agent_has_paused_nothing_is_heard_or_kept(tmp_path: Path) -> None:
    async def talk(call: VirtualCall) -> None:
        await call.listen_to_end()
        await call.speak("Before.", 500)
        await call.listen_to_end()
        call.desk.pause_recording(CALL)
        call.desk.pause_recording(CALL)
        (view,) = call.desk.live_calls()
        assert view.recording is RecordingState.PAUSED
        asked = len(call.puppets.writer.talks)
        await call.speak("Secret words.", 2000)
        assert call.session is not None
        call.session.digit_pressed("7")
        await call.listen(2000)
        assert len(call.puppets.writer.talks) == asked
        call.desk.say_text(CALL, "Secret answer")
        call.desk.send_digits(CALL, "7*")
        await call.listen_to_end()
        call.desk.resume_recording(CALL)
        call.desk.resume_recording(CALL)
        await call.speak("After.", 500)
        await call.listen_to_end()

    kept = KeptCall(tmp_path, talk)
    assert kept.changes() == [(True, "call_began"), (False, "agent"), (True, "agent")]
    assert kept.call.said() == [
        ("assistant", "Hi."),
        ("caller", "Before."),
        ("assistant", "You said Before."),
        ("assistant", PRIVATE),
        ("caller", "After."),
        ("assistant", "You said After."),
    ]
    assert not re.search(r"Secret|7\*", repr(kept.call.facts))
    assert "Secret" not in kept.everything()
    assert [fact.digit for fact in kept.call.of(DigitPressed)] == ["•"]
    assert [fact.digits for fact in kept.call.of(DigitsSent)] == ["••"]
    assert "Secret answer" in kept.call.puppets.voice.sentences
    pause, resume = (fact.at_ms - 1000 for fact in kept.call.of(RecordingChanged)[1:])
    assert kept.sound.caller_ms(pause, resume) == kept.sound.ours_ms(pause, resume) == 0
    assert kept.sound.caller_ms() == 1000
    # The time line goes on through the pause.
    assert kept.sound.caller_ms(resume) == 500


def test_the_agents_voice_reaches_the_caller_but_no_ear_while_paused(tmp_path: Path) -> None:
    headset = FakeHeadset()

    async def talk(call: VirtualCall) -> None:
        await call.listen(200)
        call.desk.pause_recording(CALL)
        call.puppets.transcriber.words = "Secret words."
        for sound, count in ((TONE, 50), (b"\xff" * 160, 100)):
            for _ in range(count):
                headset.speak(sound)
                await call.pass_frame(b"\xff" * 160)

    kept = KeptCall(tmp_path, talk, headset=headset)
    assert kept.call.heard_tone_ms() == 1000
    assert kept.call.said() == []
    assert kept.sound.ours_ms() == 0


def test_the_agent_may_go_on_before_the_five_seconds_are_over_and_pause_beyond_them(tmp_path: Path) -> None:
    async def talk(call: VirtualCall) -> None:
        await call.listen_to_end()
        await call.speak(CARD, 1000)
        await call.listen(1000)
        call.desk.resume_recording(CALL)
        await call.listen(6000)
        await call.speak(CARD, 1000)
        await call.listen(1000)
        call.desk.pause_recording(CALL)
        await call.listen(8000)
        call.desk.resume_recording(CALL)

    assert KeptCall(tmp_path, talk).changes() == [
        (True, "call_began"),
        (False, "card_number"),
        (True, "agent"),
        (False, "card_number"),
        (False, "agent"),
        (True, "agent"),
    ]


def test_what_is_not_recorded_cannot_be_paused() -> None:
    async def main() -> None:
        call = VirtualCall()
        await call.connect()
        for order in (call.desk.pause_recording, call.desk.resume_recording):
            with pytest.raises(IllegalTransition):
                order(CALL)
        # Card numbers are hidden all the same.
        await call.listen_to_end()
        await call.speak(CARD)
        await call.listen_to_end()
        await call.hang_up()
        assert ("caller", HIDDEN) in call.said()
        assert call.of(RecordingChanged) == []

    run_virtual(main())


def test_a_second_stream_after_a_hole_blanks_the_right_stretch(tmp_path: Path) -> None:
    async def talk(call: VirtualCall) -> None:
        await call.listen_to_end()
        await call.speak("Before.", 500)
        await call.listen_to_end()
        assert call.session is not None
        call.session.link_closed(call.link)
        await asyncio.sleep(1.7)
        call.open_link()
        await call.speak("Between.", 500)
        await call.listen_to_end()
        await call.speak(CARD, 1000)
        await call.listen(7000)

    kept = KeptCall(tmp_path, talk)
    assert kept.sound.caller_ms() == 1000
    assert not _TRACES.search(kept.everything())
