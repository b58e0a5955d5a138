"""HealthStrip: the status bar. Four lights with words; a press leads to where it can be mended."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from copilot_desktop.ui.line_state import AI_PAGE, Light, LightState
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.elided import ElidedLabel
from copilot_desktop.ui.widgets.theme import Theme, set_look

_LOOKS = {
    LightState.OK: ("check", "success"),
    LightState.WORKING: ("waiting", "muted"),
    LightState.SLOW: ("warning", "warning"),
    LightState.FAILED: ("failed", "danger"),
    LightState.NOT_SET_UP: ("off", "muted"),
}


class Part(StrEnum):
    """What the program stands on."""

    PHONE_LINE = "phone_line"
    ADDRESS = "address"
    SPEECH = "speech"
    AI = "ai"


class LightButton(QToolButton):
    """One light."""

    def __init__(self, theme: Theme, part: Part, name: str, short: str) -> None:
        super().__init__()
        self.setObjectName(f"light_{part.value}")
        self.setProperty("look", "light")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setIconSize(QSize(16, 16))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._theme, self._name, self._short = theme, name, short
        self.light = Light(LightState.WORKING, "", "", AI_PAGE)
        theme.follow(self, self._show_icon)

    def show_light(self, light: Light) -> None:
        """Show how the part is doing; trouble is said aloud."""
        old, self.light = self.light, light
        self.setAccessibleName(f"{self._name}: {light.word}")
        self.setToolTip(light.tip or self.accessibleName())
        set_look(self, "tone", _LOOKS[light.state][1])
        self._show_icon()
        self.shorten(0)
        if light.state is not old.state and LightState.FAILED in (light.state, old.state):
            announce(self, self.accessibleName())

    def shorten(self, level: int) -> None:
        """0: name and word. 1: the word only where something is wrong. 2, 3: a short name. 4: the icon."""
        is_fine = self.light.state is LightState.OK
        name = self._short if level >= 2 else self._name
        text = f"{name}  {self.light.word}" if level == 0 or (level < 3 and not is_fine) else name
        style = Qt.ToolButtonStyle
        self.setToolButtonStyle(style.ToolButtonIconOnly if level > 3 else style.ToolButtonTextBesideIcon)
        self.setText(f" {text}")

    def _show_icon(self) -> None:
        icon, token = _LOOKS[self.light.state]
        self.setIcon(self._theme.icon(icon, token))


class HealthStrip(QFrame):
    """`page_asked` carries the page of the settings."""

    page_asked = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("healthStrip")
        self.setAccessibleName(self.tr("What works"))
        names = {
            Part.PHONE_LINE: (self.tr("Phone line"), self.tr("Line")),
            Part.ADDRESS: (self.tr("Public address"), self.tr("Address")),
            Part.SPEECH: (self.tr("Speech-to-text"), self.tr("Speech")),
            Part.AI: (self.tr("AI"), self.tr("AI")),
        }
        self._lights = {part: LightButton(theme, part, *words) for part, words in names.items()}
        self.engine_line = ElidedLabel("small")
        self.engine_line.setObjectName("engineLine")
        self.engine_line.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 16, 0)
        row.setSpacing(4)
        for part, light in self._lights.items():
            light.clicked.connect(lambda _checked=False, asked=part: self._ask(asked))
            row.addWidget(light)
        row.addWidget(self.engine_line, 1)
        for part in (Part.SPEECH, Part.AI):
            self.show_light(part, Light(LightState.WORKING, self.tr("loading"), "", AI_PAGE))
        theme.changed.connect(self._fit)

    def show_light(self, part: Part, light: Light) -> None:
        """Show how `part` is doing."""
        if light != self._lights[part].light or not self._lights[part].text():
            self._lights[part].show_light(light)
            self._fit()

    def light(self, part: Part) -> LightButton:
        """Return the light of `part`."""
        return self._lights[part]

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def _ask(self, part: Part) -> None:
        self.page_asked.emit(self._lights[part].light.page)

    def _fit(self) -> None:
        """Give way to a narrow window or large text."""
        layout = self.layout()
        assert layout is not None
        for level in range(5):
            for light in self._lights.values():
                light.shorten(level)
            layout.invalidate()
            if layout.minimumSize().width() <= self.width():
                return
