"""CallControl: hang up and transfer over Twilio's REST API."""

from __future__ import annotations

from copilot_desktop.calls.errors import CallControlError
from copilot_desktop.calls.events import CallId
from copilot_desktop.calls.line import LineError, LineProblem
from copilot_desktop.telephony.carrier_codes import NO_SUCH_RESOURCE, NOT_IN_PROGRESS
from copilot_desktop.telephony.rest import TwilioRest

_ALREADY_OVER = frozenset({NO_SUCH_RESOURCE, NOT_IN_PROGRESS, 404})
"""404 alone: an answer without a number of Twilio's."""
_MAY_PASS = frozenset({LineProblem.CARRIER_UNREACHABLE, LineProblem.CARRIER_BUSY})
_DIAL_WITHIN_S = 30


class TwilioCallControl:
    """`CallControl` for calls of one account.

    Each order is one request, sent once, in a thread. Cancelling ends only the waiting: the order may still
    take effect, and may be given again.

    `timeout_s` limits an order as a whole. `base_url`: another address of the interface.
    """

    def __init__(
        self, account_sid: str, auth_token: str, *, timeout_s: float = 4.0, base_url: str | None = None
    ) -> None:
        # In a call, the one who gave the order decides about another try.
        self._rest = TwilioRest(
            account_sid, auth_token, base_url=base_url or "", timeout_s=timeout_s, tries=1
        )

    async def hang_up(self, call: CallId) -> None:
        """End the call. One that is over already is a success.

        Raises:
            CallControlError: the carrier refused, or could not be reached.
        """
        try:
            await self._update(call, status="completed")
        except LineError as error:
            if error.code not in _ALREADY_OVER:
                raise _translated(error) from None

    async def transfer(self, call: CallId, to: str, announcement: str, action_url: str = "") -> None:
        """Connect the caller with the phone number or SIP address `to`, after `announcement` (may be empty).

        This ends the call's media stream. `action_url` is asked what to do when nobody answered there, or
        the talk is over, and told when somebody answers; empty: the call ends then, and nobody is told.

        Raises:
            CallControlError: the carrier refused, could not be reached, or the call is over.
        """
        try:
            await self._update(call, twiml=transfer_twiml(to, announcement, action_url))
        except LineError as error:
            if error.code in _ALREADY_OVER:
                raise CallControlError("the call is over", is_retryable=False) from None
            raise _translated(error) from None

    async def _update(self, call: CallId, **change: str) -> None:
        await self._rest.call(lambda client: client.calls(call).update(**change), is_repeatable=False)


class LinkOnlyControl:
    """`CallControl` for calls that no carrier bills: practice calls, which end when their stream is closed.

    Not for real calls. There, closing the stream makes the carrier go on with the next verb, the sentence
    about the lost connection: hang up over REST first, and close the stream after.
    """

    async def hang_up(self, call: CallId) -> None:
        """Do nothing: closing the link ends the call."""

    async def transfer(self, call: CallId, to: str, announcement: str, action_url: str = "") -> None:
        """Refuse.

        Raises:
            CallControlError: always.
        """
        raise CallControlError("a practice call cannot be transferred", is_retryable=False)


def _translated(error: LineError) -> CallControlError:
    if error.problem is LineProblem.CARRIER_UNREACHABLE:
        reason = f"Twilio cannot be reached ({error.detail})"
    elif error.problem is LineProblem.ACCOUNT_REFUSED:
        reason = "Twilio refuses the account's key (20003)"
    else:
        reason = f"Twilio refuses (code {error.code})"
    return CallControlError(reason, is_retryable=error.problem in _MAY_PASS)


def transfer_twiml(to: str, announcement: str, action_url: str = "") -> str:
    """Return TwiML that says `announcement` and dials `to`."""
    from twilio.twiml.voice_response import Dial, VoiceResponse

    # Without the leg's own report the carrier's word would come only when the two have hung up.
    report = {"status_callback": action_url, "status_callback_event": "answered"} if action_url else {}
    dial = Dial(timeout=_DIAL_WITHIN_S, action=action_url or None)
    if to.startswith(("sip:", "sips:")):
        dial.sip(to, **report)
    else:
        dial.number(to, **report)
    response = VoiceResponse()
    if announcement:
        response.say(announcement)
    response.append(dial)
    return str(response)
