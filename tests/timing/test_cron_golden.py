"""Known answers, worked out by hand from the policy and the published dates of clock changes."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from rota.timing import cron

# (expression, zone, asked after, what follows), all in UTC.
GOLDEN = [
    # Paris skips 02:00-03:00 on 2026-03-29 at 01:00Z and repeats 02:00-03:00 on 2026-10-25 at 01:00Z.
    (
        "30 2 * * *",
        "Europe/Paris",
        "2026-03-28T00:00",
        ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"],
    ),
    ("30 2 * * *", "Europe/Paris", "2026-10-24T12:00", ["2026-10-25T00:30", "2026-10-26T01:30"]),
    # Asked from inside the repeated hour, the answer is later, never the first pass again.
    ("30 2 * * *", "Europe/Paris", "2026-10-25T01:10", ["2026-10-26T01:30"]),
    ("0,15,30,45 2 * * *", "Europe/Paris", "2026-03-28T23:00", ["2026-03-29T01:00", "2026-03-30T00:00"]),
    ("0 3 * * *", "Europe/Paris", "2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T01:00"]),
    ("0 2,3 * * *", "Europe/Paris", "2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T00:00"]),
    (
        "*/30 * * * *",
        "Europe/Paris",
        "2026-03-29T00:15",
        ["2026-03-29T00:30", "2026-03-29T01:00", "2026-03-29T01:30"],
    ),
    ("*/30 2 * * *", "Europe/Paris", "2026-03-28T12:00", ["2026-03-30T00:00", "2026-03-30T00:30"]),
    (
        "*/30 2 * * *",
        "Europe/Paris",
        "2026-10-25T00:00",
        ["2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:30", "2026-10-26T01:00"],
    ),
    (
        "0 * * * *",
        "Europe/Paris",
        "2026-10-24T23:30",
        ["2026-10-25T00:00", "2026-10-25T01:00", "2026-10-25T02:00"],
    ),
    # 0-23 is no wildcard: the second pass of the repeated hour is left out.
    ("0 0-23 * * *", "Europe/Paris", "2026-10-24T23:30", ["2026-10-25T00:00", "2026-10-25T02:00"]),
    # A seconds field that begins with * does not make an entry a wildcard.
    (
        "*/30 30 2 * * *",
        "Europe/Paris",
        "2026-10-25T00:00",
        ["2026-10-25T00:30:00", "2026-10-25T00:30:30", "2026-10-26T01:30:00"],
    ),
    ("*/30 30 2 * * *", "Europe/Paris", "2026-03-29T00:00", ["2026-03-29T01:00:00", "2026-03-30T00:30:00"]),
    # New York skips 02:00-03:00 on 2026-03-08 at 07:00Z, repeats 01:00-02:00 on 2026-11-01 at 06:00Z.
    ("30 2 * * *", "America/New_York", "2026-03-08T00:00", ["2026-03-08T07:00", "2026-03-09T06:30"]),
    ("30 1 * * *", "America/New_York", "2026-11-01T00:00", ["2026-11-01T05:30", "2026-11-02T06:30"]),
    # Lord Howe moves by half an hour: 02:00 to 02:30 is skipped on 2026-10-03 at 15:30Z.
    ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00", ["2026-10-03T15:30", "2026-10-04T15:15"]),
    ("30 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00", ["2026-10-03T15:30", "2026-10-04T15:30"]),
    # and 01:30 to 02:00 is repeated on 2026-04-04 at 15:00Z.
    ("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00", ["2026-04-04T14:45", "2026-04-05T15:15"]),
    ("*/15 1 * * *", "Australia/Lord_Howe", "2026-04-04T14:20", ["2026-04-04T14:30", "2026-04-04T14:45"]),
    # Cairo skips midnight: 2026-04-24 begins at 01:00, which is 2026-04-23T22:00Z.
    ("0 0 * * *", "Africa/Cairo", "2026-04-23T00:00", ["2026-04-23T22:00", "2026-04-24T21:00"]),
    ("30 0 24 4 *", "Africa/Cairo", "2026-04-01T00:00", ["2026-04-23T22:00", "2027-04-23T22:30"]),
    # Cairo repeats 23:00 to 24:00 of 2026-10-29, from 21:00Z.
    ("30 23 29 10 *", "Africa/Cairo", "2026-10-01T00:00", ["2026-10-29T20:30", "2027-10-29T21:30"]),
    # Samoa had no 30 December 2011: nothing fires for it, neither then nor after.
    ("0 12 * * *", "Pacific/Apia", "2011-12-29T00:00", ["2011-12-29T22:00", "2011-12-30T22:00"]),
    ("0 12 30 12 *", "Pacific/Apia", "2011-12-01T00:00", ["2012-12-29T22:00"]),
    ("0 12 30 12 *", "Pacific/Apia", "2010-12-01T00:00", ["2010-12-30T22:00", "2012-12-29T22:00"]),
    ("0 0 31 12 *", "Pacific/Apia", "2011-12-01T00:00", ["2011-12-30T10:00"]),
    # Casey station moves by three hours: a correction, no daylight saving time.
    ("30 1 * * *", "Antarctica/Casey", "2020-10-02T00:00", ["2020-10-02T17:30", "2020-10-04T14:30"]),
    # 45 minutes and half hours.
    ("0 0 * * *", "Asia/Kathmandu", "2026-01-01T00:00", ["2026-01-01T18:15", "2026-01-02T18:15"]),
    ("0 * * * *", "Asia/Kathmandu", "2026-01-01T00:00", ["2026-01-01T00:15", "2026-01-01T01:15"]),
    ("30 2 * * *", "America/St_Johns", "2026-03-08T00:00", ["2026-03-08T05:30", "2026-03-09T05:00"]),
    # Before 2011 St John's changed at one minute past midnight.
    ("30 0 * * *", "America/St_Johns", "2010-03-13T12:00", ["2010-03-14T03:31", "2010-03-15T03:00"]),
    ("0 0 * * *", "America/St_Johns", "2010-03-13T12:00", ["2010-03-14T03:30", "2010-03-15T02:30"]),
    # Days of the month and of the week.
    ("0 0 29 2 1", "UTC", "2027-12-31T00:00", ["2028-02-07T00:00", "2028-02-14T00:00", "2028-02-21T00:00"]),
    ("0 0 * 2 1#5", "UTC", "2026-01-01T00:00", ["2044-02-29T00:00", "2072-02-29T00:00", "2112-02-29T00:00"]),
    ("0 0 */28 2 1", "UTC", "2026-01-01T00:00", ["2027-02-01T00:00"]),
    ("0 0 L * *", "UTC", "2028-01-15T00:00", ["2028-01-31T00:00", "2028-02-29T00:00", "2028-03-31T00:00"]),
    ("0 0 LW * *", "UTC", "2026-01-15T00:00", ["2026-01-30T00:00", "2026-02-27T00:00", "2026-03-31T00:00"]),
    ("0 0 * * 5#3", "UTC", "2026-11-01T00:00", ["2026-11-20T00:00", "2026-12-18T00:00"]),
    ("0 0 * * FRIL", "UTC", "2026-11-01T00:00", ["2026-11-27T00:00", "2026-12-25T00:00"]),
    ("0 0 15W * *", "UTC", "2026-07-20T00:00", ["2026-08-14T00:00", "2026-09-15T00:00", "2026-10-15T00:00"]),
    ("0 0 1W * *", "UTC", "2026-07-20T00:00", ["2026-08-03T00:00", "2026-09-01T00:00"]),
    ("0 0 31W * *", "UTC", "2026-05-01T00:00", ["2026-05-29T00:00", "2026-07-31T00:00"]),
    ("5-5/7 0 * * *", "UTC", "2026-01-01T00:00", ["2026-01-01T00:05", "2026-01-02T00:05"]),
    ("5/20 0 * * *", "UTC", "2026-01-01T00:00", ["2026-01-01T00:05", "2026-01-01T00:25", "2026-01-01T00:45"]),
    (
        "0 0 * * FRI-SUN",
        "UTC",
        "2026-11-16T00:00",
        ["2026-11-20T00:00", "2026-11-21T00:00", "2026-11-22T00:00"],
    ),
    ("0 0 * * 7", "UTC", "2026-11-16T00:00", ["2026-11-22T00:00", "2026-11-29T00:00"]),
    ("0 0 */2 * 1", "UTC", "2026-11-01T00:00", ["2026-11-09T00:00", "2026-11-23T00:00", "2026-12-07T00:00"]),
    ("0 0 1-31 * 1", "UTC", "2026-11-01T00:00", ["2026-11-02T00:00", "2026-11-03T00:00"]),
    ("@hourly", "UTC", "2026-11-01T00:00", ["2026-11-01T01:00", "2026-11-01T02:00"]),
    ("@weekly", "UTC", "2026-11-02T00:00", ["2026-11-08T00:00", "2026-11-15T00:00"]),
    ("@yearly", "UTC", "2026-11-02T00:00", ["2027-01-01T00:00"]),
]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(("expression", "zone", "after", "expected"), GOLDEN)
def test_next(expression: str, zone: str, after: str, expected: list[str]) -> None:
    assert cron(expression, zone).preview(utc(after), len(expected)) == [utc(instant) for instant in expected]


@pytest.mark.parametrize(("expression", "zone", "after", "expected"), GOLDEN)
def test_previous_goes_back_the_same_way(expression: str, zone: str, after: str, expected: list[str]) -> None:
    calendar = cron(expression, zone)
    for earlier, later in pairwise(expected):
        assert calendar.previous(utc(later)) == utc(earlier)
    assert (calendar.previous(utc(expected[0])) or utc("0001-01-01")) <= utc(after)


def test_the_gap_of_three_hours_in_casey() -> None:
    """On 2020-10-04 Casey went from 00:01 (+8) to 03:01 (+11): 01:30 did not exist and is not made up for."""
    calendar = cron("30 1 * * *", "Antarctica/Casey")
    assert calendar.count(utc("2020-10-03T16:00"), utc("2020-10-03T17:00")) == (0, True)


def test_an_instant_may_be_asked_from_any_zone() -> None:
    calendar = cron("0 8 * * *", "Europe/Madrid")
    assert calendar.next(datetime.fromisoformat("2026-01-01T08:59:59+02:00")) == utc("2026-01-01T07:00")
    assert calendar.next(utc("2026-01-01T07:00")) == utc("2026-01-02T07:00")
    assert calendar.previous(utc("2026-01-01T07:00")) == utc("2025-12-31T07:00")


def test_microseconds_count() -> None:
    calendar = cron("0 8 * * *")
    just_before, just_after = utc("2026-01-01T07:59:59.999999"), utc("2026-01-01T08:00:00.000001")
    assert calendar.next(just_before) == calendar.previous(just_after) == utc("2026-01-01T08:00")
    assert not calendar.has(just_after)


def test_instants_are_aware_and_in_utc() -> None:
    instant = cron("0 8 * * *", "Europe/Madrid").next(utc("2026-01-01T00:00"))
    assert instant is not None and instant.tzinfo is UTC
