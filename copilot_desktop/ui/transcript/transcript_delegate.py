"""TranscriptDelegate: one turn as it is drawn: side, shape, icon, name and colour tell who speaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from copilot_desktop.calls.events import Party
from copilot_desktop.calls.transcript import Utterance
from copilot_desktop.ui.transcript.row_tops import Fit
from copilot_desktop.ui.transcript.transcript_layout import GAP, PAD_X, PAD_Y, SIDE, TurnLayout, TurnLayouts
from copilot_desktop.ui.transcript.transcript_model import Role, Turn
from copilot_desktop.ui.transcript.transcript_words import is_uncertain
from copilot_desktop.ui.widgets.theme import Theme
from copilot_desktop.ui.widgets.wording import clock, party_name

_EDGE, _CORNER = 3.0, 12.0
_NEXT = 6
"""Between the icon, the name and the time."""


@dataclass(frozen=True, slots=True)
class _Look:
    icon: str
    colour: str
    tint: str
    is_first_side: bool
    """Where reading begins: left, but right where one reads from the right."""


_LOOKS = {
    Party.CALLER: _Look("caller", "caller", "caller_tint", is_first_side=True),
    Party.ASSISTANT: _Look("ai", "ai", "ai_tint", is_first_side=False),
    Party.AGENT: _Look("agent", "agent", "agent_tint", is_first_side=False),
}


class TranscriptDelegate(QStyledItemDelegate):
    """Measures and draws turns; `search` is outlined wherever it occurs; greyed is how it looks on hold.

    `playing_row` is the one whose words are being heard in a report.
    """

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._layouts = TurnLayouts(theme)
        self._icons: dict[tuple[str, str], QPixmap] = {}
        self.search = ""
        self.is_greyed = False
        self.playing_row = -1

    def refresh(self) -> None:
        """Take fonts and colours anew from the theme."""
        self._layouts.refresh()
        self._icons.clear()

    def fit(self, width: int) -> Fit:
        """Return how high turns are likely to be in a view of `width` pixels."""
        return self._layouts.fit(width)

    def measure(self, turn: Turn, width: int) -> int:
        """Return how high a turn is in a view of `width` pixels."""
        return self._layouts.height(turn, width)

    def sizeHint(  # noqa: N802
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        row: Any = option
        rect: QRect = row.rect
        return QSize(rect.width(), self.measure(index.data(Role.TURN), rect.width()))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row: Any = option  # PySide's stubs know none of an option's fields.
        has_focus = bool(row.state & QStyle.StateFlag.State_HasFocus)
        self.draw(painter, row.rect, index.data(Role.TURN), has_focus=has_focus)

    def draw(
        self, painter: QPainter, row: QRect, turn: Turn, *, has_focus: bool, is_playing: bool = False
    ) -> None:
        """Draw one turn into the rectangle of its row; `is_playing`: its words are being heard."""
        laid_out = self._layouts.lay_out(turn, row.width())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if isinstance(turn, Utterance):
            ground = self._bubble(turn, row, laid_out)
            self._paint_bubble(painter, turn, ground)
            self._paint_head(painter, turn, ground)
            at = QPointF(ground.left() + PAD_X, ground.top() + PAD_Y + self._layouts.head_px - 2)
        else:
            x = row.left() + (row.width() - laid_out.widest) / 2
            ground = QRectF(x - PAD_X, row.top() + 2, laid_out.widest + 2 * PAD_X, row.height() - 4)
            at = QPointF(x, row.top() + GAP / 2)
        if is_playing:
            self._paint_playing(painter, row, ground)
        if has_focus:
            painter.setPen(QPen(self._theme.colour("primary"), 2))
            painter.drawRoundedRect(ground.adjusted(-3, -3, 3, 3), 8, 8)
        is_plain = isinstance(turn, Utterance) and turn.is_final and not self.is_greyed
        self._paint_text(painter, laid_out, at, "text" if is_plain else "muted")
        painter.restore()

    def _paint_playing(self, painter: QPainter, row: QRect, ground: QRectF) -> None:
        """A bar along the edge of the row, and an edge around the words."""
        colour = self._theme.colour("primary")
        painter.setPen(QPen(colour, 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(ground, 8, 8)
        painter.fillRect(QRectF(row.left(), ground.top(), 4, ground.height()), colour)

    # Geometry.

    def _bubble(self, turn: Utterance, row: QRect, laid_out: TurnLayout) -> QRectF:
        width = max(laid_out.widest, self._head_width(turn)) + 2 * PAD_X
        height = row.height() - GAP
        x = row.left() + SIDE if self._is_left(turn.party) else row.right() - SIDE - width
        return QRectF(x, row.top() + GAP / 2, width, height)

    def _is_left(self, party: Party) -> bool:
        parent = self.parent()
        is_mirrored = bool(parent is not None and getattr(parent, "isRightToLeft", lambda: False)())
        return _LOOKS[party].is_first_side is not is_mirrored

    def _head_width(self, turn: Utterance) -> float:
        name = self._layouts.name_metrics.horizontalAdvance(party_name(turn.party))
        rest = self._layouts.time_metrics.horizontalAdvance(self._beside_name(turn))
        return self._layouts.icon_px + 2 * _NEXT + name + rest

    def _beside_name(self, turn: Utterance) -> str:
        time = clock(turn.start_ms / 1000)
        return self.tr("{0}  not certain").format(time) if is_uncertain(turn) else time

    # Drawing.

    def _paint_bubble(self, painter: QPainter, turn: Utterance, bubble: QRectF) -> None:
        look, is_left = _LOOKS[turn.party], self._is_left(turn.party)
        if turn.is_final:
            tint = "panel" if self.is_greyed else look.tint
            painter.fillPath(_shape(turn.party, bubble, is_left=is_left), self._theme.colour(tint))
        if turn.party is Party.CALLER:
            x = bubble.left() if is_left else bubble.right() - _EDGE
            edge = QRectF(x, bubble.top(), _EDGE, bubble.height())
            painter.fillRect(edge, self._theme.colour(look.colour))

    def _paint_head(self, painter: QPainter, turn: Utterance, bubble: QRectF) -> None:
        look, size = _LOOKS[turn.party], self._layouts.icon_px
        line = QRectF(bubble.left() + PAD_X, bubble.top() + PAD_Y - 2, bubble.width(), self._layouts.head_px)
        icon = QPointF(line.left(), line.top() + (line.height() - 4 - size) / 2)
        colour = "muted" if self.is_greyed else look.colour
        painter.drawPixmap(icon, self._icon(look.icon, colour, size))
        name = party_name(turn.party)
        words = line.adjusted(size + _NEXT, 0, 0, -4)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.setFont(self._layouts.name_font)
        painter.setPen(self._theme.colour(colour))
        painter.drawText(words, flags, name)
        painter.setFont(self._layouts.time_font)
        painter.setPen(self._theme.colour("muted"))
        words.setLeft(words.left() + self._layouts.name_metrics.horizontalAdvance(name) + _NEXT)
        painter.drawText(words, flags, self._beside_name(turn))

    def _icon(self, name: str, colour: str, size: int) -> QPixmap:
        if (name, colour) not in self._icons:
            self._icons[name, colour] = self._theme.pixmap(name, colour, size)
        return self._icons[name, colour]

    def _paint_text(self, painter: QPainter, laid_out: TurnLayout, at: QPointF, colour: str) -> None:
        if laid_out.boxes:
            painter.setPen(QPen(self._theme.colour("edge"), 1))
            for box in laid_out.boxes:
                painter.drawRoundedRect(box.translated(at).adjusted(0, 1, 0, -1), 3, 3)
        painter.setPen(self._theme.colour(colour))
        laid_out.text.draw(painter, at)
        if self.search:
            painter.setPen(QPen(self._theme.colour("warning"), 1.5))
            for box in laid_out.boxes_of(self.search):
                painter.drawRoundedRect(box.translated(at).adjusted(-2, 0, 2, 0), 3, 3)


def _shape(party: Party, rect: QRectF, *, is_left: bool) -> QPainterPath:
    """Caller: straight; AI: the outer corner cut; you: round."""
    path = QPainterPath()
    if party is Party.CALLER:
        path.addRect(rect)
    elif party is Party.AGENT:
        path.addRoundedRect(rect, _CORNER, _CORNER)
    elif is_left:
        path.moveTo(rect.left() + _CORNER, rect.top())
        path.lineTo(rect.topRight())
        path.lineTo(rect.bottomRight())
        path.lineTo(rect.bottomLeft())
        path.lineTo(rect.left(), rect.top() + _CORNER)
        path.closeSubpath()
    else:
        path.moveTo(rect.topLeft())
        path.lineTo(rect.right() - _CORNER, rect.top())
        path.lineTo(rect.right(), rect.top() + _CORNER)
        path.lineTo(rect.bottomRight())
        path.lineTo(rect.bottomLeft())
        path.closeSubpath()
    return path
