"""Deploys: old code beside new, an old schema, a table that lacks what it needs, formats of an earlier release."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection

from rota import clock, timing
from rota.ledger import gates
from rota.ledger.ending import Ending
from rota.ledger.enqueue import Order, enqueue
from rota.ledger.integrity import check
from rota.models import Attempt, Process, Run, Schedule, State, Version
from rota.policies import Definition, Limit, Retry, Terms
from tests.faults import releases
from tests.faults.conftest import QUICK_LEASE, USING, Host, StartHost, alive, ask, ended, host, state, until
from tests.ledger.conftest import MakeSchedule, schedule, take
from tests.processes.conftest import put

__all__ = ["host", "schedule"]

pytestmark = [pytest.mark.django_db(transaction=True)]
processes = pytest.mark.processes

GOLDEN = Path(__file__).parent / "golden"
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
    try:
        call_command("rota", *words)
    except SystemExit as end:
        assert not end.code
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
    return [(one[1], two[0]) for one, two in zip(spans, spans[1:], strict=False) if two[0] < one[1]]


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


def test_v4_what_old_code_let_through_a_gate_holds_it(earlier: dict[str, str], schedule: MakeSchedule) -> None:
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
