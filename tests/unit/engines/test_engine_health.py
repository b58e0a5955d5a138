"""Which engine is trusted when, and who is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from copilot_desktop.calls.engine_status import EnginePart, EngineState, EngineStatus
from copilot_desktop.calls.errors import EngineFault, EngineRejected
from copilot_desktop.calls.events import CallId
from copilot_desktop.engines.engine_health import EngineHealth, fault_in
from tests.support.virtual_time import run_virtual

CALL, OTHER = CallId("call-1"), CallId("call-2")

pytestmark = pytest.mark.allow_warnings


class Told:
    """All that a health told."""

    def __init__(self) -> None:
        self.switches: list[tuple[CallId | None, EngineFault, bool]] = []
        self.states: list[EngineStatus] = []

    def health(self, *names: str | Callable[[], str]) -> EngineHealth:
        return EngineHealth(
            EnginePart.WRITER,
            names or ("remote", "embedded"),
            on_change=self.states.append,
            on_switch=lambda call, part, fault, is_recovered: self.switches.append(
                (call, fault, is_recovered)
            ),
        )


def test_two_failures_in_a_row_put_an_engine_behind_the_others() -> None:
    async def main() -> None:
        health = Told().health()
        health.failed(0, EngineFault.TOO_SLOW)
        assert list(health.attempts()) == [(0, False), (1, True)]
        health.works(0, 300)
        health.failed(0, EngineFault.TOO_SLOW)
        assert list(health.attempts()) == [(0, False), (1, True)]
        health.failed(0, EngineFault.TOO_SLOW)
        assert list(health.attempts()) == [(1, True), (0, False)]
        health.works(0, 300)
        assert list(health.attempts()) == [(0, False), (1, True)]

    run_virtual(main())


def test_a_minute_without_any_trial_makes_it_worth_a_try() -> None:
    async def main() -> None:
        health = Told().health()
        for _ in range(2):
            health.failed(0, EngineFault.UNREACHABLE)
        await asyncio.sleep(59)
        assert [index for index, _ in health.attempts()] == [1, 0]
        await asyncio.sleep(1.5)
        assert [index for index, _ in health.attempts()] == [0, 1]
        health.failed(0, EngineFault.UNREACHABLE)
        assert [index for index, _ in health.attempts()] == [1, 0]

    run_virtual(main())


@pytest.mark.parametrize("fault", [fault for fault in EngineFault if fault.is_lasting])
def test_what_only_a_person_can_mend_is_not_tried_again(fault: EngineFault) -> None:
    async def main() -> None:
        health = Told().health()
        health.failed(0, fault)
        await asyncio.sleep(3600)
        assert [index for index, _ in health.attempts()] == [1]
        assert health.wait_s(0) is None
        assert not health.begin_trial(0)
        health.reconsider()
        assert [index for index, _ in health.attempts()] == [0, 1]
        assert health.status().state is EngineState.READY

    run_virtual(main())


def test_trials_come_one_at_a_time_and_ever_more_rarely() -> None:
    async def main() -> None:
        health = Told().health()
        assert not health.begin_trial(0)
        health.failed(0, EngineFault.TOO_SLOW)
        waits = []
        for _ in range(8):
            health.failed(0, EngineFault.TOO_SLOW)
            waits.append(health.wait_s(0))
            await asyncio.sleep((health.wait_s(0) or 0) - 0.01)
            assert not health.begin_trial(0)
            await asyncio.sleep(0.02)
            assert health.begin_trial(0)
            assert not health.begin_trial(0)
        assert waits == [2, 4, 8, 16, 32, 60, 60, 60]
        health.give_up_trial(0)
        assert health.begin_trial(0)

    run_virtual(main())


def test_many_calls_failing_at_one_moment_are_one_failure() -> None:
    async def main() -> None:
        health = Told().health()
        for _ in range(25):
            health.failed(0, EngineFault.SERVER_FAILED)
        assert health.wait_s(0) == 2

    run_virtual(main())


def test_a_call_is_told_once_that_another_serves_and_once_that_it_is_over() -> None:
    async def main() -> None:
        told = Told()
        health = told.health()
        health.served(0, 400, CALL)
        health.failed(0, EngineFault.TOO_SLOW)
        for _ in range(3):
            health.served(1, 90, CALL)
        assert told.switches == [(CALL, EngineFault.TOO_SLOW, False)]
        for _ in range(3):
            health.served(0, 400, CALL)
        assert told.switches[1:] == [(CALL, EngineFault.TOO_SLOW, True)]
        health.served(0, 400, OTHER)
        assert len(told.switches) == 2

    run_virtual(main())


def test_a_call_with_two_ears_is_well_again_when_both_are() -> None:
    async def main() -> None:
        told = Told()
        health = told.health()
        health.failed(0, EngineFault.BROKEN_OFF)
        health.served(1, 90, CALL, "caller")
        health.served(1, 90, CALL, "agent")
        health.served(0, 90, CALL, "caller")
        assert len(told.switches) == 1
        health.leave(CALL, "agent")
        assert told.switches[1:] == [(CALL, EngineFault.BROKEN_OFF, True)]

    run_virtual(main())


def test_the_end_of_a_call_is_no_recovery() -> None:
    async def main() -> None:
        told = Told()
        health = told.health()
        health.failed(0, EngineFault.BROKEN_OFF)
        health.served(1, 90, CALL, "caller")
        health.leave(CALL, "caller")
        health.leave(CALL, "caller")
        health.served(1, 90, OTHER)
        health.forget(OTHER)
        assert [is_recovered for _, _, is_recovered in told.switches] == [False, False]

    run_virtual(main())


def test_status_names_who_works_and_why_not_the_first() -> None:
    async def main() -> None:
        told = Told()
        model = "remote one"
        health = told.health(lambda: model, "embedded")
        assert health.status().name == "remote one"
        model = "remote two"
        health.served(0, 412, CALL)
        health.failed(0, EngineFault.NO_CREDIT)
        health.served(1, 90, CALL)
        health.failed(1, EngineFault.NOT_LOADED)
        ready, backup, timed, failed = told.states
        assert (ready.state, ready.name, ready.latency_ms) == (EngineState.READY, "remote two", 412)
        assert (backup.state, backup.name, backup.fault) == (
            EngineState.BACKUP,
            "embedded",
            EngineFault.NO_CREDIT,
        )
        assert timed.latency_ms == 90
        assert (failed.state, failed.fault) == (EngineState.FAILED, EngineFault.NO_CREDIT)

    run_virtual(main())


def test_a_latency_that_hardly_moves_is_no_news() -> None:
    async def main() -> None:
        told = Told()
        health = told.health()
        for latency_ms in (400, 410, 395, 700):
            health.served(0, latency_ms, CALL)
        assert [status.latency_ms for status in told.states] == [400, 700]

    run_virtual(main())


def test_with_nothing_left_the_last_ones_fault_is_told() -> None:
    async def main() -> None:
        health = Told().health()
        health.failed(0, EngineFault.NO_CREDIT)
        health.failed(1, EngineFault.KEY_REFUSED)
        assert list(health.attempts()) == []
        refusal = health.refusal()
        assert isinstance(refusal, EngineRejected)
        assert (refusal.engine, refusal.fault) == ("embedded", EngineFault.KEY_REFUSED)

    run_virtual(main())


def test_a_mistake_of_ours_is_logged_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(KeyError) as raised:
        raise KeyError("my secret is +1 202 555 0143")
    assert fault_in(raised.value) is EngineFault.BAD_ANSWER
    assert "KeyError" in caplog.text
    assert "test_a_mistake_of_ours" in caplog.text
    assert "555" not in caplog.text


def test_a_part_without_engines_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one"):
        EngineHealth(EnginePart.VOICE, ())
