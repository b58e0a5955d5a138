"""One realtime session over a real socket: agreed on before use, honest about its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from copilot_desktop.calls.errors import EngineError, EngineFault, EngineRejected, EngineUnavailable
from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from copilot_desktop.engines.server.realtime_link import RealtimeLink, error_code
from tests.support.openai_peer import KEY, Fault, OpenAIPeer, Where

WHERE = Where.REALTIME_TRANSCRIPTION
SESSION: dict[str, Any] = {
    "type": "transcription",
    "audio": {
        "input": {
            "format": {"type": "audio/pcmu"},
            "transcription": {"model": "gpt-live-transcribe"},
            "turn_detection": None,
        }
    },
}


class Desk:
    def __init__(self, peer: OpenAIPeer, connections: OpenAIConnections) -> None:
        self.peer, self._connections = peer, connections

    async def open(self, session: dict[str, Any] = SESSION, key: str = KEY) -> RealtimeLink:
        return await RealtimeLink.open(
            self._connections,
            Endpoint(self.peer.base_url, (), key),
            query={"intent": "transcription"},
            session=session,
            name="the peer",
        )


@asynccontextmanager
async def a_desk() -> AsyncIterator[Desk]:
    connections = OpenAIConnections()
    async with OpenAIPeer() as peer:
        yield Desk(peer, connections)
    await connections.close()


def test_a_session_is_agreed_on_before_it_is_used() -> None:
    async def main() -> None:
        async with a_desk() as desk:
            link = await desk.open()
            assert link.is_open
            assert not link.is_old
            assert link.session["audio"]["input"]["format"] == {"type": "audio/pcmu"}
            link.send({"type": "input_audio_buffer.commit"})
            async for event in link.events():
                assert event["type"] == "error"
                assert error_code(event) == "input_audio_buffer_commit_empty"
                break
            # An error of one order is not the end.
            assert link.is_open
            link.send('{"type":"input_audio_buffer.clear"}')
            assert (await anext(link.events()))["type"] == "input_audio_buffer.cleared"
            await link.close()
            await link.close()
            assert not link.is_open
            assert [event async for event in link.events()] == []
            link.send({"type": "input_audio_buffer.clear"})

    asyncio.run(main())


def test_closing_ends_who_waits() -> None:
    async def main() -> None:
        async with a_desk() as desk:
            link = await desk.open()

            async def listen() -> list[dict[str, Any]]:
                return [event async for event in link.events()]

            task = asyncio.create_task(listen())
            await asyncio.sleep(0)
            await link.close()
            async with asyncio.timeout(1):
                assert await task == []

    asyncio.run(main())


def test_a_cancelled_wait_loses_no_event() -> None:
    async def main() -> None:
        async with a_desk() as desk:
            link = await desk.open()
            events = link.events()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await anext(events)
            link.send({"type": "input_audio_buffer.clear"})
            assert (await anext(events))["type"] == "input_audio_buffer.cleared"
            await link.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault.KEY_REFUSED, EngineFault.KEY_REFUSED),
        (Fault.NO_CREDIT, EngineFault.NO_CREDIT),
        (Fault.MODEL_MISSING, EngineFault.MODEL_MISSING),
        (Fault.REFUSED_SESSION, EngineFault.REQUEST_REFUSED),
    ],
)
def test_a_session_that_is_refused_says_why(fault: Fault, told: EngineFault) -> None:
    async def main() -> None:
        async with a_desk() as desk:
            desk.peer.fail(WHERE, fault)
            with pytest.raises(EngineRejected) as caught:
                await desk.open()
            assert caught.value.fault is told
            await no_sockets(desk.peer)

    asyncio.run(main())


async def no_sockets(peer: OpenAIPeer) -> None:
    async with asyncio.timeout(2):
        while peer.sockets:
            await asyncio.sleep(0.01)


def test_a_wrong_model_within_the_session_is_a_missing_model() -> None:
    async def main() -> None:
        heard = {**SESSION["audio"]["input"], "transcription": {"model": "gpt-dead"}}
        async with a_desk() as desk:
            with pytest.raises(EngineRejected) as caught:
                await desk.open({"type": "transcription", "audio": {"input": heard}})
            assert caught.value.fault is EngineFault.MODEL_MISSING

    asyncio.run(main())


def test_a_link_nobody_listens_to_knows_its_end() -> None:
    async def main() -> None:
        async with a_desk() as desk:
            link = await desk.open()
            await desk.peer.drop()
            async with asyncio.timeout(2):
                while link.is_open:
                    await asyncio.sleep(0.01)
            for _ in range(2):
                with pytest.raises(EngineError) as caught:
                    await anext(link.events())
                assert caught.value.fault is EngineFault.BROKEN_OFF
            link.send({"type": "input_audio_buffer.clear"})
            await link.close()

    asyncio.run(main())


def test_a_line_that_takes_nothing_is_given_up() -> None:
    async def main() -> None:
        async with a_desk() as desk:
            link = await desk.open()
            piece = '{"type":"input_audio_buffer.append","audio":"%s"}' % ("A" * 400_000)

            def flood() -> None:
                # Without a pause: nothing can leave meanwhile.
                for _ in range(10):
                    link.send(piece)

            with pytest.raises(EngineUnavailable) as caught:
                flood()
            assert caught.value.fault is EngineFault.TOO_SLOW
            assert not link.is_open
            await link.close()

    asyncio.run(main())


def test_opening_can_be_cancelled() -> None:
    async def main() -> None:
        async with a_desk() as desk:
            desk.peer.fail(WHERE, Fault.STALL_BEFORE)
            task = asyncio.create_task(desk.open())
            async with asyncio.timeout(4):
                while not desk.peer.sockets:
                    await asyncio.sleep(0.01)
            task.cancel()
            async with asyncio.timeout(2):
                await asyncio.wait({task})
            assert task.cancelled()

    asyncio.run(main())
