"""Union, exclusion, once, never: what they yield, and that long excluded stretches do not end the search."""

from datetime import UTC, datetime, timedelta

import pytest

from rota.timing import Calendar, CalendarError, Count, at, cron, every, never, parse

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_union_yields_each_instant_once() -> None:
    calendar = every(hours=2) | every(hours=3)
    assert [instant.hour for instant in calendar.preview(utc("2026-01-01"), 8)] == [2, 3, 4, 6, 8, 9, 10, 12]
    assert calendar.previous(utc("2026-01-01T09:00")) == utc("2026-01-01T08:00")


def test_an_exclusion_leaves_out() -> None:
    calendar = cron("0 8 * * *", "Europe/Paris") - cron("0 8 25 12 *", "Europe/Paris")
    assert calendar.next(utc("2026-12-24T07:00")) == utc("2026-12-26T07:00")
    assert calendar.previous(utc("2026-12-26T07:00")) == utc("2026-12-24T07:00")


@pytest.mark.parametrize(
    ("text", "last_before", "first_after"),
    [
        ("(* * * * * *) except (* * * * 6-8 *)", "2026-05-31T23:59:59", "2026-09-01T00:00:00"),
        ("(* * * * *) except (* * * 6-8 *)", "2026-05-31T23:59:00", "2026-09-01T00:00:00"),
        ("(1-59/2 * * * *) except (1-59/2 * * 6-8 *)", "2026-05-31T23:59:00", "2026-09-01T00:01:00"),
        ("(*/7 * * * * *) except (*/7 * * * 6-8 *)", "2026-05-31T23:59:56", "2026-09-01T00:00:00"),
        (
            "(* * * * * *) except ((* * 0-11 * 6-8 *) or (* * 12-23 * 6-8 *))",
            "2026-05-31T23:59:59",
            "2026-09-01T00:00:00",
        ),
        (
            "(every 10 seconds) except (*/5 * * * 6-8 * Asia/Kathmandu)",
            "2026-05-31T18:14:50",
            "2026-08-31T18:15:00",
        ),
        (
            "(* * * * * Europe/Paris) except (* * * 6-8 * Europe/Paris)",
            "2026-05-31T21:59:00",
            "2026-08-31T22:00:00",
        ),
        (
            "(* * * * *) except (0-59 0-23 * 9-11 * Europe/Paris)",
            "2026-06-01T11:59:00",
            "2026-06-01T12:01:00",
        ),
        ("(0 8 * * *) except (0 8 * 6-8 *)", "2026-05-31T08:00:00", "2026-09-01T08:00:00"),
    ],
)
def test_a_long_excluded_stretch_is_leapt_over(text: str, last_before: str, first_after: str) -> None:
    calendar = parse(text)
    assert calendar.next(NOW) == utc(first_after)
    assert calendar.previous(NOW) == utc(last_before)
    assert not calendar.impossible


def test_a_leap_does_not_jump_over_the_second_pass() -> None:
    """`0-23` fires in the first pass only, so in the repeated hour of October something remains."""
    calendar = parse("(* * * * * Europe/Paris) except (0-59 0-23 * 10 * Europe/Paris)")
    assert calendar.next(utc("2026-10-05T00:00")) == utc("2026-10-25T01:00")
    assert calendar.previous(utc("2026-10-30T00:00")) == utc("2026-10-25T01:59")


def test_a_leap_minds_that_zones_differ_by_quarter_hours() -> None:
    calendar = parse("((*/30 * * * *) or (*/30 0 1 * * Asia/Kathmandu)) except (*/30 * * * *)")
    assert calendar.next(utc("2026-06-05T00:00")) == utc("2026-06-30T18:15")
    assert calendar.previous(utc("2026-06-30T00:00")) == utc("2026-05-31T18:45")


def test_a_leap_stops_at_a_change_in_the_middle_of_an_hour() -> None:
    """In 2010 St John's went back at one minute past midnight, at 02:31Z, into the day before."""
    calendar = parse("(* * * * * America/St_Johns) except (0-59 0-23 * 11 * America/St_Johns)")
    assert calendar.next(utc("2010-11-03T12:00")) == utc("2010-11-07T02:31")
    assert calendar.previous(utc("2010-11-20T00:00")) == utc("2010-11-07T03:30")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        # What stands for the gap's 02:30 fires at 03:00, which the exclusion does not name.
        ("(30 2 * * * Europe/Paris) except (30 * * * * Europe/Paris)", "2027-03-28T01:00"),
        ("(30 2 * * * Europe/Paris) except (30 * * * * Asia/Tokyo)", "2027-03-28T01:00"),
        ("(15 0 * * * Asia/Gaza) except (*/15 * * * * Asia/Tokyo)", "2011-03-31T22:01"),
    ],
)
def test_a_leap_does_not_jump_over_what_stands_for_a_gap(text: str, moment: str) -> None:
    calendar, instant = parse(text), utc(moment)
    assert calendar.next(instant - timedelta(days=300)) == instant
    assert calendar.previous(instant + timedelta(days=300)) == instant


@pytest.mark.parametrize(
    "text",
    [
        "(0 8 * * 1) except (0 8 * * *)",
        "(* * * * * *) except (* * * * * *)",
        "(every 5 minutes) except (every minute)",
        "(every 5 minutes) except (* * * * *)",
        "(0 8 * * * Europe/Paris) except (every 1 minute)",
        "((0 8 * * *) or (0 9 * * *)) except (0 8,9 * * *)",
        "(0 0 31 2 *) or (off)",
        "(off) except (0 8 * * *)",
        "0 0 31 2 *",
        "0 0 30 2 */3",
        "* 2 * 3 0L Europe/Paris",
    ],
)
def test_the_impossible_is_recognised(text: str) -> None:
    calendar = parse(text)
    assert calendar.impossible
    assert calendar.next(NOW) is None


@pytest.mark.parametrize(
    "text", ["0 0 31 2 1", "0 0 29 2 *", "0 0 * 2 1#5", "at 1999-01-01T00:00:00Z", "0 0 31W 1 *"]
)
def test_the_possible_is_not_called_impossible(text: str) -> None:
    assert not parse(text).impossible


def test_once() -> None:
    moment = utc("2026-06-01T12:00:00.25")
    calendar = at(moment)
    assert calendar.next(NOW) == moment
    assert calendar.next(moment) is None
    assert calendar.previous(moment) is None
    assert calendar.count(NOW, moment) == Count(1, exact=True)
    assert parse(calendar.text()) == calendar


def test_never() -> None:
    assert never().next(NOW) is None and never().previous(NOW) is None and never().preview(NOW, 3) == []


def test_calendars_are_values() -> None:
    assert cron("0 8 * * mon") | every(hours=1) == parse("(0 8 * * MON) or (every hour)")
    assert len({cron("@daily"), cron("0 0 * * *"), cron("0 0 0 * * *")}) == 1
    with pytest.raises(AttributeError):
        cron("@daily").zone = "UTC"  # type: ignore[misc]


def nest(depth: int) -> Calendar:
    calendar: Calendar = cron("0 8 * * *")
    for number in range(depth):
        calendar = every(seconds=number + 1) - calendar
    return calendar


def test_depth_and_size_are_bounded() -> None:
    assert nest(4).depth == 4
    with pytest.raises(CalendarError, match="nested at most 4 deep, got 5"):
        nest(5)
    parts = [every(seconds=number) for number in range(1, 18)]
    sixteen: Calendar = parts[0]
    for part in parts[1:16]:
        sixteen = sixteen | part
    with pytest.raises(CalendarError, match="at most 16 calendars combined, got 17"):
        sixteen | parts[16]


def test_counting_says_when_it_stopped() -> None:
    calendar = every(seconds=1) | every(seconds=7)
    assert calendar.count(NOW, NOW + timedelta(hours=1), at_most=100) == (100, False)
    assert calendar.count(NOW, NOW + timedelta(seconds=100), at_most=100) == (100, True)
    assert cron("* * * * * *").count(NOW, NOW + timedelta(days=7)) == (604_800, True)
    long = cron("0 8 * * *").count(NOW, NOW + timedelta(days=3000), at_most=100)
    assert not long.exact and 0 < long.number < 3000
