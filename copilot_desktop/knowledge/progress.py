"""Where a talk stands, read from its lines alone: what is known, what was asked, what was said. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from copilot_desktop.calls.events import Party
from copilot_desktop.calls.ports import Conversation, Line
from copilot_desktop.knowledge import courtesy, details, sentences
from copilot_desktop.knowledge.courtesy import Manner
from copilot_desktop.knowledge.details import Detail, Kind
from copilot_desktop.knowledge.intents import Intent
from copilot_desktop.knowledge.playbook import Moment, Playbook, Topic

IntentOf = Callable[[str], Intent]
LEANING_FLOOR = 0.55
_LEANING_WORDS = 14
_LEANS = re.compile(r"\b(?:it|that|this|them|they|one)\b", re.IGNORECASE)

_WISH = re.compile(
    r"\?|\b(?:i|we)(?:'d| would)? (?:also |still )*(?:like|need|want|have)\b|\bplease\b", re.IGNORECASE
)
"""Words by which more is wanted than what was settled."""


@dataclass(slots=True)
class Progress:
    """The standing after the newest line. `follow` fills it in, line by line."""

    playbook: Playbook
    known: dict[str, str] = field(default_factory=dict)
    """Values by detail key, the latest said."""
    topic: Topic | None = None
    intent: Intent = field(default_factory=lambda: Intent(None, 0.0))
    """Of the caller's last turn."""
    given: frozenset[str] = frozenset()
    """Keys of the details that the caller's last turn brought or changed."""
    manners: frozenset[Manner] = frozenset()
    ours: list[str] = field(default_factory=list)
    """Our side's turns as plain words, oldest first."""
    last_text: str = ""
    """Our last turn as it was said."""
    asked: Detail | None = None
    """What our last turn asked for."""
    offered: Topic | None = None
    """What our last turn offered."""
    has_asked_for_more: bool = False
    """Whether our last turn asked "anything else?"."""
    has_parted: bool = False
    """Whether our last turn said goodbye."""
    is_agents: bool = False
    """Whether the agent spoke in our last turn."""

    @property
    def last_ours(self) -> str:
        """What we said last; empty if nothing yet."""
        return self.ours[-1] if self.ours else ""

    def times_said(self, template: str) -> int:
        """Return in how many of our turns `template` was said, whatever stood in its braces."""
        pattern = _words_of(template)
        return sum(1 for turn in self.ours if pattern.search(turn))

    def turns_with(self, templates: tuple[str, ...]) -> int:
        """Return in how many of our turns one of `templates` was said."""
        return sum(1 for turn in self.ours if _holds(turn, templates))

    def repeats(self, text: str) -> bool:
        """Return whether a sentence of `text` was in our last turn word for word."""
        last = [sentences.words(sentence) for sentence in sentences.split(self.last_text)]
        return any(sentences.words(sentence) in last for sentence in sentences.split(text))

    def missing(self, topic: Topic) -> Detail | None:
        """Return the first detail that `topic` needs and nobody has said."""
        return next((detail for detail in topic.needs if detail.key not in self.known), None)


def follow(talk: Conversation, playbook: Playbook, intent_of: IntentOf) -> Progress:
    """Return where `talk` stands. `intent_of` is asked once for each turn of the caller."""
    progress = Progress(playbook)
    for note in talk.notes:
        _note(progress, note)
    for is_caller, lines in _turns(talk.lines):
        text = " ".join(line.text for line in lines)
        if is_caller:
            _caller_said(progress, text, intent_of)
        else:
            _we_said(progress, text, by_agent=any(line.party is Party.AGENT for line in lines))
    return progress


def _turns(lines: Iterable[Line]) -> list[tuple[bool, list[Line]]]:
    turns: list[tuple[bool, list[Line]]] = []
    for line in lines:
        is_caller = line.party is Party.CALLER
        if not turns or turns[-1][0] is not is_caller:
            turns.append((is_caller, []))
        turns[-1][1].append(line)
    return turns


def _note(progress: Progress, note: str) -> None:
    """Take details from the agent's note: as "name: Anna Reed", or in a form that only they have."""
    for detail in progress.playbook.details:
        label = re.search(rf"\b{re.escape(detail.name)}\b(?: is|:|=)?\s*([^;\n]+)", note, re.IGNORECASE)
        value = details.find(detail, label[1], is_asked=True) if label else None
        if value is None and not detail.is_loose:
            value = details.find(detail, note, is_asked=False)
        if value is not None:
            progress.known[detail.key] = value


def _we_said(progress: Progress, text: str, *, by_agent: bool) -> None:
    playbook = progress.playbook
    progress.ours.append(" ".join(sentences.words(text)))
    progress.last_text, progress.is_agents = text, by_agent
    if by_agent:
        for detail in playbook.details:
            # "This is Sam" is the agent's own name.
            is_unclear = detail.is_loose or detail.pattern.kind is Kind.NAME
            value = None if is_unclear else details.find(detail, text, is_asked=False)
            if value is not None:
                progress.known[detail.key] = value
    patient = (*playbook.moments.get(Moment.WAITING, ()), *playbook.moments.get(Moment.GO_AHEAD, ()))
    if not _holds(progress.last_ours, patient):
        progress.asked = _asked(progress, text)
    progress.offered = next((t for t in playbook.topics if _holds(progress.last_ours, t.offers)), None)
    progress.has_asked_for_more = _holds(progress.last_ours, playbook.moments[Moment.ANYTHING_ELSE])
    progress.has_parted = _holds(progress.last_ours, playbook.moments[Moment.GOODBYE])


def _asked(progress: Progress, text: str) -> Detail | None:
    """Return the detail our turn asked for: by a sentence of the playbook, or by its name in a question."""
    topic = progress.topic
    if topic is not None and _holds(progress.last_ours, topic.asks):
        return progress.missing(topic)
    questions = " ".join(s for s in sentences.split(text) if s.endswith("?")).lower()
    for detail in progress.playbook.details:
        if _holds(progress.last_ours, detail.asks) or re.search(rf"\b{re.escape(detail.name)}\b", questions):
            return detail
    return None


def _caller_said(progress: Progress, text: str, intent_of: IntentOf) -> None:
    progress.manners, _ = courtesy.of(text)
    progress.intent = _intent(progress, intent_of(text), text)
    found = _given(progress, text)
    wanted = progress.missing(progress.topic) if progress.topic is not None else progress.asked
    supplied = wanted is not None and wanted.key in found
    if progress.offered is not None and Manner.YES in progress.manners and Manner.NO not in progress.manners:
        progress.topic = progress.offered
    elif progress.intent.topic is not None and not (supplied and progress.topic is not None):
        # An answer to our question stays in its topic, whatever else it sounds like.
        progress.topic = progress.intent.topic
    found |= _given(progress, text)
    progress.given = frozenset(key for key, value in found.items() if progress.known.get(key) != value)
    progress.known |= found


def _intent(progress: Progress, intent: Intent, text: str) -> Intent:
    """Return `intent`, but for a short question about "it": only a clear one leaves the running topic.

    So does what is said to the agent: "Thursday is fine" is about what those two have settled.
    """
    if progress.is_agents and intent.score < LEANING_FLOOR and not _WISH.search(text):
        return Intent(None, intent.score)
    if progress.topic in (None, intent.topic) or intent.score >= LEANING_FLOOR or not leans_on_topic(text):
        return intent
    return Intent(None, intent.score)


def leans_on_topic(text: str) -> bool:
    """Return whether `text` is to be understood from what the talk is about: "Do I have to pay for it?"."""
    return len(text.split()) <= _LEANING_WORDS and _LEANS.search(text) is not None


def _given(progress: Progress, text: str) -> dict[str, str]:
    """Return the details in `text`. What was asked for comes first and keeps its digits to itself."""
    asked, topic = progress.asked, progress.topic
    found: dict[str, str] = {}
    if asked is not None:
        value = details.find(asked, text, is_asked=True)
        if value is not None:
            found[asked.key] = value
    for detail in progress.playbook.details:
        if detail is asked or (detail.is_loose and (topic is None or detail not in topic.needs)):
            continue
        if detail.pattern.kind is Kind.ANYTHING:
            continue
        value = details.find(detail, text, is_asked=False)
        if value is not None and value not in found.values():
            found[detail.key] = value
    return found


def _holds(turn: str, templates: tuple[str, ...]) -> bool:
    return any(_words_of(template).search(turn) for template in templates)


@lru_cache(maxsize=512)
def _words_of(template: str) -> re.Pattern[str]:
    """Return a pattern that finds `template` among plain words; anything may stand in its braces."""
    parts = re.split(r"\{[^}]*\}", template)
    plain = [re.escape(" ".join(sentences.words(part))) for part in parts]
    return re.compile(r"(?:^|\s)" + r"\s?.*?\s?".join(plain) + r"(?:\s|$)")
