"""Asking through the public address: what counts as this program, and what the other answers mean."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme

from copilot_desktop.calls.line import LineError, LineProblem
from copilot_desktop.telephony.helper_programs import free_port
from copilot_desktop.telephony.reachability import Reachability

NONCE = "made-up-nonce"
HERE = b'{"nonce": "made-up-nonce"}'
OK = b"HTTP/1.1 200 OK\r\n"
NOT_REACHABLE, ELSEWHERE = LineProblem.ADDRESS_NOT_REACHABLE, LineProblem.ADDRESS_ELSEWHERE


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """Whom we trust."""
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return made


class Public:
    """A server at https://localhost that answers everything the same."""

    def __init__(self, answer: bytes | None) -> None:
        self._answer = answer
        self.requests: list[str] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one; None: never."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            self.requests.append((await reader.readuntil(b"\r\n\r\n")).decode())
            if self._answer is None:
                await reader.read()
            else:
                writer.write(self._answer)
                await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def public(authority: trustme.CA, answer: bytes | None) -> AsyncIterator[Public]:
    """Run such a server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    each = Public(answer)
    server = await asyncio.start_server(each.serve, "127.0.0.1", 0, ssl=context)
    each.url = f"https://localhost:{server.sockets[0].getsockname()[1]}"
    try:
        yield each
    finally:
        server.close()


def said(status: str, body: bytes, *headers: str) -> bytes:
    """Return an HTTP answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def problem_of(url: str, *, may_be_local: bool = False, within_s: float = 5.0) -> LineError:
    """Return why `url` is not us."""
    with pytest.raises(LineError) as caught:
        await Reachability(NONCE, within_s=within_s, resolve=everywhere).check(url, may_be_local=may_be_local)
    return caught.value


async def everywhere(host: str) -> list[str]:
    """Any name is known to the whole world."""
    return ["93.184.216.34"]


def test_an_answer_in_pieces(authority: trustme.CA) -> None:
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (HERE[:5], HERE[5:]))
    answer = (
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    )

    async def main() -> None:
        async with public(authority, answer) as there:
            await Reachability(NONCE, within_s=5.0).check(there.url)

    asyncio.run(main())


def test_asking_may_be_cancelled(authority: trustme.CA) -> None:
    async def main() -> None:
        async with public(authority, None) as there:
            asking = asyncio.ensure_future(Reachability(NONCE, within_s=60.0).check(there.url))
            async with asyncio.timeout(5):
                while not there.requests:
                    await asyncio.sleep(0.01)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            assert asking.cancelled()

    asyncio.run(main())


@pytest.mark.parametrize("slash", ["", "/"])
def test_this_program_answers(authority: trustme.CA, slash: str) -> None:
    async def main() -> None:
        async with public(authority, said("200 OK", HERE)) as there:
            asker = Reachability(NONCE, within_s=5.0)
            await asker.check(there.url + slash)
            await asker.check(there.url + slash)
        assert len(there.requests) == 2
        request = there.requests[0].lower()
        assert request.startswith("get /health http/1.1")
        assert "ngrok-skip-browser-warning:" in request
        assert "bypass-tunnel-reminder:" in request

    asyncio.run(main())


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (said("200 OK", b'{"nonce": "of another run"}'), ELSEWHERE),
        (said("200 OK", b'["made-up-nonce"]'), ELSEWHERE),
        (said("200 OK", b"<html>Welcome</html>"), ELSEWHERE),
        (said("302 Found", b"", "Location: https://login.example/"), ELSEWHERE),
        (said("200 OK", b"x" * 1_000_000), ELSEWHERE),
        (said("404 Not Found", b"", "ngrok-error-code: ERR_NGROK_3200"), NOT_REACHABLE),
        (said("404 Not Found", b"404"), NOT_REACHABLE),
        (said("502 Bad Gateway", HERE), NOT_REACHABLE),
        (said("530 Origin DNS error", b"error code: 1033"), NOT_REACHABLE),
        (b"SSH-2.0-OpenSSH_9.6\r\n", NOT_REACHABLE),
        (b"", NOT_REACHABLE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 26\r\n\r\n{", NOT_REACHABLE),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n\r\n", ELSEWHERE),
    ],
)
def test_other_answers(authority: trustme.CA, answer: bytes, problem: LineProblem) -> None:
    async def main() -> None:
        async with public(authority, answer) as there:
            assert (await problem_of(there.url)).problem is problem

    asyncio.run(main())


def test_an_own_address_with_nothing_behind_its_name_belongs_to_another_program(
    authority: trustme.CA,
) -> None:
    async def main() -> None:
        async with public(authority, said("404 Not Found", b"404")) as there:
            assert (await problem_of(there.url, may_be_local=True)).problem is ELSEWHERE

    asyncio.run(main())


def test_no_answer_in_time(authority: trustme.CA) -> None:
    async def main() -> None:
        async with public(authority, None) as there:
            error = await problem_of(there.url, within_s=0.3)
            assert (error.problem, error.detail) == (NOT_REACHABLE, "no answer in time")

    asyncio.run(main())


def test_a_certificate_that_nobody_trusts(authority: trustme.CA) -> None:
    async def main() -> None:
        async with public(trustme.CA(), said("200 OK", HERE)) as there:
            error = await problem_of(there.url)
            assert (error.problem, error.detail) == (NOT_REACHABLE, "its certificate is not trusted")

    asyncio.run(main())


def test_nobody_listens_and_nobody_knows_the_name(authority: trustme.CA) -> None:
    async def main() -> None:
        error = await problem_of(f"https://localhost:{free_port()}")
        assert (error.problem, error.detail) == (NOT_REACHABLE, "nothing answers there")
        error = await problem_of("https://no-such-name.invalid")
        assert error.problem is NOT_REACHABLE
        assert "no-such-name" not in str(error)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("addresses", "is_local"),
    [
        (["127.0.0.1"], True),
        (["::1", "192.168.1.20"], True),
        (["10.0.0.8", "fe80::1%eth0", "100.64.1.1", "fd00::7"], True),
        ([], True),
        (["192.168.1.20", "93.184.216.34"], False),
        (["2606:2800:220:1::1"], False),
    ],
)
def test_a_name_that_leads_nowhere_outside(
    authority: trustme.CA, addresses: list[str], is_local: bool
) -> None:
    async def resolve(host: str) -> list[str]:
        return addresses

    async def main() -> None:
        async with public(authority, said("200 OK", HERE)) as there:
            asker = Reachability(NONCE, within_s=5.0, resolve=resolve)
            # A tunnel's address is outside by what it is.
            await asker.check(there.url)
            if not is_local:
                await asker.check(there.url, may_be_local=True)
                return
            with pytest.raises(LineError) as caught:
                await asker.check(there.url, may_be_local=True)
            assert caught.value.problem is NOT_REACHABLE

    asyncio.run(main())
