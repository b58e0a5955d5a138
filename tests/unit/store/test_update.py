"""A history that any earlier version wrote is there after an update; a newer one's is not touched."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from copilot_desktop.calls.archive import CallQuery
from copilot_desktop.calls.errors import StoreError
from copilot_desktop.calls.events import CallEnded, CallId, CallRinging, Outcome, Party, UtteranceFinished
from copilot_desktop.store import migrate, open_store
from tests.unit.store.stories import ended, keep, ringing, said

VERSIONS = Path(migrate.__file__).parent / "migrations" / "versions"
STEPS = sorted(path.name[1:5] for path in VERSIONS.glob("v*.py"))
BODIES = (
    (
        "call_ringing",
        0,
        '{"caller":"+15550100142","line":"+15550100100","started_at":"2026-03-12T14:28:00Z"}',
    ),
    (
        "utterance_finished",
        1500,
        '{"utterance_id":"u1","party":"caller","text":"Where is my order?","start_ms":1000,"end_ms":1500}',
    ),
    ("call_ended", 9000, '{"outcome":"completed","duration_ms":9000}'),
)
"""As the first version wrote them. Never change these: they lie on people's disks."""


def as_of(step: str, file: Path) -> None:
    """Make a history as the version with that step left it, with one call."""
    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent))
    config.set_main_option("path_separator", "os")
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, step)
    engine.dispose()
    database = sqlite3.connect(file)
    database.execute(
        "INSERT INTO calls VALUES ('old', '2026-03-12 14:28:00', '+15550100142', '+15550100100', 0, "
        "'completed', 9000, 'caller', (SELECT value FROM about WHERE name = 'desk_id'), '')"
    )
    for seq, (kind, at_ms, body) in enumerate(BODIES):
        database.execute("INSERT INTO events VALUES ('old', ?, ?, ?, 1, ?)", (seq, at_ms, kind, body))
    database.execute(
        "INSERT INTO utterance_words (text, call_id, seq) VALUES ('Where is my order?', 'old', 1)"
    )
    database.commit()
    database.close()


@pytest.mark.parametrize("step", STEPS)
def test_every_earlier_history_is_opened_read_searched_and_gone_on_with(tmp_path: Path, step: str) -> None:
    as_of(step, tmp_path / "calls.sqlite3")
    for _ in range(2):
        store = open_store(tmp_path)
        rang, spoke, over = asyncio.run(store.read(CallId("old")))
        assert isinstance(rang, CallRinging)
        assert rang.caller == "+15550100142"
        assert isinstance(spoke, UtteranceFinished)
        assert (spoke.party, spoke.text) == (Party.CALLER, "Where is my order?")
        assert isinstance(over, CallEnded)
        assert over.outcome is Outcome.COMPLETED
        found = asyncio.run(store.find(CallQuery(words="order")))
        assert "old" in [call.call_id for call in found.calls]
        store.close()
    store = open_store(tmp_path)
    keep(store, ringing("new"), said("new", "another order"), ended("new"))
    asyncio.run(store.flush())
    assert asyncio.run(store.count(CallQuery(words="order"), 9)) == 2
    store.close()


def test_the_steps_are_all_there_and_the_last_is_ours() -> None:
    assert STEPS[0] == "0001"
    assert STEPS[-1] == migrate.HEAD


def test_a_newer_history_is_refused_in_words_and_not_touched(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    file = tmp_path / "calls.sqlite3"
    with sqlite3.connect(file) as database:
        database.execute("UPDATE alembic_version SET version_num = '0999'")
        database.execute("CREATE TABLE of_tomorrow (words TEXT)")
    database.close()
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    with pytest.raises(StoreError, match="newer version of this program. Update the program"):
        open_store(tmp_path)
    assert hashlib.sha256(file.read_bytes()).hexdigest() == before
