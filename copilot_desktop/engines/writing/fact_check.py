"""Tells which numbers, prices, dates and times of an answer stand nowhere in what the answer may rest on.

"No source, no fact" cannot be left to a language model. This is no proof of truth: it finds values that
come from nowhere, which is what invented facts mostly show.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from copilot_desktop.engines.writing.text_facts import (
    MAY_HOLD_FACTS,
    Fact,
    days_between,
    digits_read_out,
    facts_of,
)

_MOST_ON_LOOP = 8
"""Lines that are read at once: about a millisecond."""
_MOST_LINES = 2000
_LEAST_ENDING = 3
"""Digits that are surely a part of a longer number that has them."""


class Evidence:
    """All that an answer may rest on. 10,000 characters take 5–15 ms: off the loop, and kept for `joined`."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._values: set[tuple[str, str]] = set()
        self._any_unit: set[str] = set()
        self._names: set[str] = set()
        self._addresses: set[str] = set()
        self._digits = ""
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        """Take one more text in. Digits of texts that follow one another may be one number."""
        if not MAY_HOLD_FACTS.search(text):
            return
        for fact in facts_of(text, is_evidence=True):
            if fact.unit == "name":
                self._names.add(fact.value)
            elif fact.unit == "address":
                self._addresses.add(fact.value)
            else:
                self._values.add((fact.value, fact.unit))
                self._any_unit.add(fact.value)
        self._names |= set(days_between(text))
        self._digits += digits_read_out(text) + " "

    @classmethod
    def joined(cls, parts: Iterable[Evidence]) -> Evidence:
        """Return all of `parts` together, in their order, as a new one."""
        whole = cls()
        for part in parts:
            whole._values |= part._values
            whole._any_unit |= part._any_unit
            whole._names |= part._names
            whole._addresses |= part._addresses
            whole._digits += part._digits
        return whole

    def missing(self, text: str) -> list[Fact]:
        """Return the facts of `text` that stand nowhere, in order."""
        return [fact for fact in facts_of(text) if not self._backs(fact)]

    def _backs(self, fact: Fact) -> bool:
        if fact.unit == "name":
            return fact.value in self._names
        if fact.unit == "address":
            return fact.value in self._addresses
        if fact.unit == "code":
            return fact.value in self._digits or fact.value in self._digits.replace(" ", "")
        if fact.unit in ("money", "percent"):
            return (fact.value, fact.unit) in self._values
        if (fact.value, fact.unit) in self._values or (fact.value, "") in self._values:
            return True
        if not fact.unit:
            return fact.value in self._any_unit or self._was_read_out(fact.value)
        return fact.unit == "clock" and self._backs_hour(fact.value)

    def _was_read_out(self, value: str) -> bool:
        """Callers are read back "the one that ends in 3318"."""
        if len(value) >= _LEAST_ENDING:
            return value in self._digits.replace(" ", "")
        return value in self._digits.split()

    def _backs_hour(self, value: str) -> bool:
        """17:00 is 5 p.m."""
        hour = int(value) if len(value) == 2 else 0
        on_the_dial = {(str(hour - 12), "clock"), (str(hour - 12), "")}
        return 12 < hour <= 24 and not on_the_dial.isdisjoint(self._values)


class LineFacts:
    """The evidence of lines of running talks, so that each turn reads only what is new in it.

    Lines are known by their hash only, and the oldest are forgotten.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[int, Evidence] = OrderedDict()

    async def of(self, texts: Sequence[str]) -> Evidence:
        """Return all that `texts` hold. More than a few new ones are read in a thread."""
        known = {key: kept for key in map(hash, texts) if (kept := self._kept.get(key)) is not None}
        fresh = [text for text in texts if hash(text) not in known]
        if len(fresh) > _MOST_ON_LOOP:
            read = await asyncio.to_thread(lambda: [Evidence([text]) for text in fresh])
        else:
            read = [Evidence([text]) for text in fresh]
        known.update(zip(map(hash, fresh), read, strict=True))
        for key, evidence in known.items():
            self._kept[key] = evidence
            self._kept.move_to_end(key)
        while len(self._kept) > _MOST_LINES:
            self._kept.popitem(last=False)
        return Evidence.joined(known[hash(text)] for text in texts)
