"""Practice calls as a newcomer starts them: the whole program as a process, with sound, in real time."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import jiwer
import numpy as np
import pytest
from pypdf import PdfReader

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import AudioFrame
from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.calls.ports import HeardStage
from copilot_desktop.config import resources
from copilot_desktop.practice.scenario import Scenario, load_scenarios
from copilot_desktop.report.exports import from_json
from tests.support.local_engines import local_engines

LIMIT_S = 240
MODES = {"late-order": "ai", "appointment-change": "approve", "billing-dispute": "agent"}

pytestmark = pytest.mark.busy


@dataclass
class Played:
    """What one call left behind."""

    scenario: Scenario
    exit_code: int
    output: str
    errors: str
    folder: Path
    events: list[dict[str, Any]]

    def file(self, extension: str) -> Path:
        (path,) = self.folder.glob(f"*.{extension}")
        return path

    def of(self, fact: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["fact"] == fact]

    def words_of(self, party: str) -> str:
        finished = sorted(self.of("utterance_finished"), key=lambda event: event["start_ms"])
        return " ".join(event["text"] for event in finished if event["party"] == party)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Played]]:
    """All scenarios, each in a mode of its own, at the same time."""
    scenarios = {scenario.name: scenario for scenario in load_scenarios(resources() / "practice")}
    folders = {name: tmp_path_factory.mktemp(name) for name in MODES}
    running = {name: _start(name, mode, folders[name]) for name, mode in MODES.items()}
    try:
        yield {name: _finish(scenarios[name], process, folders[name]) for name, process in running.items()}
    finally:
        for process in running.values():
            process.kill()


def _start(name: str, mode: str, folder: Path) -> subprocess.Popen[str]:
    arguments = ["practice", "--terminal", "--scenario", name, "--mode", mode]
    arguments += ["--export", str(folder / "out"), "--json", str(folder / "events.json")]
    return subprocess.Popen(
        [sys.executable, "-m", "copilot_desktop", "--data-dir", str(folder / "data"), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _finish(scenario: Scenario, process: subprocess.Popen[str], folder: Path) -> Played:
    output, errors = process.communicate(timeout=LIMIT_S)
    events_file = folder / "events.json"
    events = json.loads(events_file.read_text()) if events_file.exists() else []
    return Played(scenario, process.returncode, output, errors, folder / "out", events)


@pytest.mark.parametrize("name", MODES)
def test_it_ends_well_and_says_where_the_report_is(played: dict[str, Played], name: str) -> None:
    call = played[name]
    assert call.exit_code == 0, call.errors
    assert call.errors == ""
    last_line = call.output.strip().splitlines()[-1]
    assert last_line == f"Report: {call.file('pdf')}"
    assert "PRACTICE" in call.file("pdf").name
    assert call.of("call_ended")[0]["outcome"] == "completed"


@pytest.mark.parametrize("name", MODES)
def test_the_caller_is_understood(played: dict[str, Played], name: str) -> None:
    call = played[name]
    script = " ".join([*(line.say for line in call.scenario.lines), call.scenario.farewell])
    # The AI may end the call before the farewell; "are you still there" may be said or not.
    heard = call.words_of("caller")
    for optional in (call.scenario.still_there, call.scenario.giving_up):
        heard = heard.replace(optional, "")
    rate = jiwer.wer(_normal(script), _normal(heard))
    assert rate <= 0.25, (rate, heard)


def _normal(text: str) -> str:
    """Words as they sound: digits one by one, no marks."""
    digits = re.sub(r"(\d)(?=\d)", r"\1 ", re.sub(r"(?<=\d)[-,.](?=\d)", " ", text))
    return " ".join(re.findall(r"[a-z0-9']+", digits.lower()))


def test_in_ai_mode_every_turn_is_answered_by_voice_soon(played: dict[str, Played]) -> None:
    call = played["late-order"]
    times_ms = [event["total_ms"] for event in call.of("response_timed")]
    assert len(times_ms) >= len(call.scenario.lines)
    # The promise is 1.2 s on an idle machine and stands in the benchmarks; here three calls share it.
    assert median(times_ms) < 3000
    sources = [event["sources"] for event in call.of("suggestion_ready") if event["sources"]]
    assert sources, "no answer named its source"
    assert "playbook answers, no AI connected" in call.output


def test_in_approve_mode_only_what_was_approved_is_said(played: dict[str, Played]) -> None:
    call = played["appointment-change"]
    approved = [event["text"] for event in call.of("suggestion_decided") if event["by"] == "agent"]
    assert approved
    own = sorted(call.of("utterance_finished"), key=lambda event: event["start_ms"])
    said = [event["text"] for event in own if event["party"] == "assistant"]
    # The notice and the greeting come from the settings.
    for text in said[2:]:
        assert text == "One moment, please." or any(one.startswith(text) for one in approved), text


def test_in_agent_mode_the_agents_words_are_the_agents(played: dict[str, Played]) -> None:
    call = played["billing-dispute"]
    assert call.words_of("agent")
    (notice,) = call.of("notice_given")
    assert call.words_of("assistant") == notice["text"]


@pytest.mark.parametrize("name", MODES)
def test_the_caller_is_told_of_the_recording_first(played: dict[str, Played], name: str) -> None:
    call = played[name]
    (notice,) = call.of("notice_given")
    assert (notice["by"], "recorded" in notice["text"]) == ("assistant", True)
    ours = [event for event in call.of("utterance_finished") if event["party"] != "caller"]
    first = min(ours, key=lambda event: event["start_ms"])
    assert (first["text"], first["cut_short"]) == (notice["text"], False)
    changes = [(event["is_recording"], event["cause"]) for event in call.of("recording_changed")]
    assert changes == [(False, "call_began"), (True, "notice_given")]
    assert "Notice given" in call.file("html").read_text()


@pytest.mark.parametrize("name", MODES)
def test_the_recording_holds_both_sides(played: dict[str, Played], name: str) -> None:
    with wave.open(str(played[name].file("wav"))) as recording:
        assert recording.getnchannels() == 2
        assert recording.getframerate() == 8000
        sound = np.frombuffer(recording.readframes(recording.getnframes()), dtype="<i2").reshape(-1, 2)
    for side in (sound[:, 0], sound[:, 1]):
        blocks = side[: len(side) // 160 * 160].reshape(-1, 160).astype(np.float64)
        loud = np.sqrt((blocks**2).mean(axis=1)) > 0.01 * 32768
        assert loud.sum() * 0.02 > 5, "less than five seconds of speech"


@pytest.mark.parametrize("name", MODES)
def test_every_quote_of_the_report_plays_its_second(played: dict[str, Played], name: str) -> None:
    """What stands at a time in the report is what the recording says there, to ears that know no report."""
    call = played[name]
    report = from_json(call.file("json").read_text())
    assert report.recorded is not None
    assert report.recorded.is_exact
    with wave.open(str(call.file("wav"))) as recording:
        sound = np.frombuffer(recording.readframes(recording.getnframes()), dtype="<i2").reshape(-1, 2)
    quoted = said = 0
    for line in report.lines:
        if len(line.text.split()) < 4 or line.cut_short:
            continue
        begin, end = (report.recorded.recording_ms(ms) * 8 for ms in (line.at_ms, line.end_ms))
        side = sound[max(0, begin - 1600) : end + 1600, 0 if line.party is Party.CALLER else 1]
        rate = jiwer.wer(_normal(line.text), _normal(asyncio.run(_transcribed(side))))
        quoted, said = quoted + 1, said + (rate <= 0.34)
    assert quoted >= 6
    # Digits and names are now and then written otherwise the second time.
    assert said >= quoted - 1, f"{said} of {quoted} lines are heard where they stand"


async def _transcribed(samples: np.ndarray[Any, np.dtype[np.int16]]) -> str:
    """Return what the recogniser hears in phone sound, told nothing."""
    sound = g711.encode(np.concatenate([samples, np.zeros(1600, dtype=np.int16)]))
    async with local_engines().transcriber.open(CallId("quote"), Party.CALLER) as hearing:
        hearing.speech_started(0)
        for at in range(0, len(sound) - 159, 160):
            hearing.feed(AudioFrame(sound[at : at + 160], at // 8))
        hearing.commit()
        async for heard in hearing:
            if heard.stage is HeardStage.FINAL:
                return heard.text
    return ""


@pytest.mark.parametrize("name", MODES)
def test_the_report_is_on_paper_and_as_data(played: dict[str, Played], name: str) -> None:
    call = played[name]
    pages = PdfReader(call.file("pdf")).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert "Practice call" in text
    assert "Measured facts" in text
    assert "No score" in text
    html = call.file("html").read_text()
    assert "<html" in html
    report = json.loads(call.file("json").read_text())
    assert report
