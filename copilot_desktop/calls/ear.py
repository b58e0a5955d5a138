"""Ear: listens to one party: frames in; turns, words and measured speech out."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections import deque
from collections.abc import Callable

from copilot_desktop.audio.echo_guard import EchoGuard
from copilot_desktop.audio.frame import FRAME_MS, AudioFrame
from copilot_desktop.audio.level import dbfs, is_audible
from copilot_desktop.calls.card_watch import CardWatch
from copilot_desktop.calls.early_words import EarlyWords
from copilot_desktop.calls.errors import EngineError
from copilot_desktop.calls.events import (
    CallEvent,
    CallId,
    Party,
    Problem,
    ProblemRaised,
    SpeechMeasured,
    UtteranceChanged,
    UtteranceFinished,
    UtteranceId,
)
from copilot_desktop.calls.ports import Heard, HeardStage, Hearing, SpeechDetector, Transcriber
from copilot_desktop.calls.turn import EarlyListener, Turn, TurnListener
from copilot_desktop.calls.turns import IntervalMeter, TurnSignal, TurnTaker
from copilot_desktop.calls.words import is_real_words

__all__ = ["Ear", "Turn", "TurnListener"]

log = logging.getLogger("copilot.calls")

PRE_ROLL_MS = 320
"""Sound before the detector's onset that belongs to the first word."""
_RETRY_S = (0.5, 1, 2, 4, 8)
_WORDS_LIMIT_MS = 8000
_WORDLESS_MS = 700
"""Silence after sound without words that makes it a noise until words come after all."""
_REACTION_MS = 400
"""Who hears us for longer and speaks may be speaking to that."""


class Ear:
    """Publishes what `party` says and tells `listener` whose turn it is.

    `run` keeps a transcription open and opens it again after a failure; without one the ear still
    follows turns and measures speech. With `guard` our own echo is no speech; `early` is told what is likely.
    """

    def __init__(
        self,
        call_id: CallId,
        party: Party,
        *,
        detector: SpeechDetector,
        transcriber: Transcriber,
        listener: TurnListener,
        cards: CardWatch,
        publish: Callable[[CallEvent], None],
        now_ms: Callable[[], int],
        early: EarlyListener | None = None,
        guard: EchoGuard | None = None,
    ) -> None:
        self._call_id, self._party = call_id, party
        self._early, self._guard = early, guard
        self._detector, self._transcriber = detector, transcriber
        self._listener, self._cards, self._publish, self._now_ms = listener, cards, publish, now_ms
        self._turns = TurnTaker()
        self._early_words = EarlyWords()
        self._meter = IntervalMeter()
        self._hearing: Hearing | None = None
        self._turn: Turn | None = None
        self._committed: deque[Turn] = deque()
        self._all_final = asyncio.Event()
        self._all_final.set()
        self._is_wanted = asyncio.Event()
        self._count = itertools.count(1)
        self._last_audible_ms = 0
        self._was_told_wordless = False

    @property
    def is_speaking(self) -> bool:
        """True while the party is heard."""
        return self._turns.is_speaking

    @property
    def is_in_turn(self) -> bool:
        """True while the party speaks or pauses within a turn."""
        return self._turns.is_open

    def hear(self, frame: AudioFrame) -> None:
        """Take 20 ms on the call's clock. Never waits."""
        probability = self._detector.hear(frame)
        may_be_speech = probability >= self._turns.timing.stay
        if self._guard is not None and self._guard.is_echo(frame.data, may_be_speech=may_be_speech):
            probability, may_be_speech = 0.0, False
        is_speech = may_be_speech and is_audible(frame.data)
        if is_speech:
            self._last_audible_ms = frame.at_ms + FRAME_MS
        if interval := self._meter.hear(is_speech, frame.at_ms):
            self._measured(interval)
        if self._hearing is not None:
            self._hearing.feed(frame)
        self._act(self._turns.hear(probability, frame.at_ms), frame.at_ms)
        if self._turn is not None and self._early is not None:
            self._early_words.hear(dbfs(frame.data), frame.at_ms, is_speech=may_be_speech)
            self._tell_early(self._turn, self._early)
        if self._committed and frame.at_ms - self._committed[0].end_ms > _WORDS_LIMIT_MS:
            log.warning("%s: the words of a turn did not come", self._call_id)
            self._give_up(self._committed.popleft())

    def open_again(self) -> None:
        """Do not wait any longer before a lost transcription is tried again."""
        self._is_wanted.set()

    async def run(self) -> None:
        """Keep the transcription open until cancelled."""
        failures = 0
        while True:
            try:
                async with self._transcriber.open(self._call_id, self._party) as hearing:
                    self._hearing = hearing
                    async for heard in hearing:
                        if failures:
                            # Opening is not hearing: only words show that it works again.
                            self._problem(is_recovered=True)
                        failures = 0
                        await self._take(heard)
            except EngineError as error:
                log.warning("%s: the transcription failed (%s)", self._call_id, error.engine)
            finally:
                self._hearing = None
            if not failures:
                self._problem(is_recovered=False)
            self._finish_all_without_words()
            await self._rest(_RETRY_S[min(failures, len(_RETRY_S) - 1)])
            failures += 1

    async def finish(self, limit_s: float) -> None:
        """Make the last words final, for at most `limit_s`."""
        if self._turn is not None:
            self._turns.close()
            self._end_turn(self._turn)
        if interval := self._meter.finish():
            self._measured(interval)
        try:
            async with asyncio.timeout(limit_s):
                await self._all_final.wait()
        except TimeoutError:
            log.warning("%s: the last words did not come in time", self._call_id)
        self._finish_all_without_words()

    async def _rest(self, rest_s: float) -> None:
        self._is_wanted.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(rest_s):
                await self._is_wanted.wait()

    def _act(self, signals: list[TurnSignal], at_ms: int) -> None:
        for signal in signals:
            if signal is TurnSignal.SPEECH_STARTED:
                self._start_turn(at_ms)
            elif self._turn is not None:
                self._act_in_turn(signal, self._turn)

    def _act_in_turn(self, signal: TurnSignal, turn: Turn) -> None:
        if signal is TurnSignal.PAUSED and self._hearing is not None:
            self._hearing.pause()
        elif signal is TurnSignal.SPEECH_RESUMED:
            turn.has_all_words = False
            self._listener.speech_resumed(turn)
        elif signal is TurnSignal.TURN_ENDED:
            turn.last_sound_ms = self._last_audible_ms
            self._listener.turn_ended(turn)
            self._end_turn(turn)

    def _start_turn(self, at_ms: int) -> None:
        start_ms = max(0, at_ms - 2 * FRAME_MS)
        self._turn = Turn(UtteranceId(f"{self._party.value}-{next(self._count)}"), start_ms)
        self._early_words.begin(start_ms)
        self._was_told_wordless = False
        if self._guard is None or self._guard.audible_ms <= _REACTION_MS:
            self._turn.gap_ms = self._turns.gap_ms
        if self._hearing is not None:
            self._hearing.speech_started(max(0, at_ms - PRE_ROLL_MS))
        self._listener.speech_started(self._turn)

    def _end_turn(self, turn: Turn) -> None:
        self._turn = None
        turn.end_ms = max(turn.start_ms, self._turns.last_speech_ms)
        self._committed.append(turn)
        self._all_final.clear()
        if self._hearing is None:
            self._finish_all_without_words()
        else:
            self._hearing.commit()

    def _tell_early(self, turn: Turn, early: EarlyListener) -> None:
        if self._turns.is_speaking and self._early_words.sounds_again():
            early.sounds_again(turn)
        elif not turn.has_all_words and self._early_words.are_all(self._now_ms()):
            early.words_rest(turn)
        if self._turns.silence_ms < _WORDLESS_MS:
            self._was_told_wordless = False
        elif not self._was_told_wordless and not turn.text:
            self._was_told_wordless = True
            early.turn_is_wordless(turn)

    async def _take(self, heard: Heard) -> None:
        if heard.stage is HeardStage.FINAL:
            self._take_final(heard)
        elif self._turn is not None and not self._committed:
            await self._take_moving(heard, self._turn)

    async def _take_moving(self, heard: Heard, turn: Turn) -> None:
        moved = self._cards.read(
            UtteranceChanged(
                call_id=self._call_id,
                at_ms=self._now_ms(),
                utterance_id=turn.utterance_id,
                party=self._party,
                text=heard.text,
                start_ms=turn.start_ms,
            )
        )
        if moved.text and moved.text != turn.text:
            turn.text = moved.text
            self._publish(moved)
        if heard.stage is HeardStage.PARTIAL:
            self._listener.words_moved(turn)
            await self._weigh(moved.text, heard, turn)
            return
        turn.text = moved.text
        certainty = await self._detector.turn_is_over(turn.text) if turn.text else 0.5
        if turn is self._turn and not self._turns.is_speaking:
            turn.has_all_words = True
            self._listener.turn_paused(turn, certainty)
            self._act(self._turns.words(certainty), turn.end_ms)

    async def _weigh(self, text: str, heard: Heard, turn: Turn) -> None:
        """Look whether moving words may be all already. Those of an answered pause are known."""
        early = self._early_words
        if self._early is None or turn.has_all_words or turn is not self._turn:
            return
        now_ms = self._now_ms()
        certainty = await self._detector.turn_is_over(text) if early.is_new(text) else early.certainty
        if turn is self._turn:
            early.take(text, certainty, covers_ms=heard.end_ms, now_ms=now_ms)

    def _take_final(self, heard: Heard) -> None:
        if not self._committed:
            return
        turn = self._committed.popleft()
        turn.text = heard.text
        self._finish(turn, heard.confidence)

    def _finish(self, turn: Turn, confidence: float | None) -> None:
        finished = self._cards.read(
            UtteranceFinished(
                call_id=self._call_id,
                at_ms=self._now_ms(),
                utterance_id=turn.utterance_id,
                party=self._party,
                text=turn.text,
                start_ms=turn.start_ms,
                end_ms=turn.end_ms,
                confidence=confidence,
            )
        )
        turn.text = finished.text
        if turn.gap_ms is not None and is_real_words(turn.text):
            self._turns.went_on(turn.gap_ms)
        self._publish(finished)
        if not self._committed:
            self._all_final.set()
        self._listener.turn_finished(turn)

    def _finish_all_without_words(self) -> None:
        """The transcription is gone: what it had understood so far stands."""
        while self._committed:
            self._give_up(self._committed.popleft())

    def _give_up(self, turn: Turn) -> None:
        turn.is_unheard = True
        self._finish(turn, None)

    def _measured(self, interval: tuple[int, int]) -> None:
        start_ms, end_ms = interval
        self._publish(
            SpeechMeasured(
                call_id=self._call_id,
                at_ms=self._now_ms(),
                party=self._party,
                start_ms=start_ms,
                end_ms=end_ms,
            )
        )

    def _problem(self, *, is_recovered: bool) -> None:
        self._publish(
            ProblemRaised(
                call_id=self._call_id,
                at_ms=self._now_ms(),
                problem=Problem.TRANSCRIBER_FAILED,
                is_recovered=is_recovered,
            )
        )
