"""The phone line's checklist, its losses and returns, under virtual time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest

from copilot_desktop.calls.line import LineError, LineProblem, LineStatus, Step, StepState
from copilot_desktop.telephony.admission import Signer
from copilot_desktop.telephony.line import LineSettings, PhoneLine
from tests.conftest import Run
from tests.support.fake_line_parts import NUMBER, FakeAsker, FakePointer, FakeServer, FakeTunnel

KEY = "made-up-auth-token"
DONE, FAILED, WAITING, WORKING = StepState.DONE, StepState.FAILED, StepState.WAITING, StepState.WORKING


@pytest.fixture(autouse=True)
def _no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda low, high: (low + high) / 2)


class Desk:
    """A line and all around it."""

    def __init__(self, *tunnels: FakeTunnel, has_calls: bool = False, **settings: Any) -> None:
        self.tunnels = tunnels or (FakeTunnel(),)
        self.server, self.pointer, self.asker = FakeServer(), FakePointer(), FakeAsker()
        self.published: list[LineStatus] = []
        self.has_calls = has_calls
        self.line = PhoneLine(
            self.server,
            self.tunnels,
            self.pointer,
            LineSettings(**{"number": NUMBER, "auth_token": KEY, **settings}),
            self.published.append,
            asker=self.asker,
            has_calls=lambda: self.has_calls,
        )

    @property
    def status(self) -> LineStatus:
        """How the line stands."""
        return self.line.status

    @property
    def tunnel(self) -> FakeTunnel:
        """The first tunnel."""
        return self.tunnels[0]

    def states(self) -> list[StepState]:
        """How each step stands."""
        return [view.state for view in self.status.steps]

    async def until(self, condition: Callable[[], bool], within_s: float = 1000.0) -> float:
        """Wait, and return how long it took."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        async with asyncio.timeout(within_s):
            while not condition():
                await asyncio.sleep(0.05)
        return loop.time() - began_s

    async def until_open(self) -> float:
        """Wait until it is open."""
        return await self.until(lambda: self.status.is_open)

    async def until_lost(self) -> float:
        """Wait until it is not."""
        return await self.until(lambda: not self.status.is_open)


@contextlib.asynccontextmanager
async def opened(desk: Desk) -> AsyncIterator[Desk]:
    """Open the line, and close it at the end."""
    await desk.line.open()
    try:
        yield desk
    finally:
        await desk.line.close()
        assert not any(tunnel.is_open for tunnel in desk.tunnels)


def failing(*problems: LineProblem) -> list[LineError]:
    """Return errors with these problems."""
    return [LineError(problem) for problem in problems]


def first_views(published: Sequence[LineStatus], state: StepState) -> list[Step]:
    """Return the steps in the order in which each was first seen in a state."""
    seen: list[Step] = []
    for status in published:
        seen += [view.step for view in status.steps if view.state is state and view.step not in seen]
    return seen


def test_the_whole_checklist_to_open(run: Run[None]) -> None:
    async def main() -> None:
        async with opened(Desk(fallback_url="https://fallback.example/")) as desk:
            status = await desk.line.settled()
            assert status.is_open
            assert desk.states() == [DONE, DONE, DONE, DONE, WAITING]
            assert (status.public_url, status.tunnel) == ("https://cloudflared-1.example", "cloudflared")
            assert (status.number, status.is_wanted, status.problem) == (NUMBER, True, None)
            assert (status.tries, status.lost_at) == (0, None)
            assert status.view(Step.HELPER).detail == "1.0"
            (write,) = desk.pointer.writes
            assert write.voice_url == "https://cloudflared-1.example/twilio/voice"
            assert write.status_callback == "https://cloudflared-1.example/twilio/status"
            assert write.fallback_url == "https://fallback.example/"

    run(main())


def test_requests_are_let_in_before_the_number_is_written(run: Run[None]) -> None:
    async def main() -> None:
        desk = Desk()
        let_in: list[list[str]] = []
        is_open: list[bool] = []

        def on_write(_: object) -> None:
            let_in.append([signer.base_url for signer in desk.server.signers])
            is_open.append(desk.status.is_open)

        desk.pointer.on_write = on_write
        async with opened(desk):
            await desk.until_open()
            assert let_in == [["https://cloudflared-1.example"]]
            assert is_open == [False]

    run(main())


def test_a_signed_call_is_the_last_step(run: Run[None]) -> None:
    async def main() -> None:
        async with opened(Desk()) as desk:
            await desk.until_open()
            desk.server.on_signed_call(Signer("http://127.0.0.1:1", "another-secret", is_practice=True))
            assert desk.status.view(Step.TEST_CALL).state is WAITING
            desk.server.on_signed_call(desk.server.signers[0])
            assert desk.status.view(Step.TEST_CALL).state is DONE
            desk.tunnel.lose()
            await desk.until_lost()
            await desk.until_open()
            assert desk.status.view(Step.TEST_CALL).state is DONE

    run(main())


@pytest.mark.parametrize("missing", [{"number": ""}, {"auth_token": ""}])
def test_nothing_happens_while_something_is_missing(run: Run[None], missing: dict[str, Any]) -> None:
    async def main() -> None:
        async with opened(Desk(**missing)) as desk:
            status = await desk.line.settled()
            assert not status.is_wanted
            assert desk.tunnel.opened_at_s == []
            desk.line.set_up_again()
            assert not (await desk.line.settled()).is_wanted

    run(main())


def test_no_tunnel_at_all(run: Run[None]) -> None:
    async def main() -> None:
        desk = Desk()
        line = PhoneLine(
            desk.server, [], desk.pointer, LineSettings(number=NUMBER, auth_token=KEY), desk.published.append
        )
        await line.open()
        assert (await line.settled()).problem is LineProblem.NOT_SET_UP
        await line.close()

    run(main())


# Losses.


def test_a_lost_tunnel_is_opened_again_and_the_number_told(run: Run[None]) -> None:
    async def main() -> None:
        async with opened(Desk()) as desk:
            await desk.until_open()
            await asyncio.sleep(100)
            desk.tunnel.lose()
            assert await desk.until_lost() < 1
            # After so long the next try begins at once.
            assert (desk.status.tries, desk.states()[:2]) == (1, [DONE, WORKING])
            assert desk.status.lost_at is not None
            assert await desk.until_open() < 2
            assert desk.pointer.voice_url == "https://cloudflared-2.example/twilio/voice"
            assert [signer.base_url for signer in desk.server.signers] == [
                "https://cloudflared-1.example",
                "https://cloudflared-2.example",
            ]
            after = desk.status
            assert (after.tries, after.lost_at) == (0, None)

    run(main())


def test_a_number_is_written_before_the_line_counts_as_open_again(run: Run[None]) -> None:
    async def main() -> None:
        async with opened(Desk()) as desk:
            await desk.until_open()
            desk.pointer.errors = failing(LineProblem.CARRIER_UNREACHABLE, LineProblem.CARRIER_BUSY)
            desk.tunnel.lose()
            await desk.until_lost()
            await desk.until(lambda: desk.status.problem is LineProblem.CARRIER_UNREACHABLE)
            assert desk.states()[:4] == [DONE, DONE, DONE, FAILED]
            assert await desk.until_open() < 5
            assert desk.pointer.voice_url == "https://cloudflared-2.example/twilio/voice"

    run(main())


def test_an_address_that_leads_nowhere_is_seen_within_ten_seconds(run: Run[None]) -> None:
    async def main() -> None:
        async with opened(Desk()) as desk:
            await desk.until_open()
            await asyncio.sleep(100)
            desk.asker.slow_s = 3.0
            desk.asker.everything = LineProblem.ADDRESS_NOT_REACHABLE
            assert await desk.until_lost() <= 10
            assert desk.status.problem is LineProblem.ADDRESS_LOST
            assert desk.states()[:4] == [DONE, DONE, FAILED, WAITING]

    run(main())


def test_one_answer_that_does_not_come_is_no_loss(run: Run[None]) -> None:
    async def main() -> None:
        async with opened(Desk()) as desk:
            await desk.until_open()
            asked = len(desk.asker.asked)
            desk.asker.everything = LineProblem.ADDRESS_NOT_REACHABLE
            await desk.until(lambda: len(desk.asker.asked) > asked)
            desk.asker.everything = None
            await asyncio.sleep(60)
            assert all(status.is_open for status in desk.published[-1:])
            assert len(desk.tunnel.opened_at_s) == 1

    run(main())


def test_an_address_that_comes_back_is_kept(run: Run[None]) -> None:
    async def main() -> None:
        async with opened(Desk()) as desk:
            await desk.until_open()
            desk.asker.everything = LineProblem.ADDRESS_NOT_REACHABLE
            await desk.until_lost()
            await asyncio.sleep(5)
            desk.asker.everything = None
            assert await desk.until_open() < 10
            assert len(desk.tunnel.opened_at_s) == 1
            assert desk.pointer.voice_url == "https://cloudflared-1.example/twilio/voice"

    run(main())


def test_an_address_that_stays_away_is_replaced(run: Run[None]) -> None:
    async def main() -> None:
        async with opened(Desk()) as desk:
            await desk.until_open()
            desk.asker.bad["https://cloudflared-1.example"] = LineProblem.ADDRESS_ELSEWHERE
            await desk.until_lost()
            assert desk.status.problem is LineProblem.ADDRESS_ELSEWHERE
            assert await desk.until_open() < 60
            assert desk.status.public_url == "https://cloudflared-2.example"

    run(main())


def test_a_tunnel_is_not_replaced_under_a_call(run: Run[None]) -> None:
    async def main() -> None:
        async with opened(Desk(has_calls=True)) as desk:
            await desk.until_open()
            desk.asker.bad["https://cloudflared-1.example"] = LineProblem.ADDRESS_NOT_REACHABLE
            await desk.until_lost()
            await asyncio.sleep(600)
            assert desk.tunnel.is_open
            assert len(desk.tunnel.opened_at_s) == 1
            desk.has_calls = False
            assert await desk.until_open() < 60

    run(main())


def test_an_own_address_is_waited_for(run: Run[None]) -> None:
    async def main() -> None:
        tunnel = FakeTunnel("own")
        tunnel.is_own = True
        async with opened(Desk(tunnel)) as desk:
            await desk.until_open()
            desk.asker.everything = LineProblem.ADDRESS_NOT_REACHABLE
            await desk.until_lost()
            await asyncio.sleep(600)
            assert len(tunnel.opened_at_s) == 1
            assert desk.status.tries >= 10
            desk.asker.everything = None
            assert await desk.until_open() <= 40

    run(main())


def test_pauses_grow_to_thirty_seconds(run: Run[None]) -> None:
    async def main() -> None:
        desk = Desk()
        desk.tunnel.errors = failing(*[LineProblem.HELPER_STOPPED] * 8)
        async with opened(desk):
            await desk.until_open()
            times = desk.tunnel.opened_at_s
            gaps = [round(after - before - 0.5) for before, after in zip(times, times[1:], strict=False)]
            assert gaps == [1, 2, 4, 8, 16, 30, 30, 30]

    run(main())


def test_a_line_that_keeps_breaking_is_not_hammered(run: Run[None]) -> None:
    async def main() -> None:
        async with opened(Desk()) as desk:
            for _ in range(5):
                await desk.until_open()
                desk.tunnel.lose()
                await desk.until_lost()
            await desk.until_open()
            times = desk.tunnel.opened_at_s
            assert times[-1] - times[-2] >= 16

    run(main())


def test_without_reconnecting_a_loss_stays(run: Run[None]) -> None:
    async def main() -> None:
        async with opened(Desk(is_reconnecting=False)) as desk:
            await desk.until_open()
            desk.tunnel.lose()
            await desk.until_lost()
            await asyncio.sleep(600)
            assert desk.status.problem is LineProblem.HELPER_STOPPED
            assert len(desk.tunnel.opened_at_s) == 1
            desk.line.set_up_again()
            assert (await desk.line.settled()).is_open
            assert len(desk.tunnel.opened_at_s) == 2

    run(main())


# The number.


def test_an_account_that_refuses_is_not_asked_again_and_again(run: Run[None]) -> None:
    async def main() -> None:
        desk = Desk()
        desk.pointer.errors = failing(*[LineProblem.ACCOUNT_REFUSED] * 3)
        async with opened(desk):
            status = await desk.line.settled()
            assert (status.problem, status.is_open) == (LineProblem.ACCOUNT_REFUSED, False)
            await asyncio.sleep(200)
            assert desk.pointer.requests == 1
            desk.pointer.errors = []
            desk.line.set_up_again()
            assert (await desk.line.settled()).is_open

    run(main())


def test_a_number_that_had_the_address_is_trusted_while_the_carrier_is_away(run: Run[None]) -> None:
    async def main() -> None:
        async with opened(Desk()) as desk:
            await desk.until_open()
            desk.asker.everything = LineProblem.ADDRESS_NOT_REACHABLE
            await desk.until_lost()
            desk.asker.everything = None
            desk.pointer.errors = failing(*[LineProblem.CARRIER_UNREACHABLE] * 2)
            await desk.until_open()
            assert len(desk.pointer.writes) == 1
            requests = desk.pointer.requests
            await asyncio.sleep(90)
            # It was read all the same, once that was possible.
            assert len(desk.pointer.writes) == 2
            assert desk.pointer.requests == requests + 2
            assert desk.status.is_open

    run(main())


def test_a_number_that_another_program_takes_is_noticed(run: Run[None]) -> None:
    async def main() -> None:
        async with opened(Desk()) as desk:
            await desk.until_open()
            await asyncio.sleep(250)
            assert desk.pointer.requests == 1
            desk.pointer.errors = failing(*[LineProblem.NUMBER_ELSEWHERE] * 2)
            await asyncio.sleep(100)
            assert desk.status.problem is LineProblem.NUMBER_ELSEWHERE
            assert len(desk.tunnel.opened_at_s) == 1

    run(main())


def test_a_changed_number_is_looked_at_at_once(run: Run[None]) -> None:
    async def main() -> None:
        desk = Desk()
        desk.pointer.errors = failing(LineProblem.NUMBER_ELSEWHERE)
        async with opened(desk):
            assert (await desk.line.settled()).problem is LineProblem.NUMBER_ELSEWHERE
            desk.line.number_changed()
            await asyncio.sleep(1)
            assert desk.status.is_open
            desk.pointer.errors = failing(*[LineProblem.NUMBER_ELSEWHERE] * 2)
            desk.line.number_changed()
            await asyncio.sleep(4)
            assert desk.status.problem is LineProblem.NUMBER_ELSEWHERE
            assert len(desk.tunnel.opened_at_s) == 1

    run(main())


def test_the_tunnel_is_watched_while_the_number_waits(run: Run[None]) -> None:
    async def main() -> None:
        desk = Desk()
        desk.pointer.errors = failing(*[LineProblem.ACCOUNT_SUSPENDED] * 2)
        async with opened(desk):
            await desk.line.settled()
            desk.tunnel.lose()
            await desk.until(lambda: len(desk.tunnel.opened_at_s) == 2)

    run(main())


# Automatic.


def test_the_first_that_works(run: Run[None]) -> None:
    async def main() -> None:
        first, second, third = FakeTunnel("ngrok"), FakeTunnel("cloudflared"), FakeTunnel("localtunnel")
        first.errors = failing(LineProblem.HELPER_REFUSED)
        second.helper_error = LineError(LineProblem.HELPER_MISSING)
        async with opened(Desk(first, second, third)) as desk:
            await desk.until_open()
            assert desk.status.tunnel == "localtunnel"
            assert [(each.tunnel, each.error.problem) for each in desk.line.attempts] == [
                ("ngrok", LineProblem.HELPER_REFUSED),
                ("cloudflared", LineProblem.HELPER_MISSING),
            ]
            assert "helper_refused" in desk.line.details

    run(main())


def test_the_one_that_worked_is_tried_first_next_time(run: Run[None]) -> None:
    async def main() -> None:
        first, second = FakeTunnel("ngrok"), FakeTunnel("cloudflared")
        first.errors = failing(LineProblem.HELPER_REFUSED)
        async with opened(Desk(first, second)) as desk:
            await desk.until_open()
            second.lose()
            await desk.until_lost()
            await desk.until_open()
            assert (len(first.opened_at_s), len(second.opened_at_s)) == (1, 2)
            desk.line.set_up_again()
            await desk.until(lambda: desk.status.tunnel == "ngrok" and desk.status.is_open)

    run(main())


def test_an_unreachable_address_leads_to_the_next_tunnel(run: Run[None]) -> None:
    async def main() -> None:
        desk = Desk(FakeTunnel("ngrok"), FakeTunnel("cloudflared"))
        desk.asker.bad["https://ngrok-1.example"] = LineProblem.ADDRESS_NOT_REACHABLE
        async with opened(desk):
            assert await desk.until_open() < 40
            assert desk.status.tunnel == "cloudflared"
            assert not desk.tunnel.is_open
            assert desk.pointer.voice_url == "https://cloudflared-1.example/twilio/voice"

    run(main())


def test_when_none_works_the_one_that_got_furthest_is_shown(run: Run[None]) -> None:
    async def main() -> None:
        desk = Desk(FakeTunnel("ngrok"), FakeTunnel("cloudflared"))
        desk.asker.bad["https://ngrok-1.example"] = LineProblem.ADDRESS_ELSEWHERE
        desk.tunnels[1].helper_error = LineError(LineProblem.HELPER_MISSING)
        async with opened(desk):
            status = await desk.line.settled()
            assert (status.tunnel, status.problem) == ("ngrok", LineProblem.ADDRESS_ELSEWHERE)
            assert desk.states()[:3] == [DONE, DONE, FAILED]

    run(main())


def test_a_tunnel_that_dies_while_it_is_being_reached(run: Run[None]) -> None:
    async def main() -> None:
        desk = Desk()
        desk.asker.bad["https://cloudflared-1.example"] = LineProblem.ADDRESS_NOT_REACHABLE
        async with opened(desk):
            await desk.until(lambda: desk.status.view(Step.REACHABLE).state is WORKING)
            desk.tunnel.lose()
            assert await desk.until_open() < 5

    run(main())


def test_a_tunnel_that_is_refused_does_not_hold_up_the_others(run: Run[None]) -> None:
    async def main() -> None:
        first, second = FakeTunnel("ngrok"), FakeTunnel("cloudflared")
        first.errors = failing(*[LineProblem.HELPER_REFUSED] * 5)
        second.errors = failing(LineProblem.ADDRESS_NOT_REACHABLE)
        async with opened(Desk(first, second)) as desk:
            assert (await desk.line.settled()).problem is LineProblem.HELPER_REFUSED
            assert await desk.until_open() < 5

    run(main())


def test_a_tunnel_that_is_refused_is_not_asked_again_and_again(run: Run[None]) -> None:
    async def main() -> None:
        desk = Desk()
        desk.tunnel.errors = failing(*[LineProblem.HELPER_REFUSED] * 2)
        async with opened(desk):
            assert 600 <= await desk.until_open() < 605

    run(main())


@pytest.mark.allow_warnings
def test_a_fault_of_ours_is_not_the_end(run: Run[None]) -> None:
    async def main() -> None:
        desk = Desk()

        def explode(_: object) -> None:
            desk.pointer.on_write = lambda addresses: None
            raise RuntimeError("a fault")

        desk.pointer.on_write = explode
        async with opened(desk):
            assert await desk.until_open() < 10

    run(main())


# Orders, and what is told.


def test_set_up_again_in_the_middle_of_a_pause(run: Run[None]) -> None:
    async def main() -> None:
        desk = Desk()
        desk.tunnel.errors = failing(*[LineProblem.HELPER_STOPPED] * 7)
        async with opened(desk):
            await desk.until(lambda: len(desk.tunnel.opened_at_s) == 6)
            await asyncio.sleep(1)
            desk.tunnel.errors = []
            desk.line.set_up_again()
            assert await desk.until_open() < 2

    run(main())


@pytest.mark.parametrize("after_s", [0.0, 0.2, 0.6, 1.0, 5.0])
def test_closing_at_any_moment_leaves_nothing(run: Run[None], after_s: float) -> None:
    async def main() -> None:
        async with opened(Desk()) as desk:
            await asyncio.sleep(after_s)
        told = len(desk.published)
        await desk.line.close()
        await asyncio.sleep(10)
        assert len(desk.published) == told

    run(main())


def test_every_step_is_seen_and_in_order(run: Run[None]) -> None:
    async def main() -> None:
        async with opened(Desk()) as desk:
            await desk.until_open()
            desk.asker.everything = LineProblem.ADDRESS_NOT_REACHABLE
            await desk.until_lost()
            await asyncio.sleep(1)
        assert first_views(desk.published, DONE) == [Step.HELPER, Step.CONNECTED, Step.REACHABLE, Step.NUMBER]
        assert desk.published[-1].problem is LineProblem.ADDRESS_LOST

    run(main())


def test_it_is_told_at_most_ten_times_a_second(run: Run[None]) -> None:
    async def main() -> None:
        desk = Desk()
        desk.tunnel.errors = failing(*[LineProblem.HELPER_STOPPED] * 5)
        async with opened(desk):
            await desk.until_open()
            await asyncio.sleep(1)
            span_s = asyncio.get_running_loop().time() - desk.tunnel.opened_at_s[0] + 1
            assert len(desk.published) <= span_s * 10
            assert desk.published[-1] == desk.status

    run(main())


def test_nothing_private_in_the_details(run: Run[None]) -> None:
    async def main() -> None:
        async with opened(Desk()) as desk:
            await desk.until_open()
            assert KEY not in desk.line.details
            assert NUMBER not in desk.line.details
            assert KEY not in repr(desk.line.status)

    run(main())
