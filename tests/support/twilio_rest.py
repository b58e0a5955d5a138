"""Twilio's REST interface as a small HTTP server: one account, its numbers and its calls.

Written from the interface's description alone, with no code of the program, so that a misreading there is
not repeated here.

    with TwilioRestPeer() as peer:
        peer.add_number("+12025550123", voice_url="https://old.example.com/voice")
        ...  # `peer.url`, `peer.account.sid`, `peer.account.auth_token`
        assert peer.numbers[0].voice_url == ...
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.twilio_line import TwilioLine

CHANGED = "Sun, 03 May 2026 09:30:00 +0000"
_MAX_TWIML_CHARS = 4000
_SETTABLE = {
    "VoiceUrl": "voice_url",
    "VoiceMethod": "voice_method",
    "VoiceFallbackUrl": "voice_fallback_url",
    "VoiceFallbackMethod": "voice_fallback_method",
    "StatusCallback": "status_callback",
    "StatusCallbackMethod": "status_callback_method",
    "VoiceApplicationSid": "voice_application_sid",
    "TrunkSid": "trunk_sid",
    "FriendlyName": "friendly_name",
}


@dataclass
class RestAccount:
    """The account; change it at any time. `balance` None: may not be read."""

    sid: str = field(default_factory=lambda: "AC" + secrets.token_hex(16))
    auth_token: str = field(default_factory=lambda: secrets.token_hex(16))
    friendly_name: str = "Harbor Plumbing"
    type: str = "Full"
    status: str = "active"
    balance: str | None = "23.4000"
    currency: str = "USD"


@dataclass
class RestNumber:
    """A phone number; the names are Twilio's."""

    phone_number: str
    friendly_name: str = ""
    sid: str = field(default_factory=lambda: "PN" + secrets.token_hex(16))
    voice_url: str = "https://demo.twilio.com/welcome/voice/"
    voice_method: str = "POST"
    voice_fallback_url: str = ""
    voice_fallback_method: str = "POST"
    status_callback: str = ""
    status_callback_method: str = "POST"
    voice_application_sid: str = ""
    trunk_sid: str = ""
    has_voice: bool = True
    date_updated: str = CHANGED


@dataclass
class RestCall:
    """A call, as far as orders about it go."""

    sid: str = field(default_factory=lambda: "CA" + secrets.token_hex(16))
    status: str = "in-progress"
    twiml: str = ""


@dataclass(frozen=True)
class RestRequest:
    """What was asked; `path` begins after the account, as in "/Calls/CA….json"."""

    method: str
    path: str
    form: dict[str, str]
    query: dict[str, str]


@dataclass(frozen=True)
class _Trouble:
    status: int = 0
    code: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    is_late: bool = False
    """It comes after the request has taken effect."""


class TwilioRestPeer:
    """The server. `numbers`, `account` and `calls` may be read and changed while it runs.

    Troubles are for the next requests, in order: `let_pass` (none), `refuse`, `drop`, `stall`, `garble`.
    `is_forgetful`: changes of numbers are confirmed and not made.
    """

    def __init__(self) -> None:
        self.account = RestAccount()
        self.numbers: list[RestNumber] = []
        self.calls: list[RestCall] = []
        self.requests: list[RestRequest] = []
        self.is_forgetful = False
        self._troubles: list[_Trouble | None] = []
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """The address to give for Twilio's own."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def writes(self) -> list[RestRequest]:
        """The requests that ask for a change."""
        return [each for each in self.requests if each.method == "POST"]

    def __enter__(self) -> TwilioRestPeer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def add_number(self, phone_number: str, label: str = "", **fields: Any) -> RestNumber:
        """Buy a number; `fields` are those of RestNumber."""
        number = RestNumber(phone_number, label or phone_number, **fields)
        self.numbers.append(number)
        return number

    def add_call(self, sid: str = "") -> RestCall:
        """Let a call be going on."""
        call = RestCall(sid) if sid else RestCall()
        self.calls.append(call)
        return call

    def line_to(self, number: RestNumber, local_url: str) -> TwilioLine:
        """Return a new call to `number`, signed for the address it points to, sent to `local_url`."""
        target = urlsplit(number.voice_url)
        line = TwilioLine(local_url, self.account.auth_token, base_url=f"{target.scheme}://{target.netloc}")
        line.line = number.phone_number
        return line

    def let_pass(self, *, times: int = 1) -> None:
        """Answer the next requests as usual, before what troubles are given after this."""
        self._troubles += [None] * times

    def refuse(self, status: int, code: int = 0, *, times: int = 1, retry_after: str = "") -> None:
        """Refuse the next requests."""
        headers = {"Retry-After": retry_after} if retry_after else {}
        self._troubles += [_Trouble(status, code, headers)] * times

    def drop(self, *, times: int = 1, is_late: bool = False) -> None:
        """Close the connection in place of an answer; `is_late`: after doing what was asked."""
        self._troubles += [_Trouble(is_late=is_late)] * times

    def stall(self, *, times: int = 1) -> None:
        """Leave the next requests without an answer until the server ends."""
        self._troubles += [_Trouble(status=-1)] * times

    def garble(self, body: str = "<html>Welcome to our network</html>", *, times: int = 1) -> None:
        """Answer the next requests as something that is not Twilio would: 200, and `body`."""
        self._troubles += [_Trouble(status=200, body=body)] * times

    def wait_for_the_end(self) -> None:
        """Block until the server ends."""
        self._is_over.wait(60)

    def take(self, request: RestRequest) -> tuple[_Trouble | None, RestRequest]:
        """Note a request, and return the trouble that is due."""
        with self._lock:
            self.requests.append(request)
            return (self._troubles.pop(0) if self._troubles else None), request

    def answer(self, request: RestRequest) -> tuple[int, dict[str, Any]]:
        """Do what is asked; returns status and body."""
        routes: list[tuple[str, Callable[..., tuple[int, dict[str, Any]]]]] = [
            (r"", self._account),
            (r"/Balance", self._balance),
            (r"/IncomingPhoneNumbers", self._list),
            (r"/IncomingPhoneNumbers/(\w+)", self._number),
            (r"/Calls/(\w+)", self._call),
        ]
        with self._lock:
            for pattern, route in routes:
                if found := re.fullmatch(pattern + r"\.json", request.path):
                    return route(request, *found.groups())
        return _error(404, 20404)

    def _account(self, request: RestRequest) -> tuple[int, dict[str, Any]]:
        account = self.account
        body = {"sid": account.sid, "friendly_name": account.friendly_name}
        return 200, {**body, "type": account.type, "status": account.status}

    def _balance(self, request: RestRequest) -> tuple[int, dict[str, Any]]:
        if self.account.balance is None:
            return _error(403, 20403)
        return 200, {"balance": self.account.balance, "currency": self.account.currency}

    def _list(self, request: RestRequest) -> tuple[int, dict[str, Any]]:
        part = request.query.get("PhoneNumber", "").lstrip("+")
        size, page = int(request.query.get("PageSize", "50")), int(request.query.get("Page", "0"))
        found = [each for each in self.numbers if part in each.phone_number]
        shown = [_number_json(each) for each in found[page * size :][:size]]
        uri = f"/2010-04-01/Accounts/{self.account.sid}/IncomingPhoneNumbers.json"
        more = f"{uri}?PageSize={size}&Page={page + 1}" if found[(page + 1) * size :] else None
        return 200, {"incoming_phone_numbers": shown, "next_page_uri": more, "page": page, "uri": uri}

    def _number(self, request: RestRequest, sid: str) -> tuple[int, dict[str, Any]]:
        number = next((each for each in self.numbers if each.sid == sid), None)
        if number is None:
            return _error(404, 20404)
        urls = [value for name, value in request.form.items() if name.endswith(("Url", "Callback"))]
        if any(value and not value.startswith(("http://", "https://")) for value in urls):
            return _error(400, 21402)
        if not self.is_forgetful:
            for name, value in request.form.items():
                self._set(number, name, value)
        return 200, _number_json(number)

    def _set(self, number: RestNumber, name: str, value: str) -> None:
        if name not in _SETTABLE:
            return
        setattr(number, _SETTABLE[name], value)
        # Each of the two removes the other.
        if value and name == "TrunkSid":
            number.voice_application_sid = ""
        if value and name == "VoiceApplicationSid":
            number.trunk_sid = ""

    def _call(self, request: RestRequest, sid: str) -> tuple[int, dict[str, Any]]:
        call = next((each for each in self.calls if each.sid == sid), None)
        if call is None:
            return _error(404, 20404)
        if request.form and call.status != "in-progress":
            return _error(400, 21220)
        if len(request.form.get("Twiml", "")) > _MAX_TWIML_CHARS:
            return _error(400, 32018)
        call.status = request.form.get("Status", call.status)
        call.twiml = request.form.get("Twiml", call.twiml)
        return 200, {"sid": call.sid, "status": call.status}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, peer: TwilioRestPeer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.peer = peer


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:  # noqa: N802 - the base class's name
        self._handle({})

    def do_POST(self) -> None:  # noqa: N802 - the base class's name
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        self._handle(dict(parse_qsl(body, keep_blank_values=True)))

    def _handle(self, form: dict[str, str]) -> None:
        peer, target = self.server.peer, urlsplit(self.path)
        account, path = _split(target.path)
        query = dict(parse_qsl(target.query))
        trouble, request = peer.take(RestRequest(self.command, path, form, query))
        if trouble and trouble.status == -1:
            peer.wait_for_the_end()
            return
        if trouble and not trouble.status:
            if trouble.is_late:
                peer.answer(request)
            return
        if trouble:
            status, body = _error(trouble.status, trouble.code)
            self._send(status, trouble.body or json.dumps(body), trouble.headers)
            return
        is_let_in = self._is_authorised() and account == peer.account.sid
        status, body = peer.answer(request) if is_let_in else _error(401, 20003)
        self._send(status, json.dumps(body), {})

    def _is_authorised(self) -> bool:
        account = self.server.peer.account
        expected = base64.b64encode(f"{account.sid}:{account.auth_token}".encode()).decode()
        return self.headers.get("Authorization") == f"Basic {expected}"

    def _send(self, status: int, body: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _split(path: str) -> tuple[str, str]:
    """Return the account in `path` and what follows it."""
    found = re.fullmatch(r"/2010-04-01/Accounts/(\w+)(.*)", path)
    return (found[1], found[2]) if found else ("", path)


def _error(status: int, code: int) -> tuple[int, dict[str, Any]]:
    return status, {"code": code, "message": "Refused, +12025550199", "status": status, "more_info": ""}


def _number_json(number: RestNumber) -> dict[str, Any]:
    """Return the number as Twilio shows it: null where nothing is set."""
    names = ("sid", "phone_number", "friendly_name", "date_updated", *_SETTABLE.values())
    body: dict[str, Any] = {name: getattr(number, name) or None for name in names}
    return {**body, "capabilities": {"voice": number.has_voice, "sms": True, "mms": False}}
