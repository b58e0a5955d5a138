"""The sounds of the desk over a real sound system: where the bell rings, and what the ear alone hears."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.support.sound_server import MICROPHONE, SPEAKER, SoundServer, sound_server

pytestmark = pytest.mark.realtime
ROOT = Path(__file__).parents[3]


@pytest.fixture
def server() -> Iterator[SoundServer]:
    # The path of a socket may be 100 characters long.
    with TemporaryDirectory(prefix="snd") as folder, sound_server(Path(folder)) as running:
        running.control(
            "load-module",
            "module-null-sink",
            "sink_name=room",
            "rate=48000",
            'sink_properties=device.description="Loudspeakers"',
        )
        for sink, heard in (("room", "room_heard"), (SPEAKER, "ear_heard")):
            # Qt does not show monitors, but what is made of them.
            running.control(
                "load-module", "module-remap-source", f"master={sink}.monitor", f"source_name={heard}"
            )
        running.control("set-default-sink", SPEAKER)
        running.control("set-default-source", MICROPHONE)
        yield running


def _start(server: SoundServer, folder: Path, what: str, **choices: Any) -> subprocess.Popen[str]:
    arguments = (what, str(folder / "window.ini"), json.dumps(choices))
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.desk_sound_program", *arguments],
        env=server.environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _answer(process: subprocess.Popen[str]) -> dict[str, Any]:
    output, errors = process.communicate(timeout=90)
    assert output, errors
    answer: dict[str, Any] = json.loads(output.splitlines()[-1])
    return answer


def test_it_rings_on_the_loudspeakers_and_stops_at_once(server: SoundServer, tmp_path: Path) -> None:
    heard = _answer(_start(server, tmp_path, "ring", ring_volume=100))
    assert heard["last"] > 10_000
    assert 0 < heard["first"] < heard["last"] / 2, "it rises"
    assert heard["in_ear_alone"] == 0
    assert heard["in_ear_too"] > 10_000
    assert heard["after_ms"] < 100


def test_each_sign_is_heard_in_the_ear_and_nowhere_else(server: SoundServer, tmp_path: Path) -> None:
    heard = _answer(_start(server, tmp_path, "signs"))
    assert all(300 < loudest < 4000 for loudest in heard["loudest"].values()), heard["loudest"]
    assert heard["in_room"] == 0
    assert heard["frames"] > 200
    assert heard["spoken"] == 0, "the microphone gave silence all the time"


def test_a_headset_that_goes_is_not_replaced_if_the_call_is_to_be_held(
    server: SoundServer, tmp_path: Path
) -> None:
    server.plug_in("spare")
    process = _start(server, tmp_path, "hold", if_device_gone="hold")
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "open"
    server.unplug_microphone()
    answer = _answer(process)
    assert [(kind, is_replaced) for kind, is_replaced, _ in answer["lost"]] == [("microphone", False)]
    assert not answer["is_open"]
