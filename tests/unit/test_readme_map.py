"""The README's map of the tree and the tree are the same."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "copilot_desktop"


def mapped() -> set[str]:
    """Return every path that the map names, relative to the repository.

    A line that is indented by four names what is in the folder of the last line indented by two.
    """
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(rf"^```\n({PACKAGE}/\n.*?)^```$", text, re.MULTILINE | re.DOTALL)
    paths: set[str] = set()
    parents: dict[int, str] = {0: ""}
    for line in block.splitlines():
        indent = len(line) - len(line.lstrip())
        names = line.split() if indent >= 4 else line.split()[:1]
        paths.update(parents[indent] + name for name in names)
        parents[indent + 2] = parents[indent] + names[0]
    return {path.rstrip("/") for path in paths}


def existing() -> set[str]:
    """Return the package's modules and the folders that hold modules."""
    paths: set[str] = {PACKAGE}
    for module in (ROOT / PACKAGE).rglob("*.py"):
        inside = module.relative_to(ROOT)
        # The migrations are one thing on the map: the tool that runs them makes their files.
        if "migrations" in inside.parts:
            inside = Path(*inside.parts[: inside.parts.index("migrations") + 1])
        paths.add(str(inside.parent if inside.name == "__init__.py" else inside))
    return {path.replace("\\", "/") for path in paths}


def test_everything_is_on_the_map() -> None:
    missing = sorted(existing() - mapped())
    assert not missing, f"not on the README's map: {', '.join(missing)}"


def test_everything_on_the_map_exists() -> None:
    stale = sorted(path for path in mapped() if not (ROOT / path).exists())
    assert not stale, f"on the README's map, but gone: {', '.join(stale)}"


def test_links_of_the_readme_lead_somewhere() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert "LICENSE" in links
    missing = [link for link in links if not (ROOT / link).exists()]
    assert not missing, f"the README leads to nothing: {', '.join(missing)}"
