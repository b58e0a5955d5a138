"""Every REST request of ours, held against Twilio's own description of its interface."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from copilot_desktop.calls.errors import CallControlError
from copilot_desktop.calls.events import CallId
from copilot_desktop.calls.line import LineError, LineProblem
from copilot_desktop.telephony.account import TwilioAccount
from copilot_desktop.telephony.call_control import TwilioCallControl
from copilot_desktop.telephony.number import Addresses, NumberPointer
from copilot_desktop.telephony.rest import TwilioRest
from tests.support import node_peers
from tests.support.http_tap import Exchange, HttpTap

if TYPE_CHECKING:
    from twilio.rest import Client

ACCOUNT = "AC" + "0" * 32
CALL = CallId("CA" + "0" * 32)
RECORDING = "RE" + "0" * 32
# Those of the description's examples.
KNOWN_NUMBER = "+14155552344"
HERE = Addresses(
    "https://desk.example.com/twilio/voice",
    "https://twimlets.com/message?Message%5B0%5D=Sorry",
    "https://desk.example.com/twilio/status",
)


@pytest.fixture
def wire(prism_url: str) -> Iterator[HttpTap]:
    """What goes over the wire; at the end all of it must be as Twilio describes it."""
    with HttpTap(prism_url) as tap:
        yield tap


def rest(wire: HttpTap) -> TwilioRest:
    return TwilioRest(ACCOUNT, "made-up", base_url=wire.url)


def hold(work: Awaitable[Any]) -> Any:
    async def main() -> Any:
        return await work

    return asyncio.run(main())


def test_account_and_balance(wire: HttpTap) -> None:
    account = hold(TwilioAccount(rest(wire)).fetch())
    assert account.status == "active"
    assert account.balance == "0.05 USD"
    assert [exchange.path[-13:] for exchange in wire.exchanges] == [f"{'0' * 8}.json", "/Balance.json"]
    check(wire)


def test_numbers_are_listed_and_one_is_sought(wire: HttpTap) -> None:
    account = TwilioAccount(rest(wire))
    (listed,) = hold(account.numbers())
    assert hold(account.find(listed.number)) == listed
    with pytest.raises(LineError) as absent:
        hold(account.find("+12025550199"))
    assert absent.value.problem is LineProblem.NUMBER_NOT_FOUND
    assert wire.exchanges[-2].query["PhoneNumber"] == "+12025550199"
    check(wire)


def test_number_is_pointed_here(wire: HttpTap, tmp_path: Path) -> None:
    """The answers come from the description's examples, so that what was written is not read back."""
    account = TwilioAccount(rest(wire))
    (listed,) = hold(account.numbers())
    here = NumberPointer(account, tmp_path / "number.json")
    with pytest.raises(LineError) as unchanged:
        hold(here.point_here(listed.number, HERE, clears_override=True))
    assert unchanged.value.problem is LineProblem.NUMBER_NOT_WRITTEN
    (write,) = (exchange for exchange in wire.exchanges if exchange.method == "POST")
    assert write.form["VoiceUrl"] == HERE.voice_url
    assert write.form["VoiceFallbackUrl"] == HERE.fallback_url
    assert write.form["StatusCallback"] == HERE.status_callback
    check(wire)


def test_number_is_written_with_all_its_fields(wire: HttpTap) -> None:
    everything = {
        "voice_url": HERE.voice_url,
        "voice_method": "POST",
        "voice_fallback_url": HERE.fallback_url,
        "voice_fallback_method": "GET",
        "status_callback": HERE.status_callback,
        "status_callback_method": "POST",
        "voice_application_sid": "AP" + "0" * 32,
        "trunk_sid": "TK" + "0" * 32,
    }
    hold(TwilioAccount(rest(wire)).write_number("PN" + "0" * 32, **everything))
    assert len(wire.exchanges[0].form) == len(everything)
    check(wire)


def test_calls_are_hung_up_and_transferred(wire: HttpTap) -> None:
    control = TwilioCallControl(ACCOUNT, "made-up", timeout_s=10, base_url=wire.url)
    hold(control.hang_up(CALL))
    hold(control.transfer(CALL, "+12025550188", "Please hold the line."))
    assert [set(exchange.form) for exchange in wire.exchanges] == [{"Status"}, {"Twiml"}]
    check(wire)


def test_calls_are_recorded(wire: HttpTap) -> None:
    def record(client: Client) -> None:
        client.calls(CALL).recordings.create(
            recording_channels="dual", recording_track="both", trim="do-not-trim"
        )
        recording = client.calls(CALL).recordings(RECORDING)
        for status in ("paused", "in-progress", "stopped"):
            recording.update(status=status, pause_behavior="silence")

    hold(rest(wire).call(record, is_repeatable=False))
    asked = [exchange.form.get("Status") for exchange in wire.exchanges]
    assert asked == [None, "paused", "in-progress", "stopped"]
    check(wire)


def test_the_peer_does_see_what_is_wrong(wire: HttpTap) -> None:
    """Else all the tests above would prove nothing."""
    with pytest.raises(LineError) as refused:
        hold(TwilioAccount(rest(wire)).write_number("PN" + "0" * 32, voice_url="no address"))
    assert (refused.value.problem, refused.value.code) == (LineProblem.CARRIER_REFUSED, 422)
    control = TwilioCallControl(ACCOUNT, "made-up", base_url=wire.url)
    with pytest.raises(CallControlError):
        hold(control.hang_up(CallId("CAnot-a-call")))
    assert all(complaints(exchange) for exchange in wire.exchanges)
    hold(TwilioAccount(rest(wire)).write_number("PN" + "0" * 32, status_callback=HERE.status_callback))
    assert not complaints(wire.exchanges[-1])
    assert unknown_fields(Exchange("POST", wire.exchanges[-1].path, {}, {"VoiceUri": ""}, {}, 200, {}, ""))


def check(wire: HttpTap) -> None:
    """Nothing may be wrong with any request: not for the peer, nor a name that Twilio does not know."""
    assert wire.exchanges
    for exchange in wire.exchanges:
        assert exchange.request_headers["authorization"].startswith("Basic ")
        assert not complaints(exchange), f"{exchange.method} {exchange.path}"
        assert not unknown_fields(exchange), f"{exchange.method} {exchange.path}"


def complaints(exchange: Exchange) -> list[Any]:
    """Return what the peer finds wrong with a request. Its own answers, from examples, are none of ours."""
    if exchange.status in (401, 422):
        return list(json.loads(exchange.body).get("validation", ["unauthorized"]))
    found = json.loads(exchange.headers.get("sl-violations", "[]"))
    return [each for each in found if each["location"][0] == "request"]


def unknown_fields(exchange: Exchange) -> set[str]:
    """Return the names that the description does not have: the peer lets those pass."""
    operation = _operation(exchange)
    query = {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}
    content = operation.get("requestBody", {}).get("content", {})
    form = content.get("application/x-www-form-urlencoded", {}).get("schema", {}).get("properties", {})
    return (set(exchange.query) - query) | (set(exchange.form) - set(form))


def _operation(exchange: Exchange) -> dict[str, Any]:
    paths = json.loads(node_peers.description().read_text(encoding="utf-8"))["paths"]
    asked = exchange.path.removesuffix(".json").split("/")
    for path, operations in paths.items():
        parts = path.removesuffix(".json").split("/")
        if len(parts) == len(asked) and all(
            part == given or part.startswith("{") for part, given in zip(parts, asked, strict=True)
        ):
            return dict(operations[exchange.method.lower()])
    raise AssertionError(f"Twilio has no {exchange.path}")
