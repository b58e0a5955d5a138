"""HTTP requests from Twilio → CallDesk; the answers are TwiML. Knows nothing of the web framework."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from copilot_desktop.calls.desk import Answer, CallDesk
from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.calls.events import CallId
from copilot_desktop.telephony.admission import (
    MEDIA_PATH,
    BadSignature,
    Signatures,
    Signer,
    Tokens,
    call_id_of,
)

__all__ = ["BadSignature", "Reply", "Signatures", "Signer", "Tokens", "Webhooks"]

log = logging.getLogger("copilot.telephony")

MAX_BODY_BYTES = 64 * 1024
VOICE_PATH = "/twilio/voice"
STATUS_PATH = "/twilio/status"
HEALTH_PATH = "/health"

_FINAL_STATUSES = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
_MAX_NAME_CHARS = 120
"""A number, a SIP address or a word for "withheld"; anything longer is cut."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What an HTTP request is answered with."""

    status: int
    body: str = ""
    content_type: str = "text/xml; charset=utf-8"


class Webhooks:
    """Answers admitted requests. `fields` are the form's or, with GET, the query's."""

    def __init__(self, desk: CallDesk, tokens: Tokens, lost_stream_sentence: str) -> None:
        self._desk = desk
        self._tokens = tokens
        self._lost_stream_sentence = lost_stream_sentence

    async def voice(self, signer: Signer, fields: Mapping[str, str]) -> Reply:
        """A call comes in: hold the request while it rings, then connect its sound or reject it.

        If the carrier drops the request meanwhile (or asks again), only this waiting is cancelled. The call
        rings on, for the caller may still be there; the call's final status is what says that they left.
        """
        call_id = call_id_of(fields.get("CallSid", ""))
        if call_id is None:
            return Reply(400)
        if not await self._is_accepted(call_id, signer, fields):
            self._tokens.forget(call_id)
            return Reply(200, reject_twiml())
        token = self._tokens.issue(call_id, {view.call_id for view in self._desk.live_calls()})
        stream_url = signer.socket_base_url + MEDIA_PATH
        return Reply(200, connect_twiml(stream_url, token, self._lost_stream_sentence))

    def status(self, fields: Mapping[str, str]) -> Reply:
        """The carrier tells how a call stands; the final word means that the caller is gone."""
        call_id = call_id_of(fields.get("CallSid", ""))
        if call_id is None:
            return Reply(400)
        if fields.get("CallStatus") in _FINAL_STATUSES:
            self._tokens.forget(call_id)
            self._desk.caller_left(call_id)
        return Reply(204)

    async def _is_accepted(self, call_id: CallId, signer: Signer, fields: Mapping[str, str]) -> bool:
        caller = fields.get("From", "")[:_MAX_NAME_CHARS]
        line = fields.get("To", "")[:_MAX_NAME_CHARS]
        try:
            answer = await self._desk.ring(call_id, caller, line, is_practice=signer.is_practice)
        except CopilotError as error:
            log.warning("call %s is rejected: %s", call_id, type(error).__name__)
            return False
        return answer is Answer.CONNECT


def connect_twiml(stream_url: str, token: str, lost_stream_sentence: str) -> str:
    """Return TwiML that connects the call's sound to `stream_url`.

    The verbs after it run when the stream ends while the call does not: the sentence is said, then the
    call is hung up.
    """
    from twilio.twiml.voice_response import Connect, VoiceResponse

    connect = Connect()
    connect.stream(url=stream_url).parameter(name="token", value=token)
    response = VoiceResponse()
    response.append(connect)
    if lost_stream_sentence:
        response.say(lost_stream_sentence)
    response.hangup()
    return str(response)


def reject_twiml() -> str:
    """Return TwiML that declines a ringing call: the only way that costs nothing."""
    from twilio.twiml.voice_response import VoiceResponse

    response = VoiceResponse()
    response.reject(reason="busy")
    return str(response)
