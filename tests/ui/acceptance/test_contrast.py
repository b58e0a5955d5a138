"""Contrast as it is on screen: of the live palette and of every rule of the style sheet, in four themes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication

from copilot_desktop.ui.widgets.theme import Theme, ThemeChoice
from copilot_desktop.ui.widgets.tokens import Tokens, contrast
from tests.support.fake_shell import RESOURCES

TEXT, EDGE = 4.5, 3.0
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
Role = QPalette.ColorRole
PAIRS = (
    (Role.WindowText, Role.Window),
    (Role.Text, Role.Base),
    (Role.Text, Role.AlternateBase),
    (Role.ButtonText, Role.Button),
    (Role.ToolTipText, Role.ToolTipBase),
    (Role.PlaceholderText, Role.Base),
    (Role.HighlightedText, Role.Highlight),
    (Role.Link, Role.Base),
)

THEMES = [(choice, high) for choice in (ThemeChoice.LIGHT, ThemeChoice.DARK) for high in (False, True)]


def _name(theme: tuple[ThemeChoice, bool]) -> str:
    return f"{theme[0].value}{'-high' if theme[1] else ''}"


@pytest.fixture(scope="module", params=THEMES, ids=_name)
def tokens(
    qapp: QApplication, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Tokens]:
    """The colours of a theme that was just put in place."""
    choice, is_high = request.param
    kept = tmp_path_factory.mktemp("theme") / "window.ini"
    theme = Theme(qapp, RESOURCES, QSettings(str(kept), QSettings.Format.IniFormat))
    theme.dress()
    theme.choose(choice)
    theme.choose_contrast(is_high)
    yield theme.tokens
    theme.deleteLater()
    qapp.setStyleSheet("")


def test_the_palette(tokens: Tokens) -> None:
    palette = QApplication.palette()
    for text, ground in PAIRS:
        colours = palette.color(text).name(), palette.color(ground).name()
        assert contrast(*colours) >= TEXT, f"{text.name} on {ground.name}: {colours}"
    for ground in (Role.Window, Role.Base, Role.Button):
        assert contrast(palette.color(Role.Mid).name(), palette.color(ground).name()) >= EDGE


def test_the_specified_pairs(tokens: Tokens) -> None:
    grounds = (tokens.background, tokens.panel, tokens.raised)
    for ground in grounds:
        for text in (tokens.text, tokens.muted, tokens.danger, tokens.warning, tokens.success):
            assert contrast(text, ground) >= TEXT, f"{text} on {ground}"
        for edge in (tokens.edge, tokens.primary, tokens.caller, tokens.ai, tokens.agent):
            assert contrast(edge, ground) >= EDGE, f"{edge} on {ground}"
    for name in ("caller", "ai", "agent", "danger", "warning", "success"):
        tint = getattr(tokens, f"{name}_tint")
        for text in (getattr(tokens, name), tokens.text, tokens.muted):
            assert contrast(text, tint) >= TEXT, f"{text} on {name}_tint {tint}"
    for name in ("answer", "hang_up", "say_it", "primary"):
        assert contrast(tokens.label, getattr(tokens, name)) >= TEXT, name
        assert contrast(getattr(tokens, name), tokens.background) >= EDGE, f"{name}'s edge"
    assert contrast(tokens.take_over_label, tokens.take_over) >= TEXT
    assert contrast(tokens.live_label, tokens.live) >= TEXT


def test_the_style_sheet(tokens: Tokens) -> None:
    """Every rule that sets both a text's colour and its ground; what is disabled need only be seen."""
    found = list(_pairs(QApplication.instance().styleSheet()))  # type: ignore[union-attr]
    assert len(found) >= 20
    for selector, colour, ground in found:
        least = EDGE if ":disabled" in selector else TEXT
        assert contrast(colour, ground) >= least, f"{selector}: {colour} on {ground}"


def _pairs(sheet: str) -> Iterator[tuple[str, str, str]]:
    for selector, body in _RULE.findall(_COMMENT.sub("", sheet)):
        lines = [line.partition(":") for line in body.split(";") if ":" in line]
        said = {name.strip(): value.strip() for name, _, value in lines}
        colour, ground = said.get("color", ""), said.get("background-color", said.get("background", ""))
        if colour.startswith("#") and ground.startswith("#"):
            yield " ".join(selector.split()), colour, ground


def test_what_is_pointed_at_can_still_be_read(tokens: Tokens) -> None:
    for word in (tokens.text, tokens.caller):
        assert contrast(word, tokens.hover) >= TEXT
    sheet = QApplication.instance().styleSheet()  # type: ignore[union-attr]
    pointed = [(s, b) for s, b in _RULE.findall(_COMMENT.sub("", sheet)) if ":hover" in s or ":pressed" in s]
    grounds = {m.group(1) for _, body in pointed if (m := re.search(r"background: (#\w{6})", body))}
    assert grounds
    for ground in grounds:
        assert contrast(tokens.text, ground) >= TEXT, f"hover {ground}"
