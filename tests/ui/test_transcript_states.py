"""What the transcript says while there are no words, and how each kind of line and word is told apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QAccessible, QColor, QImage
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from copilot_desktop.calls.card_numbers import HIDDEN
from copilot_desktop.calls.events import (
    Bookmarked,
    CallEnded,
    CallEvent,
    CallId,
    DigitsSent,
    HoldChanged,
    ModeChanged,
    Outcome,
    Party,
    Problem,
    ProblemRaised,
    RecordingCause,
    RecordingChanged,
    SpeechMeasured,
    StateChanged,
    TransferChanged,
    TransferResult,
    UtteranceChanged,
    UtteranceFinished,
    UtteranceId,
)
from copilot_desktop.calls.states import CallState, Cause, Mode
from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.transcript import transcript_aloud
from copilot_desktop.ui.transcript.transcript_aloud import Aloud
from copilot_desktop.ui.transcript.transcript_hearing import Hearing
from copilot_desktop.ui.transcript.transcript_model import TranscriptModel
from copilot_desktop.ui.transcript.transcript_view import TranscriptView
from copilot_desktop.ui.transcript.transcript_words import spoken_clock
from copilot_desktop.ui.widgets.theme import Theme, ThemeChoice
from tests.support.fake_bridge_desk import FakeBridgeDesk, HandClock
from tests.support.fake_shell import RESOURCES

CALL = CallId("c")


@pytest.fixture
def theme(qapp: QApplication, tmp_path: Path) -> Iterator[Theme]:
    preferences = QSettings(str(tmp_path / "w.ini"), QSettings.Format.IniFormat)
    made = Theme(qapp, RESOURCES, preferences)
    made.choose(ThemeChoice.LIGHT)
    yield made
    made.deleteLater()


@pytest.fixture
def view(qtbot: QtBot, theme: Theme) -> TranscriptView:
    return _shown(qtbot, TranscriptView(theme))


def _shown(qtbot: QtBot, view: TranscriptView) -> TranscriptView:
    qtbot.addWidget(view)
    view.resize(700, 500)
    with qtbot.waitExposed(view):
        view.show()
    return view


def _fact(kind: type[CallEvent], at_ms: int, **about: Any) -> CallEvent:
    return kind(call_id=CALL, at_ms=at_ms, **about)


def _said(text: str, at_ms: int = 1000, party: Party = Party.CALLER, **about: Any) -> UtteranceFinished:
    name = UtteranceId(f"{party.value}-{at_ms}")
    times: dict[str, Any] = {"at_ms": at_ms + 900, "start_ms": at_ms, "end_ms": at_ms + 900}
    return UtteranceFinished(call_id=CALL, utterance_id=name, party=party, text=text, **times, **about)


def _moving(text: str, at_ms: int = 1000, party: Party = Party.CALLER) -> UtteranceChanged:
    name = UtteranceId(f"{party.value}-{at_ms}")
    return UtteranceChanged(
        call_id=CALL, utterance_id=name, party=party, text=text, at_ms=at_ms + 200, start_ms=at_ms
    )


def _speech(start_ms: int, end_ms: int) -> CallEvent:
    return _fact(SpeechMeasured, end_ms + 200, party=Party.CALLER, start_ms=start_ms, end_ms=end_ms)


class Told:
    """One call's model, shown, with a clock moved by hand."""

    def __init__(self, view: TranscriptView) -> None:
        self.view, self.clock = view, HandClock()
        self.model = TranscriptModel(hearing=Hearing(self.clock))
        view.show_transcript(self.model)

    def tell(self, *facts: CallEvent) -> None:
        for fact in facts:
            self.model.apply(fact)

    def after(self, seconds: float) -> str:
        """What is said at the foot by then."""
        self.clock.wait(seconds)
        self.view._show_state()
        line = self.view.state_line
        return line.text() if line.isVisible() else ""

    def lines(self) -> list[str]:
        return [self.model.turn(row).text for row in range(self.model.rowCount())]


# Without words.


def test_two_seconds_of_speech_without_a_word_are_listened_to(view: TranscriptView) -> None:
    told = Told(view)
    assert view.list._empty_text == "Words appear here when someone speaks."
    told.tell(_speech(1000, 2400))
    assert view.list._empty_text == "Words appear here when someone speaks."
    told.tell(_speech(2600, 3200))
    assert view.list._empty_text == "Listening…"
    assert view.list.accessibleDescription() == "Listening…"
    told.tell(_moving("My order", 3300))
    assert told.after(0) == ""
    assert view.list._empty_text == "Words appear here when someone speaks."
    assert view.list.accessibleDescription() == ""


def test_listening_stands_under_the_words_that_are_there(view: TranscriptView) -> None:
    told = Told(view)
    told.tell(_said("Hello."), _speech(5000, 8000))
    assert told.after(0) == "Listening…"
    assert told.after(11) == "", "what was said so long ago will not become words any more"


def test_words_that_stop_say_for_how_long_and_come_back(view: TranscriptView) -> None:
    told = Told(view)
    told.tell(_fact(RecordingChanged, 0, is_recording=True, cause=RecordingCause.NOTICE_GIVEN))
    told.tell(_said("Hello."), _fact(ProblemRaised, 4000, problem=Problem.TRANSCRIBER_FAILED))
    assert told.after(9.4) == "No text for 9 s – still recording. Reconnecting by itself."
    assert view.state_line.property("tone") == "warning"
    assert told.after(90).startswith("No text for 99 s"), "there were words in this call"
    told.tell(_fact(ProblemRaised, 9000, problem=Problem.TRANSCRIBER_FAILED, is_recovered=True))
    assert told.after(0) == ""
    assert told.lines() == ["Hello.", "The transcript stopped", "The transcript goes on"]
    assert not view._ticks.isActive()


def test_a_call_that_never_had_words_says_so(view: TranscriptView) -> None:
    told = Told(view)
    told.tell(_fact(ProblemRaised, 4000, problem=Problem.TRANSCRIBER_FAILED))
    assert told.after(3) == "No text for 3 s – the call goes on. Reconnecting by itself."
    assert told.after(13) == "No transcript in this call. The call goes on."
    told.tell(_fact(RecordingChanged, 20_000, is_recording=True, cause=RecordingCause.NOTICE_GIVEN))
    assert told.after(0) == "No transcript in this call. Recording goes on."
    told.tell(_fact(CallEnded, 30_000, outcome=Outcome.COMPLETED, duration_ms=30_000))
    assert told.after(0) == ""


def test_a_report_without_words_does_not_wait_for_any(qtbot: QtBot, theme: Theme) -> None:
    view = _shown(qtbot, TranscriptView(theme, is_live=False))
    view.show_transcript(TranscriptModel([_speech(0, 9000)]))
    assert view.list._empty_text == "No words were understood in this call."
    assert not view._ticks.isActive()


# What happened besides.


def test_what_happened_stands_between_the_turns(view: TranscriptView) -> None:
    told = Told(view)
    told.tell(
        _fact(ModeChanged, 10, old=Mode.AI_SPEAKS, new=Mode.AGENT_APPROVES, by=Party.AGENT),
        _fact(StateChanged, 500, old=CallState.CONNECTING, new=CallState.LIVE, cause=Cause.LINK_OPENED),
        _said("Hello."),
        _fact(ModeChanged, 3000, old=Mode.AGENT_APPROVES, new=Mode.AGENT_SPEAKS, by=Party.AGENT),
        _fact(HoldChanged, 4000, is_on_hold=True),
        _fact(HoldChanged, 76_000, is_on_hold=False),
        _fact(DigitsSent, 80_000, digits="47"),
        _fact(DigitsSent, 81_000, digits="11"),
        _fact(DigitsSent, 91_000, digits="•"),
        _said("And then?", 60_000),
        _fact(TransferChanged, 95_000, to="+12025550133", result=TransferResult.ASKED),
        _fact(TransferChanged, 95_000, to="+12025550133", result=TransferResult.REFUSED),
        _fact(Bookmarked, 97_000, moment_ms=96_000, text=""),
        _fact(Bookmarked, 98_000, moment_ms=96_000, text="order number"),
    )
    assert told.lines() == [
        "Hello.",
        "You took over",
        "The caller is put on hold",
        "And then?",
        "Back from hold after 01:12",
        "Keys sent: 4711",
        "Keys sent: •",
        "Passing on to +1 202 555 0133",
        "Not passed on to +1 202 555 0133",
        "Bookmark: order number",
    ]


def test_a_line_of_the_system_is_centred_and_has_no_bubble(view: TranscriptView, theme: Theme) -> None:
    told = Told(view)
    told.tell(_fact(HoldChanged, 4000, is_on_hold=True), _fact(HoldChanged, 5000, is_on_hold=False))
    image = view.list.viewport().grab().toImage()
    ground = theme.colour("background")
    rect = view.list.visualRect(told.model.index(1))
    ink = [x for x in range(image.width()) if _differs(image, x, rect.center().y(), rect.height(), ground)]
    assert abs((ink[0] + ink[-1]) / 2 - rect.center().x()) <= 3
    assert len(ink) < 0.9 * (ink[-1] - ink[0]), "letters, and no filled ground behind them"


def _differs(image: QImage, x: int, middle: int, height: int, ground: QColor) -> bool:
    rows = range(middle - height // 2 + 1, middle + height // 2)
    return any(image.pixelColor(x, y) != ground for y in rows)


def test_on_hold_everything_is_grey_and_can_be_scrolled(view: TranscriptView, theme: Theme) -> None:
    told = Told(view)
    told.tell(*(_said(f"Turn {number}", number * 1000) for number in range(40)))
    tint = theme.colour("caller_tint")
    assert _has(view, tint)
    told.tell(_fact(HoldChanged, 50_000, is_on_hold=True))
    assert not _has(view, tint)
    view.list.verticalScrollBar().setValue(0)
    assert view.list.indexAt(QPoint(20, 20)).row() == 0
    told.tell(_fact(HoldChanged, 60_000, is_on_hold=False))
    assert _has(view, tint)


def _has(view: TranscriptView, colour: QColor) -> bool:
    image = view.list.viewport().grab().toImage()
    across = range(0, image.width(), 5)
    return any(image.pixelColor(x, y) == colour for x in across for y in range(0, image.height(), 5))


# Words that are told apart.


def _layout(view: TranscriptView, row: int) -> Any:
    return view.list.turns._layouts.lay_out(view.list.turn(row), view.list.viewport().width())


def test_the_place_where_the_caller_heard_no_more_is_marked(view: TranscriptView) -> None:
    told = Told(view)
    told.tell(_said("I can send it by", party=Party.ASSISTANT, cut_short=True, unheard="express today"))
    layout = _layout(view, 0).text
    assert layout.text().replace("\u00a0", " ") == "I can send it by \u2702\ufe0e cut here express today"
    struck = [found for found in layout.formats() if found.format.fontStrikeOut()]
    assert [layout.text()[f.start : f.start + f.length] for f in struck] == ["express today"]


def test_queued_words_are_muted_and_heard_ones_are_not(view: TranscriptView, theme: Theme) -> None:
    told = Told(view)
    moving = _moving("I can send it by express.", party=Party.ASSISTANT)
    told.tell(replace(moving, heard_length=len("I can send")))
    (heard,) = _layout(view, 0).text.formats()
    assert (heard.start, heard.length) == (0, len("I can send"))
    assert heard.format.foreground().color() == theme.colour("text")
    told.tell(moving)
    assert _layout(view, 0).text.formats() == []


def test_what_is_hidden_stands_in_a_box(view: TranscriptView) -> None:
    told = Told(view)
    told.tell(_said(f"My card is {HIDDEN}, and it is new. " * 4))
    told.tell(_said("No number here.", 9000), _moving(f"It is {HIDDEN}", 12_000))
    assert len(_layout(view, 0).boxes) == 4, "one box each, wherever lines break"
    assert _layout(view, 1).boxes == ()
    assert len(_layout(view, 2).boxes) == 1
    view.find_field.setText("card number hidden")
    assert view._hits.text() == "2 turns"
    assert len(_layout(view, 0).boxes_of("card number hidden")) == 4


def test_only_a_recogniser_that_doubts_its_words_has_them_underlined(view: TranscriptView) -> None:
    told = Told(view)
    told.tell(_said("Sure.", 1000, confidence=0.9), _said("Unknown.", 2000))
    told.tell(_said("Hm.", 3000, confidence=0.3))
    underlined = [
        any(found.format.underlineStyle().name == "DotLine" for found in _layout(view, row).text.formats())
        for row in range(3)
    ]
    assert underlined == [False, False, True]
    spoken = told.model.data(told.model.index(2), Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Caller, 3 seconds, not certain: Hm."


def test_find_also_looks_into_what_was_cut_off(view: TranscriptView) -> None:
    told = Told(view)
    told.tell(_said("I can send it by", party=Party.ASSISTANT, unheard="express today"))
    view.find_field.setText("EXPRESS")
    assert view._hits.text() == "1 turn"
    assert len(_layout(view, 0).boxes_of("EXPRESS")) == 1


# Read aloud.


def test_a_screen_reader_finds_one_item_a_turn(view: TranscriptView) -> None:
    told = Told(view)
    told.tell(_said("My order…", 132_000), _moving("and", 140_000))
    told.tell(_said("I can", 150_000, Party.ASSISTANT, unheard="send it"))
    told.tell(_fact(HoldChanged, 160_000, is_on_hold=True))
    found = QAccessible.queryAccessibleInterface(view.list)
    names = [found.child(row).text(QAccessible.Text.Name) for row in range(found.childCount())]
    assert names == [
        "Caller, 2 minutes 12: My order…",
        "Caller, 2 minutes 20, still speaking: and",
        "AI, 2 minutes 30: I can – cut here, not heard: send it",
        "2 minutes 40: The caller is put on hold",
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (1.9, "1 second"),
        (60, "1 minute"),
        (132, "2 minutes 12"),
        (3600, "1 hour"),
        (7512, "2 hours 5 minutes 12"),
    ],
)
def test_times_are_spoken(seconds: float, words: str) -> None:
    assert spoken_clock(seconds) == words


@pytest.mark.parametrize(
    ("wish", "spoken"),
    [
        (Aloud.NOBODY, []),
        (Aloud.CALLER, ["Caller: My order."]),
        (Aloud.EVERYBODY, ["Caller: My order.", "AI: I am sorry."]),
    ],
)
def test_turns_are_announced_once_and_only_as_wished(
    wish: Aloud,
    spoken: list[str],
    qtbot: QtBot,
    theme: Theme,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    preferences = QSettings(str(tmp_path / "aloud.ini"), QSettings.Format.IniFormat)
    heard: list[str] = []
    monkeypatch.setattr(transcript_aloud, "announce", lambda _source, text: heard.append(text))
    told = Told(_shown(qtbot, TranscriptView(theme, preferences=preferences)))
    wish.save(preferences)
    told.tell(_moving("My"), _said("My order."), _said("I am sorry.", 3000, Party.ASSISTANT))
    told.tell(_said(f"My order. {HIDDEN}", is_correction=True), _fact(HoldChanged, 5000, is_on_hold=True))
    assert heard == spoken


# The menu of a turn.


def _menu(view: TranscriptView, row: int) -> dict[str, Any]:
    menu: QMenu = view.menu.menu_for(view.list.turn(row))
    return {action.objectName(): action for action in menu.actions()}


def test_a_turn_is_copied(view: TranscriptView) -> None:
    told = Told(view)
    told.tell(_said("It's 4471-92."))
    actions = _menu(view, 0)
    assert list(actions) == ["copyTurn"], "nobody to give a bookmark to"
    actions["copyTurn"].trigger()
    assert QApplication.clipboard().text() == "It's 4471-92."


def test_a_turn_is_bookmarked_with_words_that_say_which(qtbot: QtBot, theme: Theme) -> None:
    desk = FakeBridgeDesk(HandClock())
    bridge = Bridge(desk, desk.clock)
    view = _shown(qtbot, TranscriptView(theme, bridge=bridge))
    call = desk.ring()
    desk.accept(call, Mode.AI_SPEAKS)
    model = TranscriptModel()
    bridge.fact_told.connect(model.apply)
    view.show_transcript(model)
    desk.connect(call)
    desk.clock.wait(12)
    desk.said(call, "u1", "It's 4471-92.")
    _menu(view, 0)["bookmarkTurn"].trigger()
    assert desk.orders[-1].name == "bookmark"
    assert desk.orders[-1].detail[0] == "Caller 00:12: It's 4471-92."
    assert model.turn(1).text == "Bookmark: Caller 00:12: It's 4471-92."
    assert "bookmarkTurn" not in _menu(view, 1), "a line of the system is nothing to mark"
    bridge.close()


def test_the_menu_opens_over_a_turn_only(view: TranscriptView, qtbot: QtBot) -> None:
    told = Told(view)
    told.tell(_said("Hello."))
    view.menu.open(QPoint(20, 400))
    assert not [menu for menu in view.list.findChildren(QMenu) if menu.isVisible()]
    view.menu.open(view.list.visualRect(told.model.index(0)).center())
    (menu,) = [menu for menu in view.list.findChildren(QMenu) if menu.isVisible()]
    menu.close()
