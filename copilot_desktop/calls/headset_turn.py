"""HeadsetTurn: whether this is the call that the agent speaks in; the headset belongs to one at a time."""

from __future__ import annotations

from collections.abc import Callable

from copilot_desktop.calls.call_sound import CallSound


class HeadsetTurn:
    """One call's. `is_agents` tells whether the agent speaks in it, `is_free` whether in no other call.

    `hold` lets the caller wait.
    """

    def __init__(
        self,
        sound: CallSound,
        *,
        is_agents: Callable[[], bool],
        is_free: Callable[[], bool],
        hold: Callable[[], None],
    ) -> None:
        self._sound = sound
        self._is_agents, self._is_free, self._hold = is_agents, is_free, hold
        self.is_away = False
        """The agent speaks in this call, but not now."""

    @property
    def is_here(self) -> bool:
        """True while the agent speaks in this call, and in no other."""
        return self._is_agents() and not self.is_away

    def give(self) -> None:
        """The agent turns to another call: this caller waits, and the microphone closes."""
        if self.is_here:
            if not self._sound.is_on_hold:
                self._hold()
            self.put_down()

    def put_down(self) -> None:
        """The caller goes where the agent cannot be heard, or the agent does."""
        self.is_away = self._is_agents()
        self._sound.microphone.close()

    def pick_up(self) -> None:
        """Let the agent speak again; if that is in another call just now, the caller waits."""
        if not self.is_away:
            return
        if self._is_free():
            self.is_away = False
            self._sound.microphone.open()
        elif not self._sound.is_on_hold:
            self._hold()
