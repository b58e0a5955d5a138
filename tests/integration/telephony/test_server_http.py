"""The server's HTTP side: who is let in, what is answered, how it starts and stops."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Callable, Coroutine
from typing import Any, cast
from xml.etree import ElementTree

import httpx
import pytest

from copilot_desktop.calls.desk import Answer, CallDesk
from copilot_desktop.calls.events import CallId
from copilot_desktop.telephony.admission import Counters
from copilot_desktop.telephony.connections import MAX_CONNECTIONS, Connections
from copilot_desktop.telephony.server import PhoneServer, PortTaken
from copilot_desktop.telephony.webhooks import Signer
from tests.support.fake_desk import FakeDesk
from tests.support.serving import PUBLIC_URL, SECRET, Serving, serving
from tests.support.twilio_line import TwilioLine, connect_verb, http_client


def run(act: Callable[[Serving], Coroutine[Any, Any, None]], desk: Callable[[], FakeDesk] = FakeDesk) -> None:
    async def main() -> None:
        async with serving(desk()) as served:
            await act(served)

    asyncio.run(main())


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_signed_call_is_connected(method: str) -> None:
    async def act(served: Serving) -> None:
        line = served.line()
        response = await line.ring(method=method, From="anonymous & co")
        url, token = connect_verb(response)
        assert url == "wss://desk.example.com/twilio/media"
        assert len(token) > 20
        document = ElementTree.fromstring(response.text)
        assert [verb.tag for verb in document] == ["Connect", "Redirect"]
        assert document.findtext("Redirect") == PUBLIC_URL + "/twilio/continue"
        ring = served.desk.rings[0]
        assert (ring.call_id, ring.caller, ring.line) == (line.call_sid, "anonymous & co", "+15550199")
        assert not ring.is_practice

    run(act)


def test_a_declined_call_is_rejected_as_busy() -> None:
    async def act(served: Serving) -> None:
        response = await served.line().ring()
        verbs = list(ElementTree.fromstring(response.text))
        assert [(verb.tag, verb.attrib) for verb in verbs] == [("Reject", {"reason": "busy"})]
        assert response.headers["content-type"].startswith("text/xml")

    run(act, lambda: FakeDesk(Answer.REJECT))


@pytest.mark.allow_warnings
@pytest.mark.parametrize("path", ["/twilio/voice", "/twilio/status"])
@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("signature", ["", "L/OH5YylLD5NRKLltdqwSvS0BnU=", "é"])
def test_without_a_good_signature_nobody_gets_in(
    path: str, method: str, signature: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    async def act(served: Serving) -> None:
        line = served.line()
        fields = line.fields(CallStatus="completed")
        response = await line.request(path, fields, method=method, signature=signature)
        assert response.status_code == 403
        assert served.server.counters.refused == 1
        assert served.desk.rings == []
        assert served.desk.left == []
        assert not any(line.caller in record.getMessage() for record in records_of_ours(caplog))

    run(act)


def records_of_ours(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.name.startswith("copilot")]


@pytest.mark.allow_warnings
def test_a_signature_covers_every_field_and_the_address() -> None:
    async def act(served: Serving) -> None:
        line = served.line()
        fields = line.fields()
        good = line._validator.compute_signature(PUBLIC_URL + "/twilio/voice", fields)
        more = await line.request("/twilio/voice", fields | {"Extra": "1"}, signature=good)
        query = await line.request("/twilio/voice?x=1", fields, signature=good)
        local = TwilioLine(served.local_url, SECRET)
        elsewhere = await local.ring()
        right = await line.request("/twilio/voice", fields, signature=good)
        codes = [response.status_code for response in (more, query, elsewhere, right)]
        assert codes == [403, 403, 403, 200]

    run(act)


def test_an_address_given_out_before_stays_good() -> None:
    async def act(served: Serving) -> None:
        served.server.signers.append(Signer("https://newer.example.com", SECRET))
        served.server.signers.append(Signer(served.local_url, "practice secret", is_practice=True))
        newer = TwilioLine(served.local_url, SECRET, base_url="https://newer.example.com")
        practice = TwilioLine(served.local_url, "practice secret")
        assert connect_verb(await newer.ring())[0] == "wss://newer.example.com/twilio/media"
        assert (
            connect_verb(await served.line().ring())[0]
            == PUBLIC_URL.replace("https", "wss") + "/twilio/media"
        )
        practice_url, _ = connect_verb(await practice.ring())
        assert practice_url == served.local_url.replace("http", "ws") + "/twilio/media"
        assert [ring.is_practice for ring in served.desk.rings] == [False, False, True]

    run(act)


def test_the_same_call_twice_gets_the_same_answer() -> None:
    async def act(served: Serving) -> None:
        line = served.line()
        both = asyncio.gather(line.ring(), line.ring())
        await served.desk.is_ringing.wait()
        await asyncio.sleep(0.05)
        served.desk.decide(CallId(line.call_sid), Answer.CONNECT)
        first, second = await both
        third = await line.ring()
        assert first.text == second.text == third.text

    run(act, lambda: FakeDesk(None))


def test_a_carrier_that_drops_the_held_request_does_not_end_the_ringing() -> None:
    async def act(served: Serving) -> None:
        line = served.line()
        held = asyncio.create_task(line.ring())
        await served.desk.is_ringing.wait()
        held.cancel()
        await asyncio.wait({held})
        await asyncio.wait_for(served.desk.is_dropped.wait(), 2)
        assert served.desk.left == []
        served.desk.decide(CallId(line.call_sid), Answer.CONNECT)
        connect_verb(await line.ring())

    run(act, lambda: FakeDesk(None))


@pytest.mark.parametrize(
    ("status", "is_final"),
    [
        ("completed", True),
        ("busy", True),
        ("failed", True),
        ("no-answer", True),
        ("canceled", True),
        ("in-progress", False),
        ("ringing", False),
        ("", False),
    ],
)
def test_a_final_status_says_that_the_caller_left(status: str, is_final: bool) -> None:
    async def act(served: Serving) -> None:
        line = served.line()
        response = await line.tell_status(status)
        assert (response.status_code, response.content) == (204, b"")
        assert served.desk.left == ([line.call_sid] if is_final else [])

    run(act)


@pytest.mark.parametrize(
    "sid", ["", "CA12", "ca" + "0" * 32, "CA" + "g" * 32, "CA" + "0" * 33, "CA" + "0" * 32 + "\n"]
)
def test_a_call_without_a_proper_sid_is_a_bad_request(sid: str) -> None:
    async def act(served: Serving) -> None:
        line = served.line()
        line.call_sid = sid
        assert (await line.ring()).status_code == 400
        assert (await line.tell_status("completed")).status_code == 400
        assert served.desk.rings == []

    run(act)


def test_a_caller_may_be_any_text_but_not_of_any_length() -> None:
    async def act(served: Serving) -> None:
        name = "sip:someone@example.com;user=" + "x" * 500
        await served.line().ring(From=name)
        assert served.desk.rings[0].caller == name[:120]

    run(act)


@pytest.mark.parametrize("path", ["/twilio/voice", "/twilio/status"])
@pytest.mark.parametrize("is_signed", [True, False])
def test_a_big_body_is_refused(path: str, is_signed: bool) -> None:
    async def act(served: Serving) -> None:
        line = served.line()
        signature = None if is_signed else ""
        for size in (70_000, 3_000_000):
            fields = line.fields(Big="x" * size)
            response = await line.request(path, fields, signature=signature)
            assert response.status_code == 413
        assert served.desk.rings == []

    run(act)


def test_a_big_body_in_chunks_is_refused() -> None:
    async def act(served: Serving) -> None:
        async def chunks() -> Any:
            for _ in range(20):
                yield b"a=" + b"x" * 8000 + b"&"

        headers = {"X-Twilio-Signature": "x", "Content-Type": "application/x-www-form-urlencoded"}
        async with http_client() as client:
            response = await client.post(
                served.local_url + "/twilio/voice", content=chunks(), headers=headers
            )
        assert response.status_code == 413

    run(act)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"CallSid=\xff"),
        ("application/x-www-form-urlencoded", b"a=1&" * 600),
    ],
)
def test_a_broken_form_is_a_bad_request(content_type: str, body: bytes) -> None:
    async def act(served: Serving) -> None:
        headers = {"X-Twilio-Signature": "x", "Content-Type": content_type}
        async with http_client() as client:
            response = await client.post(served.local_url + "/twilio/voice", content=body, headers=headers)
        assert response.status_code == 400

    run(act)


def test_everything_else_is_not_found() -> None:
    async def act(served: Serving) -> None:
        async with http_client(served.local_url) as client:
            for path in (
                "/",
                "/twilio",
                "/twilio/voice/",
                "/health/",
                "/static/x",
                "/favicon.ico",
                "/update",
            ):
                for method in ("GET", "POST"):
                    assert (await client.request(method, path)).status_code == 404, path
            assert (await client.delete("/twilio/voice")).status_code == 405
            assert (await client.get("/twilio/media")).status_code == 404

    run(act)


def test_health_tells_this_servers_nonce() -> None:
    async def act(served: Serving) -> None:
        async with http_client(served.local_url) as client:
            response = await client.get("/health")
            assert response.json() == {"nonce": served.server.nonce}
            assert "server" not in response.headers
        assert len(served.server.nonce) >= 16

    run(act)


def test_a_taken_port_is_said_at_once() -> None:
    async def main() -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            server = PhoneServer(cast(CallDesk, FakeDesk()), lost_stream_sentence="")
            with pytest.raises(PortTaken) as taken:
                await server.start(port)
            assert taken.value.port == port
            await server.stop()
        assert await server.start(port) == port == server.port
        await server.stop()

    asyncio.run(main())


def test_it_starts_again_where_it_stopped() -> None:
    async def main() -> None:
        server = PhoneServer(cast(CallDesk, FakeDesk()), lost_stream_sentence="")
        port = await server.start()
        assert await server.start() == port
        for _ in range(2):
            async with http_client() as client:
                assert (await client.get(f"http://127.0.0.1:{port}/health")).status_code == 200
            await server.stop()
            await server.stop()
            with pytest.raises(OSError, match="onnect"):
                await asyncio.open_connection("127.0.0.1", port)
            assert await server.start(port) == port
        await server.stop()

    asyncio.run(main())


def test_it_stops_while_a_request_is_held_and_a_half_request_hangs() -> None:
    async def main() -> None:
        async with serving(FakeDesk(None)) as served:
            held = asyncio.create_task(served.line().ring())
            await served.desk.is_ringing.wait()
            _, half = await asyncio.open_connection("127.0.0.1", served.server.port)
            half.write(b"POST /twilio/voice HTTP/1.1\r\nHost: x\r\n")
            await half.drain()
            began = time.monotonic()
            await served.server.stop()
            assert time.monotonic() - began < 3
            half.close()
            await asyncio.wait({held})
            assert isinstance(held.exception(), httpx.HTTPError)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not others

    asyncio.run(main())


def test_too_many_connections_are_sent_away() -> None:
    async def act(served: Serving) -> None:
        port = served.server.port
        many = [await asyncio.open_connection("127.0.0.1", port) for _ in range(MAX_CONNECTIONS)]
        async with http_client() as client:
            with pytest.raises(httpx.HTTPError):
                await client.get(served.local_url + "/health")
            assert served.server.counters.refused_connections == 1
            for _, writer in many:
                writer.close()
                await writer.wait_closed()
            async with asyncio.timeout(2):
                while not await answers(client, served):
                    pass

    run(act)


async def answers(client: httpx.AsyncClient, served: Serving) -> bool:
    try:
        return (await client.get(served.local_url + "/health")).status_code == 200
    except httpx.HTTPError:
        return False


def test_a_connection_that_says_nothing_is_dropped() -> None:
    async def main() -> None:
        connections = Connections(None, Counters(), request_within_s=0.1)
        server = await asyncio.start_server(connections.serve, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"POST /twilio/voice HTTP/1.1\r\nHost: x")
        assert await asyncio.wait_for(reader.read(), 2) == b""
        writer.close()
        server.close()
        await connections.finish()
        await connections.end()

    asyncio.run(main())
