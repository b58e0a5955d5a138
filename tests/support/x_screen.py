"""A screen of the tests' own: Xvfb, seen and typed into from outside as a person would."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

SIZE = (1280, 800)
_START_S = 15.0


class Screen:
    """Running within `with`. `display` is what DISPLAY must say."""

    def __init__(self) -> None:
        read, write = os.pipe()
        size = f"{SIZE[0]}x{SIZE[1]}x24"
        # It chooses a free number itself and tells it here.
        words = ["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp"]
        self._process = subprocess.Popen(words, pass_fds=(write,), stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as told:
            number = told.readline().strip()
        assert number, "Xvfb did not start"
        self.display = f":{number}"
        self._link: Any = None

    def __enter__(self) -> Self:
        from Xlib.display import Display

        self._link = Display(self.display)
        return self

    def __exit__(self, *_: object) -> None:
        self._link.close()
        self._process.terminate()
        self._process.wait()

    def titles(self) -> list[str]:
        """Return the titles of all windows on the screen."""
        return [title for _, title in self._windows()]

    def until_title(self, words: str, limit_s: float, meanwhile: Callable[[], None] = lambda: None) -> str:
        """Wait until a window has `words` in its title, and return that. `meanwhile` is done until then."""
        deadline_s = time.monotonic() + limit_s
        while True:
            found = [title for title in self.titles() if words in title]
            if found:
                return found[0]
            assert time.monotonic() < deadline_s, f"no window “{words}”; there are {self.titles()}"
            meanwhile()
            time.sleep(0.05)

    def press(self, title: str, key: str, *held: str) -> None:
        """Press a key, named as X names it, in the window that has `title` in its title, others held down."""
        from Xlib import XK, X
        from Xlib.ext import xtest

        window = next((window for window, name in self._windows() if title in name), None)
        if window is None:
            return
        # Nobody manages the windows here: the focus goes where it is put.
        window.set_input_focus(X.RevertToParent, X.CurrentTime)
        codes = [self._link.keysym_to_keycode(XK.string_to_keysym(name)) for name in (*held, key)]
        for code in codes:
            xtest.fake_input(self._link, X.KeyPress, code)
        for code in reversed(codes):
            xtest.fake_input(self._link, X.KeyRelease, code)
        self._link.sync()

    def picture(self, path: Path) -> int:
        """Save what is on the screen as PNG; return how many colours it has."""
        from PySide6.QtGui import QImage
        from Xlib import X

        width, height = SIZE
        raw = self._link.screen().root.get_image(0, 0, width, height, X.ZPixmap, 0xFFFFFFFF).data
        image = QImage(raw, width, height, width * 4, QImage.Format.Format_RGB32)
        assert image.save(str(path))
        return len({raw[at : at + 3] for at in range(0, len(raw), 4)})

    def _windows(self) -> Iterator[tuple[Any, str]]:
        from Xlib import X
        from Xlib.error import XError

        for window in self._link.screen().root.query_tree().children:
            try:
                if window.get_attributes().map_state == X.IsViewable:
                    name = window.get_full_text_property(self._link.intern_atom("_NET_WM_NAME"))
                    yield window, str(name or "")
            except XError:
                continue
