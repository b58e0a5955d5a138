"""Under which licences the parts of the program stand."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable

from copilot_desktop.config.places import resources

BUNDLED = "licences.txt"
"""Written into the resources when the program is packaged: there the packages' own records are left out."""
_TEXTS = ("licen", "copying", "notice", "authors")


def overview() -> str:
    """Return what stands in a packaged program, or one line for every package that is installed here."""
    bundled = resources() / BUNDLED
    if bundled.is_file():
        return bundled.read_text(encoding="utf-8")
    return "\n".join(["AI Call CoPilot: MIT", *_lines(importlib.metadata.distributions())])


def full_text(names: Iterable[str]) -> str:
    """Return a line and all licence texts of each of the installed packages `names`."""
    parts = [importlib.metadata.distribution(name) for name in sorted(set(names), key=str.lower)]
    texts = [f"{_line(part)}\n\n{texts}" for part in parts if (texts := _texts(part))]
    heading = "\n".join(["AI Call CoPilot: MIT", *_lines(parts)])
    return f"\n\n{'─' * 78}\n\n".join([heading, *texts])


def _lines(parts: Iterable[importlib.metadata.Distribution]) -> list[str]:
    return sorted({_line(part) for part in parts if part.metadata["Name"]}, key=str.lower)


def _line(part: importlib.metadata.Distribution) -> str:
    return f"{part.metadata['Name']} {part.version}: {_licence(part)}"


def _licence(part: importlib.metadata.Distribution) -> str:
    """Packages say it in one of three places."""
    metadata = part.metadata.json
    told = str(metadata.get("license_expression", ""))
    classifiers = part.metadata.get_all("Classifier") or []
    classified = [line.rpartition(" :: ")[2] for line in classifiers if line.startswith("License ::")]
    older = str(metadata.get("license", "")).strip().splitlines()
    return told or ", ".join(classified) or (older[0] if older else "see its own documentation")


def _texts(part: importlib.metadata.Distribution) -> str:
    """Return the files of licences and notices that the package brought, one after the other."""
    files = [
        file
        for file in part.files or ()
        if any(word in file.name.lower() for word in _TEXTS)
        and file.suffix.lower() in {"", ".txt", ".md", ".rst"}
    ]
    found = dict.fromkeys(
        file.read_text(encoding="utf-8").strip()
        for file in files
        if file.locate().is_file()  # type: ignore[attr-defined]
    )
    return "\n\n".join(text for text in found if text)
