"""A call with known answers, and a judge elsewhere that gives the answers it is told to give."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from copilot_desktop.calls.engine_status import Usage
from copilot_desktop.calls.events import CallEvent, CallId, NoticeGiven, Party, RecordingCause, Source
from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from copilot_desktop.engines.writing.openai_judge import OpenAIJudge
from copilot_desktop.report import CallReport, build
from copilot_desktop.report.judging.court import Court
from copilot_desktop.report.judging.forms import QualityForm, load_form
from copilot_desktop.report.judging.marking import judged
from copilot_desktop.report.judging.verdict import KeptVerdict, Verdict
from tests.support.openai_peer import KEY, AnswerRequest, BrainAnswer, OpenAIPeer, ScriptedBrain, Where
from tests.support.writer_desk import AsOpenAI
from tests.unit.report.calls import (
    AI,
    CALL,
    CALLER,
    in_order,
    live,
    over,
    recorded,
    ringing,
    sound,
    words,
)

SAID: tuple[tuple[Party, int, int, str], ...] = (
    (AI, 2500, 5500, "Good morning, Harbor Home Supply. The call is recorded and you speak with an AI."),
    (CALLER, 6000, 10000, "Hello, my lamp has not arrived and I am really annoyed about it."),
    (AI, 11000, 14000, "I am sorry about that. So your lamp is late and you want to know where it is?"),
    (CALLER, 15000, 17000, "Yes, exactly. The order is four seven one one two."),
    (AI, 18000, 21000, "May I have your postcode, to be sure that I speak with the right person?"),
    (CALLER, 22000, 23000, "Ten one one five."),
    (AI, 24000, 29000, "It left our warehouse this morning, and Anna from delivery calls you tomorrow at 9."),
    (CALLER, 30000, 32000, "Good, that helps."),
    (AI, 33000, 37000, "So Anna calls you tomorrow at 9. Is there anything else?"),
    (CALLER, 38000, 39000, "No, thank you. Goodbye."),
)
PRICES = Source(title="Delivery", heading="Times", text="Parcels leave the warehouse in the morning.")
Answer = dict[str, Any]


def quoted(answer: str, line: int, quote: str) -> Answer:
    return given(answer, [(line, quote)])


def given(
    answer: str, evidence: Sequence[tuple[int, str]] = (), searched: tuple[int, int] | None = None
) -> Answer:
    return {
        "evidence": [{"line": line, "quote": quote} for line, quote in evidence],
        "searched": {"first_line": searched[0], "last_line": searched[1]} if searched else None,
        "reasoning": "It is there.",
        "answer": answer,
        "confidence": "high",
    }


KNOWN: dict[str, Answer] = {
    "greeting": quoted("yes", 1, "Good morning, Harbor Home Supply."),
    "need": quoted("yes", 3, "So your lamp is late and you want to know where it is?"),
    "clarifying": given("na", searched=(1, 10)),
    "resolved": quoted("yes", 7, "Anna from delivery calls you tomorrow at 9"),
    "facts": quoted("yes", 7, "It left our warehouse this morning"),
    "feeling": quoted("yes", 3, "I am sorry about that."),
    "identity": quoted("yes", 5, "May I have your postcode, to be sure that I speak with the right person?"),
    "summing_up": quoted("yes", 9, "So Anna calls you tomorrow at 9. Is there anything else?"),
}
OVERVIEW: Answer = {
    "summary": [
        {"evidence": [{"line": 2, "quote": "my lamp has not arrived"}], "text": "A lamp had not arrived."},
        {"evidence": [{"line": 7, "quote": "It left our warehouse on Monday"}], "text": "It left on Monday."},
    ],
    "outcome": {
        "evidence": [{"line": 7, "quote": "calls you tomorrow at 9"}],
        "text": "Call back tomorrow at 9",
    },
    "follow_ups": [
        {
            "evidence": [{"line": 7, "quote": "Anna from delivery calls you tomorrow"}],
            "text": "Anna: call at 11",
        },
    ],
}


def planted_events(
    changes: Mapping[int, str | None] | None = None, *, notice_ms: int | None = 5600
) -> list[CallEvent]:
    """The call; `changes` puts other words in the place of a line, by number; None: nobody says it."""
    said = [
        (party, at_ms, end_ms, (changes or {}).get(number, text))
        for number, (party, at_ms, end_ms, text) in enumerate(SAID, start=1)
    ]
    spoken = [entry for entry in said if entry[3] is not None]
    notice = (
        [NoticeGiven(call_id=CALL, at_ms=notice_ms, text="The call is recorded.", by=AI)] if notice_ms else []
    )
    return in_order(
        ringing(),
        live(2000),
        recorded(2000, is_on=False, cause=RecordingCause.CALL_BEGAN),
        notice,
        *(sound(party, (at_ms, end_ms)) for party, at_ms, end_ms, _ in spoken),
        *(words(party, at_ms, end_ms, str(text)) for party, at_ms, end_ms, text in spoken),
        over(40_000),
    )


def planted(changes: Mapping[int, str | None] | None = None, *, notice_ms: int | None = 5600) -> CallReport:
    return build(planted_events(changes, notice_ms=notice_ms))


def by_plan(
    plan: Mapping[str, Answer], overview: Answer = OVERVIEW
) -> Callable[[AnswerRequest], BrainAnswer]:
    """A model that fills in every form by `plan`; what is not in it, it cannot tell."""

    def answer(request: AnswerRequest) -> BrainAnswer:
        asked = asked_for(request)
        if "summary" in asked:
            return BrainAnswer(json.dumps(overview))
        filled_in = {id: plan.get(id, given("cannot_tell")) for id in asked}
        return BrainAnswer(json.dumps(filled_in))

    return answer


def asked_for(request: AnswerRequest) -> list[str]:
    """The criteria in a request."""
    assert request.schema is not None
    return list(request.schema["properties"])


@dataclass
class Bench:
    """A court with its judge, and the server that it asks."""

    court: Court
    peer: OpenAIPeer
    brain: ScriptedBrain
    form: QualityForm
    used: list[tuple[Usage, CallId | None]] = field(default_factory=list)

    async def judge(
        self, report: CallReport, sources: Sequence[Source] = (PRICES,)
    ) -> tuple[Verdict, CallReport]:
        """The verdict, and the report under it."""
        verdict = await self.court.judge_call(report, sources)
        return verdict, judged(report, self.form, KeptVerdict(version=1, verdict=verdict))

    def asked(self, *criteria: str) -> list[AnswerRequest]:
        """The requests that asked for just these."""
        return [request for request in self.brain.asked if asked_for(request) == list(criteria)]


NOW = datetime(2026, 3, 12, 14, 36, tzinfo=UTC)


@asynccontextmanager
async def bench(
    *answers: str | BrainAnswer | Callable[[AnswerRequest], BrainAnswer],
    is_openai: bool = True,
    form: QualityForm | None = None,
    limit_s: float = 60.0,
) -> AsyncIterator[Bench]:
    connections, brain = OpenAIConnections(), ScriptedBrain(answers=answers or (by_plan(KNOWN),))
    used: list[tuple[Usage, CallId | None]] = []
    form = form or load_form()
    async with OpenAIPeer(brain=brain) as peer:
        endpoint = (AsOpenAI if is_openai else Endpoint)(peer.base_url, ("gpt-6-luna",), KEY)
        judge = OpenAIJudge(connections, endpoint, on_usage=lambda usage, call: used.append((usage, call)))
        try:
            yield Bench(Court(judge, form, now=lambda: NOW, limit_s=limit_s), peer, brain, form, used)
        finally:
            await connections.close()
        assert peer.violations == []


PROTOCOLS = {True: Where.RESPONSES, False: Where.CHAT}
