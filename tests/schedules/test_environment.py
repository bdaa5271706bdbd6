"""ROTA_SCHEDULE_<KEY>: an operator's calendar in place of the code's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import rota
from rota import timing
from rota.schedules import environment, registry
from tests.project import tasks


@pytest.fixture(autouse=True)
def apart() -> Iterator[None]:
    """What a test declares is gone after it."""
    with registry.apart():
        yield


def declare(*keys: str) -> None:
    for key in keys:
        rota.schedule(key, "0 8 * * * Europe/Madrid", tasks.urgent)


def calendar_of(key: str) -> timing.Calendar:
    return timing.parse(registry.declarations()[key].definition.calendar)


@pytest.mark.parametrize(
    ("key", "variable"),
    [
        ("nightly", "ROTA_SCHEDULE_NIGHTLY"),
        ("billing.rates-close:2", "ROTA_SCHEDULE_BILLING_RATES_CLOSE_2"),
        ("Mixed_Case", "ROTA_SCHEDULE_MIXED_CASE"),
    ],
)
def test_the_variable_is_the_key_in_upper_case(key: str, variable: str) -> None:
    assert environment.variable_of(key) == variable


@pytest.mark.parametrize(
    ("text", "calendar"),
    [
        ("every 5 minutes", rota.every(minutes=5)),
        ("0 3 * * *", rota.cron("0 3 * * *", "UTC")),
        ("0 3 * * * Asia/Tokyo", rota.cron("0 3 * * *", "Asia/Tokyo")),
        ("  off ", timing.never()),
    ],
)
def test_the_variable_replaces_the_calendar(
    text: str, calendar: timing.Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare("billing.rates")
    monkeypatch.setenv("ROTA_SCHEDULE_BILLING_RATES", text)
    assert calendar_of("billing.rates") == calendar
    assert registry.declarations()["billing.rates"].calendar_from == "ROTA_SCHEDULE_BILLING_RATES"
    monkeypatch.delenv("ROTA_SCHEDULE_BILLING_RATES")
    assert calendar_of("billing.rates") == rota.cron("0 8 * * *", "Europe/Madrid")
    assert registry.declarations()["billing.rates"].calendar_from == ""


@pytest.mark.parametrize("text", ["soonish", "99 * * * *", "every 0 minutes", "x" * 100_000])
def test_what_is_no_calendar_leaves_the_codes(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    declare("nightly")
    monkeypatch.setenv("ROTA_SCHEDULE_NIGHTLY", text)
    assert calendar_of("nightly") == rota.cron("0 8 * * *", "Europe/Madrid")
    assert registry.declarations()["nightly"].calendar_from == ""
    (said,) = environment.problems(["nightly"]).values()
    assert "ROTA_SCHEDULE_NIGHTLY is not a calendar" in said
    assert len(said) < 500


@pytest.mark.parametrize("text", ["", "  "])
def test_a_blank_variable_is_not_set(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    declare("nightly")
    monkeypatch.setenv("ROTA_SCHEDULE_NIGHTLY", text)
    assert calendar_of("nightly") == rota.cron("0 8 * * *", "Europe/Madrid")
    assert environment.problems(["nightly"]) == {}


def test_two_keys_of_one_variable_both_obey(monkeypatch: pytest.MonkeyPatch) -> None:
    declare("a.b", "a:b", "other")
    monkeypatch.setenv("ROTA_SCHEDULE_A_B", "off")
    assert calendar_of("a.b") == calendar_of("a:b") == timing.never()
    assert calendar_of("other") != timing.never()
    assert environment.shared(["a.b", "a:b", "other"]) == {"ROTA_SCHEDULE_A_B": ["a.b", "a:b"]}
