"""DraftCard: the sentence the AI would say, and the three acts about it. Without one, nothing is said."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from copilot_desktop.calls.events import Decision
from copilot_desktop.calls.states import CallState, Mode
from copilot_desktop.ui.call.draft_words import LEAST_LINES, DraftWords
from copilot_desktop.ui.call.source_chip import SourceChip
from copilot_desktop.ui.live.live_call import LiveCall
from copilot_desktop.ui.live.suggestions import Suggestion
from copilot_desktop.ui.widgets.actions import Actions
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.buttons import GuardedButton, beside_icon, bind
from copilot_desktop.ui.widgets.theme import Theme, label, set_look

SETTLED_S = 0.4
"""A text that moved less than this ago has not been read."""
WAIT_SOFT_S, WAIT_LONG_S = 2.5, 8.0
_AROUND_BUTTONS = 88
_EDITED_LINES = 3
_AROUND_EDITED = 18
_LARGE = 1.5


class DraftCard(QFrame):
    """`said` carries the suggestion and the text to be said; `skipped` the suggestion."""

    said = Signal(Suggestion, str)
    skipped = Signal(Suggestion)

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("draftCard")
        self._theme, self._actions = theme, actions
        self._draft: Suggestion | None = None
        self._waits_s = 0.0
        self._hint_until_s = 0.0
        self.is_editing = False
        self._was_ready = False
        self._text = label("", "draft")
        self._words = DraftWords(self._text)
        self.chip = SourceChip(theme)
        self._build()
        self._lay_out()
        theme.changed.connect(self._fit)
        actions.keys_changed.connect(self._fit)
        self.hide()

    def show_call(self, call: LiveCall | None, now_s: float) -> None:
        """Show the newest draft of `call`, if it is for the agent to decide."""
        is_mine = call is not None and call.mode is Mode.AGENT_APPROVES and call.state is CallState.LIVE
        newest = call.suggestions.newest() if call is not None and is_mine else None
        if newest is not None and newest.decision not in (None, Decision.EXPIRED):
            newest = None
        if not self.is_editing:
            self._take(newest)
        elif not is_mine:
            self.leave_edit()
            self._take(None)
        self.setVisible(self._draft is not None)
        if call is not None and self._draft is not None:
            self._show_state(call, now_s)
        self._enable()

    def say(self, now_s: float) -> bool:
        """Have the draft said, if it has stood still long enough to have been read. True if it was."""
        draft = self._draft
        if draft is None or not self.isVisible():
            return False
        if self.is_editing:
            return self._say_edited(draft)
        if not draft.is_open:
            return False
        if now_s - draft.changed_s < SETTLED_S:
            self._flash(self.tr("Changed – look again"), now_s)
            return False
        self.said.emit(draft, draft.text)
        return True

    def skip(self) -> None:
        """Put the draft away."""
        if self._draft is not None and self._draft.is_open:
            self.leave_edit()
            self.skipped.emit(self._draft)

    def edit(self) -> None:
        """Turn the draft into a text to change."""
        if self._draft is None or not self._draft.is_open:
            return
        if not self.is_editing:
            self.is_editing = True
            self.editor.setPlainText(self._draft.text)
            self._show_editor()
        self.editor.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.editor.selectAll()

    def leave_edit(self) -> None:
        """Back to the draft as the AI wrote it."""
        self.is_editing = False
        self._show_editor()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if (
            isinstance(event, QKeyEvent)
            and event.type() is QEvent.Type.KeyPress
            and event.key() == Qt.Key.Key_Escape
        ):
            # The text stays; only the cursor leaves it.
            self.say_button.setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        if self._waits_s <= 0:
            return
        share = min(self._waits_s / WAIT_LONG_S, 1.0)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("danger" if self._waits_s >= WAIT_LONG_S else "ai"))
        painter.drawRoundedRect(QRectF(16, self.height() - 7, (self.width() - 32) * share, 3), 1.5, 1.5)

    # Inside.

    def _take(self, draft: Suggestion | None) -> None:
        has_new = draft is not None and draft.is_ready and (self._draft is not draft or not self._was_ready)
        self._draft = draft
        self._was_ready = draft is not None and draft.is_ready
        if draft is None:
            return
        self._words.show_words(draft.text if draft.is_ready else f"{draft.text} …")
        set_look(self._text, "tone", "normal" if draft.is_open else "muted")
        self.chip.show_sources(draft.sources, is_known=draft.is_ready)
        for part in (self._text, self._words):
            part.setAccessibleName(self.tr("Draft: {0}").format(draft.text))
        if has_new:
            announce(self, self.tr("Draft: {0}").format(draft.text))

    def _say_edited(self, draft: Suggestion) -> bool:
        text = self.editor.toPlainText().strip()
        if not text:
            return False
        self.leave_edit()
        self.said.emit(draft, text)
        return True

    def _show_state(self, call: LiveCall, now_s: float) -> None:
        assert self._draft is not None
        self._waits_s = call.caller_waits_s(now_s)
        is_late = self._waits_s >= WAIT_LONG_S
        if now_s < self._hint_until_s:
            pass
        elif self._draft.decision is Decision.EXPIRED:
            gone = self.tr("Out of date – the caller speaks. Preparing a new one")
            edited = self.tr("The caller spoke again – check your words before you say them")
            self._say_state(edited if self.is_editing else gone, "warning")
        elif not self._draft.is_ready:
            self._say_state(self.tr("Preparing… {0} s").format(f"{self._waits_s:.1f}"), "muted")
        elif is_late:
            self._say_state(self.tr("The caller has waited {0} s").format(int(self._waits_s)), "danger")
        elif self._waits_s > 0:
            self._say_state(self.tr("The caller waits {0} s").format(f"{self._waits_s:.1f}"), "muted")
        else:
            self._say_state("", "muted")
        set_look(self, "late", "yes" if is_late else "no")
        self.update()

    def _say_state(self, text: str, tone: str) -> None:
        self.state_line.setText(text)
        set_look(self.state_line, "tone", tone)

    def _flash(self, text: str, now_s: float) -> None:
        self._hint_until_s = now_s + 1.5
        self._say_state(text, "warning")
        announce(self, text)

    def _enable(self) -> None:
        draft = self._draft
        is_open = draft is not None and draft.is_open
        reason = self.tr("There is no draft to decide about")
        if draft is not None and draft.decision is Decision.EXPIRED:
            reason = self.tr("This draft is out of date")
        # `confirm` stays enabled: it also sends what is typed elsewhere.
        self._actions.enable("edit", is_open and not self.is_editing, reason)
        self._actions.enable("skip", is_open, reason)
        self.say_button.setEnabled(is_open or self.is_editing)
        self.say_button.setToolTip(self.tr("Say it  Ctrl+Enter") if is_open else reason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def _fit(self) -> None:
        """Where there is little room the key's name goes; it stands in the tool-tip as well."""
        is_large = self._theme.scale >= _LARGE
        # Where text is large, its room is worth more than the air around it.
        self._column.setContentsMargins(16, 6 if is_large else 12, 16, 12 if is_large else 16)
        self._column.setSpacing(4 if is_large else 8)
        line = self.editor.fontMetrics().lineSpacing()
        self.editor.setMinimumHeight(LEAST_LINES * line + _AROUND_EDITED)
        self.editor.setMaximumHeight(_EDITED_LINES * line + _AROUND_EDITED)
        words, others = self.tr("Say it"), (self.edit_button, self.skip_button)
        self.say_button.setText(beside_icon(f"{words}   {self._actions.keys('confirm')}"))
        wanted = sum(button.sizeHint().width() for button in (self.say_button, *others))
        if wanted + _AROUND_BUTTONS > self.width():
            self.say_button.setText(beside_icon(words))

    def _show_editor(self) -> None:
        self.editor.setVisible(self.is_editing)
        self._words.setVisible(not self.is_editing)

    def _build(self) -> None:
        self._icon = QLabel()
        self._theme.follow(self, lambda: self._icon.setPixmap(self._theme.pixmap("ai", "ai", 16)))
        self._title = label(self.tr("AI draft"), "draftTitle")
        self.state_line = label("", "small")
        self.state_line.setObjectName("draftState")
        self._text.setObjectName("draftText")
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self.editor = QPlainTextEdit()
        self.editor.setObjectName("draftEditor")
        self.editor.setAccessibleName(self.tr("Draft to edit. Ctrl+Enter says it, Escape leaves the box"))
        self.editor.setTabChangesFocus(True)
        self.editor.installEventFilter(self)
        self.editor.hide()
        self.say_button = GuardedButton()
        bind(self.say_button, self._actions, "confirm", self.tr("Say it"), keys_in_text=True)
        self.say_button.setObjectName("sayItButton")
        self.say_button.setProperty("role", "sayIt")
        self._theme.set_icon(self.say_button, "check", "label")
        self.edit_button = self._plain("edit", self.tr("Edit"))
        self.skip_button = self._plain("skip", self.tr("Skip"))

    def _plain(self, name: str, text: str) -> QPushButton:
        button = GuardedButton()
        bind(button, self._actions, name, text)
        button.setIconSize(QSize(18, 18))
        self._theme.set_icon(button, name)
        return button

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._icon)
        head.addWidget(self._title)
        head.addStretch(1)
        head.addWidget(self.state_line)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.say_button)
        foot.addWidget(self.edit_button)
        foot.addWidget(self.skip_button)
        foot.addSpacing(8)
        foot.addWidget(self.chip, 1)
        foot.addStretch()
        self._column = QVBoxLayout(self)
        self._column.addLayout(head)
        self._column.addWidget(self._words)
        self._column.addWidget(self.editor)
        self._column.addLayout(foot)
