"""Takes the pictures: `python -m tests.shots [folder] [words…]`; only those whose name has all the words.

A picture's name is its folder and file: "dark-1024x640-200/32-hold.png". `index.html` shows them all.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication, QWidget  # noqa: E402 - the platform must stand before Qt is imported

from tests.shots.after import form, trends  # noqa: E402
from tests.shots.looks import LOOKS, Look  # noqa: E402
from tests.shots.moments import WITH_MICROPHONE, WITHOUT  # noqa: E402
from tests.shots.played import played  # noqa: E402
from tests.shots.settings_pages import settings_pages  # noqa: E402

USUAL_FOLDER = "out/shots"
_HEAD = """<!doctype html><meta charset='utf-8'><title>Pictures of the window</title>
<style>
div { display: flex; flex-wrap: wrap; gap: 12px }
figure { margin: 0 }
img { max-width: 640px; border: 1px solid #888 }
</style>
"""


def main(arguments: Sequence[str]) -> int:
    """Take the pictures that are wanted; 1 if no name has all the words."""
    folder, words = Path(arguments[0] if arguments else USUAL_FOLDER), arguments[1:]
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    taken: list[Path] = []
    for look in LOOKS:
        before = len(taken)
        taken += _take(app, folder, look, words)
        if len(taken) > before:
            print(f"{look.name}: {len(taken) - before} pictures", flush=True)
    if not taken:
        print(f"No picture is called {' '.join(words)}.", file=sys.stderr)
        return 1
    (folder / "index.html").write_text(_index(taken), encoding="utf-8")
    print(f"See {folder / 'index.html'}")
    return 0


def _take(app: QApplication, folder: Path, look: Look, words: Sequence[str]) -> list[Path]:
    if not _may_match(look, words):
        return []
    taken = []
    for number, (moment, widget) in enumerate(_moments(app, look), start=1):
        path = Path(look.name) / f"{number:02}-{moment.replace(' ', '-')}.png"
        if all(word in str(path).replace(" ", "-") for word in words):
            (folder / look.name).mkdir(parents=True, exist_ok=True)
            if not widget.grab().save(str(folder / path)):
                raise OSError("a picture could not be written")
            taken.append(path)
    return taken


def _may_match(look: Look, words: Sequence[str]) -> bool:
    """Whether a word is about looks, and not about this one: then there is no need to play the moments."""
    others = [other.name for other in LOOKS]
    return all(word in look.name or not any(word in other for other in others) for word in words)


def _moments(app: QApplication, look: Look) -> Iterator[tuple[str, QWidget]]:
    for plays, has_microphone in (((*WITH_MICROPHONE, form, trends), True), (WITHOUT, False)):
        for play in plays:
            with (
                TemporaryDirectory() as folder,
                played(app, Path(folder), look, has_microphone=has_microphone) as stage,
            ):
                yield from play(stage)
    with TemporaryDirectory() as folder:
        yield from settings_pages(app, Path(folder), look)


def _index(taken: Sequence[Path]) -> str:
    moments: dict[str, list[Path]] = {}
    for path in taken:
        moments.setdefault(path.stem, []).append(path)
    parts = []
    for moment, paths in moments.items():
        pictures = "".join(_figure(path) for path in paths)
        parts.append(f"<h2>{escape(moment)}</h2><div>{pictures}</div>")
    return _HEAD + "".join(parts) + "\n"


def _figure(path: Path) -> str:
    source = escape(path.as_posix(), quote=True)
    caption = escape(path.parent.name)
    picture = f"<a href='{source}'><img loading='lazy' src='{source}' alt='{caption}'></a>"
    return f"<figure>{picture}<figcaption>{caption}</figcaption></figure>"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
