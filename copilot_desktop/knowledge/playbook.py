"""A playbook: what the owner wants said on the phone, as a Markdown file that a person can edit.

    # Title
    > A line like this is a note to people; the program does not read it.

    ## Greeting
    Say:
    - One way to say it.
    - Another way, used when the first was said already.

    ## Detail: order number
    Pattern: 6 to 8 digits
    Heard in: my order is *, order number *
    Ask:
    - Could you tell me the order number, please?

    ## Topic: late order
    When:
    - My order has not arrived.
    - Where is my parcel?
    Needs: order number
    Ask:
    - I am sorry about that. Could you tell me the order number, please?
    Say:
    - Thank you, I have noted order {order_number}.

    ## Step: next step with a date
    Done when:
    - We will send it to you by Friday.
    - A colleague calls you back tomorrow.
    With: deadline
    Required: yes
    Hint: Say what happens next, and by when.

    ## Words
    Words: Harbor, Marlow, HL-2210

`Moment` lists the sections that are like the greeting. A step counts as done when a sentence means what one
of its examples means; `Said by:` names who has to say it (us, caller or anyone; us if it is left out),
`With:` a pattern, as a detail has, or "deadline", that must stand in it, and `Needs:` details that must have
been told besides. `After:` names a step before which it does not count.
"Words" are names and product words that the recogniser should know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.knowledge.details import Detail, Pattern


class Moment(Enum):
    """Moments of any call that have lines of their own. The values are the headings."""

    GREETING = "Greeting"
    OPEN_QUESTION = "Open question"
    ANSWER = "Answer"
    """Around an extract from a document: {answer}."""
    NOT_AT_HAND = "Not at hand"
    ANYTHING_ELSE = "Anything else"
    THANKS = "Thanks"
    WAITING = "Waiting"
    GO_AHEAD = "Go ahead"
    """When the caller agrees to tell something, and has not yet."""
    NOTED = "Noted"
    ONCE_MORE = "Once more"
    """Around something the caller has to hear again: {answer}."""
    GOODBYE = "Goodbye"


class PlaybookError(CopilotError):
    """A playbook cannot be used. The message names the file, the line and what to change."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(f"{path.name}, line {line}: {reason}")
        self.path = path
        self.line = line


@dataclass(frozen=True, slots=True)
class Topic:
    """One matter callers call about.

    `asks` are questions for the first thing it needs; `says` are answers, a further one each time the caller
    comes back to the topic; `offers` ask the caller whether to go on with this topic, for when nothing else
    helps.
    """

    name: str
    examples: tuple[str, ...]
    says: tuple[str, ...]
    asks: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    needs: tuple[Detail, ...] = ()


class SaidBy(Enum):
    """Who has to say what makes a step done. The values are what an author writes."""

    US = "us"
    """The assistant or the agent."""
    CALLER = "caller"
    ANYONE = "anyone"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that belongs in every call, in the order of the file.

    It is done when a sentence of `said_by` means what one of `examples` means, holding `pattern` if there is
    one, and the details in `needs` have been told; and not before the step
    named `after`. `hint` is for the agent.
    """

    name: str
    examples: tuple[str, ...] = ()
    said_by: SaidBy = SaidBy.US
    pattern: Pattern | None = None
    needs: tuple[Detail, ...] = ()
    is_required: bool = False
    hint: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Playbook:
    """All of one playbook file, checked."""

    title: str
    moments: Mapping[Moment, tuple[str, ...]]
    details: tuple[Detail, ...]
    topics: tuple[Topic, ...]
    steps: tuple[Step, ...] = ()
    vocabulary: tuple[str, ...] = ()
    """Names and product words for the recogniser."""

    @property
    def last_resort(self) -> Topic | None:
        """The topic that is offered when the talk gets nowhere."""
        return next((topic for topic in self.topics if topic.offers), None)
