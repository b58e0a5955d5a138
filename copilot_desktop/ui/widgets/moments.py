"""MomentsButton: the moments of a measured fact or a quote, each of which plays."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from copilot_desktop.report import wording as report_wording
from copilot_desktop.report.model import Measure, Span
from copilot_desktop.ui.widgets.wording import clock

_MOST_LISTED = 60
_AS_A_POINT_MS = 50


class MomentsButton(QPushButton):
    """One moment plays at once; of several a list opens. `asked` carries milliseconds of the call."""

    asked = Signal(int)

    def __init__(self, name: str, moments: Sequence[Span], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.moments = tuple(moments)
        self.setProperty("look", "slim")
        first = clock(self.moments[0].at_ms / 1000)
        is_one = len(self.moments) == 1
        self.setText(f"▶ {first}" if is_one else self.tr("▶ {0} times").format(len(self.moments)))
        said = self.tr("Play {0} at {1}").format(name, first)
        self.setAccessibleName(
            said if is_one else self.tr("Play {0}: list of {1}").format(name, len(self.moments))
        )
        self.clicked.connect(self._pressed)

    def menu_of_moments(self) -> QMenu:
        """Return the list: when, and how long."""
        menu = QMenu(self)
        menu.setObjectName("momentsMenu")
        for moment in self.moments[:_MOST_LISTED]:
            words = clock(moment.at_ms / 1000)
            if moment.length_ms >= _AS_A_POINT_MS:
                words += f"   {report_wording.duration(moment.length_ms)}"
            action = menu.addAction(words)
            action.triggered.connect(lambda _checked=False, at_ms=moment.at_ms: self.asked.emit(at_ms))
        if len(self.moments) > _MOST_LISTED:
            rest = menu.addAction(self.tr("and {0} more").format(len(self.moments) - _MOST_LISTED))
            rest.setEnabled(False)
        return menu

    def _pressed(self) -> None:
        if len(self.moments) == 1:
            self.asked.emit(self.moments[0].at_ms)
            return
        menu = self.menu_of_moments()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.mapToGlobal(QPoint(0, self.height())))


def button_of(measure: Measure) -> MomentsButton | None:
    """Return the button of a fact's moments; None where it has none."""
    if not measure.moments:
        return None
    button = MomentsButton(measure.name, measure.moments)
    button.setObjectName(f"moments_{measure.id}")
    return button
