"""Payloads of any length and time → 20 ms frames without holes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from copilot_desktop.audio.frame import FRAME_MS, SILENCE, AudioFrame
from copilot_desktop.telephony.inbound import MAX_FILL_MS, Inbound


def tone(number: int) -> bytes:
    """Return 20 ms unlike any other and unlike silence."""
    return bytes([number]) * 160


def feed(inbound: Inbound, *stamped: tuple[int, bytes]) -> list[AudioFrame]:
    """Let payloads arrive exactly when they are stamped."""
    return [frame for stamp, payload in stamped for frame in inbound.take(payload, stamp, stamp)]


def whole(frames: list[AudioFrame]) -> bytes:
    """Return the sound, having checked that the clock has no hole."""
    assert [frame.at_ms for frame in frames] == [FRAME_MS * index for index in range(len(frames))]
    assert all(len(frame.data) == 160 for frame in frames)
    return b"".join(frame.data for frame in frames)


def test_frames_pass_as_they_are() -> None:
    inbound = Inbound(0)
    assert feed(inbound, (0, tone(1)), (20, tone(2))) == [AudioFrame(tone(1), 0), AudioFrame(tone(2), 20)]
    assert (inbound.arrival.frames, inbound.arrival.gap_count, inbound.arrival.jitter_ms) == (2, 0, 0.0)


def test_times_rounded_otherwise_are_no_holes() -> None:
    inbound = Inbound(0)
    stamps = (5, 27, 41, 63, 99, 101)
    frames = feed(inbound, *((stamp, tone(index)) for index, stamp in enumerate(stamps)))
    assert whole(frames) == b"".join(tone(index) for index in range(6))


def test_a_late_first_stamp_begins_with_silence() -> None:
    inbound = Inbound(0)
    frames = feed(inbound, (65, tone(1)))
    assert whole(frames) == SILENCE * 3 + tone(1)
    assert inbound.arrival.gap_count == 0


def test_a_hole_is_filled_and_counted() -> None:
    inbound = Inbound(0)
    frames = feed(inbound, (0, tone(1)), (80, tone(2)), (100, tone(3)))
    assert whole(frames) == tone(1) + SILENCE * 3 + tone(2) + tone(3)
    assert (inbound.arrival.gap_count, inbound.arrival.gap_ms) == (1, 60)


def test_odd_lengths_are_joined() -> None:
    inbound = Inbound(0)
    sound = bytes(index % 251 for index in range(800))
    pieces = [(0, sound[:100]), (12, sound[100:500]), (62, sound[500:501]), (62, sound[501:])]
    assert whole(feed(inbound, *pieces)) == sound


def test_a_hole_after_an_odd_length_keeps_every_byte() -> None:
    inbound = Inbound(0)
    frames = feed(inbound, (0, tone(1)[:80]), (50, tone(2)), (70, tone(3)))
    assert whole(frames) == tone(1)[:80] + SILENCE * 2 + tone(2) + tone(3)[:80]


def test_a_step_back_loses_nothing() -> None:
    inbound = Inbound(0)
    frames = feed(inbound, (0, tone(1)), (20, tone(2)), (0, tone(3)), (20, tone(4)), (40, tone(5)))
    assert whole(frames) == b"".join(tone(index) for index in range(1, 6))
    assert inbound.arrival.gap_count == 0


def test_a_wild_jump_is_a_new_clock() -> None:
    inbound = Inbound(0)
    frames = feed(inbound, (0, tone(1)), (2**40, tone(2)), (2**40 + 20, tone(3)), (0, tone(4)), (60, tone(5)))
    filled = SILENCE * (MAX_FILL_MS // FRAME_MS)
    assert whole(frames) == tone(1) + filled + tone(2) + tone(3) + tone(4) + SILENCE * 2 + tone(5)


def test_waiting_gives_silence_at_the_pace_of_the_clock() -> None:
    inbound = Inbound(0)
    inbound.take(tone(1), 0, 0)
    assert inbound.silent_for_ms(199) == 199
    frames = [frame for now_ms in (200, 300, 410) for frame in inbound.wait_until(now_ms)]
    assert [frame.at_ms for frame in frames] == list(range(20, 400, 20))
    assert {frame.data for frame in frames} == {SILENCE}
    assert inbound.wait_until(415) == []


def test_sound_left_out_in_silence_finds_its_place() -> None:
    """The carrier sent nothing while the caller was silent: what was made up fits, nothing is moved."""
    inbound = Inbound(0)
    frames = inbound.take(tone(1), 0, 0) + inbound.wait_until(200) + inbound.wait_until(300)
    frames += inbound.take(tone(2), 320, 305)
    assert whole(frames) == tone(1) + SILENCE * 15 + tone(2)
    assert (inbound.arrival.gap_count, inbound.arrival.gap_ms) == (1, 300)


def test_sound_that_comes_late_is_moved_and_not_lost() -> None:
    inbound = Inbound(0)
    frames = inbound.take(tone(0), 0, 0) + inbound.wait_until(220)
    for index in range(1, 12):
        frames += inbound.take(tone(index), index * 20, 225)
    assert whole(frames) == tone(0) + SILENCE * 10 + b"".join(tone(index) for index in range(1, 12))
    assert inbound.arrival.gap_count == 0


def test_a_clock_that_ran_ahead_is_given_back_in_the_next_holes() -> None:
    inbound = Inbound(0)
    frames = inbound.take(tone(0), 0, 0) + inbound.wait_until(220)
    frames += inbound.take(tone(1), 20, 225)
    ahead_ms = frames[-1].at_ms - 20
    assert ahead_ms == 200
    for stamp_ms, ahead_ms in ((420, 100), (820, 0), (1220, 0)):
        now_ms = stamp_ms + 205
        frames += inbound.wait_until(now_ms)
        frames += inbound.take(tone(2), stamp_ms, now_ms)
        assert frames[-1].at_ms - stamp_ms == ahead_ms
    whole(frames)


def test_jitter_is_that_of_rfc_3550() -> None:
    inbound = Inbound(0)
    for stamp, arrived in ((0, 0), (20, 36), (40, 40)):
        inbound.take(tone(1), stamp, arrived)
    first = 16 / 16
    second = first + (16 - first) / 16
    assert inbound.arrival.jitter_ms == (first + second) / 2


PAYLOADS = st.lists(
    st.tuples(st.integers(0, 2**41), st.binary(max_size=500), st.integers(0, 400)), max_size=30
)


@given(PAYLOADS)
def test_whatever_comes_no_byte_is_lost_and_no_hole_is_left(payloads: list[tuple[int, bytes, int]]) -> None:
    inbound = Inbound(0)
    frames: list[AudioFrame] = []
    now_ms = 0
    for stamp, payload, waited_ms in payloads:
        now_ms += waited_ms
        if inbound.silent_for_ms(now_ms) >= 200:
            frames += inbound.wait_until(now_ms)
        loud = bytes(byte & 0x7F for byte in payload)
        frames += inbound.take(loud, stamp, now_ms)
    sound = whole(frames).replace(b"\xff", b"")
    sent = b"".join(bytes(byte & 0x7F for byte in payload) for _, payload, _ in payloads)
    assert sent.startswith(sound)
    assert len(sent) - len(sound) < 160
    assert len(frames) * FRAME_MS <= now_ms + len(sent) // 8 + len(payloads) * MAX_FILL_MS
