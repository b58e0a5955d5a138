"""The caller's sound as it arrives → 20 ms frames without holes, and how well it came. Pure, no clock.

One byte is 1/8 ms, so the place of the next byte on the stream's clock is simply the number of bytes
given out so far. A payload says by its `timestamp` where it belongs:

- later than our place by a frame or more: sound is missing, and silence takes its place;
- less than a frame off: the two clocks round differently, nothing is done;
- earlier: silence stood in for it while it was late (`wait_until`), or the sender's clock stepped back.
  It is put at our place all the same: moved, never lost. Our clock then runs ahead of the sender's by
  that much, and the next holes get less silence until the two agree again.
"""

from __future__ import annotations

from copilot_desktop.audio.frame import FRAME_BYTES, FRAME_MS, SILENCE, SILENCE_BYTE, AudioFrame
from copilot_desktop.calls.arrived import Arrived

MAX_FILL_MS = 5000
"""A greater jump, either way, is a new clock: at most this much silence, then it counts from there."""
_GIVEN_BACK_MS = 100
"""How much of being ahead one hole may absorb; more would hold up the silence that ends a turn."""
_BYTES_A_MS = FRAME_BYTES // FRAME_MS


class Inbound:
    """One stream's payloads, re-framed. `arrived_ms` and `now_ms` are of any one monotonic clock."""

    def __init__(self, now_ms: float) -> None:
        self.arrival = Arrived()
        self._next_ms = 0
        self._rest = bytearray()
        self._offset_ms = 0
        self._due_ms: int | None = None
        self._last_arrived_ms = now_ms
        self._waited_from_ms = 0
        self._ahead_ms = 0

    def take(self, payload: bytes, stamp_ms: int, arrived_ms: float) -> list[AudioFrame]:
        """Return the frames that `payload`, stamped `stamp_ms` by the sender, makes complete."""
        self._measure(len(payload) // _BYTES_A_MS, stamp_ms, arrived_ms)
        jump_ms = stamp_ms - self._offset_ms - self._place_ms()
        if jump_ms >= FRAME_MS or jump_ms < -MAX_FILL_MS:
            self._close_jump(jump_ms, stamp_ms)
        elif not self._rest and len(payload) == FRAME_BYTES:
            frames = [AudioFrame(payload, self._next_ms)]
            self._next_ms += FRAME_MS
            self._note_place(arrived_ms)
            return frames
        self._rest += payload
        frames = self._whole_frames()
        self._note_place(arrived_ms)
        return frames

    def wait_until(self, now_ms: float) -> list[AudioFrame]:
        """Nothing has come for a while: return silence up to `now_ms`, at the pace of the wall clock."""
        # The payload due at this very moment may be about to come: its place is kept free.
        waited_ms = int(now_ms - self._last_arrived_ms) - FRAME_MS
        given_back_ms = min(self._ahead_ms, _GIVEN_BACK_MS)
        missing_ms = self._waited_from_ms + waited_ms - given_back_ms - self._place_ms()
        # Whole frames only, so that the sound that comes next is not torn over two.
        frame_count = (len(self._rest) + missing_ms * _BYTES_A_MS) // FRAME_BYTES
        if frame_count <= 0:
            return []
        self._rest += bytes([SILENCE_BYTE]) * (frame_count * FRAME_BYTES - len(self._rest))
        return self._whole_frames()

    def silent_for_ms(self, now_ms: float) -> float:
        """Return how long nothing has come."""
        return now_ms - self._last_arrived_ms

    def _place_ms(self) -> int:
        return self._next_ms + len(self._rest) // _BYTES_A_MS

    def _note_place(self, arrived_ms: float) -> None:
        self._last_arrived_ms = arrived_ms
        self._waited_from_ms = place_ms = self._place_ms()
        self._ahead_ms = max(0, place_ms + self._offset_ms - (self._due_ms or 0))

    def _close_jump(self, jump_ms: int, stamp_ms: int) -> None:
        fill_ms = min(jump_ms - jump_ms % FRAME_MS, MAX_FILL_MS)
        if fill_ms > 0:
            self._rest += SILENCE * (fill_ms // FRAME_MS)
        if abs(jump_ms) > MAX_FILL_MS:
            self._offset_ms = stamp_ms - self._place_ms()

    def _whole_frames(self) -> list[AudioFrame]:
        rest, frames = self._rest, []
        whole_bytes = len(rest) - len(rest) % FRAME_BYTES
        for start in range(0, whole_bytes, FRAME_BYTES):
            frames.append(AudioFrame(bytes(rest[start : start + FRAME_BYTES]), self._next_ms))
            self._next_ms += FRAME_MS
        del rest[:whole_bytes]
        return frames

    def _measure(self, length_ms: int, stamp_ms: int, arrived_ms: float) -> None:
        self.arrival.note(stamp_ms, arrived_ms, place_ms=self._place_ms(), due_ms=self._due_ms)
        self._due_ms = stamp_ms + length_ms
