"""CallPage: the desk during a call: caller and notes, the talk with draft and typed words, suggestions."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from copilot_desktop.calls.events import Decision, Party
from copilot_desktop.calls.states import CallState, Mode
from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.call.bookmark_field import BookmarkField
from copilot_desktop.ui.call.context_column import ContextColumn
from copilot_desktop.ui.call.draft_card import DraftCard
from copilot_desktop.ui.call.say_box import SayBox
from copilot_desktop.ui.call.suggestions_panel import SuggestionsPanel
from copilot_desktop.ui.live.live_call import LiveCall
from copilot_desktop.ui.live.suggestions import Suggestion
from copilot_desktop.ui.shell import Shell
from copilot_desktop.ui.transcript.transcript_model import TranscriptModel
from copilot_desktop.ui.transcript.transcript_view import TranscriptView
from copilot_desktop.ui.widgets.actions import Actions
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.columns import Columns, Fold
from copilot_desktop.ui.widgets.theme import Theme


class CallPage(QWidget):
    """Shows one call; what is approved or typed goes to the desk from here."""

    def __init__(
        self,
        theme: Theme,
        actions: Actions,
        bridge: Bridge,
        shell: Shell,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("callPage")
        self._bridge, self._actions = bridge, actions
        self._call: LiveCall | None = None
        self._no_words = TranscriptModel()
        self.transcript = TranscriptView(theme, bridge=bridge, preferences=shell.preferences)
        self.draft_card = DraftCard(theme, actions)
        self.say_box = SayBox(theme)
        self.suggestions = SuggestionsPanel(theme, actions, shell)
        self.context = ContextColumn(theme, bridge, shell)
        self.bookmark_field = BookmarkField(theme, bridge)
        self.draft_card.said.connect(self._say)
        self.draft_card.skipped.connect(self._skip)
        self.suggestions.used.connect(self._use)
        self.suggestions.dismissed.connect(self._dismiss)
        self.say_box.sent.connect(self._say_typed)
        self.bookmark_field.left.connect(lambda widget: self._go_to(widget, widget.setFocus))
        self.suggestions.guide_box.sent.connect(self._guide)
        self.columns = Columns(
            theme,
            shell.preferences,
            (self.context, self.tr("Caller and notes")),
            (self._talk(), self.tr("Talk")),
            (self.suggestions, self.tr("AI")),
        )
        self.columns.folded.connect(self._fit)
        self._fit()
        row = QVBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.columns)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._enable_dismiss)
        self.show_call(None, 0.0)

    def show_call(self, call: LiveCall | None, now_s: float) -> None:
        """Show `call`; with the same one again, what has changed."""
        if call is not self._call:
            self.draft_card.leave_edit()
        self._call = call
        self.transcript.show_transcript(call.transcript if call is not None else self._no_words)
        self.draft_card.show_call(call, now_s)
        self.suggestions.show_call(call)
        self.context.show_call(call)
        self.bookmark_field.show_call(call)
        self._enable(call)
        asks = self.tr("AI – asks you") if self.suggestions.is_asking else self.tr("AI")
        self.columns.rename(self.suggestions, asks)
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
        if self.bookmark_field.field.hasFocus():
            self.bookmark_field.keep()
            return True
        for box in (self.say_box, self.suggestions.guide_box):
            if box.field.hasFocus() and box.field.text().strip():
                box.send()
                return True
        return self.draft_card.say(now_s)

    def use(self, number: int) -> None:
        """Have suggestion 1, 2 or 3 said."""
        self.suggestions.cards[number - 1].use()

    def type(self) -> None:
        """Put the cursor where a sentence to be said is typed."""
        self._go_to(self.say_box, self.say_box.focus)

    def guide(self) -> None:
        """Put the cursor where a private note to the AI is typed."""
        self._go_to(self.suggestions.guide_box, self.suggestions.guide_box.focus)

    def write_notes(self) -> None:
        """Put the cursor into the agent's own notes."""
        self._go_to(self.context.notes, self.context.notes.focus)

    def ask_documents(self) -> None:
        """Put the cursor where the documents are asked."""
        self._go_to(self.suggestions.knowledge, self.suggestions.knowledge.focus)

    def bookmark(self) -> None:
        """Mark this moment; a word for it may follow."""
        if self._call is not None:
            self.columns.reveal(self.bookmark_field)
            self.bookmark_field.mark(self._call)

    def ask_another(self) -> None:
        """Have something else drafted."""
        if self._call is not None:
            self.draft_card.leave_edit()
            self._bridge.another_draft(self._call.call_id)

    def dismiss(self) -> None:
        """Put the suggestion away that has the focus."""
        card = self.suggestions.focused_card()
        if card is not None:
            card.dismiss()

    def read_last(self) -> None:
        """Have the caller's newest words read aloud, and show where they stand."""
        if self._call is None:
            return
        said = self._call.transcript.last_of(Party.CALLER)
        if said is None:
            announce(self, self.tr("The caller has said nothing yet"))
            return
        announce(self, self.tr("Caller: {0}").format(said.text), is_urgent=True)
        self.transcript.show_moment(said.start_ms)

    def _go_to(self, widget: QWidget, then: Callable[[], None]) -> None:
        self.columns.reveal(widget)
        then()

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

    def _dismiss(self, suggestion: Suggestion) -> None:
        call = self._call
        if call is None:
            return
        suggestion.is_dismissed = True
        if suggestion.is_open:
            self._bridge.skip(call.call_id, suggestion.suggestion_id)
        self.suggestions.show_call(call)

    def _enable(self, call: LiveCall | None) -> None:
        none = self.tr("There is no call")
        is_open = call is not None and call.is_connected
        for name in ("bookmark", "read_last", "notes"):
            self._actions.enable(name, is_open, none)
        why = self.tr("There is no draft to put another in the place of") if is_open else none
        self._actions.enable("another", call is not None and _has_draft(call), why)

    def _fit(self) -> None:
        self.transcript.show_compact(self.columns.fold is Fold.TABS)

    def _enable_dismiss(self) -> None:
        # Elsewhere the key is not ours: in a text it deletes a letter.
        is_on_card = self.suggestions.focused_card() is not None
        self._actions.enable("dismiss", is_on_card, self.tr("Put the focus on a suggestion first"))

    def _talk(self) -> QWidget:
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
        column.addWidget(self.bookmark_field)
        column.addWidget(self.say_box)
        return talk


def _has_draft(call: LiveCall) -> bool:
    """Whether another draft could take the place of one."""
    newest = call.suggestions.newest()
    is_offered = newest is not None and newest.decision not in (Decision.SAID, Decision.EDITED)
    is_mine = call.state is CallState.LIVE and call.mode is Mode.AGENT_APPROVES
    return is_offered and is_mine and not call.is_caller_in_turn
