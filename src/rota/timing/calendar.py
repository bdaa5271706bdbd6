"""A calendar, and the two ways to combine calendars."""

import abc
import functools
import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from rota.timing.errors import CalendarError
from rota.timing.instants import Instants
from rota.timing.moments import ALIGNED_SINCE, from_seconds

_DEEPEST = 4
_MOST_PARTS = 16
# How many excluded instants in a row are looked at before the search ends; more than the seconds of a day.
_MOST_EXCLUDED = 100_000
_LONGEST_EXCLUDED = timedelta(days=60 * 366)
_WORTH_A_LEAP = timedelta(hours=6)
# After so many in a row it pays to ask the exclusion how far it reaches.
_LEAP_AFTER = 32


class Calendar(Instants):
    """A pure value that yields instants. Equal by value, hashable, and safe to share between threads."""

    __slots__ = ()

    @abc.abstractmethod
    def describe(self) -> str:
        """Say it in plain English, with the zone where one matters."""

    @abc.abstractmethod
    def text(self) -> str:
        """The canonical text form: `parse(calendar.text()) == calendar`."""

    @property
    @abc.abstractmethod
    def impossible(self) -> bool:
        """Whether it can never fire at all, such as on 31 February. Searched once per value."""

    @abc.abstractmethod
    def marks(self, zone: str) -> frozenset[int]:
        """Seconds past the hour, on clocks of `zone`, at which its instants since 1980 can lie; maybe too many."""

    def solid(self, moment: datetime, other: "Calendar", *, backwards: bool = False) -> datetime:
        """The end of a stretch, begun at the instant `moment`, in which every instant of `other` is one of these.

        Stretches are only looked for from 1980 on. `moment` itself is returned when nothing is known: an answer
        may be too near, never too far.
        """
        return moment

    def covers(self, other: "Calendar") -> bool:
        """Whether every instant of `other` is known, without a search, to be one of these."""
        return self == other

    def in_zone(self, zone: str) -> "Calendar":
        """The same calendar with `zone` wherever it names none."""
        return self

    @property
    def depth(self) -> int:
        """How deeply calendars are nested in it; 0 for a plain one."""
        return 0

    @property
    def size(self) -> int:
        """How many plain calendars it is made of."""
        return 1

    def __or__(self, other: "Calendar") -> "Calendar":
        """The instants of both, each once."""
        return union(self, other)

    def __sub__(self, other: "Calendar") -> "Calendar":
        """The instants of this one that are not instants of the other."""
        return exclusion(self, other)


def union(*calendars: Calendar) -> Calendar:
    """The union of calendars, flat and without repetitions. Raises CalendarError if it grows too large."""
    parts = dict.fromkeys(part for calendar in calendars for part in _parts(calendar))
    return Union(tuple(parts)) if len(parts) > 1 else next(iter(parts))


def _parts(calendar: Calendar) -> tuple[Calendar, ...]:
    return calendar.parts if isinstance(calendar, Union) else (calendar,)


def exclusion(base: Calendar, excluded: Calendar) -> Calendar:
    """`base` without the instants of `excluded`; excluding twice excludes the union. Raises CalendarError."""
    if isinstance(base, Exclusion):
        return Exclusion(base.base, union(base.excluded, excluded))
    return Exclusion(base, excluded)


def _check_bounds(calendar: Calendar) -> None:
    if calendar.depth > _DEEPEST:
        raise CalendarError(f"Expected calendars nested at most {_DEEPEST} deep, got {calendar.depth}")
    if calendar.size > _MOST_PARTS:
        raise CalendarError(f"Expected at most {_MOST_PARTS} calendars combined, got {calendar.size}")


@dataclass(frozen=True, slots=True)
class Union(Calendar):
    """Every instant of any part, each once. Made by `a | b`."""

    parts: tuple[Calendar, ...]

    def __post_init__(self) -> None:
        _check_bounds(self)

    def later(self, moment: datetime) -> Iterator[datetime]:
        return _each_once(heapq.merge(*(part.later(moment) for part in self.parts)))

    def earlier(self, moment: datetime) -> Iterator[datetime]:
        return _each_once(heapq.merge(*(part.earlier(moment) for part in self.parts), reverse=True))

    def has(self, moment: datetime) -> bool:
        return any(part.has(moment) for part in self.parts)

    def marks(self, zone: str) -> frozenset[int]:
        return frozenset().union(*(part.marks(zone) for part in self.parts))

    def solid(self, moment: datetime, other: Calendar, *, backwards: bool = False) -> datetime:
        ends = [part.solid(moment, other, backwards=backwards) for part in self.parts if part.has(moment)]
        return min(ends) if backwards else max(ends)

    @property
    def impossible(self) -> bool:
        return all(part.impossible for part in self.parts)

    def covers(self, other: Calendar) -> bool:
        return any(part.covers(other) for part in self.parts)

    def describe(self) -> str:
        return "; or ".join(part.describe() for part in self.parts)

    def text(self) -> str:
        return " or ".join(f"({part.text()})" for part in self.parts)

    def in_zone(self, zone: str) -> Calendar:
        return union(*(part.in_zone(zone) for part in self.parts))

    @property
    def depth(self) -> int:
        return 1 + max(part.depth for part in self.parts)

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts)


def _each_once(instants: Iterator[datetime]) -> Iterator[datetime]:
    last = None
    for instant in instants:
        if instant != last:
            yield instant
        last = instant


@dataclass(frozen=True, slots=True)
class Exclusion(Calendar):
    """Every instant of `base` that is not one of `excluded`. Made by `a - b`.

    The search for an instant ends after 60 years, or 100,000 instants, of which all are excluded. Stretches
    that the exclusion fills wholly (a summer, a year) are leapt over and hardly count.
    """

    base: Calendar
    excluded: Calendar

    def __post_init__(self) -> None:
        _check_bounds(self)

    def later(self, moment: datetime) -> Iterator[datetime]:
        return self._remaining(moment, backwards=False)

    def earlier(self, moment: datetime) -> Iterator[datetime]:
        return self._remaining(moment, backwards=True)

    def _remaining(self, moment: datetime, *, backwards: bool) -> Iterator[datetime]:
        if _nothing_remains(self):
            return
        walk = self.base.earlier if backwards else self.base.later
        instants, in_a_row, leapt, since = walk(moment), 0, False, moment
        while in_a_row < _MOST_EXCLUDED and (instant := next(instants, None)) is not None:
            if not self.excluded.has(instant):
                in_a_row, leapt, since = 0, False, instant
                yield instant
                continue
            if abs(instant - since) > _LONGEST_EXCLUDED:
                return
            in_a_row += 1
            if leapt or in_a_row % _LEAP_AFTER == 0:
                end = self.excluded.solid(instant, self.base, backwards=backwards)
                leapt = abs(end - instant) > _WORTH_A_LEAP
                instants = walk(end) if leapt else instants

    def has(self, moment: datetime) -> bool:
        return self.base.has(moment) and not self.excluded.has(moment)

    def marks(self, zone: str) -> frozenset[int]:
        return self.base.marks(zone)

    @property
    def impossible(self) -> bool:
        return self.base.impossible or _never_fires(self)

    def describe(self) -> str:
        return f"{self.base.describe()}; except: {self.excluded.describe()}"

    def text(self) -> str:
        return f"({self.base.text()}) except ({self.excluded.text()})"

    def in_zone(self, zone: str) -> Calendar:
        return exclusion(self.base.in_zone(zone), self.excluded.in_zone(zone))

    @property
    def depth(self) -> int:
        return 1 + max(self.base.depth, self.excluded.depth)

    @property
    def size(self) -> int:
        return self.base.size + self.excluded.size


@functools.lru_cache(maxsize=256)
def _nothing_remains(exclusion: Exclusion) -> bool:
    return all(exclusion.excluded.covers(part) for part in _parts(exclusion.base))


@functools.lru_cache(maxsize=256)
def _never_fires(exclusion: Exclusion) -> bool:
    return exclusion.next(from_seconds(ALIGNED_SINCE)) is None
