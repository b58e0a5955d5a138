"""The devices of the Sound page: which microphone, speaker and ringer, how loud, and trying them out."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QSlider

from copilot_desktop.ui.settings.sound_door import NamedDevice
from copilot_desktop.ui.widgets.choices import ChoiceField, Option
from copilot_desktop.ui.widgets.fields import Field
from copilot_desktop.ui.widgets.meters import LevelMeter
from copilot_desktop.ui.widgets.push import PushButton, push
from copilot_desktop.ui.widgets.theme import Theme, label, set_look


class DeviceField(ChoiceField):
    """One of the devices there are, or whatever the system takes. One that is gone stays chosen."""

    def __init__(self, name: str, title: str, hint: str = "") -> None:
        super().__init__(name, title, (), hint)
        # Names of devices may be of any length.
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(24)

    def show_devices(self, devices: Sequence[NamedDevice], usual: str = "") -> None:
        """Offer `devices`; `usual` are the words for none of them, by default that the system chooses."""
        default = next((device.name for device in devices if device.is_default), "")
        system = usual or (
            self.tr("As the system does ({0})").format(default) if default else self.tr("As the system does")
        )
        chosen = self.value()
        known = [Option(device.key, device.name) for device in devices]
        if chosen and all(option.value != chosen for option in known):
            known.append(Option(str(chosen), self.words_for(str(chosen))))
        self.offer([Option("", system), *known])

    def value(self) -> object:
        return self.box.currentData() or ""

    def words_for(self, value: str) -> str:
        return self.tr("{0} (not connected)").format(value)


class LoudnessField(Field):
    """A slider with its value in words."""

    def __init__(self, name: str, title: str, least: int, most: int, unit: str, hint: str = "") -> None:
        super().__init__(name, title, hint)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(least, most)
        self.slider.setPageStep(max(1, (most - least) // 10))
        self.slider.setMinimumWidth(160)
        self._unit = unit
        self._words = label("", "muted")
        self.slider.valueChanged.connect(self._moved)
        self.place(self.slider, self._words)
        self._moved(self.slider.value())

    def value(self) -> object:
        return self.slider.value()

    def show_value(self, value: object) -> None:
        assert isinstance(value, int)
        self.slider.blockSignals(True)
        self.slider.setValue(value)
        self.slider.blockSignals(False)
        self._say(value)

    def _moved(self, value: int) -> None:
        self._say(value)
        self.changed.emit()

    def _say(self, value: int) -> None:
        if self._unit == "%":
            self._words.setText(self.tr("{0} %").format(value) if value else self.tr("off"))
        else:
            self._words.setText(self.tr("{0:+d} dB").format(value) if value else self.tr("as it is"))
        self.slider.setAccessibleDescription(self._words.text())


class VoiceTrial(Field):
    """Records three seconds and plays them back; meanwhile one sees how loud one is."""

    asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__("voice_trial", "")
        self.button: PushButton = push(self.tr("Record and play back"), "recordTrial")
        self.button.clicked.connect(self.asked)
        self.meter = LevelMeter(theme, self.tr("Loudness of your microphone"), "success")
        self.verdict = QLabel()
        self.verdict.setObjectName("voiceVerdict")
        self.place(self.button, self.meter, self.verdict, has_title=False)
        self.button.setObjectName("recordTrialButton")
        self.button.setAccessibleName(self.button.text())
        self._loudest_dbfs = -90.0

    def begin(self) -> None:
        """Recording has begun."""
        self._loudest_dbfs = -90.0
        self._say(self.tr("Speak now…"), "muted")

    def show_level(self, level_dbfs: float) -> None:
        """Show how loud it is at this moment."""
        self._loudest_dbfs = max(self._loudest_dbfs, level_dbfs)
        self.meter.show_level(level_dbfs)

    def end(self) -> None:
        """Recording is over: say what it was like."""
        self.meter.show_level(-90.0)
        if self._loudest_dbfs < -70:
            self._say(self.tr("No sound at all. Is it switched off on the headset?"), "danger")
        elif self._loudest_dbfs < -40:
            self._say(self.tr("Too soft. Raise the level, or bring it nearer."), "warning")
        elif self._loudest_dbfs > -3:
            self._say(self.tr("Too loud. Lower the level."), "warning")
        else:
            self._say(self.tr("Good level"), "success")

    def _say(self, words: str, tone: str) -> None:
        self.verdict.setText(words)
        set_look(self.verdict, "tone", tone)
