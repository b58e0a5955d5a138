"""The moments of the window: each yields its name and what is to be seen in it."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtWidgets import QWidget

from copilot_desktop.calls.events import (
    CallId,
    ChecklistItem,
    EnginesChanged,
    LineChanged,
    Party,
    Problem,
    Readiness,
    Tool,
    Treatment,
)
from copilot_desktop.calls.line import LineProblem, Step
from copilot_desktop.calls.states import Mode
from tests.shots.played import Played
from tests.support.lines import a_failed_line, a_line_at, a_lost_line, an_open_line

Shot = tuple[str, QWidget]

DRAFT = "I can send it by express today, and you would have it tomorrow before noon, free of charge."
LONG_DRAFT = (
    "I am sorry that the parcel is late. I can send it again by express today, free of charge, and you would "
    "have it tomorrow before noon. Shall it go to the address in the Harbor Road, or do you want it at "
    "the office?"
)
TALK = (
    ("a0", Party.ASSISTANT, "Harbor Plumbing, good morning. This call is recorded. How can I help you?"),
    ("c1", Party.CALLER, "My order still hasn't arrived, and it was promised for Friday."),
    ("a1", Party.ASSISTANT, "I'm sorry about that. May I have the order number, please?"),
    ("c2", Party.CALLER, "It's forty-four seventy-one ninety-two. The name is Keller."),
)
STEPS = (
    ChecklistItem(step="greeting", is_required=True, is_done=True, done_ms=2000),
    ChecklistItem(step="need understood", is_required=True, hint="Say back what they want."),
    ChecklistItem(step="number noted", is_required=True, hint="Ask for the order number."),
    ChecklistItem(step="next step with a date", is_required=True, hint="Say what happens, and when."),
    ChecklistItem(step="anything else"),
    ChecklistItem(step="goodbye", is_required=True),
)


def idle(played: Played) -> Iterator[Shot]:
    """Between calls."""
    window, feed = played.window, played.desk.feed
    feed.publish(LineChanged(status=an_open_line()))
    played.desk.become(Readiness.READY)
    window.refresh_history()
    played.look()
    yield "first page ready", window
    played.desk.become(Readiness.NOT_READY)
    played.look()
    yield "first page not ready", window
    feed.publish(LineChanged(status=a_line_at(Step.REACHABLE)))
    played.look()
    yield "first page getting ready", window
    feed.publish(LineChanged(status=a_failed_line(LineProblem.ACCOUNT_REFUSED, Step.NUMBER)))
    played.look()
    yield "first page account refused", window
    feed.publish(LineChanged(status=a_lost_line()))
    played.look()
    yield "first page line lost", window
    feed.publish(LineChanged(status=an_open_line()))
    played.desk.become(Readiness.READY)
    window._look_around()
    played.look()
    yield "looking around", window
    window.header.tabs.setCurrentIndex(1)
    played.look()
    yield "history", window
    window.header.tabs.setCurrentIndex(0)
    played.press("shortcuts")
    yield from _dialogs(window, "shortcuts")


def ringing(played: Played) -> Iterator[Shot]:
    """A call comes in."""
    call_id = played.ring("+12025550142", name="Maria Keller", place="Washington, DC")
    yield "ringing", played.window
    yield "ringing window", played.window.ringing
    played.window.ringing.answer(Mode.AI_SPEAKS, played.clock())
    played.look()
    yield "connecting", played.window
    played.desk.connect(call_id)
    played.desk.caller_left(call_id)
    played.look()


def ai_speaks(played: Played) -> Iterator[Shot]:
    """The AI has the talk."""
    call_id = played.ring(name="Maria Keller")
    played.answer(call_id, Mode.AI_SPEAKS)
    window, desk = played.window, played.desk
    yield "nothing said yet", window
    desk.checklist(call_id, *STEPS)
    for name, party, text in TALK[:2]:
        played.say(call_id, name, text, party)
    desk.answered_in(call_id, 1100)
    desk.we_speak(call_id, is_speaking=True)
    desk.words(call_id, "a1", "I'm sorry about that. May I have", Party.ASSISTANT)
    played.look()
    yield "AI speaks", window
    played.say(call_id, "a1", TALK[2][2], Party.ASSISTANT)
    desk.we_speak(call_id, is_speaking=False)
    desk.caller_speaks(call_id, is_in_turn=True)
    desk.words(call_id, "c2", "It's forty-four seventy-one ninety-t")
    played.look()
    yield "caller speaks", window
    played.say(call_id, "c2", "And my card is [card number hidden], if you need it.")
    desk.caller_speaks(call_id, is_in_turn=False)
    window.call_page.transcript.find_field.setText("order")
    played.look()
    yield "find in transcript", window
    window.call_page.transcript.find_field.clear()
    desk.tool(call_id, Tool.ASK_AGENT, text="May I offer free express delivery for this order?")
    desk.problem(call_id, Problem.WRITER_SLOW)
    played.look(after_s=5)
    yield "AI slow and asks", window
    desk.problem(call_id, Problem.WRITER_SLOW, is_recovered=True)
    desk.backup(call_id, Problem.BACKUP_VOICE, "no_credit")
    played.look()
    yield "backup voice", window
    desk.problem(call_id, Problem.TRANSCRIBER_FAILED)
    played.look()
    yield "transcript stopped", window
    desk.problem(call_id, Problem.TRANSCRIBER_FAILED, is_recovered=True)
    window.problem_strip.dismiss()
    yield from _long_talk(played, call_id)
    desk.caller_left(call_id)
    played.look()


def _long_talk(played: Played, call_id: CallId) -> Iterator[Shot]:
    for number in range(12):
        _, party, text = TALK[1 + number % 3]
        played.say(call_id, f"m{number}", text, party)
    words = played.window.call_page.transcript.list
    words.verticalScrollBar().setValue(words.verticalScrollBar().maximum() // 2)
    for number in range(3):
        played.say(call_id, f"n{number}", TALK[1][2])
    yield "away from the end", played.window


def drafts(played: Played) -> Iterator[Shot]:
    """I approve."""
    call_id = played.ring(name="Maria Keller", is_practice=True)
    played.answer(call_id, Mode.AGENT_APPROVES)
    window, desk = played.window, played.desk
    for name, party, text in TALK:
        played.say(call_id, name, text, party)
    desk.checklist(call_id, *STEPS)
    desk.draft(call_id, "s1", "I can send it", is_ready=False)
    played.look()
    yield "draft being written", window
    desk.draft(call_id, "s1", DRAFT)
    played.look(after_s=1)
    yield "draft", window
    desk.other_draft(call_id, "s1a", "I can also pass you on to somebody in billing, if you like.", 1)
    desk.other_draft(call_id, "s1b", "Shall I look which day suits you better?", 2)
    played.look(after_s=9)
    yield "draft waits long", window
    played.press("edit")
    yield "draft edited", window
    window.call_page.draft_card.leave_edit()
    desk.caller_speaks(call_id, is_in_turn=True)
    played.look()
    yield "draft out of date", window
    desk.caller_speaks(call_id, is_in_turn=False)
    played.say(call_id, "c3", "Hello? Are you still there?")
    desk.draft(call_id, "s2", LONG_DRAFT)
    played.look(after_s=1)
    yield "long draft", window
    desk.problem(call_id, Problem.VOICE_FAILED)
    played.look()
    yield "long draft and a problem", window
    window.problem_strip.dismiss()
    desk.caller_left(call_id)
    played.look()


def live(played: Played) -> Iterator[Shot]:
    """Taken over, on hold, handed back."""
    call_id = played.ring(name="Maria Keller")
    played.answer(call_id, Mode.AI_SPEAKS)
    window, desk = played.window, played.desk
    for name, party, text in TALK:
        played.say(call_id, name, text, party)
    played.press("take_over")
    played.say(call_id, "a9", "I can send it by", Party.ASSISTANT, unheard="express today, free of charge.")
    played.say(call_id, "g1", "Hello Mrs Keller, this is Sam. I am taking this myself.", Party.AGENT)
    desk.draft(call_id, "s3", "I'll book the express run now; you get a text with the time.", sources=False)
    played.look()
    yield "you are live", window
    played.press("bookmark")
    yield "bookmark", window
    window.call_page.bookmark_field.keep()
    played.press("mute")
    yield "muted", window
    desk.speak_muted(call_id, True)
    played.look()
    yield "muted and speaking", window
    desk.speak_muted(call_id, False)
    played.press("mute")
    desk.problem(call_id, Problem.MICROPHONE_SILENT)
    played.look()
    yield "microphone silent", window
    desk.problem(call_id, Problem.MICROPHONE_SILENT, is_recovered=True)
    yield from _hold(played)
    yield from _tools(played, call_id)
    desk.promise = "Express, free, arrives tomorrow before noon."
    played.press("hand_back")
    yield "hand-back", window
    window.hand_back_strip.hide()
    yield from _others(played, call_id)


def _hold(played: Played) -> Iterator[Shot]:
    played.press("hold")
    played.look(after_s=42)
    yield "hold", played.window
    played.look(after_s=90)
    yield "long hold", played.window
    played.press("hold")


def _tools(played: Played, call_id: CallId) -> Iterator[Shot]:
    window, desk = played.window, played.desk
    played.press("keypad")
    desk.send_digits(call_id, "4711")
    desk.caller_presses(call_id, "1")
    played.look()
    yield "keypad", window
    window.keypad.hide()
    played.press("pause_recording")
    played.look(after_s=70)
    yield "recording paused", window
    desk.problem(call_id, Problem.NOTICE_FAILED)
    played.look()
    yield "notice failed", window
    window.recording_strip.dismiss()
    played.press("pause_recording")
    played.press("transfer")
    yield "transfer", window
    window.transfer_strip.confirm()
    played.look()
    yield "passing on", window
    desk.announced(call_id)
    desk.transfer_over(call_id, is_taken=False)
    desk.line_back(call_id)
    played.look()
    yield "not passed on", window
    window.problem_strip.dismiss()


def _others(played: Played, call_id: CallId) -> Iterator[Shot]:
    window, desk = played.window, played.desk
    second = played.ring("+12025550177", name="Jonas of Harbor Plumbing and Sons")
    yield "second call", window
    played.press("answer_second")
    desk.connect(second)
    third = played.ring("+12025550178")
    desk.treat(third, Treatment.VOICEMAIL)
    desk.connect(third)
    played.say(third, "v1", "Please call me back about the invoice.")
    yield "three calls", window
    window.switcher.chip(third).click()
    played.look()
    yield "voicemail", window
    desk.message_left(third)
    desk.hang_up(second)
    desk.link_lost(call_id)
    played.look(after_s=7)
    yield "sound lost", window
    desk.line_back(call_id)
    desk.feed.publish(LineChanged(status=a_lost_line()))
    played.look()
    yield "address lost in a call", window
    desk.feed.publish(LineChanged(status=an_open_line()))
    desk.feed.publish(EnginesChanged(parts=()))
    desk.caller_speaks(call_id, is_in_turn=True)
    played.look()
    played.press("hang_up")
    yield "hang-up asks again", window
    window.close()
    played.look()
    yield "closing in a call", window
    window.quit_strip.dismiss()
    desk.caller_left(call_id)
    played.look()
    yield "report", window


def no_microphone(played: Played) -> Iterator[Shot]:
    """Taken over by somebody who can only type."""
    call_id = played.ring()
    played.answer(call_id, Mode.AI_SPEAKS)
    played.say(call_id, "c1", TALK[1][2])
    played.press("take_over")
    yield "live without a microphone", played.window
    played.desk.caller_left(call_id)
    played.look()


def _dialogs(window: QWidget, name: str) -> Iterator[Shot]:
    """Yield the dialog that was opened last, and close it."""
    from PySide6.QtWidgets import QApplication, QDialog

    for each in QApplication.topLevelWidgets():
        if isinstance(each, QDialog) and each.isVisible():
            yield name, each
            each.close()


WITH_MICROPHONE = (idle, ringing, ai_speaks, drafts, live)
WITHOUT = (no_microphone,)
