"""The transcript stays right and fast however long the talk is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from copilot_desktop.calls.events import CallId, Party, UtteranceChanged, UtteranceFinished, UtteranceId
from copilot_desktop.calls.transcript import Utterance
from copilot_desktop.ui.transcript.transcript_layout import TurnLayout, TurnLayouts
from copilot_desktop.ui.transcript.transcript_model import TranscriptModel, Turn
from copilot_desktop.ui.transcript.transcript_view import TranscriptView
from copilot_desktop.ui.widgets.theme import Theme
from tests.support.fake_shell import RESOURCES

MANY = 10_000


@pytest.fixture
def view(qtbot: QtBot, tmp_path: Path) -> Iterator[TranscriptView]:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    preferences = QSettings(str(tmp_path / "w.ini"), QSettings.Format.IniFormat)
    theme = Theme(app, RESOURCES, preferences)
    shown = TranscriptView(theme)
    qtbot.addWidget(shown)
    shown.resize(700, 500)
    with qtbot.waitExposed(shown):
        shown.show()
    yield shown
    theme.deleteLater()


def _said(number: int) -> UtteranceFinished:
    return UtteranceFinished(
        call_id=CallId("c"),
        at_ms=number * 1000 + 900,
        utterance_id=UtteranceId(f"u{number}"),
        party=list(Party)[number % 3],
        text=f"Turn {number}: " + "words and words " * (number % 17),
        start_ms=number * 1000,
        end_ms=number * 1000 + 900,
    )


def test_rows_lie_one_below_the_other(view: TranscriptView) -> None:
    model = TranscriptModel([_said(number) for number in range(60)])
    view.show_transcript(model)
    rects = [view.list.visualRect(model.index(row)) for row in range(60)]
    for above, below in zip(rects, rects[1:], strict=False):
        assert below.top() == above.bottom() + 1
    assert view.list.indexAt(rects[40].center()).row() == 40


def test_it_follows_the_talk_only_from_the_end(view: TranscriptView) -> None:
    model = TranscriptModel([_said(number) for number in range(60)])
    view.show_transcript(model)
    bar = view.list.verticalScrollBar()
    assert bar.value() == bar.maximum() > 0
    model.apply(_said(60))
    assert bar.value() == bar.maximum()
    bar.setValue(100)
    first = view.list.indexAt(view.list.viewport().rect().topLeft())
    model.apply(_said(61))
    model.apply(_said(62))
    assert view.list.indexAt(view.list.viewport().rect().topLeft()) == first
    assert view.jump_button.isVisible()
    assert view.jump_button.text() == "2 new lines"
    view.jump_button.click()
    assert bar.value() == bar.maximum()
    assert not view.jump_button.isVisible()


def test_a_final_text_never_becomes_partial_again(view: TranscriptView) -> None:
    model = TranscriptModel([_said(0)])
    late = UtteranceChanged(
        call_id=CallId("c"),
        at_ms=950,
        utterance_id=UtteranceId("u0"),
        party=Party.CALLER,
        text="Turn",
        start_ms=0,
    )
    model.apply(late)
    turn = model.turn(0)
    assert isinstance(turn, Utterance)
    assert turn.is_final


def test_turns_that_begin_earlier_are_put_in_their_place(view: TranscriptView) -> None:
    model = TranscriptModel([_said(5), _said(2), _said(9), _said(3)])
    assert [model.turn(row).start_ms for row in range(4)] == [2000, 3000, 5000, 9000]


def test_an_utterance_without_words_disappears(view: TranscriptView) -> None:
    model = TranscriptModel([_said(0), _said(1), _said(2)])
    view.show_transcript(model)
    empty = UtteranceFinished(
        call_id=CallId("c"),
        at_ms=0,
        utterance_id=UtteranceId("u1"),
        party=Party.CALLER,
        text="",
        start_ms=0,
        end_ms=1,
    )
    model.apply(empty)
    assert [model.turn(row).text.split(":")[0] for row in range(2)] == ["Turn 0", "Turn 2"]
    model.apply(_said(2))
    assert model.rowCount() == 2


def test_a_turn_after_ten_thousand_lays_out_what_is_in_sight_and_no_more(
    view: TranscriptView, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = TranscriptModel([_said(number) for number in range(MANY)])
    laid_out: list[object] = []
    lay_out = TurnLayouts._lay_out

    def counted(layouts: TurnLayouts, turn: Turn, width: int) -> TurnLayout:
        laid_out.append(turn)
        return lay_out(layouts, turn, width)

    monkeypatch.setattr(TurnLayouts, "_lay_out", counted)
    view.show_transcript(model)
    view.list.repaint()
    assert len(laid_out) < 20, "only what is in sight"
    laid_out.clear()
    for number in range(MANY, MANY + 5):
        model.apply(_said(number))
        view.list.repaint()
    assert laid_out == [model.turn(row) for row in range(MANY, MANY + 5)], "each new one, once"


def test_find_goes_from_hit_to_hit(view: TranscriptView, qtbot: QtBot) -> None:
    model = TranscriptModel([_said(number) for number in range(200)])
    view.show_transcript(model)
    view.find_field.setText("Turn 12")
    assert view.list.currentIndex().row() == 129
    assert view._hits.text() == "11 turns"
    view.find_field.returnPressed.emit()
    assert view.list.currentIndex().row() == 128
    rect = view.list.visualRect(view.list.currentIndex())
    assert view.list.viewport().rect().contains(rect.center())


def test_screen_readers_hear_who_said_what_when(view: TranscriptView) -> None:
    from PySide6.QtCore import Qt

    model = TranscriptModel([_said(60)])
    text = model.data(model.index(0), Qt.ItemDataRole.AccessibleTextRole)
    assert text.startswith("Caller, 1 minute: Turn 60")
