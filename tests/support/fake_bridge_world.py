"""FakeBridgeWorld: calls without sound that obey the tables of states; tests tell what happens to them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from copilot_desktop.calls.desk import CallView
from copilot_desktop.calls.engine_status import EngineStatus
from copilot_desktop.calls.errors import IllegalTransition, UnknownCall
from copilot_desktop.calls.events import (
    CallEnded,
    CallEvent,
    CallId,
    CallRinging,
    Decision,
    DigitPressed,
    EnginesChanged,
    EventFeed,
    ModeChanged,
    NoticeGiven,
    Outcome,
    Party,
    Problem,
    ProblemRaised,
    Readiness,
    ReadyChanged,
    RecordingCause,
    RecordingChanged,
    RecordingState,
    ResponseTimed,
    Source,
    SpeechMeasured,
    SpokeMuted,
    StateChanged,
    SuggestionChanged,
    SuggestionDecided,
    SuggestionId,
    SuggestionReady,
    Tool,
    ToolResult,
    ToolUsed,
    TransferChanged,
    TransferResult,
    Treatment,
    TreatmentChanged,
    UtteranceChanged,
    UtteranceFinished,
    UtteranceId,
)
from copilot_desktop.calls.states import CallState, Cause, Mode, advance
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


class FakeBridgeWorld:
    """Keeps every order that was taken in `orders` and every fact in `facts`, by call."""

    def __init__(self, clock: HandClock, *, has_microphone: bool = False) -> None:
        self.feed = EventFeed()
        self.clock, self.has_microphone = clock, has_microphone
        self.listened_in: CallId | None = None
        self.orders: list[Order] = []
        self.hand_backs: list[tuple[CallId, str | None]] = []
        """The notes that a hand-back was prepared for; None: given up, or given back."""
        self.facts: dict[CallId, list[CallEvent]] = {}
        self._views: dict[CallId, CallView] = {}
        self._levels: dict[CallId, Levels] = {}
        self._began_s: dict[CallId, float] = {}
        self._open: dict[SuggestionId, str] = {}
        self._transfers: dict[CallId, str] = {}
        self._readiness = Readiness.READY
        self.refuses_digits = False
        self._ids = itertools.count(1)
        self.feed.subscribe(self._keep)

    def _keep(self, fact: object) -> None:
        if isinstance(fact, CallEvent):
            self.facts.setdefault(fact.call_id, []).append(fact)

    # What happens in the world.

    def ring(
        self,
        caller: str = "+12025550142",
        line: str = "+12025550140",
        *,
        is_practice: bool = False,
        name: str = "",
        place: str = "",
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
            treatment=Treatment.TALK,
            recording=RecordingState.OFF,
            notice_given_ms=None,
        )
        self.feed.publish(
            CallRinging(
                call_id=call_id,
                at_ms=0,
                caller=caller,
                line=line,
                started_at=datetime(2026, 3, 12, 14, 28, tzinfo=UTC),
                is_practice=is_practice,
                caller_name=name,
                place=place,
            )
        )
        return call_id

    def connect(self, call_id: CallId, *, is_notice_heard: bool = True) -> None:
        """The stream opens, and the caller hears the notice, or not yet."""
        self._advance(call_id, Cause.LINK_OPENED)
        self._change(call_id, recording=RecordingState.WAITING_FOR_NOTICE)
        self._publish(RecordingChanged, call_id, is_recording=False, cause=RecordingCause.CALL_BEGAN)
        if is_notice_heard:
            self.notice_heard(call_id, Party.ASSISTANT)

    def notice_heard(self, call_id: CallId, by: Party) -> None:
        """The caller knows by now."""
        self._change(call_id, recording=RecordingState.ON, notice_given_ms=self._now_ms(call_id))
        self._publish(NoticeGiven, call_id, text="This call is recorded.", by=by)
        self._publish(RecordingChanged, call_id, is_recording=True, cause=RecordingCause.NOTICE_GIVEN)

    def notice_failed(self, call_id: CallId) -> None:
        self._publish(RecordingChanged, call_id, is_recording=False, cause=RecordingCause.NOTICE_FAILED)
        self.problem(call_id, Problem.NOTICE_FAILED)

    def card_number(self, call_id: CallId, *, is_over: bool) -> None:
        """The caller says a card number, or is through with it."""
        self._change(call_id, recording=RecordingState.ON if is_over else RecordingState.PAUSED)
        cause = RecordingCause.CARD_NUMBER_OVER if is_over else RecordingCause.CARD_NUMBER
        self._publish(RecordingChanged, call_id, is_recording=is_over, cause=cause)

    def treat(self, call_id: CallId, treatment: Treatment) -> None:
        """Nobody took the ringing call: it is answered for something else than a talk."""
        self._change(call_id, treatment=treatment)
        self._publish(TreatmentChanged, call_id, treatment=treatment)
        self._advance(call_id, Cause.ACCEPT)

    def message_left(self, call_id: CallId) -> None:
        """The caller has left a message and hangs up."""
        self._end(call_id, Cause.CALLER_LEFT, Outcome.VOICEMAIL)

    def caller_presses(self, call_id: CallId, digit: str) -> None:
        self._publish(DigitPressed, call_id, digit=digit)

    def announced(self, call_id: CallId) -> None:
        """The caller has heard where they go, and the carrier takes them there."""
        self._advance(call_id, Cause.TRANSFER)

    def transfer_over(self, call_id: CallId, *, is_taken: bool) -> None:
        """The other side has answered, or the carrier refused."""
        to = self._transfers.pop(call_id)
        result = TransferResult.CONNECTED if is_taken else TransferResult.REFUSED
        self._publish(TransferChanged, call_id, to=to, result=result)
        if is_taken:
            self._end(call_id, Cause.TRANSFERRED, Outcome.TRANSFERRED)
        else:
            if self._view(call_id).state is CallState.TRANSFERRING:
                self._advance(call_id, Cause.TRANSFER_REFUSED)
            self.problem(call_id, Problem.TRANSFER_FAILED)

    def line_back(self, call_id: CallId) -> None:
        """The sound is there again."""
        self._advance(call_id, Cause.LINK_OPENED)

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

    def other_draft(self, call_id: CallId, suggestion: str, text: str, rank: int) -> None:
        """Something else that could be said comes up."""
        suggestion_id = SuggestionId(suggestion)
        self._open[suggestion_id] = text
        self._publish(
            SuggestionReady,
            call_id,
            suggestion_id=suggestion_id,
            answers=None,
            text=text,
            origin="OpenAI gpt-6-luna",
            rank=rank,
        )

    def tool(
        self,
        call_id: CallId,
        tool: Tool,
        result: ToolResult = ToolResult.LEFT_TO_AGENT,
        *,
        text: str = "",
        to: str = "",
    ) -> None:
        """The AI does, or wishes, something besides talking."""
        self._publish(ToolUsed, call_id, tool=tool, result=result, text=text, to=to)

    def backup(
        self, call_id: CallId, problem: Problem, detail: str = "", *, is_recovered: bool = False
    ) -> None:
        """Another engine steps in, or the first one is back."""
        self._publish(ProblemRaised, call_id, problem=problem, detail=detail, is_recovered=is_recovered)

    def engines(self, *parts: EngineStatus) -> None:
        """The engines tell how they are."""
        self.feed.publish(EnginesChanged(parts=parts))

    def problem(self, call_id: CallId, problem: Problem, *, is_recovered: bool = False) -> None:
        self._publish(ProblemRaised, call_id, problem=problem, is_recovered=is_recovered)

    def speak_muted(self, call_id: CallId, is_speaking: bool) -> None:
        """The agent speaks, and nobody hears it."""
        self._publish(SpokeMuted, call_id, is_speaking=is_speaking)

    def caller_left(self, call_id: CallId) -> None:
        self._end(call_id, Cause.CALLER_LEFT)

    def become(self, readiness: Readiness) -> None:
        """As the agent, or the clock, will have it."""
        self._readiness = readiness
        self.feed.publish(ReadyChanged(readiness=readiness))

    # Inside.

    def names(self) -> list[str]:
        """The names of the orders taken so far."""
        return [order.name for order in self.orders]

    def _note(self, name: str, call_id: CallId, *detail: object) -> None:
        self.orders.append(Order(name, call_id, detail))

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

    def _live(self, call_id: CallId) -> CallView:
        view = self._view(call_id)
        if view.state is not CallState.LIVE:
            raise IllegalTransition(str(view.state))
        return view

    def _set(self, call_id: CallId, **changes: bool) -> None:
        self._change(call_id, **changes)

    def _change(self, call_id: CallId, **changes: object) -> None:
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

    def _end(self, call_id: CallId, cause: Cause, outcome: Outcome = Outcome.COMPLETED) -> None:
        was_ringing = self._view(call_id).state is CallState.RINGING
        self._advance(call_id, cause)
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
