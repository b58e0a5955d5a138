"""CallPage: the desk during a call: transcript, draft, typed words; beside them the suggestions."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings, Qt
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from copilot_desktop.calls.states import CallState, Mode
from copilot_desktop.ui.actions import Actions
from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.draft_card import DraftCard
from copilot_desktop.ui.live_call import LiveCall
from copilot_desktop.ui.say_box import SayBox
from copilot_desktop.ui.suggestions import Suggestion
from copilot_desktop.ui.suggestions_panel import SuggestionsPanel
from copilot_desktop.ui.theme import Theme
from copilot_desktop.ui.transcript_model import TranscriptModel
from copilot_desktop.ui.transcript_view import TranscriptView

_SPLIT_KEY = "window/call_split"


class CallPage(QWidget):
    """Shows one call; what is approved or typed goes to the desk from here."""

    def __init__(
        self,
        theme: Theme,
        actions: Actions,
        bridge: Bridge,
        preferences: QSettings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("callPage")
        self._bridge, self._preferences = bridge, preferences
        self._call: LiveCall | None = None
        self._no_words = TranscriptModel()
        self.transcript = TranscriptView(theme)
        self.draft_card = DraftCard(theme, actions)
        self.say_box = SayBox(theme)
        self.suggestions = SuggestionsPanel(theme)
        self.draft_card.said.connect(self._say)
        self.draft_card.skipped.connect(self._skip)
        self.suggestions.used.connect(self._use)
        self.say_box.sent.connect(self._say_typed)
        self.suggestions.guide_box.sent.connect(self._guide)
        self._lay_out()
        self.show_call(None, 0.0)

    def show_call(self, call: LiveCall | None, now_s: float) -> None:
        """Show `call`; with the same one again, what has changed."""
        if call is not self._call:
            self.draft_card.leave_edit()
        self._call = call
        self.transcript.show_transcript(call.transcript if call is not None else self._no_words)
        self.draft_card.show_call(call, now_s)
        self.suggestions.show_call(call)
        is_open = call is not None and call.is_connected
        reason = self.tr("There is no call")
        self.say_box.open_for(is_open, reason)
        self.suggestions.guide_box.open_for(is_open, reason)
        is_typing = (
            call is not None and is_open and call.mode is Mode.AGENT_SPEAKS and not call.has_microphone
        )
        self.say_box.show_prominent(is_typing)

    def confirm(self, now_s: float) -> bool:
        """Ctrl+Enter: send what is being typed, else say the draft. True if anything was done."""
        for box in (self.say_box, self.suggestions.guide_box):
            if box.field.hasFocus() and box.field.text().strip():
                box.send()
                return True
        return self.draft_card.say(now_s)

    def use(self, number: int) -> None:
        """Have suggestion 1, 2 or 3 said."""
        self.suggestions.cards[number - 1].use()

    def save_layout(self) -> None:
        """Remember where the splitter stands."""
        self._preferences.setValue(_SPLIT_KEY, self._split.saveState())

    # Orders.

    def _say(self, suggestion: Suggestion, text: str) -> None:
        if self._call is None:
            return
        if suggestion.is_open:
            self._bridge.say(self._call.call_id, suggestion.suggestion_id, text)
        elif text != suggestion.text:
            # Edited while the caller went on: the agent's own words by now.
            self._bridge.say_text(self._call.call_id, text)

    def _skip(self, suggestion: Suggestion) -> None:
        if self._call is not None:
            self._bridge.skip(self._call.call_id, suggestion.suggestion_id)

    def _use(self, suggestion: Suggestion) -> None:
        call = self._call
        if call is None or call.state is not CallState.LIVE:
            return
        if suggestion.is_open and call.mode is not Mode.AGENT_SPEAKS:
            self._bridge.say(call.call_id, suggestion.suggestion_id, suggestion.text)
        else:
            self._bridge.say_text(call.call_id, suggestion.text)

    def _say_typed(self, text: str) -> None:
        if self._call is not None and not self._bridge.say_text(self._call.call_id, text):
            self.say_box.put_back(text)

    def _guide(self, text: str) -> None:
        if self._call is not None and not self._bridge.guide(self._call.call_id, text):
            self.suggestions.guide_box.put_back(text)

    def _lay_out(self) -> None:
        talk = QWidget()
        talk.setObjectName("talkColumn")
        column = QVBoxLayout(talk)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.transcript, 1)
        card = QHBoxLayout()
        card.setContentsMargins(16, 0, 16, 8)
        card.addWidget(self.draft_card)
        column.addLayout(card)
        column.addWidget(self.say_box)
        talk.setMinimumWidth(420)
        self.suggestions.setMinimumWidth(300)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setObjectName("callSplit")
        self._split.setChildrenCollapsible(False)
        self._split.setHandleWidth(1)
        self._split.addWidget(talk)
        self._split.addWidget(self.suggestions)
        self._split.setStretchFactor(0, 1)
        self._split.setStretchFactor(1, 0)
        self._split.setSizes([920, 360])
        saved = self._preferences.value(_SPLIT_KEY)
        if isinstance(saved, QByteArray):
            self._split.restoreState(saved)
        row = QVBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._split)
