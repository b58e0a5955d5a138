"""The sentences about the phone line: complete, calm, and free of the trade's words."""

from __future__ import annotations

import re

import pytest

from copilot_desktop.calls.errors import EngineFault
from copilot_desktop.calls.events import Problem
from copilot_desktop.calls.line import LineProblem
from copilot_desktop.messages import (
    BACKUPS,
    SILENT_S,
    LineMessage,
    Remedy,
    backup_message,
    engine_message,
    explain,
    fault_words,
    line_message,
    refused_request_message,
    remedy_words,
    waiting_message,
)
from copilot_desktop.messages.call_faults import FAULTS
from copilot_desktop.messages.engine_messages import ENGINE_WORDINGS
from copilot_desktop.messages.line_messages import REFUSED_REQUEST, WORDINGS

FACTS: dict[str, object] = {
    "number": "+1 202 555 0123",
    "since": "3 May",
    "lost_at": "14:02",
    "tries": 3,
    "size": "18 MB",
    "outage": "message",
}
NEVER = re.compile(
    r"(?i:oops|exception|error\b|invalid|token|webhook|administrator|tunnel)|\b(TwiML|SID|REST|API|JSON|HTTP)\b"
)
KNOWN_CODES = (
    "10001 10002 10003 10004 11100 11200 11205 11206 11210 11215 11220 11235 11236 11237 11750 12100 12200 "
    "12300 13214 13223 13224 13225 13227 13805 16101 16102 20003 20404 20409 20429 21205 21210 21211 21212 "
    "21214 21215 21216 21217 21219 21220 21402 21502 31901 31902 31910 31920 31921 31922 31923 31924 31930 "
    "31931 31940 31941 31950 31951 32015 32018 573005"
)


def is_fit(message: LineMessage) -> None:
    said = f"{message.title} {message.text}"
    assert message.title
    assert message.text.endswith(".")
    assert not message.title.endswith(".")
    assert not re.search(r"[{}]|\(\)|  | \.", said), said
    assert not NEVER.search(said), said
    assert len(message.title) <= 70, message.title
    assert len(message.text) <= 200, message.text


@pytest.mark.parametrize("problem", LineProblem)
@pytest.mark.parametrize("facts", [FACTS, {}, dict.fromkeys(FACTS, "")], ids=["all", "none", "empty"])
def test_every_problem_has_a_sentence_and_a_remedy(problem: LineProblem, facts: dict[str, object]) -> None:
    message = line_message(problem, **facts)
    is_fit(message)
    assert 1 <= len(message.remedies) <= 2


def test_facts_are_in_the_sentences() -> None:
    lost = line_message(LineProblem.ADDRESS_LOST, **FACTS)
    assert lost.title == "New calls cannot reach you"
    assert lost.text == (
        "The public address stopped working at 14:02. Trying again by itself (3rd try). "
        "Callers hear your message."
    )
    elsewhere = line_message(LineProblem.NUMBER_ELSEWHERE, **FACTS)
    assert elsewhere.title == "Calls to +1 202 555 0123 go somewhere else"
    assert elsewhere.text.startswith("Another program set this number on 3 May. We will keep its address")
    missing = line_message(LineProblem.HELPER_MISSING, size="18 MB")
    assert "(18 MB, from its maker's site)" in missing.text


@pytest.mark.parametrize(
    ("tries", "said"), [(1, "1st"), (2, "2nd"), (11, "11th"), (12, "12th"), (23, "23rd"), (112, "112th")]
)
def test_tries_are_counted_as_people_do(tries: int, said: str) -> None:
    assert f"({said} try)" in line_message(LineProblem.HELPER_STOPPED, tries=tries).text


def test_sentences_are_translated_before_their_facts_are_put_in() -> None:
    asked: list[str] = []

    def translate(text: str) -> str:
        asked.append(text)
        return text.replace("Calls to {number}", "Anrufe an {number}")

    message = line_message(LineProblem.NUMBER_ELSEWHERE, translate, **FACTS)
    assert message.title.startswith("Anrufe an +1 202 555 0123")
    assert not any("555" in text for text in asked)


def test_first_remedies_are_those_of_the_table() -> None:
    first = {
        LineProblem.ACCOUNT_REFUSED: (Remedy.ENTER_KEY_AGAIN, Remedy.OPEN_KEY_PAGE),
        LineProblem.NO_NUMBER: (Remedy.CHECK_AGAIN, Remedy.PRACTISE),
        LineProblem.NUMBER_ELSEWHERE: (Remedy.POINT_HERE, Remedy.LEAVE_IT),
        LineProblem.HELPER_MISSING: (Remedy.DOWNLOAD_HELPER, Remedy.OWN_ADDRESS),
        LineProblem.ADDRESS_LOST: (Remedy.SET_UP_AGAIN, Remedy.SHOW_DETAILS),
        LineProblem.ADDRESS_NOT_REACHABLE: (Remedy.TRY_ANOTHER_WAY, Remedy.ASK_IT),
    }
    assert {problem: line_message(problem).remedies for problem in first} == first
    assert refused_request_message().remedies == (Remedy.NEW_ADDRESS, Remedy.SHOW_DETAILS)
    is_fit(refused_request_message())


@pytest.mark.parametrize("code", [int(code) for code in KNOWN_CODES.split()])
def test_carriers_error_numbers_are_explained(code: int) -> None:
    message = explain(code)
    assert message is not None
    is_fit(message)
    assert str(code) not in message.title + message.text


def test_unknown_error_number_is_not_explained() -> None:
    assert explain(99999) is None


@pytest.mark.parametrize("fault", EngineFault)
@pytest.mark.parametrize("engine", ["OpenAI", ""])
def test_every_fault_of_an_engine_has_a_sentence_and_a_remedy(fault: EngineFault, engine: str) -> None:
    message = engine_message(fault, engine)
    is_fit(message)
    assert 1 <= len(message.remedies) <= 2
    assert fault_words(fault).endswith(".")


def test_the_engine_is_named_and_the_usual_faults_say_what_to_do() -> None:
    assert engine_message(EngineFault.KEY_REFUSED, "OpenAI").title == "OpenAI did not accept the key"
    used_up = engine_message(EngineFault.NO_CREDIT, "OpenAI")
    assert used_up.title == "Your AI account has no credit left"
    assert used_up.remedies == (Remedy.OPEN_BILLING_PAGE, Remedy.CONTINUE_WITHOUT_AI)
    assert engine_message(EngineFault.MODEL_MISSING).remedies[0] is Remedy.CHOOSE_MODEL


@pytest.mark.parametrize("problem", sorted(BACKUPS))
@pytest.mark.parametrize("detail", [*EngineFault, "", "something else"])
def test_a_backup_says_that_the_call_goes_on_and_why(problem: Problem, detail: str) -> None:
    message = backup_message(problem, detail)
    is_fit(message)
    assert message.title.startswith("Backup ")
    assert message.text.startswith("The call goes on.")
    is_lasting = detail in list(EngineFault) and EngineFault(detail).is_lasting
    assert bool(message.remedies) is is_lasting
    assert ("by ourselves" in message.text) is not is_lasting


def test_who_waits_long_for_the_ai_is_told_to_take_over() -> None:
    slow, silent = waiting_message(SILENT_S - 1), waiting_message(SILENT_S)
    is_fit(slow)
    assert slow.title == "The AI is slow (9 s)"
    assert silent.title == "The AI is not answering – take over"
    assert "10 s" in silent.text
    is_fit(silent)


def test_every_remedy_is_used_and_has_words() -> None:
    wordings = [*WORDINGS.values(), *FAULTS.values(), *ENGINE_WORDINGS.values(), REFUSED_REQUEST]
    used = {remedy for wording in wordings for remedy in wording.remedies}
    assert used == set(Remedy)
    words = [remedy_words(remedy) for remedy in Remedy]
    assert len(set(words)) == len(words)
    assert all(1 <= len(each) <= 32 and not NEVER.search(each) for each in words)
