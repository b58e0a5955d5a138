"""The queue towards one stream."""

from __future__ import annotations

import asyncio
import json

from copilot_desktop.telephony.outbound import MAX_QUEUED_BYTES, MAX_QUEUED_MESSAGES, Outbound


class Wire:
    """Takes messages one by one, as long as it is open."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.is_open = asyncio.Event()
        self.is_open.set()
        self.now_ms = 0.0

    async def write(self, text: str) -> None:
        await self.is_open.wait()
        self.events.append(json.loads(text)["event"])

    def outbound(self) -> Outbound:
        outbound = Outbound(self.write, lambda: self.now_ms)
        outbound.open("MZ1")
        return outbound


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_order_is_kept_and_clear_overtakes() -> None:
    async def main() -> None:
        wire = Wire()
        outbound = wire.outbound()
        writer = asyncio.create_task(outbound.write_all())
        outbound.send(b"a" * 160)
        outbound.mark("1")
        await settle()
        assert wire.events == ["media", "mark"]
        wire.is_open.clear()
        outbound.send(b"b" * 160)
        await settle()
        outbound.send(b"c" * 160)
        outbound.mark("2")
        outbound.clear()
        outbound.send(b"d" * 160)
        wire.is_open.set()
        await settle()
        assert wire.events == ["media", "mark", "media", "clear", "media"]
        outbound.close()
        await writer

    asyncio.run(main())


def test_what_is_too_much_is_dropped_and_counted() -> None:
    async def main() -> None:
        outbound = Wire().outbound()
        for _ in range(MAX_QUEUED_BYTES // 1600 + 3):
            outbound.send(b"x" * 1600)
        assert outbound.dropped_count == 3
        outbound.clear()
        for number in range(MAX_QUEUED_MESSAGES):
            outbound.mark(str(number))
        assert outbound.dropped_count == 4
        outbound.clear()
        outbound.send(b"x" * 160)
        assert outbound.dropped_count == 4

    asyncio.run(main())


def test_a_write_that_hangs_is_seen() -> None:
    async def main() -> None:
        wire = Wire()
        outbound = wire.outbound()
        writer = asyncio.create_task(outbound.write_all())
        await settle()
        wire.is_open.clear()
        wire.now_ms = 100.0
        assert outbound.stuck_for_ms(5000.0) == 0.0
        outbound.mark("1")
        await settle()
        assert outbound.stuck_for_ms(2200.0) == 2100.0
        wire.is_open.set()
        await settle()
        assert outbound.stuck_for_ms(9000.0) == 0.0
        outbound.close()
        await writer

    asyncio.run(main())


def test_nothing_goes_out_before_the_stream_is_known_or_after_the_end() -> None:
    async def main() -> None:
        wire = Wire()
        outbound = Outbound(wire.write, lambda: 0.0)
        writer = asyncio.create_task(outbound.write_all())
        outbound.send(b"x" * 160)
        outbound.clear()
        outbound.open("MZ1")
        outbound.send(b"")
        await settle()
        outbound.close()
        outbound.send(b"x" * 160)
        outbound.mark("late")
        await writer
        assert wire.events == []

    asyncio.run(main())
