"""Elapsed time: every so many seconds, counted from an anchor."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from rota.timing.calendar import Calendar
from rota.timing.errors import CalendarError, shown
from rota.timing.instants import Count
from rota.timing.moments import (
    ALIGNED_SINCE,
    DAY,
    FIRST_SECOND,
    LAST_SECOND,
    QUARTER,
    from_seconds,
    seconds,
    to_iso,
    utc,
)

WEEK = 7 * DAY
UNITS = {"week": WEEK, "day": DAY, "hour": 3600, "minute": 60, "second": 1}
_LONGEST = 5218 * WEEK
_FIRST_MONDAY = 4 * DAY


@dataclass(frozen=True, slots=True)
class Every(Calendar):
    """An instant every `step` seconds of elapsed time, whatever clocks on walls do.

    Without an anchor the grid goes through 1970-01-01T00:00Z, or through Monday 1970-01-05T00:00Z where the
    step is a whole number of weeks, and has no beginning: a restart does not shift it. With an anchor, that
    is the first one.
    """

    step: int
    anchor: datetime | None = None

    def __post_init__(self) -> None:
        if type(self.step) is not int or not 1 <= self.step <= _LONGEST:
            raise CalendarError(
                f"Expected an interval from 1 second to 100 years, got {shown(self.step)} seconds"
            )
        if self.anchor is not None:
            object.__setattr__(self, "anchor", _whole(utc(self.anchor)))

    @property
    def _range(self) -> range:
        """Every instant, in seconds since 1970; a range answers all the questions without walking."""
        if self.anchor is not None:
            return range(seconds(self.anchor), LAST_SECOND, self.step)
        phase = _FIRST_MONDAY if self.step % WEEK == 0 else 0
        return range(FIRST_SECOND + (phase - FIRST_SECOND) % self.step, LAST_SECOND, self.step)

    def _up_to(self, second: int) -> int:
        """How many instants there are until then, it included."""
        whole = self._range
        return min(max((second - whole.start) // self.step + 1, 0), len(whole))

    def later(self, moment: datetime) -> Iterator[datetime]:
        return map(from_seconds, self._range[self._up_to(seconds(moment)) :])

    def earlier(self, moment: datetime) -> Iterator[datetime]:
        last = seconds(moment) - (0 if moment.microsecond else 1)
        return map(from_seconds, reversed(self._range[: self._up_to(last)]))

    def has(self, moment: datetime) -> bool:
        return moment.microsecond == 0 and seconds(moment) in self._range

    def count(self, after: datetime, until: datetime, at_most: int = 0) -> Count:
        number = self._up_to(seconds(utc(until))) - self._up_to(seconds(utc(after)))
        return Count(max(number, 0), exact=True)

    @property
    def impossible(self) -> bool:
        return not self._range

    def covers(self, other: Calendar) -> bool:
        if not isinstance(other, Every) or other.step % self.step:
            return False
        mine, its = self._range, other._range
        return mine.start <= its.start and (its.start - mine.start) % self.step == 0

    def describe(self) -> str:
        since = f" from {self.anchor:%Y-%m-%d %H:%M:%S} UTC" if self.anchor else ""
        return f"Every {self._length()}{since}"

    def text(self) -> str:
        since = f" from {to_iso(self.anchor)}" if self.anchor else ""
        return f"every {self._length()}{since}"

    def _length(self) -> str:
        """ "minute", "90 seconds": in the largest unit that divides it."""
        unit, size = next((unit, size) for unit, size in UNITS.items() if self.step % size == 0)
        return unit if self.step == size else f"{self.step // size} {unit}s"

    def marks(self, zone: str) -> frozenset[int]:
        step = math.gcd(QUARTER, self.step)
        return frozenset(range(self._range.start % step, 4 * QUARTER, step))

    def solid(self, moment: datetime, other: Calendar, *, backwards: bool = False) -> datetime:
        if (
            QUARTER % self.step
            or seconds(moment) < ALIGNED_SINCE
            or not self.marks("UTC") >= other.marks("UTC")
        ):
            return moment
        return from_seconds(max(self._range.start, ALIGNED_SINCE) if backwards else LAST_SECOND)


def _whole(anchor: datetime) -> datetime:
    if anchor.microsecond:
        raise CalendarError(f"Expected an anchor on a whole second, got {to_iso(anchor)}")
    return anchor


def every(
    *,
    weeks: int = 0,
    days: int = 0,
    hours: int = 0,
    minutes: int = 0,
    seconds: int = 0,
    anchor: datetime | None = None,
) -> Every:
    """A calendar of elapsed time: `every(minutes=5)` is every 300 seconds, whatever clocks do.

    The units add up, in whole numbers. Without `anchor` (aware) the grid is fixed by the epoch, see `Every`;
    with it, the anchor is the first instant. Raises CalendarError below 1 second, above 100 years, for a
    fraction, for a negative number, and for an anchor that is naive or not on a whole second.
    """
    parts = {
        "week": weeks,
        "day": days,
        "hour": hours,
        "minute": minutes,
        "second": seconds,
    }
    for unit, number in parts.items():
        if type(number) is not int or number < 0:
            raise CalendarError(f"Expected a whole number of {unit}s, 0 or more, got {shown(number)}")
    return Every(sum(number * UNITS[unit] for unit, number in parts.items()), anchor)
