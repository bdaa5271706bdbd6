"""Is everything all right, in a handful of numbers."""

from __future__ import annotations

import dataclasses
from datetime import datetime

from django.db.models import Count, Min, Q

from rota.models import Cursor, Halt, Run, State
from rota.queries import processes
from rota.queries.processes import Alive


@dataclasses.dataclass(frozen=True)
class Status:
    """Who is alive, what waits, runs, failed or is held, what is due next, and whether planning is halted."""

    now: datetime
    alive: Alive
    waiting: int
    oldest_ready_at: datetime | None
    """Since when the oldest run that could begin waits for a worker."""
    parked: int
    running: int
    failed: int
    """Dead letters that nobody has decided about."""
    held: int
    next_key: str
    next_due_at: datetime | None
    halt: Halt | None

    @property
    def dead(self) -> bool:
        """Whether nothing at all is alive."""
        return not (self.alive.supervisors or self.alive.schedulers or self.alive.workers)


def status(now: datetime, *, using: str) -> Status:
    """Four queries."""
    open_runs = Run.objects.using(using).filter(
        Q(finished_at__isnull=True)
        | Q(state=State.FAILED, finished_at__isnull=False, settled_at__isnull=True)
    )
    due = Q(ready_at__lte=now)
    grouped = (
        open_runs.order_by()
        .values("state")
        .annotate(n=Count("pk"), parked=Count("parked_at"), oldest=Min("ready_at", filter=due))
    )
    by_state = {row["state"]: row for row in grouped}
    upcoming = Cursor.objects.using(using).filter(next_due_at__isnull=False).select_related("schedule")
    first = upcoming.order_by("next_due_at").first()
    ready = by_state.get(State.READY)
    return Status(
        now=now,
        alive=processes.alive(now, using=using),
        waiting=ready["n"] if ready else 0,
        oldest_ready_at=ready["oldest"] if ready else None,
        parked=ready["parked"] if ready else 0,
        running=by_state[State.RUNNING]["n"] if State.RUNNING in by_state else 0,
        failed=by_state[State.FAILED]["n"] if State.FAILED in by_state else 0,
        held=by_state[State.HELD]["n"] if State.HELD in by_state else 0,
        next_key=first.schedule.key if first else "",
        next_due_at=first.next_due_at if first else None,
        halt=Halt.objects.using(using).filter(accepted_at__isnull=True).order_by("pk").first(),
    )
