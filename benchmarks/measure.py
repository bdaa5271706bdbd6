"""Measure one system on one database, in a process of its own; the figures go to stdout as JSON.

python -m benchmarks.measure 10000      with BENCH_SYSTEM, BENCH_DATABASE and DJANGO_SETTINGS_MODULE set
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

Figures = dict[str, float]

SINGLE = 500
WORKERS = 2
SCHEDULES = 2000


def main(tasks: int) -> Figures:
    """Migrate, then measure."""
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    return rota(tasks) if settings.SYSTEM == "rota" else django_tasks_db(tasks)


def rota(tasks: int) -> Figures:
    """rota itself."""
    from benchmarks.tasks import nothing
    from rota.decorators import enqueue_many
    from rota.models import Run

    figures = _one_by_one(nothing)
    figures["enqueue many, /s"] = _per_second(tasks, lambda: enqueue_many(nothing, [("x",)] * tasks))
    _run([["rota", "run", "--once", "--no-scheduler", "--processes", str(WORKERS)]])
    done = Run.objects.filter(state="SUCCESSFUL").exclude(finished_at=None)
    assert done.count() == tasks + SINGLE, f"{done.count()} of {tasks + SINGLE} done"
    return figures | {"claim, perform, finish, /s": _span(done)} | _planning()


def _planning() -> Figures:
    from rota import clock
    from rota.ledger.connections import own_alias
    from rota.ledger.plan import plan_due

    using = own_alias()
    now = clock.now(using)
    _make_schedules(using, now)
    later = now + timedelta(seconds=61)
    begun = time.perf_counter()
    with clock.frozen(later):
        while plan_due(using=using, now=later).more:
            pass
    return {"schedules planned, /s": SCHEDULES / (time.perf_counter() - begun)}


def _make_schedules(using: str, now: Any) -> None:
    """Through the tables: what is measured is the planner, not the editor."""
    from rota.models import Cursor, Schedule, Version
    from rota.policies import Definition

    said = Definition(
        task_path="benchmarks.tasks.nothing", calendar="every 1 minute", args=["x"], overlap="skip"
    )
    same = {
        "source": "database",
        "definition": said.to_json(),
        "task_path": said.task_path,
        "calendar": said.calendar,
    }
    rows = Schedule.objects.using(using).bulk_create(Schedule(key=f"s{n}", **same) for n in range(SCHEDULES))
    Version.objects.using(using).bulk_create(
        Version(schedule=row, number=1, definition=said.to_json(), valid_from=now) for row in rows
    )
    Cursor.objects.using(using).bulk_create(
        Cursor(schedule=row, planned_until=now, next_due_at=now) for row in rows
    )


def django_tasks_db(tasks: int) -> Figures:
    """The database backend that most Django projects start with."""
    from django_tasks_db.models import DBTaskResult

    from benchmarks.tasks import nothing

    figures = _one_by_one(nothing)
    figures["enqueue many, /s"] = _per_second(tasks, lambda: [nothing.enqueue("x") for _ in range(tasks)])
    _run([["db_worker", "--batch", "--interval", "0"]] * WORKERS)
    done = DBTaskResult.objects.filter(status="SUCCESSFUL")
    assert done.count() == tasks + SINGLE, f"{done.count()} of {tasks + SINGLE} done"
    return figures | {"claim, perform, finish, /s": _span(done)}


def _one_by_one(task: Any) -> Figures:
    task.enqueue("warm")
    took = []
    for _ in range(SINGLE - 1):
        begun = time.perf_counter()
        task.enqueue("x")
        took.append(time.perf_counter() - begun)
    return {
        "one enqueue, p50 ms": 1000 * statistics.median(took),
        "one enqueue, p99 ms": 1000 * sorted(took)[-5],
    }


def _per_second(number: int, work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return number / (time.perf_counter() - begun)


def _run(commands: list[list[str]]) -> None:
    """Worker processes, side by side, until there is nothing left to do."""
    processes = [
        subprocess.Popen([sys.executable, "-m", "django", *command], stdout=sys.stderr, stderr=sys.stderr)
        for command in commands
    ]
    codes = [process.wait(900) for process in processes]
    assert not any(codes), f"a worker ended with {codes}"


def _span(done: Any) -> float:
    """Runs per second from the first start to the last end, as the system itself wrote them down."""
    from django.db.models import Max, Min

    ends = done.aggregate(first=Min("started_at"), last=Max("finished_at"))
    return float(done.count() / (ends["last"] - ends["first"]).total_seconds())


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))
