"""HTTP requests from Twilio → CallDesk; the answers are TwiML. Knows nothing of the web framework."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from copilot_desktop.calls.desk import Answer, CallDesk
from copilot_desktop.calls.errors import CopilotError, UnknownCall
from copilot_desktop.calls.events import CallId
from copilot_desktop.telephony import twiml
from copilot_desktop.telephony.admission import (
    MEDIA_PATH,
    BadSignature,
    Signatures,
    Signer,
    Tokens,
    call_id_of,
)
from copilot_desktop.telephony.caller_id import caller_id, number

__all__ = ["BadSignature", "Reply", "Signatures", "Signer", "Tokens", "Webhooks"]

log = logging.getLogger("copilot.telephony")

MAX_BODY_BYTES = 64 * 1024
VOICE_PATH = "/twilio/voice"
CONTINUE_PATH = "/twilio/continue"
TRANSFERRED_PATH = "/twilio/transferred"
STATUS_PATH = "/twilio/status"
HEALTH_PATH = "/health"

_FINAL_STATUSES = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
_ANSWERED = frozenset({"completed", "answered"})
_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Reply:
    """What an HTTP request is answered with."""

    status: int
    body: str = ""
    content_type: str = "text/xml; charset=utf-8"


class Webhooks:
    """Answers admitted requests. `fields` are the form's or, with GET, the query's.

    `on_signed_call` is told who signed a real call's request. `lost_stream_sentence` is what a caller hears
    for whom nothing more can be done.
    """

    def __init__(
        self,
        desk: CallDesk,
        tokens: Tokens,
        lost_stream_sentence: str,
        on_signed_call: Callable[[Signer], None] = lambda signer: None,
    ) -> None:
        self._desk, self._tokens = desk, tokens
        self._lost_stream_sentence = lost_stream_sentence
        self._on_signed_call = on_signed_call
        self._statuses = _Sequence()

    async def voice(self, signer: Signer, fields: Mapping[str, str]) -> Reply:
        """A call comes in: hold the request while it rings, then connect its sound or reject it.

        If the carrier drops the request meanwhile only this waiting is cancelled; unless it asks again soon,
        the caller has left.
        """
        call_id = call_id_of(fields.get("CallSid", ""))
        if call_id is None:
            return Reply(400)
        if not signer.is_practice:
            self._on_signed_call(signer)
        if not await self._is_accepted(call_id, signer, fields):
            self._tokens.forget(call_id)
            return Reply(200, twiml.reject())
        return self._connected(call_id, signer)

    def next_verb(self, signer: Signer, fields: Mapping[str, str]) -> Reply:
        """A stream has ended and the call has not: open another, or hang up."""
        return self._continued(signer, fields, self._desk.stream_over)

    def transferred(self, signer: Signer, fields: Mapping[str, str]) -> Reply:
        """The carrier tells how a transfer went: that it was answered, or what it came to in the end."""
        status = fields.get("DialCallStatus")
        if status is not None:
            was_answered = status in _ANSWERED
            return self._continued(
                signer, fields, lambda call: self._desk.transfer_over(call, was_answered=was_answered)
            )
        parent = call_id_of(fields.get("ParentCallSid", ""))
        if parent is None:
            return Reply(400)
        if fields.get("CallStatus") == "in-progress":
            self._desk.transfer_answered(parent)
        return Reply(204)

    def status(self, fields: Mapping[str, str]) -> Reply:
        """The carrier tells how a call stands; the final word means that the caller is gone."""
        call_id = call_id_of(fields.get("CallSid", ""))
        if call_id is None:
            return Reply(400)
        is_news = self._statuses.is_news(call_id, fields.get("SequenceNumber", ""))
        if is_news and fields.get("CallStatus") in _FINAL_STATUSES:
            self._tokens.forget(call_id)
            self._desk.caller_left(call_id)
        return Reply(204)

    async def _is_accepted(self, call_id: CallId, signer: Signer, fields: Mapping[str, str]) -> bool:
        who = caller_id(fields)
        try:
            answer = await self._desk.ring(
                call_id,
                who.caller,
                number(fields.get("To", "")),
                is_practice=signer.is_practice,
                caller_name=who.name,
                place=who.place,
                transferred_url=signer.base_url + TRANSFERRED_PATH,
            )
        except CopilotError as error:
            log.warning("call %s is rejected: %s", call_id, type(error).__name__)
            return False
        return answer is Answer.CONNECT

    def _continued(self, signer: Signer, fields: Mapping[str, str], ask: Callable[[CallId], Answer]) -> Reply:
        call_id = call_id_of(fields.get("CallSid", ""))
        if call_id is None:
            return Reply(400)
        try:
            answer = ask(call_id)
        except UnknownCall:
            return Reply(200, twiml.hang_up(self._lost_stream_sentence))
        if answer is Answer.CONNECT:
            return self._connected(call_id, signer)
        return Reply(200, twiml.hang_up())

    def _connected(self, call_id: CallId, signer: Signer) -> Reply:
        live_calls = {view.call_id for view in self._desk.live_calls()}
        if call_id not in live_calls:
            # An old request, sent again: the answer was given, and the call is over.
            return Reply(200, twiml.hang_up())
        document = twiml.connect(
            signer.socket_base_url + MEDIA_PATH,
            self._tokens.issue(call_id, live_calls),
            then_url=signer.base_url + CONTINUE_PATH,
            then_say=self._desk.words_for_carrier(call_id),
        )
        return Reply(200, document)


class _Sequence:
    """Which of a call's reports are news; they may arrive in any order."""

    def __init__(self) -> None:
        self._newest: OrderedDict[CallId, int] = OrderedDict()

    def is_news(self, call_id: CallId, number: str) -> bool:
        """Whether none with a higher number has come before. A repeated one counts: it changes nothing."""
        if not (number.isascii() and number.isdecimal() and len(number) < 10):
            return True
        if int(number) < self._newest.get(call_id, 0):
            return False
        self._newest[call_id] = int(number)
        while len(self._newest) > _REMEMBERED:
            self._newest.popitem(last=False)
        return True
