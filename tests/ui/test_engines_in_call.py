"""What the window shows of the engines: lights, backups, a slow AI, other suggestions, what the AI asks."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton

from copilot_desktop.calls.engine_status import EnginePart, EngineState, EngineStatus
from copilot_desktop.calls.errors import EngineFault
from copilot_desktop.calls.events import CallId, Decision, Problem, Tool, ToolResult
from copilot_desktop.calls.states import Mode
from copilot_desktop.ui.health_strip import Part
from copilot_desktop.ui.line_state import Light, LightState
from copilot_desktop.ui.settings.engine_words import BILLING_URL
from tests.ui.conftest import Stage

CTRL = Qt.KeyboardModifier.ControlModifier
HERE = "playbook on this computer"


def status(
    part: EnginePart,
    name: str = "OpenAI gpt-6-luna",
    latency_ms: int | None = 400,
    *,
    state: EngineState = EngineState.READY,
    fault: EngineFault | None = None,
) -> EngineStatus:
    return EngineStatus(part=part, state=state, name=name, latency_ms=latency_ms, fault=fault)


def light(stage: Stage, part: Part) -> Light:
    return stage.window.health.light(part).light


def strip(stage: Stage) -> str:
    shown = stage.window.problem_strip
    return shown.accessibleName() if shown.is_wanted else ""


def strip_buttons(stage: Stage) -> list[QPushButton]:
    return [each for each in stage.window.problem_strip._buttons]


def cards(stage: Stage) -> list[str]:
    found = stage.window.call_page.suggestions.cards
    return [card._text.text() for card in found if card.isVisible()]


def tool_card(stage: Stage) -> str:
    card = stage.window.call_page.suggestions.tool_card
    return card.accessibleName() if card.isVisible() else ""


def press(stage: Stage, name: str) -> None:
    button = stage.window.findChild(QAbstractButton, name)
    assert button is not None
    assert button.isVisible()
    button.click()
    QApplication.processEvents()


# Lights.


def test_the_lights_tell_how_long_the_engines_took(stage: Stage) -> None:
    stage.desk.engines(
        status(EnginePart.HEARING, "OpenAI gpt-live-transcribe", 380),
        status(EnginePart.WRITER, latency_ms=900),
        status(EnginePart.VOICE, "OpenAI gpt-4o-mini-tts", 420),
    )
    assert light(stage, Part.SPEECH).word == "0.4 s"
    assert light(stage, Part.SPEECH).state is LightState.OK
    assert light(stage, Part.AI).word == "0.9 s"
    tip = light(stage, Part.AI).tip
    assert "Answers: OpenAI gpt-6-luna" in tip
    assert "Voice: OpenAI gpt-4o-mini-tts" in tip


@pytest.mark.parametrize(
    ("given", "state", "word"),
    [
        (status(EnginePart.HEARING, latency_ms=2600), LightState.SLOW, "slow, 2.6 s"),
        (status(EnginePart.HEARING, latency_ms=None), LightState.OK, "OK"),
        (status(EnginePart.HEARING, latency_ms=3), LightState.OK, "< 0.1 s"),
        (status(EnginePart.HEARING, state=EngineState.LOADING), LightState.WORKING, "loading"),
        (status(EnginePart.HEARING, state=EngineState.NONE), LightState.NOT_SET_UP, "none"),
        (
            status(EnginePart.HEARING, state=EngineState.BACKUP, fault=EngineFault.TOO_SLOW),
            LightState.SLOW,
            "backup in use",
        ),
        (
            status(EnginePart.HEARING, state=EngineState.FAILED, fault=EngineFault.UNREACHABLE),
            LightState.FAILED,
            "Not working",
        ),
    ],
)
def test_each_state_of_an_engine_has_its_light(
    stage: Stage, given: EngineStatus, state: LightState, word: str
) -> None:
    stage.desk.engines(given)
    assert (light(stage, Part.SPEECH).state, light(stage, Part.SPEECH).word) == (state, word)


def test_the_ai_light_shows_the_worse_of_answers_and_voice_and_why(stage: Stage) -> None:
    stage.desk.engines(
        status(EnginePart.WRITER),
        status(EnginePart.VOICE, HERE, state=EngineState.BACKUP, fault=EngineFault.NO_CREDIT),
    )
    assert light(stage, Part.AI).word == "backup in use"
    assert "Your AI account has no credit left." in light(stage, Part.AI).tip


def test_once_the_engines_tell_themselves_nobody_else_does(stage: Stage) -> None:
    stage.desk.engines(status(EnginePart.WRITER, latency_ms=900))
    stage.window.show_light(Part.AI, Light(LightState.OK, "playbook", "", "ai"))
    assert light(stage, Part.AI).word == "0.9 s"


def test_trouble_in_a_call_stays_until_a_call_finds_it_over(stage: Stage) -> None:
    stage.desk.engines(status(EnginePart.WRITER, latency_ms=900))
    call = stage.call()
    stage.desk.problem(call, Problem.WRITER_SLOW)
    stage.desk.engines(status(EnginePart.WRITER, latency_ms=800))
    assert light(stage, Part.AI).word == "slow"
    stage.desk.answered_in(call, 900)
    assert light(stage, Part.AI).word == "0.8 s"


def test_practice_says_where_the_answers_come_from(stage: Stage) -> None:
    engines = stage.window.line.engines
    assert "Nothing leaves this computer" in engines.practice_words()[0]
    assert "nothing is sent anywhere" in stage.window.line.state.page_line()
    stage.desk.engines(status(EnginePart.WRITER, HERE), status(EnginePart.HEARING, "OpenAI gpt-transcribe"))
    assert engines.practice_words()[0].endswith("What is said goes to OpenAI gpt-transcribe.")
    assert "OpenAI gpt-transcribe" in stage.window.line.state.page_line()
    stage.desk.engines(status(EnginePart.WRITER), status(EnginePart.HEARING, HERE))
    assert engines.practice_words()[0].endswith("The AI's answers come from OpenAI gpt-6-luna.")
    stage.desk.engines(status(EnginePart.WRITER, HERE), status(EnginePart.HEARING, HERE))
    assert "Nothing leaves this computer" in engines.practice_words()[0]


def test_the_band_says_the_longest_that_fits(stage: Stage) -> None:
    band = stage.window.practice_band
    stage.call(is_practice=True)
    band.show_words("a long sentence " * 40, "short")
    assert band._text.text() == "short"
    band.show_words("long enough", "short")
    assert band._text.text() == "long enough"


# Backups, and an AI that does not answer.


@pytest.mark.parametrize(
    ("problem", "title"),
    [
        (Problem.BACKUP_TRANSCRIBER, "Backup speech-to-text in use"),
        (Problem.BACKUP_WRITER, "Backup AI in use"),
        (Problem.BACKUP_VOICE, "Backup voice in use"),
    ],
)
def test_a_backup_is_told_and_its_end_takes_the_message_away(
    stage: Stage, problem: Problem, title: str
) -> None:
    call = stage.call()
    stage.desk.backup(call, problem, "too_slow")
    assert strip(stage).startswith(title)
    assert "The first one took too long." in strip(stage)
    assert strip_buttons(stage) == []
    live = stage.window.calls.current
    assert live is not None
    assert live.backups == {problem: "too_slow"}
    assert live.problem is None
    stage.desk.backup(call, problem, is_recovered=True)
    assert strip(stage) == ""
    assert live.backups == {}


def test_what_only_a_person_can_mend_has_its_button(stage: Stage) -> None:
    call = stage.call()
    stage.desk.backup(call, Problem.BACKUP_WRITER, "no_credit")
    [billing] = strip_buttons(stage)
    with stage.qtbot.waitSignal(stage.window.messages.outside_asked) as asked:
        billing.click()
    assert asked.args == [BILLING_URL]
    for fault, page in (("key_refused", "accounts"), ("model_missing", "ai")):
        stage.desk.backup(call, Problem.BACKUP_WRITER, fault)
        with stage.qtbot.waitSignal(stage.window.messages.page_asked) as asked:
            strip_buttons(stage)[-1].click()
        assert asked.args == [page]


def test_a_backup_does_not_cover_what_is_really_wrong(stage: Stage) -> None:
    call = stage.call()
    stage.desk.problem(call, Problem.TRANSCRIBER_FAILED)
    stage.desk.backup(call, Problem.BACKUP_VOICE, "too_slow")
    assert strip(stage).startswith("The transcript has stopped")
    stage.desk.backup(call, Problem.BACKUP_VOICE, is_recovered=True)
    assert strip(stage).startswith("The transcript has stopped")


def test_a_transcript_that_stopped_is_tried_again_at_once_on_wish(stage: Stage) -> None:
    call = stage.call()
    button = stage.window.call_page.transcript.again_button
    assert not button.isVisible()
    stage.desk.said(call, "u1", "When will it come?")
    stage.desk.problem(call, Problem.TRANSCRIBER_FAILED)
    assert button.isVisible()
    button.click()
    assert [each.text() for each in strip_buttons(stage)][-1] == "Reconnect now"
    strip_buttons(stage)[-1].click()
    assert [each.name for each in stage.desk.orders[-2:]] == ["transcribe_again"] * 2
    stage.desk.problem(call, Problem.TRANSCRIBER_FAILED, is_recovered=True)
    assert not button.isVisible()


def make_slow(stage: Stage) -> CallId:
    call = stage.call()
    stage.desk.said(call, "u1", "When will it come?")
    stage.clock.wait(2.5)
    stage.desk.problem(call, Problem.WRITER_SLOW)
    return call


def test_a_slow_ai_is_counted_and_at_ten_seconds_it_says_take_over(stage: Stage) -> None:
    make_slow(stage)
    stage.clock.wait(1.5)
    stage.look()
    assert "slow (4 s)" in strip(stage) or "slow (3 s)" in strip(stage)
    stage.window.problem_strip.dismiss()
    stage.clock.wait(3)
    stage.look()
    assert strip(stage) == "", "what was closed stays closed while it is only slow"
    stage.clock.wait(4)
    stage.look()
    assert strip(stage).startswith("The AI is not answering – take over")
    [button] = strip_buttons(stage)[-1:]
    button.click()
    assert stage.desk.orders[-1].name == "take_over"
    stage.look()
    assert strip(stage) == ""


@pytest.mark.parametrize("end", ["answer", "caller"])
def test_an_answer_or_new_words_end_the_waiting(stage: Stage, end: str) -> None:
    call = make_slow(stage)
    stage.look()
    if end == "answer":
        stage.desk.answered_in(call, 3200)
    else:
        stage.desk.words(call, "u2", "Hello? Are you")
    stage.clock.wait(20)
    stage.look()
    assert "not answering" not in strip(stage)


# Suggestions.


def three(stage: Stage, call: CallId) -> None:
    stage.desk.draft(call, "s1", "I will look it up.")
    stage.desk.other_draft(call, "s1b", "Was it promised for a day?", 2)
    stage.desk.other_draft(call, "s1a", "I can pass you on.", 1)
    stage.clock.wait(1)
    stage.look()


def test_in_takeover_one_is_prominent_and_two_others_are_small(stage: Stage) -> None:
    call = stage.call(Mode.AGENT_SPEAKS)
    three(stage, call)
    assert cards(stage) == ["I will look it up.", "I can pass you on.", "Was it promised for a day?"]
    found = stage.window.call_page.suggestions.cards
    assert [card.property("prominent") for card in found] == ["yes", "no", "no"]
    assert found[0]._text.font().pixelSize() > found[1]._text.font().pixelSize()
    stage.key(Qt.Key.Key_3, CTRL)
    assert stage.desk.orders[-1].detail == ("Was it promised for a day?",)


def test_when_approving_the_others_stand_beside_the_draft(stage: Stage) -> None:
    call = stage.call(Mode.AGENT_APPROVES)
    three(stage, call)
    assert stage.window.call_page.draft_card._draft is not None
    assert stage.window.call_page.draft_card._draft.text == "I will look it up."
    assert cards(stage) == ["I can pass you on.", "Was it promised for a day?"]
    stage.key(Qt.Key.Key_1, CTRL)
    assert stage.desk.orders[-1].name == "say"
    assert stage.desk.orders[-1].detail[0] == "s1a"


def test_others_go_with_the_answer_they_belong_to(stage: Stage) -> None:
    call = stage.call(Mode.AGENT_SPEAKS)
    three(stage, call)
    stage.desk.draft(call, "s2", "It comes tomorrow.")
    stage.look()
    assert cards(stage) == ["It comes tomorrow.", "I will look it up."]
    assert stage.window.calls.current is not None
    assert stage.window.calls.current.suggestions.alternatives() == []


def test_while_the_ai_speaks_there_is_nothing_to_choose(stage: Stage) -> None:
    call = stage.call(Mode.AI_SPEAKS)
    three(stage, call)
    assert cards(stage) == ["I will look it up."]


def test_one_that_is_out_of_date_is_not_offered(stage: Stage) -> None:
    call = stage.call(Mode.AGENT_APPROVES)
    three(stage, call)
    current = stage.window.calls.current
    assert current is not None
    [first, _] = current.suggestions.alternatives()
    first.decision = Decision.EXPIRED
    stage.look()
    assert cards(stage) == ["Was it promised for a day?"]


# What the AI asks.


def test_a_question_leads_to_the_private_note_and_is_gone_when_answered(stage: Stage) -> None:
    call = stage.call()
    stage.desk.tool(call, Tool.ASK_AGENT, text="May I offer free delivery?")
    stage.look()
    assert tool_card(stage) == "The AI asks you May I offer free delivery?"
    press(stage, "useTool")
    field = stage.window.call_page.suggestions.guide_box.field
    assert QApplication.focusWidget() is field
    QTest.keyClicks(field, "Yes, up to five pounds.")
    stage.key(Qt.Key.Key_Return, CTRL)
    assert stage.desk.orders[-1].name == "guide"
    assert tool_card(stage) == ""


def test_a_transfer_left_to_the_agent_opens_the_strip_filled_in(stage: Stage) -> None:
    stage.shell.transfer_targets = {"Workshop": "+12025550198", "Billing": "+12025550199"}
    call = stage.call()
    stage.desk.tool(call, Tool.TRANSFER, text="an invoice", to="Billing")
    stage.look()
    assert tool_card(stage).startswith("The AI would pass the caller on to Billing")
    press(stage, "useTool")
    assert stage.window.transfer_strip.isVisible()
    assert stage.window.transfer_strip.target_box.currentText() == "Billing"
    assert "transfer" not in stage.desk.names(), "the agent decides"
    stage.window.transfer_strip.confirm()
    assert stage.desk.orders[-1].name == "transfer"
    assert stage.desk.orders[-1].detail[0] == "+12025550199"
    stage.look()
    assert tool_card(stage) == ""


def test_a_message_is_noted_and_put_away(stage: Stage) -> None:
    call = stage.call()
    stage.desk.tool(call, Tool.TAKE_MESSAGE, ToolResult.DONE, text="Call back on Tuesday.")
    stage.look()
    assert tool_card(stage) == "The AI took a message Call back on Tuesday."
    press(stage, "closeTool")
    assert tool_card(stage) == ""


def test_what_waits_for_the_agent_comes_before_notes(stage: Stage) -> None:
    call = stage.call()
    stage.desk.tool(call, Tool.ASK_AGENT, text="May I?")
    stage.desk.tool(call, Tool.TAKE_MESSAGE, ToolResult.DONE, text="Call back.")
    stage.desk.tool(call, Tool.TRANSFER, ToolResult.REFUSED, to="Billing")
    stage.look()
    assert tool_card(stage) == "The AI asks you May I?"
    assert stage.window.call_page.suggestions.tool_card._others.text() == "2 more"
    press(stage, "closeTool")
    assert tool_card(stage) == "The AI wished to pass the caller on to Billing. It may not."
    button = stage.window.findChild(QAbstractButton, "useTool")
    assert button is not None
    assert not button.isVisible()


def test_looking_things_up_is_not_shown(stage: Stage) -> None:
    call = stage.call()
    stage.desk.tool(call, Tool.SEARCH, ToolResult.DONE, text="delivery times")
    stage.desk.tool(call, Tool.END_CALL, ToolResult.DONE)
    stage.look()
    assert tool_card(stage) == ""


def test_the_card_shows_the_call_on_screen(stage: Stage) -> None:
    call = stage.call()
    stage.desk.tool(call, Tool.ASK_AGENT, text="May I?")
    stage.desk.caller_left(call)
    stage.look()
    assert tool_card(stage) == ""
