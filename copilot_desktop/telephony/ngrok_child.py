"""ngrok's own library in a process of its own, for it has crashed interpreters at their end.

Standard input: one line of JSON, `{"port", "authtoken", "domain"}`; its end is the order to close. Standard
output: JSON lines, each with `event`: "open" (`url`), "alive" every two seconds, "heartbeat" when ngrok's
service answered, "disconnected", "failed" (`code`, `words`). The key appears in none of them.

Started by its path or as the frozen program's `--ngrok-child`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ngrok

HEARTBEAT_EVERY_S = 3
HEARTBEAT_WITHIN_S = 4
ALIVE_EVERY_S = 2.0

_CLOSE_WITHIN_S = 1.0
_SETTLE_S = 0.3
_MAX_WORDS = 200


def main() -> int:
    """Run until the input ends."""
    if os.name == "posix":
        # The end of the input comes together with this signal, and says the same in an orderly way.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    asyncio.run(_run_and_leave())
    return 0


async def _run_and_leave() -> None:
    code = await _run()
    await asyncio.sleep(_SETTLE_S)
    # What crashed was the end of loop and interpreter while the library's threads were still busy.
    os._exit(code)


async def _run() -> int:
    order = json.loads(await asyncio.to_thread(sys.stdin.readline) or "{}")
    if not order:
        return 0
    loop, is_over = asyncio.get_running_loop(), asyncio.Event()
    threading.Thread(target=_wait_for_end, args=(loop, is_over), daemon=True).start()
    opening, ending = asyncio.ensure_future(_open(order)), asyncio.ensure_future(is_over.wait())
    await asyncio.wait({opening, ending}, return_when=asyncio.FIRST_COMPLETED)
    if not opening.done():
        return 0
    try:
        listener, session = opening.result()
    except Exception as error:
        # Whatever it is, the parent must be told; the library raises plain ValueError for all.
        _tell_failure(error, order)
        return 1
    _tell(event="open", url=listener.url())
    while not is_over.is_set():
        _tell(event="alive")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(is_over.wait(), ALIVE_EVERY_S)
    with contextlib.suppress(Exception):
        await asyncio.wait_for(_close(listener, session), _CLOSE_WITHIN_S)
    return 0


async def _open(order: dict[str, Any]) -> tuple[ngrok.Listener, ngrok.Session]:
    import ngrok

    builder = (
        ngrok.SessionBuilder()
        .authtoken(order["authtoken"])
        .heartbeat_interval(HEARTBEAT_EVERY_S)
        .heartbeat_tolerance(HEARTBEAT_WITHIN_S)
        .handle_disconnection(lambda *_: _tell(event="disconnected"))
        # Called with the latency, or without if it is not known.
        .handle_heartbeat(lambda *_: _tell(event="heartbeat"))
    )
    session = await builder.connect()
    endpoint = session.http_endpoint()
    if order["domain"]:
        endpoint = endpoint.domain(order["domain"])
    return await endpoint.listen_and_forward(f"http://127.0.0.1:{order['port']}"), session


async def _close(listener: ngrok.Listener, session: ngrok.Session) -> None:
    await listener.close()
    await session.close()


def _wait_for_end(loop: asyncio.AbstractEventLoop, is_over: asyncio.Event) -> None:
    with contextlib.suppress(OSError):
        while os.read(sys.stdin.fileno(), 4096):
            pass
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(is_over.set)


def _tell(**message: Any) -> None:
    """Write a line, all of it at once: the library calls us from threads of its own."""
    with contextlib.suppress(OSError):
        os.write(sys.stdout.fileno(), json.dumps(message).encode() + b"\n")


def _tell_failure(error: Exception, order: dict[str, Any]) -> None:
    words = " ".join(str(each) for each in error.args) or type(error).__name__
    if order["authtoken"]:
        words = words.replace(order["authtoken"], "***")
    code = re.search(r"ERR_NGROK_(\d+)", words)
    _tell(event="failed", code=int(code[1]) if code else 0, words=" ".join(words.split())[:_MAX_WORDS])


if __name__ == "__main__":
    sys.exit(main())
