"""Many schedules due at the same instant: how long until the run of each can be read."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from benchmarks.figures import Round
from benchmarks.measures.sizes import Sizes
from benchmarks.staff import Staff, working
from benchmarks.systems.rota import Queue
from rota.models import Run

READY_WITHIN = 900.0
"""Seconds for writing the declared schedules down at the start, and for the first instant of all."""
PLANNED_WITHIN = 300.0
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def measure(queue: Queue, sizes: Sizes) -> Round:
    """`planned`: schedules a second, from instant to last run; `planned_first`: ms from instant to first run."""
    with working([queue.team("--no-workers")]) as staff:
        # Once every schedule has been planned for, the scheduler is up; the next instant is the one that counts.
        staff.until(
            lambda: _planned(LONG_AGO) >= sizes.schedules, READY_WITHIN, "the first instant", every=0.2
        )
        due = _next(sizes.period)
        first = _seen(staff, due, 1)
        last = _seen(staff, due, sizes.schedules)
    return {
        "planned": sizes.schedules / (last - due.timestamp()),
        "planned_first": 1000 * (first - due.timestamp()),
    }


def _planned(since: datetime) -> int:
    """How many schedules have a run for an instant from `since` on."""
    return Run.objects.filter(due_at__gte=since).values("schedule").distinct().count()


def _next(period: float) -> datetime:
    """The next instant that is still to come."""
    known = Run.objects.filter(due_at__isnull=False).latest("due_at").due_at
    assert known is not None
    while known.timestamp() < time.time():
        known += timedelta(seconds=period)
    return known


def _seen(staff: Staff, due: datetime, wanted: int) -> float:
    """When so many were planned, by the host's clock, which is the database's as well."""
    staff.until(lambda: _planned(due) >= wanted, PLANNED_WITHIN, f"{wanted} schedules, planned", every=0.01)
    return time.time()
