"""FakeBridgeDesk: a desk without sound that obeys the tables of states; tests tell what happens."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from copilot_desktop.calls.desk import CallView
from copilot_desktop.calls.errors import IllegalTransition, UnknownCall
from copilot_desktop.calls.events import (
    CallEnded,
    CallEvent,
    CallId,
    CallRinging,
    Decision,
    EventFeed,
    HoldChanged,
    ModeChanged,
    Outcome,
    Party,
    Problem,
    ProblemRaised,
    RecordingChanged,
    ResponseTimed,
    Source,
    SpeechMeasured,
    StateChanged,
    SuggestionChanged,
    SuggestionDecided,
    SuggestionId,
    SuggestionReady,
    UtteranceChanged,
    UtteranceFinished,
    UtteranceId,
)
from copilot_desktop.calls.states import CallState, Cause, Mode, ModeOrder, advance, change_mode
from copilot_desktop.calls.world import Levels


class HandClock:
    """Seconds that pass only when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


@dataclass(frozen=True)
class Order:
    """One order the desk took."""

    name: str
    call_id: CallId
    detail: tuple[object, ...] = ()


class FakeBridgeDesk:
    """Keeps every order it took in `orders` and every fact in `facts`, by call."""

    def __init__(self, clock: HandClock, *, has_microphone: bool = False) -> None:
        self.feed = EventFeed()
        self.clock, self.has_microphone = clock, has_microphone
        self.orders: list[Order] = []
        self.facts: dict[CallId, list[CallEvent]] = {}
        self._views: dict[CallId, CallView] = {}
        self._levels: dict[CallId, Levels] = {}
        self._began_s: dict[CallId, float] = {}
        self._open: dict[SuggestionId, str] = {}
        self._ids = itertools.count(1)
        self.feed.subscribe(self._keep)

    def _keep(self, fact: object) -> None:
        if isinstance(fact, CallEvent):
            self.facts.setdefault(fact.call_id, []).append(fact)

    # What happens in the world.

    def ring(
        self, caller: str = "+15550100142", line: str = "+15550104477", *, is_practice: bool = False
    ) -> CallId:
        call_id = CallId(f"call-{next(self._ids)}")
        self._began_s[call_id] = self.clock()
        self._levels[call_id] = Levels(-90.0, -90.0)
        self._views[call_id] = CallView(
            call_id=call_id,
            state=CallState.RINGING,
            mode=Mode.AI_SPEAKS,
            caller=caller,
            line=line,
            is_practice=is_practice,
            is_on_hold=False,
            is_muted=False,
            is_speaking=False,
            is_caller_in_turn=False,
            elapsed_ms=0,
        )
        self.feed.publish(
            CallRinging(
                call_id=call_id,
                at_ms=0,
                caller=caller,
                line=line,
                started_at=datetime(2026, 3, 12, 14, 28, tzinfo=UTC),
                is_practice=is_practice,
            )
        )
        return call_id

    def connect(self, call_id: CallId) -> None:
        """The stream opens."""
        self._advance(call_id, Cause.LINK_OPENED)
        self._publish(RecordingChanged, call_id, is_recording=True, cause="call began")

    def link_lost(self, call_id: CallId) -> None:
        self._advance(call_id, Cause.LINK_LOST)

    def caller_speaks(self, call_id: CallId, *, is_in_turn: bool, level_dbfs: float = -20.0) -> None:
        """The caller begins, or stops, and what was offered before expires."""
        self._set(call_id, is_caller_in_turn=is_in_turn)
        self._levels[call_id] = Levels(level_dbfs if is_in_turn else -90.0, -90.0)
        if is_in_turn:
            for suggestion_id in tuple(self._open):
                self._decide(
                    call_id, suggestion_id, Decision.EXPIRED, self._open[suggestion_id], Party.ASSISTANT
                )

    def we_speak(self, call_id: CallId, *, is_speaking: bool) -> None:
        self._set(call_id, is_speaking=is_speaking)
        self._levels[call_id] = Levels(-90.0, -18.0 if is_speaking else -90.0)

    def words(self, call_id: CallId, utterance: str, text: str, party: Party = Party.CALLER) -> None:
        """Words that still move."""
        self._publish(
            UtteranceChanged,
            call_id,
            utterance_id=UtteranceId(utterance),
            party=party,
            text=text,
            start_ms=self._start_ms(call_id, utterance),
        )

    def said(
        self, call_id: CallId, utterance: str, text: str, party: Party = Party.CALLER, *, unheard: str = ""
    ) -> None:
        """Words that stand."""
        start_ms = self._start_ms(call_id, utterance)
        end_ms = max(start_ms + 400, self._now_ms(call_id))
        self._publish(SpeechMeasured, call_id, party=party, start_ms=start_ms, end_ms=end_ms)
        self._publish(
            UtteranceFinished,
            call_id,
            utterance_id=UtteranceId(utterance),
            party=party,
            text=text,
            start_ms=start_ms,
            end_ms=end_ms,
            cut_short=bool(unheard),
            unheard=unheard,
        )

    def draft(
        self, call_id: CallId, suggestion: str, text: str, *, is_ready: bool = True, sources: bool = True
    ) -> None:
        """The AI writes, or has written, an answer."""
        suggestion_id = SuggestionId(suggestion)
        if not is_ready:
            self._publish(SuggestionChanged, call_id, suggestion_id=suggestion_id, answers=None, text=text)
            return
        self._open[suggestion_id] = text
        source = Source(
            title="Delivery policy", heading="Late parcels", page=2, text="A late parcel goes by express."
        )
        self._publish(
            SuggestionReady,
            call_id,
            suggestion_id=suggestion_id,
            answers=None,
            text=text,
            sources=(source,) if sources else (),
            latency_ms=420,
            origin="playbook answers, no AI connected",
        )

    def answered_in(self, call_id: CallId, total_ms: int) -> None:
        self._publish(
            ResponseTimed,
            call_id,
            utterance_id=UtteranceId("u"),
            decision_ms=total_ms // 3,
            text_ms=total_ms // 2,
            voice_ms=total_ms - 20,
            total_ms=total_ms,
        )

    def problem(self, call_id: CallId, problem: Problem) -> None:
        self._publish(ProblemRaised, call_id, problem=problem)

    def caller_left(self, call_id: CallId) -> None:
        self._end(call_id, Cause.CALLER_LEFT)

    # The desk's side of the contract.

    def live_calls(self) -> tuple[CallView, ...]:
        return tuple(replace(view, elapsed_ms=self._now_ms(view.call_id)) for view in self._views.values())

    def levels(self, call_id: CallId) -> Levels:
        self._view(call_id)
        return self._levels[call_id]

    def accept(self, call_id: CallId, mode: Mode) -> None:
        self._advance(call_id, Cause.ACCEPT)
        self._note("accept", call_id, mode)
        self._change_mode(call_id, mode)

    def decline(self, call_id: CallId) -> None:
        if self._view(call_id).state is not CallState.RINGING:
            raise IllegalTransition("decline")
        self._note("decline", call_id)
        self._end(call_id, Cause.DECLINE)

    def take_over(self, call_id: CallId) -> None:
        view = self._connected(call_id)
        if view.mode is Mode.AGENT_SPEAKS:
            return
        self._note("take_over", call_id)
        self._set(call_id, is_speaking=False)
        self._change_mode(call_id, change_mode(view.mode, ModeOrder.TAKE_OVER))
        if not self.has_microphone:
            self.problem(call_id, Problem.MICROPHONE_MISSING)

    def hand_back(self, call_id: CallId, note: str) -> None:
        mode = change_mode(self._connected(call_id).mode, ModeOrder.HAND_BACK)
        self._note("hand_back", call_id, note)
        self._change_mode(call_id, mode)

    def set_mode(self, call_id: CallId, mode: Mode) -> None:
        view = self._connected(call_id)
        if mode is view.mode:
            return
        order = ModeOrder.APPROVE_EACH if mode is Mode.AGENT_APPROVES else ModeOrder.LET_AI_SPEAK
        self._change_mode(call_id, change_mode(view.mode, order))
        self._note("set_mode", call_id, mode)

    def say(self, call_id: CallId, suggestion_id: SuggestionId, text: str) -> None:
        if self._connected(call_id).mode is Mode.AGENT_SPEAKS or suggestion_id not in self._open:
            raise IllegalTransition("say")
        self._note("say", call_id, suggestion_id, text)
        decision = Decision.SAID if text == self._open[suggestion_id] else Decision.EDITED
        self._decide(call_id, suggestion_id, decision, text, Party.AGENT)

    def skip(self, call_id: CallId, suggestion_id: SuggestionId) -> None:
        if text := self._open.get(suggestion_id):
            self._note("skip", call_id, suggestion_id)
            self._decide(call_id, suggestion_id, Decision.SKIPPED, text, Party.AGENT)

    def say_text(self, call_id: CallId, text: str) -> None:
        self._connected(call_id)
        self._note("say_text", call_id, text)

    def guide(self, call_id: CallId, note: str) -> None:
        self._connected(call_id)
        self._note("guide", call_id, note)

    def stop_talking(self, call_id: CallId) -> None:
        self._connected(call_id)
        self._note("stop_talking", call_id)
        self._set(call_id, is_speaking=False)

    def hold(self, call_id: CallId) -> None:
        self._hold(call_id, is_on_hold=True)

    def resume(self, call_id: CallId) -> None:
        self._hold(call_id, is_on_hold=False)

    def mute(self, call_id: CallId, is_muted: bool) -> None:
        self._note("mute", call_id, is_muted)
        self._set(call_id, is_muted=is_muted)

    def hang_up(self, call_id: CallId) -> None:
        self._connected(call_id)
        self._note("hang_up", call_id)
        self._end(call_id, Cause.HANG_UP)

    # Inside.

    def names(self) -> list[str]:
        """The names of the orders taken so far."""
        return [order.name for order in self.orders]

    def _note(self, name: str, call_id: CallId, *detail: object) -> None:
        self.orders.append(Order(name, call_id, detail))

    def _hold(self, call_id: CallId, *, is_on_hold: bool) -> None:
        if self._connected(call_id).is_on_hold is is_on_hold:
            return
        self._note("hold" if is_on_hold else "resume", call_id)
        self._set(call_id, is_on_hold=is_on_hold, is_speaking=False)
        self._publish(HoldChanged, call_id, is_on_hold=is_on_hold)

    def _view(self, call_id: CallId) -> CallView:
        try:
            return self._views[call_id]
        except KeyError:
            raise UnknownCall("no such call") from None

    def _connected(self, call_id: CallId) -> CallView:
        view = self._view(call_id)
        if view.state not in (CallState.LIVE, CallState.CONNECTING):
            raise IllegalTransition(str(view.state))
        return view

    def _set(self, call_id: CallId, **changes: bool) -> None:
        self._views[call_id] = replace(self._view(call_id), **changes)  # type: ignore[arg-type]

    def _change_mode(self, call_id: CallId, mode: Mode) -> None:
        old = self._view(call_id).mode
        self._views[call_id] = replace(self._view(call_id), mode=mode)
        if old is not mode:
            self._publish(ModeChanged, call_id, old=old, new=mode, by=Party.AGENT, latency_ms=1)

    def _decide(
        self, call_id: CallId, suggestion_id: SuggestionId, decision: Decision, text: str, by: Party
    ) -> None:
        del self._open[suggestion_id]
        self._publish(
            SuggestionDecided, call_id, suggestion_id=suggestion_id, decision=decision, text=text, by=by
        )

    def _advance(self, call_id: CallId, cause: Cause) -> None:
        old = self._view(call_id).state
        new = advance(old, cause)
        self._views[call_id] = replace(self._view(call_id), state=new)
        self._publish(StateChanged, call_id, old=old, new=new, cause=cause)

    def _end(self, call_id: CallId, cause: Cause) -> None:
        was_ringing = self._view(call_id).state is CallState.RINGING
        self._advance(call_id, cause)
        outcome = Outcome.COMPLETED
        if was_ringing:
            outcome = Outcome.DECLINED if cause is Cause.DECLINE else Outcome.MISSED
        duration_ms = self._now_ms(call_id)
        del self._views[call_id]
        self._publish(CallEnded, call_id, outcome=outcome, duration_ms=duration_ms)

    def _now_ms(self, call_id: CallId) -> int:
        return round((self.clock() - self._began_s[call_id]) * 1000)

    def _start_ms(self, call_id: CallId, utterance: str) -> int:
        for fact in self.facts[call_id]:
            if isinstance(fact, UtteranceChanged | UtteranceFinished) and fact.utterance_id == utterance:
                return fact.start_ms
        return self._now_ms(call_id)

    def _publish(self, kind: Callable[..., CallEvent], call_id: CallId, **fields: object) -> None:
        self.feed.publish(kind(call_id=call_id, at_ms=self._now_ms(call_id), **fields))
