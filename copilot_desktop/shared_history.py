"""Where the history lies, as the settings say; trying a server, and copying a history to it or from it."""

from __future__ import annotations

import argparse
import asyncio
import sys

from copilot_desktop.calls.errors import StoreError
from copilot_desktop.config import SecretKeeper, Settings, plain
from copilot_desktop.store import Shared


def shared_history(settings: Settings, keeper: SecretKeeper | None = None) -> Shared | None:
    """Return where the shared history lies; None: on this computer. May wait for the key store.

    Raises:
        StoreError: the history is shared, but nobody knows where.
    """
    url = plain(settings.database_url)
    if not url and settings.is_history_shared:
        url = plain((keeper or SecretKeeper(settings)).fill(settings).database_url)
        if not url:
            raise StoreError("The history is shared, but its address is missing: set COPILOT_DATABASE_URL.")
    return Shared(url, settings.desk_name) if url else None


def is_kept_for_later(error: StoreError | None) -> bool:
    """Return whether `error` only means that facts wait on this computer for the server."""
    if error is None:
        return False
    from copilot_desktop.store.outbox import FactsWait

    return isinstance(error, FactsWait)


async def try_server(address: str, settings: Settings, keeper: SecretKeeper) -> str:
    """Return in one sentence what is at `address`, or at the one that is kept, if it is empty.

    Raises:
        StoreError: what is wrong, in words.
    """

    def tried() -> str:
        from copilot_desktop.store import shared

        return shared.try_server(address or plain(keeper.fill(settings).database_url))

    return await asyncio.to_thread(tried)


def run_copy(settings: Settings, options: argparse.Namespace) -> int:
    """Copy this computer's history to a server, or a server's to this computer. Returns the exit code.

    Raises:
        StoreError: it could not be copied; what arrived stays, and the next try goes on.
    """
    from copilot_desktop.store import copying

    address = options.to if options.to is not None else options.from_
    if not address:
        shared = shared_history(settings)
        if shared is None:
            raise StoreError("No shared history is set: give its address, or set COPILOT_DATABASE_URL.")
        address = shared.url
    if options.to is not None:
        copied = copying.copy_to_server(settings.data_dir, address, settings.desk_name, _show)
    else:
        copied = copying.copy_from_server(settings.data_dir, address, _show)
    print(f"{copied.new} calls copied; all {copied.total} are there, and every fact was counted.")
    return 0


def _show(done: int, total: int) -> None:
    if done == total or done % 20 == 0:
        print(f"{done} of {total} calls", file=sys.stderr, flush=True)
