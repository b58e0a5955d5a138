"""RowTops: where each of many rows of unequal height begins; heights are guesses until measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_FIRST_ROOM = 256


@dataclass(frozen=True, slots=True)
class Fit:
    """How high a row is likely to be: `fixed_px`, and `line_px` for each begun line of `letters_a_line`."""

    letters_a_line: float
    line_px: float
    fixed_px: float

    def guess(self, letters: int) -> int:
        """Return the likely height of a row with so many letters."""
        return round(self.fixed_px + (1 + letters // self.letters_a_line) * self.line_px)


class RowTops:
    """Heights in pixels. A change costs only what is behind it, and that only when asked for."""

    def __init__(self) -> None:
        self._fit = Fit(80.0, 20.0, 40.0)
        self._count = 0
        self._letters = np.zeros(_FIRST_ROOM, np.int64)
        self._heights = np.zeros(_FIRST_ROOM, np.int64)
        self._is_measured = np.zeros(_FIRST_ROOM, np.bool_)
        self._tops = np.zeros(_FIRST_ROOM + 1, np.int64)
        self._good = 0
        """So many rows have a top that is right; the one after them begins at the right place as well."""

    def __len__(self) -> int:
        return self._count

    def reset(self, letters: Sequence[int]) -> None:
        """Forget everything; there are rows with so many letters now."""
        self._count = len(letters)
        self._make_room(self._count)
        self._letters[: self._count] = letters
        self.refit(self._fit)

    def refit(self, fit: Fit) -> None:
        """Guess all heights anew."""
        self._fit, self._good = fit, 0
        lines = 1 + self._letters[: self._count] // fit.letters_a_line
        self._heights[: self._count] = np.rint(fit.fixed_px + lines * fit.line_px)
        self._is_measured[: self._count] = False

    def insert(self, row: int, letters: int) -> None:
        """Make room for a row with so many letters."""
        self._make_room(self._count + 1)
        for values in (self._letters, self._heights, self._is_measured):
            values[row + 1 : self._count + 1] = values[row : self._count].copy()
        self._letters[row], self._heights[row] = letters, self._fit.guess(letters)
        self._is_measured[row] = False
        self._count += 1
        self._good = min(self._good, row)

    def remove(self, row: int) -> None:
        """Take a row out."""
        for values in (self._letters, self._heights, self._is_measured):
            values[row : self._count - 1] = values[row + 1 : self._count].copy()
        self._count -= 1
        self._good = min(self._good, row)

    def doubt(self, row: int, letters: int) -> None:
        """Have a row measured again: it has so many letters now."""
        self._letters[row] = letters
        self._is_measured[row] = False

    def is_measured(self, row: int) -> bool:
        """Whether the height of a row is more than a guess."""
        return bool(self._is_measured[row])

    def measured(self, row: int, height: int) -> bool:
        """Note the true height of a row; tell whether that differs."""
        self._is_measured[row] = True
        if self._heights[row] == height:
            return False
        self._heights[row] = height
        self._good = min(self._good, row)
        return True

    def height(self, row: int) -> int:
        """Return a row's height."""
        return int(self._heights[row])

    def top(self, row: int) -> int:
        """Return where a row begins; the row after the last begins at the total height."""
        self._add_up()
        return int(self._tops[row])

    def total(self) -> int:
        """Return the height of all rows."""
        return self.top(self._count)

    def row_at(self, y: int) -> int:
        """Return the row that covers `y`, the nearest one if none does; −1 if there is no row."""
        if not self._count:
            return -1
        self._add_up()
        row = int(np.searchsorted(self._tops[: self._count + 1], y, "right")) - 1
        return min(max(row, 0), self._count - 1)

    def _add_up(self) -> None:
        good, count = self._good, self._count
        if good < count:
            behind = self._tops[good + 1 : count + 1]
            np.cumsum(self._heights[good:count], out=behind)
            behind += self._tops[good]
            self._good = count

    def _make_room(self, count: int) -> None:
        room = len(self._heights)
        if count <= room:
            return
        more = max(count, 2 * room) - room
        self._letters = np.pad(self._letters, (0, more))
        self._heights = np.pad(self._heights, (0, more))
        self._is_measured = np.pad(self._is_measured, (0, more))
        self._tops = np.pad(self._tops, (0, more))
