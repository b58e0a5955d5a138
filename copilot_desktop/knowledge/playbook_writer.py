"""PlaybookWriter: answers from a playbook and the documents, without a language model.

It is generic: every word it says stands in the owner's files, but for the values the caller gave.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from copilot_desktop.calls import ports
from copilot_desktop.calls.events import Source
from copilot_desktop.knowledge import courtesy, extracts, progress, sentences
from copilot_desktop.knowledge.courtesy import Manner
from copilot_desktop.knowledge.intents import Intents
from copilot_desktop.knowledge.meaning import remembering
from copilot_desktop.knowledge.playbook import Moment, Playbook, Topic
from copilot_desktop.knowledge.progress import Progress

ORIGIN = "playbook answers, no AI connected"
QUESTION_LEAD = 0.12
"""How much nearer than a document a topic may be, and a question for information still gets the document."""

FOLLOW_UP_FLOOR = 0.30
"""How near a further answer of the running topic must be to what the caller asks."""

PATIENCE = 2
"""After so many vain attempts in a row a colleague is offered."""

_MOST_SENTENCES = 3
_OTHER_PASSAGES = 3
_OWN_CASE = re.compile(r"\bwhere(?:'s| is| are) (?:my|our)\b|\bwhat happened\b|^why\b", re.IGNORECASE)
"""Questions about the caller's own case: no document knows where a parcel is."""

_QUESTION = re.compile(
    r"\?\s*$|^(?:and |so |but |okay |ok |well |then )*(?:how|what|when|where|which|who|why|do|does|did|is|are"
    r"|was|can|could|will|would|should|may)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What to say, and where it stands written."""

    text: str
    sources: tuple[Source, ...] = ()
    ends_call: bool = False


class PlaybookWriter:
    """A `ports.ReplyWriter` over a playbook and a `ports.Knowledge`.

    Give it and the Library the same `meaning.RememberingEmbedder`: both look at the same texts. `load` warms
    it up and blocks; without it the first reply does so. Holds no state of a call between replies.
    """

    def __init__(self, knowledge: ports.Knowledge, playbook: Playbook, embedder: ports.Embedder) -> None:
        self.origin = ORIGIN
        self._knowledge = knowledge
        self._playbook = playbook
        self._embedder = remembering(embedder)
        self._intents = Intents(self._embedder, playbook)

    def load(self) -> None:
        """Embed the playbook's sentences. Blocks; thread-safe; safe to call again."""
        self._intents.load()
        for topic in self._playbook.topics:
            self._embedder.embed(topic.says)

    async def reply(self, talk: ports.Conversation) -> AsyncIterator[ports.Draft]:
        """Yield the first sentence, then all of the answer. Cancelling stops it at the next await."""
        standing = await asyncio.to_thread(progress.follow, talk, self._playbook, self._intents.of)
        said = talk.last_caller_text
        if talk.is_handed_back and (going_on := self._going_on(standing, said)) is not None:
            answer = self._fresh(going_on, standing)
        else:
            answer = self._fresh(await self._answer(standing, said), standing)
        if talk.unwanted:
            answer = await self._other(answer, standing, said, talk.unwanted)
        spoken = sentences.split(answer.text)
        if len(spoken) > 1:
            yield ports.Draft(spoken[0], sources=answer.sources)
        yield ports.Draft(answer.text, is_complete=True, sources=answer.sources, ends_call=answer.ends_call)

    async def alternatives(self, talk: ports.Conversation, answer: str) -> Sequence[ports.Draft]:
        """Return none: what it finds best is all it has."""
        return ()

    async def _answer(self, standing: Progress, said: str) -> _Answer:
        if not said.strip():
            return self._open(standing)
        manners, content = courtesy.of(said)
        if Manner.GOODBYE in manners and not any(map(_is_question, content)):
            return self._goodbye(standing)
        if content and not (Manner.LACKS in manners and standing.asked is not None):
            return await self._matter(standing, " ".join(content))
        return self._courtesy(standing)

    async def _other(
        self, answer: _Answer, standing: Progress, said: str, unwanted: tuple[str, ...]
    ) -> _Answer:
        """Return the first of all that could be said that was not put away, or else `answer` once more."""
        found = [answer]
        if standing.topic is not None:
            topic, missing = standing.topic, standing.missing(standing.topic)
            asks = missing.asks if missing is not None else ()
            found += [_Answer(ask, (self._source(topic, ask),)) for ask in asks]
            found += [self._say(standing, topic, say) for say in self._unsaid(standing, topic) if not asks]
        for passage in await self._knowledge.search(said, _OTHER_PASSAGES):
            found.append(await self._from_document(passage, said, standing))
        found += [self._offer(standing), self._not_at_hand(standing), self._what_else(standing)]
        known = [sentences.words(text) for text in unwanted]
        return next((each for each in found if sentences.words(each.text) not in known), answer)

    def _going_on(self, standing: Progress, said: str) -> _Answer | None:
        """Go on after a hand-back where nothing new is wanted: no greeting, and what was agreed stands."""
        _, content = courtesy.of(said)
        if not said.strip():
            is_unknown = not standing.ours and not standing.known and standing.topic is None
            return self._what_else(standing) if is_unknown else None
        is_new = standing.intent.topic is not None or standing.offered is not None or bool(standing.given)
        if not content or is_new or any(map(_is_question, content)):
            return None
        return self._noted(standing)

    def _open(self, standing: Progress) -> _Answer:
        """Speak without having been spoken to: the greeting, or the next step after a hand-back."""
        greeting = self._playbook.moments.get(Moment.GREETING, ())
        if greeting and not standing.ours and not standing.known and standing.topic is None:
            return _Answer(greeting[0])
        if standing.topic is not None and standing.missing(standing.topic) is not None:
            return self._on_topic(standing, standing.topic)
        return self._what_else(standing)

    def _goodbye(self, standing: Progress, *, ends_call: bool = True) -> _Answer:
        return _Answer(self._pick(standing, Moment.GOODBYE), ends_call=ends_call)

    def _courtesy(self, standing: Progress) -> _Answer:
        """Answer a turn without content."""
        manners = standing.manners
        if standing.offered is not None and manners & {Manner.YES, Manner.NO}:
            accepted = standing.topic is standing.offered
            return self._on_topic(standing, standing.offered) if accepted else self._what_else(standing)
        if (
            standing.has_parted
            or Manner.DONE in manners
            or (standing.has_asked_for_more and Manner.NO in manners)
        ):
            return self._goodbye(standing)
        if Manner.PARDON in manners and standing.last_text:
            return _Answer(self._once_more(sentences.split(standing.last_text)[-1], standing))
        if Manner.WAIT in manners:
            return _Answer(self._pick(standing, Moment.WAITING))
        if standing.asked is not None and standing.asked.key not in standing.known:
            if Manner.LACKS in manners or Manner.NO in manners:
                return self._offer(standing)
            if go_ahead := self._go_ahead(standing):
                return go_ahead
            return self._ask_again(standing)
        if Manner.THANKS in manners:
            if standing.has_asked_for_more:
                return self._goodbye(standing, ends_call=False)
            return _Answer(
                f"{self._pick(standing, Moment.THANKS)} {self._pick(standing, Moment.ANYTHING_ELSE)}"
            )
        return self._what_else(standing)

    def _go_ahead(self, standing: Progress) -> _Answer | None:
        """Let the caller who said only "yes, of course" go on, if the playbook has words for it."""
        lines = self._playbook.moments.get(Moment.GO_AHEAD, ())
        if Manner.YES not in standing.manners or not lines:
            return None
        return _Answer(self._choose(standing, lines))

    async def _matter(self, standing: Progress, content: str) -> _Answer:
        """Answer a turn that says something."""
        topic = standing.topic
        if topic is not None and any(detail.key in standing.given for detail in topic.needs):
            return self._corrected(standing, topic) or self._on_topic(standing, topic)
        passage = await self._passage(standing, content)
        further = await self._further(standing, content, passage.score if passage else 0.0)
        if further is not None:
            return further
        if passage is not None and self._is_for_information(standing, content, passage):
            return await self._from_document(passage, content, standing)
        if topic is not None and topic in (standing.intent.topic, standing.offered):
            is_open = standing.missing(topic) is not None or bool(self._unsaid(standing, topic))
            if is_open or passage is None:
                return self._on_topic(standing, topic)
        if standing.asked is not None and standing.asked.key not in standing.known:
            return self._ask_again(standing)
        if passage is not None:
            return await self._from_document(passage, content, standing)
        return self._noted(standing) if standing.given else self._not_at_hand(standing)

    async def _passage(self, standing: Progress, content: str) -> ports.Passage | None:
        """Return the passage that fits `content` best.

        "Do I have to pay for it?" fits many; what the talk is about decides between them.
        """
        topic = standing.topic
        leans = _is_question(content) and progress.leans_on_topic(content)
        if topic is not None and leans and standing.intent.topic in (None, topic):
            content = f"{topic.name}: {content}"
        passages = await self._knowledge.search(content, 1)
        return passages[0] if passages else None

    def _is_for_information(self, standing: Progress, content: str, passage: ports.Passage) -> bool:
        """Return whether a document answers this better than a topic does."""
        if standing.intent.topic is None:
            return standing.given == frozenset() and _is_question(content)
        lead = QUESTION_LEAD if _is_question(content) and not _OWN_CASE.search(content) else -QUESTION_LEAD
        return passage.score + lead >= standing.intent.score

    def _on_topic(self, standing: Progress, topic: Topic) -> _Answer:
        """Go on with `topic`: ask for what it needs, or give its next answer."""
        missing = standing.missing(topic)
        if missing is not None:
            asks = missing.asks if missing is not topic.needs[0] else (*topic.asks, *missing.asks)
            tried = standing.turns_with(asks)
            if tried > PATIENCE and standing.offered is None:
                return self._offer(standing)
            ask = self._choose(standing, asks)
            noted = standing.given and standing.asked is not None and standing.asked is not missing
            thanks = f"{self._pick(standing, Moment.NOTED)} " if noted else ""
            return _Answer(thanks + ask, (self._source(topic, ask),))
        unsaid = self._unsaid(standing, topic)
        return self._say(standing, topic, unsaid[0]) if unsaid else self._noted(standing)

    def _corrected(self, standing: Progress, topic: Topic) -> _Answer | None:
        """Return the answer again that named a detail, now with its new value; None if there was none yet."""
        for say in topic.says:
            if standing.times_said(say) and any(f"{{{key}}}" in say for key in standing.given):
                return self._say(standing, topic, say)
        return None

    async def _further(self, standing: Progress, content: str, rival: float) -> _Answer | None:
        """Return an unsaid answer of the running topic, if one is near `content` and nearer than `rival`."""
        topic = standing.topic
        if topic is None or standing.intent.topic not in (None, topic) or standing.missing(topic) is not None:
            return None
        unsaid = self._unsaid(standing, topic)
        if not unsaid or len(unsaid) == len(topic.says):
            return None
        best, nearness = await asyncio.to_thread(self._intents.nearest, content, unsaid)
        return self._say(standing, topic, unsaid[best]) if nearness >= max(FOLLOW_UP_FLOOR, rival) else None

    def _say(self, standing: Progress, topic: Topic, template: str) -> _Answer:
        values = {d.key: d.read_back(standing.known[d.key]) for d in topic.needs if d.key in standing.known}
        text = template.format_map(values)
        source = self._source(topic, text)
        if (
            "?" not in text
            and len(sentences.split(text)) < _MOST_SENTENCES
            and not standing.has_asked_for_more
        ):
            text = f"{text} {self._pick(standing, Moment.ANYTHING_ELSE)}"
        return _Answer(text, (source,))

    async def _from_document(self, passage: ports.Passage, asked: str, standing: Progress) -> _Answer:
        chosen = await asyncio.to_thread(extracts.best_lines, self._embedder, passage.text, asked)
        if standing.repeats(chosen[0]):
            return _Answer(self._once_more(" ".join(chosen), standing), (passage.source,))
        frames = self._playbook.moments.get(Moment.ANSWER, ("{answer}",))
        frame = frames[len(standing.ours) % len(frames)]
        return _Answer(frame.format_map({"answer": " ".join(chosen)}), (passage.source,))

    def _once_more(self, said: str, standing: Progress) -> str:
        """Return what was said just now in a frame that says so."""
        frame = self._pick(standing, Moment.ONCE_MORE) or "{answer}"
        return frame.format_map({"answer": said})

    def _ask_again(self, standing: Progress) -> _Answer:
        """Ask for the same thing in other words, or offer a colleague when that has failed."""
        asked, topic = standing.asked, standing.topic
        if topic is not None and standing.missing(topic) is not None:
            return self._on_topic(standing, topic)
        if asked is None or standing.turns_with(asked.asks) > PATIENCE:
            return self._offer(standing)
        return _Answer(self._choose(standing, asked.asks))

    def _offer(self, standing: Progress) -> _Answer:
        topic = self._playbook.last_resort
        if topic is None or standing.topic is topic:
            return self._what_else(standing)
        offer = self._choose(standing, topic.offers)
        return _Answer(offer, (self._source(topic, offer),))

    def _not_at_hand(self, standing: Progress) -> _Answer:
        lines = self._playbook.moments[Moment.NOT_AT_HAND]
        if standing.turns_with(lines) >= PATIENCE and standing.offered is None:
            return self._offer(standing)
        return _Answer(self._choose(standing, lines))

    def _noted(self, standing: Progress) -> _Answer:
        return _Answer(f"{self._pick(standing, Moment.NOTED)} {self._what_else(standing).text}".strip())

    def _what_else(self, standing: Progress) -> _Answer:
        is_open = standing.topic is None and Moment.OPEN_QUESTION in self._playbook.moments
        return _Answer(self._pick(standing, Moment.OPEN_QUESTION if is_open else Moment.ANYTHING_ELSE))

    def _unsaid(self, standing: Progress, topic: Topic) -> tuple[str, ...]:
        return tuple(say for say in topic.says if not standing.times_said(say))

    def _pick(self, standing: Progress, moment: Moment) -> str:
        lines = self._playbook.moments.get(moment, ())
        return self._choose(standing, lines) if lines else ""

    def _choose(self, standing: Progress, lines: tuple[str, ...]) -> str:
        """Return the line said least often so far, and never one of our last turn while there is another."""
        fresh = [line for line in lines if not standing.repeats(line)] or list(lines)
        return min(fresh, key=standing.times_said)

    def _fresh(self, answer: _Answer, standing: Progress) -> _Answer:
        """Return `answer` without what our last turn said word for word."""
        kept = [line for line in sentences.split(answer.text) if not standing.repeats(line)]
        if not kept:
            moments = (Moment.ANYTHING_ELSE, Moment.NOT_AT_HAND, Moment.OPEN_QUESTION)
            kept = [line for moment in moments for line in self._playbook.moments.get(moment, ())]
            kept = [self._choose(standing, tuple(kept))]
        return _Answer(" ".join(kept), answer.sources, answer.ends_call)

    def _source(self, topic: Topic, text: str) -> Source:
        return Source(title=self._playbook.title, heading=sentences.capitalised(topic.name), text=text)


def _is_question(text: str) -> bool:
    return any(_QUESTION.search(sentence) for sentence in sentences.split(text))
