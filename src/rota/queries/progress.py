"""How far an attempt is, or came, in numbers and in words."""

from __future__ import annotations

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True)
class Progress:
    """As the task told it: `total` None when it does not know how much there is."""

    done: float
    total: float | None
    text: str

    @property
    def percent(self) -> int | None:
        """0 to 100, rounded down so that 100 means all of it; None when nobody knows how much there is."""
        if self.total is None:
            return None
        if self.total <= 0 or self.done >= self.total:
            return 100
        return max(0, int(100 * self.done / self.total))

    @property
    def words(self) -> str:
        """'1,200 of 5,000 (24 %)', '1,200'."""
        if self.total is None:
            return _number(self.done)
        return f"{_number(self.done)} of {_number(self.total)} ({self.percent} %)"


def progress_of(stored: dict[str, Any] | None) -> Progress | None:
    """From what a row holds; None when the task told nothing."""
    if not stored:
        return None
    return Progress(stored.get("done", 0), stored.get("total"), stored.get("text", ""))


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.10g}"
