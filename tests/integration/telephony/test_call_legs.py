"""A call's way through the carrier's documents: streams that follow each other, transfers, and the end."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

import pytest
from websockets.exceptions import ConnectionClosed

from copilot_desktop.calls.events import CallEnded, CallId, CallRinging, Outcome, StateChanged, Treatment
from copilot_desktop.calls.states import CallState
from copilot_desktop.telephony.admission import Signer
from copilot_desktop.telephony.call_control import transfer_twiml
from tests.support.fake_control import FakeControl
from tests.support.real_desk import SETTINGS, RealDesk, run_with_desk, until
from tests.support.serving import LOST_SENTENCE, PUBLIC_URL
from tests.support.twilio_line import TwilioLine, TwilioStream, connect_verb

SILENCE = bytes([0xFF]) * 160
TO = "+12025550123"


async def listen(stream: TwilioStream, duration_ms: int) -> None:
    """Be silent for so long, or until the server closes the stream."""
    with contextlib.suppress(ConnectionClosed):
        await stream.say(SILENCE * (duration_ms // 20))


def state_of(real: RealDesk, line: TwilioLine) -> CallState | None:
    views = [view for view in real.desk.live_calls() if view.call_id == line.call_sid]
    return views[0].state if views else None


def outcome_of(real: RealDesk, line: TwilioLine) -> Outcome:
    return next(
        fact.outcome for fact in real.facts if isinstance(fact, CallEnded) and fact.call_id == line.call_sid
    )


def test_a_broken_stream_comes_back_through_the_redirect() -> None:
    async def act(real: RealDesk) -> None:
        line = real.line()
        answer = await line.ring()
        async with line.stream(connect_verb(answer)[1]) as stream:
            await listen(stream, 800)
            stream.socket.transport.abort()
            await until(lambda: state_of(real, line) is CallState.CONNECTING)
        again = await line.after_stream(answer)
        assert again is not None
        assert connect_verb(again) == connect_verb(answer)
        async with line.stream(connect_verb(again)[1]) as stream:
            await listen(stream, 1500)
            assert len(stream.heard) > 0
        await line.tell_status("completed")
        await until(lambda: state_of(real, line) is None)
        assert real.said(line) == ["Hi.", "We are back."]
        # The stream has ended, and so has the call: nothing comes next.
        assert await line.after_stream(again) is None
        assert line.spoken == []

    run_with_desk(act)


def test_what_we_hung_up_is_hung_up_at_the_carriers_too() -> None:
    control = FakeControl()

    async def act(real: RealDesk) -> None:
        line = real.line()
        answer = await line.ring()
        async with line.stream(connect_verb(answer)[1]) as stream:
            await listen(stream, 200)
            real.desk.hang_up(CallId(line.call_sid))
            assert await stream.closed() == 1000
        assert control.orders == [("hang up",)]
        assert await line.after_stream(answer) is None
        assert (line.has_ended, line.spoken) == (True, [])

    run_with_desk(act, control=control)


def test_a_caller_of_an_earlier_run_gets_a_word() -> None:
    async def act(real: RealDesk) -> None:
        for path in ("/twilio/continue", "/twilio/transferred"):
            line = real.line()
            fields = line.fields(CallStatus="in-progress", DialCallStatus="busy")
            answer = await line.request(path, fields)
            assert answer.text.count("<Say>") == 1
            assert await line.redirected("/twilio/continue") is None
            assert line.spoken == [LOST_SENTENCE]
        assert real.facts == []

    run_with_desk(act)


@pytest.mark.allow_warnings
def test_a_message_is_said_by_us_or_else_by_the_carrier() -> None:
    async def act(real: RealDesk) -> None:
        real.desk.set_ready(False)
        line, unlucky = real.line(), real.line()
        answer = await line.ring()
        async with line.stream(connect_verb(answer)[1]) as stream:
            await listen(stream, 1800)
            assert await stream.closed() == 1000
        assert real.said(line) == ["Nobody is here."]
        assert outcome_of(real, line) is Outcome.MISSED
        real.puppets.voice.is_broken = True
        answer = await unlucky.ring()
        async with unlucky.stream(connect_verb(answer)[1]) as stream:
            await listen(stream, 300)
            assert await stream.closed() == 1000
        assert await unlucky.after_stream(answer) is None
        assert unlucky.spoken == ["Nobody is here."]

    run_with_desk(act, accepts=False)


def test_a_transfer_that_nobody_answers_brings_the_caller_back() -> None:
    control = FakeControl()

    async def act(real: RealDesk) -> None:
        line = real.line()
        async with line.stream(await line.answered_token()) as stream:
            await listen(stream, 600)
            real.desk.transfer(CallId(line.call_sid), TO, "")
            await until(lambda: bool(control.orders))
            await stream.stop()
        (_, to, announcement, url) = control.orders[0]
        assert url == PUBLIC_URL + "/twilio/transferred"
        document = transfer_twiml(to, announcement, url)
        assert state_of(real, line) is CallState.TRANSFERRING
        back = await line.after_dial(document, "no-answer")
        assert back is not None
        async with line.stream(connect_verb(back)[1]) as stream:
            await listen(stream, 1200)
            assert state_of(real, line) is CallState.LIVE
            assert real.said(line)[-1] == "Nobody is there."
            real.desk.transfer(CallId(line.call_sid), TO, "")
            await until(lambda: len(control.orders) == 2)
            await stream.stop()
        leg = await line.tell_dialled_leg(document, "in-progress")
        assert (leg.status_code, leg.content) == (204, b"")
        await until(lambda: state_of(real, line) is None)
        ended = await line.after_dial(document, "completed")
        assert ended is not None
        assert "<Hangup" in ended.text
        assert outcome_of(real, line) is Outcome.TRANSFERRED

    run_with_desk(act, control=control)


def test_reports_may_come_in_any_order_twice_and_about_nobody() -> None:
    async def act(real: RealDesk) -> None:
        line, other = real.line(), real.line()
        async with line.stream(await line.answered_token()) as stream:
            fields = line.fields(CallStatus="in-progress", SequenceNumber="2")
            assert (await line.request("/twilio/status", fields)).status_code == 204
            # An older report arrives late.
            fields = line.fields(CallStatus="completed", SequenceNumber="1")
            assert (await line.request("/twilio/status", fields)).status_code == 204
            await listen(stream, 200)
            assert state_of(real, line) is CallState.LIVE
            for number in ("3", "3", "x", "", "-1", "9" * 5000):
                fields = line.fields(CallStatus="completed", SequenceNumber=number)
                assert (await line.request("/twilio/status", fields)).status_code == 204
        await until(lambda: state_of(real, line) is None)
        assert (await other.tell_status("completed")).status_code == 204
        assert sum(isinstance(fact, CallEnded) for fact in real.facts) == 1

    run_with_desk(act)


def test_a_caller_who_gives_up_while_it_rings() -> None:
    async def act(real: RealDesk) -> None:
        line, dropped = real.line(), real.line()
        held, lost = asyncio.create_task(line.ring()), asyncio.create_task(dropped.ring())
        await until(lambda: len(real.desk.live_calls()) == 2)
        await line.tell_status("no-answer")
        assert "<Reject" in (await held).text
        lost.cancel()
        await until(lambda: not real.desk.live_calls())
        assert [outcome_of(real, each) for each in (line, dropped)] == [Outcome.MISSED, Outcome.MISSED]

    run_with_desk(act, accepts=False)


def test_who_calls_is_told_as_people_write_it() -> None:
    async def act(real: RealDesk) -> None:
        line = real.line()
        await line.ring(
            From="+12025550142",
            CallerName="HARBOR CAFE",
            FromCity="WASHINGTON",
            FromCountry="US",
            To="+12025550199",
        )
        hidden = real.line()
        await hidden.ring(From="+266696687")
        known, withheld = [fact for fact in real.facts if isinstance(fact, CallRinging)]
        assert (known.caller, known.line) == ("+12025550142", "+12025550199")
        assert (known.caller_name, known.place) == ("HARBOR CAFE", "Washington, US")
        assert withheld.caller == "anonymous"

    run_with_desk(act, replace(SETTINGS, ring_s=0.1), accepts=False)


def test_every_signed_call_is_told_and_no_practice_call() -> None:
    async def act(real: RealDesk) -> None:
        signers: list[Signer] = []
        real.server.on_signed_call = signers.append
        real.server.signers.append(Signer(real.local_url, "practice", is_practice=True))
        await real.line().ring()
        assert [signer.base_url for signer in signers] == [PUBLIC_URL]
        await TwilioLine(real.local_url, "practice").ring()
        await real.line().tell_status("completed")
        assert len(signers) == 1

    run_with_desk(act)


def test_a_voicemail_over_the_wire() -> None:
    settings = replace(
        SETTINGS,
        closed=Treatment.VOICEMAIL,
        voicemail_prompt="Speak now.",
        voicemail_thanks="Thanks.",
        voicemail_pause_s=1.0,
    )

    async def act(real: RealDesk) -> None:
        real.desk.set_ready(False)
        line = real.line()
        answer = await line.ring()
        async with line.stream(connect_verb(answer)[1]) as stream:
            await listen(stream, 2200)
            real.puppets.transcriber.words = "Call me back"
            await stream.say(bytes([0x90, 0x10]) * 80 * 40)
            await listen(stream, 3000)
            assert await stream.closed() == 1000
        assert real.said(line) == ["Speak now.", "Call me back", "Thanks."]
        assert outcome_of(real, line) is Outcome.VOICEMAIL
        assert [fact.new for fact in real.facts if isinstance(fact, StateChanged)][-1] is CallState.ENDED

    run_with_desk(act, settings, accepts=False)
