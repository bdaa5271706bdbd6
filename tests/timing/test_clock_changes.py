"""Around every clock change of every zone in 20 years, cron fires exactly what the oracle says."""

from datetime import datetime, timedelta
from functools import cache
from itertools import takewhile
from zoneinfo import ZoneInfo, available_timezones

import pytest

from rota.timing import cron, zone_names
from tests.timing import oracle

FIRST_YEAR, LAST_YEAR = 2010, 2029
AROUND = timedelta(hours=4)
STEP = timedelta(seconds=1)
EXPRESSIONS = (
    "*/30 * * * *",
    "0 * * * *",
    "30 2 * * *",
    "15 0,1,2,3,23 * * *",
    "*/20 0-23 * * *",
    "7-59/20 0-23 * * *",
    "0 0 * * *",
    "5-5/7 0-4 * * *",
    "0 2 * * SUN",
    "30 23 L * *",
    "45 */2 * * *",
    "0 3 * * *",
    "59 1 1,15W * 0L",
)
# Where another zone changed in the same way at the same moment, only the zone's own timeline is still to be checked.
FEWER = EXPRESSIONS[:4]
REGIONS = ["(no region)", *sorted({name.partition("/")[0] for name in available_timezones() if "/" in name})]


def zones_of(region: str) -> list[str]:
    return sorted(
        name for name in zone_names() if (name.partition("/")[0] if "/" in name else "(no region)") == region
    )


def clock_changes(zone: str) -> list[datetime]:
    return [change for change in oracle.all_changes(zone) if FIRST_YEAR <= change.year <= LAST_YEAR]


@cache
def expected(change: datetime, before: timedelta, after: timedelta, zone: str) -> dict[str, list[datetime]]:
    looks = list(oracle.watch(zone, change - AROUND, change + AROUND))
    return {expression: oracle.fires(expression, looks) for expression in (*EXPRESSIONS, "* * * * *")}


_first_zone: dict[tuple[datetime, timedelta, timedelta], str] = {}


def expected_around(change: datetime, zone: str) -> tuple[bool, dict[str, list[datetime]]]:
    """The oracle's answer; zones that change in the same way at the same moment share it, since it is slow."""
    tz = ZoneInfo(zone)
    offsets = [
        moment.astimezone(tz).utcoffset() or timedelta() for moment in (change - AROUND, change + AROUND)
    ]
    key = (change, offsets[0], offsets[1])
    first = _first_zone.setdefault(key, zone) == zone
    return first, expected(*key, _first_zone[key])


@pytest.mark.parametrize("region", REGIONS)
def test_every_clock_change_of_20_years(region: str) -> None:
    for zone in zones_of(region):
        for change in clock_changes(zone):
            first, answers = expected_around(change, zone)
            for expression in answers if first else FEWER:
                check(expression, zone, change, answers[expression], both_ways=first)


def check(expression: str, zone: str, change: datetime, answer: list[datetime], *, both_ways: bool) -> None:
    calendar = cron(expression, zone)
    start, end = change - AROUND - STEP, change + AROUND - STEP
    found = list(calendar.between(start, end))
    assert found == answer, f"{expression} {zone} around {change}"
    assert calendar.count(start, end) == (len(answer), True)
    if both_ways:
        found = list(takewhile(lambda instant: instant > start, calendar.earlier(end + STEP)))
        assert found == answer[::-1], f"backwards: {expression} {zone} around {change}"
        assert all(calendar.has(instant) for instant in answer)


def test_the_oracle_finds_the_changes() -> None:
    """In 20 years the whole tz database changes some thousands of clocks; none found would prove nothing."""
    assert len(clock_changes("Europe/Paris")) == 40
    assert len(clock_changes("Asia/Kathmandu")) == 0
    assert [change.isoformat() for change in oracle.changes("Pacific/Apia", 2011, 2011)] == [
        "2011-04-02T14:00:00+00:00",
        "2011-09-24T14:00:00+00:00",
        "2011-12-30T10:00:00+00:00",
    ]
