"""Search in every word said. The one place that speaks SQLite's full-text dialect.

Another database needs its own `add`, `calls_with` and `snippets` here, and its own index in `migrations/`.
Scripts written without spaces are found by whole runs between punctuation only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    column,
    delete,
    func,
    insert,
    literal_column,
    select,
    table,
    text,
)

_WORDS = table("utterance_words", column("text"), column("call_id"), column("seq"))
_INDEX: ColumnElement[str] = literal_column("utterance_words")
_SNIPPET_WORDS = 12
_MOST_WORDS = 16
"""No more of what a user types is looked up; a pasted page must not hold the reader for minutes."""


class Spoken(NamedTuple):
    """One finished utterance, to be found again."""

    call_id: str
    seq: int
    text: str


def split(typed: str) -> list[str]:
    """Return the words to look for; punctuation alone is none."""
    return [word for word in typed.split() if any(sign.isalnum() for sign in word)][:_MOST_WORDS]


def add(connection: Connection, spoken: Iterable[Spoken]) -> None:
    """Make utterances findable."""
    rows = [entry._asdict() for entry in spoken]
    if rows:
        connection.execute(insert(_WORDS), rows)


def replace(connection: Connection, spoken: Spoken) -> None:
    """Let an utterance be found by other words, and no more by those that stood there."""
    here = (_WORDS.c.call_id == spoken.call_id) & (_WORDS.c.seq == spoken.seq)
    connection.execute(delete(_WORDS).where(here))
    if spoken.text:
        add(connection, [spoken])


def forget_what_was_replaced(connection: Connection) -> None:
    """Write the index anew without the words that `replace` took out, which it would keep for a while."""
    connection.execute(text("INSERT INTO utterance_words(utterance_words) VALUES ('optimize')"))


def calls_with(word: str) -> Select[tuple[str]]:
    """Return the query for the ids of calls in which a word beginning with `word` was said."""
    return select(_WORDS.c.call_id).where(_INDEX.op("MATCH")(_starting_with(word)))


def snippets(connection: Connection, call_ids: Collection[str], words: Sequence[str]) -> dict[str, str]:
    """Return the most fitting words of each call, hits between « and »; calls without a hit are absent."""
    if not call_ids or not words:
        return {}
    any_word = " OR ".join(_starting_with(word) for word in words)
    shown = func.snippet(_INDEX, 0, "«", "»", "…", _SNIPPET_WORDS)
    query = (
        select(_WORDS.c.call_id, shown)
        .where(_INDEX.op("MATCH")(any_word), _WORDS.c.call_id.in_(call_ids))
        .order_by(literal_column("rank"), _WORDS.c.seq)
    )
    best: dict[str, str] = {}
    for call_id, snippet in connection.execute(query):
        best.setdefault(call_id, snippet)
    return best


def _starting_with(word: str) -> str:
    """Return `word` as a quoted prefix, so that nothing the user typed is read as an operator."""
    return '"' + word.replace('"', '""').replace("\0", "") + '"*'
