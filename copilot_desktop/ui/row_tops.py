"""RowTops: where each of many rows of unequal height begins; heights may be guesses until measured."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence


class RowTops:
    """Heights in pixels. Asking is O(log n); a change costs only the rows behind it, and those when asked."""

    def __init__(self) -> None:
        self._heights: list[int] = []
        self._is_measured: list[bool] = []
        self._tops = [0]
        """Valid as far as it goes; one longer than the heights when complete."""

    def __len__(self) -> int:
        return len(self._heights)

    def reset(self, guesses: Sequence[int]) -> None:
        """Forget everything; take these heights as guesses."""
        self._heights = list(guesses)
        self._is_measured = [False] * len(guesses)
        self._tops = [0]

    def insert(self, row: int, guess: int) -> None:
        """Make room for a row of a guessed height."""
        self._heights.insert(row, guess)
        self._is_measured.insert(row, False)
        self._spoil(row)

    def remove(self, row: int) -> None:
        """Take a row out."""
        del self._heights[row]
        del self._is_measured[row]
        self._spoil(row)

    def doubt(self, row: int) -> None:
        """Have a row measured again."""
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
        self._spoil(row)
        return True

    def height(self, row: int) -> int:
        """Return a row's height."""
        return self._heights[row]

    def top(self, row: int) -> int:
        """Return where a row begins; the row after the last begins at the total height."""
        while len(self._tops) <= row:
            self._tops.append(self._tops[-1] + self._heights[len(self._tops) - 1])
        return self._tops[row]

    def total(self) -> int:
        """Return the height of all rows."""
        return self.top(len(self._heights))

    def row_at(self, y: int) -> int:
        """Return the row that covers `y`, the nearest one if none does; −1 if there is no row."""
        if not self._heights:
            return -1
        self.total()
        row = bisect_right(self._tops, y) - 1
        return min(max(row, 0), len(self._heights) - 1)

    def _spoil(self, row: int) -> None:
        del self._tops[row + 1 :]
