"""LiveHearing: one party heard through a realtime session that may break and be replaced at any time."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from copilot_desktop.audio.frame import FRAME_MS, AudioFrame
from copilot_desktop.audio.level import dbfs
from copilot_desktop.calls.errors import EngineError, EngineFault, EngineUnavailable
from copilot_desktop.calls.ports import Heard, HeardStage
from copilot_desktop.engines.hearing.hallucinations import is_too_much, trusted
from copilot_desktop.engines.hearing.live_connection import LiveSession
from copilot_desktop.engines.hearing.live_outbox import LiveOutbox
from copilot_desktop.engines.hearing.live_turns import SHORTEST_MS, Lag, LiveTurn, Part
from copilot_desktop.engines.hearing.loudness import Evidence, Loudness
from copilot_desktop.engines.server.realtime_link import error_code

log = logging.getLogger("copilot.engines")

_BEFORE_MS = 400
_IDLE_FRAMES = 75
_PAUSE_WAIT_S = 0.25
_SETTLED_S = 0.08
"""No new words for so long: those that came are all."""
_FINAL_WAIT_S = 1.2
"""A commit with words at hand waits no longer for better ones …"""
_LOST_S = 4.0
"""… and one without for so long."""
_MORE_A_SECOND_S = 0.02
_LONG_PART_MS, _LONGEST_PART_MS = 25_000, 55_000
_DIP_MS = 120
_SPOKEN_MS = 60
"""Loud sound after a pause that shows that it is over."""
_DEAF_LOUD_MS = 1200
_LAG_STEP_S = 0.1
_TOLD_LIMIT = 64
_TRANSCRIPTION = "conversation.item.input_audio_transcription."
_COMMIT = '{"type":"input_audio_buffer.commit"}'
_CLEAR = '{"type":"input_audio_buffer.clear"}'


@dataclass(slots=True)
class _Pause:
    asked_s: float
    end_ms: int


class LiveHearing:
    """Implements `calls.ports.Hearing`. A `live_connection.run_live` must serve it.

    `on_cost` is told the model and the seconds of each item, and whether they are our own count.
    `on_understood` is told after a turn full of speech whether there were words, and says whether the session
    should be replaced: its format may be to blame.
    """

    def __init__(
        self,
        name: str,
        *,
        hints: tuple[str, ...],
        lag: Lag,
        on_cost: Callable[[str, float, bool], None],
        on_understood: Callable[[LiveSession, bool], bool],
    ) -> None:
        self._name, self._hints, self._lag = name, hints, lag
        self._on_cost, self._on_understood = on_cost, on_understood
        self._session: LiveSession | None = None
        self._is_behind = True
        """Sound waits to be sent, or there is nowhere to send it to."""
        self._outbox: LiveOutbox | None = None
        self._idle: deque[tuple[AudioFrame, float]] = deque(maxlen=_IDLE_FRAMES)
        self._loudness = Loudness()
        self._turn: LiveTurn | None = None
        self._turns: deque[LiveTurn] = deque()
        """Committed, oldest first."""
        self._pause: _Pause | None = None
        self._end_ms = 0
        self._last_loud_s = self._last_delta_s = self._caught_up_s = 0.0
        self._covered = ""
        self._told: deque[Heard] = deque()
        self._news = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._error: EngineError | None = None
        self._is_closed = False
        self._must_renew = False

    # What the call does.

    def feed(self, frame: AudioFrame) -> None:
        """Take 20 ms; never waits. Between turns nothing is sent."""
        if self._is_closed:
            return
        self._end_ms = frame.at_ms + FRAME_MS
        level, turn = dbfs(frame.data), self._turn
        self._loudness.hear(level, is_in_turn=turn is not None)
        if turn is None:
            self._idle.append((frame, level))
            return
        is_loud = self._loudness.quiet_ms == 0
        if is_loud:
            self._last_loud_s = _now_s()
        turn.add(frame, is_loud=is_loud)
        if self._outbox is not None:
            self._outbox.push(frame.data)
        if self._pause is not None and self._loudness.loud_since_ms >= _SPOKEN_MS:
            self._pause = None
        part = turn.open_part
        if part is not None and (
            part.length_ms >= _LONGEST_PART_MS
            or (part.length_ms >= _LONG_PART_MS and self._loudness.is_dip(_DIP_MS))
        ):
            self._seal(part)
        self._look()

    def speech_started(self, at_ms: int) -> None:
        """Begin a turn; without effect while one runs."""
        if self._turn is not None or self._is_closed:
            return
        self._turn = turn = LiveTurn(at_ms, at_ms)
        before = [(frame, level) for frame, level in self._idle if frame.at_ms >= at_ms - _BEFORE_MS]
        self._idle.clear()
        self._loudness.begin([level for _, level in before])
        self._covered = ""
        self._last_loud_s = self._last_delta_s = turn.begun_s = _now_s()
        for frame, level in before:
            turn.add(frame, is_loud=level >= self._loudness.limit_dbfs)
            if self._outbox is not None:
                self._outbox.push(frame.data)
        self._look()

    def pause(self) -> None:
        """Ask for the words so far."""
        if self._is_closed:
            return
        self._pause = _Pause(_now_s(), self._end_ms)
        self._loudness.mark()
        turn = self._turn
        if turn is None:
            self._answer_pause(self._pause, "")
        elif self._session is not None and not self._session.writes_along:
            self._seal_speech(turn)
        self._look(is_urgent=True)

    def commit(self) -> None:
        """Ask for the words of the turn, and end it."""
        if self._is_closed:
            return
        turn = self._turn or LiveTurn(self._end_ms, self._end_ms)
        turn.committed_s, self._pause = _now_s(), None
        if self._turn is not None:
            turn.evidence = self._loudness.evidence()
            if self._last_delta_s > turn.begun_s:
                turn.lag_s = max(0.0, self._last_delta_s - self._last_loud_s)
            turn.early_words = turn.words
            self._seal_speech(turn)
        self._turn = None
        self._turns.append(turn)
        self._look(is_urgent=True)

    def close(self) -> None:
        """End the iteration. What is still owed is given up."""
        self._is_closed = True
        self._turn = None
        self._turns.clear()
        self.detach()
        if self._timer is not None:
            self._timer.cancel()
        self._news.set()

    def __aiter__(self) -> AsyncIterator[Heard]:
        return self._listen()

    async def _listen(self) -> AsyncIterator[Heard]:
        while not self._is_closed:
            if self._told:
                yield self._told.popleft()
            elif self._error is not None:
                raise self._error
            else:
                self._news.clear()
                await self._news.wait()

    # The connection: implements `live_connection.Served`.

    def attach(self, session: LiveSession) -> None:
        """Go on through `session`: what is not understood yet is heard there from its beginning."""
        self._session = session
        self._outbox = LiveOutbox(session.link.send, session.form, _now_s())
        for part in self._parts():
            part.begin_again()
            for sound in part.frames:
                self._outbox.push(sound)
            if part.is_sealed:
                self._outbox.order(_COMMIT)
        self._look()

    def detach(self) -> None:
        """There is no session now."""
        self._session = self._outbox = None
        self._is_behind = True

    def take(self, event: dict[str, Any]) -> bool:
        """Take what the service says; return True when the session should be replaced. Raises EngineError."""
        kind = str(event.get("type"))
        if kind == _TRANSCRIPTION + "delta":
            self._take_delta(self._part_of(event), event.get("delta"))
        elif kind == _TRANSCRIPTION + "completed":
            self._take_final(self._part_of(event), event)
        elif kind == _TRANSCRIPTION + "failed":
            self._give_up(self._part_of(event))
        elif kind == "input_audio_buffer.committed":
            self._part_of(event)
        elif kind == "error" and error_code(event) == "input_audio_buffer_commit_empty":
            self._give_up(next((part for part in self._parts() if part.is_sealed and not part.item_id), None))
        elif kind == "error":
            log.debug("a transcription session told an error (%s)", error_code(event))
        self._look()
        must_renew, self._must_renew = self._must_renew, False
        return must_renew or (self._turn is None and not self._turns and self._is_old())

    def fail(self, error: EngineError) -> None:
        """All was in vain: the iteration raises `error`."""
        self._error = error
        self._news.set()

    def _is_old(self) -> bool:
        return self._session is not None and self._session.link.is_old

    # What the service says.

    def _parts(self) -> list[Part]:
        turns = [*self._turns, *([self._turn] if self._turn is not None else [])]
        return [part for turn in turns for part in turn.parts if part.text is None]

    def _part_of(self, event: dict[str, Any]) -> Part | None:
        """An item without a name so far is the oldest part without one: they are written in order."""
        item_id = str(event.get("item_id"))
        parts = self._parts()
        found = next((part for part in parts if part.item_id == item_id), None)
        if found is None:
            found = next((part for part in parts if not part.item_id), None)
            if found is not None:
                found.item_id = item_id
        return found

    def _take_delta(self, part: Part | None, delta: object) -> None:
        if part is None or not isinstance(delta, str) or not delta:
            return
        self._check_length(part.moving + delta, part)
        part.moving += delta
        now_s = _now_s()
        turn = self._turn
        if turn is None or part not in turn.parts:
            return
        self._last_delta_s = now_s
        self._tell_partial(turn)

    def _take_final(self, part: Part | None, event: dict[str, Any]) -> None:
        text = event.get("transcript")
        if part is None:
            return
        text = text if isinstance(text, str) else part.words
        self._check_length(text, part)
        part.text = text
        usage = event.get("usage")
        seconds = usage.get("seconds") if isinstance(usage, dict) else None
        self._tell_cost(part, float(seconds) if isinstance(seconds, int | float) else None)
        part.frames = []
        if self._turn is not None and part in self._turn.parts and self._pause is None:
            self._tell_partial(self._turn)

    def _give_up(self, part: Part | None) -> None:
        if part is not None:
            part.text = part.words

    def _check_length(self, text: str, part: Part) -> None:
        if is_too_much(text, part.length_ms / 1000):
            raise EngineError(self._name, "too many words", fault=EngineFault.BAD_ANSWER)

    def _tell_cost(self, part: Part, seconds: float | None) -> None:
        if self._session is not None:
            counted = part.length_ms / 1000
            self._on_cost(self._session.model, counted if seconds is None else seconds, seconds is None)

    # What becomes of it.

    def _look(self, *, is_urgent: bool = False) -> None:
        """Do what is due now, and come back when something else is."""
        if self._is_closed:
            return
        now_s = _now_s()
        waits = [self._pump(now_s, is_urgent), self._look_at_pause(now_s), self._look_at_finals(now_s)]
        self._tell_covered(now_s)
        due_s = min((wait for wait in waits if wait is not None), default=None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if due_s is not None:
            self._timer = asyncio.get_running_loop().call_later(max(0.0, due_s), self._look)

    def _pump(self, now_s: float, is_urgent: bool) -> float | None:
        if self._outbox is None:
            return None
        was_behind = self._is_behind
        try:
            wait_s = self._outbox.pump(now_s, is_urgent=is_urgent)
            self._is_behind = not self._outbox.is_empty
            if was_behind and not self._is_behind:
                self._caught_up_s = now_s
            return wait_s
        except EngineUnavailable:
            # The link's reader tells `run` the same.
            self.detach()
            return None

    def _look_at_pause(self, now_s: float) -> float | None:
        pause, turn = self._pause, self._turn
        if pause is None or turn is None or self._session is None or self._is_behind:
            return None
        if not turn.is_understood:
            return None
        if not self._session.writes_along or turn.open_part is None:
            self._answer_pause(pause, self._believed(turn, self._loudness.evidence()))
            return None
        heard_s = max(self._last_loud_s, self._caught_up_s) + self._lag.s
        due_s = max(heard_s, self._last_delta_s) + _SETTLED_S
        due_s = min(due_s, max(pause.asked_s + _PAUSE_WAIT_S, heard_s + _SETTLED_S))
        if now_s < due_s:
            return due_s - now_s
        words = self._believed(turn, self._loudness.evidence())
        part = turn.open_part
        if words or self._loudness.evidence() is Evidence.NONE or not _has_speech(part):
            self._answer_pause(pause, words)
        elif part.length_ms >= SHORTEST_MS:
            # Something short was said, and the service still thinks about it: let it come to an end.
            self._seal(part)
            self._pump(now_s, is_urgent=True)
        return None

    def _answer_pause(self, pause: _Pause, words: str) -> None:
        self._pause = None
        start_ms = self._turn.start_ms if self._turn is not None else pause.end_ms
        self._tell(Heard(words, HeardStage.PAUSED, start_ms, pause.end_ms, 1.0 if words else None))

    def _look_at_finals(self, now_s: float) -> float | None:
        while self._turns:
            turn = self._turns[0]
            assert turn.committed_s is not None
            if not turn.is_understood:
                wait_s = _FINAL_WAIT_S if turn.words else _LOST_S
                begun_s = max(turn.committed_s, self._caught_up_s)
                due_s = begun_s + wait_s + turn.length_s * _MORE_A_SECOND_S
                if now_s < due_s:
                    return due_s - now_s
                if not turn.words:
                    self.fail(EngineUnavailable(self._name, "no words came", fault=EngineFault.TOO_SLOW))
                    return None
            self._turns.popleft()
            words = self._believed(turn, turn.evidence)
            self._tell(Heard(words, HeardStage.FINAL, turn.start_ms, turn.end_ms, 1.0 if words else None))
            self._learn_from(turn)
        return None

    def _learn_from(self, turn: LiveTurn) -> None:
        if turn.lag_s is not None:
            is_cut = len(turn.words.split()) > len(turn.early_words.split())
            self._lag.learn(self._lag.s + _LAG_STEP_S if is_cut else turn.lag_s)
        is_speech = turn.evidence is Evidence.CLEAR and turn.length_s * 1000 >= _DEAF_LOUD_MS
        if is_speech and self._session is not None:
            self._must_renew |= self._on_understood(self._session, bool(turn.words))

    def _seal_speech(self, turn: LiveTurn) -> None:
        """Let the service finish what is open, if anything can have been said in it."""
        part = turn.open_part
        if part is None:
            return
        if _has_speech(part) and part.length_ms >= SHORTEST_MS:
            self._seal(part)
        elif turn.committed_s is not None:
            turn.parts.remove(part)
            if self._outbox is not None:
                self._outbox.order(_CLEAR)

    def _seal(self, part: Part) -> None:
        part.is_sealed = True
        if self._outbox is not None:
            self._outbox.order(_COMMIT)

    def _tell_partial(self, turn: LiveTurn) -> None:
        evidence = self._loudness.evidence()
        words = self._believed(turn, evidence)
        if not words or evidence is not Evidence.CLEAR:
            # "Thank you for" may become what nobody says.
            return
        covers_ms = turn.understood_ms
        if turn.open_part is not None and turn.open_part.moving:
            covers_ms = max(covers_ms, turn.end_ms - round(self._lag.s * 1000))
        self._tell(Heard(words, HeardStage.PARTIAL, turn.start_ms, max(turn.start_ms, covers_ms), 1.0))

    def _tell_covered(self, now_s: float) -> None:
        """Say once that the words cover all sound: nothing has followed for longer than usual."""
        turn = self._turn
        if turn is None or not self._lag.is_known or self._session is None or self._pause is not None:
            return
        is_over = self._loudness.is_dip(60) and now_s > self._last_loud_s + self._lag.s * 1.1 + 0.02
        if not is_over or not turn.words or turn.words == self._covered:
            return
        self._covered = turn.words
        words = self._believed(turn, self._loudness.evidence())
        if words:
            self._tell(Heard(words, HeardStage.PARTIAL, turn.start_ms, turn.end_ms, 1.0))

    def _believed(self, turn: LiveTurn, evidence: Evidence) -> str:
        return trusted(turn.words, evidence, self._hints)

    def _tell(self, heard: Heard) -> None:
        if heard.stage is HeardStage.PARTIAL and self._told and self._told[-1].stage is HeardStage.PARTIAL:
            self._told.pop()
        elif len(self._told) >= _TOLD_LIMIT:
            # Nobody listens; what is newest counts.
            self._told.popleft()
        self._told.append(heard)
        self._news.set()


def _has_speech(part: Part) -> bool:
    """Whether anything can have been said in it."""
    return bool(part.moving) or part.loud_ms >= _SPOKEN_MS


def _now_s() -> float:
    return asyncio.get_running_loop().time()
