"""Look: colours, size of the window and size of the text that pictures are taken in."""

from __future__ import annotations

from dataclasses import dataclass

from copilot_desktop.ui.widgets.theme import SCALES, Theme, ThemeChoice

COLOURS = ("light", "dark", "contrast")
SIZES = ((1024, 640), (1440, 900))
TEXTS = (100, 200)


@dataclass(frozen=True, slots=True)
class Look:
    """`text` in per cent."""

    colours: str
    width: int
    height: int
    text: int

    @property
    def name(self) -> str:
        """As its folder is called: "dark-1024x640-200"."""
        return f"{self.colours}-{self.width}x{self.height}-{self.text}"

    def put_on(self, theme: Theme) -> None:
        """Dress all windows in it."""
        theme.choose(ThemeChoice.DARK if self.colours == "dark" else ThemeChoice.LIGHT)
        theme.choose_contrast(self.colours == "contrast")
        theme.resize_text(0)
        if steps := SCALES.index(self.text / 100) - SCALES.index(1.0):
            theme.resize_text(steps)


LOOKS = tuple(Look(colours, *size, text) for colours in COLOURS for size in SIZES for text in TEXTS)
