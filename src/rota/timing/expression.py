"""A parsed cron expression: which seconds of the wall clock it names, in any zone."""

import functools
from bisect import bisect_left
from collections.abc import Iterator

from rota.timing import fields
from rota.timing.days import LENGTHS, DayRule, Month, months_over
from rota.timing.errors import CalendarError, did_you_mean, shown
from rota.timing.moments import DAY

_HOUR = 3600
_LONGEST = 200
_NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
# Every month there can be, as far as its days decide: its first weekday and its length.
_SHAPES = tuple((first, length) for first in range(7) for length in (28, 29, 30, 31))


class Expression:
    """The fields of a cron expression, as sets and tables. Wall times are local seconds since 1970."""

    def __init__(self, parts: list[str]) -> None:
        kinds = (
            fields.SECOND,
            fields.MINUTE,
            fields.HOUR,
            fields.DAY_OF_MONTH,
            fields.MONTH,
            fields.DAY_OF_WEEK,
        )
        self.fields = tuple(fields.read_field(kind, part) for kind, part in zip(kinds, parts, strict=True))
        second, minute, hour, day, month, weekday = self.fields
        self.text = " ".join(field.text for field in (self.fields[1:] if second.text == "0" else self.fields))
        self.days = DayRule(day, weekday)
        self.months = month.values
        self.hours = tuple(sorted(hour.values))
        # Debian's cron(8), "wildcard" jobs; a seconds field is not part of its language and does not decide.
        self.wildcard = minute.starred or hour.starred
        self.offsets = _offsets(tuple(sorted(minute.values)), tuple(sorted(second.values)))
        self._offset_set = frozenset(self.offsets)
        # One pair, replaced as a whole, so that threads may share it.
        self._last_day: tuple[int | None, bool] = (None, False)
        self._days_by_shape: dict[tuple[int, int], tuple[int, ...]] = {}

    @property
    def dateless(self) -> bool:
        """Whether no date of any year matches. Exact: each month takes all these shapes within 400 years."""
        shapes = ((first, length) for month in self.months for length in LENGTHS[month] for first in range(7))
        return not any(self.days.days(shape) for shape in shapes)

    @functools.cached_property
    def always(self) -> bool:
        """Whether it names every hour of every day, in both passes."""
        days = all(len(self.days.days(shape)) == shape[1] for shape in _SHAPES)
        return self.wildcard and days and len(self.hours) == 24 and len(self.months) == 12

    def covers(self, other: "Expression") -> bool:
        """Whether it fires whenever the other does, in any zone; False when that is not known."""
        if (
            self.wildcard != other.wildcard
            or not self.months >= other.months
            or not set(self.hours) >= set(other.hours)
        ):
            return False
        days = ((self.days.days(shape), other.days.days(shape)) for shape in _SHAPES)
        return self._offset_set >= other._offset_set and all(set(mine) >= set(its) for mine, its in days)

    def dates(self, first: int, last: int, *, backwards: bool = False) -> Iterator[int]:
        """The matching days (counted since 1970-01-01) from `first` to `last`, in order."""
        for month in months_over(first, last, backwards=backwards):
            if month.number in self.months:
                days, before = self._days_of(month), month.start - 1
                for day in reversed(days) if backwards else days:
                    if first <= before + day <= last:
                        yield before + day

    def hours_between(self, low: int, high: int, *, backwards: bool = False) -> Iterator[int]:
        """Wall times of the full hours that hold matching times and touch [low, high), in order."""
        hours = self.hours[::-1] if backwards else self.hours
        for date in self.dates(low // DAY, (high - 1) // DAY, backwards=backwards):
            for hour in hours:
                start = date * DAY + hour * _HOUR
                if low - _HOUR < start < high:
                    yield start

    def walls(self, low: int, high: int, *, backwards: bool = False) -> Iterator[int]:
        """The matching wall times in [low, high), in order."""
        if low >= high:
            return
        for hour in self.hours_between(low, high, backwards=backwards):
            offsets = self._offsets_in(low - hour, high - hour)
            for offset in reversed(offsets) if backwards else offsets:
                yield hour + offset

    def count(self, low: int, high: int) -> int:
        """How many wall times match in [low, high); days wholly inside are multiplied, not walked."""
        first, last = -(-low // DAY), high // DAY
        if first >= last:
            return self._count_hours(low, high)
        days = sum(1 for _ in self.dates(first, last - 1))
        edges = self._count_hours(low, first * DAY) + self._count_hours(last * DAY, high)
        return days * len(self.hours) * len(self.offsets) + edges

    def _count_hours(self, low: int, high: int) -> int:
        if low >= high:
            return 0
        return sum(len(self._offsets_in(low - hour, high - hour)) for hour in self.hours_between(low, high))

    def names(self, wall: int) -> bool:
        """Whether this wall time matches."""
        return wall % _HOUR in self._offset_set and self.names_hour(wall // _HOUR)

    def names_hour(self, hour: int) -> bool:
        """Whether this wall hour (counted since 1970-01-01T00:00) matches, its minutes and seconds aside."""
        day, hour_of_day = divmod(hour, 24)
        return hour_of_day in self.hours and self._names_day(day)

    def _names_day(self, day: int) -> bool:
        known, answer = self._last_day
        if known != day:
            answer = next(self.dates(day, day), None) is not None
            self._last_day = (day, answer)
        return answer

    def _days_of(self, month: Month) -> tuple[int, ...]:
        days = self._days_by_shape.get(month.shape)
        if days is None:
            days = self._days_by_shape[month.shape] = self.days.days(month.shape)
        return days

    def _offsets_in(self, low: int, high: int) -> tuple[int, ...]:
        offsets = self.offsets
        if high < _HOUR:
            offsets = offsets[: bisect_left(offsets, high)]
        return offsets[bisect_left(offsets, low) :] if low > 0 else offsets


@functools.lru_cache(maxsize=64)
def _offsets(minutes: tuple[int, ...], seconds: tuple[int, ...]) -> tuple[int, ...]:
    """Seconds past the hour. Shared between expressions, since `* * * * * *` has 3,600 of them."""
    return tuple(minute * 60 + second for minute in minutes for second in seconds)


@functools.lru_cache(maxsize=256)
def read_expression(text: str) -> Expression:
    """Read five fields, six (seconds first) or a nickname such as `@daily`. Raises CalendarError."""
    _check_size(text)
    words = text.split()
    if len(words) == 1 and words[0].startswith("@"):
        words = _expand(words[0])
    if len(words) not in (5, 6):
        raise CalendarError(
            "Expected 5 fields (minute, hour, day of month, month, day of week) or 6 with seconds first, "
            f"got {len(words)} in {shown(text)}"
        )
    return Expression(words if len(words) == 6 else ["0", *words])


def _check_size(text: str) -> None:
    if not isinstance(text, str) or not text.isascii():
        raise CalendarError(f"Expected a cron expression in plain ASCII, got {shown(text)}")
    if len(text) > _LONGEST:
        raise CalendarError(f"Expected at most {_LONGEST} characters in a cron expression, got {len(text)}")


def _expand(nickname: str) -> list[str]:
    if nickname.lower() not in _NICKNAMES:
        hint = did_you_mean(nickname, _NICKNAMES)
        raise CalendarError(f"Expected one of {', '.join(_NICKNAMES)}, got {shown(nickname)}{hint}")
    return _NICKNAMES[nickname.lower()].split()
