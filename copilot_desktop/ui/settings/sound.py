"""Sound: microphone, speaker and bell of this computer, and what callers on hold hear."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from PySide6.QtWidgets import QVBoxLayout

from copilot_desktop.config import Settings
from copilot_desktop.ui.settings.page import Setting, SettingsPage, words
from copilot_desktop.ui.settings.sound_devices import DeviceField, LoudnessField, VoiceTrial
from copilot_desktop.ui.widgets.choices import ChoiceField, Option, RadioField, SwitchField
from copilot_desktop.ui.widgets.fields import Field
from copilot_desktop.ui.widgets.flow import FlowRow
from copilot_desktop.ui.widgets.push import push
from copilot_desktop.ui.widgets.sound_choice import SoundChoices

_TRIAL_S = 3.0


class SoundPage(SettingsPage):
    """Devices and loudness belong to this computer, so they are kept with the window's own preferences."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(
            setting,
            "sound",
            self.tr("Sound"),
            self.tr("How you speak and hear, how a call rings, and what callers hear on hold."),
        )
        self._own: dict[str, Field] = {}
        self._before = SoundChoices()
        self._no_sound = words("", "caution")
        self._no_sound.setObjectName("noSoundNote")
        self._no_sound.hide()
        self.body.addWidget(self._no_sound)
        self._build_microphone()
        self._build_speaker()
        self._build_bell()
        self._build_ear()
        self._build_hold()
        self._stop_following = self.door.sound.follow(self._show_devices)
        self.destroyed.connect(self._stop_following)

    # For the dialog.

    def show_settings(self, settings: Settings) -> None:
        """Also what this computer keeps for itself."""
        super().show_settings(settings)
        self._before = SoundChoices.load(self.door.preferences)
        for name, each in self._own.items():
            each.show_value(getattr(self._before, name))
        self.changed.emit()

    def first_shown(self) -> None:
        """Look for devices only now: that loads the sound system."""
        self.door.sound.prepare()
        self._show_devices()

    @property
    def choices(self) -> SoundChoices:
        """What stands in the fields."""
        changed: dict[str, Any] = {name: each.value() for name, each in self._own.items()}
        return replace(self._before, **changed)

    @property
    def has_changes(self) -> bool:
        """What is kept on this computer counts too."""
        return super().has_changes or self.choices != self._before

    def keep(self) -> None:
        """Keep the devices and how loud they are, and use them."""
        chosen = self.choices
        if chosen != self._before:
            self._before = chosen
            chosen.save(self.door.preferences)
            self.door.sound.apply()

    def restore(self) -> None:
        """Stop what is being tried."""
        self.setting.player.stop()
        self.trial_result.cancel()
        self.tone_result.cancel()
        self.ring_result.cancel()

    # Trying out.

    def try_voice(self) -> None:
        """Record the agent for three seconds, then play that back."""
        self.run(self.trial_result, self.tr("Your microphone is open"), self._try_voice())

    async def _try_voice(self) -> str:
        chosen = self.choices
        self.trial.begin()
        sound = await self.door.sound.record(chosen, _TRIAL_S, self.trial.show_level)
        self.trial.end()
        await self.door.sound.play(chosen, sound)
        return self.tr("That is what callers hear of you.")

    def try_tone(self) -> None:
        """Play a tone on the chosen speaker."""
        self.run(self.tone_result, self.tr("A soft tone sounds"), self._try_tone())

    async def _try_tone(self) -> str:
        await self.door.sound.play_tone(self.choices)
        return ""

    def try_bell(self) -> None:
        """Ring once, where and as loud as it is set, with the tone that is chosen."""
        self.run(self.ring_result, self.tr("It rings"), self._try_bell())

    async def _try_bell(self) -> str:
        await self.door.sound.play_ring(self.choices)
        return ""

    # Inside.

    def _show_devices(self) -> None:
        sound = self.door.sound
        self.microphone.show_devices(sound.microphones())
        self.speaker.show_devices(sound.speakers())
        self._show_ringers()
        if sound.is_library_missing:
            text = self.tr(
                "There is no sound: a part of the system is missing. On Debian and Ubuntu it is the package "
                "libpulse0. Calls go on without it; what you type is said by the assistant's voice."
            )
        elif not sound.microphones():
            text = self.tr(
                "We cannot find a microphone. Plug in a headset; it is found at once. Until then the "
                "assistant's voice says what you type."
            )
        elif not sound.speakers():
            text = self.tr(
                "This computer has no sound output that we can use: calls ring on the screen only."
            )
        else:
            text = ""
        self._no_sound.setText(text)
        self._no_sound.setVisible(bool(text))

    def _show_ringers(self) -> None:
        sound = self.door.sound
        name = sound.usual_ringer(self.choices)
        usual = self.tr("Loudspeakers ({0})").format(name) if name else self.tr("Loudspeakers")
        self.ringer.show_devices(sound.speakers(), usual)

    def _own_field(self, rows: QVBoxLayout, *added: Field) -> None:
        known = {field.name for field in fields(SoundChoices)}
        for each in added:
            assert each.name in known, each.name
            self._own[each.name] = each
            each.changed.connect(self.changed)
            rows.addWidget(each)

    def _build_microphone(self) -> None:
        rows = self.group(self.tr("Microphone"), self.tr("It opens only when you take over or press a test."))
        self.microphone = DeviceField("microphone", self.tr("You speak into"))
        gain = LoudnessField("microphone_gain_db", self.tr("Level"), -12, 24, "dB")
        self._own_field(rows, self.microphone, gain)
        self.trial = VoiceTrial(self.theme)
        self.trial.asked.connect(self.try_voice)
        rows.addWidget(self.trial)
        self.trial_result = self.result("trial")
        rows.addWidget(self.trial_result)
        self._own_field(
            rows,
            RadioField(
                "echo",
                self.tr("You hear callers through"),
                (
                    Option("headset", self.tr("a headset"), self.tr("Nothing touches your sound. Best.")),
                    Option(
                        "cancel",
                        self.tr("loudspeakers"),
                        self.tr(
                            "An echo canceller takes what they play out of your microphone. While you both "
                            "speak at once your voice suffers: half of such words are written down wrongly."
                        ),
                    ),
                    Option(
                        "half_duplex",
                        self.tr("loudspeakers, in turn"),
                        self.tr(
                            "Your microphone is silent while the caller speaks, unless you are much louder."
                        ),
                    ),
                ),
            ),
        )

    def _build_speaker(self) -> None:
        rows = self.group(self.tr("Speaker"))
        self.speaker = DeviceField("speaker", self.tr("You hear calls on"))
        volume = LoudnessField("speaker_volume", self.tr("Loudness"), 0, 100, "%")
        self._own_field(rows, self.speaker, volume)
        tone = push(self.tr("Test tone"), "speakerTone")
        tone.clicked.connect(self.try_tone)
        rows.addLayout(FlowRow(tone))
        self.tone_result = self.result("tone")
        # What calls ring on depends on what is worn.
        self.speaker.changed.connect(self._show_ringers)
        rows.addWidget(self.tone_result)
        self._own_field(
            rows,
            SwitchField(
                "listens_in",
                self.tr("Listen in"),
                self.tr("You hear the call while the AI speaks. Your microphone stays closed."),
            ),
            RadioField(
                "if_device_gone",
                self.tr("If a device disappears in a call"),
                (
                    Option(
                        "switch",
                        self.tr("use another"),
                        self.tr("The one that the system offers. You are told."),
                    ),
                    Option(
                        "hold",
                        self.tr("hold the call"),
                        self.tr("While you speak: the caller waits until you resume. You are told."),
                    ),
                ),
            ),
        )

    def _build_bell(self) -> None:
        rows = self.group(self.tr("Bell"))
        self.ringer = DeviceField(
            "ringer", self.tr("Calls ring on"), self.tr("Best not the headset: it may lie on the table.")
        )
        self.volume = LoudnessField("ring_volume", self.tr("Loudness"), 0, 100, "%")
        self.tone = ChoiceField(
            "ring_tone",
            self.tr("Tone"),
            (
                Option("bell", self.tr("Soft bell")),
                Option("marimba", self.tr("Marimba")),
                Option("telephone", self.tr("Telephone")),
            ),
            self.tr("It begins softly and is as loud as you set it after three seconds."),
        )
        self._own_field(rows, self.ringer, self.volume, self.tone)
        self.volume.slider.setObjectName("ringVolume")
        self.try_button = push(self.tr("Test tone"), "testTone")
        self.try_button.clicked.connect(self.try_bell)
        rows.addLayout(FlowRow(self.try_button))
        self.ring_result = self.result("ring")
        rows.addWidget(self.ring_result)
        self._own_field(rows, SwitchField("rings_in_headset", self.tr("Ring also in the headset")))

    def _build_ear(self) -> None:
        lead = self.tr("Soft, and never heard by callers. All of it is also shown on the screen.")
        rows = self.group(self.tr("In your ear"), lead)
        self._own_field(
            rows,
            SwitchField(
                "ticks_for_second_call",
                self.tr("Tick for a second call"),
                self.tr("A soft double tick; never the loud bell while you talk."),
            ),
            SwitchField(
                "reminds_of_hold",
                self.tr("Remind me of callers on hold"),
                self.tr("After two minutes, then every 30 seconds."),
            ),
            SwitchField(
                "ticks_when_muted",
                self.tr("Tick when I am muted"),
                self.tr("Every two seconds while you speak and nobody hears it."),
            ),
            SwitchField(
                "sounds_when_needed",
                self.tr("Two notes when the AI needs me"),
                self.tr("When a draft has waited for 8 seconds, the AI asks you, or the transcript stops."),
            ),
            SwitchField("sounds_at_end", self.tr("Two low notes when a call has ended")),
        )

    def _build_hold(self) -> None:
        rows = self.group(self.tr("On hold"))
        self.add(
            rows,
            RadioField(
                "hold_sound",
                self.tr("The caller hears"),
                (Option("music", self.tr("quiet music")), Option("silence", self.tr("silence"))),
            ),
        )
