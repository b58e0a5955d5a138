"""Requests of the carrier, and of whoever writes what no carrier would."""

from __future__ import annotations

import asyncio
from typing import cast
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot_desktop.calls.desk import Answer, CallDesk
from copilot_desktop.calls.events import CallId
from copilot_desktop.telephony.admission import Signer, Tokens
from copilot_desktop.telephony.webhooks import Reply, Webhooks
from tests.support.fake_desk import FakeDesk

SIGNER = Signer("https://desk.example.com", "secret")
CALL = "CA" + "1" * 32
SENTENCE = "Sorry."

NAMES = st.sampled_from(
    ["CallSid", "From", "To", "CallStatus", "SequenceNumber", "DialCallStatus", "ParentCallSid", "CallerName"]
)
VALUES = (
    st.text(max_size=200)
    | st.sampled_from([CALL, "completed", "no-answer", "in-progress", "0", "-1", "٣", "9" * 40, "\ud800"])
    | st.integers().map(str)
)


def verbs(reply: Reply) -> list[str]:
    return [verb.tag for verb in ElementTree.fromstring(reply.body)]


@given(st.dictionaries(NAMES | st.text(max_size=20), VALUES, max_size=8))
def test_any_fields_get_an_answer_of_the_protocol(fields: dict[str, str]) -> None:
    async def main() -> list[Reply]:
        webhooks = Webhooks(cast(CallDesk, FakeDesk()), Tokens(), SENTENCE)
        return [
            await webhooks.voice(SIGNER, fields),
            webhooks.next_verb(SIGNER, fields),
            webhooks.transferred(SIGNER, fields),
            webhooks.status(fields),
        ]

    for reply in asyncio.run(main()):
        assert reply.status in (200, 204, 400)
        assert len(reply.body) < 4000
        if reply.status == 200:
            assert set(verbs(reply)) <= {"Connect", "Redirect", "Say", "Hangup", "Reject"}
        else:
            assert reply.body == ""


@pytest.mark.parametrize(("spare_words", "after"), [("", ["Redirect"]), ("We are out.", ["Say", "Hangup"])])
def test_what_follows_the_stream(spare_words: str, after: list[str]) -> None:
    async def main() -> Reply:
        desk = FakeDesk()
        desk.spare_words = spare_words
        return await Webhooks(cast(CallDesk, desk), Tokens(), SENTENCE).voice(SIGNER, {"CallSid": CALL})

    reply = asyncio.run(main())
    assert verbs(reply) == ["Connect", *after]
    assert ElementTree.fromstring(reply.body)[1].text == (
        spare_words or "https://desk.example.com/twilio/continue"
    )


def test_an_old_request_for_a_call_that_is_over_only_hangs_up() -> None:
    async def main() -> tuple[Reply, Reply, FakeDesk]:
        desk, tokens = FakeDesk(), Tokens()
        webhooks = Webhooks(cast(CallDesk, desk), tokens, SENTENCE)
        first = await webhooks.voice(SIGNER, {"CallSid": CALL})
        webhooks.status({"CallSid": CALL, "CallStatus": "completed"})
        again = await webhooks.voice(SIGNER, {"CallSid": CALL})
        assert not tokens.spend(CallId(CALL), "")
        return first, again, desk

    first, again, desk = asyncio.run(main())
    assert verbs(first) == ["Connect", "Redirect"]
    assert verbs(again) == ["Hangup"]
    assert desk.left == [CALL]


@pytest.mark.parametrize(
    ("fields", "transfers", "expected"),
    [
        ({"CallSid": CALL, "DialCallStatus": "completed"}, [(CALL, "over")], ["Hangup"]),
        ({"CallSid": CALL, "DialCallStatus": "answered"}, [(CALL, "over")], ["Hangup"]),
        ({"CallSid": CALL, "DialCallStatus": "busy"}, [(CALL, "refused")], ["Connect", "Redirect"]),
        ({"CallSid": CALL, "DialCallStatus": "no-answer"}, [(CALL, "refused")], ["Connect", "Redirect"]),
        ({"CallSid": CALL, "DialCallStatus": "failed"}, [(CALL, "refused")], ["Connect", "Redirect"]),
        ({"CallSid": CALL, "DialCallStatus": "canceled"}, [(CALL, "refused")], ["Connect", "Redirect"]),
        ({"ParentCallSid": CALL, "CallStatus": "in-progress"}, [(CALL, "answered")], None),
        ({"ParentCallSid": CALL, "CallStatus": "ringing"}, [], None),
    ],
)
def test_how_a_transfer_went(
    fields: dict[str, str], transfers: list[tuple[str, str]], expected: list[str] | None
) -> None:
    async def main() -> Reply:
        desk = FakeDesk(Answer.CONNECT)
        webhooks = Webhooks(cast(CallDesk, desk), Tokens(), SENTENCE)
        await webhooks.voice(SIGNER, {"CallSid": CALL})
        reply = webhooks.transferred(SIGNER, fields)
        assert desk.transfers == transfers
        return reply

    reply = asyncio.run(main())
    assert (verbs(reply) if reply.status == 200 else None) == expected
