"""What can be counted in words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from copilot_desktop.calls.events import Party
from copilot_desktop.calls.transcript import Utterance
from copilot_desktop.report import intervals, making
from copilot_desktop.report.making import Kind
from copilot_desktop.report.model import Measure, Span, Unit
from copilot_desktop.report.talk import STAFF, Talk

_LEAST_WORDS, _LEAST_SPEECH_MS = 10, 3000
_FILLERS = re.compile(r"\b(?:u+h+|u+h*m+|e+r+m*|e+hm+|h+m+|you know|i mean|sort of|kind of)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_QUESTION = re.compile(r"\?+")
_NAMES = {
    Party.CALLER: ("caller", "Caller's"),
    Party.ASSISTANT: ("ai", "AI's"),
    Party.AGENT: ("agent", "Agent's"),
}

_PACE = {
    party: Kind(
        id=f"words_per_minute_{id}",
        name=f"{whose} pace",
        unit=Unit.WORDS_PER_MINUTE,
        definition="Words in a minute of that person's own speech, pauses left out. From 10 words on. "
        "120 to 160 is common; nothing follows from one number.",
    )
    for party, (id, whose) in _NAMES.items()
}
_FILLER_RATES = {
    party: Kind(
        id=f"fillers_{_NAMES[party][0]}",
        name=f"{_NAMES[party][1]} filler words",
        unit=Unit.PER_100_WORDS,
        definition='"Um", "er", "you know" and the like, in 100 words. Speech recognition leaves many out.',
    )
    for party in (Party.CALLER, Party.AGENT)
}
_OUR_QUESTIONS = Kind(
    id="questions_by_us",
    name="Questions by us",
    unit=Unit.COUNT,
    definition="Sentences of the AI and the agent that end as questions.",
)
_CALLER_QUESTIONS = Kind(
    id="questions_by_caller",
    name="Questions by the caller",
    unit=Unit.COUNT,
    definition="Sentences of the caller that the speech recognition ended with a question mark.",
)
_ALL = (*_PACE.values(), *_FILLER_RATES.values(), _OUR_QUESTIONS, _CALLER_QUESTIONS)


def in_words(talk: Talk | None) -> list[Measure]:
    """Return pace, fillers and questions."""
    if talk is None:
        return [kind.missing(making.NOT_CONNECTED) for kind in _ALL]
    ours = [said for party in STAFF for said in talk.words.of[party]]
    return [
        *(_pace(kind, talk, party) for party, kind in _PACE.items()),
        *(_fillers(kind, talk.words.of[party]) for party, kind in _FILLER_RATES.items()),
        _questions(_OUR_QUESTIONS, ours),
        _questions(_CALLER_QUESTIONS, talk.words.of[Party.CALLER]),
    ]


def count_words(said: Sequence[Utterance]) -> int:
    """Return how many words were said."""
    return sum(len(_WORD.findall(each.text)) for each in said)


def _pace(kind: Kind, talk: Talk, party: Party) -> Measure:
    said = talk.words.of[party]
    # Words on hold are in the transcript too, so the speech on hold belongs beside them.
    words, speech_ms = count_words(said), intervals.total_ms(talk.speech_with_holds[party])
    if not said:
        return kind.missing("no words")
    if words < _LEAST_WORDS or speech_ms < _LEAST_SPEECH_MS:
        return kind.missing("too few words")
    return kind.of(words / (speech_ms / 60_000))


def _fillers(kind: Kind, said: Sequence[Utterance]) -> Measure:
    words = count_words(said)
    if not said:
        return kind.missing("no words")
    if words < _LEAST_WORDS:
        return kind.missing("too few words")
    found = [(_span(each), len(_FILLERS.findall(each.text))) for each in said]
    return kind.of(100 * sum(count for _, count in found) / words, [span for span, count in found if count])


def _questions(kind: Kind, said: Sequence[Utterance]) -> Measure:
    if not said:
        return kind.missing("no words")
    if not any(sign in each.text for each in said for sign in ".?!"):
        return kind.missing("the words came without punctuation")
    moments = sorted(_span(each) for each in said if "?" in each.text)
    return kind.of(sum(len(_QUESTION.findall(each.text)) for each in said), moments)


def _span(said: Utterance) -> Span:
    return Span(said.start_ms, said.start_ms if said.end_ms is None else said.end_ms)
