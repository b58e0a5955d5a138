"""What only PostgreSQL does its own way: how a shared history is reached and locked, and its word index."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    cast,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.engine.interfaces import DBAPIConnection

from copilot_desktop.store.tokens import snippet, tokens

if TYPE_CHECKING:
    from copilot_desktop.store.words import Spoken

CONNECT_S = 5
STATEMENT_S = 10
OLDEST_SERVER = 12
_SILENCE_S = 15
"""A server that does not answer for so long is away: then we say so, and its locks are let go of."""
_SESSION = (
    f"-c statement_timeout={STATEMENT_S * 1000}",
    f"-c idle_in_transaction_session_timeout={_SILENCE_S * 2000}",
    "-c tcp_keepalives_idle=15 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3",
    "-c timezone=UTC",
)
_LONGEST_WORD, _LAST_PLACE = 500, 16383
_MIGRATION = "ai call copilot: migration"

_words = Table(
    "utterance_words",
    MetaData(),
    Column("call_id", String(64), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("words", TSVECTOR, nullable=False),
)


class DeskInUse(Exception):
    """Another program writes for the same desk."""


def connect(url: str, *, is_writer: bool, desk_id: str = "") -> Engine:
    """Return the way to the database at `url`; nothing is opened yet.

    With `desk_id` there is one connection, which holds that desk for itself as long as it lives; to connect
    raises DeskInUse where another does.
    """
    size = {"pool_size": 1, "max_overflow": 0} if desk_id else {"pool_size": 2, "max_overflow": 1}
    engine = create_engine(
        url,
        connect_args={
            "connect_timeout": CONNECT_S,
            "options": " ".join(_SESSION),
            "keepalives_idle": _SILENCE_S,
            "keepalives_interval": 5,
            "keepalives_count": 2,
            "tcp_user_timeout": _SILENCE_S * 1000,
            "application_name": "AI Call CoPilot",
            # Prepared statements do not survive the poolers that stand before some servers.
            "prepare_threshold": None,
        },
        pool_pre_ping=True,
        pool_timeout=CONNECT_S,
        hide_parameters=True,
        **size,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: DBAPIConnection, _record: object) -> None:
        try:
            _set_up(connection, is_writer=is_writer, desk_id=desk_id)
        except BaseException:
            connection.close()
            raise

    return engine


def _set_up(connection: DBAPIConnection, *, is_writer: bool, desk_id: str) -> None:
    with connection.cursor() as cursor:  # type: ignore[attr-defined]
        if not is_writer:
            cursor.execute("SET default_transaction_read_only = on")
        if desk_id:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", (_key(f"desk {desk_id}"),))
            if not cursor.fetchone()[0]:
                raise DeskInUse
    connection.commit()


def wait_for_migrations(connection: Connection) -> None:
    """Be the only one that changes tables until the transaction ends."""
    connection.execute(select(func.pg_advisory_xact_lock(_key(_MIGRATION))))


def server_version(connection: Connection) -> int:
    """Return the server's main version."""
    return int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10_000


def _key(name: str) -> int:
    """Return the number of a lock; they are shared with whatever else uses the database."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


class PostgresWords:
    """The words said, in a table with a tsvector, taken apart as SQLite does it.

    The vector and the query are made here, not by the server's parser, which takes hosts, numbers with signs
    and words with hyphens for one, and knows nothing of accents.
    """

    def add(self, connection: Connection, spoken: Iterable[Spoken]) -> None:
        """Make utterances findable."""
        rows = [{**entry._asdict(), "text": _clean(entry.text)} for entry in spoken]
        if rows:
            vector = cast(bindparam("vector", type_=Text), TSVECTOR)
            connection.execute(
                insert(_words).values(words=vector), [{**row, "vector": _vector(row["text"])} for row in rows]
            )

    def remove(self, connection: Connection, call_id: str, seq: int) -> None:
        """Let an utterance be found no more."""
        connection.execute(delete(_words).where(_words.c.call_id == call_id, _words.c.seq == seq))

    def forget_removed(self, connection: Connection) -> None:
        """Nothing to do: what a transaction took out is not found, and its space belongs to the server."""

    def begins(self, word: str) -> tuple[str, str]:
        """Return the condition that an utterance has a word beginning with `word`: SQL, and its value."""
        return "utterance_words.words @@ CAST(%s AS tsquery)", _query(word)

    def snippets(
        self, connection: Connection, call_ids: Collection[str], words: Sequence[str]
    ) -> dict[str, str]:
        """Return the most fitting words of each call, hits between « and »."""
        any_word = " | ".join(filter(None, map(_query, words)))
        query = (
            select(_words.c.call_id, _words.c.text)
            .where(
                _words.c.words.op("@@")(cast(bindparam("any_word", any_word, Text), TSQUERY)),
                _words.c.call_id.in_(call_ids),
            )
            .order_by(_words.c.seq)
        )
        best: dict[str, tuple[int, str]] = {}
        for call_id, said in connection.execute(query):
            found = snippet(said, words)
            if found[0] > best.get(call_id, (0, ""))[0]:
                best[call_id] = found
        return {call_id: shown for call_id, (_, shown) in best.items()}


def _vector(said: str) -> str:
    places: dict[str, list[str]] = {}
    for place, token in enumerate(tokens(said), start=1):
        places.setdefault(token.word[:_LONGEST_WORD], []).append(str(min(place, _LAST_PLACE)))
    return " ".join(f"'{word}':{','.join(found[:255])}" for word, found in places.items())


def _query(word: str) -> str:
    """Return the words in `word` one behind the other, the last as a beginning; letters and digits only."""
    parts = [f"'{token.word[:_LONGEST_WORD]}'" for token in tokens(word)]
    return "(" + " <-> ".join([*parts[:-1], parts[-1] + ":*"]) + ")" if parts else ""


def _clean(said: str) -> str:
    """Return `said` without the one sign that PostgreSQL cannot keep; it parts words, so a space does it."""
    return said.replace("\0", " ")
