"""Appearance: colours, the size of text, motion: seen at once, kept on Save. And what screen readers say."""

from __future__ import annotations

from copilot_desktop.config import Settings
from copilot_desktop.ui.settings.page import Setting, SettingsPage
from copilot_desktop.ui.transcript.transcript_aloud import Aloud
from copilot_desktop.ui.widgets.choices import ChoiceField, Option, RadioField, SwitchField
from copilot_desktop.ui.widgets.theme import SCALES, ThemeChoice

_Look = tuple[ThemeChoice, float, bool, bool]


class AppearancePage(SettingsPage):
    """What is chosen is tried in all windows; `restore` brings the old look back."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(
            setting,
            "appearance",
            self.tr("Appearance"),
            self.tr("Shown at once. Cancel brings the old look back."),
        )
        rows = self.group(self.tr("Colours"))
        self.colours = RadioField(
            "colours",
            "",
            (
                Option(ThemeChoice.SYSTEM, self.tr("Like the system")),
                Option(ThemeChoice.LIGHT, self.tr("Light")),
                Option(ThemeChoice.DARK, self.tr("Dark")),
            ),
        )
        self.colours.title = self.tr("Colours")
        self.contrast = SwitchField(
            "high_contrast",
            self.tr("High contrast"),
            self.tr(
                "Black and white with strong edges. If the system asks for it, its own colours are used."
            ),
        )
        rows.addWidget(self.colours)
        rows.addWidget(self.contrast)
        rows = self.group(self.tr("Text"))
        self.text_size = ChoiceField(
            "text_size",
            self.tr("Size of text"),
            [Option(str(scale), self.tr("{0} %").format(round(scale * 100))) for scale in SCALES],
            self.tr("Also with Ctrl++ and Ctrl+- at any time."),
        )
        rows.addWidget(self.text_size)
        rows = self.group(self.tr("Motion"))
        self.motion = SwitchField(
            "reduced_motion",
            self.tr("Reduced motion"),
            self.tr("Nothing fades or blinks, and the meters move slowly. Also if the system asks for it."),
        )
        rows.addWidget(self.motion)
        self._build_aloud()
        self.colours.changed.connect(self._try)
        self.contrast.changed.connect(self._try)
        self.text_size.changed.connect(self._try)
        self.motion.changed.connect(self._try)
        self._before = self._look()
        self._is_ours = False
        self.theme.changed.connect(self._follow)

    def show_settings(self, settings: Settings) -> None:
        """Show the look in force."""
        self.read_aloud.show_value(Aloud.load(self.door.preferences).value)
        super().show_settings(settings)
        self._before = self._look()
        self._show_look()

    @property
    def has_changes(self) -> bool:
        """Whether another look is tried, or something else is to be read out."""
        return self._look() != self._before or self._aloud() is not Aloud.load(self.door.preferences)

    def keep(self) -> None:
        """What is chosen holds from now on."""
        self._before = self._look()
        self._aloud().save(self.door.preferences)

    def restore(self) -> None:
        """Bring the old look back."""
        self._take(self._before)
        self._show_look()
        self.read_aloud.show_value(Aloud.load(self.door.preferences).value)

    def _build_aloud(self) -> None:
        rows = self.group(self.tr("Screen reader"))
        self.read_aloud = RadioField(
            "read_aloud",
            self.tr("Read new turns aloud"),
            (
                Option(
                    Aloud.NOBODY, self.tr("Off"), self.tr("Ctrl+Shift+L reads what the caller said last.")
                ),
                Option(Aloud.CALLER, self.tr("Caller only")),
                Option(Aloud.EVERYBODY, self.tr("Everything")),
            ),
            self.tr("It talks while the caller talks; so it is off unless you want it."),
        )
        rows.addWidget(self.read_aloud)
        self.read_aloud.changed.connect(self.changed)

    def _aloud(self) -> Aloud:
        return Aloud(str(self.read_aloud.value()))

    def _try(self) -> None:
        choice, scale = ThemeChoice(str(self.colours.value())), float(str(self.text_size.value()))
        self._take((choice, scale, bool(self.contrast.value()), bool(self.motion.value())))
        self.changed.emit()

    def _look(self) -> _Look:
        theme = self.theme
        return theme.choice, theme.scale, theme.is_high_contrast, theme.wants_less_motion

    def _take(self, look: _Look) -> None:
        choice, scale, is_high_contrast, wants_less_motion = look
        self._is_ours = True
        if is_high_contrast is not self.theme.is_high_contrast:
            self.theme.choose_contrast(is_high_contrast)
        if wants_less_motion is not self.theme.wants_less_motion:
            self.theme.choose_motion(wants_less_motion)
        if choice is not self.theme.choice:
            self.theme.choose(choice)
        if steps := SCALES.index(scale) - SCALES.index(self.theme.scale):
            self.theme.resize_text(steps)
        self._is_ours = False

    def _follow(self) -> None:
        """Changed by key or menu: that applies at once and is nothing to be saved here."""
        if not self._is_ours:
            self._before = self._look()
            self._show_look()

    def _show_look(self) -> None:
        self.colours.show_value(self.theme.choice.value)
        self.contrast.show_value(self.theme.is_high_contrast)
        self.text_size.show_value(str(self.theme.scale))
        self.motion.show_value(self.theme.wants_less_motion)
