"""The transcript of a very long call: new turns, moving words, scrolling, another width, memory.

Times are what the window's own thread is kept busy, so that a busy computer does not count. The floor is
the same widget painting the same words as plain lines of text on an empty ground.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable
from functools import partial
from tempfile import TemporaryDirectory

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import psutil  # noqa: E402 - the platform must stand before Qt is imported
from PySide6.QtCore import QRectF, QSettings, Qt  # noqa: E402
from PySide6.QtGui import QPainter, QPaintEvent  # noqa: E402
from PySide6.QtWidgets import QApplication, QWidget  # noqa: E402

from copilot_desktop.calls.events import (  # noqa: E402
    CallId,
    Party,
    UtteranceChanged,
    UtteranceFinished,
    UtteranceId,
)
from copilot_desktop.config import resources  # noqa: E402
from copilot_desktop.ui.transcript.transcript_model import TranscriptModel  # noqa: E402
from copilot_desktop.ui.transcript.transcript_view import TranscriptView  # noqa: E402
from copilot_desktop.ui.widgets.theme import Theme  # noqa: E402
from tests.benchmarks.rows import Row, percentile  # noqa: E402
from tests.shots.played import delete_now  # noqa: E402

TURNS, LONG_CALL_TURNS = 10_000, 5_000
APPENDED, MOVES, FRAMES = 300, 300, 300
STEP_PX = 37
SIZE = (660, 560)
"""The middle column of a window of 1280 × 800."""
WORDS = (
    "My order has not come, and it was promised for Friday.",
    "I am sorry about that. May I have the order number, please? It stands at the top of the letter.",
    "Yes.",
    "It is forty-four seventy-one ninety-two, and the name is Keller, with a K, in the Harbor Road; you have "
    "that under the old address, I think, because we moved last summer and nobody has ever changed it.",
    "Thank you. I can send it by express today, and you would have it tomorrow before noon.",
    "That would be fine, but who pays for it?",
)


async def run() -> list[Row]:
    """Measure at both sizes of text, and the memory."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    with TemporaryDirectory() as folder:
        theme = Theme(app, resources(), QSettings(f"{folder}/window.ini", QSettings.Format.IniFormat))
        theme.dress()
        # First: later what others gave back would be used again.
        memory = _memory(app, theme)
        rows = _measure(app, theme, "100 %")
        theme.resize_text(5)
        rows += _measure(app, theme, "200 %")
        theme.resize_text(0)
        return [*rows, memory]


def _measure(app: QApplication, theme: Theme, size: str) -> list[Row]:
    view = _shown(app, theme, TURNS)
    floor_ms = _floor_ms(app, theme, view)
    bar = view.list.verticalScrollBar()

    def p99_ms(change: Callable[[int], None], count: int) -> float:
        return percentile([_cost_ms(view, partial(change, number)) for number in range(count)], 0.99)

    def row(what: str, change: Callable[[int], None], count: int, limit_ms: float) -> Row:
        return Row(f"transcript {size}: {what}, p99", p99_ms(change, count), "ms", limit_ms, floor_ms)

    rows = [
        row(f"a new turn after {TURNS}, painted", lambda number: _append(view, TURNS + number), APPENDED, 4),
        row("the last turn's words move, painted", lambda number: _move(view, number), MOVES, 4),
    ]
    bar.setValue(bar.maximum() // 3)
    rows += [
        row("a frame of scrolling (50 a second)", lambda _: bar.setValue(bar.value() - STEP_PX), FRAMES, 20),
        row(
            "another width (50 a second)", lambda number: view.resize(SIZE[0] + number % 2, SIZE[1]), 100, 20
        ),
    ]
    delete_now(view)
    return rows


def _shown(app: QApplication, theme: Theme, count: int) -> TranscriptView:
    view = TranscriptView(theme)
    view.resize(*SIZE)
    view.show_transcript(TranscriptModel([_said(number) for number in range(count)]))
    view.show()
    app.processEvents()
    return view


def _said(number: int) -> UtteranceFinished:
    return UtteranceFinished(
        call_id=CallId("c"),
        at_ms=number * 3000 + 2000,
        utterance_id=UtteranceId(f"u{number}"),
        party=list(Party)[number % 3],
        text=WORDS[number % len(WORDS)],
        start_ms=number * 3000,
        end_ms=number * 3000 + 2000,
        unheard="and the rest of it" if number % 17 == 1 else "",
    )


def _append(view: TranscriptView, number: int) -> None:
    _model(view).apply(_said(number))


def _move(view: TranscriptView, step: int) -> None:
    words = (" ".join(WORDS)).split()
    moved = UtteranceChanged(
        call_id=CallId("c"),
        at_ms=10**9 + step,
        utterance_id=UtteranceId(f"moving-{step // 60}"),
        party=Party.CALLER,
        text=" ".join(words[: 1 + step % 60]),
        start_ms=10**9 + step // 60,
    )
    _model(view).apply(moved)


def _model(view: TranscriptView) -> TranscriptModel:
    model = view.list.model()
    assert isinstance(model, TranscriptModel)
    return model


def _cost_ms(view: TranscriptView, change: Callable[[], None]) -> float:
    began = time.thread_time()
    change()
    view.list.viewport().repaint()
    return (time.thread_time() - began) * 1000


class _Plain(QWidget):
    """Nothing but the lines that the transcript shows, already broken."""

    def __init__(self, theme: Theme, lines: list[str]) -> None:
        super().__init__()
        self.lines, self._theme = lines, theme
        self.setFont(theme.font(15))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colour("background"))
        height = self.fontMetrics().lineSpacing() * 1.1
        for number, line in enumerate(self.lines):
            room = QRectF(16, number * height, self.width(), height)
            painter.drawText(room, Qt.AlignmentFlag.AlignLeft, line)


def _floor_ms(app: QApplication, theme: Theme, view: TranscriptView) -> float:
    viewport = view.list.viewport()
    height = round(theme.px(15) * 1.4)
    words = " ".join(WORDS).split()
    lines = [" ".join(words[n * 7 % len(words) :][:9]) for n in range(viewport.height() // height)]
    plain = _Plain(theme, lines)
    plain.resize(viewport.size())
    plain.show()
    app.processEvents()
    costs = []
    for _ in range(100):
        began = time.thread_time()
        plain.repaint()
        costs.append((time.thread_time() - began) * 1000)
    delete_now(plain)
    return percentile(costs, 0.5)


def _memory(app: QApplication, theme: Theme) -> Row:
    delete_now(_shown(app, theme, 10))
    before = _resident_mb()
    view = _shown(app, theme, LONG_CALL_TURNS)
    bar = view.list.verticalScrollBar()
    for step in range(50):
        bar.setValue(bar.maximum() * step // 50)
        view.list.viewport().repaint()
    growth = _resident_mb() - before
    delete_now(view)
    return Row(f"transcript: memory of {LONG_CALL_TURNS} turns, read through", growth, "MB", 100.0)


def _resident_mb() -> float:
    gc.collect()
    return float(psutil.Process().memory_info().rss) / 1e6
