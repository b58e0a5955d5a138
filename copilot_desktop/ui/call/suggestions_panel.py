"""SuggestionsPanel: what the AI asks; at most three suggestions, one of them prominent, with sources."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from copilot_desktop.calls.events import Decision, Tool, ToolResult
from copilot_desktop.calls.states import Mode
from copilot_desktop.ui.call.knowledge_panel import KnowledgePanel
from copilot_desktop.ui.call.say_box import GuideBox
from copilot_desktop.ui.call.source_chip import SourceChip
from copilot_desktop.ui.call.tool_card import ToolCard
from copilot_desktop.ui.live.live_call import LiveCall
from copilot_desktop.ui.live.suggestions import Suggestion
from copilot_desktop.ui.live.tool_notes import ToolNote
from copilot_desktop.ui.shell import Shell
from copilot_desktop.ui.widgets.actions import Actions
from copilot_desktop.ui.widgets.buttons import GuardedButton, GuardedTool
from copilot_desktop.ui.widgets.elided import ElidedLabel
from copilot_desktop.ui.widgets.theme import Theme, label, set_look
from copilot_desktop.ui.widgets.wording import decision_name

SHOWN = 3


class SuggestionCard(QFrame):
    """One suggestion; `used` when the agent wants it said, `dismissed` when not to see it any more."""

    used = Signal(Suggestion)
    dismissed = Signal(Suggestion)

    def __init__(self, theme: Theme, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"suggestion{number}")
        self._number = number
        self._suggestion: Suggestion | None = None
        self._text = label("", "suggestion")
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._chip = SourceChip(theme)
        self._fate = ElidedLabel("small")
        self.use_button = GuardedButton()
        self.use_button.setObjectName(f"useSuggestion{number}")
        self.use_button.setIconSize(QSize(16, 16))
        self.use_button.clicked.connect(self.use)
        self.close_button = GuardedTool()
        self.close_button.setObjectName(f"dismissSuggestion{number}")
        self.close_button.setProperty("look", "icon")
        self.close_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.close_button.setAccessibleName(self.tr("Dismiss suggestion {0}, Delete").format(number))
        self.close_button.setToolTip(self.tr("Dismiss  Delete"))
        theme.set_icon(self.close_button, "skip", "muted")
        self.close_button.setIconSize(QSize(14, 14))
        self.close_button.clicked.connect(self.dismiss)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self._fate, 1)
        foot.addWidget(self.use_button)
        foot.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addWidget(self._text)
        column.addWidget(self._chip)
        column.addLayout(foot)
        self.hide()

    def show_suggestion(self, suggestion: Suggestion | None, mode: Mode, *, is_prominent: bool) -> None:
        """Show one, or nothing."""
        self._suggestion = suggestion
        self.setVisible(suggestion is not None)
        if suggestion is None:
            return
        set_look(self, "prominent", "yes" if is_prominent else "no")
        set_look(self._text, "aloud", "yes" if is_prominent and mode is Mode.AGENT_SPEAKS else "no")
        self._text.setText(suggestion.text)
        self._chip.show_sources(suggestion.sources, is_known=True)
        self.setAccessibleName(self.tr("Suggestion {0}: {1}").format(self._number, suggestion.text))
        self._show_fate(suggestion, mode)

    def use(self) -> None:
        """Have it said, if that is offered."""
        if self._suggestion is not None and not self.use_button.isHidden():
            self.used.emit(self._suggestion)

    def dismiss(self) -> None:
        """Put it away, if that is offered."""
        if self._suggestion is not None and not self.close_button.isHidden():
            self.dismissed.emit(self._suggestion)

    def _show_fate(self, suggestion: Suggestion, mode: Mode) -> None:
        is_spoken_already = mode is Mode.AI_SPEAKS and suggestion.is_open
        # What is being said is stopped, not put away.
        self.close_button.setVisible(not is_spoken_already)
        was_said = suggestion.decision in (Decision.SAID, Decision.EDITED)
        fate = decision_name(suggestion.decision) if suggestion.decision else ""
        if is_spoken_already:
            fate = self.tr("The AI says this")
        self._fate.show_text(fate)
        self.use_button.setVisible(not was_said and not is_spoken_already)
        text = self.tr("Have it said") if mode is Mode.AGENT_SPEAKS else self.tr("Say it")
        self.use_button.setText(f"{text}   Ctrl+{self._number}")
        self.use_button.setAccessibleName(f"{text}, Ctrl+{self._number}")


class SuggestionsPanel(QFrame):
    """The AI column. `transfer_asked` carries whom the AI would pass the caller on to, by name."""

    used = Signal(Suggestion)
    dismissed = Signal(Suggestion)
    transfer_asked = Signal(str)

    def __init__(self, theme: Theme, actions: Actions, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("suggestionsPanel")
        self._heading = label("", "heading")
        self._origin = label("", "small")
        self._origin.setObjectName("originLine")
        self._origin.setWordWrap(True)
        self._empty = label(self.tr("Suggestions appear when there is something useful."), "empty")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.cards = [SuggestionCard(theme, number + 1) for number in range(SHOWN)]
        self.guide_box = GuideBox(theme)
        for card in self.cards:
            card.used.connect(self.used)
            card.dismissed.connect(self.dismissed)
        self.knowledge = KnowledgePanel(theme, actions, shell)
        self._call: LiveCall | None = None
        self.tool_card = ToolCard(theme)
        self.tool_card.used.connect(self._use_tool)
        self.tool_card.dismissed.connect(self._dismiss_tool)
        self.guide_box.sent.connect(self._answer_tool)
        self._lay_out()
        self.show_call(None)

    def show_call(self, call: LiveCall | None) -> None:
        """Show the suggestions of `call`, and what the AI asks."""
        self._call = call
        mode = call.mode if call is not None else Mode.AI_SPEAKS
        shown = self._chosen(call) if call is not None else []
        has_others = bool(shown) and shown[0].rank > 0
        self._heading.setText(self.tr("Or say") if has_others else self._heading_for(mode))
        self._show_tools()
        origin = call.suggestions.origin if call is not None else ""
        self._origin.setText(self.tr("From: {0}").format(origin) if origin else "")
        self._origin.setVisible(bool(origin))
        self._empty.setVisible(not shown)
        for row, card in enumerate(self.cards):
            one = shown[row] if row < len(shown) else None
            is_prominent = row == 0 and mode is not Mode.AGENT_APPROVES
            card.show_suggestion(one, mode, is_prominent=is_prominent)

    def focused_card(self) -> SuggestionCard | None:
        """The card that has the focus, or in which it is."""
        focused = QApplication.focusWidget()
        if focused is None:
            return None
        return next((card for card in self.cards if card is focused or card.isAncestorOf(focused)), None)

    @property
    def is_asking(self) -> bool:
        """The AI waits for the agent's decision."""
        return self._call is not None and any(
            note.result is ToolResult.LEFT_TO_AGENT for note in self._call.tools.all()
        )

    def _chosen(self, call: LiveCall) -> list[Suggestion]:
        """Return what to show: the answer, what else could be said, then what was suggested before."""
        suggestions = call.suggestions
        answers, newest = suggestions.recent(SHOWN + 1), suggestions.newest()
        others = suggestions.alternatives() if call.mode is not Mode.AI_SPEAKS else []
        if call.mode is Mode.AGENT_APPROVES:
            if newest is not None and newest.decision in (None, Decision.EXPIRED):
                # The newest one stands in the draft card; it is not shown twice.
                answers = [each for each in answers if each is not newest]
            return (others + answers)[:SHOWN]
        return (answers[:1] + others + answers[1:])[:SHOWN]

    def _show_tools(self) -> None:
        notes = self._call.tools.all() if self._call is not None else []
        self.tool_card.show_note(notes[0] if notes else None, len(notes) - 1)

    def _use_tool(self, note: ToolNote) -> None:
        if note.tool is Tool.ASK_AGENT:
            self.guide_box.focus()
        elif note.tool is Tool.TRANSFER:
            self.transfer_asked.emit(note.to)

    def _dismiss_tool(self, note: ToolNote) -> None:
        if self._call is not None:
            self._call.tools.dismiss(note)
            self._show_tools()

    def _answer_tool(self) -> None:
        if self._call is not None:
            self._call.tools.answer()
            self._show_tools()

    def _heading_for(self, mode: Mode) -> str:
        headings = {
            Mode.AI_SPEAKS: self.tr("What the AI says"),
            Mode.AGENT_APPROVES: self.tr("Earlier suggestions"),
            Mode.AGENT_SPEAKS: self.tr("You could say"),
        }
        return headings[mode]

    def _lay_out(self) -> None:
        cards = QWidget()
        cards.setObjectName("suggestionList")
        stack = QVBoxLayout(cards)
        stack.setContentsMargins(16, 0, 16, 16)
        stack.setSpacing(12)
        stack.addWidget(self.tool_card)
        stack.addWidget(self._empty)
        for card in self.cards:
            stack.addWidget(card)
        stack.addStretch(1)
        area = QScrollArea()
        area.setObjectName("suggestionArea")
        area.setAccessibleName(self.tr("Suggestions"))
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(cards)
        head = QVBoxLayout()
        head.setContentsMargins(16, 14, 16, 12)
        head.setSpacing(4)
        head.addWidget(self._heading)
        head.addWidget(self._origin)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(area, 1)
        column.addWidget(self.knowledge)
        column.addWidget(self.guide_box)
