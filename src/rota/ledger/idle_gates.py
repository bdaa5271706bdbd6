"""Remove the rows of gates that nothing stands at: a key for each customer must not become a table of all customers."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import connections
from django.db.models import Exists, OuterRef, Q

from rota.ledger.connections import insistently, writing
from rota.ledger.keys import OVERLAP
from rota.models import Gate, Run, State

BATCH = 500


def forget(*, using: str, now: datetime) -> int:
    """Remove gates of limits without a run that has not ended, and of rates whose bucket is empty; returns how many.

    Safe at any time: a row holds nothing then, and who finds it gone makes it again.
    """
    removed = 0
    while found := insistently(partial(_forget_batch, using, now), using):
        removed += found
    return removed


def _forget_batch(using: str, now: datetime) -> int:
    runs = Run.objects.using(using).filter(state__in=(State.READY, State.RUNNING))
    idle = Gate.objects.using(using).filter(
        Q(next_at__isnull=True) | Q(next_at__lte=now),
        ~Q(key__startswith=OVERLAP),
        ~Exists(runs.filter(limit_key=OuterRef("key"))),
        ~Exists(runs.filter(waits_at=OuterRef("key"))),
    )
    with writing(using):
        if connections[using].features.has_select_for_update_skip_locked:
            idle = idle.select_for_update(skip_locked=True)
        keys = list(idle.order_by("key").values_list("key", flat=True)[:BATCH])
        Gate.objects.using(using).filter(key__in=keys).delete()
    return len(keys)
