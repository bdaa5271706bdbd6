"""Pauses: by whom, why, until when; what fell into one is one SKIPPED row, and resuming is not catch-up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rota.compat import task
from rota.exceptions import InvalidInput, Refused
from rota.ledger.plan import plan_due
from rota.models import Run, Schedule, Version
from rota.schedules import edit, pausing, registry

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
USING = "default"
KEY = "stock"

pytestmark = pytest.mark.django_db


@task
def take_stock() -> None:
    return None


@pytest.fixture(autouse=True)
def schedule():
    with registry.apart():
        edit.create(KEY, "0 * * * *", take_stock, by="Ana", using=USING, now=NOW, catch_up="all")
        yield


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def pause(now, **given):
    return pausing.pause(KEY, "Ana", using=USING, now=now, **given)


def rows():
    plan_due(using=USING, now=at(6))
    found = Run.objects.order_by("due_at")
    return [(f"{run.due_at:%H:%M}", run.state, run.reason, run.due_count) for run in found]


def test_a_pause_until_further_notice_and_its_end():
    done = pause(at(1.5), reason="stock take")
    assert (done.before["paused_by"], done.after["paused_by"]) == ("", "Ana")
    pausing.resume(KEY, "Bo", using=USING, now=at(4.5))
    assert rows() == [
        ("13:00", "READY", "", 1),
        ("14:00", "SKIPPED", "paused", 3),
        ("17:00", "READY", "", 1),
        ("18:00", "READY", "", 1),
    ]
    assert Run.objects.get(state="SKIPPED").detail == "Paused by Ana: stock take"
    row = Schedule.objects.get()
    assert (row.paused_at, row.paused_by, row.paused_reason, row.paused_until) == (None, "", "", None)


def test_a_pause_with_an_end_ends_by_itself_without_any_process():
    pause(at(0.5), until=at(3))
    assert [row[:3] for row in rows()] == [
        ("13:00", "SKIPPED", "paused"),
        ("16:00", "READY", ""),
        ("17:00", "READY", ""),
        ("18:00", "READY", ""),
    ]


def test_resuming_early_moves_the_end_to_now():
    pause(at(0.5), until=at(5))
    pausing.resume(KEY, "Ana", using=USING, now=at(2.5))
    assert [row[:3] for row in rows()][:2] == [("13:00", "SKIPPED", "paused"), ("15:00", "READY", "")]


def test_an_edit_in_a_pause_keeps_the_pause():
    pause(at(0.5), until=at(4))
    edit.change(KEY, by="Ana", using=USING, now=at(2.25), calendar="30 * * * *")
    assert [row[:2] for row in rows()] == [
        ("13:00", "SKIPPED"), ("14:30", "SKIPPED"), ("16:30", "READY"), ("17:30", "READY"),
    ]  # fmt: skip
    assert Schedule.objects.get().paused_by == "Ana"


def test_the_versions_follow_one_another_without_gap_or_overlap():
    pause(at(1), until=at(4))
    edit.change(KEY, by="Ana", using=USING, now=at(2), calendar="30 * * * *")
    pausing.resume(KEY, "Ana", using=USING, now=at(3))
    pause(at(3))
    found = list(Version.objects.order_by("number"))
    ends = [version.valid_to for version in found]
    assert [version.valid_from for version in found] == [NOW, *ends[:-1]]
    assert ends[-1] is None
    assert len({version.number for version in found}) == len(found)


def test_pausing_twice_and_resuming_what_runs_are_refused_with_a_sentence():
    with pytest.raises(Refused, match="stock is not paused"):
        pausing.resume(KEY, "Ana", using=USING, now=at(1))
    pause(at(1), reason="stock take")
    with pytest.raises(Refused, match="paused already, by Ana since 2026-03-10 13:00 UTC: stock take"):
        pause(at(2))


def test_a_pause_whose_end_has_come_can_be_paused_again():
    pause(at(1), until=at(2))
    with pytest.raises(Refused, match="not paused"):
        pausing.resume(KEY, "Ana", using=USING, now=at(2.5))
    pause(at(3))
    assert Schedule.objects.get().paused_at == at(3)


@pytest.mark.parametrize(
    ("until", "sentence"),
    [
        (datetime(2026, 3, 11), "without one"),  # noqa: DTZ001 - naive on purpose
        (NOW - timedelta(hours=1), "has passed"),
        (datetime(9999, 12, 31, tzinfo=UTC), "within a hundred years"),
    ],
)
def test_a_wrong_end_is_refused(until, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        pause(NOW, until=until)


def test_a_reason_of_any_length_is_not_taken():
    with pytest.raises(InvalidInput, match="at most 500 characters, got 501"):
        pause(NOW, reason="x" * 501)


def test_a_retired_schedule_cannot_be_paused():
    edit.retire(KEY, by="Ana", using=USING, now=at(1))
    with pytest.raises(Refused, match="retired"):
        pause(at(2))


def test_expired_pauses_are_taken_off_the_rows_and_the_version_in_force_follows():
    pause(at(1), until=at(2))
    assert pausing.clear_expired(using=USING, now=at(1.5)) == []
    assert pausing.clear_expired(using=USING, now=at(2)) == [KEY]
    row = Schedule.objects.get()
    assert (row.paused_at, row.paused_until) == (None, None)
    assert not Version.objects.get(schedule=row, number=row.version).paused
    assert [row[:2] for row in rows()] == [
        ("13:00", "READY"), ("14:00", "SKIPPED"), ("15:00", "READY"), ("16:00", "READY"), ("17:00", "READY"),
        ("18:00", "READY"),
    ]  # fmt: skip
