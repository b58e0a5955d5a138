"""A playbook file becomes topics, or one sentence that says what to change and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from copilot_desktop.knowledge import sentences
from copilot_desktop.knowledge.details import Kind
from copilot_desktop.knowledge.playbook import Moment, Playbook, PlaybookError, SaidBy, Step
from copilot_desktop.knowledge.playbook_reader import load_playbook

GOOD = """# Test shop
> a note

## Not at hand
Say:
- I do not know that.

## Anything else
Say:
- Anything else?

## Goodbye
Say: Goodbye!

## Detail: order number
Pattern: 6 to 8 digits
Ask:
- Which order?

## Step: greeting
Done when: Hello, this is the shop.
Required: yes
Hint: Say who you are.

## Step: next step
Done when:
- We will send it tomorrow.
With: deadline
Said by: us
Needs: order number
After: greeting

## Words
Words: Harbor, HL-2210

## Topic: late order
When:
- It is late.
- Where is my parcel, which
  I ordered?
Needs: order number
Say:
- I have noted {order_number}.
"""


def load(tmp_path: Path, text: str) -> Playbook:
    path = tmp_path / "shop.md"
    path.write_text(text, encoding="utf-8")
    return load_playbook(path)


def test_a_playbook_is_read(tmp_path: Path) -> None:
    playbook = load(tmp_path, GOOD)
    (topic,) = playbook.topics
    assert playbook.title == "Test shop"
    assert playbook.moments[Moment.GOODBYE] == ("Goodbye!",)
    assert topic.examples == ("It is late.", "Where is my parcel, which I ordered?")
    assert topic.needs == playbook.details
    assert (topic.needs[0].pattern.kind, topic.needs[0].pattern.most) == (Kind.DIGITS, 8)


def test_steps_and_words_are_read(tmp_path: Path) -> None:
    playbook = load(tmp_path, GOOD)
    greeting, next_step = playbook.steps
    assert greeting == Step(
        "greeting", ("Hello, this is the shop.",), is_required=True, hint="Say who you are."
    )
    assert (next_step.said_by, next_step.needs, next_step.after) == (SaidBy.US, playbook.details, "greeting")
    assert not next_step.is_required
    assert next_step.pattern is not None
    assert playbook.vocabulary == ("Harbor", "HL-2210")


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("## Goodbye", "## Farewell", 12, '"Farewell" is no section'),
        ("## Goodbye\nSay: Goodbye!\n", "", 1, '"## Goodbye" is missing'),
        ("## Topic: late", "## Thema: late", 36, '"Thema:" is no heading'),
        ("Needs: order number\nSay", "Needs: invoice number\nSay", 41, '"## Detail: invoice number"'),
        ("{order_number}", "{order_nr}", 43, "{order_nr} is not known here"),
        ("6 to 8 digits", "a few digits", 16, '"a few digits" is no pattern'),
        ("- It is late.\n", "", 36, "at least 2 examples"),
        ("- Which order?", "Which order?", 18, 'begin each line of a list with "- "'),
        ("Needs: order number\nSay", "Needed: order number\nSay", 41, 'begin each line of a list with "- "'),
        ("Required: yes", "Required: often", 22, 'write yes or no after "Required:"'),
        ("Said by: us", "Said by: them", 29, 'write us or caller or anyone after "Said by:"'),
        ("After: greeting", "After: the rest", 25, '"## Step: the rest" before'),
        ("With: deadline", "With: a while", 28, '"a while" is no pattern'),
        ("Done when: Hello, this is the shop.\n", "", 20, 'needs a "Done when:" list'),
        ("## Step: next step", "## Step: greeting", 25, '"Step: greeting" stands twice'),
        ("# Test shop", "Test shop", 1, 'put ">" in front of a note'),
        ("Needs: order number\nSay", "Pattern: date\nSay", 41, '"Pattern:" has no meaning'),
        ("## Detail: order number", "## Goodbye", 15, '"Goodbye" stands twice'),
        ("Ask:\n- Which order?", "Heard in: my order\nAsk:\n- Which order?", 17, "put one * for the value"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(
    tmp_path: Path, old: str, new: str, line: int, reason: str
) -> None:
    assert old in GOOD
    with pytest.raises(PlaybookError) as caught:
        load(tmp_path, GOOD.replace(old, new, 1))
    assert str(caught.value).startswith(f"shop.md, line {line}: ")
    assert reason in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlaybookError, match="none.md, line 0: the file cannot be read"):
        load_playbook(tmp_path / "none.md")


@pytest.mark.parametrize("name", ["customer-service", "appointments"])
def test_the_shipped_playbooks_can_be_spoken(shipped: Path, name: str) -> None:
    playbook = load_playbook(shipped / "playbooks" / f"{name}.md")
    assert len(playbook.steps) >= 5
    spoken = [line for lines in playbook.moments.values() for line in lines]
    spoken += [line for detail in playbook.details for line in detail.asks]
    spoken += [line for topic in playbook.topics for line in (*topic.says, *topic.asks, *topic.offers)]
    for line in spoken:
        parts = sentences.split(line)
        assert len(parts) <= 3, line
        assert max(len(part.split()) for part in parts) <= 25, line
