"""The small change of a phone call: thanks, goodbye, yes, no, one moment. Pure, by words, in English."""

from __future__ import annotations

import re
from enum import Enum, auto

from copilot_desktop.knowledge import sentences


class Manner(Enum):
    """What a sentence does, apart from any content."""

    GOODBYE = auto()
    DONE = auto()
    """Nothing more is wanted: "that's all"."""
    THANKS = auto()
    YES = auto()
    NO = auto()
    WAIT = auto()
    LACKS = auto()
    """The caller does not have what was asked for."""
    PARDON = auto()
    """The caller did not hear or understand."""
    GREETING = auto()
    FILLER = auto()


# Each takes its words out of the front of what is left of a sentence, in this order.
_END = r"(?=\s*(?:[.,;!?…]|but|$))"
_PIECES: tuple[tuple[Manner, tuple[str, ...]], ...] = (
    (
        Manner.GOODBYE,
        (
            r"good[ -]?bye|bye(?:[ -]bye)?|take care|good night|(?:and )?you too",
            r"(?:talk to|see|speak to) you (?:later|soon|then)",
            r"(?:you )?have a (?:good|nice|great|lovely|wonderful)"
            r" (?:day|one|evening|weekend|afternoon|night|time)",
        ),
    ),
    (
        Manner.DONE,
        (
            r"(?:i think |i guess )?(?:that's|that is|that was|that'll be|that will be) (?:all|it|everything)"
            r"(?: i (?:needed|wanted|need)(?: to know)?)?(?: for (?:now|today))?",
            r"nothing else|no,? nothing(?: else| more)?|i(?: am|'m) all set|we(?: are|'re) (?:all set|done)",
        ),
    ),
    (
        Manner.THANKS,
        (
            r"(?:many )?thanks(?: a lot| so much| very much| again)?|cheers",
            r"thank you(?: so much| very much| again| kindly)?"
            r"(?: for (?:your|the) (?:help|time|information|call|assistance))?",
            r"(?:i )?(?:much )?appreciate (?:it|that|your help)",
            r"that(?:'s| is) (?:very )?(?:kind|helpful|great|good|fine|perfect|wonderful)(?: of you)?",
        ),
    ),
    (
        Manner.LACKS,
        (
            r"i (?:don't|do not|can't|cannot|didn't) (?:have|find|know|remember|got|see|keep)"
            r"(?: it| that| one| the| my| any| what| a)?(?: order| invoice| phone)?(?: number)?"
            r"(?: with me| at hand| right now| here| now| in front of me| anymore)*" + _END,
            r"i(?: have|'ve) (?:lost|no) (?:it|that|idea|number)|no idea|i(?:'m| am) not sure",
        ),
    ),
    (
        Manner.PARDON,
        (
            r"(?:what|pardon(?: me)?|sorry|excuse me|come again|say (?:that|it) again)(?: please)?"
            r"(?=\s*\?|$)",
            r"(?:can|could) you (?:please )?(?:say|repeat) (?:that|it)(?: again| once more)?",
            r"i (?:didn't|did not|couldn't|could not|don't|do not|can't) (?:quite )?(?:hear|catch|understand)"
            r"(?: that| you| it| what you said)?" + _END,
        ),
    ),
    (
        Manner.WAIT,
        (
            r"(?:just )?(?:one|a|wait a|hold on a|give me a) (?:moment|second|minute|sec)",
            r"hold on|hang on|wait|bear with me",
            r"let me (?:see|look|check|think|find it|get it)(?: for (?:it|that|a moment))?",
        ),
    ),
    (
        Manner.YES,
        (
            r"yes|yeah|yep|yup|sure|of course|certainly|absolutely|correct|exactly",
            r"that(?:'s| is) right|right",
            r"please do|go ahead|i (?:would|do)" + _END,
            r"that would be (?:great|good|nice|fine|perfect|lovely)|sounds good",
            r"all right|alright|okay|ok|fine|great|perfect|good",
        ),
    ),
    (
        Manner.NO,
        (
            r"no|nope|nah|not (?:really|now|today|at all)|i (?:don't|do not) think so|never mind|rather not",
            r"i(?: am|'m) (?:good|fine)",
        ),
    ),
    (
        Manner.GREETING,
        (r"hello|hi|hey|good (?:morning|afternoon|evening|day)|how are you(?: doing)?(?: today)?",),
    ),
    (
        Manner.FILLER,
        (
            r"please|well|oh|um|uh|er|hm+|mm+(?:-?hm+)?|uh-?huh|so|and|but|then|i see|you know|look|sorry",
            r"actually|it's|it is|here it is|my name is|this is|this|just|really|there|ma'am|sir|too",
            r"very much|again|now",
        ),
    ),
)
_PATTERNS = tuple(
    (manner, re.compile(rf"(?:{'|'.join(pieces)})(?![\w'])", re.IGNORECASE)) for manner, pieces in _PIECES
)
_GAP = re.compile(r"[\s,.;:!?…–-]+")


def manners(sentence: str) -> tuple[frozenset[Manner], str]:
    """Return what the front of `sentence` does, and the rest of it that has content ("" if none)."""
    text = sentence.replace("’", "'")
    done: set[Manner] = set()
    position = 0
    while position < len(text):
        gap = _GAP.match(text, position)
        if gap:
            position = gap.end()
            continue
        for manner, pattern in _PATTERNS:
            match = pattern.match(text, position)
            if match:
                done.add(manner)
                position = match.end()
                break
        else:
            break
    return frozenset(done), text[position:].strip()


def of(text: str) -> tuple[frozenset[Manner], list[str]]:
    """Return all that the sentences of `text` do, and those that have content, as they were said."""
    done: set[Manner] = set()
    content: list[str] = []
    for sentence in sentences.split(text):
        found, rest = manners(sentence)
        done |= found
        if rest:
            content.append(sentence)
    return frozenset(done), content


def without(text: str) -> str:
    """Return `text` without courtesies in front of its sentences."""
    return " ".join(rest for _, rest in map(manners, sentences.split(text)) if rest)
