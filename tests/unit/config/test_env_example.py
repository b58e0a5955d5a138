"""`.env.example` names every setting, once, each with a comment, and sets none."""

from __future__ import annotations

import re
from pathlib import Path

from copilot_desktop.config import Settings, import_env, load, variable_of

EXAMPLE = Path(__file__).resolve().parents[3] / ".env.example"
LINES = EXAMPLE.read_text(encoding="utf-8").splitlines()


def test_every_setting_is_there_once() -> None:
    named = [line.removesuffix("=") for line in LINES if re.fullmatch(r"[A-Z_]+=", line)]
    assert sorted(named) == sorted(variable_of(name) for name in Settings.model_fields)


def test_each_has_a_comment_before_it() -> None:
    bare = [
        line
        for before, line in zip(LINES, LINES[1:], strict=False)
        if "=" in line[:40] and line[0] != "#" and not before.startswith("# ")
    ]
    assert bare == []


def test_it_sets_nothing(tmp_path: Path) -> None:
    assert load(data_dir=tmp_path, env_file=EXAMPLE).locked == {"data_dir"}
    assert import_env(EXAMPLE).changes == {}
