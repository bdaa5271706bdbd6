"""The complete comparison: every minute of 20 years. Takes minutes, run by `make test-slow`."""

from datetime import UTC, datetime, timedelta

import pytest

from rota.timing import cron
from tests.timing import oracle

YEARS = range(2010, 2030)
EXPRESSIONS = (
    "* * * * *",
    "*/30 1-3 * * *",
    "30 2 * * *",
    "0,30 0-23 * * *",
    "0 0 L * *",
    "7-59/13 */5 */9 * MON#2,5L",
)
ZONES = "Europe/Paris America/New_York Australia/Lord_Howe Africa/Cairo Pacific/Apia Asia/Kathmandu America/St_Johns"


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("zone", [*ZONES.split(), "Antarctica/Casey"])
def test_every_minute_of_20_years(zone: str) -> None:
    calendars = [cron(expression, zone) for expression in EXPRESSIONS]
    for year in YEARS:
        start, end = datetime(year, 6, 10, tzinfo=UTC), datetime(year + 1, 6, 10, tzinfo=UTC)
        looks = list(oracle.watch(zone, start, end))
        for calendar in calendars:
            answer = oracle.fires(calendar.expression, looks)
            found = list(calendar.between(start - timedelta(seconds=1), end - timedelta(seconds=1)))
            assert found == answer, (zone, year, calendar.expression)
            back = [instant for instant, _ in zip(calendar.earlier(end), answer, strict=False)]
            assert back == answer[::-1], (zone, year, calendar.expression)
