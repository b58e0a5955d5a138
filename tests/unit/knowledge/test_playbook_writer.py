"""Whole talks with the shipped playbook: asking for what is missing, answering, and knowing when to stop."""

from __future__ import annotations

import asyncio

from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.calls.ports import Conversation, Draft, Line
from copilot_desktop.knowledge import sentences
from copilot_desktop.knowledge.playbook import Moment, Playbook
from copilot_desktop.knowledge.playbook_writer import PlaybookWriter

CALL = CallId("CA" + "0" * 32)


class Talk:
    """A talk as it grows: what the caller says goes in, the writer's whole answer comes out."""

    def __init__(self, writer: PlaybookWriter, *lines: Line, notes: tuple[str, ...] = ()) -> None:
        self.writer = writer
        self.lines = list(lines)
        self.notes = notes

    def drafts(self, said: str = "") -> list[Draft]:
        if said:
            self.lines.append(Line(Party.CALLER, said))
        talk = Conversation(CALL, tuple(self.lines), self.notes)

        async def collect() -> list[Draft]:
            return [draft async for draft in self.writer.reply(talk)]

        drafts = asyncio.run(collect())
        self.lines.append(Line(Party.ASSISTANT, drafts[-1].text))
        return drafts

    def say(self, said: str = "") -> Draft:
        return self.drafts(said)[-1]


def test_the_origin_is_said_plainly(writer: PlaybookWriter) -> None:
    assert writer.origin == "playbook answers, no AI connected"


def test_a_late_order(writer: PlaybookWriter) -> None:
    talk = Talk(writer)
    assert "How can I help you" in talk.say().text
    asked = talk.say("Hi, I ordered a floor lamp two weeks ago and it still has not come.")
    assert "order number, please?" in asked.text
    assert asked.sources[0].heading == "Late order"
    noted = talk.say("Yes, it's 4 7 2 9, 3 3 1 8.")
    assert "order 4729-3318" in noted.text
    assert not noted.ends_call
    search = talk.say("And how long does that search take?")
    assert "three working days" in search.text
    assert search.sources[0].heading in {"Late deliveries", "Late order"}
    goodbye = talk.say("No, that's all. Thank you, goodbye.")
    assert goodbye.ends_call
    assert "Goodbye" in goodbye.text


def test_the_first_sentence_comes_before_the_rest(writer: PlaybookWriter) -> None:
    drafts = Talk(writer).drafts("My order number is 4729 3318 and it still has not arrived.")
    assert [draft.is_complete for draft in drafts] == [False, True]
    assert drafts[0].text == "Thank you."
    assert drafts[1].text.startswith(drafts[0].text)
    assert drafts[0].sources == drafts[1].sources != ()


def test_nothing_known_is_asked_for_again(writer: PlaybookWriter) -> None:
    talk = Talk(writer)
    talk.say("My order 4729 3318 is late, I still have not received it.")
    moved = talk.say("I also need to move the installation appointment to next Tuesday.")
    assert "next Tuesday for order 4729-3318" in moved.text


def test_two_details_one_after_the_other(writer: PlaybookWriter) -> None:
    talk = Talk(writer)
    assert "order number" in talk.say("I need to move my installation appointment on Thursday.").text
    assert "Which day" in talk.say("It's 6249-3375.").text
    assert "Friday in the morning" in talk.say("Friday in the morning.").text


def test_a_correction_is_read_back(writer: PlaybookWriter) -> None:
    talk = Talk(writer)
    talk.say("My order 4729 3318 has not arrived.")
    assert "4729-3381" in talk.say("Sorry, it's 4729 3381.").text


def test_an_unclear_answer_is_asked_again_in_other_words(writer: PlaybookWriter) -> None:
    talk = Talk(writer)
    answers = [talk.say("My parcel has not arrived.").text]
    answers += [talk.say(said).text for said in ("It's the brown one.", "47 29.", "I said 47.")]
    assert len(set(answers)) == 4
    assert "call back" in answers[-1] or "call you back" in answers[-1]


def test_a_caller_who_agrees_is_let_speak(writer: PlaybookWriter, playbook: Playbook) -> None:
    talk = Talk(writer)
    talk.say("I want to speak to a person, please.")
    assert talk.say("Yes, of course.").text in playbook.moments[Moment.GO_AHEAD]
    assert talk.say("One moment.").text in playbook.moments[Moment.WAITING]
    assert "phone number" in talk.say("Tom Barker.").text


def test_without_the_number_a_colleague_takes_over(writer: PlaybookWriter) -> None:
    talk = Talk(writer)
    talk.say("Where is my parcel?")
    assert "call back" in talk.say("I don't have it with me.").text
    assert "your name" in talk.say("Yes please.").text
    assert "phone number" in talk.say("Tom Barker.").text
    assert "pass on" in talk.say("It's 555 0142.").text
    noted = talk.say("Please tell them that the lamp is missing.").text
    assert "Tom Barker" in noted
    assert "555-0142" in noted


def test_what_is_not_known_is_not_made_up(writer: PlaybookWriter, playbook: Playbook) -> None:
    talk = Talk(writer)
    strange = ("What is the weather in Paris?", "Who won the football game?", "Do you like cheese?")
    first, second, third = (talk.say(question) for question in strange)
    assert (first.text, second.text) == playbook.moments[Moment.NOT_AT_HAND]
    assert first.sources == ()
    assert third.text in [offer for topic in playbook.topics for offer in topic.offers]


def test_a_question_about_it_is_understood_from_the_talk(writer: PlaybookWriter) -> None:
    talk = Talk(writer)
    talk.say("There is a charge on my invoice 551 038 that I never ordered.")
    answer = talk.say("And do I have to pay it in the meantime?")
    assert answer.sources[0].heading == "Disputing an invoice"


def test_information_comes_from_the_documents(writer: PlaybookWriter) -> None:
    answer = Talk(writer).say("What does the HL 2210 cost?")
    assert "89 dollars" in answer.text
    assert answer.sources[0].title == "Products, parts and care"


def test_the_same_question_twice_is_not_answered_word_for_word(writer: PlaybookWriter) -> None:
    talk = Talk(writer)
    first = talk.say("What are your opening hours on Saturday?").text
    again = talk.say("What are your opening hours on Saturday?").text
    assert not set(sentences.split(first)) & set(sentences.split(again))
    assert "10 to 4" in again


def test_what_was_not_heard_is_said_once_more(writer: PlaybookWriter) -> None:
    talk = Talk(writer)
    talk.say("My parcel has not arrived.")
    assert "order number, please?" in talk.say("Sorry?").text


def test_thanks_alone_do_not_end_the_call(writer: PlaybookWriter) -> None:
    talk = Talk(writer)
    talk.say("Are you open on Sunday?")
    thanks = talk.say("Okay, thank you.")
    assert not thanks.ends_call
    assert thanks.text.endswith("?")
    assert talk.say("No.").ends_call


def test_a_goodbye_with_a_question_does_not_end_the_call(writer: PlaybookWriter) -> None:
    answer = Talk(writer).say("Thanks, bye. Oh, and are you open on Sunday?")
    assert not answer.ends_call
    assert "Sundays" in answer.text


def test_after_a_hand_back_nothing_starts_anew(writer: PlaybookWriter) -> None:
    lines = (
        Line(Party.CALLER, "My parcel has not arrived."),
        Line(Party.ASSISTANT, "I am sorry that you are still waiting. Could you tell me the order"),
        Line(Party.AGENT, "Hi, this is Maria, let me take this. Can you tell me the number?"),
        Line(Party.CALLER, "Sure, it's 4729 3318."),
        Line(Party.AGENT, "Thanks, order 4729 3318, got it. I'll give you back to the assistant."),
    )
    talk = Talk(writer, *lines, notes=("Name: Anna Reed. Search was started.",))
    opening = talk.say()
    assert "Thank you for calling" not in opening.text
    assert "order number" not in opening.text
    assert "order number" not in talk.say("So when does my parcel arrive? It's still missing.").text


def test_a_note_fills_in_what_the_caller_did_not_say(writer: PlaybookWriter) -> None:
    answer = Talk(writer, notes=("customer: order number 47293318, be kind",)).say(
        "My parcel has not arrived."
    )
    assert "order 4729-3318" in answer.text


def test_every_answer_can_be_spoken(writer: PlaybookWriter) -> None:
    talk = Talk(writer)
    for said in (
        "Hello, I want to return a lamp.",
        "It is 4729 3318.",
        "Who pays for the parcel?",
        "And how long does it take until I have the money?",
        "What about curtains that you cut for me?",
        "Hm.",
        "Can I talk to a person?",
    ):
        parts = sentences.split(talk.say(said).text)
        assert len(parts) <= 4
        assert max(len(part.split()) for part in parts) <= 25


def test_what_was_put_away_is_not_offered_again_while_there_is_anything_else(writer: PlaybookWriter) -> None:
    said = (Line(Party.CALLER, "What does express delivery cost?"),)

    async def answer(unwanted: tuple[str, ...]) -> str:
        talk = Conversation(CALL, said, unwanted=unwanted)
        return [draft async for draft in writer.reply(talk)][-1].text

    offered: list[str] = []
    for _ in range(4):
        offered.append(asyncio.run(answer(tuple(offered))))
    assert len(set(offered)) == 4
    assert asyncio.run(answer(())) == offered[0]
