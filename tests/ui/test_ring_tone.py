"""The bell: where it rings, how it rises, when it falls silent. Qt's player is the test's own."""

from __future__ import annotations

import wave
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtMultimedia import QAudioDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from copilot_desktop.audio.level import pcm_dbfs
from copilot_desktop.headset.devices import is_loudspeaker
from copilot_desktop.headset.ear_sounds import EarSound, samples
from copilot_desktop.ui.ringing.ring_tone import RISE_S, TONES, RingTone
from copilot_desktop.ui.widgets.sound_choice import SoundChoices
from tests.support.fake_bridge_desk import HandClock
from tests.support.fake_shell import RESOURCES
from tests.ui.conftest import Stage

SOUNDS = RESOURCES / "sounds"


@dataclass
class Player:
    """Qt's player, as far as it can be seen."""

    wav: str
    volume: float = 1.0
    loops: int = 1
    is_playing: bool = False

    def setVolume(self, volume: float) -> None:  # noqa: N802 - Qt's names
        self.volume = volume

    def setLoopCount(self, loop_count: int) -> None:  # noqa: N802
        self.loops = loop_count

    def play(self) -> None:
        self.is_playing = True

    def stop(self) -> None:
        self.is_playing = False


class Room:
    """A ring tone in a room with `outputs` loudspeakers."""

    def __init__(self, outputs: int = 1) -> None:
        self.outputs, self.made, self.clock = outputs, list[Player](), HandClock()
        self.tone = RingTone(SOUNDS, self._devices, make=self._make, now_s=self.clock)

    def _devices(self, choices: SoundChoices) -> list[QAudioDevice]:
        return [QAudioDevice() for _ in range(self.outputs + choices.rings_in_headset)]

    def _make(self, device: QAudioDevice, wav: Path, parent: QObject) -> Player:
        self.made.append(Player(wav.name))
        return self.made[-1]

    @property
    def bells(self) -> list[Player]:
        return self.made[-(self.outputs + self.tone._choices.rings_in_headset) :]

    def rise(self, seconds: float) -> float:
        """Let time pass; return how loud it rings then."""
        self.clock.wait(seconds)
        self.tone._step.timeout.emit()
        return self.bells[0].volume


def pcm(name: str) -> tuple[int, np.ndarray[tuple[int], np.dtype[np.int16]]]:
    with wave.open(str(SOUNDS / name)) as wav:
        assert (wav.getnchannels(), wav.getsampwidth()) == (1, 2)
        return wav.getframerate(), np.frombuffer(wav.readframes(wav.getnframes()), np.int16)


def test_it_rises_to_what_was_chosen_within_three_seconds(qapp: QApplication) -> None:
    room = Room()
    room.tone.choose(SoundChoices(ring_volume=60))
    room.tone.start()
    heard = [room.bells[0].volume] + [room.rise(0.5) for _ in range(8)]
    assert heard[0] == pytest.approx(0.06)
    assert heard == sorted(heard)
    assert heard[int(RISE_S / 0.5)] == pytest.approx(0.6)
    assert heard[-1] == pytest.approx(0.6)
    assert not room.tone._step.isActive(), "nothing is left to do"
    assert room.bells[0].loops < 0, "on and on"
    room.tone.stop()
    room.tone.start()
    assert room.bells[0].volume == pytest.approx(0.06), "the next call begins softly again"


def test_it_rings_in_the_headset_too_if_so_chosen(qapp: QApplication) -> None:
    room = Room()
    room.tone.start()
    assert [bell.is_playing for bell in room.made] == [True]
    room.tone.stop()
    room.tone.choose(SoundChoices(rings_in_headset=True, ring_tone="marimba"))
    room.tone.start()
    assert [bell.wav for bell in room.bells] == ["ring-marimba.wav"] * 2
    assert all(bell.is_playing for bell in room.bells)
    room.tone.stop()
    assert not any(bell.is_playing for bell in room.made)


def test_a_device_that_goes_while_it_rings_hands_over(qapp: QApplication) -> None:
    room = Room()
    room.tone.start()
    room.rise(2.0)
    room.tone.refit()
    assert [bell.is_playing for bell in room.made] == [False, True]
    assert room.bells[0].volume == pytest.approx(room.made[0].volume)
    room.outputs = 0
    room.tone.refit()
    assert not room.tone.is_available
    assert not any(bell.is_playing for bell in room.made)


def test_once_is_once_and_at_full_loudness(qapp: QApplication) -> None:
    room = Room()
    room.tone.choose(SoundChoices(ring_volume=40))
    assert room.tone.ring_once()
    assert room.bells[0].loops == 1
    assert room.bells[0].volume == pytest.approx(0.4)
    room.tone.refit()
    assert not room.bells[0].is_playing, "a trial does not begin anew"
    room.outputs = 0
    room.tone.refit()
    assert not room.tone.ring_once()


def test_choices_that_make_no_sense_ring_the_usual_bell(qapp: QApplication) -> None:
    room = Room()
    room.tone.choose(SoundChoices(ring_tone="foghorn", ring_volume=900))
    room.tone.start()
    assert room.bells[0].wav == "ring.wav"
    assert room.rise(5) == 1.0


@pytest.mark.parametrize("act", ["answer", "silence", "decline", "caller's hang-up"])
def test_it_is_silent_in_the_very_moment(stage: Stage, act: str) -> None:
    call_id = stage.ring()
    stage.qtbot.waitUntil(lambda: stage.tone.is_ringing)
    stage.clock.wait(1)
    match act:
        case "answer":
            stage.window.actions_["answer"].trigger()
        case "silence":
            stage.window.ringing.activateWindow()
            QTest.keyClick(stage.window.ringing, Qt.Key.Key_Escape)
        case "decline":
            stage.window.actions_["decline"].trigger()
        case _:
            stage.desk.caller_left(call_id)
    # No turn of the loop in between: nothing is waited for.
    assert not stage.tone.is_ringing


def test_all_tones_are_there_and_equally_loud() -> None:
    loudest = {}
    for name in TONES.values():
        rate_hz, sound = pcm(name)
        assert len(sound) == 3 * rate_hz
        loudest[name] = max(pcm_dbfs(part) for part in np.split(sound, 30))
        assert np.abs(sound.astype(int)).max() <= 2**14
        assert np.abs(sound[-rate_hz // 100 :].astype(int)).max() < 500, "its end meets its beginning"
    assert max(loudest.values()) - min(loudest.values()) < 1.5
    assert len(TONES) >= 2


def test_the_tick_of_a_second_call_is_24_db_under_every_ring() -> None:
    tick = np.abs(samples(EarSound.SECOND_CALL).astype(int)).max()
    loudest = max(np.abs(pcm(name)[1].astype(int)).max() for name in TONES.values())
    assert 20 * np.log10(tick / loudest) == pytest.approx(-24, abs=0.5)
    loudest_tick_dbfs = max(pcm_dbfs(part) for part in np.split(samples(EarSound.SECOND_CALL), 7))
    for name in TONES.values():
        assert max(pcm_dbfs(part) for part in np.split(pcm(name)[1], 150)) - loudest_tick_dbfs > 20


@pytest.mark.parametrize(
    ("name", "is_loud"),
    [
        ("Built-in Audio Analog Stereo", True),
        ("MacBook Pro Speakers", True),
        ("Lautsprecher (Realtek Audio)", True),
        ("USB Headset", False),
        ("Speakers of my Headphones", False),
        ("HDMI monitor", False),
    ],
)
def test_loudspeakers_are_told_by_their_name(name: str, is_loud: bool) -> None:
    assert is_loudspeaker(name) is is_loud


def test_what_is_chosen_is_kept(tmp_path: Path) -> None:
    from PySide6.QtCore import QSettings

    chosen = replace(SoundChoices(), ring_tone="telephone", rings_in_headset=True, reminds_of_hold=False)
    kept = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    chosen.save(kept)
    kept.sync()
    again = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    assert SoundChoices.load(again) == chosen
