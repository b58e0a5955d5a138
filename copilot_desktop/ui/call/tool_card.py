"""ToolCard: what the AI asks of the agent or has noted: a question, a transfer, a message."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from copilot_desktop.calls.events import Tool, ToolResult
from copilot_desktop.ui.live.tool_notes import ToolNote
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.buttons import small_button
from copilot_desktop.ui.widgets.theme import Theme, label, set_look
from copilot_desktop.ui.widgets.wording import quoted

_ICONS = {
    Tool.ASK_AGENT: "help",
    Tool.TRANSFER: "transfer",
    Tool.TAKE_MESSAGE: "voicemail",
    Tool.END_CALL: "hang-up",
}
_MOST_LETTERS = 240


def _tr(text: str) -> str:
    return QCoreApplication.translate("ToolCard", text)


class ToolCard(QFrame):
    """One note. `used`: its button was pressed; `dismissed`: it was put away."""

    used = Signal(ToolNote)
    dismissed = Signal(ToolNote)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("toolCard")
        self._theme = theme
        self._note: ToolNote | None = None
        self._icon = QLabel()
        self._title = label("", "draftTitle")
        self._title.setObjectName("toolTitle")
        self._title.setWordWrap(True)
        self._text = label("", "suggestion")
        self._text.setObjectName("toolText")
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        # Not guarded: it opens a box or a strip, where the agent decides.
        self.use_button = QPushButton()
        self.use_button.setAutoDefault(False)
        self.use_button.setObjectName("useTool")
        self.use_button.clicked.connect(self._use)
        self.close_button = small_button(theme, "skip", _tr("Put this away"))
        self.close_button.setObjectName("closeTool")
        self.close_button.setIconSize(QSize(16, 16))
        self.close_button.clicked.connect(self._put_away)
        self._others = label("", "small")
        self._lay_out()
        theme.follow(self, self._show_icon)
        self.hide()

    def show_note(self, note: ToolNote | None, others: int = 0) -> None:
        """Show one, or nothing, and how many others wait; a new one is said aloud."""
        self._others.setText(_tr("{0} more").format(others) if others else "")
        if note is self._note:
            return
        self._note = note
        self.setVisible(note is not None)
        if note is None:
            return
        title, button = title_of(note), _button_of(note)
        self._title.setText(title)
        self._text.setText(quoted(note.text, _MOST_LETTERS) if note.text else "")
        self._text.setVisible(bool(note.text))
        self.use_button.setText(button)
        self.use_button.setAccessibleName(f"{button}. {title}")
        self.use_button.setVisible(bool(button))
        self.setAccessibleName(f"{title} {note.text}".strip())
        set_look(self, "asks", "yes" if note.result is ToolResult.LEFT_TO_AGENT else "no")
        self._show_icon()
        announce(self, self.accessibleName(), is_urgent=note.result is ToolResult.LEFT_TO_AGENT)

    def _use(self) -> None:
        if self._note is not None:
            self.used.emit(self._note)

    def _put_away(self) -> None:
        if self._note is not None:
            self.dismissed.emit(self._note)

    def _show_icon(self) -> None:
        icon = _ICONS.get(self._note.tool, "info") if self._note is not None else "info"
        self._icon.setPixmap(self._theme.pixmap(icon, "ai", 16))

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._icon)
        head.addWidget(self._title, 1)
        head.addWidget(self.close_button)
        foot = QHBoxLayout()
        foot.addWidget(self._others)
        foot.addStretch(1)
        foot.addWidget(self.use_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 8, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._text)
        column.addLayout(foot)


def title_of(note: ToolNote) -> str:
    """Return what the AI did or wishes, in words."""
    whom = note.to or _tr("somebody else")
    if note.tool is Tool.TRANSFER:
        wishes = _tr("The AI would pass the caller on to {0}").format(whom)
        refused = _tr("The AI wished to pass the caller on to {0}. It may not.").format(whom)
        return refused if note.result is ToolResult.REFUSED else wishes
    return {
        Tool.ASK_AGENT: _tr("The AI asks you"),
        Tool.TAKE_MESSAGE: _tr("The AI took a message"),
        Tool.END_CALL: _tr("The AI holds the talk to be over. You decide."),
    }[note.tool]


def _button_of(note: ToolNote) -> str:
    if note.tool is Tool.ASK_AGENT:
        return _tr("Answer   Ctrl+G")
    if note.tool is Tool.TRANSFER and note.result is ToolResult.LEFT_TO_AGENT:
        return _tr("Pass on…")
    return ""
