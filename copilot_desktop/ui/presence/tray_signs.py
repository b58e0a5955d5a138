"""Tray signs: a shape with a letter for each state of the desk, drawn to be read at 16 pixels."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPainterPath, QPen, QPixmap

from copilot_desktop.ui.live.glance import Sign
from copilot_desktop.ui.widgets.tokens import LIGHT

_SIZES = (16, 22, 24, 32, 48, 64)
_GRID = 64.0
_RIM = 5.0
_COLOURS = {
    Sign.READY: LIGHT.success,
    Sign.NOT_READY: LIGHT.text,
    Sign.RINGING: LIGHT.primary,
    Sign.AI: LIGHT.ai,
    Sign.YOU: LIGHT.take_over,
    Sign.HOLD: LIGHT.primary,
    Sign.PROBLEM: LIGHT.danger,
}
"""Of the light theme, for every panel: the white rim and letter make them stand out from a dark one."""


def letter(sign: Sign) -> str:
    """Return the letter on a sign."""
    return {
        Sign.READY: _tr("R"),
        Sign.NOT_READY: _tr("N"),
        Sign.RINGING: _tr("C"),
        Sign.AI: _tr("A"),
        Sign.YOU: _tr("Y"),
        Sign.HOLD: _tr("H"),
        Sign.PROBLEM: "!",
    }[sign]


def icon(sign: Sign) -> QIcon:
    """Return a sign in all sizes that trays ask for."""
    made = QIcon()
    for size in _SIZES:
        made.addPixmap(picture(sign, size))
    return made


def picture(sign: Sign, size: int) -> QPixmap:
    """Draw a sign of `size` pixels."""
    drawn = QPixmap(size, size)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(size / _GRID, size / _GRID)
    colour, white = QColor(_COLOURS[sign]), QColor("#FFFFFF")
    is_hollow = sign is Sign.NOT_READY
    rim = QPen(colour if is_hollow else white, _RIM * (1.4 if is_hollow else 1))
    rim.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(rim)
    painter.setBrush(white if is_hollow else colour)
    painter.drawPath(_SHAPES[sign]())
    _draw_letter(painter, letter(sign), _LETTER_AT.get(sign, 32.0), colour if is_hollow else white)
    painter.end()
    return drawn


_LETTER_AT = {Sign.PROBLEM: 40.0, Sign.RINGING: 30.0, Sign.HOLD: 28.0}
"""The height at which the letter's middle is, if not in the middle."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("tray_signs", text)


def _draw_letter(painter: QPainter, text: str, middle: float, colour: QColor) -> None:
    font = QFont()
    font.setPixelSize(44)
    font.setWeight(QFont.Weight.Black)
    outline = QPainterPath()
    outline.addText(QPointF(0, 0), font, text)
    room = outline.boundingRect()
    # By its ink, not by its line: at 16 pixels a letter half a pixel off looks wrong.
    outline.translate(_GRID / 2 - room.center().x(), middle - room.center().y())
    painter.fillPath(outline, colour)


def _circle() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QRectF(4, 4, 56, 56))
    return path


def _square() -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(4, 4, 56, 56), 8, 8)
    return path


def _corners(*points: tuple[float, float]) -> QPainterPath:
    path = QPainterPath(QPointF(*points[0]))
    for point in points[1:]:
        path.lineTo(*point)
    path.closeSubpath()
    return path


def _diamond() -> QPainterPath:
    return _corners((32, 1), (63, 32), (32, 63), (1, 32))


def _triangle() -> QPainterPath:
    return _corners((32, 4), (61, 59), (3, 59))


def _shield() -> QPainterPath:
    return _corners((4, 4), (60, 4), (60, 38), (32, 62), (4, 38))


def _bell() -> QPainterPath:
    path = QPainterPath(QPointF(3, 53))
    path.cubicTo(10, 46, -6, 4, 32, 4)
    path.cubicTo(70, 4, 54, 46, 61, 53)
    path.closeSubpath()
    clapper = QPainterPath()
    clapper.addEllipse(QRectF(23, 46, 18, 17))
    return path.united(clapper)


_SHAPES = {
    Sign.READY: _circle,
    Sign.NOT_READY: _circle,
    Sign.RINGING: _bell,
    Sign.AI: _diamond,
    Sign.YOU: _square,
    Sign.HOLD: _shield,
    Sign.PROBLEM: _triangle,
}
