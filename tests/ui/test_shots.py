"""The pictures of the window are taken, under their names, in the size and colours they are named for."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from tests.shots.__main__ import main


@pytest.mark.no_qt_log
def test_words_choose_the_pictures(qapp: QApplication, tmp_path: Path) -> None:
    assert main([str(tmp_path), "dark-1024x640-100", "first-page-ready"]) == 0
    (path,) = tmp_path.glob("*/*.png")
    assert path.relative_to(tmp_path).as_posix() == "dark-1024x640-100/01-first-page-ready.png"
    picture = QImage(str(path))
    assert (picture.width(), picture.height()) == (1024, 640)
    assert QColor(picture.pixel(3, 400)).lightness() < 60
    assert path.relative_to(tmp_path).as_posix() in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_a_name_that_no_picture_has_is_said(
    qapp: QApplication, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path), "dark-1024x640-100", "light"]) == 1
    assert "No picture is called dark-1024x640-100 light." in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
