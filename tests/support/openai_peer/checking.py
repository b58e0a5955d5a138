"""Checks what is asked of the peer against OpenAI's published description, where that is at hand."""

from __future__ import annotations

import json
import pickle
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

_NAME = Path("shared") / "data" / "openai_openapi.yml"


@cache
def description() -> dict[str, Any] | None:
    """Return the description found beside or above the project; None: there is none."""
    for folder in Path(__file__).resolve().parents:
        path = folder / _NAME
        if path.is_file():
            return _load(path)
    return None


def _load(path: Path) -> dict[str, Any]:
    """Read it; the parsed form is kept, for YAML of this size takes half a minute."""
    kept = (
        Path(tempfile.gettempdir())
        / f"openai-description-{path.stat().st_size}-{path.stat().st_mtime_ns}.pickle"
    )
    if kept.is_file():
        loaded: dict[str, Any] = pickle.loads(kept.read_bytes())
        return loaded
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    # Dates and other things that JSON does not know must stay text.
    loaded = json.loads(json.dumps(yaml.load(path.read_text(encoding="utf-8"), Loader=loader), default=str))
    fresh = kept.with_suffix(f".{id(loaded)}")
    fresh.write_bytes(pickle.dumps(loaded))
    fresh.replace(kept)
    return loaded


@cache
def _validator(path: str, content_type: str) -> Draft202012Validator | None:
    whole = description()
    if whole is None:
        return None
    operation = whole["paths"].get(path, {}).get("post")
    if operation is None:
        return None
    content = operation.get("requestBody", {}).get("content", {}).get(content_type)
    if content is None:
        return None
    schema = {**content["schema"], "components": whole["components"]}
    return Draft202012Validator(schema)


def complaint(path: str, body: dict[str, Any], content_type: str = "application/json") -> str:
    """Return what the description says against a request; empty: nothing, or there is no description."""
    validator = _validator(path, content_type)
    if validator is None:
        return ""
    error = best_match(validator.iter_errors(body))
    if error is None:
        return ""
    place = "/".join(str(part) for part in error.absolute_path)
    return f"{place or 'body'}: {error.message[:300]}"
