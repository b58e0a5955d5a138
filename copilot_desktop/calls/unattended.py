"""Unattended: a caller whom nobody talks to hears a message, or leaves one of their own."""

from __future__ import annotations

from collections.abc import Callable

from copilot_desktop.audio.tones import beep
from copilot_desktop.calls.call_sound import CallSound
from copilot_desktop.calls.events import Party, Treatment
from copilot_desktop.calls.voicemail import Voicemail
from copilot_desktop.calls.world import CallSettings


class Unattended:
    """Begins with the first stream and ends the call, unless `stop` comes first: then somebody talks.

    `hang_up` ends the call; `leave` only its sound, so that the carrier's own voice says the message.
    """

    def __init__(
        self,
        settings: CallSettings,
        sound: CallSound,
        *,
        hang_up: Callable[[], None],
        leave: Callable[[], None],
    ) -> None:
        self._settings, self._sound = settings, sound
        self._hang_up, self._leave = hang_up, leave
        self._voicemail: Voicemail | None = None

    @property
    def has_message(self) -> bool:
        """The caller has left words after the tone."""
        return self._voicemail is not None and self._voicemail.has_words

    def begin(self, treatment: Treatment) -> None:
        """The caller can hear us."""
        if treatment is Treatment.VOICEMAIL:
            # Nothing is kept before the tone; the prompt is what tells the caller.
            self._sound.record(needs_notice=True)
            self._say(self._settings.voicemail_prompt, self._prompt_over)
        else:
            self._say(self._settings.message, self._message_over)

    def hear(self, line_ms: int) -> None:
        """A frame of the caller's has passed, which began at `line_ms` of the call."""
        if self._voicemail is not None and self._voicemail.hear(self._sound.ear.is_speaking, line_ms):
            self._record_over(self._voicemail)

    def stop(self) -> None:
        """Somebody takes the call; what is being said is theirs to cut off. Safe twice."""
        self._voicemail = None

    def _say(self, text: str, then: Callable[[bool, bool], None]) -> None:
        if text.strip():
            self._sound.answering.say_notice(text, then)
        else:
            then(True, False)

    def _message_over(self, was_heard: bool, was_cut: bool) -> None:
        if was_heard:
            self._hang_up()
        elif not was_cut:
            self._leave()

    def _prompt_over(self, was_heard: bool, was_cut: bool) -> None:
        """Let the tone follow, also a prompt that our voice failed on: people know what a tone means."""
        if was_cut:
            return
        self._sound.recording.notice_given(self._settings.voicemail_prompt, Party.ASSISTANT)
        self._sound.speaker.send_keys(beep(), is_hidden=False)
        self._voicemail = Voicemail(
            pause_ms=round(self._settings.voicemail_pause_s * 1000),
            limit_ms=round(self._settings.voicemail_limit_s * 1000),
        )

    def _record_over(self, voicemail: Voicemail) -> None:
        if voicemail.has_words:
            self._say(self._settings.voicemail_thanks, self._thanks_over)
        else:
            self._hang_up()

    def _thanks_over(self, was_heard: bool, was_cut: bool) -> None:
        if not was_cut:
            self._hang_up()
