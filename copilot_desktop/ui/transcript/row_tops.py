"""RowTops: where each of many rows of unequal height begins; heights are guesses until measured."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, islice


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
        self._letters: list[int] = []
        self._heights: list[int] = []
        self._is_measured: list[bool] = []
        self._tops = [0]
        """One more than rows: the last one is the height of all. Right up to and with the one at `_good`."""
        self._good = 0

    def __len__(self) -> int:
        return len(self._heights)

    def reset(self, letters: Sequence[int]) -> None:
        """Forget everything; there are rows with so many letters now."""
        self._letters = list(letters)
        self._tops = [0] * (len(letters) + 1)
        self.refit(self._fit)

    def refit(self, fit: Fit) -> None:
        """Guess all heights anew."""
        self._fit, self._good = fit, 0
        guesses = {letters: fit.guess(letters) for letters in set(self._letters)}
        self._heights = [guesses[letters] for letters in self._letters]
        self._is_measured = [False] * len(self._letters)

    def insert(self, row: int, letters: int) -> None:
        """Make room for a row with so many letters."""
        self._letters.insert(row, letters)
        self._heights.insert(row, self._fit.guess(letters))
        self._is_measured.insert(row, False)
        self._tops.append(0)
        self._good = min(self._good, row)

    def remove(self, row: int) -> None:
        """Take a row out."""
        for values in (self._letters, self._heights, self._is_measured):
            del values[row]
        self._tops.pop()
        self._good = min(self._good, row)

    def doubt(self, row: int, letters: int) -> None:
        """Have a row measured again: it has so many letters now."""
        self._letters[row] = letters
        self._is_measured[row] = False

    def is_measured(self, row: int) -> bool:
        """Whether the height of a row is more than a guess."""
        return self._is_measured[row]

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
        return self._heights[row]

    def top(self, row: int) -> int:
        """Return where a row begins; the row after the last begins at the total height."""
        self._add_up()
        return self._tops[row]

    def total(self) -> int:
        """Return the height of all rows."""
        return self.top(len(self))

    def row_at(self, y: int) -> int:
        """Return the row that covers `y`, the nearest one if none does; −1 if there is no row."""
        if not self._heights:
            return -1
        self._add_up()
        return min(max(bisect_right(self._tops, y) - 1, 0), len(self) - 1)

    def _add_up(self) -> None:
        good, count = self._good, len(self)
        if good < count:
            behind = islice(self._heights, good, count)
            self._tops[good:] = accumulate(behind, initial=self._tops[good])
            self._good = count
