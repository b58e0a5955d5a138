"""Writes to the shared history, and to this computer's disk while the server is away: no fact is lost."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from uuid import uuid4

from copilot_desktop.calls.errors import StoreError
from copilot_desktop.calls.events import CallEvent
from copilot_desktop.store.hiding import Hiding
from copilot_desktop.store.spool import Spool

log = logging.getLogger("copilot.store")

_RETRY_S = (0.5, 1.0, 2.0, 5.0)


class FactsWait(StoreError):
    """The server is away; nothing is lost, for facts are kept on this computer until it is back."""


class Outbox:
    """`write` belongs to the journal's thread and never waits for a server that is known to be away.

    `send(events, batch)` keeps a batch over there, once however often it comes, or raises StoreError.
    Batches arrive in their order: while older ones wait on the disk, newer ones go behind them.
    """

    def __init__(
        self,
        send: Callable[[Sequence[CallEvent], str], None],
        spool: Spool,
        hiding: Hiding,
        *,
        on_problem: Callable[[StoreError | None], None] = lambda error: None,
        retry_s: Sequence[float] = _RETRY_S,
    ) -> None:
        self._send, self._spool, self._hiding = send, spool, hiding
        self._on_problem, self._retry_s = on_problem, retry_s
        self._lock = threading.RLock()
        """For the spool, and for who sends."""
        self._closing = threading.Event()
        self._sender: threading.Thread | None = None

    def send_waiting(self) -> None:
        """Send all that waits since an earlier run. Blocks. Raises StoreError where the server is away."""
        while (oldest := self._spool.first()) is not None:
            self._send_one(*oldest)

    def is_away(self) -> None:
        """Begin without the server: everything waits on the disk until it is there."""
        with self._lock:
            self._start()

    def write(self, events: Sequence[CallEvent]) -> None:
        """Keep `events` over there or on the disk. Raises StoreError if neither can be done."""
        hidden = self._hiding.batch(events)
        batch = uuid4().hex
        with self._lock:
            is_away = self._sender is not None
            if is_away:
                self._spool.add(batch, hidden)
        if not is_away:
            self._send_or_spool(batch, hidden)
        self._hiding.written()

    def close(self) -> None:
        """Stop sending; what waits is sent by the next run. Blocks for one try at most."""
        self._closing.set()
        sender = self._sender
        if sender is not None:
            sender.join(20)
        self._spool.close()

    def _send_or_spool(self, batch: str, hidden: Sequence[CallEvent]) -> None:
        try:
            self._send(hidden, batch)
        except StoreError as error:
            with self._lock:
                self._spool.add(batch, hidden)
                self._start()
            log.warning("%s; facts wait on this computer", error)
            self._on_problem(FactsWait(str(error)))

    def _start(self) -> None:
        self._sender = threading.Thread(target=self._run, name="history outbox", daemon=True)
        self._sender.start()

    def _run(self) -> None:
        failures = 0
        while not self._closing.wait(self._retry_s[min(failures, len(self._retry_s) - 1)]):
            try:
                while not self._closing.is_set() and self._send_next():
                    failures = 0
            except StoreError as error:
                failures += 1
                log.info("%s; trying again", error)
                continue
            except Exception:
                failures += 1
                log.exception("what waits for the shared history cannot be sent")
                continue
            if self._is_over():
                return

    def _send_next(self) -> bool:
        with self._lock:
            oldest = self._spool.first()
        if oldest is None:
            # Nothing waits; but is anybody there to take the next?
            self._send((), "")
            return False
        self._send_one(*oldest)
        return True

    def _send_one(self, batch: str, events: list[CallEvent], place: int) -> None:
        self._send(events, batch)
        with self._lock:
            self._spool.done(place)

    def _is_over(self) -> bool:
        with self._lock:
            if self._closing.is_set() or self._spool.first() is not None:
                return self._closing.is_set()
            self._sender = None
        log.info("the shared history can be reached again, and has everything")
        self._on_problem(None)
        return True
