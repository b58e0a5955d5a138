"""Sound of servers on its way to the line: cut anywhere, at any rate, with or without a header."""

from __future__ import annotations

import io
import struct
import wave

import numpy as np
import pytest
from numpy.typing import NDArray

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import FRAME_BYTES, SILENCE
from copilot_desktop.engines.voice.phone_sound import PhoneSound
from copilot_desktop.engines.voice.wav_header import WavHeader

WORDS = "a sentence that is long enough"


def tone(rate_hz: int, tone_hz: float = 1000, length_s: float = 1.0, peak: int = 10000) -> NDArray[np.int16]:
    time_s = np.arange(int(rate_hz * length_s)) / rate_hz
    return (np.sin(2 * np.pi * tone_hz * time_s) * peak).astype("<i2")


def spoken(data: bytes, rate_hz: int, piece: int) -> bytes:
    sound = PhoneSound(rate_hz, WORDS)
    pieces = [sound.push(data[start : start + piece]) for start in range(0, len(data), piece)]
    pieces.append(sound.finish())
    assert all(len(frames) % FRAME_BYTES == 0 for frames in pieces)
    return b"".join(pieces)


def loudness_db(ulaw: bytes) -> float:
    pcm = g711.decode(ulaw).astype(float)[400:-400]
    return float(20 * np.log10(np.sqrt(np.mean(pcm**2)) / 10000 * np.sqrt(2) + 1e-9))


@pytest.mark.parametrize("piece", [1, 333, 4801, 48000])
def test_it_does_not_matter_where_pieces_are_cut(piece: int) -> None:
    data = tone(24000).tobytes()
    sound, whole = spoken(data, 24000, piece), spoken(data, 24000, len(data))
    assert abs(len(sound) - len(whole)) <= FRAME_BYTES
    pcm, expected = (g711.decode(each[: FRAME_BYTES * 49]).astype(int) for each in (sound, whole))
    assert np.abs(pcm - expected).max() <= 512


@pytest.mark.parametrize("rate_hz", [8000, 16000, 22050, 24000, 44100, 48000])
def test_length_level_and_pitch_are_kept(rate_hz: int) -> None:
    sound = spoken(tone(rate_hz).tobytes(), rate_hz, 4801)
    assert len(sound) == pytest.approx(8000, abs=2 * FRAME_BYTES)
    assert loudness_db(sound[:7840]) == pytest.approx(0, abs=0.3)
    spectrum = np.abs(np.fft.rfft(g711.decode(sound[:8000]).astype(float)))
    assert np.argmax(spectrum) * 8000 / len(sound[:8000]) == pytest.approx(1000, abs=5)


@pytest.mark.parametrize("tone_hz", [5200, 6300, 9500])
def test_what_the_line_cannot_carry_does_not_fold_back(tone_hz: float) -> None:
    heard = tone(24000, 1000) // 4 + tone(24000, tone_hz) // 2
    pcm = g711.decode(spoken(heard.astype("<i2").tobytes(), 24000, 4801)[:8000]).astype(float)
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(len(pcm))))
    folded = round(abs(tone_hz - 8000))
    assert 20 * np.log10(spectrum[folded - 2 : folded + 3].max() / spectrum[998:1003].max()) < -40


def test_the_first_frame_comes_with_the_first_24_ms() -> None:
    sound = PhoneSound(24000, WORDS)
    frames = sound.push(tone(24000).tobytes()[: 24 * 48])
    assert len(frames) == FRAME_BYTES


def test_silence_before_the_first_sound_is_left_out_and_none_after_it() -> None:
    pcm = np.concatenate([np.zeros(24000), tone(24000, length_s=0.5), np.zeros(7200), tone(24000)])
    sound = spoken(pcm.astype("<i2").tobytes(), 24000, 4801)
    assert len(sound) / 8000 == pytest.approx(0.5 + 0.3 + 1.0 + 0.04, abs=0.03)


def test_a_soft_beginning_is_kept() -> None:
    soft, loud = tone(8000, length_s=0.04, peak=120), tone(8000, length_s=0.2)
    ulaw = SILENCE * 10 + g711.encode(soft) + g711.encode(loud)
    sound = PhoneSound(8000, WORDS)
    pieces = [sound.push_ulaw(ulaw[start : start + 100]) for start in range(0, len(ulaw), 100)]
    assert b"".join(pieces) + sound.finish() == g711.encode(soft) + g711.encode(loud)


def test_only_silence_is_no_sound() -> None:
    sound = PhoneSound(24000, WORDS)
    assert sound.push(bytes(96000)) == b""
    with pytest.raises(ValueError, match="no sound"):
        sound.finish()
    with pytest.raises(ValueError, match="no sound"):
        PhoneSound(24000, WORDS).finish()


def test_far_more_sound_than_words_is_refused() -> None:
    sound = PhoneSound(24000, "Yes.")
    sound.push(tone(24000, length_s=3).tobytes())
    with pytest.raises(ValueError, match="far more"):
        sound.push(tone(24000).tobytes())


def test_sound_that_cannot_be_the_whole_sentence_is_known() -> None:
    sound = PhoneSound(8000, "Your order has left our warehouse this morning.")
    sound.push(tone(8000, length_s=0.3).tobytes())
    assert sound.is_cut_short
    sound.push(tone(8000, length_s=0.7).tobytes())
    assert not sound.is_cut_short
    assert sound.duration_ms == 1000


def wav(rate_hz: int, channels: int = 1, width: int = 2) -> bytes:
    with io.BytesIO() as file:
        with wave.open(file, "wb") as made:
            made.setnchannels(channels)
            made.setsampwidth(width)
            made.setframerate(rate_hz)
            made.writeframes(tone(rate_hz).tobytes())
        return file.getvalue()


@pytest.mark.parametrize("piece", [1, 7, 44, 100_000])
def test_a_header_may_come_in_any_pieces(piece: int) -> None:
    data = wav(16000)
    header = WavHeader()
    samples = b"".join(header.push(data[start : start + piece]) for start in range(0, len(data), piece))
    assert header.rate_hz == 16000
    assert samples == tone(16000).tobytes()


def test_what_follows_the_samples_is_no_sound() -> None:
    data = wav(16000) + b"LIST" + struct.pack("<I", 400) + b"\x55" * 400
    header = WavHeader()
    assert header.push(data) + header.push(b"\x55" * 100) == tone(16000).tobytes()


@pytest.mark.parametrize("length", [0, 0xFFFFFFFF, 0x7FFFFFFF])
def test_an_unknown_length_means_to_the_end(length: int) -> None:
    data = wav(16000)
    data = data[:40] + struct.pack("<I", length) + data[44:]
    assert WavHeader().push(data) == tone(16000).tobytes()


@pytest.mark.parametrize(
    "data",
    [
        b"RIFX" + bytes(40),
        b"RIFF\0\0\0\0AVI " + bytes(40),
        b"RIFF\0\0\0\0WAVEdata\0\0\0\0",
        b"RIFF\0\0\0\0WAVEjunk\xff\xff\0\0" + bytes(5000),
        wav(16000, channels=2),
        wav(16000, width=1),
        wav(400),
    ],
)
def test_what_is_no_speech_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="."):
        WavHeader().push(data)
