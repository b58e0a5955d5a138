"""Callers' questions find the passage that answers them; other people's business finds nothing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from copilot_desktop.knowledge.library import Library
from copilot_desktop.knowledge.meaning import RememberingEmbedder

QUESTIONS = {
    "How long does it take until my parcel is here?": "Delivery times",
    "What do you charge for shipping?": "What delivery costs",
    "Can you ship to Canada?": "Where we deliver",
    "What time will the driver come with my sofa?": "Delivery windows",
    "I'll be at work all day, what will the driver do with the package?": "If nobody is at home",
    "The box arrived crushed and the vase is broken.": "Damaged on arrival",
    "Can I collect my order at the shop myself?": "Picking up an order yourself",
    "How many days do I have to send it back?": "How long you can return things",
    "Do I have to pay when I send something back?": "What a return costs",
    "When do I get my money back?": "When the money comes back",
    "Is it possible to return opened pillows?": "What cannot be returned",
    "I lost the receipt, can I still bring it back?": "Missing receipt",
    "Are you open on Sunday?": "Store hours",
    "Until what time can I call you in the evening?": "Phone hours",
    "What is the address of your shop?": "Where the stores are",
    "Is there somewhere to leave the car?": "Parking",
    "I am in a wheelchair, can I get into the store?": "Getting in with a wheelchair",
    "How much is it to connect a dishwasher?": "What installation costs",
    "Can your people hook up a gas stove?": "What we install",
    "What do I have to do before the technician comes?": "Before the fitter comes",
    "Do you take credit cards?": "Ways to pay",
    "Is it possible to pay monthly?": "Paying in installments",
    "You took the money twice from my card.": "Charged twice",
    "Can you put my company's name on the bill?": "Company and tax invoices",
    "How long is the guarantee on an oven?": "How long the warranty lasts",
    "Can I buy a longer guarantee?": "Longer warranty",
    "How many days until my machine is repaired?": "Repairs",
    "When will the blue chair be back in stock?": "Items out of stock",
    "Do you sell gift vouchers?": "Gift wrapping and gift cards",
    "Can you wrap it as a present?": "Gift wrapping and gift cards",
    "How tall is the Marlow lamp?": "Marlow floor lamp, HL-2210",
    "How much weight can the bookshelf hold?": "Portside bookshelf, PS-440",
    "I forgot my password.": "Customer account",
    "How do I look after an oak table?": "Caring for wooden furniture",
    "I need a discount for twenty chairs for our office.": "Large orders for companies",
    "Where can I throw away used batteries?": "Taking back old batteries and bulbs",
}
ELSEWHERE = (
    "What is the weather like in Paris today?",
    "Who won the football game last night?",
    "Can you tell me a joke?",
    "What is the capital of Australia?",
    "My dog is not eating his food.",
    "I would like to book a flight to Rome.",
    "I need a doctor's appointment for my knee.",
    "What do you think about the election?",
    "Hello, how are you today?",
    "My name is Anna Reed.",
)


def headings(library: Library, question: str, limit: int = 3) -> list[str]:
    return [passage.source.heading for passage in asyncio.run(library.search(question, limit))]


def test_questions_find_their_passage_among_the_first_three(library: Library) -> None:
    missed = {
        q: headings(library, q) for q, heading in QUESTIONS.items() if heading not in headings(library, q)
    }
    assert len(missed) <= len(QUESTIONS) * 0.1, missed


@pytest.mark.parametrize("question", ELSEWHERE)
def test_what_is_no_business_of_the_shop_finds_nothing(library: Library, question: str) -> None:
    assert headings(library, question) == []


def test_a_passage_names_its_source(library: Library) -> None:
    (best,) = asyncio.run(library.search("Are you open on Sunday?", 1))
    assert (best.source.title, best.source.heading) == ("Opening hours and stores", "Store hours")
    assert best.text == best.source.text
    assert best.text.startswith("Both stores are open Monday to Friday")


@pytest.mark.parametrize("spoken", ["WB-715", "W B 7 15", "wb715", "the WB 715 please"])
def test_a_code_is_found_however_it_was_written_down(library: Library, spoken: str) -> None:
    assert headings(library, spoken)[0] == "Brisa washing machine, WB-700"


def test_words_for_the_recogniser_are_names_and_codes(library: Library) -> None:
    assert {"Marlow", "Brisa", "HL-2210"} <= set(library.vocabulary(50))


class CountingEmbedder:
    """Passes on to the real one and counts the texts."""

    def __init__(self, embedder: RememberingEmbedder) -> None:
        self._embedder = embedder
        self.count = 0

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.count += len(texts)
        return self._embedder.embed(texts)


def test_refresh_reads_only_what_changed(tmp_path: Path, embedder: RememberingEmbedder) -> None:
    first, second = tmp_path / "pets.md", tmp_path / "deeper" / "plants.md"
    second.parent.mkdir()
    first.write_text("# Pets\n## Dogs\nDogs may come into the store on a leash.\n")
    second.write_text("# Plants\n## Watering\nWater the fern once a week.\n")
    counting = CountingEmbedder(embedder)
    library = Library(counting, [tmp_path])
    asyncio.run(library.refresh())
    assert headings(library, "Can I bring my dog?") == ["Dogs"]
    assert headings(library, "How often do I water a fern?") == ["Watering"]

    first.write_text("# Pets\n## Cats\nCats have to stay in a box.\n")
    os.utime(first, (1, 1))
    counting.count = 0
    asyncio.run(library.refresh())
    assert counting.count == 3  # the whole passage, its heading and its one sentence
    assert headings(library, "Can I bring my cat?") == ["Cats"]

    second.unlink()
    asyncio.run(library.refresh())
    assert headings(library, "How often do I water a fern?") == []


def test_no_documents_at_all(tmp_path: Path, embedder: RememberingEmbedder) -> None:
    library = Library(embedder, [tmp_path / "missing"])
    assert asyncio.run(library.search("Anything?", 3)) == []


def test_the_shipped_sentences_can_be_spoken(library: Library) -> None:
    for question in QUESTIONS:
        for passage in asyncio.run(library.search(question, 3)):
            sentences = passage.text.replace("?", ".").split(". ")
            assert max(len(sentence.split()) for sentence in sentences) <= 25, passage.text
