"""Two days of a small project, made by the planner and by real claims and endings."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from rota import clock
from rota.compat import task
from rota.ledger import gates
from rota.ledger.claim import claim
from rota.ledger.ending import Ending
from rota.ledger.finish import finish
from rota.ledger.plan import plan_due
from rota.models import Outcome, Process
from rota.schedules import edit, registry

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
USING = "default"


@task
def fine() -> int:
    return 3


@task
def broken() -> None:
    raise ValueError


@pytest.fixture(autouse=True)
def project(db):
    with registry.apart(), clock.frozen(NOW):
        registry.register_task(fine)
        registry.register_task(broken)
        yield


def at(hours):
    return NOW + timedelta(hours=hours)


def schedule(key, calendar="0 * * * *", target=fine, since=0, **given):
    return edit.create(key, calendar, target, by="Ana", using=USING, now=at(since), **given).schedule


def plan(hours):
    """Plan everything that is due at that hour, as one start after a gap."""
    with clock.frozen(at(hours)):
        while plan_due(using=USING, now=at(hours)).more:
            continue
        gates.sweep(using=USING, now=at(hours))


def work(hours, seconds=2):
    """Perform what is ready; what `broken` does fails."""
    with clock.frozen(at(hours)):
        gates.sweep(using=USING, now=at(hours))
        while claims := claim(uuid.uuid4(), [], 50, using=USING):
            endings = [_ending(one, seconds) for one in claims]
            finish(endings, using=USING, now=at(hours) + timedelta(seconds=seconds))
            gates.sweep(using=USING, now=at(hours))


def _ending(claimed, seconds):
    failed = claimed.task_path == broken.module_path
    began = clock.now(USING)
    return Ending(
        run_id=claimed.run_id, token=claimed.token, attempt=claimed.attempt, held_by=uuid.uuid4(), worker="h:1",
        outcome=Outcome.FAILED if failed else Outcome.SUCCEEDED, started_at=began,
        finished_at=began + timedelta(seconds=seconds), error_class="ValueError" if failed else "", error="no",
    )  # fmt: skip


def process(kind, since=0, seen=0, parent=None, **given):
    """A heartbeat row that was last seen at that hour."""
    values = {"kind": kind, "parent": parent, "host": "web-2", "pid": 7, "started_at": at(since)}
    return Process.objects.create(id=uuid.uuid4(), last_heartbeat_at=at(seen), **values, **given)


def alive(since=0, seen=0, **worker):
    """A supervisor with a scheduler and a worker."""
    above = process("supervisor", since, seen)
    process("scheduler", since, since, above.pk)
    process("worker", since, since, above.pk, **worker)
    return above
