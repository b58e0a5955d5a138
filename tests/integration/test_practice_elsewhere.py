"""A practice call whose engines live at another address: the program as a process.

The kinds that are not in it carry the calls of `test_engine_faults.py`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import pytest

from copilot_desktop.audio import g711
from copilot_desktop.audio.resample import whole as resampled
from tests.support.local_engines import local_engines, speech
from tests.support.openai_peer import KEY, AnswerRequest, BrainAnswer, OpenAIPeer, ScriptedBrain, Where

pytestmark = pytest.mark.busy

LIMIT_S = 200
RATE_HZ = 24_000
_TURN = Lock()
KINDS = {"HEARING": "live", "WRITER": "chat", "VOICE": "realtime"}


class ListeningBrain(ScriptedBrain):
    """Hears and speaks by the engines of this computer, and answers so that the caller can go on."""

    def __init__(self) -> None:
        super().__init__(answers=[_answer])
        self._step, self._so_far = 0, ""

    def transcribe(self, ulaw: bytes) -> str:
        with _TURN:
            return local_engines().transcriber._transcribe(ulaw, is_final=True).text

    def hear_so_far(self, ulaw: bytes) -> str:
        """At every 0.4 s of sound: two cores are shared with the calls."""
        if self._step != len(ulaw) // 3200:
            self._step = len(ulaw) // 3200
            self._so_far = self.transcribe(ulaw) if self._step else ""
        return self._so_far

    def speak(self, text: str) -> bytes:
        """The practice caller waits for speech: a tone would not do."""
        with _TURN:
            sound = resampled(g711.decode(speech(text)).astype(np.float32), 8000, RATE_HZ)
        return np.clip(sound, -32768, 32767).astype("<i2").tobytes()


SORRY = {
    "evidence": [{"line": 1, "quote": "I am sorry to hear that."}],
    "searched": None,
    "reasoning": "It says so.",
    "answer": "yes",
    "confidence": "high",
}


def _judgement(asked: AnswerRequest) -> BrainAnswer:
    """What the AI for reports says: one thing with a quote, of the rest it knows nothing."""
    assert asked.schema is not None
    fields = asked.schema["properties"]
    nothing = {"evidence": [], "text": "Nothing."}
    if "summary" in fields:
        return BrainAnswer(json.dumps({"summary": [nothing], "outcome": nothing, "follow_ups": []}))
    open_ = {**SORRY, "evidence": [], "answer": "cannot_tell"}
    return BrainAnswer(json.dumps({id: SORRY if id == "feeling" else open_ for id in fields}))


def _answer(asked: AnswerRequest) -> BrainAnswer:
    if asked.schema is not None:
        return _judgement(asked)
    said = asked.last_user_text.rpartition("</instruction>\n")[2].lower()
    if "thank" in said or "goodbye" in said:
        return BrainAnswer("Thank you for calling. Goodbye!", (("end_call", "{}"),))
    if "how long" in said:
        note = json.dumps({"text": "The caller wants to know how long the search takes."})
        return BrainAnswer("I will ask for that, and a colleague calls you back.", (("take_message", note),))
    return BrainAnswer("I am sorry to hear that. Could you tell me the order number, please?")


@dataclass
class Played:
    """What one call left behind."""

    exit_code: int
    output: str
    events: list[dict[str, Any]]
    peer: OpenAIPeer

    def of(self, fact: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["fact"] == fact]

    def words_of(self, party: str) -> str:
        return " ".join(event["text"] for event in self.of("utterance_finished") if event["party"] == party)


async def _play(folder: Path, kinds: dict[str, str]) -> Played:
    async with OpenAIPeer(brain=ListeningBrain()) as peer:
        environment = os.environ | {"OPENAI_BASE_URL": peer.base_url, "OPENAI_API_KEY": KEY}
        environment |= {f"COPILOT_{part}_ENGINE": kind for part, kind in kinds.items()}
        # This peer speaks with the same two cores as both calls.
        environment |= {f"COPILOT_{name}_LIMIT_S": "6" for name in ("WORDS", "FIRST_TEXT", "FIRST_SOUND")}
        arguments = ["practice", "--terminal", "--scenario", "late-order", "--mode", "ai"]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "copilot_desktop", "--data-dir", str(folder / "data"), *arguments),
            *("--json", str(folder / "events.json")),
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(), LIMIT_S)
        finally:
            if process.returncode is None:
                process.kill()
        events = json.loads((folder / "events.json").read_text(encoding="utf-8"))
        return Played(process.returncode or 0, output.decode(), events, peer)


def test_engines_elsewhere_carry_a_call(tmp_path: Path) -> None:
    played = asyncio.run(_play(tmp_path, KINDS))
    assert played.exit_code == 0, played.output
    assert played.peer.violations == []
    used = {(event["part"], event["model"]) for event in played.of("engine_used")}
    assert {part for part, _ in used} == {"hearing", "writer", "voice", "judge"}, used
    # Judged after the call, at this price, with what can be checked.
    assert "Acknowledged the caller's feeling: yes · checked ✓" in played.output
    assert "“I am sorry to hear that.” AI, " in played.output
    assert "No score: not enough evidence." in played.output
    assert "lamp" in played.words_of("caller").lower()
    assert "order number" in played.words_of("assistant")
    assert not [event for event in played.of("problem_raised") if "backup" in event["problem"]]
    assert len(played.of("response_timed")) >= 4
    services = {seen.where for seen in played.peer.seen}
    assert Where.MODELS in services, "connections are opened while it rings"
    assert {Where.REALTIME_TRANSCRIPTION, Where.CHAT, Where.REALTIME_VOICE} <= services
    tools = {(event["tool"], event["result"]) for event in played.of("tool_used")}
    assert ("take_message", "done") in tools
