"""Whatever goes wrong with engines elsewhere: the call lives, the caller hears something, the agent why.

Real sockets to a server that speaks OpenAI's protocol, in real time, several calls at once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from copilot_desktop.calls.events import CallId
from tests.support.openai_peer import KEY, Fault, OpenAIPeer, ScriptedBrain, Where
from tests.support.real_time_call import ASKED, STAND_IN, RealTimeCall, only, scripted_house, settings_for

pytestmark = [pytest.mark.realtime, pytest.mark.allow_warnings]

SOON_S = 4.0
THEIRS = "It left our warehouse this morning."


@dataclass(frozen=True)
class Case:
    """`told`: the problem and its detail that the agent must read; empty: nothing is to be noticed."""

    part: str
    kind: str
    where: Where
    fault: Fault
    told: str = ""
    why: str = ""

    def __str__(self) -> str:
        return f"{self.kind}-{self.fault.value}"


def _cases(part: str, kind: str, where: Where, problem: str, faults: dict[Fault, str]) -> list[Case]:
    return [Case(part, kind, where, fault, problem if why else "", why) for fault, why in faults.items()]


REFUSED = {
    Fault.KEY_REFUSED: "key_refused",
    Fault.MODEL_MISSING: "model_missing",
    Fault.NO_CREDIT: "no_credit",
}
HTTP = {
    **REFUSED,
    Fault.RATE_LIMITED: "rate_limited",
    Fault.SERVER_ERROR: "server_failed",
    Fault.STALL_BEFORE: "too_slow",
    Fault.STALL_MIDWAY: "too_slow",
    Fault.CUT_MIDWAY: "broken_off",
    Fault.GARBAGE: "bad_answer",
}
WRITING = _cases("writer", "responses", Where.RESPONSES, "backup_writer", HTTP)
SPEAKING = _cases("voice", "speech", Where.SPEECH, "backup_voice", HTTP)
HEARING = _cases("hearing", "file", Where.TRANSCRIPTIONS, "backup_transcriber", HTTP)
LIVE = _cases(
    "hearing",
    "live",
    Where.REALTIME_TRANSCRIPTION,
    "backup_transcriber",
    {**REFUSED, Fault.STALL_BEFORE: "too_slow", Fault.STALL_MIDWAY: "too_slow", Fault.CLOSE_4000: "?"},
)
MENDED = [
    Case("hearing", "live", Where.REALTIME_TRANSCRIPTION, fault)
    for fault in (Fault.WRONG_FORMAT, Fault.CLOSE_1000, Fault.CLOSE_1006, Fault.CLOSE_1011)
]
ODD = [
    Case("writer", "responses", Where.RESPONSES, Fault.EMPTY),
    Case("writer", "responses", Where.RESPONSES, Fault.HUGE),
    Case("hearing", "file", Where.TRANSCRIPTIONS, Fault.HUGE),
]


async def _play(case: Case, folder: Path, number: int) -> None:
    async with OpenAIPeer(brain=ScriptedBrain(utterances=[ASKED], answers=[THEIRS])) as peer:
        settings = settings_for(peer.base_url, KEY, folder, **only(case.part, case.kind))
        call = RealTimeCall(settings, call_id=CallId(f"CA{number:032d}"))
        # What can be mended happens once; the rest again and again.
        peer.fail(case.where, case.fault, 1 if case in MENDED else None)
        async with call:
            await call.until_silent()
            await call.speak(1.2)
            waited_s = await call.wait_s(8.0)
            # What stalls in the middle of an answer is noticed after its first words.
            await call.listen(5.0, lambda: case.told in call.problems())
            await call.until_silent()
            assert call.is_live, f"{case}: the call ended"
            assert waited_s is not None, f"{case}: nothing was heard. {call.problems()}"
            assert waited_s < SOON_S, f"{case}: heard after {waited_s:.1f} s"
            assert ASKED in call.said("caller") or case.fault is Fault.HUGE, f"{case}: {call.said('caller')}"
            if case.told:
                assert case.told in call.problems(), f"{case}: told {call.problems()}"
                if case.why != "?":
                    assert call.problems()[case.told] == case.why, f"{case}: told {call.problems()}"
            elif case in MENDED:
                assert "backup_transcriber" not in call.problems(), f"{case}: told {call.problems()}"
        assert peer.violations == []


@pytest.mark.parametrize(
    "cases",
    [WRITING, SPEAKING, HEARING, [*LIVE, *MENDED], ODD],
    ids=["writing", "speaking", "hearing", "live", "odd"],
)
def test_the_caller_is_answered_and_the_agent_reads_why(cases: list[Case], tmp_path: Path) -> None:
    async def main() -> list[BaseException]:
        played = (_play(case, tmp_path, number) for number, case in enumerate(cases, 1))
        results = await asyncio.gather(*played, return_exceptions=True)
        return [result for result in results if isinstance(result, BaseException)]

    failed = asyncio.run(main())
    assert not failed, "\n".join(f"{type(error).__name__}: {error}" for error in failed)


def test_a_name_that_leads_nowhere(tmp_path: Path) -> None:
    async def main() -> None:
        settings = settings_for("https://engines.invalid/v1", KEY, tmp_path, writer_engine="responses")
        async with RealTimeCall(settings) as call:
            await call.until_silent()
            await call.speak(1.2)
            waited_s = await call.wait_s(8.0)
            await call.until_silent()
            assert call.is_live
            assert waited_s is not None
            assert waited_s < SOON_S
            assert ASKED in call.said("caller")
            assert STAND_IN in call.said("assistant")
            assert set(call.problems().values()) & {"unreachable"}

    asyncio.run(main())


def test_with_all_engines_down_the_caller_is_not_left_in_silence(tmp_path: Path) -> None:
    async def main() -> None:
        async with OpenAIPeer() as peer:
            for where in Where:
                peer.fail(where, Fault.SERVER_ERROR, None)
            settings = settings_for(peer.base_url, KEY, tmp_path)
            async with RealTimeCall(settings, scripted_house(is_broken=True)) as call:
                await call.listen(3.0)
                await call.speak(1.2)
                waited_s = await call.wait_s(8.0)
                assert call.is_live
                assert waited_s is not None
                assert waited_s < SOON_S
                assert call.problems()

    asyncio.run(main())


def test_a_key_removed_in_mid_call_brings_the_engines_of_this_computer(tmp_path: Path) -> None:
    async def main() -> None:
        async with OpenAIPeer(brain=ScriptedBrain(utterances=[ASKED], answers=[THEIRS])) as peer:
            settings = settings_for(peer.base_url, KEY, tmp_path, **only("writer", "responses"))
            async with RealTimeCall(settings) as call:
                await call.until_silent()
                await call.speak(1.2)
                await call.wait_s(4.0)
                await call.until_silent()
                assert THEIRS in call.said("assistant")
                call.use(settings_for(peer.base_url, "", tmp_path, **only("writer", "embedded")))
                asked = len(peer.seen)
                await call.speak(1.2)
                waited_s = await call.wait_s(4.0)
                await call.until_silent()
                assert waited_s is not None
                assert STAND_IN in call.said("assistant")
                assert len(peer.seen) == asked

    asyncio.run(main())
