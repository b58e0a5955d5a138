"""PriceTable: what engines elsewhere cost, by a table that the owner can change. All sums are US dollars."""

from __future__ import annotations

import ipaddress
import logging
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from copilot_desktop.calls.engine_status import EnginePart, Usage

log = logging.getLogger("copilot.engines")

_MILLION = 1_000_000
_MOST_BYTES = 1_000_000
_CHARACTERS_A_SECOND = 15
"""Of English speech."""
_SPOKEN_TOKENS_A_SECOND = 20
_HEARD_TOKENS_A_SECOND = 10
_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")
_OPENAI = "api.openai.com"
_PRIVATE_ENDINGS = (".local", ".lan", ".internal", ".home.arpa", ".localhost")

_PRICES = (
    "per_minute",
    "per_million_characters",
    "per_million_input_tokens",
    "per_million_cached_tokens",
    "per_million_output_tokens",
    "per_million_audio_input_tokens",
    "per_million_audio_output_tokens",
)

_USUAL: Mapping[EnginePart, Mapping[str, Any]] = {
    EnginePart.HEARING: {"seconds": 30},
    EnginePart.WRITER: {"input_tokens": 9000, "cached_tokens": 4500, "output_tokens": 300},
    EnginePart.VOICE: {"characters": 300},
    EnginePart.JUDGE: {"input_tokens": 4000, "output_tokens": 1000},
}
"""A minute of a call: the caller speaks half of it, the AI a third, in three answers. The judge's: a call."""

_OWN = """\
# Your own prices, in US dollars. What stands here goes before the program's own table, line by line.
# Take the # away and change the lines; the names are those of the servers and models in Settings.
#
# as_of = {day}
#
# ["api.openai.com"."gpt-6-luna"]
# per_million_input_tokens = 0.10
# per_million_cached_tokens = 0.01
# per_million_output_tokens = 0.50
#
# ["api.openai.com"."gpt-live-transcribe"]
# per_minute = 0.017
"""


class Charged(Protocol):
    """`engine_status.Usage` and `events.EngineUsed`: see the former for what the fields mean."""

    @property
    def part(self) -> EnginePart: ...
    @property
    def model(self) -> str: ...
    @property
    def host(self) -> str: ...
    @property
    def seconds(self) -> float: ...
    @property
    def characters(self) -> int: ...
    @property
    def input_tokens(self) -> int: ...
    @property
    def cached_tokens(self) -> int: ...
    @property
    def output_tokens(self) -> int: ...
    @property
    def audio_input_tokens(self) -> int: ...
    @property
    def audio_output_tokens(self) -> int: ...
    @property
    def is_estimate(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Cost:
    """A sum."""

    usd: float
    is_known: bool = True
    """False: something has no known price, and is not in the sum."""
    is_estimate: bool = False
    """What was used was counted by us, or its price is only about right."""

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.usd + other.usd,
            self.is_known and other.is_known,
            self.is_estimate or other.is_estimate,
        )


NOTHING = Cost(0.0)


@dataclass(frozen=True, slots=True)
class _Table:
    as_of: date | None
    surcharge: float | None
    entries: Mapping[tuple[str, str], Mapping[str, float | bool]]


class PriceTable:
    """Made by `load`."""

    def __init__(
        self,
        as_of: date,
        surcharge: float,
        entries: Mapping[tuple[str, str], Mapping[str, float | bool]],
        problem: str,
    ) -> None:
        self.as_of = as_of
        """Of which day the prices are."""
        self.problem = problem
        """Why the owner's table is not in use, in a sentence; empty: it is, or there is none."""
        self._surcharge, self._entries = surcharge, entries
        self._hosts = frozenset(host for host, _ in entries)

    @classmethod
    def load(cls, shipped: Path, own: Path | None = None) -> PriceTable:
        """Read the program's table, and the owner's, whose single prices go before. Blocks a few ms.

        A file of the owner's that cannot be read is left out whole, logged, and told in `problem`.

        Raises:
            OSError: `shipped` cannot be read.
            ValueError: nor understood.
        """
        ours = _read(shipped)
        theirs, problem = _Table(None, None, {}), ""
        if own is not None and own.exists():
            try:
                theirs = _read(own)
            except (OSError, ValueError) as error:
                reason = error.strerror if isinstance(error, OSError) else str(error)
                problem = f"Your price table {own} is not used: {reason}."
                log.warning("the owner's price table is not used: %s", reason)
        entries = {
            key: {**ours.entries.get(key, {}), **theirs.entries.get(key, {})}
            for key in (*ours.entries, *theirs.entries)
        }
        if ours.as_of is None:
            raise ValueError(f"{shipped.name} has no date")
        surcharge = theirs.surcharge if theirs.surcharge is not None else ours.surcharge or 0.0
        return cls(theirs.as_of or ours.as_of, surcharge, entries, problem)

    def cost(self, used: Charged) -> Cost:
        """Return what `used` costs. A server of one's own costs nothing."""
        found = self._entry(used.host, used.model)
        if found is None:
            return Cost(0.0, is_known=is_own_server(used.host), is_estimate=used.is_estimate)
        prices, factor = found
        usd, is_known = 0.0, True
        for price, amount in _amounts(used, prices).items():
            is_known &= amount <= 0 or price in prices
            usd += amount * prices.get(price, 0.0)
        is_estimate = used.is_estimate or bool(prices.get("is_estimate"))
        return Cost(usd * factor, is_known, is_estimate)

    def total(self, used: Iterable[Charged]) -> Cost:
        """Return what all of them cost together."""
        return sum(map(self.cost, used), NOTHING)

    def a_minute(self, part: EnginePart, host: str, model: str) -> Cost:
        """Return what `part` costs in a usual minute of a call; for the judge, a usual call."""
        cost = self.cost(replace(Usage(part=part, host=host, model=model), **_USUAL[part]))
        return Cost(cost.usd, cost.is_known, is_estimate=cost.usd > 0)

    def describe(self, part: EnginePart, host: str, model: str) -> str:
        """Return in words what `part` costs there: "about $0.04 a minute"."""
        cost = self.a_minute(part, host, model)
        if not cost.is_known:
            return "its price is not in the price table"
        if cost.usd == 0:
            return "costs nothing: your own server"
        return f"about {dollars(cost.usd)} a {'call' if part is EnginePart.JUDGE else 'minute'}"

    def _entry(self, host: str, model: str) -> tuple[Mapping[str, float | bool], float] | None:
        """Return the prices there, and by what to multiply them; None: there are none."""
        factor, host = 1.0, host.lower()
        if host not in self._hosts and host.endswith("." + _OPENAI):
            factor, host = 1.0 + self._surcharge, _OPENAI
        prices = self._entries.get((host, model)) or self._entries.get((host, _DATED.sub("", model)))
        return (prices, factor) if prices is not None else None


def dollars(usd: float) -> str:
    """Return a sum so that its first figures can be seen: "$1.50", "$0.04", "$0.0045"."""
    if usd >= 0.095 or usd == 0:
        return f"${usd:.2f}"
    return f"${usd:.2g}" if usd >= 0.0001 else "less than $0.0001"


def see_to_own(path: Path, as_of: date) -> None:
    """Make the owner's table, with nothing in it but how to fill it in, if there is none. Raises OSError."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_OWN.format(day=as_of.isoformat()), encoding="utf-8")


def is_own_server(host: str) -> bool:
    """Return whether `host`, with or without a port, is on this computer or in a private network."""
    try:
        name = (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return False
    try:
        return ipaddress.ip_address(name).is_private
    except ValueError:
        return bool(name) and ("." not in name or name.endswith(_PRIVATE_ENDINGS))


def _amounts(used: Charged, prices: Mapping[str, float | bool]) -> dict[str, float]:
    """Return what is charged, under the name of its price: by time, or by characters, or by tokens."""
    if "per_minute" in prices:
        return {"per_minute": used.seconds / 60}
    if "per_million_characters" in prices:
        return {"per_million_characters": used.characters / _MILLION}
    cached = min(used.cached_tokens, used.input_tokens)
    if "per_million_cached_tokens" not in prices:
        cached = 0
    # Who does not say how many tokens of sound there were is believed to have sent the usual number.
    spoken = used.audio_output_tokens or (used.characters / _CHARACTERS_A_SECOND * _SPOKEN_TOKENS_A_SECOND)
    heard = used.audio_input_tokens or used.seconds * _HEARD_TOKENS_A_SECOND
    tokens = {
        "per_million_input_tokens": used.input_tokens - cached,
        "per_million_cached_tokens": cached,
        "per_million_output_tokens": used.output_tokens,
        "per_million_audio_input_tokens": heard,
        "per_million_audio_output_tokens": spoken,
    }
    return {price: amount / _MILLION for price, amount in tokens.items()}


def _read(path: Path) -> _Table:
    """Raises OSError and ValueError; the latter's text is one for the owner."""
    if path.stat().st_size > _MOST_BYTES:
        raise ValueError("it is too large")
    try:
        # Editors on Windows may put a mark before the first line.
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError("it is not a text in UTF-8") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    as_of = data.pop("as_of", None)
    if isinstance(as_of, datetime):
        as_of = as_of.date()
    if as_of is not None and not isinstance(as_of, date):
        raise ValueError("as_of is not a day, such as 2026-11-22")
    surcharge = data.pop("regional_surcharge", None)
    if surcharge is not None:
        surcharge = _price("regional_surcharge", surcharge)
    return _Table(as_of, surcharge, dict(_entries(data)))


def _entries(data: Mapping[str, Any]) -> Iterable[tuple[tuple[str, str], Mapping[str, float | bool]]]:
    for host, models in data.items():
        if not isinstance(models, dict) or not all(isinstance(entry, dict) for entry in models.values()):
            raise ValueError(f'"{host}" is not a host with models')
        for model, entry in models.items():
            yield (host.lower(), model), {name: _price(name, value) for name, value in entry.items()}


def _price(name: str, value: object) -> float | bool:
    if name == "is_estimate" and isinstance(value, bool):
        return value
    if name not in _PRICES and name != "regional_surcharge":
        raise ValueError(f"{name} is not known")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise ValueError(f"{name} is not a price")
    return float(value)
