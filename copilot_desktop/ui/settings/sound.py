"""Sound: the bell, and what a caller on hold hears."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSlider

from copilot_desktop.config import Settings
from copilot_desktop.ui.ring_tone import RING_VOLUME, ring_volume
from copilot_desktop.ui.settings.choices import Option, RadioField
from copilot_desktop.ui.settings.fields import Field
from copilot_desktop.ui.settings.flow import FlowRow
from copilot_desktop.ui.settings.page import Setting, SettingsPage, words
from copilot_desktop.ui.settings.push import push
from copilot_desktop.ui.theme import label


class SoundPage(SettingsPage):
    """The bell's loudness belongs to this computer, so it is kept with the window's own preferences."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(
            setting,
            "sound",
            self.tr("Sound"),
            self.tr("How you hear a call coming, and what callers hear on hold."),
        )
        self._build_bell()
        rows = self.group(self.tr("On hold"))
        self.add(
            rows,
            RadioField(
                "hold_sound",
                self.tr("The caller hears"),
                (Option("music", self.tr("quiet music")), Option("silence", self.tr("silence"))),
            ),
        )
        rows = self.group(self.tr("Microphone and headset"))
        rows.addWidget(
            words(
                self.tr(
                    "Speaking to callers with your own voice comes with the headset part of this program. "
                    "Until then the assistant's voice says what you approve or type."
                ),
                "muted",
            )
        )

    def show_settings(self, settings: Settings) -> None:
        """Also the bell's loudness."""
        super().show_settings(settings)
        self._volume_before = ring_volume(self.door.preferences)
        self.volume.setValue(self._volume_before)

    @property
    def has_changes(self) -> bool:
        """The bell's loudness counts too."""
        return super().has_changes or self.volume.value() != self._volume_before

    def keep(self) -> None:
        """Remember the bell's loudness."""
        self._volume_before = self.volume.value()
        self.door.preferences.setValue(RING_VOLUME, self._volume_before)

    def restore(self) -> None:
        """Stop a bell that was tried."""
        self.setting.player.stop()

    def try_bell(self) -> None:
        """Ring once as loud as it is set."""
        if self.setting.player.can_play():
            self._no_sound.hide()
            self.setting.player.play(self.theme.resource("sounds", "ring.wav"), self.volume.value() / 100)
        else:
            self._no_sound.show()

    def _build_bell(self) -> None:
        rows = self.group(self.tr("Bell"))
        self._volume_before = 0
        self.volume = QSlider(Qt.Orientation.Horizontal)
        self.volume.setObjectName("ringVolume")
        self.volume.setAccessibleName(self.tr("Loudness of the bell"))
        self.volume.setRange(0, 100)
        self.volume.setPageStep(10)
        self.volume.setMinimumWidth(200)
        self.percent = label("", "muted")
        self.volume.valueChanged.connect(self._volume_moved)
        self.try_button = push(self.tr("Test tone"), "testTone")
        self.try_button.clicked.connect(self.try_bell)
        holder = Field("ring_volume", self.tr("Loudness"))
        holder.place(self.volume, self.percent, self.try_button)
        self.volume.setObjectName("ringVolume")
        rows.addWidget(holder)
        self._no_sound = words(self.tr("This computer has no sound output that we can use."), "caution")
        self._no_sound.setObjectName("noSoundNote")
        self._no_sound.hide()
        rows.addWidget(self._no_sound)
        rows.addLayout(FlowRow())

    def _volume_moved(self, percent: int) -> None:
        self.percent.setText(self.tr("{0} %").format(percent) if percent else self.tr("off"))
        self.changed.emit()
