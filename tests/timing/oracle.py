"""What should fire, found the slow way: look at the clock on the wall again and again.

Shares no code with the product. It knows cron's policy in the words of Debian's cron(8) and nothing about pieces,
tables or searches: every minute (or second) is looked at and judged by itself.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
NAMES = {name: number for number, name in enumerate(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"])} | {
    name: number
    for number, name in enumerate("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(), start=1)  # noqa: SIM905
}


class Look(NamedTuple):
    """One look at the clock: real time, wall time, whether it shows this for the second time, what it left out."""

    utc: datetime
    wall: datetime
    again: bool
    left_out: tuple[datetime, ...]


def watch(zone: str, start: datetime, end: datetime, step: timedelta = MINUTE) -> Iterator[Look]:
    """Look every `step` from `start` to before `end`. Clock changes must lie on a multiple of `step`."""
    tz = ZoneInfo(zone)
    expected = start.astimezone(tz).replace(tzinfo=None, fold=0)
    if (start - SECOND).astimezone(tz).replace(tzinfo=None, fold=0) != expected - SECOND:
        raise AssertionError("a window must not begin at a clock change")
    while start < end:
        local = start.astimezone(tz)
        wall = local.replace(tzinfo=None, fold=0)
        left_out: tuple[datetime, ...] = ()
        if wall > expected:
            left_out = tuple(expected + number * step for number in range((wall - expected) // step))
        yield Look(start, wall, local.fold == 1, left_out)
        expected = wall + step
        start += step


def fires(expression: str, looks: list[Look]) -> list[datetime]:
    """The moments at which the entry runs."""
    rule = read(expression)
    return [look.utc for look in looks if rule.runs(look)]


@lru_cache(maxsize=1000)
def read(expression: str) -> "Rule":
    return Rule(expression)


class Rule:
    """An entry, read by means of its own."""

    def __init__(self, expression: str) -> None:
        parts = expression.upper().split()
        if len(parts) == 5:
            parts.insert(0, "0")
        self.second, self.minute, self.hour, self.dom, self.month, self.dow = parts
        self.wildcard = parts[1][0] == "*" or parts[2][0] == "*"
        self.times: dict[tuple[int, int, int], bool] = {}
        self.dates: dict[date, bool] = {}

    def runs(self, look: Look) -> bool:
        if self.wildcard:
            return self.names(look.wall)
        if self.names(look.wall) and not look.again:
            return True
        short = bool(look.left_out) and look.wall - look.left_out[0] < timedelta(hours=3)
        return short and any(self.names(wall) for wall in look.left_out)

    def names(self, wall: datetime) -> bool:
        time = (wall.hour, wall.minute, wall.second)
        if time not in self.times:
            fields = zip((self.hour, self.minute, self.second), time, (23, 59, 59), strict=True)
            self.times[time] = all(allows(field, value, 0, high) for field, value, high in fields)
        return self.times[time] and self.names_date(wall.date())

    def names_date(self, day: date) -> bool:
        if day not in self.dates:
            by_month, by_week = month_day_matches(self.dom, day), week_day_matches(self.dow, day)
            either = self.dom[0] != "*" and self.dow[0] != "*"
            found = (by_month or by_week) if either else (by_month and by_week)
            self.dates[day] = found and allows(self.month, day.month, 1, 12)
        return self.dates[day]


def number(text: str) -> int:
    return NAMES[text] if text in NAMES else int(text)


def allows(field: str, value: int, low: int, high: int) -> bool:
    return any(item_allows(item, value, low, high) for item in field.split(","))


def item_allows(item: str, value: int, low: int, high: int) -> bool:
    found = re.fullmatch(r"(\*|(\w+)(?:-(\w+))?)(?:/(\d+))?", item)
    if not found:
        return False
    whole, first, last, step = found.groups()
    begin = low if whole == "*" else number(first)
    end = high if whole == "*" or step else begin
    if last:
        end = 7 if last == "SUN" and high == 7 else number(last)
    return begin <= value <= end and (value - begin) % int(step or 1) == 0


def days_of_month(day: date) -> list[date]:
    first = day.replace(day=1)
    days = (first + timedelta(days=number) for number in range(31))
    return [each for each in days if each.month == day.month]


def month_day_matches(field: str, day: date) -> bool:
    return any(month_item_matches(item, day) for item in field.split(","))


def month_item_matches(item: str, day: date) -> bool:
    days = days_of_month(day)
    weekdays = [each for each in days if each.weekday() < 5]
    if item == "L":
        return day == days[-1]
    if item == "LW":
        return day == weekdays[-1]
    if item.endswith("W"):
        wanted = int(item[:-1])
        return wanted <= len(days) and day == min(weekdays, key=lambda each: abs(each.day - wanted))
    return item_allows(item, day.day, 1, 31)


def week_day_matches(field: str, day: date) -> bool:
    return any(week_item_matches(item, day) for item in field.split(","))


def week_item_matches(item: str, day: date) -> bool:
    weekday = day.isoweekday() % 7
    same = [each for each in days_of_month(day) if each.weekday() == day.weekday()]
    if "#" in item:
        name, nth = item.split("#")
        return number(name) % 7 == weekday and same.index(day) + 1 == int(nth)
    if item.endswith("L"):
        return number(item[:-1]) % 7 == weekday and day == same[-1]
    return item_allows(item, weekday, 0, 7) or (weekday == 0 and item_allows(item, 7, 0, 7))


@lru_cache(maxsize=2000)
def all_changes(zone: str) -> list[datetime]:
    """Every clock change from 1980 to 2036; kept, because several tests go over all zones."""
    return changes(zone, 1980, 2036)


def changes(zone: str, first_year: int, last_year: int) -> list[datetime]:
    """Every real moment at which the zone's offset changes in these years, found by comparing days, then seconds."""
    tz = ZoneInfo(zone)
    days = all_days(first_year, last_year)
    offsets = [tz.utcoffset(day) for day in days]
    pairs = zip(days, days[1:], offsets, offsets[1:], strict=False)
    return [change_within(tz, one, two) for one, two, before, after in pairs if before != after]


@lru_cache
def all_days(first_year: int, last_year: int) -> list[datetime]:
    first = datetime(first_year, 1, 1)  # noqa: DTZ001
    return [first + timedelta(days=n) for n in range((datetime(last_year + 1, 1, 1) - first).days)]  # noqa: DTZ001


def change_within(tz: ZoneInfo, one: datetime, two: datetime) -> datetime:
    # A day more on both sides: midnight itself may be left out, as on a whole day in Samoa.
    low = one.replace(tzinfo=tz).astimezone(UTC) - timedelta(days=1)
    high = two.replace(tzinfo=tz).astimezone(UTC) + timedelta(days=1)
    before = low.astimezone(tz).utcoffset()
    while high - low > SECOND:
        middle = low + (high - low) // SECOND // 2 * SECOND
        low, high = (middle, high) if middle.astimezone(tz).utcoffset() == before else (low, middle)
    return high
