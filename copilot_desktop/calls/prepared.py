"""Prepared: an answer that is made before it is wanted, and handed out once it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from copilot_desktop.calls.errors import EngineError
from copilot_desktop.calls.ports import Conversation, Draft


class Prepared:
    """The answer to one standing of the talk, perhaps still in the making.

    For a `Reply` it is the writer: it gives what is made, once it is.
    """

    def __init__(self, talk: Conversation, note: str) -> None:
        self.talk, self.note = talk, note
        self.origin = ""
        self._made: asyncio.Future[Draft] = asyncio.get_running_loop().create_future()
        self._task: asyncio.Task[None] | None = None

    @property
    def draft(self) -> Draft | None:
        """The answer, once it is made."""
        is_made = self._made.done() and not self._made.cancelled() and self._made.exception() is None
        return self._made.result() if is_made else None

    @property
    def is_nothing(self) -> bool:
        """It is made, and there is nothing to say: the caller comes next."""
        return self.draft is not None and not self.draft.text.strip()

    @property
    def has_failed(self) -> bool:
        """True once it is certain that nothing comes."""
        return self._made.done() and self.draft is None

    def run(self, task: asyncio.Task[None]) -> None:
        """`task` makes it."""
        self._task = task

    def set(self, draft: Draft, origin: str) -> None:
        """It is made."""
        self.origin = origin
        if not self._made.done():
            self._made.set_result(draft)

    def fail(self, error: EngineError) -> None:
        """It will not be made."""
        if not self._made.done():
            self._made.set_exception(error)
            # Perhaps nobody ever asks.
            self._made.exception()

    def give_up(self) -> None:
        """Stop making it."""
        if self._task is not None:
            self._task.cancel()

    async def reply(self, talk: Conversation) -> AsyncIterator[Draft]:
        """Yield the answer. Who stops listening ends its making. Raises EngineError."""
        try:
            yield await asyncio.shield(self._made)
        finally:
            self.give_up()

    async def alternatives(self, talk: Conversation, answer: str) -> Sequence[Draft]:
        """Return none."""
        return ()
