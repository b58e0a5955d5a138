"""Orders to the carrier's REST interface, given to a stand-in on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs
from xml.etree import ElementTree

import pytest

from copilot_desktop.calls.errors import CallControlError
from copilot_desktop.calls.events import CallId
from copilot_desktop.telephony.call_control import LinkOnlyControl, TwilioCallControl

ACCOUNT = "AC" + "1" * 32
CALL = CallId("CA" + "2" * 32)
TOKEN = "made-up-auth-token"
NUMBER = "+15550123"


class Carrier(ThreadingHTTPServer):
    """Answers every request with `status` and `body`, and remembers what was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.body = 200, json.dumps({"sid": CALL})
        self.is_silent = threading.Event()
        self.asked: list[tuple[str, dict[str, list[str]]]] = []

    def control(self) -> TwilioCallControl:
        address = f"http://127.0.0.1:{self.server_address[1]}"
        return TwilioCallControl(ACCOUNT, TOKEN, timeout_s=0.3, base_url=address)

    def refuse(self, status: int, code: int) -> None:
        self.status = status
        self.body = json.dumps({"code": code, "message": f"no {NUMBER}", "status": status})


class _Handler(BaseHTTPRequestHandler):
    server: Carrier

    def do_POST(self) -> None:  # noqa: N802 - the base class's name
        size = int(self.headers["Content-Length"])
        self.server.asked.append((self.path, parse_qs(self.rfile.read(size).decode())))
        if self.server.is_silent.is_set():
            return
        body = self.server.body.encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    server = Carrier()
    with contextlib.closing(server.socket):
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_hang_up_completes_the_call(carrier: Carrier) -> None:
    asyncio.run(carrier.control().hang_up(CALL))
    path, form = carrier.asked[0]
    assert path == f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{CALL}.json"
    assert form == {"Status": ["completed"]}


@pytest.mark.parametrize(("status", "code"), [(404, 20404), (400, 21220), (404, 0)])
def test_a_call_that_is_over_already_is_hung_up(carrier: Carrier, status: int, code: int) -> None:
    carrier.refuse(status, code)
    asyncio.run(carrier.control().hang_up(CALL))
    with pytest.raises(CallControlError) as refused:
        asyncio.run(carrier.control().transfer(CALL, NUMBER, ""))
    assert not refused.value.is_retryable


@pytest.mark.parametrize(
    ("status", "code", "is_retryable"),
    [
        (401, 20003, False),
        (400, 21401, False),
        (403, 20008, False),
        (409, 20409, True),
        (429, 20429, True),
        (503, 20500, True),
    ],
)
def test_a_refusal_says_whether_to_try_again_and_nothing_secret(
    carrier: Carrier, status: int, code: int, is_retryable: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    carrier.refuse(status, code)
    with pytest.raises(CallControlError) as refused:
        asyncio.run(carrier.control().transfer(CALL, NUMBER, "One moment."))
    assert refused.value.is_retryable is is_retryable
    said = str(refused.value) + caplog.text
    assert not any(secret in said for secret in (TOKEN, NUMBER, ACCOUNT))
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_a_carrier_that_does_not_answer_may_be_asked_again(carrier: Carrier) -> None:
    carrier.is_silent.set()
    with pytest.raises(CallControlError) as silent:
        asyncio.run(carrier.control().hang_up(CALL))
    assert silent.value.is_retryable
    nowhere = TwilioCallControl(ACCOUNT, TOKEN, timeout_s=0.3, base_url="http://127.0.0.1:9")
    with pytest.raises(CallControlError) as unreachable:
        asyncio.run(nowhere.hang_up(CALL))
    assert unreachable.value.is_retryable


def test_an_answer_that_is_no_json_is_a_refusal(carrier: Carrier) -> None:
    carrier.status, carrier.body = 502, "<html>"
    with pytest.raises(CallControlError) as refused:
        asyncio.run(carrier.control().hang_up(CALL))
    assert refused.value.is_retryable


@pytest.mark.parametrize(
    ("to", "announcement", "verbs"),
    [
        (NUMBER, "Please hold & wait.", [("Say", "Please hold & wait."), ("Dial/Number", NUMBER)]),
        ("sip:desk@example.com", "", [("Dial/Sip", "sip:desk@example.com")]),
    ],
)
def test_transfer_dials(carrier: Carrier, to: str, announcement: str, verbs: list[tuple[str, str]]) -> None:
    asyncio.run(carrier.control().transfer(CALL, to, announcement))
    document = ElementTree.fromstring(carrier.asked[0][1]["Twiml"][0])
    assert [(path, document.findtext(path)) for path, _ in verbs] == verbs
    assert len(document) == len(verbs)


def test_a_practice_call_needs_no_carrier() -> None:
    async def main() -> None:
        control = LinkOnlyControl()
        await control.hang_up(CALL)
        with pytest.raises(CallControlError):
            await control.transfer(CALL, NUMBER, "")

    asyncio.run(main())
