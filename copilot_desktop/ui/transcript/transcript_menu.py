"""TurnMenu: what can be done with one turn of a transcript."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtWidgets import QApplication, QMenu

from copilot_desktop.calls.transcript import Utterance
from copilot_desktop.ui.transcript.transcript_list import TranscriptList
from copilot_desktop.ui.transcript.transcript_model import Turn
from copilot_desktop.ui.transcript.transcript_words import words_of
from copilot_desktop.ui.widgets.theme import Theme
from copilot_desktop.ui.widgets.wording import clock, party_name


def _tr(text: str) -> str:
    return QCoreApplication.translate("TurnMenu", text)


class TurnMenu:
    """Opens over a turn of `turns`, by mouse or by the menu key.

    `bookmark` takes the words of a mark; None: there is nothing to mark here. `play` takes a moment of the
    call; None: nothing can be played.
    """

    def __init__(self, theme: Theme, turns: TranscriptList) -> None:
        self._theme, self._turns = theme, turns
        self.bookmark: Callable[[str], None] | None = None
        self.play: Callable[[int], None] | None = None
        turns.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        turns.customContextMenuRequested.connect(self.open)

    def open(self, at: QPoint) -> None:
        """Show the menu of the turn at a place of the list; nothing where there is none."""
        index = self._turns.indexAt(at)
        if index.isValid():
            menu = self.menu_for(self._turns.turn(index.row()))
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self._turns.viewport().mapToGlobal(at))

    def menu_for(self, turn: Turn) -> QMenu:
        """Return a menu for one turn."""
        menu = QMenu(self._turns)
        menu.setObjectName("turnMenu")
        if self.play is not None and isinstance(turn, Utterance):
            playing = menu.addAction(self._theme.icon("play"), _tr("Play from here"))
            playing.setObjectName("playTurn")
            play, at_ms = self.play, turn.start_ms
            playing.triggered.connect(lambda: play(at_ms))
        copying = menu.addAction(self._theme.icon("copy"), _tr("Copy"))
        copying.setObjectName("copyTurn")
        copying.triggered.connect(lambda: QApplication.clipboard().setText(words_of(turn)))
        if self.bookmark is not None and isinstance(turn, Utterance):
            marking = menu.addAction(self._theme.icon("bookmark"), _tr("Bookmark this turn"))
            marking.setObjectName("bookmarkTurn")
            order = self.bookmark
            marking.triggered.connect(lambda: order(_mark_of(turn)))
        return menu


def _mark_of(turn: Utterance) -> str:
    """The mark itself stands at the moment it is made; its words say which turn is meant."""
    return f"{party_name(turn.party)} {clock(turn.start_ms / 1000)}: {turn.text}"
