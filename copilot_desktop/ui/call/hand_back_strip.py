"""HandBackStrip: the second of the two deliberate steps that give the call back to the AI."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from copilot_desktop.calls.events import HandBackPrepared
from copilot_desktop.calls.states import HandBackStage
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.buttons import GuardedButton
from copilot_desktop.ui.widgets.elided import plain_tip
from copilot_desktop.ui.widgets.theme import label

_LEAST_NOTE_PX = 260
_MARGIN_PX, _GAP_PX = 16, 12
_LINES_FILLED = 1.85
"""How much of what the AI will say is shown: two lines, not quite full. All of it stands in the tool-tip."""


class HandBackStrip(QFrame):
    """Shows what the AI will say first, and asks what it should know.

    `given_back` carries the note, `note_changed` the note as it is typed; Esc and "Stay live" close it, and
    `closed` says so, whoever closed it.
    """

    given_back = Signal(str)
    note_changed = Signal(str)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("handBackStrip")
        self._is_open = self._is_given = False
        self._stage, self._text = HandBackStage.PREPARING, ""
        self._build()
        self._lay_out()
        self.show_prepared(None)
        self.hide()

    def ask(self, promised: str = "") -> None:
        """Open; the note begins with what the agent `promised`, in their own words."""
        self._is_given = False
        self.note.setText(self.tr("I said: {0}").format(promised) if promised else "")
        self.show_prepared(None)
        self.show()
        # Chosen from its end, so that its beginning is seen.
        self.note.setSelection(len(self.note.text()), -len(self.note.text()))
        self.note.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def ask_again(self) -> None:
        """It is open: go to the note, and keep it."""
        if self.isVisible():
            self.note.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_prepared(self, prepared: HandBackPrepared | None) -> None:
        """Show how far the AI is with what it says first; None: it has not begun."""
        stage = prepared.stage if prepared is not None else HandBackStage.PREPARING
        text = " ".join(prepared.text.split()) if prepared is not None else ""
        if (stage, text) == (self._stage, self._text) and self.sentence.text():
            return
        self._stage, self._text = stage, text
        self._fit()
        self.sentence.setAccessibleName(self._words(stage, text))
        self.sentence.setToolTip(plain_tip(self._tip(text, prepared)))
        if self.isVisible() and stage is not HandBackStage.PREPARING:
            announce(self, self._words(stage, text))

    def give_back(self) -> None:
        """The second step."""
        self._is_given = True
        self.hide()
        self.given_back.emit(self.note.text().strip())

    def setVisible(self, visible: bool) -> None:  # noqa: FBT001, N802 - Qt's own
        """Tell that it was closed, seen or not: the page that it stands on may be out of sight."""
        was_open, self._is_open = self._is_open, visible
        super().setVisible(visible)
        if was_open and not visible and not self._is_given:
            self.closed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the sentence under the title, and the buttons under the note, where there is no room beside."""
        wanted = sum(part.sizeHint().width() for part in self._parts) + _LEAST_NOTE_PX
        direction = QBoxLayout.Direction
        is_narrow = wanted > self.width()
        for rows in (self._head, self._body):
            rows.setDirection(direction.TopToBottom if is_narrow else direction.LeftToRight)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            return
        super().keyPressEvent(event)

    def _fit(self) -> None:
        """Show as much of the sentence as two lines take."""
        width_px = self.width() - 2 * _MARGIN_PX
        if self._head.direction() is QBoxLayout.Direction.LeftToRight:
            width_px -= self._title.sizeHint().width() + _GAP_PX
        room_px, kept = width_px * _LINES_FILLED, self._text
        metrics = self.sentence.fontMetrics()
        while (
            " " in kept.removesuffix(" …")
            and metrics.horizontalAdvance(self._words(self._stage, kept)) > room_px
        ):
            kept = kept.removesuffix(" …").rpartition(" ")[0] + " …"
        self.sentence.setText(self._words(self._stage, kept))

    def _words(self, stage: HandBackStage, text: str) -> str:
        return {
            HandBackStage.LISTENING: self.tr("It prepares a sentence when everybody has finished speaking."),
            HandBackStage.PREPARING: self.tr("It is preparing what it says first …"),
            HandBackStage.READY: self.tr("It will go on with: “{0}”").format(text),
            HandBackStage.NOTHING: self.tr("It will wait for the caller."),
            HandBackStage.FAILED: self.tr(
                "It could not prepare a sentence. It tries again when you give back."
            ),
        }[stage]

    def _tip(self, text: str, prepared: HandBackPrepared | None) -> str:
        if prepared is None or not text:
            return ""
        source = prepared.sources[0] if prepared.sources else None
        parts = (source.title, source.heading) if source is not None else (prepared.origin,)
        return self.tr("{0}\nFrom: {1}").format(text, ", ".join(filter(None, parts)))

    def _build(self) -> None:
        self.sentence = label("", "bandDetail")
        self.sentence.setObjectName("handBackSentence")
        self.sentence.setProperty("band", "live")
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.sentence.setWordWrap(True)
        self.note = QLineEdit()
        self.note.setObjectName("handBackNote")
        self.note.setMaxLength(500)
        self.note.setPlaceholderText(self.tr("For example what you agreed"))
        self.note.setAccessibleName(self.tr("What the AI should know"))
        self.note.textEdited.connect(self.note_changed)
        self.give_button = GuardedButton(self.tr("Give back   Ctrl+Enter"))
        self.give_button.setObjectName("giveBackButton")
        self.give_button.setProperty("role", "onBand")
        self.give_button.setAccessibleName(self.tr("Give back, Ctrl+Enter"))
        self.give_button.clicked.connect(self.give_back)
        self.stay_button = QPushButton(self.tr("Stay live   Esc"))
        self.stay_button.setObjectName("stayLiveButton")
        self.stay_button.setProperty("role", "onBandQuiet")
        self.stay_button.setAccessibleName(self.tr("Stay live, Escape"))
        self.stay_button.setAutoDefault(False)
        self.stay_button.clicked.connect(self.hide)

    def _lay_out(self) -> None:
        self._title = label(self.tr("Give the call back to the AI?"), "bandTitle")
        self._title.setProperty("band", "live")
        known = label(self.tr("What it should know:"), "bandDetail")
        known.setProperty("band", "live")
        known.setBuddy(self.note)
        words, buttons = QHBoxLayout(), QHBoxLayout()
        self._head, self._body = (QBoxLayout(QBoxLayout.Direction.LeftToRight) for _ in range(2))
        for row in (self._head, self._body, words, buttons):
            row.setSpacing(_GAP_PX)
        self._head.addWidget(self._title, 0, Qt.AlignmentFlag.AlignTop)
        self._head.addWidget(self.sentence, 1)
        words.addWidget(known)
        words.addWidget(self.note, 1)
        buttons.addStretch(1)
        buttons.addWidget(self.give_button)
        buttons.addWidget(self.stay_button)
        self._parts = (known, self.give_button, self.stay_button)
        self._body.addLayout(words, 1)
        self._body.addLayout(buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN_PX, 8, _MARGIN_PX, 8)
        column.setSpacing(8)
        column.addLayout(self._head)
        column.addLayout(self._body)
