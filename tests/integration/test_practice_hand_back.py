"""A practice call that is handed back: it passes, and it fails where the AI repeats itself."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.openai_peer import KEY, AnswerRequest, BrainAnswer, OpenAIPeer, ScriptedBrain

pytestmark = pytest.mark.busy

LIMIT_S = 200
AGENT = "I will send you a new lamp on Thursday before noon."


@dataclass
class Played:
    exit_code: int
    output: str


class ForgetfulBrain(ScriptedBrain):
    """Asks for the order number, and after the hand-back asks for it once more."""

    def __init__(self) -> None:
        super().__init__(answers=[self._answer])
        self.was_told = False

    def _answer(self, asked: AnswerRequest) -> BrainAnswer:
        self.was_told |= "gives the call back to you" in str(asked)
        return BrainAnswer("Could you tell me your order number, please?")


async def _play(folder: Path, **environment: str) -> Played:
    arguments = ["practice", "--terminal", "--scenario", "handed-back", "--mode", "ai"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "copilot_desktop", "--data-dir", str(folder), *arguments),
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), LIMIT_S)
    finally:
        if process.returncode is None:
            process.kill()
    return Played(process.returncode or 0, output.decode())


async def _both(folder: Path) -> tuple[Played, Played, ForgetfulBrain]:
    brain = ForgetfulBrain()
    async with OpenAIPeer(brain=brain) as peer:
        kinds = {"HEARING": "embedded", "WRITER": "responses", "VOICE": "embedded"}
        remote = {f"COPILOT_{part}_ENGINE": kind for part, kind in kinds.items()}
        remote |= {"OPENAI_BASE_URL": peer.base_url, "OPENAI_API_KEY": KEY}
        embedded, forgetful = await asyncio.gather(
            _play(folder / "embedded", COPILOT_HAND_BACK_MODE="ai"), _play(folder / "forgetful", **remote)
        )
        assert peer.violations == []
    return embedded, forgetful, brain


def test_the_ai_goes_on_and_the_scenario_fails_where_it_does_not(tmp_path: Path) -> None:
    embedded, forgetful, brain = asyncio.run(_both(tmp_path))
    for played in (embedded, forgetful):
        assert f"You     Hello, this is Sam. I have found your order. {AGENT}" in played.output
    assert embedded.exit_code == 0, embedded.output
    assert "Failed" not in embedded.output
    after = embedded.output.partition(AGENT)[2]
    assert "Now the AI speaks" in after
    assert "Is there anything else I can help you with?" in after
    assert "return for order 4729-3318" in after
    assert "order number" not in after.lower()
    assert brain.was_told
    assert forgetful.exit_code == 1, forgetful.output
    assert "Failed: The assistant asked again for the order number, which it knew." in forgetful.output
    assert "table" not in forgetful.output.lower(), "the caller hung up before their next line"
