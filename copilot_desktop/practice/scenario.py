"""Scenario: what a practice caller wants and says. Read from TOML files that anybody can edit."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from copilot_desktop.calls.errors import CopilotError

DEFAULT_PAUSE_MS = 800
"""How long the assistant must have been silent before the caller goes on."""

_PAUSES_MS = range(300, 5001)
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_BRACES = re.compile(r"\{(\w*)\}")


class ScenarioError(CopilotError):
    """A scenario file cannot be used. The message names the file and what to change."""


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """One thing the caller says, after `pause_ms` of silence, or into the assistant's words."""

    say: str
    pause_ms: int = DEFAULT_PAUSE_MS
    interrupts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentScript:
    """The agent's part, played where nobody sits at the desk. Lines of the caller are counted from 1.

    `known`: by the name of a fact, words by which the assistant would ask for it once more; it may not, from
    the hand-back on, nor greet.
    """

    takes_over_after: int
    gives_back_after: int
    says: str
    note: str = ""
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A practice call. `name` is the file's name; `persona` names the voice; `number` is who calls, E.164."""

    name: str
    title: str
    goal: str
    persona: str
    lines: tuple[ScriptLine, ...]
    mood: str = ""
    number: str = "+15550100"
    facts: Mapping[str, str] = field(default_factory=dict)
    farewell: str = "Okay, thank you. Goodbye."
    still_there: str = "Hello? Are you still there?"
    giving_up: str = "I'll try again later. Goodbye."
    agent: AgentScript | None = None

    def sentences(self) -> tuple[str, ...]:
        """Return everything the caller may say, each once, in the order it is needed."""
        texts = [line.say for line in self.lines]
        return tuple(dict.fromkeys([*texts, self.farewell, self.still_there, self.giving_up]))


def load_scenarios(folder: Path) -> tuple[Scenario, ...]:
    """Return the scenarios in `folder`, by name.

    Raises:
        ScenarioError: a file cannot be read or used.
    """
    return tuple(load_scenario(path) for path in sorted(folder.glob("*.toml")))


def load_scenario(path: Path) -> Scenario:
    """Return the scenario in the file at `path`.

    Raises:
        ScenarioError: it cannot be read or used.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{path.name}: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ScenarioError(f"{path.name}: the file cannot be read: {reason}") from None
    return _Reader(path.name, table).scenario(path.stem)


class _Reader:
    """Reads one table and complains by name."""

    def __init__(self, file: str, table: dict[str, Any]) -> None:
        self._file = file
        self._table = table

    def scenario(self, name: str) -> Scenario:
        facts = self._table.get("facts", {})
        if not isinstance(facts, dict) or not all(isinstance(value, str) for value in facts.values()):
            self._fail('[facts] must be names with texts: order_number = "…"')
        known = {"title", "goal", "mood", "persona", "number", "facts", "lines", "agent"}
        spoken = {"farewell", "still_there", "giving_up"}
        for key in self._table:
            if key not in known | spoken:
                self._fail(f'"{key}" has no meaning here')
        number = self._text("number", "+15550100")
        if not _NUMBER.fullmatch(number):
            self._fail("number must look like +15550100")
        return Scenario(
            name=name,
            title=self._text("title"),
            goal=self._text("goal"),
            persona=self._text("persona"),
            mood=self._text("mood", ""),
            number=number,
            facts=facts,
            lines=self._lines(facts),
            agent=self._agent(facts) if "agent" in self._table else None,
            **{key: self._filled(self._text(key), facts, key) for key in spoken if key in self._table},
        )

    def _fail(self, reason: str) -> NoReturn:
        raise ScenarioError(f"{self._file}: {reason}")

    def _text(self, key: str, default: str | None = None) -> str:
        value = self._table.get(key, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            self._fail(f'{key} = "…" is missing')
        return value

    def _agent(self, facts: Mapping[str, str]) -> AgentScript:
        table = self._table["agent"]
        if not isinstance(table, dict):
            self._fail("[agent] must be a table")
        for key in table:
            if key not in {"takes_over_after", "gives_back_after", "says", "note", "known"}:
                self._fail(f'[agent]: "{key}" has no meaning here')
        first, last = (self._line_number(table, key) for key in ("takes_over_after", "gives_back_after"))
        if first >= last:
            self._fail("[agent]: gives_back_after must be a later line than takes_over_after")
        says, note = table.get("says"), table.get("note", "")
        if not isinstance(says, str) or not says.strip() or not isinstance(note, str):
            self._fail('[agent]: says = "…" is missing, or note is no text')
        return AgentScript(
            takes_over_after=first,
            gives_back_after=last,
            says=self._filled(says, facts, "[agent]"),
            note=self._filled(note, facts, "[agent]"),
            known=self._known(table.get("known", {}), facts),
        )

    def _line_number(self, table: dict[str, Any], key: str) -> int:
        number, count = table.get(key), len(self._table.get("lines", ()))
        if type(number) is not int or not 1 <= number <= count:
            self._fail(f"[agent]: {key} must be the number of a line, 1 to {count}")
        return number

    def _known(self, table: object, facts: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
        if not isinstance(table, dict):
            self._fail('[agent.known] must be names with words: order_number = ["order number"]')
        for name, phrases in table.items():
            if name not in facts:
                self._fail(f"[agent.known]: {name} is not in [facts]")
            if not isinstance(phrases, list) or not all(isinstance(p, str) and p.strip() for p in phrases):
                self._fail(f'[agent.known]: {name} must be a list of words: ["order number"]')
        return {name: tuple(phrases) for name, phrases in table.items()}

    def _lines(self, facts: Mapping[str, str]) -> tuple[ScriptLine, ...]:
        tables = self._table.get("lines")
        if not isinstance(tables, list) or not tables:
            self._fail('there are no [[lines]] with say = "…"')
        return tuple(self._line(table, f"line {i}", facts) for i, table in enumerate(tables, start=1))

    def _line(self, table: object, where: str, facts: Mapping[str, str]) -> ScriptLine:
        if not isinstance(table, dict) or not isinstance(table.get("say"), str) or not table["say"].strip():
            self._fail(f'{where}: say = "…" is missing')
        for key in table:
            if key not in {"say", "pause_ms", "interrupts"}:
                self._fail(f'{where}: "{key}" has no meaning here')
        pause_ms = table.get("pause_ms", DEFAULT_PAUSE_MS)
        if type(pause_ms) is not int or pause_ms not in _PAUSES_MS:
            self._fail(f"{where}: pause_ms must be a number from {_PAUSES_MS[0]} to {_PAUSES_MS[-1]}")
        interrupts = table.get("interrupts", False)
        if not isinstance(interrupts, bool):
            self._fail(f"{where}: interrupts must be true or false")
        return ScriptLine(self._filled(table["say"], facts, where), pause_ms, interrupts)

    def _filled(self, text: str, facts: Mapping[str, str], where: str) -> str:
        """Return `text` with the facts in its braces."""
        for name in _BRACES.findall(text):
            if name not in facts:
                self._fail(f"{where}: {{{name}}} is not in [facts]")
        return _BRACES.sub(lambda match: facts[match[1]], text)
