"""The JSON export's schema: its structure comes from CallReport, its words stand in the file itself.

After a change of the report: `python -m copilot_desktop.report.schema`, then say in the file what the new
field is. The version grows only when a field changes its meaning or goes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from copilot_desktop.config import resources
from copilot_desktop.report.model import CallReport

VERSION = 1
NAME = "call-report"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TITLE = "Report of one call, as AI Call CoPilot exports it"
_WORDS = "description"


def schema_path(folder: Path | None = None) -> Path:
    """Return where the schema lies, in `folder` or among the resources."""
    return (folder or resources() / "report" / "schema") / f"{NAME}-{VERSION}.json"


def structure() -> dict[str, Any]:
    """Return the schema as the code gives it: types and fields, and words only for whole objects."""
    (report,), parts = msgspec.json.schema_components((CallReport,), ref_template="#/$defs/{name}")
    envelope = {
        "schema": {"const": NAME},
        "version": {"const": VERSION},
        "report": report,
    }
    whole = {
        "$schema": _DIALECT,
        "title": _TITLE,
        "type": "object",
        "properties": envelope,
        "required": list(envelope),
        "$defs": {name: parts[name] for name in sorted(parts)},
    }
    found: dict[str, Any] = json.loads(json.dumps(whole))
    return found


def with_words(new: Any, old: Any) -> Any:
    """Return `new` with the descriptions that `old` has in the same places."""
    if isinstance(new, dict):
        before = old if isinstance(old, dict) else {}
        merged = {key: with_words(value, before.get(key)) for key, value in new.items() if key != _WORDS}
        words = before.get(_WORDS, new.get(_WORDS))
        # A field of that name is no description.
        if isinstance(words, dict):
            merged[_WORDS] = with_words(new[_WORDS], words)
        elif words is not None:
            merged[_WORDS] = words
        return merged
    return new


def undescribed(schema: dict[str, Any]) -> list[str]:
    """Return the fields of which nothing is said, as "CallReport.caller"."""
    missing = [f"file.{name}" for name, each in schema["properties"].items() if not each.get(_WORDS)]
    for part, each in schema["$defs"].items():
        fields = each.get("properties", {})
        missing += [f"{part}.{name}" for name, field in fields.items() if not field.get(_WORDS)]
    return missing


def main() -> None:
    """Write the file anew with the words that it had, and name what is still to be described."""
    path = schema_path()
    old = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    schema = with_words(structure(), old)
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(schema, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(*undescribed(schema), sep="\n")


if __name__ == "__main__":
    main()
