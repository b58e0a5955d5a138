"""SoundNotes: says in strips which microphone or speaker came, went, or took over, and that it is silent."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from copilot_desktop.calls.events import CallId
from copilot_desktop.calls.states import CallState, Mode
from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.live.live_call import LiveCall, LiveCalls
from copilot_desktop.ui.shell import Shell
from copilot_desktop.ui.widgets.actions import Actions
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.strip import Deeds, Strip

_SOUND_PAGE = "sound"
_JUST_NOW_S = 2.0


class SoundNotes(QObject):
    """`plain` tells what came and went, `urgent` why the caller cannot hear the agent, and what helps.

    `page_asked` carries the page of the settings where devices are chosen.
    """

    page_asked = Signal(str)

    def __init__(
        self, bridge: Bridge, calls: LiveCalls, shell: Shell, actions: Actions, *, plain: Strip, urgent: Strip
    ) -> None:
        super().__init__(plain)
        self._plain, self._urgent = plain, urgent
        self._bridge, self._calls, self._shell, self._actions = bridge, calls, shell, actions
        self._gone = ("", float("-inf"))
        """What was said of the last device that went, and when."""
        self._held: CallId | None = None
        """The call that waits because a device went away."""
        self._silent: CallId | None = None
        """The call in which the microphone gives nothing, and that was told."""
        calls.changed.connect(self._call_moved)
        calls.ended.connect(self._call_over)

    def gone(self, name: str, now: str, *, is_microphone: bool, is_in_call: bool) -> None:
        """`name` was unplugged; `now` is what is used instead, empty: nothing is left."""
        title = self.tr("{0} was removed").format(name)
        if self._held is not None:
            # A headset is two devices, and the strip stands already.
            self._tell_held(title, now if is_microphone else None)
            return
        self._gone = (title, self._bridge.now_s())
        if now:
            text = self.tr("Using {0} now.").format(now)
            tone = "info"
        elif is_microphone:
            text = self.tr("We cannot find your microphone. Type, and the assistant's voice says your words.")
            tone = "danger" if is_in_call else "warning"
        else:
            text = self.tr("There is no other sound output. You do not hear callers.")
            tone = "danger" if is_in_call else "warning"
        self._tell(title, text, tone)

    def came(self, name: str, *, is_in_use: bool) -> None:
        """`name` was plugged in."""
        if self._held is not None and is_in_use:
            self._tell_held(self.tr("{0} was plugged in").format(name), name)
        elif is_in_use:
            self._tell(self.tr("{0} was plugged in").format(name), self.tr("It is used from now on."), "info")

    def hold_for_device(self, now: str, *, is_microphone: bool) -> bool:
        """A device went away: let the caller wait whom the agent speaks to, if there is one.

        `now` is the microphone that would be used instead; empty: there is none. Only the agent resumes.
        """
        call = next((each for each in self._calls.connected() if _is_spoken_in(each)), None)
        if call is None or not self._bridge.hold(call.call_id):
            return False
        self._held = call.call_id
        title, gone_s = self._gone
        if self._bridge.now_s() - gone_s > _JUST_NOW_S:
            title = self.tr("Your microphone was removed")
            if not is_microphone:
                title = self.tr("Your speaker was removed")
        # That another device is in use is not true any more.
        self._plain.dismiss()
        self._tell_held(title, now)
        return True

    # Inside.

    def _tell_held(self, title: str, now: str | None) -> None:
        call_id = self._held
        assert call_id is not None
        text = self.tr("The caller is on hold until you resume.")
        if now:
            text += " " + self.tr("You would speak into {0}.").format(now)
        elif now is not None:
            text += " " + self.tr("There is no other microphone: plug one in, or resume and type.")
        resume = self.tr("Resume   {0}").format(self._actions.keys("hold"))
        deeds = ((resume, lambda: self._bridge.resume(call_id)), self._change(self.tr("Choose another")))
        self._shout(title, text, deeds)

    def _call_moved(self, call: LiveCall) -> None:
        if call.call_id == self._held and not call.is_on_hold:
            self._held = None
            self._urgent.dismiss()
        if call is self._calls.current or call.call_id == self._silent:
            self._look_for_silence(call)

    def _call_over(self, call: LiveCall) -> None:
        if call.call_id in (self._held, self._silent):
            self._held = self._silent = None
            self._urgent.dismiss()

    def _look_for_silence(self, call: LiveCall) -> None:
        is_silent = (
            call.is_microphone_silent
            and call.has_microphone
            and not call.is_muted
            and call is self._calls.current
            and call.state is CallState.LIVE
            and _is_spoken_in(call)
        )
        if is_silent and self._silent is None:
            self._silent = call.call_id
            self._tell_silent(call.call_id)
        elif not is_silent and self._silent is not None:
            self._silent = None
            if self._held is None:
                self._urgent.dismiss()

    def _tell_silent(self, call_id: CallId) -> None:
        title = self.tr("We cannot hear you")
        text = self.tr("You are live, but your microphone gives no sound. It may be muted on the headset.")
        deeds: Deeds = (self._change(self.tr("Check microphone")),)
        if sentence := self._shell.waiting_sentence:
            deeds += ((self.tr("Play “{0}”").format(sentence), lambda: self._play(call_id, sentence)),)
        self._shout(title, text, deeds)

    def _play(self, call_id: CallId, sentence: str) -> None:
        self._bridge.say_text(call_id, sentence)
        if self._silent == call_id:
            # The strip closed with the button; nothing is mended yet.
            self._tell_silent(call_id)

    def _tell(self, title: str, text: str, tone: str) -> None:
        self._plain.tell(title, text, tone, (self._change(self.tr("Change")),))
        announce(self._plain, f"{title}. {text}", is_urgent=tone == "danger")

    def _shout(self, title: str, text: str, deeds: Deeds) -> None:
        self._urgent.tell(title, text, "danger", deeds)
        announce(self._urgent, f"{title}. {text}", is_urgent=True)

    def _change(self, words: str) -> tuple[str, Callable[[], object]]:
        return words, lambda: self.page_asked.emit(_SOUND_PAGE)


def _is_spoken_in(call: LiveCall) -> bool:
    """Whether the agent speaks in it just now."""
    return call.is_talk and call.mode is Mode.AGENT_SPEAKS and not call.is_on_hold
