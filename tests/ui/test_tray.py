"""The tray: its signs, words and menu; how the window goes there and comes back; window titles."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QCloseEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from copilot_desktop.calls.events import LineChanged, Problem, Readiness
from copilot_desktop.calls.states import Mode
from copilot_desktop.ui.live.glance import Sign
from copilot_desktop.ui.presence.notifications import Note, NoteKind
from copilot_desktop.ui.presence.tray import TrayIcon
from copilot_desktop.ui.presence.tray_signs import picture
from tests.support.fake_shell import RESOURCES
from tests.support.lines import a_lost_line, an_open_line
from tests.ui.conftest import Stage

# Qt's icon says so where the platform has no tray of its own.
pytestmark = pytest.mark.qt_log_ignore("No such signal .*systemTrayWindowChanged", extend=True)

TITLE = "AI Call CoPilot"


class Panel:
    """The desktop's panel: with a tray or, later, without one."""

    has_tray = True


def with_tray(stage: Stage) -> Panel:
    """Let the desktop have a tray."""
    panel = Panel()
    tray(stage)._has_tray = lambda: panel.has_tray
    stage.window.presence.put_up()
    return panel


def tray(stage: Stage) -> TrayIcon:
    return stage.window.presence.tray


def tip(stage: Stage) -> str:
    system = tray(stage).system
    assert system is not None
    head, _, words = system.toolTip().partition("\n")
    assert head == TITLE
    return words


def menu(stage: Stage) -> list[str]:
    """The names of what the menu offers, without its first line."""
    return [each.objectName() for each in tray(stage).menu.actions()[1:] if not each.isSeparator()]


def press_cross(stage: Stage) -> None:
    """Close the window as the desktop does when its cross is pressed."""
    handle = stage.window.windowHandle()
    assert handle is not None
    QApplication.sendEvent(handle, QCloseEvent())
    QApplication.processEvents()


def open_line(stage: Stage) -> None:
    stage.desk.feed.publish(LineChanged(status=an_open_line()))


def test_signs_differ_without_colour(qapp: QApplication) -> None:
    drawn = {
        sign: picture(sign, 22).toImage().convertToFormat(QImage.Format.Format_Grayscale8) for sign in Sign
    }
    shapes = {sign: picture(sign, 22).toImage().createAlphaMask() for sign in Sign}
    for one, other in combinations(Sign, 2):
        assert _unlike(drawn[one], drawn[other]) > 40, f"{one} looks like {other}"
        is_pair = {one, other} == {Sign.READY, Sign.NOT_READY}
        assert is_pair or _unlike(shapes[one], shapes[other]) > 8, f"{one} has the shape of {other}"


def _unlike(one: QImage, other: QImage) -> int:
    """How many of the pixels are clearly not the same."""
    places = [(x, y) for x in range(one.width()) for y in range(one.height())]
    greys = [(one.pixelColor(*at).lightness(), other.pixelColor(*at).lightness()) for at in places]
    return sum(abs(first - second) > 60 for first, second in greys)


def test_the_sign_follows_line_and_readiness(stage: Stage) -> None:
    with_tray(stage)
    assert (tray(stage).sign, tip(stage)) == (Sign.NOT_READY, "Not set up – real calls do not ring here")
    open_line(stage)
    assert (tray(stage).sign, tip(stage)) == (Sign.READY, "Ready – calls will ring")
    stage.desk.become(Readiness.NOT_READY)
    assert tray(stage).sign is Sign.NOT_READY
    assert tip(stage).startswith("Not ready – callers hear:")
    stage.desk.become(Readiness.READY)
    stage.desk.feed.publish(LineChanged(status=a_lost_line()))
    assert tray(stage).sign is Sign.PROBLEM
    assert tip(stage) == "Not ready – because: New calls cannot reach you"
    assert stage.window.windowTitle() == f"{tip(stage)} – {TITLE}"


def test_the_sign_follows_a_call(stage_with_microphone: Stage) -> None:
    stage = stage_with_microphone
    with_tray(stage)
    call = stage.ring(name="Maria Keller")
    stage.clock.wait(3)
    stage.look()
    assert (tray(stage).sign, tip(stage)) == (Sign.RINGING, "RINGING 00:03 · Maria Keller")
    assert stage.window.windowTitle() == f"RINGING 00:03 · Maria Keller – {TITLE}"
    stage.window.ringing.answer(Mode.AI_SPEAKS, stage.clock())
    stage.desk.connect(call)
    stage.look()
    assert (tray(stage).sign, tip(stage)) == (Sign.AI, "AI speaks · Maria Keller")
    stage.key(Qt.Key.Key_F8)
    assert (tray(stage).sign, tip(stage)) == (Sign.YOU, "YOU ARE LIVE · Maria Keller")
    assert stage.window.windowTitle() == f"00:03 · Maria Keller · YOU ARE LIVE – {TITLE}"
    stage.key(Qt.Key.Key_F7)
    stage.look()
    assert tip(stage) == "YOU ARE MUTED · Maria Keller"
    stage.desk.link_lost(call)
    stage.clock.wait(8)
    stage.look()
    assert (tray(stage).sign, tip(stage)) == (Sign.PROBLEM, "The sound is lost 00:08 · Maria Keller")
    stage.desk.line_back(call)
    stage.desk.hang_up(call)
    assert tray(stage).sign is Sign.NOT_READY
    assert stage.window.windowTitle() == TITLE


def test_what_needs_the_agent_is_a_problem_until_they_speak(stage_with_microphone: Stage) -> None:
    stage = stage_with_microphone
    with_tray(stage)
    call = stage.call()
    stage.desk.problem(call, Problem.WRITER_FAILED)
    stage.look()
    assert tray(stage).sign is Sign.PROBLEM
    assert tip(stage).startswith("The AI is not answering")
    stage.key(Qt.Key.Key_F8)
    assert tray(stage).sign is Sign.YOU


def test_a_hold_is_not_forgotten(stage: Stage) -> None:
    with_tray(stage)
    first = stage.call(name="Maria Keller")
    stage.desk.hold(first)
    stage.clock.wait(130)
    stage.look()
    assert (tray(stage).sign, tip(stage)) == (Sign.HOLD, "HOLD 02:10 · Maria Keller")
    assert stage.window.windowTitle() == f"ON HOLD 02:10 · Maria Keller – {TITLE}"
    second = stage.ring(name="Ben Ode")
    stage.look()
    assert (tray(stage).sign, tip(stage)) == (
        Sign.RINGING,
        "RINGING 00:00 · Ben Ode · on hold: Maria Keller 02:10",
    )
    assert stage.window.windowTitle() == f"SECOND CALL · ON HOLD 02:10 · Maria Keller – {TITLE}"
    stage.window.actions_["answer_second"].trigger()
    stage.desk.connect(second)
    stage.clock.wait(5)
    stage.look()
    assert (tray(stage).sign, tip(stage)) == (Sign.AI, "AI speaks · Ben Ode · on hold: Maria Keller 02:15")
    assert "on hold: Maria Keller 02:15" in stage.window.windowTitle()


def test_practice_is_called_so(stage: Stage) -> None:
    with_tray(stage)
    call = stage.ring("Ms. Miller", is_practice=True)
    assert tip(stage) == "PRACTICE – RINGING 00:00 · Ms. Miller"
    assert stage.window.windowTitle() == f"PRACTICE – RINGING 00:00 · Ms. Miller – {TITLE}"
    stage.clock.wait(1)
    stage.window.ringing.answer(Mode.AI_SPEAKS, stage.clock())
    stage.desk.connect(call)
    stage.desk.hold(call)
    stage.look()
    assert tip(stage).startswith("PRACTICE – HOLD 00:00")
    assert stage.window.windowTitle().startswith("PRACTICE – ON HOLD 00:00")


def test_the_menu_offers_what_can_be_done(stage_with_microphone: Stage) -> None:
    stage = stage_with_microphone
    with_tray(stage)
    idle = ["action_ready", "action_practice", "trayShow", "action_quit"]
    assert menu(stage) == idle
    call = stage.ring()
    stage.look()
    assert menu(stage) == ["action_answer", "action_decline", *idle]
    assert tray(stage).menu.actions()[0].text() == tip(stage)
    assert not tray(stage).menu.actions()[0].isEnabled(), "words, not an order"
    stage.clock.wait(1)
    stage.window.actions_["answer"].trigger()
    stage.desk.connect(call)
    stage.look()
    assert menu(stage) == ["action_take_over", *idle]
    stage.ring()
    stage.look()
    assert menu(stage) == ["action_answer_second", "action_decline", "action_take_over", *idle]


def test_an_answer_from_the_menu_is_guarded_like_the_button(stage: Stage) -> None:
    with_tray(stage)
    stage.ring()
    stage.look()
    answer = next(each for each in tray(stage).menu.actions() if each.objectName() == "action_answer")
    answer.trigger()
    assert stage.desk.orders == [], "it came up under the pointer"
    stage.clock.wait(1)
    answer.trigger()
    assert stage.desk.names() == ["accept"]


def test_closing_in_a_call_hides_the_window_and_says_so(stage: Stage) -> None:
    with_tray(stage)
    told: list[Note] = []
    stage.window.presence.notifications.told.connect(told.append)
    call = stage.call(name="Maria Keller")
    with stage.qtbot.assertNotEmitted(stage.window.close_asked):
        press_cross(stage)
    assert not stage.window.isVisible()
    assert not stage.window.quit_strip.is_wanted
    assert [note.kind for note in told] == [NoteKind.GOES_ON]
    assert told[0].title == "The call goes on"
    assert told[0].text.startswith("Bring the window back: ")
    stage.desk.hold(call)
    stage.look()
    assert tray(stage).sign is Sign.HOLD, "followed while nobody sees the window"
    system = tray(stage).system
    assert system is not None
    system.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)
    assert stage.window.isVisible()
    assert stage.desk.names() == ["accept", "hold"], "the call never noticed"


def test_closing_while_it_rings_hides_the_window_too(stage: Stage) -> None:
    with_tray(stage)
    stage.ring()
    press_cross(stage)
    assert not stage.window.isVisible()
    assert stage.window.ringing.isVisible()
    stage.clock.wait(1)
    stage.window.ringing.answer(Mode.AI_SPEAKS, stage.clock())
    assert stage.window.isVisible(), "whoever answers needs the keys"


def test_closing_between_calls_ends(stage: Stage) -> None:
    with_tray(stage)
    with stage.qtbot.waitSignal(stage.window.close_asked):
        press_cross(stage)


def test_without_a_tray_closing_never_hides_to_nowhere(stage: Stage) -> None:
    assert not QSystemTrayIcon.isSystemTrayAvailable()
    stage.window.presence.put_up()
    assert tray(stage).system is None
    stage.call()
    press_cross(stage)
    assert stage.window.isVisible()
    assert stage.window.quit_strip.isVisible()


def test_a_tray_that_goes_gives_the_window_back(stage: Stage) -> None:
    panel = with_tray(stage)
    stage.call()
    press_cross(stage)
    watch = stage.window.presence._watch
    assert watch.isActive()
    watch.timeout.emit()
    assert not stage.window.isVisible()
    panel.has_tray = False
    watch.timeout.emit()
    assert stage.window.isVisible()


def test_a_tray_that_comes_late_is_found(stage: Stage) -> None:
    panel = Panel()
    panel.has_tray = False
    tray(stage)._has_tray = lambda: panel.has_tray
    stage.window.presence.put_up()
    assert not tray(stage).is_there
    panel.has_tray = True
    stage.window.presence._watch.timeout.emit()
    assert tray(stage).is_there
    assert menu(stage)


def test_quit_in_a_call_asks_in_the_window(stage: Stage) -> None:
    with_tray(stage)
    stage.call(name="Maria Keller")
    press_cross(stage)
    with stage.qtbot.assertNotEmitted(stage.window.close_asked):
        tray(stage).quit_action.trigger()
    assert stage.window.isVisible()
    strip = stage.window.quit_strip
    assert strip.accessibleName().startswith("The call with Maria Keller is still running")
    stay, end = strip._buttons
    assert stage.window.focusWidget() is stay
    with stage.qtbot.waitSignal(stage.window.close_asked):
        QTest.mouseClick(end, Qt.MouseButton.LeftButton)


def test_quit_while_it_rings_says_that_nobody_would_answer(stage: Stage) -> None:
    call = stage.ring(name="Maria Keller")
    tray(stage).quit_action.trigger()
    strip = stage.window.quit_strip
    assert strip.accessibleName() == "Maria Keller is calling just now. If you quit, nobody answers the call."
    stage.clock.wait(1)
    stage.window.ringing.answer(Mode.AI_SPEAKS, stage.clock())
    stage.desk.connect(call)
    assert not strip.is_wanted, "it was about a call that rang"


def test_quit_between_calls_ends_at_once(stage: Stage) -> None:
    with stage.qtbot.waitSignal(stage.window.close_asked):
        tray(stage).quit_action.trigger()
    assert stage.window.header.menu.actions()[-1] is tray(stage).quit_action


def test_quit_has_a_key_that_works_while_typing_too(stage: Stage) -> None:
    stage.call(name="Maria Keller")
    stage.window.call_page.context.notes.setFocus()
    stage.key(Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    assert stage.window.quit_strip.accessibleName().startswith("The call with Maria Keller is still running")


@pytest.mark.parametrize("order", ["take_over", "practice"])
def test_what_is_begun_from_the_tray_is_seen(stage: Stage, order: str) -> None:
    with_tray(stage)
    if order == "take_over":
        stage.call()
    stage.window.hide()
    stage.window.actions_[order].trigger()
    assert stage.window.isVisible()


def test_the_window_comes_back_from_the_task_bar(stage: Stage) -> None:
    stage.window.showMinimized()
    stage.window.presence.bring_back()
    assert not stage.window.isMinimized()
    assert stage.window.isVisible()


def test_nothing_stays_in_the_tray_at_the_end(stage: Stage) -> None:
    with_tray(stage)
    stage.window.finish()
    assert tray(stage).system is None
    assert not stage.window.presence._watch.isActive()


# What is remembered of the window.


def _again(stage: Stage) -> Stage:
    """The next start with the same preferences."""
    from copilot_desktop.ui.bridge import Bridge
    from copilot_desktop.ui.main_window import MainWindow
    from tests.ui.conftest import QuietTone

    tone = QuietTone(RESOURCES / "sounds")
    window = MainWindow(Bridge(stage.desk, stage.clock), stage.shell, theme=stage.window.theme, tone=tone)
    stage.qtbot.addWidget(window)
    return Stage(stage.qtbot, stage.clock, stage.desk, stage.shell, window, tone)


def test_size_columns_and_text_size_are_remembered(stage: Stage) -> None:
    window = stage.window
    # Not wider than the screen of these tests, or Qt would cut it down.
    window.resize(1024, 700)
    window.history.table.setColumnWidth(1, 301)
    window.theme.resize_text(2)
    # The column grows with the text.
    assert window.history.table.columnWidth(1) == 376
    window.close()
    again = _again(stage).window
    assert (again.width(), again.height()) == (1024, 700)
    assert again.history.table.columnWidth(1) == 376
    assert again.theme.scale == 1.25
    again.theme.resize_text(0)
    again.finish()


def test_a_window_whose_screen_is_gone_comes_to_one_that_is_there(stage: Stage) -> None:
    stage.window.move(5000, 3000)
    stage.window.close()
    place = stage.shell.preferences.value("window/geometry")
    assert isinstance(place, QByteArray)
    again = _again(stage).window
    again.show()
    room = again.screen().availableGeometry()
    assert room.contains(again.geometry().topLeft())
    again.move(5000, 3000)
    QApplication.processEvents()
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    application.screenRemoved.emit(again.screen())
    QApplication.processEvents()
    assert room.contains(again.geometry().topLeft()), "and at once, when a screen is pulled out"
    again.move(40, 30)
    application.screenRemoved.emit(again.screen())
    QApplication.processEvents()
    assert (again.x(), again.y()) == (40, 30), "one that can be seen stays where it is"
    again.finish()
