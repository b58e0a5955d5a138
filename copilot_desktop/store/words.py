"""Search in every word said. How a database keeps and finds words is in its dialect's module.

Scripts written without spaces are found by whole runs between punctuation only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Boolean, ColumnElement, Connection, Select, bindparam, column, select, table
from sqlalchemy.ext.compiler import compiles

from copilot_desktop.store.postgres_dialect import PostgresWords
from copilot_desktop.store.sqlite_dialect import SqliteWords

_WORDS = table("utterance_words", column("call_id"))
_MOST_WORDS = 16
"""No more of what a user types is looked up; a pasted page must not hold the reader for minutes."""


class Spoken(NamedTuple):
    """One finished utterance, to be found again."""

    call_id: str
    seq: int
    text: str


class WordIndex(Protocol):
    """The full-text index of one kind of database; see `SqliteWords`."""

    def add(self, connection: Connection, spoken: Iterable[Spoken]) -> None: ...
    def remove(self, connection: Connection, call_id: str, seq: int) -> None: ...
    def forget_removed(self, connection: Connection) -> None: ...
    def begins(self, word: str) -> tuple[str, str]:
        """Return a condition as SQL with one %s in it, and the value for that."""
        ...

    def snippets(
        self, connection: Connection, call_ids: Collection[str], words: Sequence[str]
    ) -> dict[str, str]: ...


_INDEXES: dict[str, WordIndex] = {"sqlite": SqliteWords(), "postgresql": PostgresWords()}


def split(typed: str) -> list[str]:
    """Return the words to look for; punctuation alone is none."""
    clean = typed.replace("\0", "")
    return [word for word in clean.split() if any(sign.isalnum() for sign in word)][:_MOST_WORDS]


def add(connection: Connection, spoken: Iterable[Spoken]) -> None:
    """Make utterances findable."""
    _index(connection).add(connection, spoken)


def replace(connection: Connection, spoken: Spoken) -> None:
    """Let an utterance be found by other words, and no more by those that stood there."""
    index = _index(connection)
    index.remove(connection, spoken.call_id, spoken.seq)
    if spoken.text:
        index.add(connection, [spoken])


def forget_what_was_replaced(connection: Connection) -> None:
    """See to it that the index itself holds nothing more of the words that `replace` took out."""
    _index(connection).forget_removed(connection)


def calls_with(word: str) -> Select[tuple[str]]:
    """Return the query for the ids of calls in which a word beginning with `word` was said."""
    return select(_WORDS.c.call_id).where(_Begins(word))


def snippets(connection: Connection, call_ids: Collection[str], words: Sequence[str]) -> dict[str, str]:
    """Return the most fitting words of each call, hits between « and »; calls without a hit are absent."""
    if not call_ids or not words:
        return {}
    return _index(connection).snippets(connection, call_ids, words)


def _index(connection: Connection) -> WordIndex:
    return _INDEXES[connection.dialect.name]


class _Begins(ColumnElement[bool]):
    """A condition whose SQL is only known when the database is."""

    inherit_cache = False
    type = Boolean()
    # Otherwise SQLite, which has no yes and no of its own, is asked for "… = 1".
    _is_implicitly_boolean = True

    def __init__(self, word: str) -> None:
        self.word = word


@compiles(_Begins)
def _compiled(element: _Begins, compiler: Any, **options: Any) -> str:
    sql, value = _INDEXES[compiler.dialect.name].begins(element.word)
    return sql % str(compiler.process(bindparam(None, value, unique=True), **options))
