"""Trends: charts of the weeks, the same as a table and in words, by keyboard, mouse, and in both themes."""

from __future__ import annotations

import ast
import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from copilot_desktop import config
from copilot_desktop.calls.errors import StoreError
from copilot_desktop.calls.events import CallId, CallRinging
from copilot_desktop.calls.trends import WEEK, CallFilter, Figure, TrendCall, Week
from copilot_desktop.store import open_store
from copilot_desktop.ui.report.report_view import ReportView
from copilot_desktop.ui.trends.trends_view import TrendsView
from copilot_desktop.ui.widgets.theme import ThemeChoice
from copilot_desktop.window import Desktop
from tests.support.cut_texts import cut_texts, hidden_parts, nameless, settle
from tests.ui.acceptance.test_other_languages import Stretching, from_the_right, stretching
from tests.ui.conftest import Stage
from tests.ui.test_desktop import Agent
from tests.ui.test_looks import CONTROLS
from tests.ui.test_trend_words import THIS_WEEK, WEEKS, week
from tests.unit.report.calls import known_call

__all__ = ["from_the_right", "stretching"]

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ROOT = Path(__file__).parents[2]
LARGEST = 5
"""Steps of the text size to 200 %."""


def behind(number: int, **about: object) -> TrendCall:
    call = TrendCall(
        call_id=CallId(f"c{number}"),
        started_at=datetime(2026, 3, 12, 14 - number, tzinfo=UTC),
        caller=f"+1202555014{number}",
        is_practice=False,
        duration_ms=200_000,
        score=80.0,
        response_median_ms=1200,
        take_overs=number,
    )
    return replace(call, **about)  # type: ignore[arg-type]


def opened(stage: Stage, weeks: Sequence[Week] = WEEKS) -> TrendsView:
    stage.shell.figures.by_filter = {CallFilter(): list(weeks)}
    stage.key(Qt.Key.Key_D, CTRL, SHIFT)
    QApplication.processEvents()
    page = stage.window.pages.currentWidget()
    assert isinstance(page, TrendsView)
    return page


def listed(page: TrendsView) -> list[str]:
    return [page.calls.list.item(row).text() for row in range(page.calls.list.count())]


def colour_at(page: TrendsView, figure: Figure, number: float, amount: float) -> QColor:
    """Return what is painted at a place of a chart."""
    import pyqtgraph as pg

    chart = page.card(figure).chart
    scene = chart._box.mapViewToScene(pg.Point(number, amount))
    window = page.window()
    place = chart._view.mapTo(window, chart._view.mapFromScene(scene))
    return window.grab().toImage().pixelColor(place)


def is_like(one: QColor, other: QColor) -> bool:
    pairs = (one.red(), other.red()), (one.green(), other.green()), (one.blue(), other.blue())
    return all(abs(a - b) < 24 for a, b in pairs)


def test_a_key_opens_them_once_and_they_close_like_a_report(stage: Stage) -> None:
    page = opened(stage)
    assert [card.figure for card in page.cards] == list(Figure)
    assert page.cards[0].chart.hasFocus()
    assert not stage.window.actions_["export"].isEnabled()
    stage.key(Qt.Key.Key_Y, CTRL, SHIFT)
    asked = len(stage.shell.figures.asked)
    stage.key(Qt.Key.Key_D, CTRL, SHIFT)
    assert stage.window.pages.currentWidget() is page
    # They are added up anew: calls may have come.
    assert len(stage.shell.figures.asked) == asked + 1
    for number in range(4):
        stage.window.open_report(f"r{number}")
    tabs = stage.window.header.tabs
    assert [tabs.tabText(number) for number in range(tabs.count())][:3] == ["Call desk", "History", "Trends"]
    assert tabs.count() == 6
    stage.window.header.close_asked.emit(2)
    assert [tabs.tabText(number) for number in range(tabs.count())].count("Trends") == 0
    assert all(isinstance(stage.window.pages.widget(number), ReportView) for number in (2, 3, 4))


def test_arrows_go_from_point_to_point_and_enter_opens_its_calls(stage: Stage) -> None:
    stage.shell.figures.calls[Figure.SCORE, THIS_WEEK - WEEK * 6] = [behind(0), behind(1, is_failed=True)]
    page = opened(stage)
    chart = page.card(Figure.SCORE).chart
    # The weeks shown are twelve; of these five have a score.
    assert chart.points() == [3, 4, 5, 7, 9]
    assert chart.at == 9
    went = []
    for _ in range(4):
        stage.key(Qt.Key.Key_Left)
        went.append(chart.at)
    assert went == [7, 5, 4, 3]
    stage.key(Qt.Key.Key_Left)
    assert chart.at == 3
    stage.key(Qt.Key.Key_End)
    assert chart.at == 9
    stage.key(Qt.Key.Key_Home)
    stage.key(Qt.Key.Key_Right)
    stage.key(Qt.Key.Key_Right)
    # The other charts show the same week.
    assert [card.chart.at for card in page.cards] == [5] * 4
    stage.key(Qt.Key.Key_Return)
    assert page.calls.isVisible()
    assert page.calls.list.hasFocus()
    first, second = listed(page)
    assert first.split("\n")[1:] == ["+1 202 555 0140", "score 80 · answers 1.2\u00a0s · 03:20"]
    assert second.split("\n")[2] == "failed a must · score 80 · answers 1.2\u00a0s · 1 take-over · 03:20"
    stage.key(Qt.Key.Key_Escape)
    assert not page.calls.isVisible()
    assert chart.hasFocus()
    assert chart.at == 5
    stage.key(Qt.Key.Key_Return)
    stage.key(Qt.Key.Key_Down)
    stage.key(Qt.Key.Key_Return)
    report = stage.window.pages.currentWidget()
    assert isinstance(report, ReportView)
    assert report.call_id == "c1"


def test_a_click_on_a_point_opens_its_calls_and_beside_one_nothing(stage: Stage) -> None:
    stage.shell.figures.calls[Figure.MISSED, THIS_WEEK - WEEK * 7] = [behind(0, score=None)]
    page = opened(stage)
    chart = page.card(Figure.MISSED).chart
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=QPoint(round(chart.x_of(6)), 40))
    assert not page.calls.isVisible()
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=QPoint(round(chart.x_of(4)), 40))
    assert page.calls.isVisible()
    assert len(listed(page)) == 1
    assert chart.at == 4


def test_a_point_without_calls_says_so(stage: Stage) -> None:
    page = opened(stage)
    chart = page.card(Figure.TAKE_OVERS).chart
    chart.setFocus()
    stage.key(Qt.Key.Key_Left)
    stage.key(Qt.Key.Key_Left)
    stage.key(Qt.Key.Key_Return)
    assert chart.at == 7
    assert page.calls._note.text() == "Nobody took a call over in this week."
    stage.key(Qt.Key.Key_Escape)
    assert chart.hasFocus()


@pytest.mark.parametrize("choice", [ThemeChoice.LIGHT, ThemeChoice.DARK])
def test_full_and_hollow_points_lines_and_gaps_follow_the_theme_at_once(
    stage: Stage, choice: ThemeChoice
) -> None:
    page = opened(stage)
    page.span_box.setFocus()
    for shown in (choice, ThemeChoice.LIGHT, choice):
        stage.window.theme.choose(shown)
        QApplication.processEvents()
        main, ground = stage.window.theme.colour("caller"), stage.window.theme.colour("background")
        assert is_like(colour_at(page, Figure.SCORE, 3, 82), main)
        # Hollow: three calls only, and joined to nothing.
        assert is_like(colour_at(page, Figure.SCORE, 5, 60), ground)
        assert is_like(colour_at(page, Figure.SCORE, 3.5, 81), main)
        assert is_like(colour_at(page, Figure.SCORE, 4.5, 70), ground)
        # A week without calls is a gap, and no way down to nought.
        for number in (5.5, 6, 6.5):
            line = colour_at(page, Figure.TAKE_OVERS, number, 0)
            assert not is_like(line, stage.window.theme.colour("agent"))
        assert is_like(colour_at(page, Figure.TAKE_OVERS, 7, 0), stage.window.theme.colour("agent"))


def test_the_table_says_the_same_and_opens_calls_too(stage: Stage) -> None:
    stage.shell.figures.calls[Figure.RESPONSE, THIS_WEEK - WEEK * 6] = [behind(0), behind(1)]
    stage.shell.figures.calls[None, THIS_WEEK - WEEK * 6] = [behind(n) for n in range(3)]
    page = opened(stage)
    page.table_button.click()
    assert page.table.isVisible()
    assert not page.place.isVisible()
    model = page.table.model()
    assert model.rowCount() == 12
    texts = [[model.index(row, column).data() for column in range(model.columnCount())] for row in range(12)]
    heads = [model.headerData(column, Qt.Orientation.Horizontal) for column in range(model.columnCount())]
    assert heads == ["Week", "Calls", "Missed", "Score", "Response, median", "9 of 10 within", "Take-overs"]
    assert texts[6][1:] == ["20", "2", "60 (3 calls)", "1.0\u00a0s", "2.0\u00a0s", "3"]
    assert texts[5][1:] == ["–"] * 6
    assert texts[4][1:] == ["20", "0", "80", "1.0\u00a0s", "2.0\u00a0s", "0"]
    assert texts[3][3] == "–"
    spoken = model.index(6, 3).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.endswith(": 60, 3 calls, fewer than 5")
    page.table.setCurrentIndex(model.index(6, 5))
    page.table.setFocus()
    stage.key(Qt.Key.Key_Return)
    assert len(listed(page)) == 2
    stage.key(Qt.Key.Key_Escape)
    assert page.table.hasFocus()
    page.table.setCurrentIndex(model.index(6, 1))
    stage.key(Qt.Key.Key_Return)
    assert len(listed(page)) == 3
    # Remembered for the next time.
    stage.window.header.close_asked.emit(2)
    again = opened(stage)
    assert again is not page
    assert again.table.isVisible()
    assert again.table_button.text() == "Show as charts"


def test_range_and_practice_are_asked_for_and_the_range_is_remembered(stage: Stage) -> None:
    page = opened(stage)
    until = THIS_WEEK + WEEK
    assert stage.shell.figures.asked[-1] == (until - WEEK * 12, until, CallFilter())
    page.span_box.setCurrentIndex(2)
    assert stage.shell.figures.asked[-1] == (until - WEEK * 52, until, CallFilter())
    assert page.card(Figure.SCORE).chart.points() == [43, 44, 45, 47, 49]
    stage.shell.figures.by_filter[CallFilter(with_practice=True)] = [week(1, calls=7, missed=0)]
    page.practice_box.click()
    assert stage.shell.figures.asked[-1][2] == CallFilter(with_practice=True)
    assert page._state.text() == "7 calls in 52 weeks"
    stage.window.header.close_asked.emit(2)
    again = opened(stage)
    assert again.span_box.currentData() == 52
    assert not again.practice_box.isChecked()


def test_without_calls_and_without_a_history_it_says_so_in_words(stage: Stage) -> None:
    page = opened(stage, [])
    assert page._message.isVisible()
    assert "After the first calls their figures stand here." in page._message.text()
    assert "Practice calls are left out." in page._message.text()
    assert page.span_box.hasFocus()
    stage.shell.figures.trouble = StoreError("The history is not open yet.")
    page.refresh()
    assert "could not be read" in page._message.text()
    assert page.again_button.isVisible()
    stage.shell.figures.trouble = None
    stage.shell.figures.by_filter = {CallFilter(): WEEKS}
    page.again_button.click()
    assert page.place.isVisible()
    stage.shell.figures.trouble = StoreError("gone")
    page.cards[0].chart.setFocus()
    stage.key(Qt.Key.Key_Return)
    assert page.calls._note.text() == "The calls could not be read from the history."


def test_calls_that_are_not_measured_yet_are_said_and_looked_for_again(stage: Stage) -> None:
    page = opened(stage, [week(1, unmeasured=4)])
    assert page._state.text() == "20 calls in 12 weeks · 4 not measured yet"
    page.card(Figure.SCORE).chart.mark(10)
    stage.shell.figures.by_filter = {CallFilter(): [week(1, score=90.0)]}
    page._later.setInterval(1)
    page.refresh()
    stage.qtbot.waitUntil(lambda: page._state.text() == "20 calls in 12 weeks")
    assert page.card(Figure.SCORE).chart.at == 10
    assert "90" in page.card(Figure.SCORE).words.text()


@pytest.mark.parametrize(("choice", "steps"), [(ThemeChoice.DARK, 0), (ThemeChoice.LIGHT, LARGEST)])
def test_in_the_smallest_window(stage: Stage, choice: ThemeChoice, steps: int) -> None:
    window = stage.window
    stage.shell.figures.calls[Figure.SCORE, THIS_WEEK - WEEK * 2] = [behind(n) for n in range(5)]
    window.theme.choose(choice)
    window.theme.resize_text(steps)
    window.resize(1024, 640)
    page = opened(stage)
    troubles: list[str] = []

    def look(moment: str) -> None:
        settle()
        troubles.extend(f"{moment}: cut: {text}" for text in cut_texts(window))
        troubles.extend(f"{moment}: hidden: {part}" for part in hidden_parts(window))
        troubles.extend(f"{moment}: no name: {name}" for name in nameless(window))
        assert (window.width(), window.height()) == (1024, 640), moment

    look("charts")
    stage.key(Qt.Key.Key_Return)
    assert page.calls.isVisible()
    look("calls")
    stage.key(Qt.Key.Key_Escape)
    page.table_button.click()
    look("table")
    stage.shell.figures.trouble = StoreError("gone")
    page.refresh()
    look("trouble")
    assert not troubles, "\n".join(sorted(set(troubles)))
    assert all(
        widget.objectName() for kind in CONTROLS for widget in page.findChildren(kind) if _is_ours(widget)
    )


def test_in_a_longer_language_from_right_to_left(
    stretching: Stretching, from_the_right: None, stage: Stage
) -> None:
    stage.shell.figures.calls[Figure.SCORE, THIS_WEEK - WEEK * 2] = [behind(n) for n in range(5)]
    stage.window.resize(1024, 640)
    page = opened(stage)
    stage.key(Qt.Key.Key_Return)
    settle()
    assert page.calls.isVisible()
    assert {"Missed calls", "{0} rose from {1} to {2} in {3}; {4}.", "Show as table"} <= stretching.asked
    assert cut_texts(stage.window) + hidden_parts(stage.window) == []
    # Time runs from left to right, as in the timeline of a report.
    chart = page.card(Figure.SCORE).chart
    assert chart.x_of(3) < chart.x_of(9)


def _is_ours(widget: object) -> bool:
    return type(widget).__module__.startswith("copilot_desktop")


def test_the_window_starts_without_what_draws_charts() -> None:
    code = "import sys, copilot_desktop.window; print([m for m in sys.modules if 'pyqtgraph' in m])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_the_package_leaves_out_is_not_missed() -> None:
    """The charts draw without what PyInstaller is told to leave out, and load what it is told to bring."""
    tree = ast.parse((ROOT / "packaging" / "copilot_desktop.spec").read_text(encoding="utf-8"))
    lists = {
        target.id: [each.value for each in node.value.elts if isinstance(each, ast.Constant)]
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.List)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert {"pyqtgraph.opengl", "pyqtgraph.examples", "pyqtgraph.console"} <= set(lists["excluded"])
    done = subprocess.run(
        [sys.executable, "-c", _DRAWING, repr(lists["excluded"])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    assert done.returncode == 0, done.stderr
    by_name = {name for name in ast.literal_eval(done.stdout) if name.startswith("PySide6.QtOpenGL")}
    assert by_name <= set(lists["hidden"])


_DRAWING = """
import ast, importlib.abc, sys, tempfile
from datetime import date
from pathlib import Path

left_out = ast.literal_eval(sys.argv[1])

class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if any(name == each or name.startswith(each + ".") for each in left_out):
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Missing())
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
app = QApplication([])
before = set(sys.modules)
from copilot_desktop.calls.trends import Figure, Week
from copilot_desktop.ui.widgets.theme import Theme
from copilot_desktop.ui.trends.trend_cards import TrendCard
settings = QSettings(str(Path(tempfile.mkdtemp()) / "x.ini"), QSettings.Format.IniFormat)
card = TrendCard(Theme(app, Path("resources"), settings), Figure.MISSED)
card.show_weeks([Week(first_day=date(2026, 3, 9), calls=9, missed=3)], date(2026, 3, 20))
card.chart.mark(0)
card.resize(400, 300)
card.show()
app.processEvents()
assert not card.grab().isNull()
print([name for name in sys.modules if name not in before])
"""


@pytest.mark.busy
# Qt's sound starts a thread and waits for it; a message of that thread would wait in turn for Python.
@pytest.mark.no_qt_log
def test_calls_of_before_are_measured_drawn_and_opened_in_the_whole_program(
    qasync_run: Callable[[Coroutine[Any, Any, None]], None], tmp_path: Path
) -> None:
    store = open_store(tmp_path)
    began = datetime.now(UTC) - WEEK * 2
    for number in range(6):
        for fact in known_call():
            fact = replace(fact, call_id=CallId(f"old-{number}"))
            store.append(replace(fact, started_at=began) if isinstance(fact, CallRinging) else fact)
    store.close()

    async def main() -> None:
        desktop = Desktop(config.load(data_dir=tmp_path))
        agent = Agent(desktop)
        living = asyncio.create_task(desktop.live(None, None, False))
        await agent.until(lambda: desktop.program.store is not None, "the history")
        agent.press(Qt.Key.Key_D, CTRL, SHIFT)
        pages = agent.window.pages
        await agent.until(lambda: isinstance(pages.currentWidget(), TrendsView), "the trends")
        page = pages.currentWidget()
        assert isinstance(page, TrendsView)
        await agent.until(lambda: page._state.text() == "6 calls in 12 weeks", "all of them measured")
        await agent.until(lambda: len(page.cards) == len(Figure) and page.place.isVisible(), "the charts")
        words = page.card(Figure.RESPONSE).words
        beginning = "Response time (median) 1.0\u00a0s in the week "
        # The charts are drawn one after the other, after the line above them.
        await agent.until(lambda: words.text().startswith(beginning), "the figures in words")
        chart = page.card(Figure.TAKE_OVERS).chart
        chart.setFocus()
        assert page.weeks[chart.at or 0].take_overs == 6
        agent.press(Qt.Key.Key_Return, into=chart)
        await agent.until(lambda: page.calls.list.count() == 6, "its calls")
        agent.press(Qt.Key.Key_Return, into=page.calls.list)
        await agent.until(lambda: isinstance(pages.currentWidget(), ReportView), "the report")
        desktop.close()
        assert await living == 0

    qasync_run(main())
