"""Hostile input costs little time and memory, whatever it says."""

import time
import tracemalloc
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rota.timing import CalendarError, cron, parse

NOW = datetime(2026, 1, 1, tzinfo=UTC)
# A loaded machine may stop us for a moment; the code itself takes a tenth of this.
QUICK = 0.5
BOMBS = [
    ",".join(["1"] * 200_000) + " * * * *",
    ",".join(["1"] * 65) + " * * * *",
    "0-99999999 * * * *",
    "*/" + "9" * 190 + " * * * *",
    "*/0 * * * *",
    "(" * 2000 + "off" + ")" * 2000,
    " or ".join(["(off)"] * 600),
    " or ".join(f"(every {number} seconds)" for number in range(1, 30)),
    "(" * 4999,
    "every " + "1 second " * 500 + "x",
    "every " + "9" * 4000 + " weeks",
    "at " + "9" * 4000,
    "0 8 * * * " + "A" * 4000,
    "0 8 * * * ../../../../etc/passwd",
    "0 8 * * * /etc/passwd",
    "0 8 * * * Europe/../Europe/Paris",
    "0 8 * * * localtime",
    "\x00 * * * *",
    "@" + "a" * 4000,
    "\ud800 * * * *",
]
COSTLY = [
    "* * * * * *",
    "0 0 31 2 *",
    "0 0 * 2 1#5 America/New_York",
    "* 2 * 3 0L Europe/Paris",
    "0 0 29 2 * Pacific/Apia",
    "0 0 30,31 2 */7 Asia/Gaza",
]


@pytest.mark.parametrize("text", BOMBS, ids=range(len(BOMBS)))
def test_bombs_are_refused_quickly_with_a_short_sentence(text: str) -> None:
    parse("0 8 * * * Europe/Paris")  # the list of zones is read once per process
    tracemalloc.start()
    start = time.process_time()
    with pytest.raises(CalendarError) as error:
        parse(text)
    spent, (_, peak) = time.process_time() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert spent < QUICK
    assert peak < 8_000_000
    assert len(str(error.value)) < 300


@pytest.mark.parametrize("text", COSTLY)
def test_rare_and_impossible_calendars_are_answered_quickly(text: str) -> None:
    start = time.process_time()
    calendar = parse(text)
    calendar.impossible, calendar.next(NOW), calendar.previous(NOW), calendar.describe()
    assert time.process_time() - start < QUICK


def test_every_second_takes_no_memory() -> None:
    tracemalloc.start()
    calendars = [cron(f"* * * * * {day}") for day in range(7)]
    for calendar in calendars:
        calendar.preview(NOW, 10)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


def outcome(text: str) -> str:
    """What a door would show: the description, or the sentence that says what is wrong."""
    try:
        calendar = parse(text)
    except CalendarError as error:
        return str(error)
    assert parse(calendar.text()) == calendar
    calendar.next(NOW)
    return calendar.describe()


@settings(deadline=None, max_examples=400)
@given(st.text(alphabet="0123456789*/,-#LW@?() MONTUEJANFEBevryatofexc\t", max_size=60))
def test_any_text_is_a_calendar_or_a_sentence(text: str) -> None:
    assert outcome(text)


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=40))
def test_any_unicode_is_a_calendar_or_a_sentence(text: str) -> None:
    assert outcome(text)


@pytest.mark.parametrize(
    "text", ["* * * * *", "0 8 * * * Europe/Paris", "0 0 29 2 * Asia/Tokyo", "*/2 * * * * *"]
)
def test_both_ends_of_time_are_ends(text: str) -> None:
    calendar = parse(text)
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    assert calendar.next(last) is None
    assert calendar.previous(first) is None
    assert calendar.next(first) is not None
    assert calendar.previous(last) is not None
    assert calendar.has(first) is calendar.has(last) is False
    assert list(calendar.between(last, first)) == []
    assert calendar.count(first, last, at_most=1000).exact is False
