"""The player: where it stands, what is heard, and the states in which nothing can be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pytestqt.qtbot import QtBot

from copilot_desktop.audio import g711
from copilot_desktop.calls.events import RecordingCause
from copilot_desktop.report.recorded import Cut, Place, Recorded
from copilot_desktop.store.wav import WavFile
from copilot_desktop.ui.report.player import CallPlayer, PlayerState
from copilot_desktop.ui.report.player_feed import RATE_HZ, SPEEDS, Voices
from tests.support.loudspeaker import Loudspeaker

LATER_MS = 2000
SECONDS = 12
CALLER_HZ, OUR_HZ = 500, 800
RECORDED = Recorded(
    places=(Place(LATER_MS, 0),),
    cuts=(Cut(at_ms=8000, end_ms=9000, cause=RecordingCause.CARD_NUMBER),),
    is_exact=True,
)


@pytest.fixture(scope="module")
def wav(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """12 s: the caller whistles in every even second of the call, our side in every odd one."""
    path = tmp_path_factory.mktemp("player") / "call.wav"
    time = np.arange(SECONDS * 8000) / 8000
    is_even = (time + LATER_MS / 1000).astype(int) % 2 == 0
    sides = [
        (8000 * np.sin(2 * np.pi * hz * time) * is_on).astype(np.int16)
        for hz, is_on in ((CALLER_HZ, is_even), (OUR_HZ, ~is_even))
    ]
    with WavFile(path) as file:
        file.append(g711.encode(sides[0]), g711.encode(sides[1]))
    return path


@pytest.fixture
def speaker() -> Loudspeaker:
    return Loudspeaker()


@pytest.fixture
def player(qtbot: QtBot, speaker: Loudspeaker, wav: Path) -> Iterator[CallPlayer]:
    made = CallPlayer(open_output=speaker.opened)
    made.load(wav, RECORDED, LATER_MS + SECONDS * 1000)
    yield made
    made.close()


def state(player: CallPlayer) -> PlayerState:
    return player.state


def pitch_hz(mono: NDArray[np.float64]) -> float:
    spectrum = np.abs(np.fft.rfft(mono * np.hanning(len(mono))))
    return float(np.argmax(spectrum) * RATE_HZ / len(mono))


def test_it_begins_where_the_recording_does(player: CallPlayer) -> None:
    assert (player.state, player.at_ms, player.last_ms) == (PlayerState.PAUSED, LATER_MS, 14_000)


def test_a_moment_of_the_call_is_heard_at_its_second(player: CallPlayer, speaker: Loudspeaker) -> None:
    player.play_from(5000)
    assert player.asked_ms == 5000
    speaker.play_on(player, 900)
    assert pitch_hz(speaker.ears[4000:40_000, 0]) == pytest.approx(OUR_HZ, abs=5)
    assert player.at_ms == pytest.approx(5900, abs=20)
    speaker.play_on(player, 1000)
    assert pitch_hz(speaker.ears[-36_000:, 0]) == pytest.approx(CALLER_HZ, abs=5)


@pytest.mark.parametrize("speed", SPEEDS)
def test_speed_changes_the_time_and_not_the_pitch(
    player: CallPlayer, speaker: Loudspeaker, speed: float
) -> None:
    player.set_speed(speed)
    player.play_from(4000)
    speaker.play_on(player, 480)
    assert player.at_ms == pytest.approx(4000 + 480 * speed, abs=50)
    heard = speaker.ears[2400 : 2400 + 16_000, 0]
    assert pitch_hz(heard) == pytest.approx(CALLER_HZ, abs=5)
    assert np.abs(heard).max() < 0.5


def test_one_side_alone(player: CallPlayer, speaker: Loudspeaker) -> None:
    player.set_voices(Voices.STAFF)
    player.play_from(4000)
    speaker.play_on(player, 900)
    assert np.abs(speaker.ears[1000:]).max() < 0.001
    player.set_voices(Voices.CALLER)
    player.play_from(4000)
    speaker.play_on(player, 500)
    both_ears = speaker.ears[-9000:]
    assert np.array_equal(both_ears[:, 0], both_ears[:, 1])
    assert np.abs(both_ears).max() == pytest.approx(8000 / 32768, rel=0.1)


def test_both_sides_are_heard_a_little_apart(player: CallPlayer, speaker: Loudspeaker) -> None:
    player.play_from(4000)
    speaker.play_on(player, 900)
    left, right = speaker.ears[2000:].std(axis=0)
    assert left > 1.5 * right > 0


def test_pause_stays_where_the_ear_is(player: CallPlayer, speaker: Loudspeaker) -> None:
    player.play_from(4000)
    speaker.play_on(player, 500)
    player.pause()
    # A quarter of a second was on its way and was not heard.
    assert player.at_ms == pytest.approx(4500, abs=20)
    player.toggle()
    assert state(player) is PlayerState.PLAYING
    speaker.play_on(player, 100)
    assert player.at_ms == pytest.approx(4600, abs=20)


def test_skipping_goes_on_playing_and_stays_within_the_call(player: CallPlayer, speaker: Loudspeaker) -> None:
    player.play_from(4000)
    player.skip(5000)
    assert (player.at_ms, player.state) == (9000, PlayerState.PLAYING)
    speaker.play_on(player, 500)
    assert pitch_hz(speaker.ears[-20_000:, 0]) == pytest.approx(OUR_HZ, abs=5)
    for _ in range(4):
        player.skip(-5000)
    assert player.at_ms == LATER_MS


def test_the_end_ends_it_and_playing_again_begins_anew(player: CallPlayer, speaker: Loudspeaker) -> None:
    player.play_from(13_500)
    speaker.play_on(player, 3000)
    assert (player.state, player.at_ms) == (PlayerState.PAUSED, 14_000)
    player.play()
    speaker.play_on(player, 100)
    assert player.at_ms == pytest.approx(LATER_MS + 100, abs=20)


def test_volume_is_the_devices(player: CallPlayer, speaker: Loudspeaker) -> None:
    player.set_volume(0.25)
    player.play()
    assert speaker.volume == 0.25
    player.set_volume(0.5)
    assert speaker.volume == 0.5


def test_a_pause_for_a_card_number_is_told(player: CallPlayer) -> None:
    player.seek(8500)
    assert player.cut is not None
    assert player.cut.cause is RecordingCause.CARD_NUMBER
    player.seek(9000)
    assert player.cut is None


def test_without_a_recording_there_are_three_reasons(qtbot: QtBot, speaker: Loudspeaker) -> None:
    player = CallPlayer(open_output=speaker.opened)
    assert state(player) is PlayerState.LOADING
    player.load(None, None, 9000)
    assert state(player) is PlayerState.NOT_RECORDED
    player.load(None, RECORDED, 9000)
    assert state(player) is PlayerState.MISSING
    player.play_from(5000)
    assert (player.state, speaker.starts) == (PlayerState.MISSING, 0)
    player.load(None, RECORDED, 9000, is_elsewhere=True)
    assert state(player) is PlayerState.ELSEWHERE


@pytest.mark.allow_warnings
def test_a_file_that_went_away_is_told_when_it_is_to_be_played(
    qtbot: QtBot, speaker: Loudspeaker, tmp_path: Path
) -> None:
    player = CallPlayer(open_output=speaker.opened)
    player.load(tmp_path / "gone.wav", RECORDED, 9000)
    player.play()
    qtbot.waitUntil(lambda: player.state is PlayerState.MISSING)
    assert not player.can_play


def test_no_sound_system_is_a_state_and_not_the_end(qtbot: QtBot, wav: Path) -> None:
    speaker = Loudspeaker(is_there=False)
    player = CallPlayer(open_output=speaker.opened)
    player.load(wav, RECORDED, 14_000)
    player.play_from(5000)
    assert (player.state, player.at_ms) == (PlayerState.NO_SOUND, 5000)
    speaker.is_there = True
    player.play()
    assert state(player) is PlayerState.PLAYING
    speaker.play_on(player, 200)
    speaker.unplug()
    assert state(player) is PlayerState.NO_SOUND
    player.close()


def test_this_machine_without_a_sound_system(qtbot: QtBot, wav: Path) -> None:
    """The real way to the devices: whatever is here, nothing breaks."""
    player = CallPlayer()
    player.load(wav, RECORDED, 14_000)
    player.play_from(5000)
    assert player.state in (PlayerState.NO_SOUND, PlayerState.PLAYING)
    player.close()
