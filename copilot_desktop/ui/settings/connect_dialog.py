"""ConnectDialog: the five connecting steps in a window of their own; non-modal, as all of ours."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from copilot_desktop.ui.settings.connect_steps import ConnectSteps
from copilot_desktop.ui.settings.door import SettingsDoor
from copilot_desktop.ui.settings.listen import SamplePlayer
from copilot_desktop.ui.widgets.theme import Theme


class ConnectDialog(QDialog):
    """To be made once and shown again: it goes on where it was left. Signals as those of `ConnectSteps`."""

    page_asked = Signal(str)
    saved = Signal(object)

    def __init__(
        self, door: SettingsDoor, theme: Theme, player: SamplePlayer, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("connectDialog")
        self.setWindowTitle(self.tr("Connect my phone number – AI Call CoPilot"))
        self.steps = ConnectSteps(door, theme, player=player)
        self.steps.left.connect(self.close)
        self.steps.page_asked.connect(self.page_asked)
        self.steps.saved.connect(self.saved)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.steps)
        room = self.screen().availableSize() * 0.9
        self.resize(theme.px(800), theme.px(680))
        self.resize(self.size().boundedTo(room))
        self.setMinimumSize(520, 420)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous():
            self.steps.begin()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous():
            self.steps.end()
