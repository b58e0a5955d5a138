"""One measured figure, and how the table prints it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """`value` against `limit`, both in `unit`; `floor` is the least that any program could take here."""

    name: str
    value: float
    unit: str
    limit: float
    floor: float | None = None

    @property
    def is_good(self) -> bool:
        return self.value <= self.limit


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` of `values` do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]


def table(rows: Sequence[Row]) -> str:
    """Return the rows as aligned text."""
    width = max((len(row.name) for row in rows), default=0)
    lines = [f"{'':2} {'what':<{width}}  {'measured':>12}  {'at most':>12}  {'floor':>10}"]
    for row in rows:
        floor = "" if row.floor is None else f"{row.floor:.2f}"
        measured = f"{row.value:.2f} {row.unit}"
        limit = f"{row.limit:g} {row.unit}"
        sign = "ok" if row.is_good else "✗ "
        lines.append(f"{sign} {row.name:<{width}}  {measured:>12}  {limit:>12}  {floor:>10}")
    return "\n".join(lines)
