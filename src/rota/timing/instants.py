"""What can be asked of anything that yields instants."""

import abc
from collections.abc import Iterator
from datetime import datetime
from itertools import islice, takewhile
from typing import NamedTuple

from rota.timing.moments import utc

_AT_MOST = 100_000


class Count(NamedTuple):
    """How many instants: `number` of them when `exact`, otherwise at least `number`."""

    number: int
    exact: bool


class Instants(abc.ABC):
    """Instants: aware datetimes in UTC, each once, in order.

    Every method that is given a moment takes an aware datetime in any zone and raises CalendarError for a
    naive one.
    """

    __slots__ = ()

    @abc.abstractmethod
    def later(self, moment: datetime) -> Iterator[datetime]:
        """All instants strictly later than `moment` (UTC), ascending, lazily."""

    @abc.abstractmethod
    def earlier(self, moment: datetime) -> Iterator[datetime]:
        """All instants strictly earlier than `moment` (UTC), descending, lazily."""

    @abc.abstractmethod
    def has(self, moment: datetime) -> bool:
        """Whether `moment` (UTC) is one of the instants."""

    def next(self, after: datetime) -> datetime | None:
        """The first instant strictly later than `after`, or None if the bounded search finds none."""
        return next(self.later(utc(after)), None)

    def previous(self, before: datetime) -> datetime | None:
        """The last instant strictly earlier than `before`, or None if the bounded search finds none."""
        return next(self.earlier(utc(before)), None)

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """The instants in (after, until], ascending, computed as they are asked for."""
        end = utc(until)
        return takewhile(lambda instant: instant <= end, self.later(utc(after)))

    def count(self, after: datetime, until: datetime, at_most: int = _AT_MOST) -> Count:
        """How many instants lie in (after, until].

        `at_most` bounds the work, not the answer: it is how many instants are walked (for cron: days; an
        interval walks nothing and is always exact). Where the bound ends the walk, the answer is "at least",
        `exact` False.
        """
        number = sum(1 for _ in islice(self.between(after, until), at_most + 1))
        return Count(min(number, at_most), exact=number <= at_most)

    def preview(self, after: datetime, n: int) -> list[datetime]:
        """The next `n` instants strictly later than `after`; fewer if there are no more."""
        return list(islice(self.later(utc(after)), max(n, 0)))
