"""Our server and our REST client against an emulation of Twilio that we did not write.

What it lacks: a number's fallback address, applications and trunks on it, whether a call rings or is over,
and the running of TwiML.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest

from copilot_desktop.calls.events import CallId
from copilot_desktop.calls.line import LineError, LineProblem
from copilot_desktop.telephony.account import TwilioAccount
from copilot_desktop.telephony.call_control import TwilioCallControl
from copilot_desktop.telephony.number import Addresses, NumberPointer
from copilot_desktop.telephony.rest import TwilioRest
from copilot_desktop.telephony.webhooks import STATUS_PATH, VOICE_PATH, Signer
from tests.support.http_tap import HttpTap
from tests.support.node_peers import ACCOUNT, NUMBER, OLD_URL, TOKEN
from tests.support.serving import serving
from tests.support.twilio_line import http_client

CALLER = "+12025550144"


def account_at(url: str, token: str = TOKEN) -> TwilioAccount:
    return TwilioAccount(TwilioRest(ACCOUNT, token, base_url=url))


def test_account_and_its_keys(emulated_twilio: str) -> None:
    async def main() -> None:
        found = await account_at(emulated_twilio).fetch()
        # It knows of no balance, which is no reason to fail.
        assert (found.name, found.status, found.balance) == ("Harbor Plumbing", "active", "")
        with pytest.raises(LineError) as refused:
            await account_at(emulated_twilio, "wrong").fetch()
        assert (refused.value.problem, refused.value.code) == (LineProblem.ACCOUNT_REFUSED, 20003)

    asyncio.run(main())


def test_number_is_pointed_here_and_back(emulated_twilio: str, tmp_path: Path) -> None:
    async def main() -> None:
        account = account_at(emulated_twilio)
        here = NumberPointer(account, tmp_path / "number.json")
        wanted = Addresses("https://desk.example.com/v", "", "https://desk.example.com/s")
        assert NUMBER in [each.number for each in await account.numbers()]
        assert (await here.look(NUMBER)).problem is LineProblem.NUMBER_ELSEWHERE
        found = await here.point_here(NUMBER, wanted)
        assert (found.voice_url, found.status_callback) == (wanted.voice_url, wanted.status_callback)
        assert await account.find(NUMBER) == found
        restored = await here.put_back()
        assert restored is not None
        assert (restored.voice_url, restored.status_callback) == (OLD_URL, "")
        # What it cannot hold is noticed.
        with pytest.raises(LineError) as unwritten:
            await here.point_here(NUMBER, Addresses(wanted.voice_url, "https://sorry.example.com/", ""))
        assert unwritten.value.problem is LineProblem.NUMBER_NOT_WRITTEN

    asyncio.run(main())


def test_its_signed_call_reaches_our_server_and_is_hung_up(emulated_twilio: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with serving() as served, http_client(emulated_twilio) as outside:
            with HttpTap(served.local_url) as tunnel:
                served.server.signers.append(Signer(tunnel.url, TOKEN))
                pointer = NumberPointer(account_at(emulated_twilio), tmp_path / "number.json")
                here = Addresses(tunnel.url + VOICE_PATH, "", tunnel.url + STATUS_PATH)
                await pointer.point_here(NUMBER, here)
                call_sid = await ring(outside)
                (rung,) = served.desk.rings
                assert (rung.call_id, rung.caller, rung.line) == (call_sid, CALLER, NUMBER)
                assert not rung.is_practice
                # It was signed by their hand, checked by ours, and connected.
                (voice,) = tunnel.exchanges
                assert voice.request_headers["x-twilio-signature"]
                assert (voice.status, voice.headers["content-type"]) == (200, "text/xml; charset=utf-8")
                stream = ElementTree.fromstring(voice.body).find("./Connect/Stream")
                assert stream is not None
                assert stream.get("url") == tunnel.url.replace("http", "ws", 1) + "/twilio/media"
                control = TwilioCallControl(ACCOUNT, TOKEN, base_url=emulated_twilio)
                await control.transfer(rung.call_id, "+12025550188", "One moment.")
                assert call_sid not in served.desk.left
                await control.hang_up(rung.call_id)
                assert await status_of(outside, call_sid) == "completed"
                await told(outside, call_sid)
                assert call_sid in served.desk.left
                assert tunnel.exchanges[-1].status == 204
                # A call that it never had is over.
                await control.hang_up(CallId("CA" + "0" * 32))
                assert served.server.counters.refused == 0

    asyncio.run(main())


@pytest.mark.allow_warnings
def test_its_signature_for_another_key_is_refused(emulated_twilio: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with serving() as served, http_client(emulated_twilio) as outside:
            with HttpTap(served.local_url) as tunnel:
                served.server.signers.append(Signer(tunnel.url, "another key"))
                pointer = NumberPointer(account_at(emulated_twilio), tmp_path / "number.json")
                await pointer.point_here(NUMBER, Addresses(tunnel.url + VOICE_PATH, "", ""))
                await ring(outside)
                assert [exchange.status for exchange in tunnel.exchanges] == [403]
                assert served.desk.rings == []

    asyncio.run(main())


async def ring(outside: httpx.AsyncClient) -> str:
    """Let a call come in; returns its CallSid once our server has answered."""
    answer = await outside.post(
        "/_twilio/simulate/inbound-call", data={"To": NUMBER, "From": CALLER}, auth=(ACCOUNT, TOKEN)
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["sid"])


async def status_of(outside: httpx.AsyncClient, call_sid: str) -> str:
    answer = await outside.get(f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{call_sid}.json", auth=(ACCOUNT, TOKEN))
    return str(answer.json()["status"])


async def told(outside: httpx.AsyncClient, call_sid: str) -> None:
    """Let the emulation say that the call is over, to the number's status address."""
    answer = await outside.post(
        "/_twilio/simulate/call-status",
        data={"CallSid": call_sid, "Status": "completed"},
        auth=(ACCOUNT, TOKEN),
    )
    assert answer.status_code == 200, answer.text
