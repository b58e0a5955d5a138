"""The account over REST, against a server of ours that answers as Twilio does, and that fails on request."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate

import pytest

from copilot_desktop.calls.line import LineError, LineProblem, PhoneAccount
from copilot_desktop.telephony.account import TwilioAccount, account_problem, e164
from copilot_desktop.telephony.rest import TwilioRest
from tests.conftest import Run
from tests.support.twilio_rest import TwilioRestPeer

NUMBER = "+12025550123"


@pytest.fixture
def peer() -> Iterator[TwilioRestPeer]:
    with TwilioRestPeer() as running:
        yield running


def rest_of(peer: TwilioRestPeer, *, timeout_s: float = 10, tries: int = 3) -> TwilioRest:
    account = peer.account
    return TwilioRest(account.sid, account.auth_token, base_url=peer.url, timeout_s=timeout_s, tries=tries)


def account_of(peer: TwilioRestPeer, *, timeout_s: float = 10) -> TwilioAccount:
    return TwilioAccount(rest_of(peer, timeout_s=timeout_s))


def failure(work: Callable[[], object]) -> LineError:
    with pytest.raises(LineError) as failed:
        work()
    return failed.value


@pytest.fixture
def quick_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("copilot_desktop.telephony.rest.FIRST_WAIT_S", 0.01)


# ── account ───────────────────────────────────────────────────────────────────────────────────────


def test_account_is_told_with_its_balance(peer: TwilioRestPeer) -> None:
    found = asyncio.run(account_of(peer).fetch())
    assert found == PhoneAccount(name="Harbor Plumbing", is_trial=False, status="active", balance="23.40 USD")
    assert account_problem(found) is None


def test_trial_suspended_and_without_a_balance(peer: TwilioRestPeer) -> None:
    peer.account.type, peer.account.status, peer.account.balance = "Trial", "suspended", None
    found = asyncio.run(account_of(peer).fetch())
    assert (found.is_trial, found.status, found.balance) == (True, "suspended", "")
    assert account_problem(found) is LineProblem.ACCOUNT_SUSPENDED


@pytest.mark.parametrize("balance", ["", "much"])
def test_a_balance_that_is_no_number_is_left_out(peer: TwilioRestPeer, balance: str) -> None:
    peer.account.balance = balance
    assert asyncio.run(account_of(peer).fetch()).balance == ""


def test_blanks_around_a_pasted_key_do_no_harm(peer: TwilioRestPeer) -> None:
    rest = TwilioRest(f" {peer.account.sid}\n", f"\t{peer.account.auth_token} ", base_url=peer.url + "/")
    assert asyncio.run(TwilioAccount(rest).fetch()).name == "Harbor Plumbing"


@pytest.mark.parametrize("token", ["wrong", "clé secrète €"])
def test_wrong_key_is_told_and_not_tried_again(
    peer: TwilioRestPeer, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    account = TwilioAccount(TwilioRest(peer.account.sid, token, base_url=peer.url))
    error = failure(lambda: asyncio.run(account.fetch()))
    assert error.problem is LineProblem.ACCOUNT_REFUSED
    assert len(peer.requests) <= 1
    said = f"{error} {error!r} {caplog.text}"
    assert not any(secret in said for secret in (token, peer.account.sid))
    assert error.__cause__ is None
    assert error.__suppress_context__


@pytest.mark.parametrize(("status", "code"), [(404, 20404), (403, 20008), (403, 0)])
def test_no_such_account_and_trial_keys_are_a_wrong_key(peer: TwilioRestPeer, status: int, code: int) -> None:
    peer.refuse(status, code)
    assert failure(lambda: asyncio.run(account_of(peer).fetch())).problem is LineProblem.ACCOUNT_REFUSED


def test_without_an_account_nothing_is_sent(peer: TwilioRestPeer) -> None:
    account = TwilioAccount(TwilioRest("", "", base_url=peer.url))
    assert failure(lambda: asyncio.run(account.numbers())).problem is LineProblem.NOT_SET_UP
    assert peer.requests == []


# ── numbers ───────────────────────────────────────────────────────────────────────────────────────


def test_numbers_are_listed_over_several_pages(peer: TwilioRestPeer) -> None:
    for index in range(120):
        peer.add_number(f"+1202555{index:04}", f"Line {index}")
    peer.numbers[7].has_voice = False
    peer.numbers[8].voice_application_sid = "AP1"
    found = asyncio.run(account_of(peer).numbers())
    assert [each.number for each in found] == [each.phone_number for each in peer.numbers]
    assert [each.sid for each in found if not each.has_voice] == [peer.numbers[7].sid]
    assert [each.sid for each in found if each.is_overridden] == [peer.numbers[8].sid]
    assert found[3].label == "Line 3"
    assert found[3].fallback_url == ""
    assert len(peer.requests) == 2


@pytest.mark.parametrize("written", [NUMBER, "+1 (202) 555-0123", " +1-202-555-0123 "])
def test_number_is_found_exactly_however_it_is_written(peer: TwilioRestPeer, written: str) -> None:
    # The filter finds both.
    peer.add_number(NUMBER + "4")
    peer.add_number(NUMBER)
    found = asyncio.run(account_of(peer).find(written))
    assert (found.number, found.sid) == (NUMBER, peer.numbers[1].sid)


def test_number_that_is_absent_is_told_apart_from_none_at_all(peer: TwilioRestPeer) -> None:
    account = account_of(peer)
    assert failure(lambda: asyncio.run(account.find(NUMBER))).problem is LineProblem.NO_NUMBER
    peer.add_number(NUMBER + "4")
    assert failure(lambda: asyncio.run(account.find(NUMBER))).problem is LineProblem.NUMBER_NOT_FOUND
    gone = failure(lambda: asyncio.run(account.read_number("PN" + "0" * 32)))
    assert (gone.problem, gone.code) == (LineProblem.NUMBER_NOT_FOUND, 20404)


def test_number_is_written(peer: TwilioRestPeer) -> None:
    number = peer.add_number(NUMBER, voice_application_sid="AP1")
    answer = asyncio.run(
        account_of(peer).write_number(
            number.sid, voice_url="https://a.example.com/v", voice_application_sid=""
        )
    )
    assert (answer.voice_url, answer.application_sid) == ("https://a.example.com/v", "")
    assert peer.writes[0].form == {"VoiceUrl": "https://a.example.com/v", "VoiceApplicationSid": ""}


def test_address_that_twilio_refuses(peer: TwilioRestPeer) -> None:
    number = peer.add_number(NUMBER)
    error = failure(lambda: asyncio.run(account_of(peer).write_number(number.sid, voice_url="nowhere")))
    assert (error.problem, error.code) == (LineProblem.ADDRESS_INVALID, 21402)


def test_e164_leaves_what_is_no_number() -> None:
    assert [e164(each) for each in ("+49 30 1234567", "020 25 55", "")] == ["+49301234567", "0202555", ""]


# ── failures ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "code", "problem"),
    [
        (401, 20003, LineProblem.ACCOUNT_REFUSED),
        (403, 10001, LineProblem.ACCOUNT_SUSPENDED),
        (400, 10002, LineProblem.ACCOUNT_LIMITED),
        (407, 0, LineProblem.CARRIER_UNREACHABLE),
        (409, 20409, LineProblem.CARRIER_BUSY),
        (429, 20429, LineProblem.CARRIER_BUSY),
        (503, 0, LineProblem.CARRIER_BUSY),
        (400, 21502, LineProblem.ADDRESS_INVALID),
        (400, 99999, LineProblem.CARRIER_REFUSED),
    ],
)
@pytest.mark.usefixtures("quick_waits")
def test_every_refusal_has_a_meaning(
    peer: TwilioRestPeer, status: int, code: int, problem: LineProblem
) -> None:
    peer.refuse(status, code, times=3)
    error = failure(lambda: asyncio.run(account_of(peer).numbers()))
    assert (error.problem, error.code) == (problem, code or status)
    # Twilio's own words hold numbers.
    assert NUMBER[:6] not in str(error)


@pytest.mark.usefixtures("quick_waits")
def test_passing_trouble_is_tried_again(peer: TwilioRestPeer) -> None:
    peer.drop()
    peer.refuse(500)
    assert asyncio.run(account_of(peer).numbers()) == []
    assert len(peer.requests) == 3


@pytest.mark.usefixtures("quick_waits")
def test_a_request_of_unknown_fate_is_not_sent_twice(peer: TwilioRestPeer) -> None:
    call = peer.add_call()
    peer.drop(is_late=True)

    def transfer() -> object:
        work = rest_of(peer).call(
            lambda client: client.calls(call.sid).update(twiml="<Response/>"), is_repeatable=False
        )
        return asyncio.run(work)

    assert failure(transfer).problem is LineProblem.CARRIER_UNREACHABLE
    assert len(peer.requests) == 1
    assert call.twiml == "<Response/>"
    # A request that was turned away unread is another matter.
    peer.refuse(429, 20429)
    transfer()
    assert len(peer.requests) == 3


def test_retry_after_is_obeyed_or_too_long(peer: TwilioRestPeer, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def note(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("copilot_desktop.telephony.rest.asyncio.sleep", note)
    peer.refuse(429, 20429, retry_after="3")
    peer.refuse(429, 20429, retry_after=formatdate(time.time() + 5, usegmt=True))
    assert asyncio.run(account_of(peer).numbers()) == []
    assert waits[0] == 3
    assert 3 < waits[1] <= 5
    peer.refuse(429, 20429, retry_after="600")
    error = failure(lambda: asyncio.run(account_of(peer).numbers()))
    assert error.problem is LineProblem.CARRIER_BUSY
    assert len(waits) == 2


def test_an_answer_that_does_not_come_is_not_waited_for(peer: TwilioRestPeer) -> None:
    peer.stall()
    error = failure(lambda: asyncio.run(account_of(peer, timeout_s=0.3).numbers()))
    assert (error.problem, error.detail) == (LineProblem.CARRIER_UNREACHABLE, "no answer in time")


def test_cancelling_ends_the_waiting(peer: TwilioRestPeer) -> None:
    async def main() -> None:
        waiting = asyncio.create_task(account_of(peer).numbers())
        while not peer.requests:
            await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    peer.stall()
    asyncio.run(main())
    threads = [each for each in threading.enumerate() if each.name == "copilot-rest"]
    assert all(each.daemon for each in threads)


@pytest.mark.parametrize("body", ["<html>Welcome</html>", "[]", "null", "17"])
def test_an_answer_of_some_other_program(peer: TwilioRestPeer, body: str) -> None:
    peer.garble(body)
    error = failure(lambda: asyncio.run(account_of(peer).fetch()))
    assert error.problem is LineProblem.CARRIER_UNREACHABLE


def test_on_the_windows_loop(peer: TwilioRestPeer, qasync_run: Run[PhoneAccount]) -> None:
    assert qasync_run(account_of(peer).fetch()).name == "Harbor Plumbing"


def test_nobody_there() -> None:
    rest = TwilioRest("AC" + "1" * 32, "made-up", base_url="http://127.0.0.1:9", tries=1)
    error = failure(lambda: asyncio.run(TwilioAccount(rest).numbers()))
    assert (error.problem, error.detail) == (LineProblem.CARRIER_UNREACHABLE, "ConnectionError")


def test_the_loop_goes_on_meanwhile(peer: TwilioRestPeer) -> None:
    async def main() -> int:
        waiting = asyncio.create_task(account_of(peer, timeout_s=0.5).numbers())
        ticks = 0
        while not waiting.done():
            ticks += 1
            await asyncio.sleep(0.01)
        assert isinstance(waiting.exception(), LineError)
        return ticks

    peer.stall()
    assert asyncio.run(main()) >= 5
