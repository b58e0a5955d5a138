"""Carrier: the phone network's side of a call to our server: signed webhooks and the way to the stream."""

from __future__ import annotations

import asyncio
import secrets
import ssl
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.practice.result import PracticeOutcome

if TYPE_CHECKING:
    import httpx
    from websockets.asyncio.client import ClientConnection

WEBHOOK_LIMIT_S = 15.0
"""The carrier's own: the whole request, ringing included."""

_STATUS_LIMIT_S = 5.0
_OPEN_LIMIT_S = 10.0
_CLOSE_LIMIT_S = 1.0
_SIGNATURE = "X-Twilio-Signature"


class NotConnected(CopilotError):
    """The call did not come to a media stream. `outcome` says why."""

    def __init__(self, outcome: PracticeOutcome, detail: str) -> None:
        super().__init__(detail)
        self.outcome = outcome
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Offer:
    """The media stream that the server asks for, and the parameters to hand back to it."""

    url: str
    parameters: dict[str, str]


class Carrier:
    """One call, from ringing to its last status. Signs everything with the account's secret."""

    def __init__(self, base_url: str, secret: str, *, caller: str, line: str = "+12025550199") -> None:
        from twilio.request_validator import RequestValidator

        self._base_url = base_url.rstrip("/")
        self._signer = RequestValidator(secret)
        self._caller = caller
        self._line = line
        self.call_sid = f"CA{secrets.token_hex(16)}"
        self.account_sid = f"AC{secrets.token_hex(16)}"

    async def ring(self) -> Offer:
        """Ring, and return the stream the answer asks for.

        Raises:
            NotConnected: declined, refused, no stream in the answer, or no server.
        """
        import httpx

        try:
            answer = await self._post("/twilio/voice", "ringing", WEBHOOK_LIMIT_S)
        except (httpx.HTTPError, TimeoutError, OSError) as error:
            detail = f"no answer from the server: {type(error).__name__}"
            raise NotConnected(PracticeOutcome.LOST, detail) from None
        if answer.status_code != 200:
            raise NotConnected(PracticeOutcome.NOT_CONNECTED, f"HTTP {answer.status_code}")
        return _offer(answer.content)

    async def tell_status(self, status: str, duration_ms: int) -> None:
        """Say how the call ended. A server that is gone need not know."""
        import httpx

        duration = {"CallDuration": str(-(-duration_ms // 1000))} if status == "completed" else {}
        try:
            await self._post("/twilio/status", status, _STATUS_LIMIT_S, **duration)
        except (httpx.HTTPError, TimeoutError, OSError):
            return

    def stream(self, url: str) -> AbstractAsyncContextManager[ClientConnection]:
        """Return the open WebSocket at `url`, signed; closed within 1 s on leaving."""
        from websockets.asyncio.client import connect

        return connect(
            url,
            additional_headers={_SIGNATURE: self._signer.compute_signature(url, {})},
            user_agent_header=None,
            compression=None,
            ping_interval=None,
            open_timeout=_OPEN_LIMIT_S,
            close_timeout=_CLOSE_LIMIT_S,
            max_queue=None,
            proxy=None if url.startswith("ws://") else True,
        )

    async def _post(self, path: str, status: str, limit_s: float, **more: str) -> httpx.Response:
        import httpx

        url = self._base_url + path
        form = self._form(status) | more
        is_secure = url.startswith("https://")
        # Reading the certificates takes too long for the loop; on loopback none are needed, nor a proxy.
        verify = await asyncio.to_thread(ssl.create_default_context) if is_secure else False
        headers = {_SIGNATURE: self._signer.compute_signature(url, form)}
        async with (
            asyncio.timeout(limit_s),
            httpx.AsyncClient(verify=verify, trust_env=is_secure, timeout=None) as client,  # noqa: S113
        ):
            return await client.post(url, data=form, headers=headers)

    def _form(self, status: str) -> dict[str, str]:
        return {
            "AccountSid": self.account_sid,
            "ApiVersion": "2010-04-01",
            "CallSid": self.call_sid,
            "CallStatus": status,
            "Called": self._line,
            "Caller": self._caller,
            "Direction": "inbound",
            "From": self._caller,
            "FromCountry": "US",
            "To": self._line,
            "ToCountry": "US",
        }


def _offer(body: bytes) -> Offer:
    """Return the stream in the first verb of a TwiML document. Raises NotConnected."""
    try:
        response = ElementTree.fromstring(body)  # noqa: S314 - of our own server
    except ElementTree.ParseError:
        raise NotConnected(PracticeOutcome.NOT_CONNECTED, "the answer is no TwiML") from None
    verbs = [verb.tag for verb in response]
    if verbs[:1] == ["Reject"]:
        raise NotConnected(PracticeOutcome.DECLINED, response[0].get("reason", "rejected"))
    stream = response[0].find("Stream") if verbs[:1] == ["Connect"] else None
    if stream is None or not stream.get("url"):
        detail = f"no stream in the answer: {', '.join(verbs) or 'nothing'}"
        raise NotConnected(PracticeOutcome.NOT_CONNECTED, detail)
    parameters = {p.get("name", ""): p.get("value", "") for p in stream.findall("Parameter")}
    return Offer(stream.get("url", ""), parameters)
