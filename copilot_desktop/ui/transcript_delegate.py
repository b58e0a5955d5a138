"""TranscriptDelegate: one turn as it is drawn: side, shape, icon, name and colour tell who speaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPen,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from copilot_desktop.calls.events import Party
from copilot_desktop.calls.transcript import Utterance
from copilot_desktop.ui.theme import Theme
from copilot_desktop.ui.transcript_model import Role
from copilot_desktop.ui.wording import clock, party_name

TEXT_PX, NAME_PX = 15, 12
_SIDE, _GAP, _PAD_X, _PAD_Y = 16, 12, 12, 8
_ICON = 14
_WIDEST = 640
_CUT_MARK = " \u2702\ufe0e "


@dataclass(frozen=True, slots=True)
class _Look:
    icon: str
    colour: str
    tint: str
    is_left: bool


_LOOKS = {
    Party.CALLER: _Look("caller", "caller", "caller_tint", is_left=True),
    Party.ASSISTANT: _Look("ai", "ai", "ai_tint", is_left=False),
    Party.AGENT: _Look("agent", "agent", "agent_tint", is_left=False),
}


class TranscriptDelegate(QStyledItemDelegate):
    """Measures and draws turns; `search` is outlined wherever it occurs."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.search = ""
        self.refresh()

    def refresh(self) -> None:
        """Take fonts anew from the theme."""
        self._text_font = self._theme.font(TEXT_PX)
        self._partial_font = self._theme.font(TEXT_PX, is_italic=True)
        self._name_font = self._theme.font(NAME_PX, is_bold=True)
        self._time_font = self._theme.font(NAME_PX)
        self._name_metrics = QFontMetricsF(self._name_font)
        self._char_px = QFontMetricsF(self._text_font).averageCharWidth()
        self._line_px = QFontMetricsF(self._text_font).lineSpacing() * 1.1
        self._head_px = round(max(self._name_metrics.height(), _ICON)) + 4

    def guess(self, utterance: Utterance, width: int) -> int:
        """Return about how high a turn is, fast."""
        letters = len(utterance.text) + len(utterance.unheard)
        lines = 1 + int(letters * self._char_px // self._inner_width(width))
        return self._height(lines * self._line_px)

    def measure(self, utterance: Utterance, width: int) -> int:
        """Return how high a turn is in a view of `width` pixels."""
        layout, _ = self._lay_out(utterance, width)
        return self._height(layout.boundingRect().height())

    def sizeHint(  # noqa: N802
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        row: Any = option
        rect: QRect = row.rect
        return QSize(rect.width(), self.measure(index.data(Role.UTTERANCE), rect.width()))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row: Any = option  # PySide's stubs know none of an option's fields.
        utterance: Utterance = index.data(Role.UTTERANCE)
        layout, width = self._lay_out(utterance, row.rect.width())
        bubble = self._bubble(utterance, row.rect, layout, width)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_bubble(painter, utterance, bubble)
        if row.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(self._theme.colour("primary"), 2))
            painter.drawRoundedRect(bubble.adjusted(-3, -3, 3, 3), 8, 8)
        self._paint_head(painter, utterance, bubble)
        self._paint_text(painter, utterance, layout, bubble)
        painter.restore()

    # Geometry.

    def _inner_width(self, width: int) -> float:
        return max(120.0, min(_WIDEST * self._theme.scale, (width - 2 * _SIDE) * 0.82) - 2 * _PAD_X)

    def _height(self, text_height: float) -> int:
        return round(text_height) + self._head_px + 2 * _PAD_Y + _GAP

    def _lay_out(self, utterance: Utterance, width: int) -> tuple[QTextLayout, float]:
        text, formats = self._styled(utterance)
        layout = QTextLayout(text, self._text_font if utterance.is_final else self._partial_font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.setFormats(formats)
        inner, y, widest = self._inner_width(width), 0.0, 0.0
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(inner)
            line.setPosition(QPointF(0, y))
            y += line.height() * 1.1
            widest = max(widest, line.naturalTextWidth())
        layout.endLayout()
        return layout, widest

    def _styled(self, utterance: Utterance) -> tuple[str, list[QTextLayout.FormatRange]]:
        if not utterance.is_final:
            return f"{utterance.text} …", []
        if not utterance.unheard:
            return utterance.text, []
        text = f"{utterance.text}{_CUT_MARK}{utterance.unheard}"
        unheard = QTextCharFormat()
        unheard.setFontStrikeOut(True)
        unheard.setForeground(self._theme.colour("muted"))
        mark = QTextCharFormat()
        mark.setForeground(self._theme.colour("danger"))
        return text, [
            _range(len(utterance.text), len(_CUT_MARK), mark),
            _range(len(utterance.text) + len(_CUT_MARK), len(utterance.unheard), unheard),
        ]

    def _bubble(self, utterance: Utterance, row: QRect, layout: QTextLayout, text_width: float) -> QRectF:
        head = _ICON + 6 + self._name_metrics.horizontalAdvance(self._head_text(utterance)) + 8
        width = max(text_width, head) + 2 * _PAD_X
        height = row.height() - _GAP
        is_left = _LOOKS[utterance.party].is_left == (not self._is_mirrored())
        x = row.left() + _SIDE if is_left else row.right() - _SIDE - width
        return QRectF(x, row.top() + _GAP / 2, width, height)

    def _is_mirrored(self) -> bool:
        parent = self.parent()
        return bool(parent is not None and getattr(parent, "isRightToLeft", lambda: False)())

    def _head_text(self, utterance: Utterance) -> str:
        cut = f"  {self.tr('cut short')}" if utterance.unheard else ""
        return f"{party_name(utterance.party)}  {clock(utterance.start_ms / 1000)}{cut}"

    # Drawing.

    def _paint_bubble(self, painter: QPainter, utterance: Utterance, bubble: QRectF) -> None:
        look = _LOOKS[utterance.party]
        if utterance.is_final:
            painter.fillPath(_shape(utterance.party, bubble), self._theme.colour(look.tint))
        if utterance.party is Party.CALLER:
            edge = QRectF(bubble.left(), bubble.top(), 3, bubble.height())
            painter.fillRect(edge, self._theme.colour(look.colour))

    def _paint_head(self, painter: QPainter, utterance: Utterance, bubble: QRectF) -> None:
        look = _LOOKS[utterance.party]
        line = QRectF(bubble.left() + _PAD_X, bubble.top() + _PAD_Y - 2, bubble.width(), self._head_px)
        icon = QRectF(line.left(), line.top() + (line.height() - 4 - _ICON) / 2, _ICON, _ICON)
        self._theme.paint_icon(painter, look.icon, look.colour, icon)
        name = party_name(utterance.party)
        words = line.adjusted(_ICON + 6, 0, 0, -4)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.setFont(self._name_font)
        painter.setPen(self._theme.colour(look.colour))
        painter.drawText(words, flags, name)
        painter.setFont(self._time_font)
        painter.setPen(self._theme.colour("muted"))
        rest = self._head_text(utterance)[len(name) :].strip()
        words.setLeft(words.left() + self._name_metrics.horizontalAdvance(name) + 8)
        painter.drawText(words, flags, rest)

    def _paint_text(
        self, painter: QPainter, utterance: Utterance, layout: QTextLayout, bubble: QRectF
    ) -> None:
        at = QPointF(bubble.left() + _PAD_X, bubble.top() + _PAD_Y + self._head_px - 2)
        painter.setPen(self._theme.colour("text" if utterance.is_final else "muted"))
        layout.draw(painter, at)
        if self.search:
            self._paint_hits(painter, layout, at)

    def _paint_hits(self, painter: QPainter, layout: QTextLayout, at: QPointF) -> None:
        text, words = layout.text().lower(), self.search.lower()
        painter.setPen(QPen(QColor(self._theme.tokens.warning), 1.5))
        start = text.find(words)
        while start >= 0:
            for number in range(layout.lineCount()):
                line = layout.lineAt(number)
                first = max(start, line.textStart())
                last = min(start + len(words), line.textStart() + line.textLength())
                if first < last:
                    left, right = _x(line.cursorToX(first)), _x(line.cursorToX(last))
                    box = QRectF(left, line.y(), right - left, line.height()).translated(at)
                    painter.drawRoundedRect(box.adjusted(-2, 0, 2, 0), 3, 3)
            start = text.find(words, start + len(words))


def _x(answer: Any) -> float:
    # PySide returns the position alone or with the cursor, by version.
    return float(answer[0] if isinstance(answer, tuple) else answer)


def _range(start: int, length: int, look: QTextCharFormat) -> QTextLayout.FormatRange:
    made: Any = QTextLayout.FormatRange()
    made.start, made.length, made.format = start, length, look
    return made  # type: ignore[no-any-return]


def _shape(party: Party, rect: QRectF) -> QPainterPath:
    """Caller: straight; AI: one corner cut; you: round."""
    path = QPainterPath()
    if party is Party.CALLER:
        path.addRect(rect)
    elif party is Party.AGENT:
        path.addRoundedRect(rect, 12, 12)
    else:
        cut = 12.0
        path.moveTo(rect.topLeft())
        path.lineTo(rect.right() - cut, rect.top())
        path.lineTo(rect.right(), rect.top() + cut)
        path.lineTo(rect.bottomRight())
        path.lineTo(rect.bottomLeft())
        path.closeSubpath()
    return path
