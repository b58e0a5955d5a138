"""ShortcutSheet: F1, every key on one page."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from copilot_desktop.ui.widgets.actions import MENUS, SPECS, Actions, translated
from copilot_desktop.ui.widgets.theme import label


class ShortcutSheet(QDialog):
    """Non-modal; made anew each time, for keys may change."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("shortcutSheet")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("All shortcuts – AI Call CoPilot"))
        self.resize(640, 640)
        page = QWidget()
        page.setObjectName("pageBody")
        grid = QGridLayout(page)
        grid.setContentsMargins(32, 24, 32, 32)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(0, 1)
        row = 0
        for menu, title in MENUS:
            grid.addWidget(label(translated(title), "sheetHeading"), row, 0, 1, 3)
            row += 1
            for spec in (spec for spec in SPECS if spec.menu == menu):
                self._add(grid, row, actions, spec.name, translated(spec.works))
                row += 1
        self._add_player(grid, row)
        area = QScrollArea()
        area.setAccessibleName(self.tr("Shortcuts"))
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(area)

    def _add(self, grid: QGridLayout, row: int, actions: Actions, name: str, works: str) -> None:
        action = actions[name]
        native = QKeySequence.SequenceFormat.NativeText
        keys = " · ".join(key.toString(native) for key in action.shortcuts()[:1])
        words = label(action.text(), "plain")
        words.setAccessibleName(f"{action.text()}: {keys}, {works}")
        grid.addWidget(words, row, 0)
        grid.addWidget(label(keys, "key"), row, 1)
        grid.addWidget(label(works, "muted"), row, 2)

    def _add_player(self, grid: QGridLayout, row: int) -> None:
        """Keys that belong to a place, and can be changed nowhere."""
        grid.addWidget(label(self.tr("Recording in a report"), "sheetHeading"), row, 0, 1, 3)
        here = self.tr("with the focus on player or timeline")
        for number, (what, keys) in enumerate(
            (
                (self.tr("Play or pause"), self.tr("Space")),
                (self.tr("5 seconds back or on"), "← →"),
                (self.tr("Mark before or after"), self.tr("Page up · Page down")),
            ),
            start=row + 1,
        ):
            words = label(what, "plain")
            words.setAccessibleName(f"{what}: {keys}, {here}")
            grid.addWidget(words, number, 0)
            grid.addWidget(label(keys, "key"), number, 1)
            grid.addWidget(label(here, "muted"), number, 2)
