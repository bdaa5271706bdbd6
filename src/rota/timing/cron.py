"""The cron calendar: an expression and a zone."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from rota.timing import firing, words
from rota.timing.calendar import Calendar
from rota.timing.expression import Expression, read_expression
from rota.timing.instants import Count
from rota.timing.moments import (
    ALIGNED_SINCE,
    DAY,
    FIRST_SECOND,
    LAST_SECOND,
    at_any_quarter,
    from_seconds,
    seconds,
    utc,
)
from rota.timing.timeline import piece_at
from rota.timing.zones import check_zone

# Where the search for "ever again" begins: fixed, so that the answer does not depend on when one asks.
_SOMETIME = datetime(2020, 1, 1, tzinfo=UTC)
# 29 February falls on a given weekday every 28 years, across 2100 every 40.
_HORIZON = 60 * 366 * DAY


@dataclass(frozen=True, slots=True)
class Cron(Calendar):
    """The instants at which a wall clock in `zone` (None: UTC) shows what `expression` names.

    Clock changes follow the documented policy of Debian's cron. A *wildcard* entry, one whose minute or hour
    field begins with `*`, fires at every real moment whose wall time matches: in both passes of a repeated
    hour, and not in an hour that is left out. Any other entry has *fixed times*: in a repeated hour it fires
    in the first pass only; what falls into a gap of less than three hours fires once, at the first moment
    after the gap, however many of its times the gap swallowed.

    A gap of three hours or more is no daylight saving time but a correction of the calendar (Samoa had no 30
    December 2011; Casey station moves by three hours): those times did not exist there and nothing fires for
    them, because a day's worth of entries pressed into one moment is what nobody asked for.

    A search looks 60 years ahead, or back, from the last instant it found.
    """

    expression: str
    zone: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "expression", read_expression(self.expression).text)
        if self.zone is not None:
            check_zone(self.zone)

    @property
    def _parsed(self) -> Expression:
        return read_expression(self.expression)

    def later(self, moment: datetime) -> Iterator[datetime]:
        expression, start = self._parsed, max(seconds(moment) + 1, FIRST_SECOND)
        end = min(start + _HORIZON, LAST_SECOND)
        while (start := _leap(expression, start, end)) < end:
            piece = piece_at(self.zone, start)
            for instant in firing.instants(expression, piece, start, piece.end):
                yield from_seconds(instant)
                end = min(instant + _HORIZON, LAST_SECOND)
            start = piece.end

    def earlier(self, moment: datetime) -> Iterator[datetime]:
        expression, end = (
            self._parsed,
            min(seconds(moment) + bool(moment.microsecond), LAST_SECOND),
        )
        start = max(end - _HORIZON, FIRST_SECOND)
        while (end := _leap_back(expression, start, end)) > start:
            piece = piece_at(self.zone, end - 1)
            for instant in firing.instants(expression, piece, piece.start, end, backwards=True):
                yield from_seconds(instant)
                start = max(instant - _HORIZON, FIRST_SECOND)
            end = piece.start

    def has(self, moment: datetime) -> bool:
        second = seconds(moment)
        if moment.microsecond or not FIRST_SECOND <= second < LAST_SECOND:
            return False
        return firing.fires_at(self._parsed, piece_at(self.zone, second), second)

    def count(self, after: datetime, until: datetime, at_most: int = 100_000) -> Count:
        expression, number, walked = self._parsed, 0, 0
        start, end = (
            max(seconds(utc(after)) + 1, FIRST_SECOND),
            min(seconds(utc(until)) + 1, LAST_SECOND),
        )
        while (start := _leap(expression, start, end)) < end:
            if walked >= at_most:
                return Count(number, exact=False)
            piece = piece_at(self.zone, start)
            number += firing.count(expression, piece, start, min(piece.end, end))
            walked += (min(piece.end, end) - start) // DAY + 1
            start = piece.end
        return Count(number, exact=True)

    @property
    def impossible(self) -> bool:
        return self._parsed.dateless or _always_left_out(self)

    def covers(self, other: Calendar) -> bool:
        if not isinstance(other, Cron) or (other.zone or "UTC") != (self.zone or "UTC"):
            return False
        return self._parsed.covers(other._parsed)

    def describe(self) -> str:
        expression, zone = self._parsed, self.zone or "UTC"
        if expression.dateless:
            return f"Never (manual only): {words.why_dateless(expression)}"
        if self.impossible:
            return f"Never (manual only): clocks in {zone} always leave these times out"
        return f"{words.when(expression)}, {zone}"

    def text(self) -> str:
        return self.expression if self.zone is None else f"{self.expression} {self.zone}"

    def in_zone(self, zone: str) -> Calendar:
        return self if self.zone else replace(self, zone=zone)

    def marks(self, zone: str) -> frozenset[int]:
        offsets, mine = self._parsed.offsets, self.zone or "UTC"
        marks = frozenset(offsets) if zone == mine else at_any_quarter(offsets)
        return marks if self._parsed.wildcard or mine == "UTC" else marks | firing.GAP_ENDS

    def solid(self, moment: datetime, other: Calendar, *, backwards: bool = False) -> datetime:
        expression, second = self._parsed, seconds(moment)
        if second < ALIGNED_SINCE or not _fills_hours(self, other):
            return moment
        if expression.always:
            return from_seconds(ALIGNED_SINCE if backwards else LAST_SECOND)
        piece = piece_at(self.zone, second)
        end = firing.solid_end(expression, piece, second, backwards=backwards)
        return from_seconds(max(end, ALIGNED_SINCE))


@functools.lru_cache(maxsize=256)
def _fills_hours(calendar: Cron, other: Calendar) -> bool:
    return other.marks(calendar.zone or "UTC").issubset(read_expression(calendar.expression).offsets)


def _leap(expression: Expression, start: int, end: int) -> int:
    """`start`, or as late before the next matching date as any zone allows; `end` if no date matches."""
    day = next(expression.dates(start // DAY - 1, end // DAY + 1), None)
    return end if day is None else max(start, (day - 1) * DAY)


def _leap_back(expression: Expression, start: int, end: int) -> int:
    """`end`, or as early after the matching date before it as any zone allows; `start` if no date matches."""
    day = next(expression.dates(start // DAY - 1, end // DAY + 1, backwards=True), None)
    return start if day is None else min(end, (day + 2) * DAY)


@functools.lru_cache(maxsize=1024)
def _always_left_out(calendar: Cron) -> bool:
    """Whether all its times, from 2020 on, lie in gaps: such as `* 2 * 3 0L` in Paris."""
    return calendar.next(_SOMETIME) is None
