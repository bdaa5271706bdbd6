"""Deploys: old code beside new, a new schema under old code, a table that lacks what it needs."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import signal
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.db.models import UniqueConstraint

from rota import clock
from rota.ledger import gates
from rota.ledger.enqueue import Order, enqueue
from rota.ledger.integrity import check
from rota.models import Attempt, Process, Run, Schedule, State, Version
from rota.processes.preflight import NotReady, check_database
from tests.faults import releases
from tests.faults.conftest import USING, StartHost, ask, ended, host, state, until
from tests.ledger.conftest import MakeSchedule, schedule, take
from tests.processes.conftest import QUICK_LEASE, put

__all__ = ["host", "schedule"]

pytestmark = [pytest.mark.django_db(transaction=True)]
processes = pytest.mark.processes

WORK = "tests.project.work_tasks"


def every_second(*keys: str, task: str = "note", **options: Any) -> dict[str, Any]:
    """Settings in which these schedules are due each second, and a lease of three."""
    entry = {"task": f"{WORK}.{task}", "calendar": "every 1 second", **options}
    return {**QUICK_LEASE, "SCHEDULES": {key: {"args": [key], **entry} for key in keys}}


# -- V1, V2, V3: tasks that somebody's code does not know


@processes
def test_v1_a_run_whose_task_is_gone_is_named_as_parked_and_the_worker_goes_on(
    start: StartHost, capsys: pytest.CaptureFixture[str], schedule: MakeSchedule
) -> None:
    gone = schedule("gone", since=clock.now(USING))
    Schedule.objects.update(task_path="tests.project.gone.task", source="database")
    now = clock.now(USING)
    order = Order(task_path="tests.project.gone.task", schedule=gone, run_after=now)
    (left,) = enqueue([order], using=USING, now=now)
    start()
    until(lambda: Run.objects.filter(pk=left.pk, parked_at__isnull=False).exists())
    until(ended(ask("work.note", "after")))
    assert (state(left), left.attempt_count, Attempt.objects.filter(run=left).count()) == (State.READY, 0, 0)
    assert told(capsys, "status").count("1 parked (no worker knows their task)") == 1
    shown = told(capsys, "show", str(left.pk))
    assert "tests.project.gone.task" in shown and "no live worker knows its task" in shown
    assert json.loads(told(capsys, "show", str(left.pk), "--json"))["parked_at"]
    assert "No live worker of the queue 'default' knows the task tests.project.gone.task." in told(
        capsys, "why", "gone"
    )


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What the command says."""
    capsys.readouterr()
    with contextlib.suppress(SystemExit):
        call_command("rota", *words)
    return capsys.readouterr().out


@processes
def test_v2_what_is_parked_is_freed_when_somebody_starts_who_knows_it(
    host: StartHost, start: StartHost
) -> None:
    run = ask("work.note", "renamed")
    host(settings=QUICK_LEASE, scheduler=False)  # knows the tasks of tests.project alone
    until(lambda: Run.objects.filter(pk=run.pk, parked_at__isnull=False).exists())
    start()
    until(ended(run))
    assert (state(run), run.attempt_count) == (State.SUCCESSFUL, 1)


@processes
def test_v3_a_worker_gives_back_untouched_what_only_newer_code_knows(
    host: StartHost, start: StartHost
) -> None:
    old, new = host(settings=QUICK_LEASE, scheduler=False), start()
    until(lambda: old.children and new.children)
    runs = [ask("work.note", f"run {number}") for number in range(30)]
    until(ended(*runs))
    assert set(Run.objects.values_list("state", "attempt_count", "max_attempts")) == {("SUCCESSFUL", 1, 1)}
    assert set(performers()) == {new.process.pid}


def performers() -> list[int]:
    """The process ids of the supervisors whose workers ended an attempt."""
    workers = Process.objects.filter(pk__in=Attempt.objects.values("held_by"))
    return list(Process.objects.filter(pk__in=workers.values("parent")).values_list("pid", flat=True))


# -- V4: the new schema, and code that knows only the old one


@pytest.fixture(scope="session")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of processes that run the code from before migration 0003."""
    if not releases.in_history(releases.BEFORE_0003):
        pytest.skip("the source is no checkout that goes back to the earlier release")
    return releases.unpack(releases.BEFORE_0003, tmp_path_factory.mktemp("earlier"))


@processes
def test_v4_code_of_the_old_schema_plans_and_works_on_the_new_one_beside_the_present(
    host: StartHost, earlier: dict[str, str]
) -> None:
    settings = every_second("skips", "queues", task="sleep", overlap="skip")
    for key, seconds, overlap in (("skips", 1.4, "skip"), ("queues", 0.6, "queue")):
        settings["SCHEDULES"][key] |= {"args": [seconds, key], "overlap": overlap}
    old = host(env=earlier, settings=settings, processes=2)
    until(lambda: succeeded("skips") > 1 and succeeded("queues") > 1)
    new = host(settings=settings, processes=2)
    until(lambda: {old.process.pid, new.process.pid} <= set(performers()))
    runs = [put("sleep", 0.05, f"run {number}") for number in range(40)]
    until(ended(*runs))
    assert old.stop() in (0, 75)
    before = succeeded("skips"), succeeded("queues")
    until(lambda: succeeded("skips") > before[0] + 1 and succeeded("queues") > before[1] + 1)
    assert new.stop() in (0, 75)
    gates.sweep(using=USING, now=clock.now(USING))
    assert check(using=USING, now=clock.now(USING)) == []
    for key in ("skips", "queues"):
        assert not overlapping(key)
    assert set(Attempt.objects.filter(run__in=runs).values_list("outcome", flat=True)) == {"succeeded"}


def succeeded(key: str) -> int:
    return Run.objects.filter(schedule__key=key, state=State.SUCCESSFUL).count()


def overlapping(key: str) -> list[tuple[datetime, datetime]]:
    """Two attempts of the schedule, of which one began before the other had ended."""
    spans = list(
        Attempt.objects.filter(run__schedule__key=key)
        .order_by("started_at")
        .values_list("started_at", "finished_at")
    )
    return [(one[1], two[0]) for one, two in itertools.pairwise(spans) if two[0] < one[1]]


OLD = "import sys, uuid, django; django.setup()\nfrom rota import clock\nnow = clock.now('default')\n"
OLD_ENQUEUES = f"""{OLD}
from rota.ledger.enqueue import Order, enqueue
from rota.models import Schedule
order = Order(task_path="{WORK}.note", args=["x"], schedule=Schedule.objects.get(), overlap="queue")
enqueue([order, order], using="default", now=now)"""
OLD_ADMITS = f"{OLD}from rota.ledger import gates\nprint(gates.admit(sys.argv[1:], using='default', now=now))"
OLD_ENDS = f"""{OLD}
from rota.ledger.ending import Ending
from rota.ledger.finish import finish
run_id, token = sys.argv[1:]
ending = Ending(run_id=uuid.UUID(run_id), token=int(token), attempt=1, outcome="succeeded", started_at=now,
                finished_at=now, held_by=uuid.uuid4(), worker="host:1")
finish([ending], using="default", now=now)"""


def sweep() -> int:
    return gates.sweep(using=USING, now=clock.now(USING))


def test_v4_what_old_code_left_before_a_gate_goes_on(earlier: dict[str, str], schedule: MakeSchedule) -> None:
    schedule()
    releases.say(earlier, OLD_ENQUEUES)
    assert set(Run.objects.values_list("state", "waits_at", "ready_at")) == {("READY", None, None)}
    assert (sweep(), sweep()) == (1, 0), "one after the other"
    (first,) = take()
    assert (sweep(), take()) == (0, [])
    releases.say(earlier, OLD_ENDS, str(first.run_id), str(first.token))
    assert sweep() == 1
    assert len(take()) == 1


def test_v4_what_old_code_let_through_a_gate_holds_it(
    earlier: dict[str, str], schedule: MakeSchedule
) -> None:
    now, row = clock.now(USING), schedule()
    order = Order(task_path=f"{WORK}.note", args=["x"], schedule=row, overlap="queue")
    enqueue([order, order], using=USING, now=now)
    assert releases.say(earlier, OLD_ADMITS, gates.key_for(row.pk)) == "1"
    (first,) = take()
    assert (sweep(), take()) == (0, []), "it runs, whatever its row says that it waits for"
    releases.say(earlier, OLD_ENDS, str(first.run_id), str(first.token))
    assert sweep() == 1
    assert len(take()) == 1
    sweep()
    assert not Run.objects.filter(state=State.SUCCESSFUL, waits_at__isnull=False).exists()


# -- V6: what must happen once rests on a unique index


@pytest.fixture
def due_once() -> Iterator[UniqueConstraint]:
    """The unique index on schedule and instant, which the test takes away; afterwards it is there again."""
    (one,) = [one for one in Run._meta.constraints if one.name == "rota_run_due_once"]
    assert isinstance(one, UniqueConstraint)
    # SQLite's table is made anew, from what the model says.
    with pytest.MonkeyPatch.context() as patch, connection.schema_editor() as editor:
        patch.setattr(
            Run._meta, "constraints", [other for other in Run._meta.constraints if other is not one]
        )
        editor.remove_constraint(Run, one)
    yield one
    Run.objects.all().delete()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("DROP INDEX IF EXISTS rota_run_due_once")
    with connection.schema_editor() as editor:
        editor.add_constraint(Run, one)


REFUSED = "rota_run lacks its unique index rota_run_due_once on schedule_id, due_at, or it is not valid"


@processes
def test_v6_nothing_starts_without_the_index_that_forbids_an_instant_twice(
    host: StartHost, due_once: UniqueConstraint
) -> None:
    refused = host(settings=every_second("tick"))
    assert refused.wait() == 78
    assert REFUSED in refused.log and "Traceback" not in refused.log
    assert not Run.objects.exists() and not Process.objects.exists()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="CONCURRENTLY is PostgreSQL's")
def test_v6_nor_with_one_that_could_not_be_finished(
    due_once: UniqueConstraint, schedule: MakeSchedule
) -> None:
    now, row = clock.now(USING), schedule()
    runs = enqueue([Order(task_path=f"{WORK}.note")] * 2, using=USING, now=now)
    Run.objects.filter(pk__in=[run.pk for run in runs]).update(schedule=row, due_at=now)
    with connection.cursor() as cursor, pytest.raises(IntegrityError):
        cursor.execute("CREATE UNIQUE INDEX CONCURRENTLY rota_run_due_once ON rota_run (schedule_id, due_at)")
    with pytest.raises(NotReady, match=REFUSED):
        check_database(USING)


def test_v6_a_whole_schema_is_accepted() -> None:
    check_database(USING)


# -- V7: two deploys declare different schedules


@processes
def test_v7_an_old_deploy_does_not_undo_what_a_newer_one_declares(host: StartHost) -> None:
    old = host(settings=every_second("both", "old"))
    until(lambda: succeeded("both") and succeeded("old"))
    new = host(settings=every_second("both", "new"))
    until(lambda: succeeded("new") and Schedule.objects.filter(key="old", retired_at__isnull=False).exists())
    versions = list(Version.objects.order_by("pk").values_list("schedule__key", "number"))
    mine = Process.objects.filter(kind="supervisor", pid=old.process.pid).values("pk")
    first = Process.objects.get(kind="scheduler", parent__in=mine)
    os.kill(first.pid, signal.SIGKILL)
    again = Process.objects.filter(kind="scheduler", parent__in=mine, stopped_at__isnull=True)
    until(again.exclude(pk=first.pk).exists)
    assert new.stop() in (0, 75), "from here on the old one plans alone, also what it does not know"
    before = succeeded("both"), Run.objects.filter(schedule__key="new").count()
    until(lambda: succeeded("both") > before[0] + 1)
    until(lambda: Run.objects.filter(schedule__key="new").count() > before[1] + 1)
    retired = Schedule.objects.filter(retired_at__isnull=False).values_list("key", flat=True)
    assert (Schedule.objects.count(), list(retired)) == (3, ["old"])
    assert list(Version.objects.order_by("pk").values_list("schedule__key", "number")) == versions
    assert succeeded("old"), "and its history is there"


# -- V8: settings that contradict one another


@processes
@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"HEARTBEAT": 5, "LEASE": 14}, r"'LEASE'.*at least three heartbeats"),
        (every_second("k", timeout=20, hard_timeout=10), "expected hard_timeout to be at least timeout"),
    ],
)
def test_v8_settings_that_contradict_one_another_are_refused_at_the_start(
    host: StartHost, settings: dict[str, Any], says: str
) -> None:
    refused = host(settings=settings)
    assert refused.wait() in (70, 78)
    assert re.search(says, refused.log)
    assert not Run.objects.exists() and not Schedule.objects.exists()
