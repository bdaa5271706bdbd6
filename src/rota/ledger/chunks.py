"""Cut a long sequence into pieces that one statement takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Pieces of at most `size`, in order (itertools.batched is younger than Python 3.11)."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
