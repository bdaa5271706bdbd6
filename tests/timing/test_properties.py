"""What holds for every calendar, by random examples; cron against the oracle."""

import pickle
from datetime import datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rota.timing import Calendar, cron, parse
from tests.timing import oracle, strategies

SECOND = timedelta(seconds=1)
steadily = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
rarely = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])


def quiet(zone: str, moment: datetime) -> bool:
    """Whether no clock changes at this very moment (where the oracle's window may not begin)."""
    tz = ZoneInfo(zone)
    return moment.astimezone(tz).utcoffset() == (moment - SECOND).astimezone(tz).utcoffset()


@steadily
@given(
    strategies.expressions(),
    st.one_of(strategies.ZONES, strategies.STRANGE_ZONES),
    strategies.moments(1980, 2099),
)
def test_cron_is_what_the_oracle_says(expression: str, zone: str, moment: datetime) -> None:
    start = moment.replace(second=0)
    start += timedelta(minutes=0 if quiet(zone, start) else 1)
    end = start + timedelta(days=2)
    answer = oracle.fires(expression, list(oracle.watch(zone, start, end)))
    check_window(cron(expression, zone), start, end, answer)


@steadily
@given(strategies.expressions(), strategies.STRANGE_ZONES, st.integers(0, 10_000))
def test_cron_is_what_the_oracle_says_where_clocks_change(expression: str, zone: str, pick: int) -> None:
    changes = oracle.all_changes(zone)
    change = changes[pick % len(changes)] if changes else datetime.fromisoformat("2020-01-01T00:00Z")
    start, end = change - timedelta(hours=30), change + timedelta(hours=30)
    answer = oracle.fires(expression, list(oracle.watch(zone, start, end)))
    check_window(cron(expression, zone), start, end, answer)


@rarely
@given(
    strategies.expressions(seconds=True),
    strategies.STRANGE_ZONES,
    st.integers(0, 10_000),
    st.integers(-90, 60),
)
def test_seconds_are_what_the_oracle_says(expression: str, zone: str, pick: int, minutes: int) -> None:
    """Second by second, and back to 1883, when offsets still had odd seconds."""
    changes = oracle.changes(zone, 1883, 2036)
    start = changes[pick % len(changes)] + timedelta(minutes=minutes, seconds=7)
    end = start + timedelta(minutes=90)
    answer = oracle.fires(expression, list(oracle.watch(zone, start, end, oracle.SECOND)))
    check_window(cron(expression, zone), start, end, answer)


def check_window(calendar: Calendar, start: datetime, end: datetime, answer: list[datetime]) -> None:
    after, until = start - SECOND, end - SECOND
    assert list(calendar.between(after, until)) == answer
    assert calendar.count(after, until) == (len(answer), True)
    assert calendar.next(after) == answer[0] if answer else (calendar.next(after) or end) >= end
    assert calendar.previous(end) == answer[-1] if answer else (calendar.previous(end) or after) <= after
    assert [instant for instant in answer if not calendar.has(instant)] == []


@steadily
@given(strategies.calendars(), strategies.moments(2005, 2035))
def test_next_and_previous_are_inverse(calendar: Calendar, moment: datetime) -> None:
    instants = list(islice(calendar.later(moment), 30))
    assert instants == sorted(set(instants))
    assert all(instant > moment for instant in instants)
    for one, two in pairwise(instants):
        assert calendar.next(one) == two
        assert calendar.next(two - SECOND / 2) == two
        assert calendar.previous(two) == one
        assert calendar.previous(one + SECOND / 2) == one
    if instants:
        before = calendar.previous(instants[0])
        assert before is None or (before <= moment and calendar.next(before) == instants[0])


@steadily
@given(strategies.calendars(), strategies.moments(2005, 2035), st.integers(0, 3 * 86_400))
def test_between_count_and_preview_agree(calendar: Calendar, moment: datetime, seconds: int) -> None:
    until = moment + timedelta(seconds=seconds)
    instants = list(islice(calendar.between(moment, until), 2000))
    assert instants == list(islice((one for one in calendar.later(moment) if one <= until), len(instants)))
    assert all(calendar.has(instant) for instant in instants[:50])
    if len(instants) < 2000:
        assert calendar.count(moment, until) == (len(instants), True)
    assert calendar.preview(moment, 5)[: len(instants)] == instants[:5]
    assert list(calendar.between(until, moment)) == (
        [] if seconds else list(calendar.between(moment, moment))
    )


@steadily
@given(strategies.calendars())
def test_text_round_trips(calendar: Calendar) -> None:
    again = parse(calendar.text())
    assert again == calendar
    assert hash(again) == hash(calendar)
    assert again.text() == calendar.text()
    assert pickle.loads(pickle.dumps(calendar)) == calendar
    assert calendar.describe()


@rarely
@given(strategies.plain_calendars(), strategies.plain_calendars(), strategies.moments(2005, 2035))
def test_union_and_exclusion_are_those_of_sets(one: Calendar, two: Calendar, moment: datetime) -> None:
    until = moment + timedelta(hours=3)
    ones, twos = set(one.between(moment, until)), set(two.between(moment, until))
    assert list((one | two).between(moment, until)) == sorted(ones | twos)
    assert list((one - two).between(moment, until)) == sorted(ones - twos)
