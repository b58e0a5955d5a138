"""Tokens: every colour of the window, for light and dark, with the contrast it was chosen for."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from PySide6.QtGui import QColor, QPalette


@dataclass(frozen=True, slots=True)
class Tokens:
    """Colours as "#RRGGBB". A `…_tint` is the background its namesake is read on.

    `faint` is what is disabled, `hover` the ground under the mouse.
    """

    is_dark: bool
    background: str
    panel: str
    raised: str
    hairline: str
    hover: str
    text: str
    muted: str
    faint: str
    edge: str
    caller: str
    caller_tint: str
    ai: str
    ai_tint: str
    agent: str
    agent_tint: str
    danger: str
    danger_tint: str
    warning: str
    warning_tint: str
    success: str
    success_tint: str
    answer: str
    hang_up: str
    take_over: str
    take_over_label: str
    say_it: str
    primary: str
    label: str
    live: str = "#F2BE5C"
    live_label: str = "#1B1F24"

    def as_dict(self) -> dict[str, str]:
        """All colours by name, for templates."""
        return {name: value for name, value in asdict(self).items() if isinstance(value, str)}


LIGHT = Tokens(
    is_dark=False,
    background="#FFFFFF",
    panel="#F4F6F8",
    raised="#FFFFFF",
    hairline="#DDE2E8",
    hover="#DDE2E8",
    text="#1B1F24",
    muted="#57606A",
    faint="#76818D",
    edge="#76818D",
    caller="#0B5CAD",
    caller_tint="#EAF2FB",
    ai="#6B3FA0",
    ai_tint="#F3ECFA",
    agent="#0F6B4F",
    agent_tint="#E7F4EF",
    danger="#B3261E",
    danger_tint="#FDECEA",
    warning="#7A4B00",
    warning_tint="#FFF4DC",
    success="#1A6B35",
    success_tint="#E8F5EC",
    answer="#1A6B35",
    hang_up="#B3261E",
    take_over="#8A4B00",
    take_over_label="#FFFFFF",
    say_it="#6B3FA0",
    primary="#0B5CAD",
    label="#FFFFFF",
)

DARK = Tokens(
    is_dark=True,
    background="#14181D",
    panel="#1C2229",
    raised="#20272F",
    hairline="#2E3742",
    hover="#2E3742",
    text="#E8ECF1",
    muted="#A7B1BC",
    faint="#6B7682",
    edge="#6B7682",
    caller="#7DB8F5",
    caller_tint="#152536",
    ai="#C9A6F2",
    ai_tint="#241B33",
    agent="#6FD3AE",
    agent_tint="#14291F",
    danger="#FF8A80",
    danger_tint="#3A1A18",
    warning="#F2BE5C",
    warning_tint="#33270F",
    success="#7BD694",
    success_tint="#15291B",
    answer="#27804C",
    hang_up="#C93A32",
    take_over="#F2BE5C",
    take_over_label="#1B1F24",
    say_it="#8457C2",
    primary="#2A74C8",
    label="#FFFFFF",
)

_SEEN = 3.0
"""The least contrast with which an edge or a large letter can be seen."""

# High contrast: black and white, every edge to be seen. The colours with a meaning stay.
LIGHT_HIGH = replace(
    LIGHT,
    panel="#FFFFFF",
    hover="#E4E8EC",
    text="#000000",
    muted="#000000",
    faint="#57606A",
    edge="#000000",
    hairline="#57606A",
)
DARK_HIGH = replace(
    DARK,
    background="#000000",
    panel="#000000",
    raised="#000000",
    text="#FFFFFF",
    muted="#FFFFFF",
    faint="#A7B1BC",
    edge="#FFFFFF",
    hairline="#A7B1BC",
)


def palette(tokens: Tokens) -> QPalette:
    """Return the palette that gives native parts the colours of `tokens`."""
    colours = {
        QPalette.ColorRole.Window: tokens.background,
        QPalette.ColorRole.Base: tokens.background,
        QPalette.ColorRole.AlternateBase: tokens.panel,
        QPalette.ColorRole.Button: tokens.panel,
        QPalette.ColorRole.WindowText: tokens.text,
        QPalette.ColorRole.Text: tokens.text,
        QPalette.ColorRole.ButtonText: tokens.text,
        QPalette.ColorRole.ToolTipBase: tokens.raised,
        QPalette.ColorRole.ToolTipText: tokens.text,
        QPalette.ColorRole.PlaceholderText: tokens.muted,
        QPalette.ColorRole.Highlight: tokens.primary,
        QPalette.ColorRole.HighlightedText: tokens.label,
        QPalette.ColorRole.Link: tokens.caller,
        QPalette.ColorRole.Mid: tokens.edge,
    }
    filled = QPalette(QColor(tokens.panel), QColor(tokens.background))
    for role, colour in colours.items():
        filled.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        filled.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.faint))
    return filled


def of_system(system: QPalette) -> Tokens:
    """Return the system's own colours and no others, as a person with high contrast has chosen them.

    What has a meaning keeps its icon, its words and its place.
    """

    def named(role: QPalette.ColorRole) -> str:
        return system.color(QPalette.ColorGroup.Active, role).name()

    ground, text = named(QPalette.ColorRole.Window), named(QPalette.ColorRole.WindowText)
    filled, on_filled = named(QPalette.ColorRole.Highlight), named(QPalette.ColorRole.HighlightedText)
    meanings = ("caller", "ai", "agent", "danger", "warning", "success")
    grounds = ("background", "panel", "raised", "hover", *(f"{name}_tint" for name in meanings))
    words = ("text", "muted", "edge", *meanings)
    fills = ("answer", "hang_up", "take_over", "say_it", "primary", "live")
    colours = dict.fromkeys(grounds, ground) | dict.fromkeys(words, text) | dict.fromkeys(fills, filled)
    labels = dict.fromkeys(("label", "take_over_label", "live_label"), on_filled)
    faint = system.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText).name()
    if contrast(faint, ground) < _SEEN:
        faint = text
    is_dark = QColor(ground).lightnessF() < 0.5
    return replace(LIGHT, is_dark=is_dark, faint=faint, hairline=faint, **colours, **labels)


def contrast(one: str, other: str) -> float:
    """Return the WCAG contrast of two colours, 1–21."""
    lighter, darker = sorted((_luminance(QColor(one)), _luminance(QColor(other))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: QColor) -> float:
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
