"""KnowledgePanel: the agent asks the business's documents; the caller hears nothing of it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.calls.events import Source
from copilot_desktop.ui.call.source_chip import SourceChip, source_line
from copilot_desktop.ui.shell import Shell
from copilot_desktop.ui.widgets.actions import Actions
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.buttons import small_button
from copilot_desktop.ui.widgets.theme import Theme, label, set_look

_LONG_MS = 1500
_MOST_LETTERS = 300
_LEAST_ROOM_PX, _MOST_ROOM_PX = 88, 260


class PassageCard(QFrame):
    """One passage and where it stands. Its words can be copied."""

    def __init__(self, theme: Theme, source: Source, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("passageCard")
        self.setAccessibleName(f"{source_line(source)}: {source.text}")
        chip = SourceChip(theme)
        chip.show_sources((source,), is_known=True)
        words = label(source.text, "plain")
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setWordWrap(True)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 10)
        column.setSpacing(4)
        column.addWidget(chip)
        column.addWidget(words)


class KnowledgePanel(QFrame):
    """A question in, passages with their sources out. `page_asked` carries a page of the settings."""

    page_asked = Signal(str)

    def __init__(self, theme: Theme, actions: Actions, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("knowledgePanel")
        self._theme, self._actions, self._shell = theme, actions, shell
        self._asked = 0
        """Counts the questions: the answer to an older one comes too late."""
        self._question = ""
        self._is_loading = False
        self._long = QTimer(self)
        self._long.setSingleShot(True)
        self._long.setInterval(_LONG_MS)
        self._long.timeout.connect(self._say_long)
        self._build()
        self._lay_out()
        self._clear()
        actions.keys_changed.connect(self._name_field)
        self._name_field()

    def focus(self) -> None:
        """Put the cursor into the field."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def ask(self) -> None:
        """Search for what is typed."""
        question = self.field.text().strip()
        # A second Enter while the first is under way asks nothing new.
        if not question or (self._is_loading and question == self._question):
            return
        self._question, self._is_loading = question, True
        self._asked += 1
        self._show([])
        self._say(self.tr("Searching…"), "muted")
        self._long.start()
        self._shell.spawn(self._search(question, self._asked))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self._asked += 1
            self.field.clear()
            self._clear()
            return
        super().keyPressEvent(event)

    # Inside.

    async def _search(self, question: str, asked: int) -> None:
        try:
            found = await self._shell.ask_documents(question)
        except CopilotError as error:
            if asked == self._asked:
                self._fail(str(error))
            return
        if asked != self._asked:
            return
        self._stop()
        self._show(found)
        if not found:
            self._say(self.tr("Nothing in your documents fits this."), "muted", action="settings")
        else:
            one = self.tr("1 passage, only for you")
            many = self.tr("{0} passages, only for you").format(len(found))
            self._say(one if len(found) == 1 else many, "muted")
            announce(self, f"{self._state.text()}. {source_line(found[0])}: {found[0].text}")

    def _fail(self, reason: str) -> None:
        self._stop()
        words = self.tr("✗ Your documents cannot be searched: {0}").format(reason[:_MOST_LETTERS])
        self._say(words, "danger", action="again")

    def _say_long(self) -> None:
        if self._is_loading:
            self._say(self.tr("Searching… After a start the documents are read first."), "muted")

    def _clear(self) -> None:
        self._stop()
        self._show([])
        self._say("", "muted")

    def _stop(self) -> None:
        self._is_loading = False
        self._long.stop()

    def _say(self, words: str, tone: str, *, action: str = "") -> None:
        self._state.setText(words)
        self._state.setVisible(bool(words))
        set_look(self._state, "tone", tone)
        self.settings_button.setVisible(action == "settings")
        self.again_button.setVisible(action == "again")
        self.close_button.setVisible(bool(words) and not self._is_loading)
        if action:
            announce(self, words)

    def _show(self, found: Sequence[Source]) -> None:
        while (item := self._cards.takeAt(0)) is not None:
            if (card := item.widget()) is not None:
                card.deleteLater()
        for source in found:
            self._cards.addWidget(PassageCard(self._theme, source))
        self._cards.addStretch(1)
        self._area.setVisible(bool(found))
        self._area.verticalScrollBar().setValue(0)

    def _name_field(self) -> None:
        keys = self._actions.keys("knowledge")
        words = self.tr("Ask your documents")
        self.field.setPlaceholderText(f"{words}…   {keys}".rstrip())
        name = self.tr("{0}. The answer is for you only").format(words)
        self.field.setAccessibleName(f"{name}, {keys}" if keys else name)

    def _build(self) -> None:
        self.field = QLineEdit()
        self.field.setObjectName("knowledgeField")
        self.field.setMaxLength(_MOST_LETTERS)
        self.field.returnPressed.connect(self.ask)
        self.ask_button = QPushButton()
        self.ask_button.setObjectName("knowledgeAsk")
        self.ask_button.setProperty("look", "square")
        self.ask_button.setAutoDefault(False)
        self.ask_button.setIconSize(QSize(18, 18))
        self.ask_button.setAccessibleName(self.tr("Ask the documents, Enter"))
        self.ask_button.setToolTip(self.tr("Ask the documents  Enter"))
        self._theme.set_icon(self.ask_button, "search")
        self.ask_button.clicked.connect(self.ask)
        self._state = label("", "small")
        self._state.setObjectName("knowledgeState")
        self._state.setWordWrap(True)
        self.settings_button = self._link("knowledgeSettings", self.tr("Add documents"))
        self.settings_button.clicked.connect(lambda: self.page_asked.emit("knowledge"))
        self.again_button = self._link("knowledgeAgain", self.tr("Try again"))
        self.again_button.clicked.connect(self.ask)
        self.close_button = small_button(self._theme, "skip", self.tr("Put the answer away"))
        self.close_button.setObjectName("knowledgeClose")
        self.close_button.setIconSize(QSize(14, 14))
        self.close_button.clicked.connect(self._clear)

    def _link(self, name: str, words: str) -> QPushButton:
        button = QPushButton(words)
        button.setObjectName(name)
        button.setProperty("look", "slim")
        button.setAutoDefault(False)
        button.setAccessibleName(words)
        return button

    def _lay_out(self) -> None:
        ask = QHBoxLayout()
        ask.setSpacing(8)
        ask.addWidget(self.field, 1)
        ask.addWidget(self.ask_button)
        told = QHBoxLayout()
        told.setSpacing(8)
        told.addWidget(self._state, 1)
        told.addWidget(self.settings_button)
        told.addWidget(self.again_button)
        told.addWidget(self.close_button)
        cards = QWidget()
        cards.setObjectName("passageList")
        self._cards = QVBoxLayout(cards)
        self._cards.setContentsMargins(0, 0, 0, 0)
        self._cards.setSpacing(8)
        self._area = QScrollArea()
        self._area.setObjectName("passageArea")
        self._area.setAccessibleName(self.tr("Passages of your documents"))
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._area.setMinimumHeight(_LEAST_ROOM_PX)
        self._area.setMaximumHeight(_MOST_ROOM_PX)
        self._area.setWidget(cards)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 16, 10)
        column.setSpacing(6)
        column.addLayout(ask)
        column.addLayout(told)
        column.addWidget(self._area)
