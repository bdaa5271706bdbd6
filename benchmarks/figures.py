"""Figures and what becomes of them over several rounds: median, spread, ratio. Pure."""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections.abc import Sequence

Round = dict[str, float]
"""What one system showed in one round: name of the figure, value."""


@dataclasses.dataclass(frozen=True)
class Kind:
    """What a figure means: its words, its unit, and which way is good."""

    title: str
    unit: str
    less_is_better: bool = False


@dataclasses.dataclass(frozen=True)
class Spread:
    """The median of the rounds, with the least and the greatest."""

    median: float
    least: float
    greatest: float
    rounds: int


def spread(values: Sequence[float]) -> Spread:
    """Raises ValueError when there is none."""
    if not values:
        raise ValueError("expected at least one round, got none")
    return Spread(statistics.median(values), min(values), max(values), len(values))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` (0 to 1) of the values do not exceed. Raises ValueError when there is none."""
    if not values:
        raise ValueError("expected at least one value, got none")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def ratio(own: Sequence[float], other: Sequence[float], kind: Kind) -> float | None:
    """How many times as good as `other` we are: the median of the ratios of each round, never across rounds.

    None where there is no round with both, or nothing to divide by.
    """
    pairs = [(b, a) if kind.less_is_better else (a, b) for a, b in zip(own, other, strict=False)]
    found = [upper / lower for upper, lower in pairs if lower > 0]
    return statistics.median(found) if found else None


def number(value: float) -> str:
    """Three digits that mean something, thousands parted."""
    if value == 0:
        return "0"
    size = abs(value)
    places = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 else 3
    return f"{value:,.{places}f}"


def shown(found: Spread) -> str:
    """`1,541 (1,480 to 1,600)`; alone when there was one round or all were the same to the eye."""
    least, greatest = number(found.least), number(found.greatest)
    if found.rounds == 1 or least == greatest:
        return number(found.median)
    return f"{number(found.median)} ({least} to {greatest})"
