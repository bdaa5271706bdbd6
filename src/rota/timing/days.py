"""Which days of a month a cron expression names, and the months themselves."""

import calendar
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from rota.timing.fields import Field, Special

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_SATURDAY, _SUNDAY = 6, 0
LENGTHS = {
    1: (31,),
    2: (28, 29),
    **dict.fromkeys((3, 5, 7, 8, 10, 12), (31,)),
    **dict.fromkeys((4, 6, 9, 11), (30,)),
}


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a year. Days are counted since 1970-01-01; weekdays as cron does, Sunday 0."""

    number: int
    start: int
    first_weekday: int
    length: int

    @property
    def shape(self) -> tuple[int, int]:
        """All that decides which of its days match: 28 shapes exist."""
        return self.first_weekday, self.length


@functools.lru_cache(maxsize=4096)
def _month(index: int) -> Month:
    year, month = index // 12, index % 12 + 1
    weekday, length = calendar.monthrange(year, month)
    return Month(month, date(year, month, 1).toordinal() - _EPOCH_DAY, (weekday + 1) % 7, length)


def months_over(first_day: int, last_day: int, *, backwards: bool = False) -> Iterator[Month]:
    """The months that hold any of these days, in order."""
    low, high = _index(first_day), _index(last_day)
    indexes = range(high, low - 1, -1) if backwards else range(low, high + 1)
    return map(_month, indexes)


def _index(day: int) -> int:
    found = date.fromordinal(day + _EPOCH_DAY)
    return found.year * 12 + found.month - 1


@dataclass(frozen=True, slots=True)
class DayRule:
    """Day of month and day of week together.

    POSIX cron ORs the two when both are restricted; Vixie cron calls a field restricted unless it begins with
    `*`, and then both must hold (`*` always holds, `*/2` holds every second day).
    """

    of_month: Field
    of_week: Field

    def days(self, shape: tuple[int, int]) -> tuple[int, ...]:
        """The matching days of a month of this shape (its first weekday, its length), ascending from 1."""
        first, length = shape
        by_month = self._by_month(first, length)
        by_week = self._by_week(first, length)
        return tuple(sorted(by_month & by_week if self.needs_both else by_month | by_week))

    @property
    def needs_both(self) -> bool:
        """Whether a day must match both fields; otherwise one is enough."""
        return self.of_month.starred or self.of_week.starred

    def _by_month(self, first: int, length: int) -> set[int]:
        special = {day for special in self.of_month.specials if (day := _special_day(special, first, length))}
        return special | {day for day in self.of_month.values if day <= length}

    def _by_week(self, first: int, length: int) -> set[int]:
        special = {
            day for special in self.of_week.specials if (day := _special_weekday(special, first, length))
        }
        return special | {day for day in range(1, length + 1) if (first + day - 1) % 7 in self.of_week.values}


def _special_day(special: Special, first: int, length: int) -> int | None:
    if special.form == "L":
        return length
    if special.form == "LW":
        return _nearest_weekday(length, first, length)
    return _nearest_weekday(special.day, first, length) if special.day <= length else None


def _nearest_weekday(day: int, first: int, length: int) -> int:
    """The Monday to Friday nearest to this day, never in another month (the rule of Quartz for `W`)."""
    weekday = (first + day - 1) % 7
    if weekday == _SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == _SUNDAY:
        return day + 1 if day < length else day - 2
    return day


def _special_weekday(special: Special, first: int, length: int) -> int | None:
    earliest = (special.day - first) % 7 + 1
    if special.form == "last":
        return earliest + (length - earliest) // 7 * 7
    day = earliest + (special.nth - 1) * 7
    return day if day <= length else None
