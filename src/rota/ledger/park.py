"""Set aside the runs of tasks that no live worker knows; attempts are untouched."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q
from django.db.models.functions import Coalesce, Greatest

from rota.ledger import wake
from rota.ledger.connections import writing
from rota.models import Run, State


def park(task_paths: Collection[str], *, using: str, now: datetime) -> int:
    """Take the ready runs of these tasks out of the claim's way until `unpark`; returns how many."""
    if not task_paths:
        return 0
    with writing(using):
        ready = Run.objects.using(using).filter(
            state=State.READY, ready_at__isnull=False, task_path__in=list(task_paths)
        )
        return ready.update(parked_at=now, ready_at=None)


def unpark(*, using: str, now: datetime) -> int:
    """A process with other code has started: give every parked run another chance."""
    with writing(using):
        parked = Run.objects.using(using).filter(state=State.READY, parked_at__isnull=False)
        # Its place at a limit is somebody else's by now.
        limited = parked.filter(Q(limit_key__isnull=False) | Q(rate_key__isnull=False))
        stood = limited.update(parked_at=None, waits_at=Coalesce("limit_key", "rate_key"))
        freed = parked.update(parked_at=None, ready_at=Greatest(Coalesce("run_after", now), now))
        wake.workers(freed, using=using)
        return stood + freed
