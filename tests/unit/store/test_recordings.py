"""Recordings: two channels, valid at any moment, on time, never waiting."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from copilot_desktop.audio import g711
from copilot_desktop.calls.errors import StoreError
from copilot_desktop.calls.events import CallId
from copilot_desktop.store.recordings import WavRecording, WavRecordings
from copilot_desktop.store.wav import WavFile

LOUD, QUIET, SILENT = b"\x80" * 160, b"\x9f" * 160, b"\xff" * 160
CALL = CallId("CA0142")


def sound(path: Path) -> NDArray[np.int16]:
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 8000)
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)


def test_the_caller_is_left_and_we_are_right(tmp_path: Path) -> None:
    with WavFile(tmp_path / "a.wav") as file:
        file.append(LOUD, QUIET)
    left, right = sound(tmp_path / "a.wav").T
    assert (left == g711.decode(LOUD)).all()
    assert (right == g711.decode(QUIET)).all()


def test_it_is_valid_before_it_is_closed_and_wherever_it_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    file = WavFile(path)
    assert len(sound(path)) == 0
    file.append(LOUD, QUIET)
    assert len(sound(path)) == 160
    file.close()
    # Killed between writing the sound and the header: the sound is there, the header does not tell of it.
    with path.open("ab") as torn:
        torn.write(b"\1\0\1\0" * 80 + b"\1")
    assert len(sound(path)) == 160
    WavFile(path).close()
    assert len(sound(path)) == 240


def test_an_uneven_side_is_filled_with_silence(tmp_path: Path) -> None:
    with WavFile(tmp_path / "a.wav") as file:
        file.append(LOUD, b"")
    assert (sound(tmp_path / "a.wav")[:, 1] == 0).all()


def test_a_call_goes_on_in_the_same_file_and_its_name_tells_nothing(tmp_path: Path) -> None:
    recordings = WavRecordings(tmp_path / "recordings")
    first = recordings.open(CALL)
    first.write(LOUD, SILENT)
    first.close()
    first.write(LOUD, SILENT)
    recordings.open(CALL).write(QUIET, SILENT)
    recordings.close()
    again = WavRecordings(tmp_path / "recordings")
    again.open(CALL).write(SILENT, LOUD)
    again.close()
    again.close()
    (path,) = (tmp_path / "recordings").iterdir()
    assert path == again.path(CALL)
    assert "0142" not in path.name
    left = sound(path)[:, 0]
    assert list(left[::160]) == [g711.decode(LOUD)[0], g711.decode(QUIET)[0], 0]


@pytest.mark.allow_warnings
def test_a_disk_too_far_behind_leaves_silence_and_the_right_length(tmp_path: Path) -> None:
    told: list[StoreError] = []
    recordings = WavRecordings(tmp_path, on_problem=told.append, limit_bytes=480)
    recording = recordings.open(CALL)
    for _ in range(10):
        recording.write(LOUD, LOUD)
    recordings.close()
    left = sound(recordings.path(CALL))[:, 0]
    assert len(left) == 1600
    assert (left[:480] != 0).all()
    assert (left[480:] == 0).all()
    assert len(told) == 1


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "recordings").write_text("in the way")
    recordings = WavRecordings(tmp_path / "recordings")
    with pytest.raises(StoreError, match="could not be opened"):
        recordings.open(CALL)
    recordings.close()
    with pytest.raises(StoreError, match="closed"):
        recordings.open(CALL)


class FillingDisk(WavFile):
    """A file on a disk that is full for the first few rounds."""

    rounds_left = 2

    def append(self, caller: bytes, ours: bytes) -> None:
        if self.rounds_left:
            self.rounds_left -= 1
            raise OSError(28, "No space left on device")
        super().append(caller, ours)


@pytest.mark.allow_warnings
def test_a_full_disk_is_told_once_and_nothing_is_lost_or_moved(tmp_path: Path) -> None:
    told: list[StoreError] = []
    recording = WavRecording(FillingDisk(tmp_path / "a.wav"), told.append, limit_bytes=480)
    recording.write(LOUD, SILENT)
    recording.save()
    recording.write(QUIET, SILENT)
    recording.close()
    recording.save()
    assert not recording.let_go()
    recording.save()
    assert recording.let_go()
    assert list(sound(tmp_path / "a.wav")[::160, 0]) == [g711.decode(LOUD)[0], g711.decode(QUIET)[0]]
    assert len(told) == 1


def test_a_stretch_is_blanked_wherever_its_sound_is(tmp_path: Path) -> None:
    recording = WavRecording(WavFile(tmp_path / "a.wav"), lambda error: None, limit_bytes=8000)
    for _ in range(4):
        recording.write(LOUD, LOUD)
    recording.save()
    for _ in range(4):
        recording.write(QUIET, QUIET)
    assert recording.length_ms == 160
    # Two frames on the disk, one that waits; sound that comes later is not meant.
    recording.blank(40, 100)
    recording.blank(140, 500)
    recording.write(LOUD, LOUD)
    assert len(sound(tmp_path / "a.wav")) == 640
    recording.save()
    loud, quiet = int(g711.decode(LOUD)[0]), int(g711.decode(QUIET)[0])
    heard = sound(tmp_path / "a.wav")
    assert [int(sample) for sample in heard[::160, 0]] == [loud, loud, 0, 0, 0, quiet, quiet, 0, loud]
    assert (heard[:, 0] == heard[:, 1]).all()
    assert recording.let_go(even_if_busy=True)


def test_the_blanked_sound_is_nowhere_in_the_file_and_never_was_if_it_still_waited(tmp_path: Path) -> None:
    written: list[bytes] = []

    class Watched(WavFile):
        def append(self, caller: bytes, ours: bytes) -> None:
            written.append(caller)
            super().append(caller, ours)

    recording = WavRecording(Watched(tmp_path / "a.wav"), lambda error: None, limit_bytes=8000)
    recording.write(LOUD, SILENT)
    recording.blank(0, 20)
    recording.blank(20, 20)
    recording.blank(-40, 0)
    recording.save()
    assert written == [SILENT]
    assert not any((tmp_path / "a.wav").read_bytes()[44:])
    assert recording.let_go(even_if_busy=True)


def test_a_call_that_goes_on_blanks_its_older_sound_and_closing_waits_for_it(tmp_path: Path) -> None:
    recordings = WavRecordings(tmp_path)
    recordings.open(CALL).write(LOUD * 2, LOUD * 2)
    recordings.close()
    again = WavRecordings(tmp_path)
    recording = again.open(CALL)
    assert recording.length_ms == 40
    recording.write(QUIET, QUIET)
    recording.close()
    recording.blank(20, 60)
    assert not recording.let_go()
    again.close()
    assert list(sound(again.path(CALL))[::160, 0]) == [g711.decode(LOUD)[0], 0, 0]


@pytest.mark.allow_warnings
def test_a_full_disk_does_not_forget_what_to_blank(tmp_path: Path) -> None:
    recording = WavRecording(FillingDisk(tmp_path / "a.wav"), lambda error: None, limit_bytes=480)
    recording.write(LOUD, SILENT)
    recording.write(QUIET, SILENT)
    recording.blank(0, 20)
    recording.close()
    recording.save()
    recording.save()
    assert not recording.let_go()
    recording.save()
    assert recording.let_go()
    assert list(sound(tmp_path / "a.wav")[::160, 0]) == [0, g711.decode(QUIET)[0]]


@pytest.mark.allow_warnings
def test_what_comes_after_lost_sound_stays_in_its_place(tmp_path: Path) -> None:
    recording = WavRecording(FillingDisk(tmp_path / "a.wav"), lambda error: None, limit_bytes=160)
    recording.write(LOUD, SILENT)
    recording.write(LOUD, SILENT)
    recording.save()
    recording.write(QUIET, SILENT)
    recording.save()
    recording.save()
    recording.write(QUIET, SILENT)
    recording.save()
    assert list(sound(tmp_path / "a.wav")[::160, 0]) == [
        g711.decode(LOUD)[0],
        0,
        0,
        g711.decode(QUIET)[0],
    ]
    assert recording.let_go(even_if_busy=True)
