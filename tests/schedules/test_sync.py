"""Code-owned rows follow the code at each start; what an operator did, and history, stay."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from rota.audit import verify
from rota.compat import task
from rota.models import AuditEntry, Cursor, Schedule, Version
from rota.schedules import edit, pausing, registry, sync
from rota.schedules.declaration import build

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
USING = "default"

pytestmark = pytest.mark.django_db


@task
def nightly(days: int = 1) -> None:
    return None


@pytest.fixture(autouse=True)
def known():
    with registry.apart():
        registry.register_task(nightly)
        yield


def said(key="a", calendar="0 2 * * *", origin="shop.tasks:7", **given):
    return build(key, calendar, nightly, origin=origin, **given)


def apply(*declared, hours=0):
    return sync.apply({one.key: one for one in declared}, using=USING, now=NOW + timedelta(hours=hours))


def verbs():
    return list(AuditEntry.objects.order_by("number").values_list("verb", "subject", "actor"))


def test_what_is_declared_is_added_with_version_cursor_and_audit():
    done = apply(said("a", title="Nightly"), said("b", critical=True))
    assert (done.added, done.changed, done.retired, done.problems) == (["a", "b"], [], [], [])
    row = Schedule.objects.get(key="a")
    assert (row.source, row.origin, row.title, row.version) == ("code", "shop.tasks:7", "Nightly", 1)
    assert Version.objects.get(schedule=row).valid_from == NOW
    assert Cursor.objects.get(schedule__key="b").critical
    assert verbs() == [("schedule.create", "a", "code"), ("schedule.create", "b", "code")]


def test_the_same_again_writes_nothing(django_assert_num_queries):
    apply(said("a", args=[], kwargs={"days": 2}, jitter=5), said("b"))
    before = list(Schedule.objects.values())
    with django_assert_num_queries(3):  # one query, in a savepoint
        assert apply(said("a", args=(), kwargs={"days": 2}, jitter=5), said("b"), hours=1).nothing
    assert list(Schedule.objects.values()) == before
    assert Version.objects.count() == 2
    assert AuditEntry.objects.count() == 2


def test_a_new_calendar_makes_a_version_and_tells_old_and_new():
    apply(said())
    done = apply(said(calendar="0 3 * * *"), hours=1)
    assert done.changed == ["a"]
    assert [(v.number, v.valid_to) for v in Version.objects.order_by("number")] == [
        (1, NOW + timedelta(hours=1)),
        (2, None),
    ]
    entry = AuditEntry.objects.last()
    assert entry.before["definition"]["calendar"] == "0 2 * * * UTC"
    assert entry.after["definition"]["calendar"] == "0 3 * * * UTC"


def test_new_words_change_the_row_and_no_version():
    apply(said())
    done = apply(said(title="Every night", category="Maintenance"), hours=1)
    assert done.changed == ["a"]
    assert Schedule.objects.get().title == "Every night"
    assert Version.objects.count() == 1
    assert verbs()[-1] == ("schedule.change", "a", "code")


def test_a_line_that_moved_is_noted_and_no_news():
    apply(said())
    assert apply(said(origin="shop.tasks:9")).nothing
    assert Schedule.objects.get().origin == "shop.tasks:9"
    assert AuditEntry.objects.count() == 1


def test_what_left_the_code_is_retired_and_comes_back_with_its_history():
    apply(said("a"), said("b"))
    assert apply(said("b"), hours=1).retired == ["a"]
    row = Schedule.objects.get(key="a")
    assert row.retired_at == NOW + timedelta(hours=1)
    assert apply(said("b"), hours=2).nothing
    assert apply(said("a"), said("b"), hours=3).revived == ["a"]
    row.refresh_from_db()
    assert (row.retired_at, row.version) == (None, 2)
    spans = Version.objects.filter(schedule=row).order_by("number").values_list("valid_from", "valid_to")
    assert list(spans) == [(NOW, NOW + timedelta(hours=1)), (NOW + timedelta(hours=3), None)]
    assert [verb for verb, *_ in verbs()][2:] == ["schedule.retire", "schedule.revive"]


def test_a_pause_survives_deploys_also_a_retirement():
    apply(said())
    pausing.pause("a", "Ana", using=USING, now=NOW, reason="stock take")
    apply(said(calendar="0 3 * * *"), hours=1)
    apply(hours=2)
    apply(said(), hours=3)
    row = Schedule.objects.get()
    assert (row.paused_by, row.paused_reason) == ("Ana", "stock take")
    assert Version.objects.get(schedule=row, valid_to=None).paused


def test_one_owner_the_database_keeps_its_own():
    edit.create("a", "@hourly", nightly, by="Ana", using=USING, now=NOW)
    before = Schedule.objects.values().get()
    done = apply(said("a"), said("b"))
    assert done.added == ["b"]
    assert "a: declared at shop.tasks:7, but the database owns" in done.problems[0]
    assert Schedule.objects.filter(key="a").values().get() == before


def test_nobody_owns_what_is_retired_so_code_may_take_it_over():
    edit.create("a", "@hourly", nightly, by="Ana", using=USING, now=NOW)
    edit.retire("a", by="Ana", using=USING, now=NOW)
    assert apply(said("a"), hours=1).revived == ["a"]
    assert Schedule.objects.get().source == "code"


def test_a_field_that_a_newer_release_adds_changes_no_schedule():
    apply(said())
    row = Schedule.objects.get()
    older = {name: value for name, value in row.definition.items() if name != "jitter"}
    Schedule.objects.update(definition={**older, "from_the_future": 1})
    assert apply(said()).nothing


def test_an_impossible_calendar_is_marked():
    apply(said(calendar="0 0 31 2 *"))
    assert Schedule.objects.get().impossible


def test_a_critical_change_reaches_the_planners_order():
    apply(said())
    apply(said(critical=True), hours=1)
    assert Cursor.objects.get().critical


def test_a_broken_declaration_retires_nothing(monkeypatch):
    apply(said())
    monkeypatch.setattr(registry, "load", _broken)
    with pytest.raises(ImportError):
        sync.sync(using=USING, now=NOW)
    assert Schedule.objects.get().retired_at is None


def _broken():
    raise ImportError("no such module")


RACE = """
import sys, django
django.setup()
from datetime import datetime, timedelta
from rota.compat import task
from rota.schedules import registry, sync
from rota.schedules.declaration import build
from tests.schedules.test_sync import NOW, nightly
registry.register_task(nightly)
for hour, calendar in enumerate(("0 2 * * *", "0 3 * * *")):
    declared = {f"k{n}": build(f"k{n}", calendar, nightly, origin="shop.tasks:7") for n in range(12)}
    print("ready", flush=True)
    sys.stdin.readline()
    done = sync.apply(declared, using="default", now=NOW + timedelta(hours=hour))
    print(len(done.added), len(done.changed), flush=True)
"""


def start_together(processes):
    """All sync at the same moment, twice: first nothing is there, then everything has changed."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    started = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", RACE],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        )
        for _ in range(processes)
    ]  # fmt: skip
    rounds = [_round(started), _round(started)]
    assert [process.communicate(timeout=60)[1] for process in started] == [""] * processes
    return rounds


def _round(started):
    assert [process.stdout.readline() for process in started] == ["ready\n"] * len(started)
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    return sorted(tuple(map(int, process.stdout.readline().split())) for process in started)


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_workers_that_start_together_make_one_row_and_one_version_each():
    added, changed = start_together(processes=4)
    assert added == [(0, 0)] * 3 + [(12, 0)]
    assert changed == [(0, 0)] * 3 + [(0, 12)]
    assert Schedule.objects.count() == Cursor.objects.count() == 12
    assert sorted(Version.objects.values_list("number", flat=True)) == [1] * 12 + [2] * 12
    assert AuditEntry.objects.count() == 24
    assert verify.verify(using=USING).ok


def test_the_changes_are_a_value():
    assert dataclasses.asdict(sync.Changes())["added"] == []
