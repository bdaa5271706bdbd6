"""What a person may write, what comes back, and the sentence for what cannot be understood."""

from datetime import UTC, datetime
from typing import Any

import pytest

from rota.timing import (
    CalendarError,
    Cron,
    at,
    cron,
    every,
    exclusion,
    never,
    parse,
    union,
    with_default_zone,
)

MOMENT = datetime(2026, 12, 24, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "calendar"),
    [
        ("0 8 * * *", cron("0 8 * * *")),
        ("  0   8 * *\t* ", cron("0 8 * * *")),
        ("0 8 * * * Europe/Madrid", cron("0 8 * * *", "Europe/Madrid")),
        ("0 8 * * * UTC", cron("0 8 * * *", "UTC")),
        ("0 8 * * * W-SU", cron("0 8 * * *", "W-SU")),
        ("*/10 * * * * *", cron("*/10 * * * * *")),
        ("*/10 * * * * * Asia/Tokyo", cron("*/10 * * * * *", "Asia/Tokyo")),
        ("0 8 * * mon-fri", cron("0 8 * * MON-FRI")),
        ("0 0 8 * * MON", cron("0 8 * * MON")),
        ("@daily", cron("0 0 * * *")),
        ("@Daily Europe/Paris", cron("0 0 * * *", "Europe/Paris")),
        ("00 08 * * 05", cron("0 8 * * 5")),
        ("every 5 minutes", every(minutes=5)),
        ("Every Hour", every(hours=1)),
        ("every 1 hour 30 minutes", every(minutes=90)),
        ("every 90 seconds from 2026-12-24T18:00:00+01:00", every(seconds=90, anchor=MOMENT)),
        ("at 2026-12-24T18:00:00+01:00", at(MOMENT)),
        ("at 2026-12-24 17:00Z", at(MOMENT)),
        ("off", never()),
        ("OFF", never()),
        ("(0 8 * * *)", cron("0 8 * * *")),
        ("(0 8 * * *) or (0 9 * * *) OR (off)", union(cron("0 8 * * *"), cron("0 9 * * *"), never())),
        ("(0 * * * *) except (0 8 * * *)", cron("0 * * * *") - cron("0 8 * * *")),
        (
            "((0 8 * * *) or (0 9 * * *)) except (@monthly)",
            (cron("0 8 * * *") | cron("0 9 * * *")) - cron("@monthly"),
        ),
    ],
)
def test_what_a_person_may_write(text: str, calendar: object) -> None:
    assert parse(text) == calendar


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("@daily Europe/Paris", "0 0 * * * Europe/Paris"),
        ("0 */5 * * * *", "*/5 * * * *"),
        ("0 08 * jan-mar mon", "0 8 * JAN-MAR MON"),
        ("every 3600 seconds", "every hour"),
        ("at 2026-12-24T18:00:00+01:00", "at 2026-12-24T17:00:00Z"),
        ("((0 8 * * *) or (off)) or (0 8 * * *)", "(0 8 * * *) or (off)"),
        (
            "((0 * * * *) except (0 8 * * *)) except (0 9 * * *)",
            "(0 * * * *) except ((0 8 * * *) or (0 9 * * *))",
        ),
    ],
)
def test_there_is_one_canonical_form(text: str, canonical: str) -> None:
    assert parse(text).text() == canonical


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Expected a calendar such as '0 8 * * *' or 'every 5 minutes', got ''"),
        ("0 24 * * *", "Expected an hour from 0 to 23, got '24'"),
        ("60 * * * *", "Expected a minute from 0 to 59, got '60'"),
        ("0 0 0 * *", "Expected a day of the month from 1 to 31, got '0'"),
        ("0 0 * 13 *", "Expected a month from 1 to 12 or JAN to DEC, got '13'"),
        (
            "0 0 * * MOM",
            "Expected a day of the week from 0 to 7 or SUN to SAT, got 'MOM'; did you mean 'MON'?",
        ),
        ("0 0 * * MONDAY", "got 'MONDAY'; did you mean 'MON'?"),
        ("0 0 * JAM *", "got 'JAM'; did you mean 'JAN'?"),
        ("0 0 * * 1-MOM", "got 'MOM' in '1-MOM'; did you mean 'MON'?"),
        ("0 0 ? * 1", "Expected a day of the month from 1 to 31, got '?'; did you mean '*'?"),
        ("0 0 * * L", "did you mean '6L' (the last Saturday) or 'L' as the day of the month?"),
        ("5-1 * * * *", "Expected a range that goes up in the field of a minute, got '5-1'"),
        ("*/0 * * * *", "Expected a step of at least 1 after '/', got '0' in '*/0'"),
        ("0 */x * * *", "Expected a step of at least 1 after '/', got 'X' in '*/X'"),
        ("1,,2 * * * *", "Expected a minute from 0 to 59, got ''"),
        ("0-99999999999 * * * *", "got '99999999999' in '0-99999999999'"),
        ("0 0 * * 5#6", "Expected a number from 1 to 5 after '#', got '6' in '5#6'"),
        ("0 0 32W * *", "Expected a day of the month from 1 to 31, got '32' in '32W'"),
        (
            "* * * *",
            "Expected 5 fields (minute, hour, day of month, month, day of week) or 6 with seconds first, got 4",
        ),
        ("@dayly", "got '@dayly'; did you mean '@daily'?"),
        (
            "@reboot",
            "Expected one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly, got '@reboot'",
        ),
        ("0 8 * * * Europe/Madird", "got 'Europe/Madird'; did you mean 'Europe/Madrid'?"),
        ("0 8 * * * europe/madrid", "got 'europe/madrid'; did you mean 'Europe/Madrid'?"),
        (
            "0 8 * * * ../../etc/passwd",
            "Expected an IANA time zone such as 'Europe/Paris', got '../../etc/passwd'",
        ),
        (
            "every 5 minuets",
            "Expected seconds, minutes, hours, days or weeks, got 'minuets'; did you mean 'minutes'?",
        ),
        ("every", "Expected 'every' and a length such as '5 minutes' or 'hour', got 'every'"),
        ("every five minutes", "Expected a whole number before the unit, got 'five'"),
        ("every -5 minutes", "Expected a whole number before the unit, got '-5'"),
        ("every 0 minutes", "Expected an interval from 1 second to 100 years, got 0 seconds"),
        ("every 5 minutes from tomorrow", "Expected ISO 8601 with an offset"),
        (
            "evry 5 minutes",
            "Expected cron fields, 'every …', 'at …' or 'off', got 'evry 5 minutes'; did you mean 'every'?",
        ),
        ("at 2026-12-24T18:00:00", "Expected an offset such as 'Z' or '+01:00' after the moment"),
        ("at 2016-12-31T23:59:60Z", "Expected ISO 8601 with an offset"),
        ("at noon", "Expected ISO 8601 with an offset, such as '2026-12-24T18:00:00+01:00', got 'noon'"),
        ("(0 8 * * *", "Expected parentheses that close, and nothing after them"),
        ("(0 8 * * *) or", "Expected parentheses that close, and nothing after them"),
        ("(0 8 * * *))", "Expected parentheses that close, and nothing after them"),
        ("(0 8 * * *) and (off)", "Expected '(A) or (B)' or '(A) except (B)'"),
        ("(off) or (off) except (off)", "Expected '(A) or (B)' or '(A) except (B)'"),
        ("()", "Expected 5 fields"),
        ("0 8 * * Europe/Paris", "got 4 in '0 8 * *'"),
        (
            "0 0 8 * * MOM",
            "Expected a day of the week from 0 to 7 or SUN to SAT, got 'MOM'; did you mean 'MON'?",
        ),
        (
            "0 8 * * * UTCC",
            "Expected an IANA time zone such as 'Europe/Paris', got 'UTCC'; did you mean 'UTC'?",
        ),
        ("0 8 * * \u0661", "Expected a cron expression in plain ASCII"),
    ],
)
def test_nonsense_gets_a_sentence(text: str, message: str) -> None:
    with pytest.raises(CalendarError) as error:
        parse(text)
    assert message in str(error.value)


def test_a_default_zone_fills_what_names_none() -> None:
    calendar = parse("((0 8 * * *) or (0 9 * * * Asia/Tokyo)) except (0 8 1 * *)")
    filled = with_default_zone(calendar, "Europe/Paris")
    assert filled == parse(
        "((0 8 * * * Europe/Paris) or (0 9 * * * Asia/Tokyo)) except (0 8 1 * * Europe/Paris)"
    )
    assert with_default_zone(filled, "Asia/Tokyo") == filled
    assert with_default_zone(every(hours=1), "Asia/Tokyo") == every(hours=1)
    with pytest.raises(CalendarError, match="did you mean 'Europe/Paris'"):
        with_default_zone(calendar, "Europe/Pariss")


def test_no_zone_behaves_as_utc() -> None:
    assert cron("0 8 * * *").next(MOMENT) == cron("0 8 * * *", "UTC").next(MOMENT)


def test_the_class_checks_what_the_function_checks() -> None:
    assert Cron("@daily").expression == "0 0 * * *"
    with pytest.raises(CalendarError):
        Cron("0 0 * *")
    with pytest.raises(CalendarError):
        cron("0 8 * * *", "../UTC")


@pytest.mark.parametrize("moment", [datetime(2026, 1, 1), "2026-01-01", None])  # noqa: DTZ001
def test_naive_moments_are_refused(moment: Any) -> None:
    for ask in (cron("* * * * *").next, every(hours=1).previous, never().next):
        with pytest.raises(CalendarError, match="Expected an aware datetime"):
            ask(moment)
    with pytest.raises(CalendarError):
        at(moment)


def test_exclusion_is_exported_by_its_function() -> None:
    assert exclusion(cron("0 8 * * *"), never()) == cron("0 8 * * *") - never()
