"""FakeBridgeDesk: the orders of a desk, taken by calls without sound."""

from __future__ import annotations

from dataclasses import replace

from copilot_desktop.calls.desk import CallView
from copilot_desktop.calls.errors import IllegalTransition, OrderRefused
from copilot_desktop.calls.events import (
    Bookmarked,
    CallId,
    ChecklistChanged,
    ChecklistItem,
    Decision,
    DigitsSent,
    HandBackPrepared,
    HoldChanged,
    NotesChanged,
    Party,
    Problem,
    Readiness,
    RecordingCause,
    RecordingChanged,
    RecordingState,
    SuggestionId,
    TransferChanged,
    TransferResult,
    Treatment,
    TreatmentChanged,
)
from copilot_desktop.calls.states import CallState, Cause, HandBackStage, Mode, ModeOrder, change_mode
from copilot_desktop.calls.world import Levels
from tests.support.fake_bridge_world import FakeBridgeWorld, HandClock, Order

__all__ = ["FakeBridgeDesk", "HandClock", "Order"]


class FakeBridgeDesk(FakeBridgeWorld):
    """A desk whose world is told by the test. `card_digits` is what it hides in notes."""

    card_digits = "4111 1111 1111 1111"
    promise = ""
    """What the agent undertook."""

    def __init__(self, clock: HandClock, *, has_microphone: bool = True) -> None:
        super().__init__(clock, has_microphone=has_microphone)
        self._steps: dict[CallId, tuple[ChecklistItem, ...]] = {}

    def live_calls(self) -> tuple[CallView, ...]:
        return tuple(replace(view, elapsed_ms=self._now_ms(view.call_id)) for view in self._views.values())

    def levels(self, call_id: CallId) -> Levels:
        self._view(call_id)
        return self._levels[call_id]

    def accept(self, call_id: CallId, mode: Mode) -> None:
        self._advance(call_id, Cause.ACCEPT)
        self._note("accept", call_id, mode)
        self._change_mode(call_id, mode)

    def decline(self, call_id: CallId, *, with_message: bool = False) -> None:
        if self._view(call_id).state is not CallState.RINGING:
            raise IllegalTransition("decline")
        self._note("decline", call_id, *(("with message",) if with_message else ()))
        if with_message:
            self.treat(call_id, Treatment.MESSAGE)
        else:
            self._end(call_id, Cause.DECLINE)

    def take_over(self, call_id: CallId) -> None:
        view = self._connected(call_id)
        if view.treatment is not Treatment.TALK:
            self._change(call_id, treatment=Treatment.TALK)
            self._publish(TreatmentChanged, call_id, treatment=Treatment.TALK)
        elif view.mode is Mode.AGENT_SPEAKS:
            return
        self._note("take_over", call_id)
        for other in self.live_calls():
            # The headset belongs to one call at a time.
            if other.call_id != call_id and other.mode is Mode.AGENT_SPEAKS:
                self._hold(other.call_id, is_on_hold=True)
        self._set(call_id, is_speaking=False)
        self._change_mode(call_id, change_mode(view.mode, ModeOrder.TAKE_OVER))
        if not self.has_microphone:
            self.problem(call_id, Problem.MICROPHONE_MISSING)

    def hand_back(self, call_id: CallId, note: str) -> None:
        mode = change_mode(self._connected(call_id).mode, ModeOrder.HAND_BACK)
        self._note("hand_back", call_id, note)
        self._change_mode(call_id, mode)

    def prepare_hand_back(self, call_id: CallId, note: str) -> None:
        if self._connected(call_id).mode is not Mode.AGENT_SPEAKS:
            raise IllegalTransition("prepare hand-back")
        self.hand_backs.append((call_id, note))

    def drop_hand_back(self, call_id: CallId) -> None:
        self._view(call_id)
        self.hand_backs.append((call_id, None))

    def promised(self, call_id: CallId) -> str:
        self._view(call_id)
        return self.promise

    def hand_back_prepared(self, call_id: CallId, stage: HandBackStage, text: str = "") -> None:
        """Tell how far the AI is with what it says first."""
        self._publish(HandBackPrepared, call_id, stage=stage, text=text)

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

    def another_draft(self, call_id: CallId) -> None:
        if self._connected(call_id).mode is not Mode.AGENT_APPROVES:
            raise IllegalTransition("another draft")
        self._note("another_draft", call_id)
        for suggestion_id, text in tuple(self._open.items()):
            self._decide(call_id, suggestion_id, Decision.SKIPPED, text, Party.AGENT)

    def bookmark(self, call_id: CallId, words: str = "", moment_ms: int | None = None) -> None:
        now_ms = self._now_ms(call_id)
        if moment_ms is None:
            if self._view(call_id).state in (CallState.RINGING, CallState.ENDED):
                raise IllegalTransition("bookmark")
            moment_ms = now_ms
        self._note("bookmark", call_id, words, moment_ms)
        self._publish(Bookmarked, call_id, moment_ms=moment_ms, text=words)

    def take_notes(self, call_id: CallId, text: str) -> None:
        self._view(call_id)
        self._note("take_notes", call_id, text)
        self._publish(NotesChanged, call_id, text=text.replace(self.card_digits, "[card number hidden]"))

    def transcribe_again(self, call_id: CallId) -> None:
        self._view(call_id)
        self._note("transcribe_again", call_id)

    def checklist(self, call_id: CallId, *items: ChecklistItem, is_listening: bool = True) -> None:
        """Tell how the steps of a call stand."""
        self._steps[call_id] = items
        self._publish(ChecklistChanged, call_id, items=items, is_listening=is_listening)

    def tick(self, call_id: CallId, step: str, *, is_done: bool) -> None:
        items = self._steps.get(call_id, ())
        if step not in {each.step for each in items}:
            raise IllegalTransition("tick")
        self._note("tick", call_id, step, is_done)
        done_ms = self._now_ms(call_id) if is_done else None
        self.checklist(
            call_id,
            *(
                replace(each, is_done=is_done, is_by_agent=True, done_ms=done_ms)
                if each.step == step
                else each
                for each in items
            ),
        )

    def listen_in(self, call_id: CallId | None) -> None:
        self.listened_in = call_id

    def stop_talking(self, call_id: CallId) -> None:
        self._connected(call_id)
        self._note("stop_talking", call_id)
        self._set(call_id, is_speaking=False)
        if call_id in self._transfers:
            self.transfer_over(call_id, is_taken=False)

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

    @property
    def readiness(self) -> Readiness:
        return self._readiness

    def set_ready(self, is_ready: bool) -> None:
        self._note("set_ready", CallId(""), is_ready)
        self.become(Readiness.READY if is_ready else Readiness.NOT_READY)

    def send_digits(self, call_id: CallId, digits: str, *, is_hidden: bool = False) -> None:
        self._live(call_id)
        if self.refuses_digits:
            raise IllegalTransition("send digits")
        self._note("send_digits", call_id, digits, is_hidden)
        self._publish(DigitsSent, call_id, digits="•" * len(digits) if is_hidden else digits)

    def transfer(self, call_id: CallId, to: str, announcement: str) -> None:
        if self._live(call_id).is_practice:
            raise OrderRefused("A practice call cannot be transferred.")
        self._note("transfer", call_id, to, announcement)
        self._transfers[call_id] = to
        self._publish(TransferChanged, call_id, to=to, result=TransferResult.ASKED)

    def pause_recording(self, call_id: CallId) -> None:
        if self._live(call_id).recording is not RecordingState.ON:
            raise IllegalTransition("pause recording")
        self._note("pause_recording", call_id)
        self._change(call_id, recording=RecordingState.PAUSED)
        self._publish(RecordingChanged, call_id, is_recording=False, cause=RecordingCause.AGENT)

    def resume_recording(self, call_id: CallId) -> None:
        if self._live(call_id).recording is not RecordingState.PAUSED:
            raise IllegalTransition("resume recording")
        self._note("resume_recording", call_id)
        self._change(call_id, recording=RecordingState.ON)
        self._publish(RecordingChanged, call_id, is_recording=True, cause=RecordingCause.AGENT)

    def play_notice(self, call_id: CallId) -> None:
        self._live(call_id)
        self._note("play_notice", call_id)

    def confirm_notice(self, call_id: CallId) -> None:
        self._live(call_id)
        self._note("confirm_notice", call_id)
        self.notice_heard(call_id, Party.AGENT)

    def _hold(self, call_id: CallId, *, is_on_hold: bool) -> None:
        if self._connected(call_id).is_on_hold is is_on_hold:
            return
        self._note("hold" if is_on_hold else "resume", call_id)
        self._set(call_id, is_on_hold=is_on_hold, is_speaking=False)
        self._publish(HoldChanged, call_id, is_on_hold=is_on_hold)
