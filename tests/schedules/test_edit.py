"""Database-owned schedules: created, changed and retired, with versions that say what held when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rota.compat import task
from rota.exceptions import InvalidInput, Refused, UnknownName
from rota.ledger.plan import plan_due
from rota.models import Cursor, Run, Schedule, Version
from rota.policies import Definition
from rota.schedules import commands, edit, registry

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
USING = "default"

pytestmark = pytest.mark.django_db


@task
def count_documents(folder: str = "inbox", days: int = 1) -> int:
    return days


@task(queue_name="default", priority=5)
def other_task() -> None:
    return None


@pytest.fixture(autouse=True)
def known():
    with registry.apart():
        registry.register_task(count_documents)
        registry.register_task(other_task)
        yield


def create(key="reports.daily", calendar="0 8 * * *", target=count_documents, now=NOW, **given):
    return edit.create(key, calendar, target, by="Ana", using=USING, now=now, **given)


def change(key="reports.daily", now=NOW + timedelta(hours=1), **given):
    return edit.change(key, by="Ana", using=USING, now=now, **given)


def test_it_creates_a_schedule_with_its_first_version_and_cursor():
    made = create(title="Count", kwargs={"days": 3}, category="Reports")
    row = Schedule.objects.get(key="reports.daily")
    assert (row.source, row.title, row.category, row.version) == ("database", "Count", "Reports", 1)
    assert row.calendar == "0 8 * * * UTC"
    assert made.before is None
    assert made.after["definition"]["kwargs"] == {"days": 3}
    version = Version.objects.get(schedule=row)
    assert (version.number, version.valid_from, version.valid_to) == (1, NOW, None)
    assert Cursor.objects.get(schedule=row).planned_until == NOW


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"key": "x" * 300}, "at most 200 characters, got 300"),
        ({"key": "no spaces"}, "a first|after the first"),
        ({"calendar": "0 8 * * * Europe/Madird"}, "Europe/Madrid"),
        ({"calendar": "99 8 * * *"}, "99"),
        ({"target": "tests.project.nothing"}, "there is no task"),
        ({"kwargs": {"dayz": 3}}, "Did you mean days"),
        ({"kwargs": {"days": "three"}}, "days"),
        ({"kwargs": {"days": {1, 2}}}, "JSON"),
        ({"catch_up": "lastest"}, "Did you mean latest"),
        ({"calendar": "at 2026-03-10T11:59:00Z"}, "which has passed"),
    ],
)
def test_bad_input_is_a_sentence_and_writes_nothing(given, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        create(**given)
    assert not Schedule.objects.exists()


def test_an_impossible_calendar_is_accepted_and_marked():
    create(calendar="0 0 31 2 *")
    assert Schedule.objects.get().impossible


def test_a_key_that_is_taken_or_too_like_another_is_refused():
    create()
    for key in ("reports.daily", "Reports.Daily", "reports.DAILY"):
        with pytest.raises(Refused, match="already"):
            create(key=key)


def test_a_change_opens_a_version_and_keeps_what_was_not_given():
    create(title="Count", kwargs={"days": 3}, overlap="queue")
    done = change(calendar="30 9 * * *")
    row = Schedule.objects.get()
    said = Definition.from_json(row.definition)
    assert (said.kwargs, said.overlap, said.calendar) == ({"days": 3}, "queue", "30 9 * * * UTC")
    assert (row.title, row.version) == ("Count", 2)
    first, second = Version.objects.order_by("number")
    assert first.valid_to == second.valid_from == NOW + timedelta(hours=1)
    assert done.before["definition"]["calendar"] == "0 8 * * * UTC"


def test_another_task_takes_its_own_arguments_and_queue():
    create(kwargs={"days": 3})
    change(task=other_task.module_path)
    said = Definition.from_json(Schedule.objects.get().definition)
    assert (said.kwargs, said.priority) == ({}, 5)


def test_what_a_timeout_and_criticality_bring_along_follows_them():
    create(timeout=15)
    change(timeout=60, critical=True)
    said = Definition.from_json(Schedule.objects.get().definition)
    assert said.terms.soft_timeout == 60
    assert said.terms.hard_timeout > 60
    assert said.catch_up_window is None


def test_a_change_that_changes_nothing_is_refused():
    create()
    with pytest.raises(Refused, match="says that already"):
        change(calendar="0 8 * * *")
    assert Version.objects.count() == 1


def test_a_command_can_be_on_a_schedule_and_keeps_its_options():
    create(key="c", target=commands.command("clearsessions", verbosity=2))
    change(key="c", calendar="@hourly")
    said = Definition.from_json(Schedule.objects.get().definition)
    assert said.kwargs == {"name": "clearsessions", "args": [], "options": {"verbosity": 2}}


def test_what_was_due_before_the_change_is_judged_by_what_was_said_then():
    create(calendar="0 * * * *", catch_up="all", now=NOW)
    change(calendar="30 * * * *", now=NOW + timedelta(hours=2, minutes=10))
    plan_due(using=USING, now=NOW + timedelta(hours=4))
    due = Run.objects.order_by("due_at").values_list("due_at", "version")
    assert [(f"{at:%H:%M}", number) for at, number in due] == [
        ("13:00", 1), ("14:00", 1), ("14:30", 2), ("15:30", 2),
    ]  # fmt: skip


def test_retire_closes_the_version_and_create_takes_it_up_again():
    create()
    edit.retire("reports.daily", by="Ana", using=USING, now=NOW + timedelta(hours=1))
    row = Schedule.objects.get()
    assert row.retired_at == NOW + timedelta(hours=1)
    assert not Version.objects.filter(valid_to=None).exists()
    with pytest.raises(Refused, match="retired"):
        change(calendar="@hourly")
    create(now=NOW + timedelta(days=3))
    row.refresh_from_db()
    assert (row.retired_at, row.version) == (None, 2)
    plan_due(using=USING, now=NOW + timedelta(days=4))
    assert [run.version for run in Run.objects.all()] == [2]


def test_what_code_owns_is_refused_with_its_place():
    create()
    Schedule.objects.update(source="code", origin="shop.tasks:12")
    with pytest.raises(Refused, match="owned by code"):
        change(calendar="@hourly")
    with pytest.raises(Refused, match="owned by code"):
        edit.retire("reports.daily", by="Ana", using=USING, now=NOW)


def test_an_unknown_key_names_the_nearest():
    create()
    with pytest.raises(UnknownName, match="Did you mean reports"):
        change(key="report.daily", calendar="@hourly")
