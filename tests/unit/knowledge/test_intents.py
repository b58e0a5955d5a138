"""What callers say is matched with the right topic of the shipped playbook, or with none."""

from __future__ import annotations

import pytest

from copilot_desktop.knowledge.intents import Intents
from copilot_desktop.knowledge.meaning import RememberingEmbedder
from copilot_desktop.knowledge.playbook import Playbook

SAID = {
    "Hi, I ordered a floor lamp two weeks ago, and it still hasn't arrived.": "late order",
    "My package was supposed to be here on Monday, where is it?": "late order",
    "I've been waiting for my delivery for ten days now.": "late order",
    "Nothing has come so far, and I paid three weeks ago.": "late order",
    "The vase I got is shattered.": "damaged delivery",
    "The shelf has a big dent in it, it came like that.": "damaged delivery",
    "You delivered a green chair but I ordered a red one.": "wrong or missing item",
    "There are only three chairs in the package, there should be four.": "wrong or missing item",
    "I don't want to keep this bookshelf, I want to send it back.": "return an item",
    "I'd like to give back the curtains I bought.": "return an item",
    "I sent the lamp back weeks ago and still have no money on my account.": "refund has not come",
    "When will I finally get my refund?": "refund has not come",
    "I have an installation appointment on Thursday and I need to move it.": "change an appointment",
    "Someone should install my oven on Friday, but I can't be there that day.": "change an appointment",
    "Could we do another day for the fitter?": "change an appointment",
    "I need someone to install my oven.": "book an installation",
    "Can a technician come to hook up the washer?": "book an installation",
    "I want to cancel the order I made yesterday.": "cancel or change an order",
    "I typed in the wrong address when I ordered.": "cancel or change an order",
    "There's a charge on my invoice that is not mine.": "billing dispute",
    "You people have billed me 149 dollars for something I never bought.": "billing dispute",
    "My invoice is far too high, I want this fixed.": "billing dispute",
    "My card was charged two times for the same thing.": "billing dispute",
    "Could you mail me the invoice once more?": "copy of an invoice",
    "My washing machine stopped working after six months.": "warranty claim",
    "The lamp doesn't turn on anymore.": "warranty claim",
    "This is the worst service I have ever had.": "complaint",
    "I've called three times already and nobody helps me.": "complaint",
    "I'd rather talk to a real human being.": "call back",
    "Could someone ring me back tomorrow?": "call back",
}
NO_TOPIC = (
    "It is 4729 3318.",
    "Anna Reed.",
    "Do you sell gift cards?",
    "What is the weather like in Paris?",
    "Can you tell me a joke?",
    "I would like to book a flight to Rome.",
    "Okay, thank you very much.",
)


@pytest.fixture(scope="module")
def intents(embedder: RememberingEmbedder, playbook: Playbook) -> Intents:
    return Intents(embedder, playbook)


def test_callers_are_understood(intents: Intents) -> None:
    missed = {}
    for said, name in SAID.items():
        topic = intents.of(said).topic
        if topic is None or topic.name != name:
            missed[said] = topic.name if topic else None
    assert len(missed) <= len(SAID) * 0.1, missed


@pytest.mark.parametrize("said", NO_TOPIC)
def test_what_belongs_to_no_topic_gets_none(intents: Intents, said: str) -> None:
    assert intents.of(said).topic is None
