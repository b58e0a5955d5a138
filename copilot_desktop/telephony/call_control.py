"""CallControl: hang up and transfer over Twilio's REST API."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from copilot_desktop.calls.errors import CallControlError
from copilot_desktop.calls.events import CallId

if TYPE_CHECKING:
    from twilio.rest import Client

_ALREADY_OVER = frozenset({20404, 21220})
"""No such call any more; the call is not in progress."""
_RETRYABLE_CODES = frozenset({20409, 20429})
_DIAL_WITHIN_S = 30


class TwilioCallControl:
    """`CallControl` for calls of one account.

    Each order is one request in a thread. Cancelling ends only the waiting: the order may still take
    effect, and may be given again.

    `timeout_s` limits connecting and each wait for an answer. `base_url` is for tests.
    """

    def __init__(
        self, account_sid: str, auth_token: str, *, timeout_s: float = 4.0, base_url: str | None = None
    ) -> None:
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._timeout_s = timeout_s
        self._base_url = base_url

    async def hang_up(self, call: CallId) -> None:
        """End the call. One that is over already is a success.

        Raises:
            CallControlError: the carrier refused, or could not be reached.
        """
        try:
            await asyncio.to_thread(self._update, call, status="completed")
        except _AlreadyOver:
            return

    async def transfer(self, call: CallId, to: str, announcement: str) -> None:
        """Connect the caller with the phone number or SIP address `to`, after `announcement` (may be empty).

        This ends the call's media stream.

        Raises:
            CallControlError: the carrier refused, could not be reached, or the call is over.
        """
        try:
            await asyncio.to_thread(self._update, call, twiml=transfer_twiml(to, announcement))
        except _AlreadyOver:
            raise CallControlError("the call is over", is_retryable=False) from None

    def _update(self, call: CallId, **change: str) -> None:
        """Blocking. Translates the errors, without keeping what they carry: addresses, numbers, keys."""
        from requests import RequestException
        from twilio.base.exceptions import TwilioException, TwilioRestException

        try:
            self._client().calls(call).update(**change)
        except TwilioRestException as error:
            raise _translated(error) from None
        except TwilioException:
            raise CallControlError("Twilio's answer makes no sense", is_retryable=False) from None
        except RequestException as error:
            reason = f"Twilio cannot be reached ({type(error).__name__})"
            raise CallControlError(reason, is_retryable=True) from None

    def _client(self) -> Client:
        """Return a fresh client: orders are rare, and one client's connections are not for many threads."""
        from twilio.http.http_client import TwilioHttpClient
        from twilio.rest import Client

        # Twilio's own logger writes phone numbers and the text of requests at INFO.
        silent = logging.Logger("copilot.telephony.rest", logging.CRITICAL)
        http_client = TwilioHttpClient(pool_connections=False, timeout=self._timeout_s, logger=silent)
        client = Client(self._account_sid, self._auth_token, http_client=http_client)
        if self._base_url is not None:
            client.api.base_url = self._base_url
        return client


class LinkOnlyControl:
    """`CallControl` for calls that no carrier bills: practice calls, which end when their stream is closed.

    Not for real calls. There, closing the stream makes the carrier go on with the next verb, the sentence
    about the lost connection: hang up over REST first, and close the stream after.
    """

    async def hang_up(self, call: CallId) -> None:
        """Do nothing: closing the link ends the call."""

    async def transfer(self, call: CallId, to: str, announcement: str) -> None:
        """Refuse.

        Raises:
            CallControlError: always.
        """
        raise CallControlError("a practice call cannot be transferred", is_retryable=False)


class _AlreadyOver(Exception):
    """The carrier no longer has the call."""


def _translated(error: Any) -> Exception:
    code, status = error.code, error.status
    if code in _ALREADY_OVER or status == 404:
        return _AlreadyOver()
    if status == 401:
        return CallControlError("Twilio refuses the account's key (20003)", is_retryable=False)
    is_retryable = code in _RETRYABLE_CODES or status == 429 or status >= 500
    return CallControlError(f"Twilio refuses (code {code})", is_retryable=is_retryable)


def transfer_twiml(to: str, announcement: str) -> str:
    """Return TwiML that says `announcement` and dials `to`."""
    from twilio.twiml.voice_response import Dial, VoiceResponse

    dial = Dial(timeout=_DIAL_WITHIN_S)
    if to.startswith(("sip:", "sips:")):
        dial.sip(to)
    else:
        dial.number(to)
    response = VoiceResponse()
    if announcement:
        response.say(announcement)
    response.append(dial)
    return str(response)
