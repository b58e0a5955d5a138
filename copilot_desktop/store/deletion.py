"""Takes whole calls out of the history, with everything that is kept of them."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable

from sqlalchemy import Engine, column, delete, table

from copilot_desktop.calls.events import CallId
from copilot_desktop.store import tables, words
from copilot_desktop.store.database import empty_log, translated
from copilot_desktop.store.recordings import WavRecordings

log = logging.getLogger("copilot.store")

_AT_ONCE = 200
_WORDS = table("utterance_words", column("call_id"))


def delete_calls(engine: Engine, recordings: WavRecordings, calls: Collection[CallId]) -> int:
    """Delete facts, words, reports and recordings of `calls`; return how many calls were there.

    Blocks. The sound goes first: what cannot be deleted stays in the list. Nothing of it is left on the disk
    that the program could find again. Raises StoreError.
    """
    wanted = list(dict.fromkeys(calls))
    count = 0
    for at in range(0, len(wanted), _AT_ONCE):
        some = wanted[at : at + _AT_ONCE]
        gone = [call for call in some if recordings.delete(call)]
        count += _delete_rows(engine, gone)
    if count:
        empty_log(engine)
    return count


def _delete_rows(engine: Engine, calls: Iterable[CallId]) -> int:
    ids = [str(call) for call in calls]
    with translated("Calls could not be deleted"), engine.begin() as connection:
        connection.execute(delete(_WORDS).where(_WORDS.c.call_id.in_(ids)))
        words.forget_what_was_replaced(connection)
        # The call itself first: its figures are written under a lock on that row, and after it no more.
        count = connection.execute(delete(tables.calls).where(tables.calls.c.call_id.in_(ids))).rowcount
        for kept in tables.metadata.sorted_tables:
            if kept is not tables.calls and "call_id" in kept.c:
                connection.execute(delete(kept).where(kept.c.call_id.in_(ids)))
        return count
