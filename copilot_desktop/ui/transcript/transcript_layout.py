"""TurnLayouts: the text of a turn broken into lines and formatted, kept while it is in sight."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QTextCharFormat, QTextLayout, QTextOption

from copilot_desktop.ui.transcript.row_tops import Fit
from copilot_desktop.ui.transcript.transcript_lines import SystemLine
from copilot_desktop.ui.transcript.transcript_model import Turn
from copilot_desktop.ui.transcript.transcript_words import Part, Piece, display, hits
from copilot_desktop.ui.widgets.theme import Theme

TEXT_PX, NAME_PX, LINE_PX = 15, 12, 13
ICON_PX = 14
SIDE, GAP, PAD_X, PAD_Y = 16, 12, 12, 8
_WIDEST = 640
_LEADING = 1.1
_KEPT = 96


@dataclass(frozen=True, slots=True, eq=False)
class TurnLayout:
    """`widest` is the natural width of the longest line; `boxes` lie around what is hidden."""

    turn: Turn
    width: int
    text: QTextLayout
    widest: float
    height: float
    boxes: tuple[QRectF, ...]

    def boxes_of(self, words: str) -> list[QRectF]:
        """Return where `words` stand, one box a line."""
        found = hits(self.text.text(), words)
        return [box for start in found for box in _boxes(self.text, start, len(words))]


class TurnLayouts:
    """Lays turns out for one view; keeps those laid out last."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._kept: OrderedDict[int, TurnLayout] = OrderedDict()
        self.refresh()

    def refresh(self) -> None:
        """Take fonts and colours anew from the theme, and forget what is kept."""
        self._kept.clear()
        self.name_font = self._theme.font(NAME_PX, is_bold=True)
        self.time_font = self._theme.font(NAME_PX)
        self._text_font = self._theme.font(TEXT_PX)
        self._partial_font = self._theme.font(TEXT_PX, is_italic=True)
        self._line_font = self._theme.font(LINE_PX)
        self.name_metrics = QFontMetricsF(self.name_font)
        self.time_metrics = QFontMetricsF(self.time_font)
        metrics = QFontMetricsF(self._text_font)
        self._char_px, self._spacing_px = metrics.averageCharWidth(), metrics.lineSpacing() * _LEADING
        self.icon_px = self._theme.px(ICON_PX)
        self.head_px = round(max(self.name_metrics.height(), self.icon_px)) + 4
        self._formats = {part: self._format(part) for part in Part}

    def fit(self, width: int) -> Fit:
        """Return how high turns are likely to be in a view of `width` pixels."""
        letters = self._inner_width(width) / self._char_px
        return Fit(max(letters, 1.0), self._spacing_px, self.head_px + 2 * PAD_Y + GAP)

    def height(self, turn: Turn, width: int) -> int:
        """Return how high a turn is in a view of `width` pixels."""
        text = round(self.lay_out(turn, width).height)
        if isinstance(turn, SystemLine):
            return text + GAP
        return text + self.head_px + 2 * PAD_Y + GAP

    def lay_out(self, turn: Turn, width: int) -> TurnLayout:
        """Return a turn laid out for a view of `width` pixels."""
        kept = self._kept.get(id(turn))
        if kept is not None and kept.turn is turn and kept.width == width:
            self._kept.move_to_end(id(turn))
            return kept
        made = self._lay_out(turn, width)
        self._kept[id(turn)] = made
        self._kept.move_to_end(id(turn))
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return made

    def _lay_out(self, turn: Turn, width: int) -> TurnLayout:
        words, pieces = display(turn)
        layout = QTextLayout(words, self._font(turn))
        layout.setCacheEnabled(True)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        if pieces:
            layout.setFormats([_range(piece, self._formats[piece.part]) for piece in pieces])
        is_line = isinstance(turn, SystemLine)
        inner, y, widest = width - 4.0 * SIDE if is_line else self._inner_width(width), 0.0, 0.0
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(inner, 40.0))
            line.setPosition(QPointF(0, y))
            y += line.height() * _LEADING
            widest = max(widest, line.naturalTextWidth())
        layout.endLayout()
        hidden = [piece for piece in pieces if piece.part is Part.HIDDEN]
        boxes = tuple(box for piece in hidden for box in _boxes(layout, piece.start, piece.length))
        return TurnLayout(turn, width, layout, widest, layout.boundingRect().height(), boxes)

    def _font(self, turn: Turn) -> QFont:
        if isinstance(turn, SystemLine):
            return self._line_font
        return self._text_font if turn.is_final else self._partial_font

    def _inner_width(self, width: int) -> float:
        return max(120.0, min(_WIDEST * self._theme.scale, (width - 2 * SIDE) * 0.82) - 2 * PAD_X)

    def _format(self, part: Part) -> QTextCharFormat:
        look = QTextCharFormat()
        if part is Part.HEARD:
            look.setFontItalic(False)
            look.setForeground(self._theme.colour("text"))
        elif part is Part.CUT:
            look.setForeground(self._theme.colour("danger"))
        elif part is Part.UNHEARD:
            look.setFontStrikeOut(True)
            look.setForeground(self._theme.colour("muted"))
        elif part is Part.HIDDEN:
            look.setFontCapitalization(QFont.Capitalization.SmallCaps)
            look.setForeground(self._theme.colour("muted"))
        elif part is Part.BRACKET:
            look.setForeground(Qt.GlobalColor.transparent)
        else:
            look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
            look.setUnderlineColor(self._theme.colour("muted"))
        return look


def _boxes(layout: QTextLayout, start: int, length: int) -> list[QRectF]:
    boxes = []
    for number in range(layout.lineCount()):
        line = layout.lineAt(number)
        first = max(start, line.textStart())
        last = min(start + length, line.textStart() + line.textLength())
        if first < last:
            ends = sorted((_x(line.cursorToX(first)), _x(line.cursorToX(last))))
            boxes.append(QRectF(ends[0], line.y(), ends[1] - ends[0], line.height()))
    return boxes


def _x(answer: Any) -> float:
    # PySide returns the position alone or with the cursor, by version.
    return float(answer[0] if isinstance(answer, tuple) else answer)


def _range(piece: Piece, look: QTextCharFormat) -> QTextLayout.FormatRange:
    made: Any = QTextLayout.FormatRange()
    made.start, made.length, made.format = piece.start, piece.length, look
    return made  # type: ignore[no-any-return]
