"""Checklist: which steps of the playbook a call has gone through, by the meaning of what was said.

One for each call. The agent's own ticks stand whatever is said. It knows nothing of calls and windows: it is
told lines, and asked.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from copilot_desktop.calls import ports
from copilot_desktop.calls.events import ChecklistItem, Party
from copilot_desktop.knowledge import courtesy, details, sentences
from copilot_desktop.knowledge.details import Detail
from copilot_desktop.knowledge.meaning import Rows
from copilot_desktop.knowledge.playbook import Playbook, SaidBy, Step

FLOOR = 0.55
"""How near a sentence must come to an example. A tick too few is made by hand, one too many misleads."""

PATTERN_FLOOR = 0.45
"""The same, for steps whose pattern stands in the sentence."""

_SHORTEST_WORDS = 2
_MOST_SENTENCES = 12
"""Of one turn; the last ones count."""


@dataclass(frozen=True, slots=True)
class StepState:
    """How one step stands. `said` is the sentence that ticked it; empty: nobody's, or ticked by hand."""

    step: Step
    is_done: bool = False
    is_by_agent: bool = False
    """The agent ticked or unticked it, which nothing that is said changes."""
    said: str = ""
    done_ms: int | None = None


class Checklist:
    """The steps of `playbook`. `hear` and `load` block for the embedding; everything else is at once.

    The agent may tick while `hear` runs in its thread; lines are heard one at a time. Names tell steps apart.
    """

    def __init__(self, playbook: Playbook, embedder: ports.Embedder) -> None:
        self._details, self._embedder = playbook.details, embedder
        self._states = {step.name: StepState(step) for step in playbook.steps}
        self._examples: dict[str, Rows] | None = None
        self._told: set[str] = set()
        self._asked: Detail | None = None
        self._open: dict[bool, str] = {}
        self._lock = threading.Lock()

    @property
    def states(self) -> tuple[StepState, ...]:
        """How the steps stand, in the playbook's order."""
        with self._lock:
            return tuple(self._states.values())

    @property
    def items(self) -> tuple[ChecklistItem, ...]:
        """The same, as calls tell it."""
        return tuple(
            ChecklistItem(
                step=state.step.name,
                is_required=state.step.is_required,
                hint=state.step.hint,
                is_done=state.is_done,
                is_by_agent=state.is_by_agent,
                done_ms=state.done_ms,
            )
            for state in self.states
        )

    @property
    def missing(self) -> tuple[Step, ...]:
        """The required steps that are not done."""
        return tuple(state.step for state in self.states if state.step.is_required and not state.is_done)

    def load(self) -> None:
        """Embed the examples: some 0.2 s, once. Safe to call again; `hear` does it if nobody did."""
        if self._examples is None:
            steps = [state.step for state in self.states]
            self._examples = {
                step.name: self._embedder.embed(step.examples) for step in steps if step.examples
            }

    def hear(self, party: Party, text: str, at_ms: int = 0) -> tuple[Step, ...]:
        """Take in one finished line of the talk; return the steps that it made done. Blocks."""
        is_caller = party is Party.CALLER
        # A line may have been cut in the middle of a sentence, or of a number.
        whole = f"{self._open.pop(is_caller, '')} {text}".strip()
        self._note_details(is_caller, whole)
        said = self._sentences(is_caller, whole)
        self.load()
        rows = self._embedded(said)
        with self._lock:
            newly = self._newly(is_caller, said, rows)
            for step, sentence in newly.items():
                self._states[step.name] = StepState(step, is_done=True, said=sentence, done_ms=at_ms)
        return tuple(state.step for state in self.states if state.step in newly)

    def set_done(self, step: str, is_done: bool, at_ms: int = 0) -> None:
        """The agent says how a step stands; what is said changes it no more. Raises KeyError."""
        with self._lock:
            of_playbook = self._states[step].step
            done_ms = at_ms if is_done else None
            self._states[step] = StepState(of_playbook, is_done, is_by_agent=True, done_ms=done_ms)

    # Inside.

    def _note_details(self, is_caller: bool, text: str) -> None:
        """Remember which details have been told, and which one we have asked for."""
        if not is_caller:
            lower = text.lower()
            self._asked = next((each for each in self._details if each.name in lower), None)
            return
        for detail in self._details:
            is_asked = detail is self._asked
            if (is_asked or not detail.is_loose) and details.find(detail, text, is_asked=is_asked):
                self._told.add(detail.key)

    def _sentences(self, is_caller: bool, text: str) -> list[str]:
        """Return the sentences of `text` that say anything, and keep the last one if it is cut off."""
        found = sentences.split(text)
        if found and found[-1][-1] not in ".!?":
            self._open[is_caller] = found[-1]
        whole: list[str] = []
        for sentence in found:
            if len(sentences.words(sentence)) >= _SHORTEST_WORDS:
                whole.append(sentence)
            elif whole:
                # One word says little; what it says, "Goodbye", it says of the words before it.
                whole.append(f"{whole[-1]} {sentence}")
        return whole[-_MOST_SENTENCES:]

    def _embedded(self, said: Sequence[str]) -> list[Rows]:
        """Return the rows of each sentence: as it is, and without the courtesies in front of it."""
        views = [list(dict.fromkeys([each, courtesy.without(each) or each])) for each in said]
        return [self._embedder.embed(each) for each in views]

    def _newly(self, is_caller: bool, said: Sequence[str], rows: Sequence[Rows]) -> dict[Step, str]:
        """Return the steps that are done now, each with what made it so. A sentence ticks one step only."""
        newly: dict[Step, str] = {}
        for state in self._states.values():
            step = state.step
            if self._is_due(step) and not step.examples:
                newly[step] = said[-1] if said else ""
        speaker = SaidBy.CALLER if is_caller else SaidBy.US
        for number, sentence in enumerate(said):
            nearest, nearness = None, (False, 0.0)
            for name, examples in (self._examples or {}).items():
                step = self._states[name].step
                if step.said_by not in (speaker, SaidBy.ANYONE) or not _holds(step, sentence):
                    continue
                near = float((rows[number] @ examples.T).max())
                # Where its pattern stands in the sentence, a step is meant rather than one without.
                is_marked = step.pattern is not None
                if near >= (PATTERN_FLOOR if is_marked else FLOOR) and (is_marked, near) > nearness:
                    nearest, nearness = step, (is_marked, near)
            if nearest is not None and nearest not in newly and self._is_due(nearest):
                newly[nearest] = sentence
        return newly

    def _is_due(self, step: Step) -> bool:
        state = self._states[step.name]
        is_early = bool(step.after) and not self._states[step.after].is_done
        has_all = all(detail.key in self._told for detail in step.needs)
        return has_all and not (state.is_done or state.is_by_agent or is_early)


def _holds(step: Step, sentence: str) -> bool:
    if step.pattern is None:
        return True
    return details.find(Detail(step.name, step.pattern, ()), sentence, is_asked=True) is not None
