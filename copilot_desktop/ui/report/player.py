"""CallPlayer: plays a call's recording; every moment is given and told in the call's own time."""

from __future__ import annotations

from collections import deque
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from copilot_desktop.report.recorded import Cut, Recorded
from copilot_desktop.ui.report.player_feed import CHUNK_BYTES, SPEEDS, Chunk, Order, PlayerFeed, Voices
from copilot_desktop.ui.report.player_output import OpenOutput, PlayerOutput, system_output

SKIP_MS = 5000
_PUMP_MS = 40


class PlayerState(StrEnum):
    """What the player can do just now."""

    LOADING = "loading"
    NOT_RECORDED = "not_recorded"
    MISSING = "missing"
    """It was recorded, and the file is gone or cannot be read."""
    ELSEWHERE = "elsewhere"
    """It lies on the desk that had the call."""
    NO_SOUND = "no_sound"
    """This computer has nothing to play on."""
    PAUSED = "paused"
    PLAYING = "playing"


class CallPlayer(QObject):
    """`moved` carries the call's time, some 25 times a second while it plays; `changed` tells of the rest.

    `open_output` gives what to play on; `device` is the key of the agent's choice.
    """

    moved = Signal(int)
    changed = Signal()

    def __init__(
        self, parent: QObject | None = None, *, device: str = "", open_output: OpenOutput = system_output
    ) -> None:
        super().__init__(parent)
        self._device, self.open_output = device, open_output
        self._recorded: Recorded | None = None
        self._feed: PlayerFeed | None = None
        self._output: PlayerOutput | None = None
        self._written = 0
        self._under_way: deque[tuple[int, int]] = deque()
        """Of pieces that are not heard yet: the written bytes at their end, and where they begin."""
        self._is_ending = False
        self.state = PlayerState.LOADING
        self.at_ms = self.first_ms = self.last_ms = 0
        self.asked_ms: int | None = None
        """The moment that somebody asked for last."""
        self.speed, self.voices, self.volume = 1.0, Voices.BOTH, 1.0
        self._pump = QTimer(self)
        self._pump.setInterval(_PUMP_MS)
        self._pump.timeout.connect(self._step)

    def load(
        self, path: Path | None, recorded: Recorded | None, end_ms: int, *, is_elsewhere: bool = False
    ) -> None:
        """Get ready to play `path`, of a call that ended at `end_ms`; None: it is not there."""
        self.close()
        self._recorded, self.last_ms = recorded, end_ms
        self.first_ms = min(recorded.begins_ms, end_ms) if recorded is not None else 0
        self.at_ms, self.asked_ms = self.first_ms, None
        if recorded is None:
            self._become(PlayerState.NOT_RECORDED)
        elif path is None:
            self._become(PlayerState.ELSEWHERE if is_elsewhere else PlayerState.MISSING)
        else:
            self._feed = PlayerFeed(path)
            self._become(PlayerState.PAUSED)
        self.moved.emit(self.at_ms)

    @property
    def can_play(self) -> bool:
        """There is a recording, whether or not there is something to play it on."""
        return self._feed is not None

    @property
    def cut(self) -> Cut | None:
        """Why there is nothing to be heard at this moment, if that is on purpose."""
        return self._recorded.cut_at(self.at_ms) if self._recorded is not None else None

    def play_from(self, at_ms: int) -> None:
        """Play from that moment of the call on."""
        self._place(at_ms)
        self.play()

    def seek(self, at_ms: int) -> None:
        """Go to that moment of the call; go on playing if it played."""
        self._place(at_ms)
        if self.state is PlayerState.PLAYING:
            self._restart()

    def skip(self, by_ms: int) -> None:
        """Go forward or back."""
        self.seek(self.at_ms + by_ms)

    def toggle(self) -> None:
        """Play, or pause."""
        self.pause() if self.state is PlayerState.PLAYING else self.play()

    def play(self) -> None:
        """Play from where it stands; from the beginning if that is the end."""
        if self._feed is None:
            return
        if self.at_ms >= self.last_ms:
            self._place(self.first_ms)
        if self._output is None:
            self._output = self.open_output(self._device, self._lost)
        if self._output is None or not self._restart():
            self._output = None
            self._become(PlayerState.NO_SOUND)

    def pause(self) -> None:
        """Be silent, and stay here."""
        if self.state is not PlayerState.PLAYING:
            return
        self._follow()
        self._silence()
        self._become(PlayerState.PAUSED)

    def set_speed(self, speed: float) -> None:
        """One of `SPEEDS`; the pitch stays."""
        if speed in SPEEDS and speed != self.speed:
            self.speed = speed
            self._again()

    def set_voices(self, voices: Voices) -> None:
        """Hear one side, or both."""
        if voices is not self.voices:
            self.voices = voices
            self._again()

    def set_volume(self, volume: float) -> None:
        """0 to 1."""
        self.volume = volume
        if self._output is not None:
            self._output.set_volume(volume)

    def close(self) -> None:
        """Stop, and let go of the recording. Safe twice."""
        self._silence()
        self._output = None
        feed, self._feed = self._feed, None
        if feed is not None:
            feed.close()

    # Inside.

    def _place(self, at_ms: int) -> None:
        self.asked_ms = at_ms
        self.at_ms = min(max(at_ms, self.first_ms), max(self.last_ms, self.first_ms))
        self.moved.emit(self.at_ms)

    def _again(self) -> None:
        if self.state is PlayerState.PLAYING:
            self._follow()
            self._restart()
        self.changed.emit()

    def _restart(self) -> bool:
        assert self._feed is not None
        assert self._recorded is not None
        assert self._output is not None
        self._silence()
        if not self._output.start(self.volume):
            return False
        self._feed.order(Order(self._recorded.recording_ms(self.at_ms), self.speed, self.voices))
        self._pump.start()
        self._become(PlayerState.PLAYING)
        return True

    def _silence(self) -> None:
        self._pump.stop()
        if self._output is not None:
            self._output.stop()
        self._under_way.clear()
        self._written, self._is_ending = 0, False

    def _step(self) -> None:
        if self._feed is None or self._output is None:
            return
        if self._feed.has_failed:
            self.close()
            self._become(PlayerState.MISSING)
            return
        while not self._is_ending and self._output.room() >= CHUNK_BYTES:
            chunk = self._feed.take()
            if chunk is None:
                break
            self._write(chunk)
        before_ms = self.at_ms
        self._follow()
        if self.at_ms != before_ms:
            self.moved.emit(self.at_ms)
        if self._is_ending and self._output.waiting() == 0:
            self._end()

    def _write(self, chunk: Chunk) -> None:
        assert self._output is not None
        self._output.write(chunk.pcm)
        self._written += len(chunk.pcm)
        self._under_way.append((self._written, chunk.at_ms))
        self._is_ending = chunk.is_last

    def _follow(self) -> None:
        """Take the time from what is heard just now."""
        if self._output is None or self._recorded is None:
            return
        heard = self._written - self._output.waiting()
        while len(self._under_way) > 1 and self._under_way[0][0] <= heard:
            self._under_way.popleft()
        if self._under_way:
            at_ms = self._recorded.call_ms(self._under_way[0][1])
            self.at_ms = min(max(at_ms, self.first_ms), self.last_ms)

    def _end(self) -> None:
        self._silence()
        self.at_ms = self.last_ms
        self.moved.emit(self.at_ms)
        self._become(PlayerState.PAUSED)

    def _lost(self) -> None:
        """The device went away in the middle of it."""
        if self.state is PlayerState.PLAYING:
            self._silence()
            self._output = None
            self._become(PlayerState.NO_SOUND)

    def _become(self, state: PlayerState) -> None:
        self.state = state
        self.changed.emit()
