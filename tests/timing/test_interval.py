"""Elapsed time: anchored, the same for every process, whatever clocks do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rota.timing import CalendarError, Every, every


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_the_grid_is_the_epochs() -> None:
    calendar = every(minutes=7)
    instants = calendar.preview(utc("2026-03-29T00:30"), 3)
    assert {(instant - utc("1970-01-01")) % timedelta(minutes=7) for instant in instants} == {timedelta()}
    assert calendar.next(instants[0]) == instants[1]
    assert calendar.previous(instants[1]) == instants[0]


def test_weeks_begin_on_monday() -> None:
    assert every(weeks=1).next(utc("2026-11-18")) == utc("2026-11-23")
    assert utc("2026-11-23").isoweekday() == 1
    assert every(days=7) == every(weeks=1)


def test_an_anchor_is_the_first_instant() -> None:
    calendar = every(seconds=90, anchor=datetime.fromisoformat("2026-01-01T01:00:00+01:00"))
    assert calendar.preview(utc("2025-01-01"), 2) == [utc("2026-01-01T00:00:00"), utc("2026-01-01T00:01:30")]
    assert calendar.previous(utc("2026-01-01T00:00:00")) is None
    assert calendar.previous(utc("2026-01-01T00:00:01")) == utc("2026-01-01T00:00:00")


def test_counting_walks_nothing() -> None:
    week = timedelta(days=7)
    assert every(seconds=1).count(utc("2026-01-01"), utc("2026-01-01") + week, at_most=1) == (604_800, True)
    ages = utc("9999-01-01") - utc("0001-02-01")
    assert every(seconds=1).count(utc("0001-02-01"), utc("9999-01-01")) == (ages.days * 86_400, True)
    assert every(seconds=1).count(utc("2026-01-02"), utc("2026-01-01")) == (0, True)


def test_between_includes_its_end_and_not_its_beginning() -> None:
    instants = list(every(hours=1).between(utc("2026-01-01T00:00"), utc("2026-01-01T02:00")))
    assert instants == [utc("2026-01-01T01:00"), utc("2026-01-01T02:00")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "Expected an interval from 1 second to 100 years, got 0 seconds"),
        ({"minutes": -5}, "Expected a whole number of minutes, 0 or more, got -5"),
        ({"seconds": 0.5}, "Expected a whole number of seconds, 0 or more, got 0.5"),
        ({"hours": True}, "Expected a whole number of hours, 0 or more, got True"),
        (
            {"weeks": 10**12},
            "Expected an interval from 1 second to 100 years, got 604800000000000000 seconds",
        ),
    ],
)
def test_nonsense_is_refused(arguments: Any, message: str) -> None:
    with pytest.raises(CalendarError) as error:
        every(**arguments)
    assert str(error.value) == message


def test_anchors_are_checked() -> None:
    with pytest.raises(CalendarError, match="Expected an aware datetime"):
        every(hours=1, anchor=datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(CalendarError, match="whole second"):
        every(hours=1, anchor=utc("2026-01-01T00:00:00.5"))


@pytest.mark.parametrize(
    ("calendar", "words", "text"),
    [
        (every(minutes=5), "Every 5 minutes", "every 5 minutes"),
        (every(minutes=60), "Every hour", "every hour"),
        (every(seconds=90), "Every 90 seconds", "every 90 seconds"),
        (every(days=2), "Every 2 days", "every 2 days"),
        (every(weeks=1, days=1), "Every 8 days", "every 8 days"),
        (
            every(days=1, anchor=utc("2026-01-01T06:00:00")),
            "Every day from 2026-01-01 06:00:00 UTC",
            "every day from 2026-01-01T06:00:00Z",
        ),
    ],
)
def test_words_and_text(calendar: Every, words: str, text: str) -> None:
    assert (calendar.describe(), calendar.text()) == (words, text)


def test_the_end_of_time_is_an_end() -> None:
    assert every(hours=1).next(datetime.max.replace(tzinfo=UTC)) is None
    assert every(hours=1).previous(datetime.min.replace(tzinfo=UTC)) is None
    assert every(hours=1, anchor=utc("9999-12-30")).impossible
