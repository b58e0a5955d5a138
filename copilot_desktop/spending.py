"""Spending: what engines elsewhere have cost, by the history and the table of prices."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from copilot_desktop import engine_plan
from copilot_desktop.config import Settings, resources
from copilot_desktop.engines import prices
from copilot_desktop.engines.prices import PriceTable

if TYPE_CHECKING:
    from copilot_desktop.calls.engine_status import EnginePart
    from copilot_desktop.store import Store

_OWN_TABLE = "prices.toml"


@dataclass(frozen=True, slots=True)
class Spent:
    """US dollars."""

    this_month_usd: float
    last_call_usd: float | None
    """None: there was no call yet."""
    is_estimate: bool
    as_of: date
    """Of which day the prices are."""


def price_file(config_file: Path) -> Path:
    """Return where the owner's own prices stand; made if there is none. Blocks. Raises OSError."""
    path = config_file.with_name(_OWN_TABLE)
    prices.see_to_own(path, price_table(config_file).as_of)
    return path


def price_table(config_file: Path) -> PriceTable:
    """Return the prices, the owner's before ours. Blocks for some ms."""
    return PriceTable.load(resources() / _OWN_TABLE, config_file.with_name(_OWN_TABLE))


async def spent(store: Store, config_file: Path, now: datetime) -> Spent:
    """Return what this month and the last call have cost. `now` with its time zone. Raises StoreError."""
    table = await asyncio.to_thread(price_table, config_file)
    began = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    month = table.total(await store.usage(began, now.astimezone(UTC) + timedelta(seconds=1)))
    last = next(iter(await store.recent(1)), None)
    call = table.total(await store.usage_of(last.call_id)) if last is not None else None
    sums = [month, *([call] if call is not None else [])]
    is_estimate = any(each.is_estimate or not each.is_known for each in sums)
    return Spent(month.usd, call.usd if call is not None else None, is_estimate, table.as_of)


def words_for(settings: Settings, part: EnginePart) -> str:
    """Return in words what the first choice of `settings` for a part costs. Blocks for some ms."""
    choice = next(iter(engine_plan.choices(settings, part)), None)
    if choice is None or choice.endpoint is None:
        return "costs nothing: it works on this computer"
    table = price_table(settings.config_file)
    return table.describe(part, choice.endpoint.host, choice.endpoint.models[0])
