"""Pointing the number here and putting it back, against a server of ours that answers as Twilio does."""

from __future__ import annotations

import asyncio
import json
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from copilot_desktop.calls.line import LineError, LineProblem
from copilot_desktop.telephony.account import TwilioAccount
from copilot_desktop.telephony.number import Addresses, NumberPointer, outage_url
from copilot_desktop.telephony.rest import TwilioRest
from tests.support.twilio_rest import RestNumber, TwilioRestPeer

NUMBER = "+12025550123"
OLD = "https://old.example.com/voice"


@pytest.fixture
def peer() -> Iterator[TwilioRestPeer]:
    with TwilioRestPeer() as running:
        yield running


@pytest.fixture
def number(peer: TwilioRestPeer) -> RestNumber:
    peer.add_number(NUMBER + "9")
    return peer.add_number(
        NUMBER,
        "Support line",
        voice_url=OLD,
        voice_method="GET",
        voice_fallback_url="https://old.example.com/fallback",
        voice_fallback_method="GET",
        status_callback="https://old.example.com/status",
        status_callback_method="GET",
    )


@pytest.fixture
def keep_file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "number.json"


def pointer(peer: TwilioRestPeer, keep_file: Path) -> NumberPointer:
    account = TwilioAccount(
        TwilioRest(peer.account.sid, peer.account.auth_token, base_url=peer.url, timeout_s=5, tries=1)
    )
    return NumberPointer(account, keep_file)


def addresses(host: str) -> Addresses:
    base = f"https://{host}.example.com"
    return Addresses(f"{base}/twilio/voice", "https://outage.example.com/sorry", f"{base}/twilio/status")


def state(number: RestNumber) -> dict[str, object]:
    return {name: value for name, value in vars(number).items() if name != "date_updated"}


async def refusal(work: object) -> LineError:
    with pytest.raises(LineError) as failed:
        await work  # type: ignore[misc]
    return failed.value


def test_pointed_here_and_put_back(peer: TwilioRestPeer, number: RestNumber, keep_file: Path) -> None:
    before = state(number)

    async def main() -> None:
        here = pointer(peer, keep_file)
        assert here.kept() is None
        found = await here.point_here("+1 202 555 0123", addresses("one"))
        assert (found.voice_url, found.voice_method) == ("https://one.example.com/twilio/voice", "POST")
        assert (number.voice_url, number.voice_method) == (found.voice_url, "POST")
        assert number.voice_fallback_url == "https://outage.example.com/sorry"
        assert number.voice_fallback_method == number.status_callback_method == "POST"
        assert number.status_callback == "https://one.example.com/twilio/status"
        kept = here.kept()
        assert kept is not None
        assert (kept.voice_url, kept.voice_method, kept.label) == (OLD, "GET", "Support line")
        restored = await here.put_back()
        assert restored == kept
        assert here.kept() is None
        assert await here.put_back() is None

    asyncio.run(main())
    assert state(number) == before


def test_what_was_there_survives_restarts_and_new_addresses(
    peer: TwilioRestPeer, number: RestNumber, keep_file: Path
) -> None:
    before = state(number)

    async def main() -> None:
        for host in ("one", "two", "three"):
            await pointer(peer, keep_file).point_here(NUMBER, addresses(host))
        # An address that somebody else wrote meanwhile is not what the owner had.
        number.voice_url = "https://stranger.example.com/"
        await pointer(peer, keep_file).point_here(NUMBER, addresses("four"))
        kept = pointer(peer, keep_file).kept(NUMBER)
        assert kept is not None
        assert kept.voice_url == OLD
        await pointer(peer, keep_file).put_back()

    asyncio.run(main())
    assert state(number) == before


def test_nothing_is_written_that_stands_already(
    peer: TwilioRestPeer, number: RestNumber, keep_file: Path
) -> None:
    async def main() -> None:
        here = pointer(peer, keep_file)
        await here.point_here(NUMBER, addresses("one"))
        first = len(peer.writes)
        await here.point_here(NUMBER, addresses("one"))
        assert (first, len(peer.writes)) == (1, 1)
        await here.point_here(NUMBER, addresses("two"))
        assert set(peer.writes[1].form) == {"VoiceUrl", "StatusCallback"}

    asyncio.run(main())


@pytest.mark.parametrize(
    ("field", "sid"), [("voice_application_sid", "AP" + "1" * 32), ("trunk_sid", "TK" + "1" * 32)]
)
def test_what_takes_the_calls_first_is_told_then_cleared_then_restored(
    peer: TwilioRestPeer, number: RestNumber, keep_file: Path, field: str, sid: str
) -> None:
    setattr(number, field, sid)
    before = state(number)

    async def main() -> None:
        here = pointer(peer, keep_file)
        error = await refusal(here.point_here(NUMBER, addresses("one")))
        assert error.problem is LineProblem.NUMBER_OVERRIDDEN
        assert (await here.look(NUMBER)).problem is LineProblem.NUMBER_OVERRIDDEN
        assert (state(number), here.kept()) == (before, None)
        found = await here.point_here(NUMBER, addresses("one"), clears_override=True)
        assert not found.is_overridden
        assert getattr(number, field) == ""
        await here.put_back()

    asyncio.run(main())
    assert state(number) == before


def test_a_change_that_was_only_confirmed_is_noticed(
    peer: TwilioRestPeer, number: RestNumber, keep_file: Path
) -> None:
    async def main() -> None:
        here = pointer(peer, keep_file)
        peer.is_forgetful = True
        error = await refusal(here.point_here(NUMBER, addresses("one")))
        assert error.problem is LineProblem.NUMBER_NOT_WRITTEN
        peer.is_forgetful = False
        await here.point_here(NUMBER, addresses("one"))
        peer.is_forgetful = True
        assert (await refusal(here.put_back())).problem is LineProblem.NUMBER_NOT_WRITTEN
        assert here.kept() is not None

    asyncio.run(main())
    assert number.voice_url == addresses("one").voice_url


def test_it_is_kept_before_it_is_written(peer: TwilioRestPeer, number: RestNumber, keep_file: Path) -> None:
    async def main() -> None:
        # The number is looked up; then the change is made, and the answer is lost.
        peer.let_pass()
        peer.drop(is_late=True)
        error = await refusal(pointer(peer, keep_file).point_here(NUMBER, addresses("one")))
        assert error.problem is LineProblem.CARRIER_UNREACHABLE
        assert number.voice_url == addresses("one").voice_url
        again = pointer(peer, keep_file)
        assert (await again.look(NUMBER)).is_ours
        await again.put_back()

    asyncio.run(main())
    assert number.voice_url == OLD


def test_several_desktops_on_one_number(peer: TwilioRestPeer, number: RestNumber, tmp_path: Path) -> None:
    async def main() -> None:
        mine, other = pointer(peer, tmp_path / "mine.json"), pointer(peer, tmp_path / "other.json")
        look = await mine.look(NUMBER)
        assert (look.problem, look.is_ours, look.kept) == (LineProblem.NUMBER_ELSEWHERE, False, None)
        assert look.changed_at == datetime(2026, 5, 3, 9, 30, tzinfo=UTC)
        await mine.point_here(NUMBER, addresses("mine"))
        look = await mine.look(NUMBER)
        assert (look.problem, look.is_ours, look.changed_at) == (None, True, None)
        await other.point_here(NUMBER, addresses("other"))
        look = await mine.look(NUMBER)
        assert (look.problem, look.is_ours) == (LineProblem.NUMBER_ELSEWHERE, False)
        # At exit this program does not take the number from the other one.
        assert await mine.put_back(only_if_ours=True) is None
        assert number.voice_url == addresses("other").voice_url
        assert mine.kept() is not None
        # The owner's own order does.
        await mine.put_back()
        assert number.voice_url == OLD

    asyncio.run(main())


def test_kept_address_and_none_at_all_are_no_problem(
    peer: TwilioRestPeer, number: RestNumber, keep_file: Path
) -> None:
    async def main() -> None:
        here = pointer(peer, keep_file)
        await here.point_here(NUMBER, addresses("one"))
        for url in (OLD, "", "https://demo.twilio.com/welcome/voice/"):
            number.voice_url = url
            look = await here.look(NUMBER)
            assert (look.problem, look.is_ours) == (None, False)
        number.voice_url = addresses("one").voice_url
        assert (await pointer(peer, keep_file).look(NUMBER)).is_ours

    asyncio.run(main())


def test_each_number_has_its_own_memory(peer: TwilioRestPeer, number: RestNumber, keep_file: Path) -> None:
    second = peer.add_number("+12025550177", voice_url="https://second.example.com/")

    async def main() -> None:
        here = pointer(peer, keep_file)
        await here.point_here(NUMBER, addresses("one"))
        await here.point_here(second.phone_number, addresses("one"))
        assert [kept.number for kept in (here.kept(), here.kept(NUMBER)) if kept] == [
            second.phone_number,
            NUMBER,
        ]
        await here.put_back()
        await here.put_back()

    asyncio.run(main())
    assert (number.voice_url, second.voice_url) == (OLD, "https://second.example.com/")


def test_number_that_the_account_lost(peer: TwilioRestPeer, number: RestNumber, keep_file: Path) -> None:
    async def main() -> None:
        here = pointer(peer, keep_file)
        await here.point_here(NUMBER, addresses("one"))
        peer.numbers.remove(number)
        assert (await refusal(here.put_back())).problem is LineProblem.NUMBER_NOT_FOUND
        assert (await refusal(here.look(NUMBER))).problem is LineProblem.NUMBER_NOT_FOUND
        assert here.kept() is not None

    asyncio.run(main())


def test_the_file_is_for_its_owner_and_lost_it_does_no_harm(
    peer: TwilioRestPeer, number: RestNumber, keep_file: Path
) -> None:
    asyncio.run(pointer(peer, keep_file).point_here(NUMBER, addresses("one")))
    if sys.platform != "win32":
        assert stat.S_IMODE(keep_file.stat().st_mode) == 0o600
    assert [path.name for path in keep_file.parent.iterdir()] == [keep_file.name]
    keep_file.unlink()

    async def main() -> None:
        here = pointer(peer, keep_file)
        await here.point_here(NUMBER, addresses("one"))
        # Our own address is not what the owner had.
        assert here.kept() is None
        look = await here.look(NUMBER)
        assert (look.is_ours, look.problem) == (True, None)

    asyncio.run(main())


@pytest.mark.allow_warnings
@pytest.mark.parametrize("content", ["", "{", "[]", '{"numbers": {"PN1": {"found": {"sid": 3}}}}', "entry"])
def test_a_broken_file_is_put_aside(
    peer: TwilioRestPeer, number: RestNumber, keep_file: Path, content: str
) -> None:
    if content == "entry":
        found = {"sid": "PN1", "number": NUMBER, "voice_url": None}
        content = json.dumps({"numbers": {"PN1": {"found": found, "addresses": []}}})
    keep_file.parent.mkdir()
    keep_file.write_text(content)
    here = pointer(peer, keep_file)
    assert here.kept() is None
    assert keep_file.with_name("number.json.broken").read_text() == content
    asyncio.run(here.point_here(NUMBER, addresses("one")))
    assert json.loads(keep_file.read_text())["numbers"][number.sid]["found"]["voice_url"] == OLD


def test_what_cannot_be_kept_is_not_overwritten(
    peer: TwilioRestPeer, number: RestNumber, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    here = pointer(peer, tmp_path / "file" / "number.json")
    error = asyncio.run(refusal(here.point_here(NUMBER, addresses("one"))))
    assert error.problem is LineProblem.NUMBER_NOT_WRITTEN
    assert peer.writes == []


def test_outage_addresses() -> None:
    said = outage_url("message", message="We're closed; call 5 & 6 later? Größe!")
    assert said == (
        "https://twimlets.com/message?Message%5B0%5D="
        "We%27re%20closed%3B%20call%205%20%26%206%20later%3F%20Gr%C3%B6%C3%9Fe%21"
    )
    forward = outage_url("forward", forward_to="+1 (202) 555-0188")
    assert forward == "https://twimlets.com/forward?PhoneNumber=%2B12025550188"
    own = "https://handler.twilio.com/twiml/EH1"
    assert outage_url("address", url=f" {own} ") == own
    assert [outage_url(kind) for kind in ("nothing", "message", "forward", "address")] == [""] * 4


@pytest.mark.parametrize(
    ("kind", "value"),
    [("forward_to", "later"), ("url", "http://plain.example.com/"), ("url", "https://"), ("url", "later")],
)
def test_outage_address_that_cannot_work(kind: str, value: str) -> None:
    with pytest.raises(LineError) as refused:
        outage_url("forward" if kind == "forward_to" else "address", **{kind: value})
    assert refused.value.problem is LineProblem.ADDRESS_INVALID


def test_two_pointers_share_one_memory(peer: TwilioRestPeer, number: RestNumber, keep_file: Path) -> None:
    async def main() -> None:
        one, two = pointer(peer, keep_file), pointer(peer, keep_file)
        assert one.kept() is None
        await two.point_here(NUMBER, addresses("two"))
        assert one.kept() == two.kept() is not None
        await one.point_here(NUMBER, addresses("one"))
        assert (await two.look(NUMBER)).is_ours
        await two.put_back()
        assert one.kept() is None

    asyncio.run(main())
    assert number.voice_url == OLD
