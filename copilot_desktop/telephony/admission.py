"""Who may come in: signers and signatures, the tokens of calls, and a count of those sent away."""

from __future__ import annotations

import hmac
import logging
import re
import secrets
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.calls.events import CallId

log = logging.getLogger("copilot.telephony")

MEDIA_PATH = "/twilio/media"
SIGNATURE_HEADER = "X-Twilio-Signature"

_MAX_USES = 3
"""Streams that one call's token may still open, however often the carrier asked."""
_CALL_SID = re.compile(r"CA[0-9a-fA-F]{32}")


class BadSignature(CopilotError):
    """A request is signed wrongly, or not at all. Answered 403."""


@dataclass
class Counters:
    """What the server sent away or skipped since it was made."""

    refused: int = 0
    """Requests and handshakes without a good signature."""
    refused_streams: int = 0
    """Streams without a good token, for no live call, in another format, or without a start."""
    bad_messages: int = 0
    unknown_messages: int = 0
    dropped_messages: int = 0
    """Sound and marks of ours that a full queue did not take."""
    refused_connections: int = 0
    """TCP connections above the limit."""

    def count_refusal(self, what: str) -> None:
        """Count one. The 1st, 10th, 100th … is logged: a wrong key shows, a scanner floods nothing."""
        self.refused += 1
        if str(self.refused).strip("0") == "1":
            log.warning("%s is refused, signature missing or wrong (%d so far)", what, self.refused)


@dataclass(frozen=True)
class Signer:
    """Who may sign requests, and for which public address of ours.

    `base_url`: "https://host" or, on loopback, "http://127.0.0.1:port". `secret`: the account's auth token.

    Raises:
        ValueError: the secret is empty, so that anyone could sign, or the address is no http(s) address.
    """

    base_url: str
    secret: str = field(repr=False)
    is_practice: bool = False

    def __post_init__(self) -> None:
        if not self.secret:
            raise ValueError("a signer needs a secret")
        if not self.base_url.startswith(("https://", "http://")):
            raise ValueError("a signer's address begins with https:// or http://")
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))

    @property
    def socket_base_url(self) -> str:
        """The address for WebSockets: wss for https, ws for http."""
        return "ws" + self.base_url.removeprefix("http")


class Signatures:
    """Checks signatures against every signer. `signers` may grow while calls run.

    An address once given out stays good for the run: requests signed for it may still be on their way.
    """

    def __init__(self, signers: list[Signer]) -> None:
        self.signers = signers

    def of_request(self, target: str, form: Mapping[str, Any], signature: str | None) -> Signer:
        """Return who signed an HTTP request for `target` (raw path and query) with the fields `form`.

        Raises:
            BadSignature: nobody we know.
        """
        for signer in self.signers:
            if _is_signed(signer.secret, signer.base_url + target, form, signature):
                return signer
        raise BadSignature("signature missing or wrong")

    def of_handshake(self, target: str, signature: str | None) -> Signer:
        """Return who signed a WebSocket handshake. The address counts with and without a slash at its end.

        Raises:
            BadSignature: nobody we know.
        """
        other = target[:-1] if target.endswith("/") else target + "/"
        for signer in self.signers:
            for path in (target, other):
                if _is_signed(signer.secret, signer.socket_base_url + path, {}, signature):
                    return signer
        raise BadSignature("signature missing or wrong")


def _is_signed(secret: str, url: str, form: Mapping[str, Any], signature: str | None) -> bool:
    from twilio.request_validator import RequestValidator

    return bool(signature) and RequestValidator(secret).validate(url, form, signature)


class Tokens:
    """One secret word a call, put into its TwiML and given back by its stream.

    A token opens streams of its own call only, only while that call lives (the desk refuses after that), and
    only as many as it was given out times: the carrier may ask twice for the same call, must get the same
    answer, and may connect with either; the newer stream replaces the older. A token alone opens nothing:
    the handshake is signed as well.
    """

    def __init__(self) -> None:
        self._tokens: dict[CallId, str] = {}
        self._uses: Counter[CallId] = Counter()

    def issue(self, call_id: CallId, live_calls: Collection[CallId]) -> str:
        """Return the token of `call_id` for one more stream, and forget those of calls not live."""
        token = self._tokens.get(call_id) or secrets.token_urlsafe(24)
        for over in self._tokens.keys() - set(live_calls):
            self.forget(over)
        self._tokens[call_id] = token
        self._uses[call_id] = min(self._uses[call_id] + 1, _MAX_USES)
        return token

    def spend(self, call_id: CallId, token: str) -> bool:
        """Whether `token` opens a stream of `call_id` now. A wrong one spends nothing."""
        issued = self._tokens.get(call_id)
        if issued is None or not hmac.compare_digest(issued.encode(), token.encode()):
            return False
        if self._uses[call_id] <= 0:
            return False
        self._uses[call_id] -= 1
        return True

    def forget(self, call_id: CallId) -> None:
        """The call is over."""
        self._tokens.pop(call_id, None)
        self._uses.pop(call_id, None)


def call_id_of(sid: str) -> CallId | None:
    """Return `sid` as a call id if it has the form of one: CA and 32 hexadecimal digits."""
    return CallId(sid) if _CALL_SID.fullmatch(sid) else None
