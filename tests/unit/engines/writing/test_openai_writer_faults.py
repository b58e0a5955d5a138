"""What becomes of an answer when the server of the model does something wrong, over both protocols."""

from __future__ import annotations

import asyncio

import pytest

from copilot_desktop.calls.errors import EngineError, EngineFault, EngineRejected
from tests.support.openai_peer import KEY, Fault
from tests.support.writer_desk import (
    KINDS,
    MODELS,
    desk,
    drafts,
)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


FAULTS = {
    Fault.KEY_REFUSED: EngineFault.KEY_REFUSED,
    Fault.NO_CREDIT: EngineFault.NO_CREDIT,
    Fault.RATE_LIMITED: EngineFault.RATE_LIMITED,
    Fault.SERVER_ERROR: EngineFault.SERVER_FAILED,
    Fault.CUT_MIDWAY: EngineFault.BROKEN_OFF,
    Fault.GARBAGE: EngineFault.BAD_ANSWER,
    Fault.EMPTY: EngineFault.BAD_ANSWER,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_goes_wrong_is_told_as_what_it_is(kind: str, fault: Fault) -> None:
    async def main() -> None:
        async with desk(kind, "This is a long answer, and it goes on for quite a while. " * 3) as at:
            at.peer.fail(at.where, fault)
            with pytest.raises(EngineError) as failed:
                await drafts(at)
            assert failed.value.fault is FAULTS[fault]
            assert isinstance(failed.value, EngineRejected) is failed.value.fault.is_lasting
            assert KEY not in repr(failed.value)
            assert "parcels" not in str(failed.value)
            at.peer.recover()
            assert (await drafts(at))[-1].is_complete

    asyncio.run(main())


@pytest.mark.allow_warnings  # The name of a model that is gone is worth one.
def test_a_model_that_is_gone_is_passed_over_from_then_on(kind: str) -> None:
    async def main() -> None:
        async with desk(kind) as at:
            at.peer.fail(at.where, Fault.MODEL_MISSING)
            assert (await drafts(at))[-1].is_complete
            assert (await drafts(at))[-1].is_complete
            assert len(at.bodies()) == 3
            assert [body["model"] for body in at.bodies()[1:]] == [MODELS[1], MODELS[1]]
            assert at.writer.origin.endswith(MODELS[1])
            assert {usage.model for usage, _ in at.used} == {MODELS[1]}

    asyncio.run(main())


@pytest.mark.allow_warnings
def test_when_all_models_are_gone_it_says_so(kind: str) -> None:
    async def main() -> None:
        async with desk(kind) as at:
            at.peer.fail(at.where, Fault.MODEL_MISSING, times=None)
            with pytest.raises(EngineRejected) as failed:
                await drafts(at)
            assert failed.value.fault is EngineFault.MODEL_MISSING
            assert at.used == []

    asyncio.run(main())


def test_a_megabyte_is_cut_to_what_can_be_listened_to(kind: str) -> None:
    async def main() -> None:
        async with desk(kind) as at:
            at.peer.fail(at.where, Fault.HUGE)
            draft = (await drafts(at))[-1]
            assert draft.is_complete
            assert 1 <= len(draft.text.split()) <= 120

    asyncio.run(main())


def test_a_host_that_does_not_exist_is_unreachable(kind: str) -> None:
    async def main() -> None:
        async with desk(kind, base_url="http://nobody.invalid/v1") as at:
            with pytest.raises(EngineError) as failed:
                await drafts(at)
            assert failed.value.fault is EngineFault.UNREACHABLE
            assert at.used == []

    asyncio.run(main())


@pytest.mark.realtime
@pytest.mark.parametrize("fault", [Fault.STALL_BEFORE, Fault.STALL_MIDWAY])
def test_a_server_that_falls_silent_is_given_up(fault: Fault) -> None:
    async def main() -> None:
        async with desk("responses", "This is a long answer, and it goes on for quite a while. " * 3) as at:
            at.peer.fail(at.where, fault)
            with pytest.raises(EngineError) as failed:
                await drafts(at)
            assert failed.value.fault is EngineFault.TOO_SLOW

    asyncio.run(main())
