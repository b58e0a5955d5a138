"""Draws the program's icon in the forms that the systems want, from the one drawing in `resources/`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

PNG_PX = 256
_MAC_PX = 1024


def draw(drawing: Path, folder: Path) -> Path:
    """Return the icon for this system: `.ico`, `.icns` or `.png`. A `.png` is always made beside it."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication

    application = QGuiApplication.instance() or QGuiApplication([])
    _save(drawing, folder / "icon.png", PNG_PX)
    if sys.platform == "win32":
        return _save(drawing, folder / "icon.ico", PNG_PX)
    if sys.platform == "darwin":
        return _save(drawing, folder / "icon.icns", _MAC_PX)
    del application
    return folder / "icon.png"


def _save(drawing: Path, path: Path, size_px: int) -> Path:
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    image = QImage(size_px, size_px, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(drawing)).render(painter)
    painter.end()
    if not image.save(str(path)):
        raise OSError(f"{path} could not be written")
    return path
