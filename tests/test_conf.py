"""The settings: one dict, checked as a whole, with a sentence for every mistake."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import override_settings

from rota import conf
from rota.exceptions import InvalidInput


def test_the_defaults_stand_without_any_setting() -> None:
    with override_settings(ROTA={}):
        settings = conf.current()
    assert (settings.CATCH_UP, settings.CATCH_UP_WINDOW, settings.LEASE) == (
        "latest", timedelta(hours=24), timedelta(seconds=30),
    )  # fmt: skip


def test_numbers_are_seconds() -> None:
    with override_settings(ROTA={"LATE_AFTER": 90, "CATCH_UP_WINDOW": None}):
        assert conf.current().LATE_AFTER == timedelta(seconds=90)
        assert conf.current().CATCH_UP_WINDOW is None


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"CATCHUP": "all"}, r"unknown setting 'CATCHUP'.*Did you mean CATCH_UP"),
        ({"CATCH_UP": "lates"}, r"expected one of none, latest, all, ask, got 'lates'. Did you mean latest"),
        ({"LEASE": 1}, r"at least three heartbeats"),
        ({"LEASE": -1}, r"positive timedelta"),
        ({"LATE_AFTER": None}, r"positive timedelta"),
        ({"CATCH_UP_CAP": "many"}, r"value of type int, got 'many'"),
        ({"CATCH_UP_CAP": 0}, r"at least 1"),
        ({"MAIL_TO": "ana@example.org"}, r"list of strings"),
        ({"DATABASE": "elsewhere"}, r"expected one of \['default'\], got 'elsewhere'"),
        (["LEASE"], r"expected a dict, got list"),
    ],
)
def test_a_mistake_is_answered_with_a_sentence(given: Any, sentence: str) -> None:
    with override_settings(ROTA=given), pytest.raises(InvalidInput, match=sentence):
        conf.current()


@pytest.mark.parametrize(
    ("engine", "zone", "kept_in_utc"),
    [
        ("django.db.backends.sqlite3", None, True),
        ("django.db.backends.sqlite3", "UTC", True),
        ("django.db.backends.sqlite3", "Europe/Berlin", False),
        ("django.db.backends.mysql", "Europe/Berlin", False),
        ("django.db.backends.postgresql", "Europe/Berlin", True),
    ],
)
def test_a_database_keeps_its_times_in_utc(
    monkeypatch: pytest.MonkeyPatch, engine: str, zone: str | None, kept_in_utc: bool
) -> None:
    monkeypatch.setitem(
        django_settings.DATABASES, "default", {"ENGINE": engine, "NAME": "x", "TIME_ZONE": zone}
    )
    with override_settings(ROTA={}):
        if kept_in_utc:
            assert conf.current().DATABASE == "default"
        else:
            sentence = r"ROTA\['DATABASE'\]: expected a database with its times in UTC.*'Europe/Berlin'"
            with pytest.raises(InvalidInput, match=sentence):
                conf.current()
