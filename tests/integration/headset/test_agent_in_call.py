"""The agent in a call over a real sound system: heard by the caller, and nobody else taken for the agent."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jiwer
import pytest

from tests.support.headset_words import SENTENCE, TYPED
from tests.support.sound_server import SoundServer, sound_server

pytestmark = pytest.mark.busy
ROOT = Path(__file__).parents[3]
LIMIT_S = 120
MOST_WRONG = 0.2
ROOMS = ("cancel", "half_duplex")


@pytest.fixture
def server() -> Iterator[SoundServer]:
    # The path of a socket may be 100 characters long.
    with TemporaryDirectory(prefix="snd") as folder, sound_server(Path(folder)) as running:
        yield running


def _played(server: SoundServer, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.headset_call", *arguments],
        env=server.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.stdout, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z']+", text.lower()))


def test_after_f8_the_caller_understands_the_agent(server: SoundServer) -> None:
    played = _played(server, "speak")
    wrong = jiwer.wer(_plain(SENTENCE), _plain(played["understood"]))
    microphone_ms, with_player_ms = (sorted(played[name]) for name in ("delays_ms", "with_player_ms"))
    assert len(with_player_ms) >= 15
    middle_ms, p95_ms = (with_player_ms[len(with_player_ms) * part // 100] for part in (50, 95))
    print(
        f"\nword errors {wrong:.0%}; mouth to the caller's end of the stream: median {middle_ms:.0f} ms, "
        f"p95 {p95_ms:.0f} ms, 40 ms of it the test's player; from the microphone on: "
        f"p95 {microphone_ms[len(microphone_ms) * 95 // 100]:.0f} ms"
    )
    assert wrong <= MOST_WRONG, played["understood"]
    # Not a measurement: sound that lies in a queue for long would show here.
    assert middle_ms < 250


@pytest.fixture(scope="module")
def rooms() -> dict[str, dict[str, Any]]:
    """Both calls at once: most of their time passes with listening."""
    with ThreadPoolExecutor() as pool:
        return dict(zip(ROOMS, pool.map(_in_a_room, ROOMS), strict=True))


def _in_a_room(mode: str) -> dict[str, Any]:
    with TemporaryDirectory(prefix="snd") as folder, sound_server(Path(folder)) as server:
        server.let_microphone_hear_speaker()
        return _played(server, "room", mode)


@pytest.mark.parametrize("mode", ROOMS)
def test_on_loudspeakers_nobody_else_is_taken_for_the_agent(
    rooms: dict[str, dict[str, Any]], mode: str
) -> None:
    played = rooms[mode]
    assert played["room_peak"] > 1000, "the microphone did hear the room"
    agents = [word["text"] for word in played["words"] if word["party"] == "agent"]
    assert TYPED in agents
    # Of what a canceller leaves, a busy computer may make a word or two; never what the others said.
    strays = " ".join(text for text in agents if text != TYPED).split()
    assert len(strays) <= (4 if mode == "cancel" else 0), agents
    assert not any(word["cut"] for word in played["words"] if word["party"] != "caller")
    assert len([word for word in played["words"] if word["party"] == "caller"]) >= 2
