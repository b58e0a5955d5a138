"""Theme: light, dark or the system's; text size; icons in the theme's colours."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from string import Template
from typing import Protocol

from PySide6.QtCore import QByteArray, QObject, QRectF, QSettings, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QLabel, QStyleFactory, QWidget
from shiboken6 import isValid

from copilot_desktop.ui.widgets.system_motion import SystemMotion
from copilot_desktop.ui.widgets.tokens import DARK, DARK_HIGH, LIGHT, LIGHT_HIGH, Tokens, of_system, palette

BASE_PX = 14
SCALES = (0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0)
_STILL = "QScrollBar, QProgressBar { widget-animation-duration: 0; }"


class ThemeChoice(StrEnum):
    """What the user chose."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


_HIGH = Qt.ContrastPreference.HighContrast
_SCHEMES = {
    ThemeChoice.SYSTEM: Qt.ColorScheme.Unknown,
    ThemeChoice.LIGHT: Qt.ColorScheme.Light,
    ThemeChoice.DARK: Qt.ColorScheme.Dark,
}


class _HasIcon(Protocol):
    def setIcon(self, icon: QIcon, /) -> None: ...  # noqa: N802 - Qt's name


class Theme(QObject):
    """Colours and sizes for all windows of `app`; remembers the choice in `preferences`.

    `changed` is emitted after palette, style sheet and font have been put in place. While the system asks for
    high contrast its own colours are used, whatever was chosen here.
    """

    changed = Signal()

    def __init__(self, app: QApplication, resources: Path, preferences: QSettings) -> None:
        super().__init__(app)
        self._app, self._resources, self._preferences = app, resources, preferences
        self._template = Template((resources / "style" / "app.qss").read_text(encoding="utf-8"))
        self._svg: dict[str, str] = {}
        self._followers: list[tuple[object, Callable[[], None]]] = []
        self._icons: dict[tuple[str, str, str], QIcon] = {}
        self._system_font = QFont(app.font())
        self.tokens: Tokens = LIGHT
        self.choice = _choice(str(preferences.value("window/theme", "system")))
        self.is_high_contrast = str(preferences.value("window/high_contrast", "")) == "yes"
        self.wants_less_motion = str(preferences.value("window/reduced_motion", "")) == "yes"
        self.motion = SystemMotion(self)
        self.motion.changed.connect(self._apply)
        self.scale = _nearest_scale(str(preferences.value("window/text_scale", "1.0")))
        app.setStyle(QStyleFactory.create("Fusion"))
        self._usual_effects = [each for each in Qt.UIEffect if app.isEffectEnabled(each)]
        self._usual_flash_ms = app.cursorFlashTime()
        QGuiApplication.styleHints().setColorScheme(_SCHEMES[self.choice])
        self._is_dressed = False
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._apply)
        self._is_contrast_asked = hints.accessibility().contrastPreference() is _HIGH
        hints.accessibility().contrastPreferenceChanged.connect(self._contrast_asked)
        app.paletteChanged.connect(self._system_palette_moved)
        self._apply()

    @property
    def is_motion_reduced(self) -> bool:
        """Nothing may fade, pulse or blink: chosen here, or in the system."""
        return self.wants_less_motion or self.motion.is_reduced

    def dress(self) -> None:
        """Put the style sheet in place. To be called when the first window is built: under a style sheet
        every widget that finds its parent is styled anew, which makes building five times slower.
        """
        self._is_dressed = True
        self._apply()

    def choose(self, choice: ThemeChoice) -> None:
        """Use light, dark or what the system has, from now on."""
        self.choice = choice
        self._preferences.setValue("window/theme", choice.value)
        QGuiApplication.styleHints().setColorScheme(_SCHEMES[choice])
        self._apply()

    def choose_contrast(self, is_high: bool) -> None:
        """Use black and white with strong edges, or the usual shades, from now on."""
        self.is_high_contrast = is_high
        self._preferences.setValue("window/high_contrast", "yes" if is_high else "no")
        self._apply()

    def choose_motion(self, is_reduced: bool) -> None:
        """Let nothing move by itself, or as much as the system wants, from now on."""
        self.wants_less_motion = is_reduced
        self._preferences.setValue("window/reduced_motion", "yes" if is_reduced else "no")
        self._apply()

    def resize_text(self, steps: int) -> None:
        """Make text larger by `steps` (smaller if negative); 0 is back to normal."""
        at = SCALES.index(self.scale)
        self.scale = SCALES[min(max(at + steps, 0), len(SCALES) - 1)] if steps else 1.0
        self._preferences.setValue("window/text_scale", str(self.scale))
        self._apply()

    def px(self, size: float) -> int:
        """Return a text size in pixels that is `size` at 100 %."""
        return round(size * self.scale)

    def font(self, size: float = BASE_PX, *, is_bold: bool = False, is_italic: bool = False) -> QFont:
        """Return the system font at `size` pixels for 100 %."""
        font = QFont(self._system_font)
        font.setPixelSize(self.px(size))
        font.setWeight(QFont.Weight.DemiBold if is_bold else QFont.Weight.Normal)
        font.setItalic(is_italic)
        return font

    def colour(self, token: str) -> QColor:
        """Return the colour named `token`."""
        return QColor(str(getattr(self.tokens, token)))

    def icon(self, name: str, token: str = "text") -> QIcon:
        """Return `resources/icons/<name>.svg` in the colour `token`."""
        colour = self.colour(token).name()
        key = (name, token, colour)
        if key not in self._icons:
            # One picture, larger than any use of it: Qt makes it smaller well, and greys it for disabled.
            icon = QIcon(self._pixmap(name, colour, 48, 1.0))
            # Qt's own grey is too bright on a dark ground, and not to be seen where it was white.
            icon.addPixmap(self._pixmap(name, self.tokens.faint, 48, 1.0), QIcon.Mode.Disabled)
            self._icons[key] = icon
        return self._icons[key]

    def pixmap(self, name: str, token: str, size: int) -> QPixmap:
        """Return an icon as a picture of `size` logical pixels."""
        return self._pixmap(name, self.colour(token).name(), size, self._app.devicePixelRatio())

    def paint_icon(self, painter: QPainter, name: str, token: str, rect: QRectF) -> None:
        """Draw an icon into `rect`."""
        self.icon(name, token).paint(painter, rect.toRect())

    def set_icon(self, target: _HasIcon, name: str, token: str = "text") -> None:
        """Give a button or action an icon that follows the theme for as long as it lives."""
        self.follow(target, lambda: target.setIcon(self.icon(name, token)))

    def follow(self, owner: object, restyle: Callable[[], None]) -> None:
        """Call `restyle` now and after every change of the theme, as long as the Qt object `owner` lives."""
        restyle()
        self._followers.append((owner, restyle))

    def resource(self, *parts: str) -> Path:
        """Return a path inside the resources."""
        return self._resources.joinpath(*parts)

    def _pixmap(self, name: str, colour: str, size: int, ratio: float) -> QPixmap:
        # QtSvg is imported here because most of a start needs no icon of it.
        from PySide6.QtSvg import QSvgRenderer

        svg = self._source(name).replace("currentColor", colour)
        pixmap = QPixmap(QSize(round(size * ratio), round(size * ratio)))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        QSvgRenderer(QByteArray(svg.encode())).render(painter)
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        return pixmap

    def _source(self, name: str) -> str:
        if name not in self._svg:
            path = self._resources / "icons" / f"{name}.svg"
            self._svg[name] = path.read_text(encoding="utf-8")
        return self._svg[name]

    def _contrast_asked(self, preference: Qt.ContrastPreference) -> None:
        self._is_contrast_asked = preference is _HIGH
        self._apply()

    def _system_palette_moved(self) -> None:
        # Ours moves it too; then nothing differs.
        if self._is_contrast_asked and of_system(self._app.palette()) != self.tokens:
            self._apply()

    def _apply(self) -> None:
        self._take_colours()
        self._app.setFont(self.font())
        self._still_motion()
        sheet = self._style_sheet() if self._is_dressed else ""
        if sheet != self._app.styleSheet():
            self._app.setStyleSheet(sheet)
        self._followers = [(owner, restyle) for owner, restyle in self._followers if isValid(owner)]
        for _, restyle in self._followers:
            restyle()
        self.changed.emit()

    def _still_motion(self) -> None:
        is_still = self.is_motion_reduced
        for effect in self._usual_effects:
            self._app.setEffectEnabled(effect, not is_still)
        # Also the text cursor stands still then.
        self._app.setCursorFlashTime(0 if is_still else self._usual_flash_ms)

    def _take_colours(self) -> None:
        if self._is_contrast_asked:
            self._app.setPalette(QPalette())
            self.tokens = of_system(self._app.palette())
            return
        is_dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
        if self.choice is not ThemeChoice.SYSTEM:
            # Not every platform takes the wish for a scheme; ours holds in any case.
            is_dark = self.choice is ThemeChoice.DARK
        if self.is_high_contrast:
            self.tokens = DARK_HIGH if is_dark else LIGHT_HIGH
        else:
            self.tokens = DARK if is_dark else LIGHT
        self._app.setPalette(palette(self.tokens))

    def _style_sheet(self) -> str:
        sizes = {f"px{size}": f"{self.px(size)}px" for size in range(8, 33)}
        icons = (self._resources / "icons").as_posix()
        shade = "dark" if self.tokens.is_dark else "light"
        sheet = self._template.substitute(self.tokens.as_dict(), **sizes, icons=icons, shade=shade)
        return f"{sheet}\n{_STILL}" if self.is_motion_reduced else sheet


def set_look(widget: QWidget, name: str, value: str) -> None:
    """Set a property that the style sheet reads, and draw anew if that changes anything."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def label(text: str, look: str, *, parent: QWidget | None = None) -> QLabel:
    """Return a label in one of the style sheet's looks: title, heading, muted, small, … No markup in it."""
    made = QLabel(text, parent)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("look", look)
    return made


def _choice(word: str) -> ThemeChoice:
    try:
        return ThemeChoice(word)
    except ValueError:
        return ThemeChoice.SYSTEM


def _nearest_scale(word: str) -> float:
    try:
        wanted = float(word)
    except ValueError:
        return 1.0
    return min(SCALES, key=lambda scale: abs(scale - wanted))
