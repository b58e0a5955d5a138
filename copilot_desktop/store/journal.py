"""Takes facts without ever waiting, and has them on disk in order within a quarter of a second."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from itertools import islice

from copilot_desktop.calls.errors import StoreError
from copilot_desktop.calls.events import CallEvent, Fact
from copilot_desktop.store.encoding import is_kept

log = logging.getLogger("copilot.store")

OnProblem = Callable[[StoreError | None], None]
"""Told once when writing begins to fail or facts are lost, and with None when all is written again.

Called from any thread; must not wait.
"""

QUEUE_LIMIT = 10_000
_BATCH_LIMIT = 500
_GATHER_S = 0.05
"""How long the first fact of a batch waits for others: far below 250 ms, and at most 20 commits a second."""
_RETRY_S = (0.1, 0.25, 0.5, 1.0, 2.0)


class Journal:
    """One queue, one thread. `write` keeps a batch or raises StoreError; only that thread calls it."""

    def __init__(
        self,
        write: Callable[[Sequence[CallEvent]], None],
        *,
        on_problem: OnProblem = lambda error: None,
        queue_limit: int = QUEUE_LIMIT,
        retry_s: Sequence[float] = _RETRY_S,
    ) -> None:
        self._write, self._on_problem = write, on_problem
        self._queue_limit, self._retry_s = queue_limit, retry_s
        self._waiting: deque[CallEvent] = deque()
        self._changed = threading.Condition()
        self._taken = self._written = 0
        self._flushes: deque[tuple[int, Future[None]]] = deque()
        self._is_failing = self._is_full = self._is_closing = False
        self._give_up_at = float("inf")
        self.lost = 0
        """Facts that found the queue full, or came after `close`."""
        # A daemon, so that a program that crashes before close() still ends.
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def append(self, event: Fact) -> None:
        """Queue `event` for the disk; never waits. Facts that are not kept are ignored."""
        if not isinstance(event, CallEvent) or not is_kept(event):
            return
        with self._changed:
            if self._is_closing:
                self.lost += 1
                return
            if len(self._waiting) >= self._queue_limit:
                self.lost += 1
                is_news, self._is_full = not self._is_full, True
            else:
                self._waiting.append(event)
                self._taken += 1
                self._changed.notify()
                return
        if is_news:
            log.error("the call history cannot keep up; facts are being lost")
            self._tell(StoreError("The call history cannot keep up; parts of it will be missing."))

    async def flush(self) -> None:
        """Return when everything appended before is on disk. Raises StoreError if it cannot be written now.

        Cancelling stops the waiting, not the writing.
        """
        await asyncio.wrap_future(self._ask_flush())

    def flush_now(self, limit_s: float) -> None:
        """The same for a thread that may block, for at most `limit_s`."""
        try:
            self._ask_flush().result(limit_s)
        except TimeoutError:
            raise StoreError("The call history could not be written in time.") from None

    def close(self, limit_s: float = 3.0) -> None:
        """Write what waits, for at most `limit_s`, then stop. Blocks. Safe to call twice.

        Raises:
            StoreError: something could not be written and is lost.
        """
        with self._changed:
            self._is_closing = True
            self._give_up_at = time.monotonic() + limit_s
            self._changed.notify()
        # One write may still be waiting for a lock when the limit is reached.
        self._thread.join(limit_s + 1.0)
        if self._waiting or self._thread.is_alive():
            raise StoreError("The last part of the call history could not be written.")

    def _ask_flush(self) -> Future[None]:
        done: Future[None] = Future()
        with self._changed:
            if self._written >= self._taken:
                done.set_result(None)
            elif not self._thread.is_alive():
                done.set_exception(StoreError("The call history is closed."))
            else:
                self._flushes.append((self._taken, done))
                self._changed.notify()
        return done

    # The thread.

    def _run(self) -> None:
        failures = 0
        while batch := self._next_batch():
            try:
                self._write(batch)
            except StoreError as error:
                self._failed(error)
                if not self._may_retry(self._retry_s[min(failures, len(self._retry_s) - 1)]):
                    break
                failures += 1
            except Exception:
                # Nobody above this thread would hear of it, and one bad batch must not cost all that follow.
                log.exception("a batch of %d facts is lost", len(batch))
                self._tell(StoreError("A part of the call history is lost."))
                self._done_with(len(batch))
            else:
                failures = 0
                self._done_with(len(batch))
        self._answer_flushes(StoreError("The call history is closed."))

    def _next_batch(self) -> list[CallEvent]:
        """Wait for facts and return the first of them, which stay queued until written; empty: closing."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_closing)
            gather_until = time.monotonic() + _GATHER_S
            while not self._is_urgent() and (left_s := gather_until - time.monotonic()) > 0:
                self._changed.wait(left_s)
            return list(islice(self._waiting, _BATCH_LIMIT))

    def _is_urgent(self) -> bool:
        return bool(self._flushes) or self._is_closing or len(self._waiting) >= _BATCH_LIMIT

    def _done_with(self, count: int) -> None:
        with self._changed:
            for _ in range(count):
                self._waiting.popleft()
            self._written += count
            is_news = self._is_failing or (self._is_full and not self._waiting)
            self._is_failing = False
            self._is_full = self._is_full and bool(self._waiting)
        self._answer_flushes(None)
        if is_news:
            self._tell(None)

    def _failed(self, error: StoreError) -> None:
        is_news, self._is_failing = not self._is_failing, True
        self._answer_flushes(error)
        if is_news:
            log.error("%s; trying again", error)
            self._tell(error)

    def _may_retry(self, after_s: float) -> bool:
        """Wait before the next try; False when closing has taken too long."""
        with self._changed:
            if not self._is_closing:
                self._changed.wait_for(lambda: self._is_closing, after_s)
            else:
                self._changed.wait(_GATHER_S)
            return time.monotonic() < self._give_up_at

    def _answer_flushes(self, error: StoreError | None) -> None:
        """Tell those whose facts are written; on `error` tell all, for they must not wait for ever."""
        answered: list[Future[None]] = []
        with self._changed:
            while self._flushes and (error or self._flushes[0][0] <= self._written):
                answered.append(self._flushes.popleft()[1])
        for done in answered:
            # A cancelled one takes no answer.
            if done.set_running_or_notify_cancel():
                done.set_exception(error) if error else done.set_result(None)

    def _tell(self, error: StoreError | None) -> None:
        try:
            self._on_problem(error)
        except Exception:
            log.exception("the listener for problems of the history failed")
