"""What judges and people said about calls, kept beside the facts. To this room it is text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, func, insert, select

from copilot_desktop.store import tables
from copilot_desktop.store.database import translated

_CANNOT_WRITE = "The judgement could not be written"
_CANNOT_READ = "The judgement cannot be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJudgement:
    """One verdict on a call. `verdict` and `raw` are JSON: what stands after the check, and what came."""

    judged_at: datetime
    form_id: str
    form_version: int
    prompt_hash: str
    judge: str
    verdict: str
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptObjection:
    """A person's answer in the place of another."""

    criterion_id: str
    old_answer: str
    new_answer: str
    made_by: str
    made_at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptJudgement:
    """A verdict with the objections to it, in their order. Version 0: no AI has judged, only a person."""

    version: int
    judgement: NewJudgement | None
    objections: tuple[KeptObjection, ...] = ()


_FIELDS = ("judged_at", "form_id", "form_version", "prompt_hash", "judge", "verdict", "raw")
_OBJECTION_FIELDS = ("criterion_id", "old_answer", "new_answer", "made_by", "made_at", "reason")


def add(engine: Engine, call_id: str, judgement: NewJudgement) -> int:
    """Keep a verdict as the newest version, and return its number. Blocks. Raises StoreError."""
    columns = tables.judgements.c
    last = select(func.max(columns.version)).where(columns.call_id == call_id)
    with translated(_CANNOT_WRITE), engine.begin() as connection:
        version = (connection.execute(last).scalar() or 0) + 1
        values = {name: getattr(judgement, name) for name in _FIELDS}
        connection.execute(insert(tables.judgements).values(call_id=call_id, version=version, **values))
    return version


def object_to(engine: Engine, call_id: str, version: int, objection: KeptObjection) -> None:
    """Keep a person's answer beside a version's. Blocks. Raises StoreError."""
    columns = tables.objections.c
    of_version = (columns.call_id == call_id) & (columns.version == version)
    last = select(func.max(columns.seq)).where(of_version)
    with translated(_CANNOT_WRITE), engine.begin() as connection:
        seq = (connection.execute(last).scalar() or 0) + 1
        values = {name: getattr(objection, name) for name in _OBJECTION_FIELDS}
        connection.execute(
            insert(tables.objections).values(call_id=call_id, version=version, seq=seq, **values)
        )


def of_call(engine: Engine, call_id: str) -> list[KeptJudgement]:
    """Return every version, oldest first. Blocks. Raises StoreError."""
    judged, objected = tables.judgements, tables.objections
    with translated(_CANNOT_READ), engine.begin() as connection:
        verdicts = connection.execute(select(judged).where(judged.c.call_id == call_id)).all()
        objections = connection.execute(
            select(objected).where(objected.c.call_id == call_id).order_by(objected.c.seq)
        ).all()
    by_version: dict[int, list[KeptObjection]] = {}
    for row in objections:
        kept = KeptObjection(**{name: row._mapping[name] for name in _OBJECTION_FIELDS})
        by_version.setdefault(row.version, []).append(kept)
    found = {row.version: NewJudgement(**{name: row._mapping[name] for name in _FIELDS}) for row in verdicts}
    return [
        KeptJudgement(
            version=version,
            judgement=found.get(version),
            objections=tuple(by_version.get(version, ())),
        )
        for version in sorted({*found, *by_version})
    ]
